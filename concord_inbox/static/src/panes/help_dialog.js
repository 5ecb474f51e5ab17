import { Dialog } from "@web/core/dialog/dialog";

import { Component } from "@odoo/owl";

import { KEYS } from "./keys";

/** The keys of the inbox. */
export class HelpDialog extends Component {
    static template = "concord_inbox.HelpDialog";
    static components = { Dialog };
    static props = ["close"];

    /** @returns {{does: string, keys: string[][]}[]} what can be done; each way a list of keys pressed one after the other */
    get entries() {
        const entries = new Map();
        for (const [keys, name, does] of KEYS) {
            const entry = entries.get(name) || { does, keys: [] };
            entry.keys.push(
                keys
                    .split(" ")
                    .map((key) => (/[A-Z]$/.test(key) && key.length === 1 ? `⇧ ${key}` : key))
            );
            entries.set(name, entry);
        }
        return [...entries.values()];
    }
}
