import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onWillDestroy, useState } from "@odoo/owl";

/** What is proposed together, and left alone together once any of it was typed by hand. */
const GROUPS = [
    ["imap_host", "imap_port", "imap_encryption"],
    ["smtp_host", "smtp_port", "smtp_encryption"],
    ["username"],
    ["connection_type"],
];

const PATIENCE = 12000; // milliseconds
const PAUSE = 600; // milliseconds

/**
 * The servers of an account in one line, above their fields, which it folds away. When the address was typed, it has
 * the servers looked for and fills them in, but never over what somebody typed.
 */
export class InboxServers extends Component {
    static template = "concord_inbox.InboxServers";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ searching: false, open: false, found: null });
        this.search = 0; // counts: the answer for an address that was changed meanwhile is of no use
        onWillDestroy(() => this.search++);
        useRecordObserver((record) => {
            if (record.id !== this.recordId) {
                this.begin(record);
            }
            const { email, state } = record.data;
            if (state === "draft" && email && email !== this.address) {
                this.address = email;
                this.propose(email);
            }
        });
    }

    /** Another record is shown from now on. */
    begin(record) {
        this.recordId = record.id;
        this.search++;
        Object.assign(this.state, { searching: false, open: false, found: null });
        this.address = record.isNew ? false : record.data.email;
        // The values that nobody typed: what a new form begins with, and later what was proposed.
        this.untyped = {};
        for (const group of GROUPS) {
            if (record.isNew || !record.data[group[0]]) {
                this.remember(group, record.data);
            }
        }
    }

    get data() {
        return this.props.record.data;
    }

    get isImap() {
        return this.data.connection_type === "imap";
    }

    get isReadonly() {
        return this.props.readonly || !this.data.is_editable;
    }

    get isFolded() {
        return !this.state.open && this.isImap;
    }

    get servers() {
        return [
            [_t("Receiving"), this.say("imap")],
            [_t("Sending"), this.say("smtp")],
        ].filter(([, text]) => text);
    }

    say(service) {
        const host = this.data[`${service}_host`];
        if (!host) {
            return "";
        }
        const encryption = this.data[`${service}_encryption`];
        const label = this.props.record.fields[`${service}_encryption`].selection.find(
            ([value]) => value === encryption
        )?.[1];
        const name = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
        return `${name}:${this.data[`${service}_port`]} (${label || ""})`;
    }

    toggle() {
        this.state.open = !this.state.open;
    }

    remember(group, data) {
        for (const name of group) {
            this.untyped[name] = data[name];
        }
    }

    isTyped(group) {
        const focused = document.activeElement?.closest(".o_field_widget")?.getAttribute("name");
        return (
            group.includes(focused) || group.some((name) => this.untyped[name] !== this.data[name])
        );
    }

    async propose(email) {
        const search = ++this.search;
        const until = Date.now() + PATIENCE;
        this.state.searching = true;
        this.state.found = null;
        try {
            let answer = await this.ask(email);
            while (answer.state === "pending" && Date.now() < until && search === this.search) {
                await new Promise((resolve) => setTimeout(resolve, PAUSE));
                answer = await this.ask(email);
            }
            if (search === this.search) {
                await this.take(answer, search);
            }
        } finally {
            if (search === this.search) {
                this.state.searching = false;
            }
        }
    }

    ask(email) {
        return this.orm.silent.call("inbox.account", "propose_servers", [email]);
    }

    async take(answer, search) {
        if (answer.state !== "found") {
            this.state.open = true;
            return;
        }
        const proposed = GROUPS.filter((group) => group[0] in answer.values);
        const groups = proposed.filter((group) => !this.isTyped(group));
        const values = {};
        for (const name of groups.flat()) {
            values[name] = answer.values[name];
        }
        if (!this.data.username && values.username === "") {
            delete values.username;
        }
        // A change of the encryption changes the port, so the others come after it.
        const { imap_encryption, smtp_encryption, ...others } = values;
        for (const changes of [{ imap_encryption, smtp_encryption }, others]) {
            const different = Object.entries(changes).filter(
                ([name, value]) => value !== undefined && value !== this.data[name]
            );
            if (different.length && search === this.search) {
                await this.props.record.update(Object.fromEntries(different));
            }
        }
        groups.forEach((group) => this.remember(group, this.data));
        const isKept = proposed
            .flat()
            .some((name) => (this.data[name] || "") !== answer.values[name]);
        this.state.found = { ...answer, isKept };
        this.state.open = this.state.open || answer.source === "guess";
    }
}

const FIELDS = ["email", "state", "is_editable", ...GROUPS.flat()];

registry.category("view_widgets").add("inbox_servers", {
    component: InboxServers,
    fieldDependencies: FIELDS.map((name) => ({ name })),
});
