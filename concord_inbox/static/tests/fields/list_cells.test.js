import { describe, expect, test } from "@odoo/hoot";

import { InboxAbout } from "@concord_inbox/fields/list_cells";

describe.current.tags("headless");

/** The tags of a line with these contacts and deals. */
function tags(contacts, deals) {
    const records = contacts.map((name, at) => ({ resId: at + 1, data: { display_name: name } }));
    const data = {
        partner_ids: { records },
        thread_deals: deals && deals.map((name, at) => ({ id: at + 1, name })),
    };
    const cell = Object.create(InboxAbout.prototype);
    cell.props = { name: "partner_ids", record: { data } };
    return [cell.shown.map(({ name, isDeal }) => (isDeal ? `deal ${name}` : name)), cell.others];
}

test("a contact, and what it is about, have room before other contacts", () => {
    expect(tags([], false)).toEqual([[], []]);
    expect(tags(["Ada", "Ben", "Cleo"], false)).toEqual([["Ada", "Ben"], ["Cleo"]]);
    expect(tags(["Ada", "Ben"], ["Stairs"])).toEqual([["Ada", "deal Stairs"], ["Ben"]]);
    expect(tags([], ["Stairs", "Roof", "Door"])).toEqual([["deal Stairs", "deal Roof"], ["Door"]]);
});
