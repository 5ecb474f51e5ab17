import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";

import { Component, onWillStart, useState } from "@odoo/owl";

import { askToNotify } from "../news/notifications";
import { preferences, reloadPreferences, setPreference } from "./preferences";

/**
 * Have the accounts that the user sees synchronised now.
 *
 * @param {Object} env
 */
export async function syncNow(env) {
    const { action, orm } = env.services;
    const accounts = await orm.search("inbox.account", [["state", "in", ["connected", "paused"]]]);
    if (accounts.length) {
        await action.doAction(await orm.call("inbox.account", "action_sync_now", [accounts]));
    } else {
        await action.doAction("concord_inbox.action_accounts");
    }
}

/**
 * Open the user's own settings, and follow them at once.
 *
 * @param {Object} env
 */
export async function openSettings(env) {
    const { action, orm } = env.services;
    const window = await orm.call("res.users.settings", "action_inbox_settings", []);
    const onClose = async () => {
        await reloadPreferences(orm);
        await Promise.all([askToNotify(env), env.services["concord_inbox.news"].refresh()]);
    };
    await action.doAction(window, { onClose });
}

/** ⋮: the accounts, a look at the mail server now, and how the inbox is shown. */
export class InboxMenu extends Component {
    static template = "concord_inbox.InboxMenu";
    static components = { Dropdown, DropdownItem };
    static props = {};

    setup() {
        this.action = useService("action");
        this.preferences = useState(preferences);
        onWillStart(async () => {
            this.isSystem = await user.hasGroup("base.group_system");
        });
    }

    get layouts() {
        return [
            { id: "right", icon: "fa-columns", label: _t("Reading pane at the right") },
            {
                id: "below",
                icon: "fa-window-maximize fa-flip-vertical",
                label: _t("Reading pane below"),
            },
            { id: "none", icon: "fa-list", label: _t("No reading pane") },
        ];
    }

    get areConversations() {
        return this.preferences.grouping === "conversations";
    }

    setLayout(layout) {
        return setPreference("layout", layout);
    }

    toggleConversations() {
        return setPreference("grouping", this.areConversations ? "messages" : "conversations");
    }

    open(action) {
        return this.action.doAction(action);
    }

    syncNow() {
        return syncNow(this.env);
    }

    openSettings() {
        return openSettings(this.env);
    }
}
