import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { X2ManyField, x2ManyField } from "@web/views/fields/x2many/x2many_field";
import { KanbanCompiler } from "@web/views/kanban/kanban_compiler";
import { KanbanRecord } from "@web/views/kanban/kanban_record";

import { onWillUpdateProps, useState } from "@odoo/owl";

import { canCompose, compose } from "../panes/composing";
import { Avatar } from "./avatar";
import { EmailMenu } from "./email_menu";
import { sayDate } from "./list_cells";

const { DateTime } = luxon;

/** Older emails that are shown folded each; those between them are behind one line. */
const SHOWN_FIRST = 1;
const SHOWN_LAST = 2;

/** One email of a conversation: a line while it is folded, else the card of the view. */
export class ThreadEmail extends KanbanRecord {
    static template = "concord_inbox.ThreadEmail";
    static components = { ...KanbanRecord.components, Avatar, EmailMenu };
    static props = [...KanbanRecord.props, "isOpen", "isOnly", "toggle"];

    get data() {
        return this.props.record.data;
    }

    get name() {
        const { correspondent, direction, email_from: from } = this.data;
        // A name is in quotes where it has characters that mean something in an address.
        const written = from && from.replace(/\s*<[^>]*>$/, "").replace(/^"(.+)"$/, "$1");
        return (direction === "in" && correspondent) || written || _t("Unknown");
    }

    /** The address alone. */
    get address() {
        return /<([^>]*)>$/.exec(this.data.email_from || "")?.[1];
    }

    get partnerId() {
        return this.data.direction === "in" && this.data.sender_id
            ? this.data.sender_id.id
            : undefined;
    }

    get said() {
        return this.data.date ? sayDate(this.data.date) : "";
    }

    /** Of an open email: the day and the time, however long ago. */
    get written() {
        const { date } = this.data;
        return date ? date.toLocaleString(DateTime.DATETIME_MED) : "";
    }

    get whole() {
        return this.data.date ? this.data.date.toLocaleString(DateTime.DATETIME_FULL) : "";
    }

    get canAnswer() {
        return (
            canCompose(this.env) &&
            this.data.is_own &&
            this.data.state !== "draft" &&
            Boolean(this.env.inboxAnswer)
        );
    }

    get isDraft() {
        return this.data.state === "draft";
    }

    /** The bar below the conversation has it for the only email, where there is such a bar. */
    get hasMenu() {
        const { is_content_readable: isReadable } = this.data;
        return !this.isDraft && Boolean(isReadable) && !(this.props.isOnly && this.canAnswer);
    }

    get canEdit() {
        return this.isDraft && canCompose(this.env) && this.data.is_own;
    }

    onToggleKey(ev) {
        if (ev.key === "Enter" || ev.key === " ") {
            ev.preventDefault();
            ev.stopPropagation();
            this.props.toggle();
        }
    }

    answer(kind) {
        this.env.inboxAnswer(kind, this.props.record);
    }

    edit() {
        compose(this.env, { draft_id: this.props.record.resId });
    }
}

/** The emails of a conversation, the newest opened, older ones folded; what is opened stays so when others come. */
export class ThreadField extends X2ManyField {
    static template = "concord_inbox.ThreadField";
    static components = { ...X2ManyField.components, EmailMenu, ThreadEmail };

    setup() {
        super.setup();
        this.Compiler = KanbanCompiler;
        this.state = useState({ resId: null, open: {}, isAllShown: false });
        this.openNewest(this.props);
        onWillUpdateProps((next) => this.openNewest(next));
    }

    /** Another conversation: its newest email and those not read yet are opened. The same: what has come to it is. */
    openNewest({ record, name }) {
        const { records } = record.data[name];
        const isSame = this.state.resId === record.resId;
        if (!isSame) {
            Object.assign(this.state, { resId: record.resId, open: {}, isAllShown: false });
        }
        const newest = records.at(-1);
        for (const email of records) {
            if (!(email.resId in this.state.open)) {
                this.state.open[email.resId] = isSame || email === newest || !email.data.is_read;
            }
        }
    }

    /** @returns {{email?: Object, hidden?: number, key: number|string}[]} what is shown, from top to bottom */
    get lines() {
        const { records } = this.list;
        const { open, isAllShown } = this.state;
        const isFoldable = (email, at) =>
            !isAllShown &&
            at >= SHOWN_FIRST &&
            at < records.length - SHOWN_LAST &&
            !open[email.resId];
        const hidden = records.filter(isFoldable);
        if (hidden.length < 2) {
            return records.map((email) => ({ email, key: email.resId }));
        }
        const lines = [];
        for (const [at, email] of records.entries()) {
            if (!isFoldable(email, at)) {
                lines.push({ email, key: email.resId });
            } else if (email === hidden[0]) {
                lines.push({ hidden: hidden.length, key: "hidden" });
            }
        }
        return lines;
    }

    get canAnswer() {
        const { data } = this.props.record;
        return canCompose(this.env) && data.is_own && Boolean(this.env.inboxAnswer);
    }

    /** The newest email that is not one's own that is being written: what the buttons below are about. */
    get newest() {
        const { records } = this.list;
        return records.filter(({ data }) => data.state !== "draft").at(-1) || records.at(-1);
    }

    /** What can be read of the conversation, from top to bottom. */
    get threadIds() {
        return this.list.records
            .filter(({ data }) => data.is_content_readable && data.state !== "draft")
            .map(({ resId }) => resId);
    }

    /** Whether the newest email came by a mailing list that one can write to. */
    get hasList() {
        const emails = this.list.records.filter(({ data }) => data.state !== "draft");
        return Boolean(emails.at(-1)?.data.list_post);
    }

    toggle(email) {
        this.state.open[email.resId] = !this.state.open[email.resId];
    }

    showAll() {
        this.state.isAllShown = true;
    }

    answer(kind) {
        this.env.inboxAnswer(kind);
    }
}

registry.category("fields").add("inbox_thread", {
    ...x2ManyField,
    component: ThreadField,
    displayName: _t("Conversation"),
});
