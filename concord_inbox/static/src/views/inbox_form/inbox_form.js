import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { FetchRecordError } from "@web/model/relational_model/errors";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

import { onWillUnmount, useEffect, useState, useSubEnv } from "@odoo/owl";

import { compose } from "../../panes/composing";
import { BUTTONS, MOVES } from "../../panes/emails_service";
import { useInboxKeys } from "../../panes/keyboard";
import { preferences } from "../../panes/preferences";
import { leaveEmail } from "../../undo/moved_action";
import { InboxFormModel } from "../address";
import { useLiveUpdates } from "../live_updates";

/** Milliseconds after which an email that is looked at counts as read. */
const READ_AFTER = { at_once: 0, soon: 2000 };

/**
 * An open email or conversation, in the reading pane or filling the page: what others do with it is shown, and the text
 * that is being read stays as it is.
 */
export class InboxFormController extends FormController {
    setup() {
        this.pane = this.env.inboxPane;
        super.setup();
        this.emails = useService("concord_inbox.emails");
        this.preferences = useState(preferences);
        this.pane?.register(this);
        useLiveUpdates(() => this.refresh());
        useBus(this.emails.bus, "CHANGING", ({ detail }) => this.anticipate(detail));
        useBus(this.emails.bus, "CHANGED", ({ detail }) => this.onChanged(detail));
        useBus(this.env.bus, "CONCORD_INBOX:ANSWER", ({ detail }) => {
            if (detail.resId === this.model.root.resId) {
                this.answer(detail.kind);
            }
        });
        const keys = this.pane ? { onKey: (ev) => this.pane.onKey(ev) } : this.useOwnKeys();
        useSubEnv({
            inboxKeys: keys,
            inboxAnswer: (kind, record) => this.answer(kind, record),
            // What was searched for when the email was opened: its words are marked in the text.
            inboxSearched: this.pane
                ? [this.props.context.inbox_search || []].flat().join(" ")
                : this.emails.takeSearched(),
        });

        let timer = null;
        useEffect(
            (resId, unread, isOwn, after) => {
                clearTimeout(timer);
                if (this.keptUnread !== resId) {
                    this.keptUnread = null;
                }
                // Whoever marks it as unread again means it.
                if (
                    resId &&
                    !this.keptUnread &&
                    unread &&
                    isOwn &&
                    after in READ_AFTER &&
                    !this.env.inDialog
                ) {
                    timer = setTimeout(
                        () => this.act("read", { isSilent: true }),
                        READ_AFTER[after]
                    );
                }
            },
            () => {
                const { resId, data } = this.model.root;
                return [resId, data.thread_unread_count, data.is_own, this.preferences.mark_read];
            }
        );
        onWillUnmount(() => clearTimeout(timer));
    }

    /** The keys while the email fills the page. */
    useOwnKeys() {
        const { data } = { data: () => this.model.root.data };
        const act = (name) => () => this.act(name);
        return useInboxKeys({
            next: () => this.step(1),
            previous: () => this.step(-1),
            back: () => this.env.config.historyBack?.(),
            archive: act("archive"),
            trash: act("trash"),
            spam: act("spam"),
            read: act("read"),
            unread: act("unread"),
            star: () => this.act(data().thread_is_starred ? "unstar" : "star"),
            reply: () => this.answer("reply"),
            replyAll: () => this.answer("reply_all"),
            forward: () => this.answer("forward"),
            compose: () => compose(this.env, { begin: {} }),
        });
    }

    get areConversations() {
        return this.pane
            ? Boolean(this.props.context.inbox_conversations)
            : preferences.grouping === "conversations";
    }

    get modelParams() {
        const params = super.modelParams;
        if (this.areConversations) {
            params.config.context = { ...params.config.context, inbox_conversations: true };
        }
        return params;
    }

    /** The folder in which the email was looked at. */
    get within() {
        const folder = this.props.context.inbox_folder_id;
        return folder ? [["folder_ids", "in", [folder]]] : this.emails.within;
    }

    /** Show another email. */
    async show(resId, resIds) {
        await this.model.load({ resId, resIds });
    }

    step(by) {
        const { resId, resIds } = this.model.root;
        const next = resIds[resIds.indexOf(resId) + by];
        if (next) {
            this.show(next, resIds);
        }
    }

    act(action, options = {}) {
        const { root } = this.model;
        if (!root.data.is_own) {
            return false;
        }
        return this.emails.apply(action, {
            ids: [root.resId],
            within: this.within,
            conversations: this.areConversations,
            ...options,
        });
    }

    /** Answer the newest email, or the one that is given. */
    answer(kind, record) {
        const emails =
            this.model.root.data.thread_ids?.records.filter(({ data }) => data.state !== "draft") ||
            [];
        const messageId = record?.resId || emails.at(-1)?.resId || this.model.root.resId;
        return compose(this.env, { reply: { message_id: messageId, kind } });
    }

    anticipate({ action, ids }) {
        const { root } = this.model;
        if (ids && !ids.includes(root.resId)) {
            return;
        }
        const known = {
            read: { is_read: true, thread_unread_count: 0 },
            unread: { is_read: false },
            star: { is_starred: true, thread_is_starred: true },
            unstar: { is_starred: false, thread_is_starred: false },
        }[action];
        if (action === "unread") {
            this.keptUnread = root.resId;
        }
        if (known) {
            const shown = Object.entries(known).filter(([name]) => name in root.data);
            root._applyValues(Object.fromEntries(shown));
        }
    }

    async onChanged({ action, ids, done }) {
        const { resId } = this.model.root;
        if (done && MOVES.includes(action) && ids?.includes(resId) && !this.pane) {
            await leaveEmail(
                this.env,
                { props: { resIds: this.model.root.resIds }, currentState: { resId } },
                new Set(ids)
            );
            return;
        }
        await this.refresh();
    }

    async refresh() {
        const { root } = this.model;
        if (!this.model.isReady || root.dirty) {
            return;
        }
        try {
            await root.load();
        } catch (error) {
            // It was deleted or moved out of sight: whoever reads it may finish.
            if (!(error instanceof FetchRecordError)) {
                throw error;
            }
        }
    }

    async beforeExecuteActionButton(clickParams) {
        const action = BUTTONS[clickParams.name];
        if (!action) {
            return super.beforeExecuteActionButton(clickParams);
        }
        if (action === "delete") {
            this.dialogService.add(ConfirmationDialog, {
                title: _t("Delete for good"),
                body: _t("Delete for good, on the mail server as well? This cannot be undone."),
                confirmLabel: _t("Delete"),
                confirm: () => this.act("delete"),
                cancel: () => {},
            });
        } else {
            await this.act(action);
        }
        return false;
    }
}

export const inboxFormView = {
    ...formView,
    Controller: InboxFormController,
    Model: InboxFormModel,
};

registry.category("views").add("inbox_form", inboxFormView);
