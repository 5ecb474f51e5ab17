import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component, onWillUnmount, onWillUpdateProps, useRef, useState } from "@odoo/owl";

/**
 * An email's text, in a frame that runs no script and, until asked, loads nothing from outside. The frame shares the
 * origin only so that its height can be measured; its own Content-Security-Policy comes with the page.
 */
export class InboxBody extends Component {
    static template = "concord_inbox.InboxBody";
    static props = { ...standardFieldProps };

    setup() {
        this.frame = useRef("frame");
        this.compose = useService("concord_inbox.compose");
        this.state = useState({ images: false, height: 200 });
        onWillUpdateProps((next) => {
            if (next.record.resId !== this.props.record.resId) {
                this.state.images = false;
            }
        });
        onWillUnmount(() => this.observer?.disconnect());
    }

    get hasRemoteImages() {
        return this.props.record.data[this.props.name];
    }

    get url() {
        const asked = new URLSearchParams();
        if (this.state.images) {
            asked.set("images", "1");
        }
        if (this.env.inboxSearched) {
            asked.set("search", this.env.inboxSearched);
        }
        const path = `/concord_inbox/message/${this.props.record.resId}/body`;
        return String(asked) ? `${path}?${asked}` : path;
    }

    get title() {
        return _t("Text of the email");
    }

    showImages() {
        this.state.images = true;
    }

    /** Pictures arrive after the page, and a phone that is turned wraps lines anew: the height follows both. */
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

export const inboxBody = {
    component: InboxBody,
    displayName: _t("Email text"),
    supportedTypes: ["boolean"],
};

registry.category("fields").add("inbox_body", inboxBody);
