import { after, expect, getFixture, test } from "@odoo/hoot";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { patchWithCleanup } from "@web/../tests/web_test_helpers";

import { App, Component, EventBus, xml } from "@odoo/owl";

import { useLiveUpdates } from "@concord_inbox/views/live_updates";

/** A view that is told of accounts; `looks` counts how often it asked the server, `answer()` ends what it asked. */
async function makeView(concerns) {
    const bus = new EventBus();
    const heard = {};
    Object.assign(bus, {
        subscribe: (name, callback) => (heard[name] = callback),
        unsubscribe: (name) => delete heard[name],
    });
    let clock = 0;
    patchWithCleanup(performance, { now: () => clock });
    const pass = (time) => {
        clock += time;
        return advanceTime(time);
    };
    const view = { looks: 0, answer: () => {}, bus, heard, pass };

    class View extends Component {
        static template = xml`<div class="view"/>`;
        static props = [];

        setup() {
            useLiveUpdates(() => {
                view.looks++;
                return new Promise((resolve) => (view.answer = resolve));
            }, concerns);
        }
    }
    const app = new App(View, { env: { services: { bus_service: bus } }, test: true });
    await app.mount(getFixture());
    view.leave = () => app.destroy();
    after(view.leave);
    view.tell = (id = 1) => heard["concord_inbox.changed"]?.({ account_id: id });
    return view;
}

test("news is shown at once, and much of it once a second", async () => {
    const view = await makeView();
    view.tell();
    view.tell();
    expect(view.looks).toBe(0);
    await view.pass(60);
    expect(view.looks).toBe(1);
    // What comes while the server is asked makes one more question, when it has answered.
    view.tell();
    view.tell();
    await view.pass(5000);
    expect(view.looks).toBe(1);
    view.answer();
    await animationFrame();
    await view.pass(60);
    expect(view.looks).toBe(2);
    view.answer();
    await animationFrame();
    view.tell();
    await view.pass(500);
    expect(view.looks).toBe(2);
    await view.pass(600);
    expect(view.looks).toBe(3);
});

test("other accounts are none of its business", async () => {
    const view = await makeView((accountId) => accountId === 1);
    view.tell(2);
    await view.pass(2000);
    expect(view.looks).toBe(0);
    view.tell(1);
    await view.pass(60);
    expect(view.looks).toBe(1);
});

test("nobody is disturbed who is in the middle of something", async () => {
    const view = await makeView();
    document.dispatchEvent(new Event("pointerdown"));
    view.tell();
    await view.pass(3000);
    expect(view.looks).toBe(0);
    document.dispatchEvent(new Event("pointerup"));
    const dialog = document.createElement("div");
    dialog.className = "modal";
    getFixture().append(dialog);
    await view.pass(3000);
    expect(view.looks).toBe(0);
    dialog.remove();
    await view.pass(500);
    expect(view.looks).toBe(1);
});

test("a connection that was away may have missed something", async () => {
    const view = await makeView();
    view.bus.trigger("BUS:RECONNECT");
    await view.pass(60);
    expect(view.looks).toBe(1);
});

test("what has left the screen asks nothing", async () => {
    const view = await makeView();
    view.tell();
    view.leave();
    await view.pass(3000);
    expect(view.looks).toBe(0);
    expect(view.heard["concord_inbox.changed"]).toBe(undefined);
});
