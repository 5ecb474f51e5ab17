import { Dialog } from "@web/core/dialog/dialog";
import { registry } from "@web/core/registry";

import { Component } from "@odoo/owl";

/** What connecting an account would bring, and who would see it. */
export class Preview extends Component {
    static template = "concord_inbox.Preview";
    static components = { Dialog };
    static props = {
        emails: String,
        total: Number,
        folders: Array,
        known: Number,
        touched: String,
        created: Number,
        creating: String,
        named: Array,
        more: String,
        sees: Array,
        connect: String,
        onConnect: Function,
        close: Function,
    };

    async connect() {
        await this.props.onConnect();
        this.props.close();
    }
}

/** Shows what `inbox.account.action_preview()` found. */
function showPreview(env, action) {
    const { account_id: accountId, ...found } = action.params;
    const { action: actions, dialog, orm } = env.services;
    dialog.add(Preview, {
        ...found,
        onConnect: async () => {
            await orm.call("inbox.account", "action_connect", [[accountId]]);
            await actions.doAction("soft_reload");
        },
    });
    return { type: "ir.actions.act_window_close" };
}

registry.category("actions").add("concord_inbox.preview", showPreview);
