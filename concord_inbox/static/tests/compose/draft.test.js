import { describe, expect, test } from "@odoo/hoot";
import { advanceTime, runAllTimers } from "@odoo/hoot-mock";
import { ConnectionLostError } from "@web/core/network/rpc";

import { Draft } from "@concord_inbox/compose/draft";

describe.current.tags("headless");

/** A draft on a server that answers with `answers`, one after the other, then always well; `saved` has what it got. */
function makeDraft(...answers) {
    const saved = [];
    const call = async (_model, method, [, values, version]) => {
        if (method === "compose_open") {
            return { version: 7 };
        }
        saved.push({ ...values, version });
        const answer = answers.shift();
        if (answer) {
            throw answer;
        }
        return { version: version + 1, saved_at: "2030-01-01 10:00:00", size: 10 };
    };
    const draft = Draft.of(
        { call, silent: { call } },
        {
            id: 1,
            version: 1,
            identities: [{ id: 1 }, { id: 2 }],
            identity_id: 2,
            to: [],
            cc: [],
            bcc: [],
            attachments: [],
            size: 0,
            has_quote: true,
            quote: "<blockquote>Before</blockquote>",
        }
    );
    return { draft, saved };
}

function refused(conflict) {
    return Object.assign(new Error(), { data: { message: "No", context: { conflict } } });
}

test("it is saved once, after a pause in typing", async () => {
    const { draft, saved } = makeDraft();
    for (const subject of ["H", "He", "Hello"]) {
        draft.change({ subject });
        expect(draft.saving).toBe("changed");
        await advanceTime(1500);
    }
    expect(saved).toEqual([]);
    await advanceTime(1000);
    expect(saved).toEqual([{ subject: "Hello", version: 1 }]);
    expect([draft.saving, draft.version, draft.isSaved]).toEqual(["saved", 2, true]);
});

test("who types without a pause has it saved all the same", async () => {
    const { draft, saved } = makeDraft();
    for (let second = 0; second < 12; second++) {
        draft.change({ subject: `${second}` });
        await advanceTime(1000);
    }
    expect(saved.length).toBeGreaterThan(0);
});

test("without a connection it is tried again, ever more seldom", async () => {
    const { draft, saved } = makeDraft(new ConnectionLostError("/"), new ConnectionLostError("/"));
    draft.change({ to: [{ name: "Ada", email: "ada@x.example", avatar_url: "/a" }] });
    await advanceTime(2100);
    expect([draft.saving, saved.length]).toEqual(["waiting", 1]);
    await advanceTime(2100);
    expect([draft.saving, saved.length]).toEqual(["waiting", 2]);
    await advanceTime(2100);
    expect(saved).toHaveLength(2);
    await advanceTime(2000);
    expect([draft.saving, saved.length]).toEqual(["saved", 3]);
    expect(saved[2]).toEqual({ to: [{ name: "Ada", email: "ada@x.example" }], version: 1 });
});

test("another window has saved: nothing is overwritten until the user says so", async () => {
    const { draft, saved } = makeDraft(refused("changed"));
    draft.change({ subject: "Mine" });
    await runAllTimers();
    expect(draft.saving).toBe("conflict");
    expect(await draft.save()).toBe(false);
    expect(saved).toHaveLength(1);
    expect(await draft.keepMine()).toBe(true);
    expect(draft.saving).toBe("saved");
    expect([saved[1].subject, saved[1].version]).toEqual(["Mine", 7]);
});

test("a refusal is told, and nothing is forgotten", async () => {
    const { draft, saved } = makeDraft(refused("gone"));
    draft.change({ subject: "Mine" });
    await runAllTimers();
    expect([draft.saving, draft.error, draft.isSaved]).toEqual(["refused", "No", false]);
    expect(await draft.save()).toBe(true);
    expect(saved[1]).toEqual({ subject: "Mine", version: 1 });
});

test("the text is read from the editor, and brings along whether the quotation is still apart", async () => {
    const { draft, saved } = makeDraft();
    draft.setEditor(() => "<p>Hello</p>");
    draft.bodyChanged();
    await runAllTimers();
    draft.quote = false;
    draft.bodyChanged();
    await runAllTimers();
    expect(saved.map(({ body, quote }) => [body, quote])).toEqual([
        ["<p>Hello</p>", "<blockquote>Before</blockquote>"],
        ["<p>Hello</p>", false],
    ]);
});

test("the sender is the identity that was chosen, else the first", () => {
    const { draft } = makeDraft();
    expect(draft.identity.id).toBe(2);
    draft.identityId = 3;
    expect(draft.identity.id).toBe(1);
});
