import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { Component, onWillStart, useState } from "@odoo/owl";

import { canCompose } from "../panes/composing";

/** Guests that are named before it is said how many more there are. */
const NAMED = 8;

/** The invitations and contacts that came with an email. */
export class FileCards extends Component {
    static template = "concord_inbox.FileCards";
    static props = { messageId: Number };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ cards: [] });
        onWillStart(() => {
            // The text does not wait for it.
            this.orm.silent
                .call("inbox.message", "file_cards", [this.props.messageId])
                .then((cards) => (this.state.cards = cards))
                .catch(() => {});
        });
    }

    guests(card) {
        const named = card.guests
            .slice(0, NAMED)
            .map(({ name, said }) => `${name} (${said})`)
            .join(", ");
        const more = card.guests.length - NAMED;
        return more > 0 ? _t("%(named)s and %(more)s more", { named, more }) : named;
    }

    color({ state }) {
        if (["cancelled", "reply-declined"].includes(state)) {
            return "text-bg-danger";
        }
        return state === "reply-accepted" ? "text-bg-success" : "text-bg-info";
    }

    get answers() {
        return [
            { said: "accepted", label: _t("Yes") },
            { said: "tentative", label: _t("Perhaps") },
            { said: "declined", label: _t("No") },
        ];
    }

    get question() {
        return _t("Will you come?");
    }

    canAnswer(card) {
        return card.can_answer && canCompose(this.env);
    }

    /** What is sent can be read, and added to, before. */
    async answer(card, said) {
        const { messageId } = this.props;
        const args = [messageId, card.attachment_id, card.uid, said];
        this.action.doAction(
            await this.orm.call("inbox.message", "action_answer_invitation", args)
        );
    }

    createContact(card) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            views: [[false, "form"]],
            target: "new",
            name: _t("Create contact"),
            context: {
                default_name: card.name,
                default_email: card.emails[0] || false,
                default_phone: card.phones[0] || false,
                default_function: card.title || false,
                default_company_name: card.organization || false,
            },
        });
    }
}
