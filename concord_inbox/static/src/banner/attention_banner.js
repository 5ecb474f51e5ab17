import { useService } from "@web/core/utils/hooks";

import { Component, onMounted, useState } from "@odoo/owl";

import { useLiveUpdates } from "../views/live_updates";

/** Accounts that are named; the others are counted. */
const NAMED = 3;

/** Above the emails: the accounts that somebody has to do something about, with what it is and the way to do it. */
export class AttentionBanner extends Component {
    static template = "concord_inbox.AttentionBanner";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ accounts: [] });
        // The emails do not wait for it.
        onMounted(() => this.load());
        useLiveUpdates(() => this.load());
    }

    get named() {
        return this.state.accounts.slice(0, NAMED);
    }

    get moreCount() {
        return this.state.accounts.length - this.named.length;
    }

    async load() {
        this.state.accounts = await this.orm.call("inbox.account", "get_attention");
    }

    async reconnect({ id }) {
        await this.action.doActionButton({
            type: "object",
            resModel: "inbox.account",
            resId: id,
            name: "action_reconnect",
        });
    }

    showAll() {
        return this.action.doAction("concord_inbox.action_accounts");
    }
}
