import { ActionSwiper } from "@web/core/action_swiper/action_swiper";
import { registry } from "@web/core/registry";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { KanbanRecord } from "@web/views/kanban/kanban_record";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";

import { useSubEnv } from "@odoo/owl";

import { AttentionBanner } from "../../banner/attention_banner";
import { canCompose, compose, openDraft } from "../../panes/composing";
import { BUTTONS } from "../../panes/emails_service";
import { InboxMenu } from "../../panes/inbox_menu";
import { useAddress } from "../address";
import { FolderPanel } from "../folder_panel";
import { InboxModel } from "../inbox_model";
import { InboxSearchModel } from "../inbox_search_model";
import { useInboxView } from "../inbox_view_hook";

export class InboxKanbanRecord extends KanbanRecord {
    static template = "concord_inbox.KanbanRecord";
    static components = { ...KanbanRecord.components, ActionSwiper };

    get swipes() {
        const { inboxList } = this.env;
        if (!inboxList || !this.hasTouch) {
            return undefined;
        }
        const act = (action) => () => inboxList.act(action, [this.props.record]);
        return {
            right: { action: act("archive"), icon: "fa-archive text-white", bgColor: "bg-success" },
            left: { action: act("trash"), icon: "fa-trash-o text-white", bgColor: "bg-danger" },
        };
    }
}

export class InboxKanbanRenderer extends KanbanRenderer {
    static components = { ...KanbanRenderer.components, KanbanRecord: InboxKanbanRecord };
}

/** The emails on a phone; as live as the list. */
export class InboxKanbanController extends KanbanController {
    static template = "concord_inbox.KanbanView";
    static components = { ...KanbanController.components, AttentionBanner, InboxMenu };

    setup() {
        super.setup();
        this.inbox = useInboxView();
        useAddress((id) => {
            this.inbox.leaving();
            return this.props.selectRecord(id, { activeIds: [id] });
        });
        useSubEnv({
            inboxList: { act: (...args) => this.inbox.act(...args), state: {} },
        });
    }

    get canCompose() {
        return canCompose(this.env);
    }

    compose() {
        return compose(this.env, { begin: {} });
    }

    async openRecord(record, options) {
        if (openDraft(this.env, record)) {
            return;
        }
        this.inbox.leaving();
        await super.openRecord(record, options);
    }

    async beforeExecuteActionButton(clickParams) {
        const action = BUTTONS[clickParams.name];
        if (!action || this.model.root.isGrouped || !this.model.root.selection.length) {
            return super.beforeExecuteActionButton(clickParams);
        }
        await this.inbox.act(action);
        return false;
    }
}

export const inboxKanbanView = {
    ...kanbanView,
    Controller: InboxKanbanController,
    Model: InboxModel,
    Renderer: InboxKanbanRenderer,
    SearchModel: InboxSearchModel,
    SearchPanel: FolderPanel,
};

registry.category("views").add("inbox_kanban", inboxKanbanView);
