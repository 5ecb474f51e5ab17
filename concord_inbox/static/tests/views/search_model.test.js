import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { allowTranslations, patchWithCleanup } from "@web/../tests/web_test_helpers";

import { preferences } from "@concord_inbox/panes/preferences";
import { targets } from "@concord_inbox/panes/folder_choice";
import { emptyHelp } from "@concord_inbox/views/empty_help";
import { shows } from "@concord_inbox/views/folder_panel";
import { InboxSearchModel } from "@concord_inbox/views/inbox_search_model";

describe.current.tags("headless");

beforeEach(allowTranslations);

const DRAFTS = [["state", "in", ["draft"]]];
const NODES = [
    {
        id: "starred",
        display_name: "Starred",
        role: "starred",
        domain: [["is_starred", "=", true]],
    },
    { id: "drafts", display_name: "Drafts", role: "drafts", domain: DRAFTS },
    { id: -1, display_name: "Sales", parentId: false, __count: 4 },
    { id: 5, display_name: "Inbox", parentId: -1, account_id: 1, role: "inbox", is_target: true },
    { id: 6, display_name: "Clients", parentId: -1, account_id: 1 },
    { id: 7, display_name: "North", parentId: 6, account_id: 1, is_target: true },
    { id: -2, display_name: "Me", parentId: false, __count: 3 },
    { id: 8, display_name: "Trash", parentId: -2, account_id: 2, role: "trash", is_target: true },
];

/**
 * The search with these nodes in its panel.
 *
 * @param {number|string|false} chosen a node
 * @param {string[]} searched types of what is searched for
 */
function makeSearch(chosen = false, searched = [], nodes = NODES) {
    const values = new Map([
        [false, { id: false, display_name: "All" }],
        ...nodes.map((node) => [node.id, node]),
    ]);
    const section = {
        id: 1,
        type: "category",
        fieldName: "folder_id",
        parentField: "parent_id",
        activeValueId: chosen,
        values,
    };
    return Object.assign(Object.create(InboxSearchModel.prototype), {
        sections: new Map([[1, section]]),
        searchViewFields: { folder_id: { type: "many2one" } },
        searchMenuTypes: new Set(["groupBy"]),
        searchItems: searched.map((type) => ({ type })),
        query: searched.map((_type, index) => ({ searchItemId: index })),
        notified: 0,
        _context: {},
        _groupBy: [],
        _notify() {
            this.notified++;
        },
    });
}

test("all inboxes are what lies in an inbox, until something is searched for: everywhere", () => {
    expect(makeSearch()._getCategoryDomain()).toEqual([["folder_ids.role", "=", "inbox"]]);
    expect(makeSearch(false, ["field"])._getCategoryDomain()).toEqual([]);
    expect(makeSearch(false, ["filter"])._getCategoryDomain()).toEqual([]);
    expect(makeSearch(false, ["favorite"])._getCategoryDomain()).toEqual([]);
    // To put emails into groups is no search.
    expect(makeSearch(false, ["groupBy", "dateGroupBy"])._getCategoryDomain()).toEqual([
        ["folder_ids.role", "=", "inbox"],
    ]);
});

test("a folder, an account, and a node that is for all accounts", () => {
    expect(makeSearch(5)._getCategoryDomain()).toEqual([["folder_id", "child_of", 5]]);
    expect(makeSearch(-1)._getCategoryDomain()).toEqual([["folder_id", "child_of", -1]]);
    expect(makeSearch("drafts")._getCategoryDomain()).toEqual(DRAFTS);
    // What the panel itself asks for is not restricted by its own choice.
    expect(makeSearch(5)._getCategoryDomain(1)).toEqual([]);
});

test("what is done to a conversation stays in the folder that is looked at", () => {
    expect(makeSearch(5).within).toEqual([["folder_id", "child_of", 5]]);
    expect(makeSearch("drafts").within).toEqual(DRAFTS);
    expect(makeSearch(-1).within).toEqual([]);
});

test("conversations are put together by preference, and not in groups", () => {
    patchWithCleanup(preferences, { grouping: "conversations" });
    const search = makeSearch(5);
    expect(search.areConversations).toBe(true);
    expect(search.context).toEqual({ inbox_conversations: true, inbox_folder_id: 5 });
    search._groupBy = ["date:month"];
    expect(search.areConversations).toBe(false);
    expect(makeSearch(-1).context).toEqual({ inbox_conversations: true });
    preferences.grouping = "messages";
    expect(search.context).toEqual({ inbox_folder_id: 5 });
});

test("the words that are searched for, however many times one searched", () => {
    const search = makeSearch();
    expect(search.searched).toBe("");
    search._context = { inbox_search: "oak" };
    expect(search.searched).toBe("oak");
    search._context = { inbox_search: ["oak", "from:anna"] };
    expect(search.searched).toBe("oak from:anna");
});

test("a node is gone to once, and only where there is one", () => {
    const search = makeSearch(5);
    search.choose(5);
    search.choose(99);
    expect(search.notified).toBe(0);
    search.choose("drafts");
    search.choose(false);
    expect(search.notified).toBe(2);
    expect(search.chosenNode).toBe(undefined);
});

test("whose news is shown", () => {
    expect(shows(makeSearch(7), 1)).toBe(true);
    expect(shows(makeSearch(7), 2)).toBe(false);
    expect(shows(makeSearch(-2), 2)).toBe(true);
    for (const chosen of [false, "starred"]) {
        expect(shows(makeSearch(chosen), 1)).toBe(true);
        expect(shows(makeSearch(chosen), 2)).toBe(true);
    }
});

test("emails can be moved to folders that take some, of their own account", () => {
    expect(targets(makeSearch())).toEqual([
        { id: 5, path: "Sales / Inbox" },
        { id: 7, path: "Sales / Clients / North" },
        { id: 8, path: "Me / Trash" },
    ]);
    expect(targets(makeSearch(), new Set([2]))).toEqual([{ id: 8, path: "Me / Trash" }]);
});

test("what is said where there is nothing", () => {
    const said = (...args) => String(emptyHelp(makeSearch(...args), "otherwise"));
    expect(said()).toInclude("Inbox zero");
    expect(said(5)).toInclude("Inbox zero");
    expect(said(8)).toInclude("The trash is empty");
    expect(said("starred")).toInclude("Nothing is starred");
    expect(said(6)).toBe("otherwise");
    expect(said(5, ["field"])).toInclude("No email was found");
    // To put into groups is no search.
    expect(said(5, ["groupBy"])).toInclude("Inbox zero");
});

test("who has lost the last account is told how to go on, wherever they were", () => {
    for (const chosen of [false, 5]) {
        for (const searched of [[], ["field"]]) {
            const help = String(emptyHelp(makeSearch(chosen, searched, []), "otherwise"));
            expect(help).toInclude("Connect your first account");
            expect(help).toInclude('name="concord_inbox.action_connect_personal"');
        }
    }
});
