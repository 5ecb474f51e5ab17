import { describe, expect, test } from "@odoo/hoot";

import { ThreadEmail, ThreadField } from "@concord_inbox/fields/thread";

describe.current.tags("headless");

const { openNewest } = ThreadField.prototype;
const lines = Object.getOwnPropertyDescriptor(ThreadField.prototype, "lines").get;

/** A conversation of emails with these ids, of which `unread` were not read. */
function thread(ids, unread = []) {
    const records = ids.map((resId) => ({ resId, data: { is_read: !unread.includes(resId) } }));
    return { record: { resId: ids[0], data: { thread_ids: { records } } }, name: "thread_ids" };
}

function field() {
    return { state: { resId: null, open: {}, isAllShown: false } };
}

function shown(props, self = field()) {
    openNewest.call(self, props);
    self.list = props.record.data.thread_ids;
    return lines.call(self).map(({ email, hidden }) => email?.resId ?? `${hidden} more`);
}

test("few emails are all shown", () => {
    expect(shown(thread([1]))).toEqual([1]);
    expect(shown(thread([1, 2, 3]))).toEqual([1, 2, 3]);
    // A line that hides one email takes as much place as the email.
    expect(shown(thread([1, 2, 3, 4]))).toEqual([1, 2, 3, 4]);
});

test("those between the first and the newest are behind one line", () => {
    expect(shown(thread([1, 2, 3, 4, 5, 6]))).toEqual([1, "3 more", 5, 6]);
});

test("unread emails are opened, and never hidden", () => {
    const self = field();
    expect(shown(thread([1, 2, 3, 4, 5, 6, 7], [4]), self)).toEqual([1, "3 more", 4, 6, 7]);
    expect(self.state.open).toEqual({
        1: false,
        2: false,
        3: false,
        4: true,
        5: false,
        6: false,
        7: true,
    });
});

test("what comes to the conversation is opened, and what was opened stays so", () => {
    const self = field();
    shown(thread([1, 2]), self);
    self.state.open[1] = true;
    shown(thread([1, 2, 3]), self);
    expect(self.state.open).toEqual({ 1: true, 2: true, 3: true });
    // Another conversation begins anew.
    shown(thread([8, 9]), self);
    expect(self.state.open).toEqual({ 8: false, 9: true });
});

test("all are shown when one asks for them", () => {
    const self = field();
    const props = thread([1, 2, 3, 4, 5, 6]);
    shown(props, self);
    self.state.isAllShown = true;
    expect(shown(props, self)).toEqual([1, 2, 3, 4, 5, 6]);
});

test("who wrote it, without what is there for machines", () => {
    const name = Object.getOwnPropertyDescriptor(ThreadEmail.prototype, "name").get;
    const said = (data) => name.call({ data });
    expect(said({ direction: "out", email_from: '"Lindqvist, Hanna" <h@x.example>' })).toBe(
        "Lindqvist, Hanna"
    );
    expect(said({ direction: "out", email_from: "Hanna <h@x.example>" })).toBe("Hanna");
    expect(said({ direction: "out", email_from: "h@x.example" })).toBe("h@x.example");
    expect(said({ direction: "in", correspondent: "Ada", email_from: "x" })).toBe("Ada");
});
