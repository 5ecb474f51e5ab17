import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { advanceTime } from "@odoo/hoot-mock";
import { allowTranslations } from "@web/../tests/web_test_helpers";

import { dragged } from "@concord_inbox/panes/dragging";
import { FolderPanel } from "@concord_inbox/views/folder_panel";

describe.current.tags("headless");

beforeEach(() => {
    allowTranslations();
    dragged.current = null;
});

const CATEGORY = { id: 1 };

/** The panel, with nothing unfolded and something in the hand of its user, or not. */
function makePanel(what = null) {
    dragged.current = what;
    return Object.assign(Object.create(FolderPanel.prototype), {
        drag: dragged,
        over: { id: null },
        state: { expanded: { 1: {} } },
    });
}

/** @returns {{prevented: boolean}} what the browser is told of the hand above a node */
function over(panel, value) {
    const ev = { dataTransfer: {}, prevented: false, preventDefault: () => (ev.prevented = true) };
    panel.onDragOver(ev, CATEGORY, value);
    return ev;
}

const folder = (id, values) => ({ id, childrenIds: [], is_target: true, ...values });

test("what is dragged is put into the folder where it is let go", () => {
    const into = [];
    const panel = makePanel({ drop: (id) => into.push(id) });
    const ev = over(panel, folder(5));
    expect(ev.prevented).toBe(true);
    expect(ev.dataTransfer.dropEffect).toBe("move");
    expect(panel.over.id).toBe(5);
    panel.onDrop(ev, folder(5));
    expect(into).toEqual([5]);
    expect(panel.over.id).toBe(null);
    expect(dragged.current).toBe(null);
});

test("what takes no emails takes none", () => {
    const into = [];
    const panel = makePanel({ drop: (id) => into.push(id) });
    const account = folder(-1, { is_target: false });
    const ev = over(panel, account);
    expect(ev.prevented).toBe(false);
    panel.onDrop(ev, account);
    expect(into).toEqual([]);
    // A file from the desktop, or a link, is no email.
    expect(over(makePanel(), folder(5)).prevented).toBe(false);
});

test("what is folded opens for a hand that stays", async () => {
    const panel = makePanel({ drop: () => {} });
    const clients = folder(6, { childrenIds: [7] });
    over(panel, clients);
    await advanceTime(300);
    panel.onDragLeave(clients);
    await advanceTime(1000);
    expect(panel.isOpen(CATEGORY, clients)).toBe(false);
    over(panel, clients);
    over(panel, clients);
    await advanceTime(800);
    expect(panel.isOpen(CATEGORY, clients)).toBe(true);
});

test("what is shown at a node", () => {
    const panel = makePanel();
    expect(panel.label({ display_name: "Inbox", __count: 0 })).toBe("Inbox");
    expect(String(panel.label({ display_name: "Inbox", __count: 3 }))).toBe("Inbox, 3");
    expect(panel.icon({ id: 5, role: "junk" })).toBe("fa-ban");
    expect(panel.icon({ id: 5, role: false })).toBe("fa-folder-o");
    expect(panel.icon({ id: -1 })).toBe(undefined);
    expect(panel.healthIcon({ health: { kind: "offline" } })).toInclude("text-warning");
});
