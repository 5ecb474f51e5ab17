import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

import { Component } from "@odoo/owl";

const MODEL = "inbox.message";
const GROUP = 30;
const EMPTIED_ROLES = ["trash", "junk"];

/**
 * The search panel's section of accounts (with negative ids) and folders; a node that the user may change is editable.
 *
 * @param {Object} searchModel
 * @returns {Object|undefined}
 */
function section(searchModel) {
    return searchModel.getSections((one) => one.fieldName === "folder_id")[0];
}

function editableNodes(searchModel) {
    return [...(section(searchModel)?.values.values() || [])].filter((node) => node.is_editable);
}

/** Have the folders shown anew; one that is gone gives way to all emails. */
function refresh(searchModel) {
    const folders = section(searchModel);
    searchModel.toggleCategoryValue(folders.id, folders.activeValueId);
}

/** In the menu of the emails: what can be done with the folder that is chosen in the search panel. */
export class FolderMenu extends Component {
    static template = "concord_inbox.FolderMenu";
    static components = { DropdownItem };
    static props = {};

    get entries() {
        const { searchModel } = this.env;
        const nodes = editableNodes(searchModel);
        const chosen = section(searchModel).activeValueId;
        const node = nodes.find(({ id }) => id === chosen);
        const entries = [this.newFolder(node || nodes[0])];
        const add = (method, icon, label) =>
            entries.push({ model: "inbox.folder", method, id: node.id, icon, label });
        if (node?.id > 0 && !node.role) {
            add("action_rename", "fa-pencil", _t("Rename “%s”…", node.display_name));
            add("action_delete_folder", "fa-trash-o", _t("Delete “%s”…", node.display_name));
        }
        if (EMPTIED_ROLES.includes(node?.role)) {
            add("action_empty", "fa-eraser", _t("Empty “%s”…", node.display_name));
        }
        return entries;
    }

    newFolder({ id }) {
        const entry = { icon: "fa-plus", label: _t("New folder…") };
        return id < 0
            ? { ...entry, model: "inbox.account", method: "action_new_folder", id: -id }
            : { ...entry, model: "inbox.folder", method: "action_new_subfolder", id };
    }

    /** Asks the server for the window, and shows the folders anew when it is closed. */
    async open({ model, method, id }) {
        // The menu closes and takes this component with it: services bound to it would not answer any more.
        const { searchModel, services } = this.env;
        const window = await services.orm.call(model, method, [[id]]);
        await services.action.doAction(window, { onClose: () => refresh(searchModel) });
    }
}

registry.category("cogMenu").add("concord_inbox.folders", {
    Component: FolderMenu,
    groupNumber: GROUP,
    // Which folder is chosen is not asked here, for the menu is not made anew when another one is.
    isDisplayed: async ({ searchModel, config }) => {
        if (searchModel?.resModel !== MODEL || config.viewType === "form") {
            return false;
        }
        await searchModel.sectionsPromise;
        return editableNodes(searchModel).length > 0;
    },
});
