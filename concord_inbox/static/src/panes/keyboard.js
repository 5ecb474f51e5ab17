import { useService } from "@web/core/utils/hooks";

import { onMounted, onWillUnmount } from "@odoo/owl";

import { HelpDialog } from "./help_dialog";
import { KEYS } from "./keys";

/** Milliseconds in which the second key of a pair is waited for. */
const PAIR_TIME = 1500;

/** Where keys are for something else. */
const TYPED_INTO =
    "input, textarea, select, [contenteditable=true], .modal, .o-dropdown--menu, .o_command_palette";
const OPEN = ".modal:not(.o_inbox_help), .o-dropdown--menu, .o_command_palette";

/** What goes on while a key is held down. */
const REPEATED = ["j", "k"];

/** Those who press a button by Enter mean the button. */
const PRESSED_BY_ENTER = "a, button, [role=button], summary";

/**
 * Has keys do something while a component is shown; those that somebody types somewhere are left alone.
 *
 * @param {Object<string, () => void>} handlers by the names of `KEYS`
 * @returns {{onKey: (ev: KeyboardEvent) => void}} for keys that are pressed in a frame
 */
export function useInboxKeys(handlers) {
    const dialog = useService("dialog");
    const all = { help: () => dialog.add(HelpDialog), ...handlers };
    let first = null;
    let firstAt = 0;

    const onKey = (ev) => {
        const target = ev.target;
        if (ev.defaultPrevented || ev.ctrlKey || ev.metaKey || ev.altKey || ev.isComposing) {
            return;
        }
        if (ev.repeat && !REPEATED.includes(ev.key)) {
            return;
        }
        if (
            target?.closest?.(TYPED_INTO) &&
            !target.closest(".o_list_record_selector, [data-inbox-keys]")
        ) {
            return;
        }
        if (
            document.querySelector(OPEN) ||
            (ev.key === "Enter" && target?.closest?.(PRESSED_BY_ENTER))
        ) {
            return;
        }
        const isPair = first && performance.now() - firstAt < PAIR_TIME;
        const pressed = isPair ? `${first} ${ev.key}` : ev.key;
        first = null;
        const found = KEYS.find(([keys]) => keys === pressed);
        if (found && all[found[1]]) {
            ev.preventDefault();
            ev.stopPropagation();
            all[found[1]]();
        } else if (!isPair && KEYS.some(([keys]) => keys.startsWith(`${ev.key} `))) {
            first = ev.key;
            firstAt = performance.now();
        }
    };
    onMounted(() => document.addEventListener("keydown", onKey));
    onWillUnmount(() => document.removeEventListener("keydown", onKey));
    return { onKey };
}
