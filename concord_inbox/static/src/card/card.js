import { _t } from "@web/core/l10n/translation";
import { deserializeDate, deserializeDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";
import { SelectCreateDialog } from "@web/views/view_dialogs/select_create_dialog";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onWillUnmount, useEffect, useState } from "@odoo/owl";

import { sayDate } from "../fields/list_cells";
import { useLiveUpdates } from "../views/live_updates";
import { findDocument } from "./find_document";

const MODEL = "inbox.message";
/**
 * Who it is that one reads: contact, company, deals and other documents, and what one does about them.
 *
 * It asks for itself, after the email is shown, so that reading never waits for it.
 */
export class Card extends Component {
    static template = "concord_inbox.Card";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.store = useService("mail.store");
        this.state = useState({ card: null, isOpen: false, note: null });
        this.asked = 0;
        useEffect(
            (resId, isOwn) => {
                this.state.card = null;
                this.state.note = null;
                if (resId && isOwn) {
                    this.load();
                }
            },
            () => [this.resId, this.data.is_own]
        );
        onWillUnmount(() => this.asked++);
        // A contact that comes, an address that goes, a deal that somebody links: what is shown follows.
        useLiveUpdates(async () => {
            if (this.state.card) {
                await this.load();
            }
        });
    }

    get resId() {
        return this.props.record.resId;
    }

    get data() {
        return this.props.record.data;
    }

    /** What the closed card says in its one line. */
    get headline() {
        const { contacts, strangers, documents } = this.state.card;
        const people = [...contacts, ...strangers].map(({ name, email }) => name || email);
        const deals = documents.map(({ name }) => name);
        return [...people.slice(0, 2), ...deals.slice(0, 2)].join(" · ") || _t("Nobody outside");
    }

    get turn() {
        const { waiting_for: who, waiting_since: since } = this.state.card.turn;
        if (!who) {
            return "";
        }
        const said = sayDate(deserializeDateTime(since));
        return who === "us"
            ? _t("Waiting for our answer since %s", said)
            : _t("Waiting for their answer since %s", said);
    }

    get hasFiles() {
        return Boolean(this.data.has_attachment);
    }

    day(date) {
        return date ? sayDate(deserializeDateTime(date)) : "";
    }

    deadline(date) {
        return deserializeDate(date).toLocaleString({ day: "numeric", month: "short" });
    }

    async load() {
        const asked = ++this.asked;
        const card = await this.orm.silent.call(MODEL, "inbox_card", [[this.resId]]);
        if (asked === this.asked) {
            this.state.card = card;
        }
    }

    async call(method, args = [], done = "") {
        const result = await this.orm.call(MODEL, method, [[this.resId], ...args]);
        if (done) {
            this.notification.add(done, { type: "success" });
        }
        await this.load();
        return result;
    }

    toggle() {
        this.state.isOpen = !this.state.isOpen;
    }

    open(resModel, resId) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: resModel,
            res_id: resId,
            views: [[false, "form"]],
        });
    }

    link({ res_model: resModel, res_id: resId }) {
        return this.call("inbox_link", [resModel, resId]);
    }

    async unlink({ res_model: resModel, res_id: resId, name }) {
        await this.call("inbox_unlink", [resModel, resId]);
        const close = this.notification.add(_t("No longer linked to %s", name), {
            buttons: [
                {
                    name: _t("Undo"),
                    onClick: () => {
                        close();
                        this.link({ res_model: resModel, res_id: resId });
                    },
                },
            ],
        });
    }

    async createContact({ email }) {
        const id = await this.call("inbox_create_contact", [email]);
        const close = this.notification.add(_t("The contact was created"), {
            type: "success",
            buttons: [
                {
                    name: _t("Open"),
                    onClick: () => {
                        close();
                        this.open("res.partner", id);
                    },
                },
            ],
        });
    }

    /** Whoever it is has another address already. */
    addToContact({ email }) {
        this.dialog.add(SelectCreateDialog, {
            resModel: "res.partner",
            title: _t("Whose address is %s?", email),
            multiSelect: false,
            noCreate: true,
            onSelected: ([resId]) => this.call("inbox_add_address", [email, resId]),
        });
    }

    async createDeal() {
        const defaults = await this.orm.call(MODEL, "inbox_deal_defaults", [[this.resId]]);
        const context = Object.fromEntries(
            Object.entries(defaults).map(([name, value]) => [`default_${name}`, value])
        );
        this.dialog.add(FormViewDialog, {
            resModel: "crm.lead",
            title: _t("New deal"),
            context,
            onRecordSaved: async (record) => {
                await this.orm.call(MODEL, "inbox_link", [[this.resId], "crm.lead", record.resId]);
                if (this.hasFiles) {
                    await this.orm.call(MODEL, "inbox_save_files", [
                        [this.resId],
                        "crm.lead",
                        record.resId,
                    ]);
                }
                await this.load();
            },
        });
    }

    get usualKinds() {
        return this.state.card.kinds.filter((kind) => kind.is_usual);
    }

    get hasOtherKinds() {
        return this.usualKinds.length < this.state.card.kinds.length;
    }

    find() {
        findDocument(this.env, this.state.card.kinds, {
            document: (document) => this.link(document),
            kind: (resModel) => this.choose(resModel),
        });
    }

    choose(resModel) {
        this.dialog.add(SelectCreateDialog, {
            resModel,
            title: _t("Link to"),
            multiSelect: false,
            noCreate: true,
            onSelected: ([resId]) => this.link({ res_model: resModel, res_id: resId }),
        });
    }

    async saveFiles({ res_model: resModel, res_id: resId, name }) {
        const count = await this.call("inbox_save_files", [resModel, resId]);
        this.notification.add(
            count
                ? _t("%(count)s files are on %(name)s now", { count, name })
                : _t("They are there already")
        );
    }

    async schedule() {
        const { documents, contacts, conversation_id: conversation } = this.state.card;
        const deal = documents.find(({ res_model: model }) => model === "crm.lead");
        const [model, id] = deal
            ? ["crm.lead", deal.res_id]
            : contacts.length
              ? ["res.partner", contacts[0].id]
              : ["inbox.conversation", conversation];
        await this.store.scheduleActivity(model, [id]);
        await this.load();
    }

    async log() {
        const text = this.state.note;
        if (!text.trim()) {
            this.state.note = null;
            return;
        }
        await this.call("inbox_note", [text], _t("The note is in the conversation's notes"));
        this.state.note = null;
    }

    settle(isSettled) {
        return this.call("inbox_settle", [isSettled]);
    }
}

registry.category("view_widgets").add("inbox_card", {
    component: Card,
    fieldDependencies: [
        { name: "is_own", type: "boolean" },
        { name: "has_attachment", type: "boolean" },
    ],
});
