import { describe, expect, test } from "@odoo/hoot";

import { place } from "@concord_inbox/chatter/chatter_emails";

describe.current.tags("headless");

const at = (hour) => luxon.DateTime.fromObject({ year: 2026, month: 1, day: 2, hour });
const messages = [
    { id: 7, datetime: at(12) },
    { id: 5, datetime: at(10) },
];
const emails = [13, 12, 11, 9, 8].map((hour) => ({ id: hour, moment: at(hour) }));
const ids = (some) => some.map(({ id }) => id);

test("emails stand among the messages by their time", () => {
    const { before, after } = place(emails, messages, false);
    expect(ids(before[7])).toEqual([13, 12]);
    expect(ids(before[5])).toEqual([11]);
    expect(ids(after)).toEqual([9, 8]);
});

test("older ones wait for the older messages", () => {
    expect(place(emails, messages, true).after).toEqual([]);
    expect(ids(place(emails, [], false).after)).toEqual(ids(emails));
});
