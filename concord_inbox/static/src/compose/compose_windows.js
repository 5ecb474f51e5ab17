import { _t } from "@web/core/l10n/translation";
import { browser } from "@web/core/browser/browser";
import { localization } from "@web/core/l10n/localization";
import { useBus, useService } from "@web/core/utils/hooks";

import { Component, useEffect, useExternalListener, useState } from "@odoo/owl";

import { ComposeWindow } from "./compose_window";
import { placeBeside } from "./placing";

/** All windows of emails that are being written, and what was sent a moment ago. */
export class ComposeWindows extends Component {
    static template = "concord_inbox.ComposeWindows";
    static components = { ComposeWindow };
    static props = {};

    setup() {
        this.compose = useService("concord_inbox.compose");
        this.state = useState(this.compose.state);
        this.leaving = useState(this.compose.leaving.state);
        this.place = useState({ style: "" });
        const arrange = () => this.arrange();
        useEffect(arrange, () => [this.answering?.key]);
        useExternalListener(browser, "resize", arrange);
        useBus(this.env.bus, "ACTION_MANAGER:UI-UPDATED", arrange);
    }

    /** The answer or forward that is being written, if that is what was opened last. */
    get answering() {
        const frame = this.state.windows.findLast(({ mode }) => mode !== "minimised");
        const { draft, mode } = frame || {};
        return (draft?.answersId || draft?.forwardsId) && mode === "docked" ? frame : undefined;
    }

    /** Leave what is answered in sight. */
    arrange() {
        const pane = this.answering && document.querySelector(".o_inbox_reading_pane");
        this.place.style = pane
            ? placeBeside(
                  pane.getBoundingClientRect(),
                  browser.innerWidth,
                  localization.direction === "rtl"
              )
            : "";
    }

    text(item) {
        switch (item.stage) {
            case "counting":
                return _t("Sending in %s s", item.seconds);
            case "scheduled":
                return item.text;
            case "leaving":
                return _t("Sending…");
        }
        return _t("Sent");
    }
}
