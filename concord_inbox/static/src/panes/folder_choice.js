import { _t } from "@web/core/l10n/translation";

import { Component, onMounted, xml } from "@odoo/owl";

/** Milliseconds after which a palette that has not come is no longer waited for. */
const PATIENCE = 3000;

/**
 * @param {Object} searchModel
 * @param {Set<number>} [accountIds] of these accounts alone
 * @returns {{id: number, path: string}[]} the folders that emails can be moved to, each with the names above it
 */
export function targets(searchModel, accountIds) {
    const values = searchModel.folderSection?.values || new Map();
    const path = (node) => {
        const above = node.parentId && values.get(node.parentId);
        return above ? `${path(above)} / ${node.display_name}` : node.display_name;
    };
    return [...values.values()]
        .filter((node) => node.is_target && (!accountIds || accountIds.has(node.account_id)))
        .map((node) => ({ id: node.id, path: path(node) }));
}

/** What is typed before the palette is on the page is meant for it: as keys of the inbox it would do something else. */
class TypedAhead {
    constructor() {
        this.text = "";
        this.onKey = (ev) => {
            if (ev.key.length === 1 && !ev.ctrlKey && !ev.metaKey && !ev.altKey) {
                this.text += ev.key;
            }
            ev.preventDefault();
            ev.stopImmediatePropagation();
        };
        window.addEventListener("keydown", this.onKey, true);
        this.timer = setTimeout(() => this.end(), PATIENCE);
    }

    end() {
        clearTimeout(this.timer);
        window.removeEventListener("keydown", this.onKey, true);
    }

    /** Hand it over to the palette's field. */
    giveTo(input) {
        this.end();
        if (input && this.text) {
            input.value = this.text;
            input.dispatchEvent(new Event("input", { bubbles: true }));
        }
    }
}

/**
 * Ask for a folder, by typing some of its name.
 *
 * @param {Object} env
 * @param {(folderId: number) => void} onChosen
 * @param {Set<number>} [accountIds] offer the folders of these accounts alone
 */
export function chooseFolder(env, onChosen, accountIds) {
    const folders = targets(env.searchModel, accountIds);
    const ahead = new TypedAhead();

    class Footer extends Component {
        static template = xml`<span/>`;
        static props = ["*"];

        setup() {
            onMounted(() =>
                ahead.giveTo(document.querySelector(".o_command_palette_search input"))
            );
        }
    }

    env.services.command.openPalette({
        configByNamespace: {
            default: { placeholder: _t("Move to…"), emptyMessage: _t("No such folder") },
        },
        FooterComponent: Footer,
        providers: [
            {
                provide: () =>
                    folders.map(({ id, path }) => ({
                        name: path,
                        // What it returned would be taken for another palette.
                        action: () => {
                            onChosen(id);
                        },
                    })),
            },
        ],
    });
}
