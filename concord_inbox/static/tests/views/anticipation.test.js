import { describe, expect, test } from "@odoo/hoot";

import { Anticipation } from "@concord_inbox/views/anticipation";

describe.current.tags("headless");

/** A list of emails with these ids, as far as what is under way has to do with it. */
function makeList(...resIds) {
    return {
        isGrouped: false,
        count: resIds.length + 100,
        records: resIds.map((resId) => ({
            id: `datapoint_${resId}`,
            resId,
            data: { is_read: false, thread_unread_count: 1, is_starred: false },
            _applyValues(values) {
                Object.assign(this.data, values);
            },
        })),
        _removeRecords(ids) {
            this.count -= ids.length;
            this.records = this.records.filter(({ id }) => !ids.includes(id));
        },
        _selectDomain() {},
        get shown() {
            return this.records.map(({ resId }) => resId);
        },
    };
}

function change(action, ...ids) {
    return { change: {}, action, ids };
}

test("what is moved leaves at once, and comes back to its place when it is refused", () => {
    const list = makeList(1, 2, 3, 4);
    const removed = [];
    const anticipation = new Anticipation(
        () => list,
        (ids) => removed.push(...ids)
    );
    const move = change("archive", 2, 3);
    anticipation.begin(move);
    expect(list.shown).toEqual([1, 4]);
    expect(list.count).toBe(102);
    expect(removed).toEqual([2, 3]);
    anticipation.end({ ...move, done: false });
    expect(list.shown).toEqual([1, 2, 3, 4]);
    expect(list.count).toBe(104);
});

test("of several that are under way, only the refused one comes back", () => {
    const list = makeList(1, 2, 3);
    const anticipation = new Anticipation(() => list);
    const first = change("archive", 1);
    const second = change("trash", 2);
    anticipation.begin(first);
    anticipation.begin(second);
    expect(list.shown).toEqual([3]);
    anticipation.end({ ...first, done: false });
    expect(list.shown).toEqual([1, 3]);
    expect(anticipation.isPending).toBe(true);
    anticipation.end({ ...second, done: true });
    expect(list.shown).toEqual([1, 3]);
    expect(anticipation.isPending).toBe(false);
});

test("both come back, whichever is refused first", () => {
    const list = makeList(1, 2, 3);
    const anticipation = new Anticipation(() => list);
    const first = change("archive", 1);
    const second = change("trash", 2);
    anticipation.begin(first);
    anticipation.begin(second);
    anticipation.end({ ...second, done: false });
    expect(list.shown).toEqual([2, 3]);
    anticipation.end({ ...first, done: false });
    expect(list.shown).toEqual([1, 2, 3]);
});

test("nothing comes back into another page", () => {
    const list = makeList(1, 2, 3);
    const anticipation = new Anticipation(() => list);
    const move = change("spam", 1);
    anticipation.begin(move);
    list.records = makeList(7, 8).records;
    anticipation.end({ ...move, done: false });
    expect(list.shown).toEqual([7, 8]);
});

test("flags change at once, and are as they were when that is refused", () => {
    const list = makeList(1, 2);
    const anticipation = new Anticipation(() => list);
    const read = change("read", 1);
    const star = change("star", 1);
    anticipation.begin(read);
    anticipation.begin(star);
    expect(list.records[0].data).toEqual({
        is_read: true,
        thread_unread_count: 0,
        is_starred: true,
    });
    expect(list.records[1].data.is_read).toBe(false);
    anticipation.end({ ...read, done: false });
    expect(list.records[0].data).toEqual({
        is_read: false,
        thread_unread_count: 1,
        is_starred: true,
    });
    anticipation.end({ ...star, done: true });
    expect(list.records[0].data.is_starred).toBe(true);
});

test("all that is shown, and what no list shows", () => {
    const list = makeList(1, 2);
    const anticipation = new Anticipation(() => list);
    const all = { change: {}, action: "archive", ids: null };
    anticipation.begin(all);
    expect(list.shown).toEqual([]);
    anticipation.end({ ...all, done: false });
    expect(list.shown).toEqual([1, 2]);
    anticipation.begin(change("read", 99));
    expect(list.records.map(({ data }) => data.is_read)).toEqual([false, false]);
    // Groups are made anew by the server; an undo that was not begun here ends nothing.
    list.isGrouped = true;
    anticipation.begin(change("archive", 1));
    expect(list.shown).toEqual([1, 2]);
    anticipation.end({ action: "undo" });
    expect(list.shown).toEqual([1, 2]);
});
