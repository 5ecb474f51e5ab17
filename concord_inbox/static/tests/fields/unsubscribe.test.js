import { describe, expect, test } from "@odoo/hoot";

import { Unsubscribe, waysOut } from "@concord_inbox/fields/unsubscribe";

describe.current.tags("headless");

test("addresses are told apart, and others than of the web and of mail are none", () => {
    const { web, mail } = waysOut("https://a.example/out?u=1 mailto:out@a.example?subject=out");
    expect(web.href).toBe("https://a.example/out?u=1");
    expect(mail).toBe("mailto:out@a.example?subject=out");
    expect(waysOut("javascript:alert(1) data:text/html,x https://")).toEqual({});
    expect(waysOut(false)).toEqual({});
});

function leaving(kept) {
    const steps = [];
    const env = { services: { "concord_inbox.compose": { open: (what) => steps.push(what) } } };
    const props = {
        name: "unsubscribe",
        record: { data: { unsubscribe: kept, account_id: { id: 7 } } },
    };
    const dialog = { add: (_component, given) => steps.push(given) };
    const ways = waysOut(kept);
    Unsubscribe.prototype.leave.call({ env, props, dialog, ways });
    return steps;
}

test("the host is the one that is really meant", () => {
    expect(waysOut("https://bank.example@evil.example/out").web.host).toBe("evil.example");
    expect(waysOut("https://аpple.example/").web.host).toBe("xn--pple-43d.example");
});

test("an email is written from the account that got it", () => {
    expect(leaving("mailto:out@a.example")).toEqual([
        { begin: { mailto: "mailto:out@a.example", account_id: 7 } },
    ]);
});
