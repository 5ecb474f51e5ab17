import { useService } from "@web/core/utils/hooks";

import { Component, onWillUnmount, useRef, useState } from "@odoo/owl";

/**
 * A page with an email, in a frame that runs no script and, until asked, loads nothing from outside. The frame shares
 * the origin only so that its height can be measured; its own Content-Security-Policy comes with the page.
 */
export class EmailFrame extends Component {
    static template = "concord_inbox.EmailFrame";
    static props = {
        url: String,
        title: String,
        /** Given what the page says of itself: how many pictures and tracking pixels it would load. */
        onShown: { type: Function, optional: true },
    };

    setup() {
        this.frame = useRef("frame");
        this.compose = useService("concord_inbox.compose");
        this.state = useState({ height: 200 });
        onWillUnmount(() => this.observer?.disconnect());
    }

    /** Pictures arrive after the page, what is folded opens, and a phone is turned: the height follows. */
    onLoad() {
        this.observer?.disconnect();
        const page = this.frame.el?.contentDocument;
        if (!page?.body) {
            return;
        }
        // Whoever has clicked into the text still has the keys of the inbox.
        const { inboxKeys } = this.env;
        if (inboxKeys) {
            page.addEventListener("keydown", inboxKeys.onKey);
        }
        const fit = () => {
            if (page.documentElement) {
                this.state.height =
                    Math.ceil(page.documentElement.getBoundingClientRect().height) + 2;
            }
        };
        this.observer = new ResizeObserver(fit);
        this.observer.observe(page.documentElement);
        fit();
        page.addEventListener("click", (ev) => this.onClick(ev));
        const { pictures, trackers } = page.documentElement.dataset;
        this.props.onShown?.({ pictures: Number(pictures || 0), trackers: Number(trackers || 0) });
    }

    /** Whoever is written to from a link is written to from here. */
    onClick(ev) {
        const link = ev.target.closest("a[href^='mailto:' i]");
        if (link) {
            ev.preventDefault();
            this.compose.open({ begin: { mailto: link.getAttribute("href") } });
        }
    }
}
