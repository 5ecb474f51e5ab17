import { useBus, useService } from "@web/core/utils/hooks";

import { onMounted, onWillUnmount } from "@odoo/owl";

/** Milliseconds until a first change is shown, between two looks at the server, and until a busy user is asked again. */
const SOON = 50;
const BETWEEN = 1000;
const WHILE_BUSY = 400;

/** What the user must not be disturbed in: a dialog, something that is dragged, an open menu, a field being edited. */
const BUSY = ".modal, .o_dragged, .o-dropdown--menu, .o_data_row.o_selected_row";

/**
 * Has `reload` called when emails of an account changed, wherever that happened: at most once a second, never twice at
 * the same time, and not while the user is in the middle of something or looks at another page of the browser.
 *
 * @param {() => Promise<void>} reload
 * @param {(accountId: number) => boolean} [concerns] whether an account has to do with what is shown
 */
export function useLiveUpdates(reload, concerns = () => true) {
    const bus = useService("bus_service");
    let timer = null;
    let loading = false;
    let wanted = false;
    let lastAt = -Infinity;
    let pressed = false;

    const plan = () => {
        wanted = true;
        if (timer === null && !loading && !document.hidden) {
            const wait = Math.max(SOON, lastAt + BETWEEN - performance.now());
            timer = setTimeout(run, wait);
        }
    };
    const run = async () => {
        if (pressed || document.querySelector(BUSY)) {
            timer = setTimeout(run, WHILE_BUSY);
            return;
        }
        timer = null;
        wanted = false;
        loading = true;
        lastAt = performance.now();
        try {
            await reload();
        } finally {
            loading = false;
            if (wanted) {
                plan();
            }
        }
    };

    const onChange = ({ account_id: accountId }) => {
        if (concerns(accountId)) {
            plan();
        }
    };
    const onVisible = () => {
        if (wanted) {
            plan();
        }
    };
    const onPress = () => {
        pressed = true;
    };
    const onRelease = () => {
        pressed = false;
    };
    const listeners = [
        ["visibilitychange", onVisible],
        ["pointerdown", onPress],
        ["pointerup", onRelease],
        ["pointercancel", onRelease],
        ["dragend", onRelease],
    ];
    onMounted(() => {
        bus.subscribe("concord_inbox.changed", onChange);
        for (const [name, listener] of listeners) {
            document.addEventListener(name, listener, true);
        }
    });
    onWillUnmount(() => {
        bus.unsubscribe("concord_inbox.changed", onChange);
        for (const [name, listener] of listeners) {
            document.removeEventListener(name, listener, true);
        }
        clearTimeout(timer);
        wanted = false;
        timer = -1;
    });
    // What was told while the connection was away may be lost.
    useBus(bus, "BUS:RECONNECT", plan);
}
