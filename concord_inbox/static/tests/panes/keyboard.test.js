import { after, expect, getFixture, test } from "@odoo/hoot";
import { patchWithCleanup } from "@web/../tests/web_test_helpers";

import { App, Component, xml } from "@odoo/owl";

import { useInboxKeys } from "@concord_inbox/panes/keyboard";
import { KEYS } from "@concord_inbox/panes/keys";

/** The inbox as far as its keys go: `done` has the names of what they did. */
async function makeInbox() {
    const done = [];
    const names = new Set(KEYS.map(([, name]) => name));
    names.delete("help");
    class Inbox extends Component {
        static template = xml`<div><input class="field"/><button class="button"/><a class="text" tabindex="0"/>
            <div class="o_list_record_selector"><input type="checkbox" class="selector"/></div></div>`;
        static props = [];

        setup() {
            useInboxKeys(
                Object.fromEntries([...names].map((name) => [name, () => done.push(name)]))
            );
        }
    }
    const dialog = { add: () => done.push("help") };
    const app = new App(Inbox, { env: { services: { dialog } }, test: true });
    await app.mount(getFixture());
    after(() => app.destroy());
    const press = (key, options = {}, target = document.body) => {
        const event = new KeyboardEvent("keydown", {
            key,
            bubbles: true,
            cancelable: true,
            ...options,
        });
        target.dispatchEvent(event);
        return event.defaultPrevented;
    };
    return { done, press, find: (selector) => getFixture().querySelector(selector) };
}

test("each key does what the help says", async () => {
    const { done, press } = await makeInbox();
    for (const [keys] of KEYS) {
        for (const key of keys.split(" ")) {
            press(key);
        }
    }
    expect(done).toEqual(KEYS.map(([, name]) => name));
});

test("the second key of a pair is waited for, though not for long", async () => {
    const { done, press } = await makeInbox();
    let clock = 0;
    patchWithCleanup(performance, { now: () => clock });
    press("g");
    clock += 1600;
    press("s");
    expect(done).toEqual(["star"]);
    press("g");
    clock += 1000;
    press("s");
    // What is no pair is nothing, and not the second key alone.
    press("g");
    press("e");
    expect(done).toEqual(["star", "goStarred"]);
});

test("what somebody types, or means for the browser, is left alone", async () => {
    const { done, press, find } = await makeInbox();
    expect(press("e", {}, find(".field"))).toBe(false);
    for (const held of ["ctrlKey", "metaKey", "altKey", "isComposing"]) {
        expect(press("r", { [held]: true })).toBe(false);
    }
    expect(press("q")).toBe(false);
    expect(done).toEqual([]);
    // The boxes of rows are no place to type.
    press("x", {}, find(".selector"));
    expect(done).toEqual(["select"]);
});

test("Enter on a button is the button's", async () => {
    const { done, press, find } = await makeInbox();
    press("Enter", {}, find(".button"));
    press("o", {}, find(".button"));
    press("Enter");
    expect(done).toEqual(["open", "open"]);
});

test("a key that is held down walks on, and throws away once", async () => {
    const { done, press } = await makeInbox();
    press("j");
    press("j", { repeat: true });
    press("#");
    press("#", { repeat: true });
    expect(done).toEqual(["next", "next", "trash"]);
});

test("behind a dialog or a menu nothing happens", async () => {
    const { done, press } = await makeInbox();
    for (const name of ["modal", "o-dropdown--menu", "o_command_palette"]) {
        const open = document.createElement("div");
        open.className = name;
        getFixture().append(open);
        press("e");
        open.remove();
    }
    expect(done).toEqual([]);
    press("e");
    expect(done).toEqual(["archive"]);
});
