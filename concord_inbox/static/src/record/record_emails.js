import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";
import { getDefaultConfig, View } from "@web/views/view";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, useSubEnv } from "@odoo/owl";

import { canCompose } from "../panes/composing";
import { useLiveUpdates } from "../views/live_updates";

/** The list follows what happens to emails, as the inbox does. */
class RecordListController extends ListController {
    setup() {
        super.setup();
        useLiveUpdates(() => this.model.load());
    }
}

registry.category("views").add("inbox_record_list", {
    ...listView,
    Controller: RecordListController,
});

/** The list, apart from the form around it, whose title and pager it would change. */
class EmailList extends Component {
    static template = "concord_inbox.RecordEmailList";
    static components = { View };
    static props = { domain: Array, open: Function };

    setup() {
        useSubEnv({ config: getDefaultConfig() });
        this.viewProps = {
            type: "list",
            resModel: "inbox.message",
            domain: this.props.domain,
            context: {
                inbox_conversations: true,
                list_view_ref: "concord_inbox.inbox_message_view_list_record",
            },
            display: { controlPanel: false },
            allowSelectors: false,
            selectRecord: (resId) => this.props.open(resId),
            className: "o_inbox_record_list",
        };
    }
}

/** The emails that belong on the page of the form's document; they are asked for when they are shown. */
export class RecordEmails extends Component {
    static template = "concord_inbox.RecordEmails";
    static components = { EmailList };
    static props = { ...standardWidgetProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
    }

    get resId() {
        return this.props.record.resId;
    }

    get domain() {
        return [["on_record", "=", `${this.props.record.resModel},${this.resId}`]];
    }

    get canCompose() {
        return canCompose(this.env);
    }

    open(resId) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "inbox.message",
            res_id: resId,
            views: [[false, "form"]],
        });
    }

    async run(method) {
        const { resModel } = this.props.record;
        this.action.doAction(await this.orm.call(resModel, method, [[this.resId]]));
    }
}

registry.category("view_widgets").add("inbox_record_emails", { component: RecordEmails });
