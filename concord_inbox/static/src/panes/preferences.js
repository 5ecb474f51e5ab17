import { user } from "@web/core/user";

import { reactive } from "@odoo/owl";

const PREFIX = "inbox_";
const DEFAULTS = {
    layout: "right",
    grouping: "conversations",
    mark_read: "soon",
    panel_width: 0,
    list_percent: 0,
    folded: false,
    notify: false,
    in_chatter: false,
};

/** How the user likes the inbox: kept on the server, so that it is the same in every browser. */
export const preferences = reactive(
    Object.fromEntries(
        Object.entries(DEFAULTS).map(([name, value]) => [
            name,
            user.settings[PREFIX + name] || value,
        ])
    )
);

/**
 * @param {string} name one of `preferences`
 * @param {any} value
 */
export async function setPreference(name, value) {
    if (JSON.stringify(preferences[name]) === JSON.stringify(value)) {
        return;
    }
    preferences[name] = value;
    await user.setUserSettings(PREFIX + name, value);
}

/**
 * Take over what was changed elsewhere, in the form of the user's settings.
 *
 * @param {Object} orm
 */
export async function reloadPreferences(orm) {
    const names = Object.keys(DEFAULTS).map((name) => PREFIX + name);
    const [values] = await orm.read("res.users.settings", [user.settings.id], names);
    for (const name in DEFAULTS) {
        preferences[name] = values[PREFIX + name] || DEFAULTS[name];
    }
}
