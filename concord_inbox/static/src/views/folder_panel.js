import { _t } from "@web/core/l10n/translation";
import { useBus, useService } from "@web/core/utils/hooks";
import { SearchPanel } from "@web/search/search_panel/search_panel";

import { useEffect, useState } from "@odoo/owl";

import { dragged } from "../panes/dragging";
import { preferences, setPreference } from "../panes/preferences";
import { useLiveUpdates } from "./live_updates";

const ICONS = {
    inboxes: "fa-inbox",
    starred: "fa-star-o",
    scheduled: "fa-clock-o",
    failed: "fa-exclamation-circle",
    quarantine: "fa-medkit",
    inbox: "fa-inbox",
    drafts: "fa-pencil-square-o",
    sent: "fa-paper-plane-o",
    archive: "fa-archive",
    flagged: "fa-star-o",
    all: "fa-envelope-o",
    junk: "fa-ban",
    trash: "fa-trash-o",
};
const FOLDER_ICON = "fa-folder-o";

const HEALTH_ICONS = {
    reconnect: "fa-exclamation-triangle text-danger",
    offline: "fa-chain-broken text-warning",
    paused: "fa-pause-circle-o text-muted",
};

/** Milliseconds for which something is held over a folded node until that opens. */
const OPEN_AFTER = 700;

/** The accounts and their folders; the numbers of unread emails follow what happens. */
export class FolderPanel extends SearchPanel {
    static subTemplates = {
        ...SearchPanel.subTemplates,
        category: "concord_inbox.FolderPanel.Category",
    };

    setup() {
        super.setup();
        this.action = useService("action");
        this.drag = useState(dragged);
        this.over = useState({ id: null });
        useLiveUpdates(() => this.refresh());
        useBus(useService("concord_inbox.emails").bus, "CHANGED", () => this.refresh());
        useEffect(
            (el) => {
                if (el && preferences.panel_width && !this.env.isSmall) {
                    this.width = `${preferences.panel_width}px`;
                    el.style["min-width"] = this.width;
                    el.style["max-width"] = this.width;
                }
            },
            () => [this.root.el]
        );
    }

    async refresh() {
        const { searchModel } = this.env;
        const chosen = this.chosen();
        await searchModel._fetchCategories(searchModel.categories);
        if (this.chosen() !== chosen) {
            // The folder is gone, and with it what was shown.
            await searchModel._notify();
            return;
        }
        this.updateActiveValues();
        this.render();
    }

    chosen() {
        return JSON.stringify(this.env.searchModel.categories.map((one) => one.activeValueId));
    }

    // ------------------------------------------------------------ folding, which is remembered

    /** Every node is open that the user has not folded. */
    expandValues() {
        const folded = new Set(preferences.folded || []);
        for (const category of this.env.searchModel.categories) {
            this.state.expanded[category.id] = {};
            for (const { id, childrenIds } of category.values.values()) {
                if (childrenIds.length && !folded.has(id)) {
                    this.state.expanded[category.id][id] = true;
                }
            }
        }
        for (const category of this.env.searchModel.categories) {
            if (category.activeValueId && category.values.has(category.activeValueId)) {
                for (const id of this.getAncestorValueIds(category, category.activeValueId)) {
                    this.state.expanded[category.id][id] = true;
                }
            }
        }
    }

    importState(state) {
        super.importState(state);
        this.state.expanded ||= {};
    }

    isOpen(section, value) {
        return Boolean(this.state.expanded[section.id]?.[value.id]);
    }

    fold(category, value) {
        const expanded = this.state.expanded[category.id];
        const folded = new Set(preferences.folded || []);
        if (expanded[value.id]) {
            delete expanded[value.id];
            folded.add(value.id);
        } else {
            expanded[value.id] = true;
            folded.delete(value.id);
        }
        setPreference("folded", [...folded]);
    }

    /** The node is chosen; folding is the caret's alone. */
    async toggleCategory(category, value) {
        this.getDropdownState(category.id).close();
        if (value.action) {
            await this.action.doAction(value.action);
        } else if (category.activeValueId !== value.id) {
            this.env.searchModel.toggleCategoryValue(category.id, value.id);
        }
    }

    /** Arrows walk through the nodes that are shown, and open and fold them. */
    onNodeKeydown(ev, category, value) {
        const nodes = [...this.root.el.querySelectorAll(".o_inbox_node")];
        const at = nodes.indexOf(ev.currentTarget);
        const steps = { ArrowDown: 1, ArrowUp: -1 };
        if (ev.key in steps) {
            nodes[at + steps[ev.key]]?.focus();
        } else if (ev.key === "Home" || ev.key === "End") {
            nodes.at(ev.key === "Home" ? 0 : -1).focus();
        } else if (ev.key === "Enter" || ev.key === " ") {
            this.toggleCategory(category, value);
        } else if (
            value.childrenIds.length &&
            ev.key === (this.isOpen(category, value) ? "ArrowLeft" : "ArrowRight")
        ) {
            this.fold(category, value);
        } else {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
    }

    // ------------------------------------------------------------ what is shown at a node

    get sectionRole() {
        return "tree";
    }

    get sectionLabel() {
        return _t("Accounts and folders");
    }

    icon(value) {
        return value.id < 0 ? undefined : ICONS[value.role] || FOLDER_ICON;
    }

    healthIcon(value) {
        return HEALTH_ICONS[value.health.kind];
    }

    label(value) {
        return value.__count
            ? _t("%(folder)s, %(count)s", { folder: value.display_name, count: value.__count })
            : value.display_name;
    }

    async reconnect({ id }) {
        await this.action.doActionButton({
            type: "object",
            resModel: "inbox.account",
            resId: -id,
            name: "action_reconnect",
        });
    }

    // ------------------------------------------------------------ emails that are dragged here

    isTarget(value) {
        return Boolean(this.drag.current && value.is_target);
    }

    onDragOver(ev, category, value) {
        if (!this.drag.current) {
            return;
        }
        if (this.over.id !== value.id) {
            this.over.id = value.id;
            clearTimeout(this.openTimer);
            if (value.childrenIds.length && !this.isOpen(category, value)) {
                this.openTimer = setTimeout(() => {
                    this.state.expanded[category.id][value.id] = true;
                }, OPEN_AFTER);
            }
        }
        if (this.isTarget(value)) {
            ev.preventDefault();
            ev.dataTransfer.dropEffect = "move";
        }
    }

    onDragLeave(value) {
        if (this.over.id === value.id) {
            this.over.id = null;
            clearTimeout(this.openTimer);
        }
    }

    onDrop(ev, value) {
        ev.preventDefault();
        const what = this.drag.current;
        this.over.id = null;
        clearTimeout(this.openTimer);
        if (this.isTarget(value)) {
            dragged.current = null;
            what.drop(value.id);
        }
    }

    // ------------------------------------------------------------ its width

    _onStartResize(ev) {
        if (ev.button !== 0) {
            return;
        }
        this.root.el.style["max-width"] = "";
        super._onStartResize(ev);
        document.addEventListener(
            "pointerup",
            () => setPreference("panel_width", Math.round(this.root.el.offsetWidth)),
            { capture: true, once: true }
        );
    }
}

/**
 * The account whose emails are shown, negative as in the panel's tree.
 *
 * @param {Object} searchModel
 * @returns {number|undefined} undefined: those of all accounts
 */
function shownAccount(searchModel) {
    const category = searchModel.categories.find((one) => one.fieldName === "folder_id");
    let value = category?.values.get(category.activeValueId);
    while (value?.parentId) {
        value = category.values.get(value.parentId);
    }
    return value?.id < 0 ? value.id : undefined;
}

/**
 * Whether news of an account may change what is shown.
 *
 * @param {Object} searchModel
 * @param {number} accountId
 * @returns {boolean}
 */
export function shows(searchModel, accountId) {
    return [undefined, -accountId].includes(shownAccount(searchModel));
}
