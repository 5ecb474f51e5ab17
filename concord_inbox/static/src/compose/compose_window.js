import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { getTabableElements } from "@web/core/utils/ui";

import { Component, useRef, useState } from "@odoo/owl";

import { ComposePane } from "./compose_pane";

/** Whether a menu or a dialog is open, which Escape is meant for then. */
function hasOverlay() {
    return Boolean(document.querySelector(".o-overlay-container > .o-overlay-item > *"));
}

/** The frame of an email that is being written: docked below, a bar alone, or large. */
export class ComposeWindow extends Component {
    static template = "concord_inbox.ComposeWindow";
    static components = { ComposePane };
    static props = { frame: Object };

    setup() {
        this.compose = useService("concord_inbox.compose");
        this.ui = useState(useService("ui"));
        this.frame = useState(this.props.frame);
        this.draft = useState(this.props.frame.draft);
        this.root = useRef("root");
        this.titleId = `o_inbox_compose_${this.frame.key}`;
    }

    get title() {
        return this.draft.subject || _t("New email");
    }

    get isMinimised() {
        return this.frame.mode === "minimised";
    }

    /** It covers the page: what is below is out of reach until it is closed. */
    get isModal() {
        return !this.isMinimised && (this.frame.mode === "full" || this.ui.isSmall);
    }

    get sizeTitle() {
        return this.frame.mode === "full" ? _t("Dock below") : _t("Full size");
    }

    toggle() {
        if (this.isMinimised) {
            this.compose.restore(this.frame);
        } else if (!this.ui.isSmall) {
            this.compose.minimise(this.frame);
        }
    }

    onKeydown(ev) {
        if (ev.key === "Escape" && !ev.defaultPrevented && !this.isMinimised && !hasOverlay()) {
            ev.preventDefault();
            ev.stopPropagation();
            this.compose.minimise(this.frame);
        } else if (ev.key === "Tab" && this.isModal) {
            this.keepFocus(ev);
        }
    }

    keepFocus(ev) {
        const elements = getTabableElements(this.root.el);
        const [from, to] = ev.shiftKey
            ? [elements[0], elements.at(-1)]
            : [elements.at(-1), elements[0]];
        if (to && document.activeElement === from) {
            ev.preventDefault();
            to.focus();
        }
    }
}
