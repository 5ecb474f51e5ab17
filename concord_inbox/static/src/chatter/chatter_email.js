import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { Component } from "@odoo/owl";

import { Avatar } from "../fields/avatar";

/** An email among the messages of the chatter. */
export class ChatterEmail extends Component {
    static template = "concord_inbox.ChatterEmail";
    static components = { Avatar };
    static props = { email: Object, more: { type: Function, optional: true } };

    setup() {
        this.action = useService("action");
    }

    get people() {
        const name = this.props.email.correspondent || _t("Unknown");
        return this.props.email.direction === "out" ? _t("To %s", name) : name;
    }

    get subject() {
        return this.props.email.subject || _t("(no subject)");
    }

    get time() {
        return this.props.email.moment.toLocaleString(luxon.DateTime.TIME_SIMPLE);
    }

    get whole() {
        return this.props.email.moment.toLocaleString(luxon.DateTime.DATETIME_FULL);
    }

    open() {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "inbox.message",
            res_id: this.props.email.id,
            views: [[false, "form"]],
        });
    }
}
