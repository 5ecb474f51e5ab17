import { registry } from "@web/core/registry";
import { SearchModel } from "@web/search/search_model";
import { listView } from "@web/views/list/list_view";

/**
 * In the search panel a folder means that folder alone, without those below it, and an account (the node with a negative
 * id) means all that it holds: the server tells them apart.
 */
export class InboxSearchModel extends SearchModel {
    _getCategoryDomain(excludedCategoryId) {
        return super
            ._getCategoryDomain(excludedCategoryId)
            .map((leaf) => (leaf[0] === "folder_id" ? ["folder_id", "=", leaf[2]] : leaf));
    }
}

export const inboxMessageListView = {
    ...listView,
    SearchModel: InboxSearchModel,
};

registry.category("views").add("inbox_message_list", inboxMessageListView);
