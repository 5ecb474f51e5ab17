import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

import { onMounted, onWillUnmount, useEffect, useRef, useState, useSubEnv } from "@odoo/owl";

import { AttentionBanner } from "../../banner/attention_banner";
import { canCompose, compose, openDraft } from "../../panes/composing";
import { Divider } from "../../panes/divider";
import { BUTTONS } from "../../panes/emails_service";
import { chooseFolder } from "../../panes/folder_choice";
import { InboxMenu } from "../../panes/inbox_menu";
import { useInboxKeys } from "../../panes/keyboard";
import { preferences, setPreference } from "../../panes/preferences";
import { ReadingPane } from "../../panes/reading_pane";
import { useAddress, writeAddress } from "../address";
import { FolderPanel } from "../folder_panel";
import { InboxModel } from "../inbox_model";
import { InboxSearchModel } from "../inbox_search_model";
import { useInboxView } from "../inbox_view_hook";
import { InboxListRenderer } from "./inbox_list_renderer";

/** Pixels that list and reading pane need beside each other, and above each other. */
const ROOM = { right: 640, below: 420 };

/** Percent that the list takes, unless the user wants it otherwise. */
const LIST_PERCENT = { right: 38, below: 45 };

/** The list of emails, and the one that is read beside it. */
export class InboxListController extends ListController {
    static template = "concord_inbox.ListView";
    static components = {
        ...ListController.components,
        AttentionBanner,
        Divider,
        InboxMenu,
        ReadingPane,
    };

    setup() {
        super.setup();
        this.dialog = useService("dialog");
        // The cards are for phones.
        const { config } = this.env;
        config.viewSwitcherEntries = config.viewSwitcherEntries?.filter(
            (entry) => entry.type !== "kanban"
        );
        this.preferences = useState(preferences);
        this.area = useRef("area");
        this.pane = useState({ resId: false, cursor: false, percent: 0, room: null });
        this.inbox = useInboxView({ onRemoved: (ids) => this.onRemoved(ids) });
        const act = (name) => () => this.act(name);
        const write = (kind) => () => this.answer(kind);
        this.keys = useInboxKeys({
            next: () => this.step(1),
            previous: () => this.step(-1),
            open: () => this.atCursor && this.openRecord(this.atCursor),
            back: () => this.closePane(),
            select: () => this.atCursor?.toggleSelection(),
            archive: act("archive"),
            trash: act("trash"),
            spam: act("spam"),
            read: act("read"),
            unread: act("unread"),
            star: () => this.act(this.isStarred ? "unstar" : "star"),
            move: () => this.move(),
            reply: write("reply"),
            replyAll: write("reply_all"),
            forward: write("forward"),
            compose: () => compose(this.env, { begin: {} }),
            goInbox: () => this.goTo((node) => node.role === "inbox"),
            goStarred: () => this.goTo((node) => node.id === "starred"),
            goDrafts: () =>
                this.goTo((node) => node.id === "drafts") ||
                this.goTo((node) => node.role === "drafts"),
            goAll: () => this.env.searchModel.choose(false),
            search: () => this.rootRef.el.querySelector(".o_searchview_input")?.focus(),
        });
        useSubEnv({
            inboxList: {
                act: (...args) => this.inbox.act(...args),
                state: this.pane,
            },
        });
        useAddress((id) => this.openById(id));
        useEffect(
            (resId) => writeAddress(resId),
            () => [this.pane.resId]
        );
        const observer = new ResizeObserver(([{ contentRect }]) => {
            const { width, height } = contentRect;
            this.pane.room = { width, height };
        });
        onMounted(() => observer.observe(this.area.el));
        onWillUnmount(() => observer.disconnect());
    }

    // ------------------------------------------------------------ the pane

    /** @returns {string} where the reading pane is: right, below or none */
    get layout() {
        const { room } = this.pane;
        const { layout } = this.preferences;
        const isTooSmall =
            room && (layout === "below" ? room.height < ROOM.below : room.width < ROOM.right);
        return this.env.isSmall || this.env.inDialog || isTooSmall ? "none" : layout;
    }

    get percent() {
        return this.pane.percent || this.preferences.list_percent || LIST_PERCENT[this.layout];
    }

    get areaClass() {
        return `o_inbox_area o_inbox_area_${this.layout}`;
    }

    get listStyle() {
        return this.layout === "none" ? "" : `flex-basis: ${this.percent}%`;
    }

    get paneContext() {
        return this.model.root.context;
    }

    /** The pane is made anew when emails are put together, or in another folder. */
    get paneKey() {
        return JSON.stringify(this.paneContext);
    }

    get resIds() {
        return this.model.root.records.map((record) => record.resId);
    }

    get canCompose() {
        return canCompose(this.env);
    }

    compose() {
        return compose(this.env, { begin: {} });
    }

    onDivider(percent, isFinal) {
        this.pane.percent = percent;
        if (isFinal) {
            setPreference("list_percent", Math.round(percent));
        }
    }

    async openRecord(record, options = {}) {
        this.pane.cursor = record.resId;
        if (openDraft(this.env, record)) {
            return;
        }
        if (this.layout === "none" || options.newWindow || options.force) {
            this.inbox.leaving();
            return super.openRecord(record, options);
        }
        this.pane.resId = record.resId;
    }

    /** Open an email that may be on another page of the list. */
    openById(id) {
        this.pane.cursor = id;
        if (this.layout === "none") {
            this.inbox.leaving();
            return this.props.selectRecord(id, { activeIds: this.resIds });
        }
        this.pane.resId = id;
    }

    closePane() {
        this.pane.resId = false;
    }

    onRemoved(ids) {
        const { records } = this.model.root;
        const leave = (name) => {
            const at = records.findIndex((record) => record.resId === this.pane[name]);
            if (at >= 0 && ids.includes(this.pane[name])) {
                const isLeft = (record) => !ids.includes(record.resId);
                const next =
                    records.slice(at).find(isLeft) || records.slice(0, at).findLast(isLeft);
                this.pane[name] = next?.resId || false;
            }
        };
        leave("resId");
        leave("cursor");
    }

    // ------------------------------------------------------------ the keys

    get atCursor() {
        return this.model.root.records.find((record) => record.resId === this.pane.cursor);
    }

    /** What the keys are for: what is selected, else what is read, else where one is. */
    get concerned() {
        const { isDomainSelected, records, selection } = this.model.root;
        if (isDomainSelected || selection.length) {
            return undefined;
        }
        const resId = this.pane.resId || this.pane.cursor;
        return records.filter((record) => record.resId === resId);
    }

    get isStarred() {
        const records = this.concerned || this.model.root.selection;
        return (
            records.length > 0 &&
            records.every(({ data }) => data.thread_is_starred ?? data.is_starred)
        );
    }

    step(by) {
        const { records } = this.model.root;
        const at = records.findIndex((record) => record.resId === this.pane.cursor);
        const record = records[at < 0 ? 0 : Math.min(Math.max(at + by, 0), records.length - 1)];
        if (!record) {
            return;
        }
        this.pane.cursor = record.resId;
        if (this.pane.resId) {
            this.openRecord(record);
        }
        const row = this.rootRef.el.querySelector(`.o_data_row[data-id="${record.id}"]`);
        row?.scrollIntoView({ block: "nearest" });
        row?.querySelector("td[name=subject]")?.focus({ preventScroll: true });
    }

    act(action, options) {
        return this.inbox.act(action, this.concerned, options);
    }

    answer(kind) {
        const resId = this.pane.resId || this.pane.cursor;
        if (resId) {
            this.env.bus.trigger("CONCORD_INBOX:ANSWER", { kind, resId });
        }
    }

    /** Ask where to, and move what is selected, else what is read, there. */
    move() {
        const { isDomainSelected, selection } = this.model.root;
        const { concerned } = this;
        const records = concerned || selection;
        if (!records.length) {
            return;
        }
        const accounts = records.map(({ data }) => data.account_id?.id);
        const isKnown = !isDomainSelected && accounts.every(Boolean);
        chooseFolder(
            this.env,
            (folderId) => this.inbox.act("move", concerned, { folderId }),
            isKnown ? new Set(accounts) : undefined
        );
    }

    goTo(isIt) {
        const { searchModel } = this.env;
        const node = [...(searchModel.folderSection?.values.values() || [])].find(isIt);
        if (node) {
            searchModel.choose(node.id);
        }
        return Boolean(node);
    }

    // ------------------------------------------------------------ the buttons

    /** The view's own buttons show their effect at once; those that others add do as always. */
    async beforeExecuteActionButton(clickParams) {
        if (clickParams.name === "action_choose_folder" && !this.model.root.isGrouped) {
            this.move();
            return false;
        }
        const action = BUTTONS[clickParams.name];
        if (!action || this.model.root.isGrouped) {
            return super.beforeExecuteActionButton(clickParams);
        }
        if (action === "delete") {
            await new Promise((resolve) => {
                this.dialog.add(
                    ConfirmationDialog,
                    {
                        title: _t("Delete for good"),
                        body: _t(
                            "Delete for good, on the mail server as well? This cannot be undone."
                        ),
                        confirmLabel: _t("Delete"),
                        confirm: () => this.inbox.act("delete"),
                        cancel: () => {},
                    },
                    { onClose: resolve }
                );
            });
            return false;
        }
        await this.inbox.act(action);
        return false;
    }
}

export const inboxListView = {
    ...listView,
    Controller: InboxListController,
    Model: InboxModel,
    Renderer: InboxListRenderer,
    SearchModel: InboxSearchModel,
    SearchPanel: FolderPanel,
};

registry.category("views").add("inbox_list", inboxListView);
