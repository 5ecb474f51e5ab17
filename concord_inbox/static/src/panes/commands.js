import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";

import { canCompose, compose } from "./composing";
import { syncNow } from "./inbox_menu";

const GROUP = "concord_inbox.group_inbox_user";

registry
    .category("command_categories")
    .add("concord_inbox", { name: _t("Inbox") }, { sequence: 45 });

/** The path of a folder for people: the account's name, and those of the folders above it. */
function pathOf(node, nodes) {
    const above = nodes.get(node.parent_id);
    return above ? `${pathOf(above, nodes)} / ${node.display_name}` : node.display_name;
}

async function openFolder(env, id) {
    await env.services.action.doAction("concord_inbox.action_open_inbox", {
        additionalContext: { searchpanel_default_folder_id: id },
        clearBreadcrumbs: true,
    });
}

/** In the command palette, wherever in Odoo the user is. */
registry.category("command_provider").add("concord_inbox", {
    provide: async (env) => {
        if (!(await user.hasGroup(GROUP))) {
            return [];
        }
        const { action, orm } = env.services;
        const { values } = await orm.silent.call("inbox.message", "search_panel_select_range", [
            "folder_id",
        ]);
        const nodes = new Map(values.map((node) => [node.id, node]));
        const commands = values
            .filter((node) => node.id > 0)
            .map((node) => ({
                name: _t("Go to folder: %s", pathOf(node, nodes)),
                action: () => openFolder(env, node.id),
            }));
        commands.unshift(
            { name: _t("Synchronise email now"), action: () => syncNow(env) },
            {
                name: _t("Connect an email account"),
                action: () => action.doAction("concord_inbox.action_connect_personal"),
            }
        );
        if (canCompose(env)) {
            commands.unshift({
                name: _t("Write an email"),
                action: () => compose(env, { begin: {} }),
            });
        }
        return commands.map((command) => ({
            ...command,
            category: "concord_inbox",
            // What it returned would be taken for another palette.
            action: async () => {
                await command.action();
            },
        }));
    },
});
