import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";

import { Component } from "@odoo/owl";

/** What may be wrong with an email, before it is sent; some of it can be overruled. */
export class CheckDialog extends Component {
    static template = "concord_inbox.CheckDialog";
    static components = { Dialog };
    static props = { problems: Array, sendText: String, onSend: Function, close: Function };

    get isBlocked() {
        return this.props.problems.some(({ severity }) => severity === "block");
    }

    get title() {
        return this.isBlocked ? _t("It cannot be sent yet") : _t("Send it like this?");
    }

    send() {
        // Closing alone means not to send.
        this.props.onSend();
        this.props.close();
    }
}
