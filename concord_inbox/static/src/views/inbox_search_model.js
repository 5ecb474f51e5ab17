import { _t } from "@web/core/l10n/translation";
import { SearchModel } from "@web/search/search_model";

import { preferences } from "../panes/preferences";

export const FOLDER_FIELD = "folder_id";

/** What “All inboxes” shows, unless something is searched for: that is searched for everywhere. */
const INBOXES = [["folder_ids.role", "=", "inbox"]];

const GROUPING = ["groupBy", "dateGroupBy"];

/** The search of the inbox: it knows the folder that is chosen, and whether emails are put together. */
export class InboxSearchModel extends SearchModel {
    /** @returns {Object|undefined} the section of accounts (with negative ids), folders and what is for all of them */
    get folderSection() {
        return this.categories.find((one) => one.fieldName === FOLDER_FIELD);
    }

    /** @returns {Object|undefined} the node that is chosen; undefined for all inboxes */
    get chosenNode() {
        const section = this.folderSection;
        return section?.activeValueId ? section.values.get(section.activeValueId) : undefined;
    }

    /** @returns {boolean} */
    get areConversations() {
        return preferences.grouping === "conversations" && !this.groupBy.length;
    }

    /** @returns {boolean} whether anything is searched for, be it by a filter */
    get isSearching() {
        return this.query.some(
            ({ searchItemId }) => !GROUPING.includes(this.searchItems[searchItemId].type)
        );
    }

    /** @returns {Array} the domain of the folder that is looked at; empty for a whole account, or everything */
    get within() {
        const id = this.folderSection?.activeValueId;
        return typeof id === "number" && id < 0 ? [] : this._getCategoryDomain();
    }

    /** @returns {string} the words that are searched for, as they were typed */
    get searched() {
        return [this.context.inbox_search || []].flat().join(" ");
    }

    get context() {
        const context = super.context;
        const { id } = this.chosenNode || {};
        if (this.areConversations) {
            context.inbox_conversations = true;
        }
        if (id > 0) {
            context.inbox_folder_id = id;
        }
        return context;
    }

    /** Go to a node of the panel, by its id; false: all inboxes. */
    choose(id) {
        const section = this.folderSection;
        if (section && section.activeValueId !== id && (id === false || section.values.has(id))) {
            this.toggleCategoryValue(section.id, id);
        }
    }

    /** Put emails together, or do not any more. */
    regroup() {
        this._context = null;
        this._notify();
    }

    _getCategoryDomain(excludedCategoryId) {
        const section = this.folderSection;
        if (!section || section.id === excludedCategoryId) {
            return super._getCategoryDomain(excludedCategoryId);
        }
        if (!section.activeValueId) {
            return this.isSearching ? [] : INBOXES;
        }
        return (
            section.values.get(section.activeValueId)?.domain ||
            super._getCategoryDomain(excludedCategoryId)
        );
    }

    /**
     * Past the browser's cache: it would show, for a moment, accounts and folders as they were when they were looked at
     * last, also those that the user has lost since; and what came late from there would load the whole view anew.
     */
    async _fetchCategories(categories) {
        const loadId = ++this.categoriesLoadId;
        await Promise.all(
            categories.map(async (category) => {
                const result = await this.orm.call(
                    this.resModel,
                    "search_panel_select_range",
                    [category.fieldName],
                    {
                        category_domain: this._getCategoryDomain(category.id),
                        context: this.globalContext,
                        enable_counters: category.enableCounters,
                        expand: category.expand,
                        filter_domain: this._getFilterDomain(),
                        hierarchize: category.hierarchize,
                        limit: category.limit,
                        search_domain: this.searchDomain,
                    }
                );
                // An answer that was overtaken by a later one is none.
                if (loadId >= (category.shownLoadId || 0)) {
                    category.shownLoadId = loadId;
                    this._createCategoryTree(category.id, result);
                }
            })
        );
    }

    _createCategoryTree(sectionId, result) {
        super._createCategoryTree(sectionId, result);
        const section = this.sections.get(sectionId);
        if (section.fieldName === FOLDER_FIELD) {
            const accounts = result.values.filter(({ id }) => id < 0);
            Object.assign(section.values.get(false), {
                display_name: _t("All inboxes"),
                role: "inboxes",
                bold: false,
                __count: accounts.reduce((sum, account) => sum + account.__count, 0),
            });
        }
    }
}
