import { describe, expect, test } from "@odoo/hoot";

import { compose, openDraft } from "@concord_inbox/panes/composing";
import { KEYS } from "@concord_inbox/panes/keys";

describe.current.tags("headless");

test("no key means two things, and none is the beginning of another", () => {
    const keys = KEYS.map(([key]) => key);
    expect(new Set(keys).size).toBe(keys.length);
    const beginnings = keys.filter((key) => key.includes(" ")).map((key) => key.split(" ")[0]);
    expect(keys.filter((key) => beginnings.includes(key))).toEqual([]);
});

function environment() {
    const opened = [];
    const services = { "concord_inbox.compose": { open: (what) => opened.push(what) } };
    return { opened, services };
}

test("what is being written opens in its window, what is read does not", () => {
    const env = environment();
    const record = (state, is_doubtful = false) => ({ resId: 5, data: { state, is_doubtful } });
    for (const state of ["draft", "scheduled", "failed"]) {
        expect(openDraft(env, record(state))).toBe(true);
    }
    expect(env.opened).toEqual([{ draft_id: 5 }, { draft_id: 5 }, { draft_id: 5 }]);
    for (const state of ["received", "sent", "outgoing"]) {
        expect(openDraft(env, record(state))).toBe(false);
    }
    // It is decided first whether it was sent.
    expect(openDraft(env, record("failed", true))).toBe(false);
    expect(env.opened).toHaveLength(3);
});

test("where emails cannot be written, nothing opens", () => {
    expect(compose({ services: {} }, { draft_id: 5 })).toBe(false);
});
