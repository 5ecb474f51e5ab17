import { Dialog } from "@web/core/dialog/dialog";
import { registry } from "@web/core/registry";

import { Component } from "@odoo/owl";

const ICONS = {
    done: "fa-check-circle text-success",
    failed: "fa-times-circle text-danger",
    warning: "fa-exclamation-triangle text-warning",
    not_reached: "fa-circle-o text-muted",
};

/** How far each server of an account was reached, what was found, and what to change. */
export class ConnectionTest extends Component {
    static template = "concord_inbox.ConnectionTest";
    static components = { Dialog };
    static props = {
        works: Boolean,
        verdict: String,
        then: String,
        connect: String,
        servers: Array,
        onConnect: Function,
        close: Function,
    };

    icon(step) {
        return ICONS[step.state];
    }

    async connect() {
        await this.props.onConnect();
        this.props.close();
    }
}

/** Shows what `inbox.account.action_show_connection_test()` found, and has the form behind it loaded anew. */
function showConnectionTest(env, action) {
    const { account_id: accountId, ...found } = action.params;
    const { action: actions, dialog, orm } = env.services;
    dialog.add(ConnectionTest, {
        ...found,
        onConnect: async () => {
            await orm.call("inbox.account", "action_connect", [[accountId]]);
            await actions.doAction("soft_reload");
        },
    });
    return { type: "ir.actions.act_window_close" };
}

registry.category("actions").add("concord_inbox.connection_test", showConnectionTest);
