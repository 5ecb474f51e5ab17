import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component, onWillUpdateProps, useState } from "@odoo/owl";

import { useLiveUpdates } from "../views/live_updates";

const FIELDS = ["is_catching_up", "progress_done", "progress_total", "progress_text"];

/** How far an account's emails from before have been brought; follows while it happens, and asks only when told. */
export class Progress extends Component {
    static template = "concord_inbox.Progress";
    static props = { ...standardFieldProps, banner: { type: Boolean, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.state = useState(this.of(this.props.record));
        onWillUpdateProps(({ record }) => Object.assign(this.state, this.of(record)));
        useLiveUpdates(
            () => this.refresh(),
            (accountId) => accountId === this.props.record.resId && this.state.is_catching_up
        );
    }

    of(record) {
        return Object.fromEntries(FIELDS.map((name) => [name, record.data[name]]));
    }

    get percent() {
        const { progress_done: done, progress_total: total } = this.state;
        return total ? Math.floor((100 * done) / total) : 0;
    }

    async refresh() {
        const { record } = this.props;
        if (!this.state.is_catching_up) {
            // Asked because the connection was away; nothing had been going on.
            return;
        }
        const [now] = await this.orm.read("inbox.account", [record.resId], FIELDS);
        if (!now) {
            return;
        }
        Object.assign(this.state, now);
        // What else the account shows is of the past as well; what somebody is typing is not to be lost.
        if (!now.is_catching_up && !(await record.isDirty())) {
            await record.load();
        }
    }
}

registry.category("fields").add("inbox_progress", {
    component: Progress,
    // A banner says in a sentence what is going on.
    extractProps: ({ options }) => ({ banner: options.banner }),
    supportedTypes: ["char"],
    fieldDependencies: [
        { name: "is_catching_up", type: "boolean" },
        { name: "progress_done", type: "integer" },
        { name: "progress_total", type: "integer" },
    ],
});
