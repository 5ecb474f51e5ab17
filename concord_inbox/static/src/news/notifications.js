import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { session } from "@web/session";

import { preferences } from "../panes/preferences";
import { openEmail } from "./opening";

/** More emails than this that come together are told as a number. */
const SINGLE = 3;

/** @returns {boolean} whether the browser was allowed to show notifications of this page */
export function mayNotify() {
    return browser.Notification?.permission === "granted";
}

/**
 * Ask the browser's user, if he wants notifications and was not asked yet. Only a click may lead here.
 *
 * @param {Object} env
 */
export async function askToNotify(env) {
    if (!preferences.notify) {
        return;
    }
    const { Notification } = browser;
    if (!Notification) {
        env.services.notification.add(_t("This browser shows no notifications."), {
            type: "warning",
        });
        return;
    }
    const answer =
        Notification.permission === "default"
            ? await Notification.requestPermission()
            : Notification.permission;
    if (answer === "denied") {
        env.services.notification.add(
            _t(
                "This browser shows no notifications of this page. Allow them in the browser's settings of the page, beside its address."
            ),
            { type: "warning" }
        );
    }
}

/** Tells of new emails outside of the page: sender and subject, and nothing to whoever looks at the inbox anyway. */
export const notificationsService = {
    dependencies: ["action", "concord_inbox.news", "multi_tab"],

    start(env, { action, "concord_inbox.news": news, multi_tab: multiTab }) {
        if (!session.has_inbox) {
            return;
        }
        const shown = new Map();

        const isLookedAt = () =>
            !document.hidden && action.currentController?.props.resModel === "inbox.message";

        function show(title, options, onClick) {
            let notification;
            try {
                notification = new browser.Notification(title, {
                    icon: "/concord_inbox/static/description/icon.png",
                    ...options,
                });
            } catch {
                return undefined; // some browsers of phones have them for service workers alone
            }
            notification.onclick = () => {
                window.focus();
                notification.close();
                onClick();
            };
            return notification;
        }

        /** What was read meanwhile, wherever, is no news any more. */
        function withdraw() {
            for (const { id, is_read: isRead } of news.state.latest) {
                if (isRead) {
                    shown.get(id)?.close();
                    shown.delete(id);
                }
            }
        }

        async function tell(arrived) {
            withdraw();
            const fresh = arrived.filter(({ id }) => !shown.has(id));
            if (!fresh.length || !preferences.notify || !mayNotify() || isLookedAt()) {
                return;
            }
            // Of several tabs one tells.
            if (!(await multiTab.isOnMainTab())) {
                return;
            }
            if (fresh.length > SINGLE) {
                const title = _t("%s new emails", fresh.length);
                const all = show(title, { tag: "concord_inbox" }, () =>
                    action.doAction("concord_inbox.action_open_inbox", { clearBreadcrumbs: true })
                );
                fresh.forEach(({ id }) => shown.set(id, all));
                return;
            }
            for (const { id, correspondent, subject } of fresh) {
                const options = { body: subject, tag: `concord_inbox-${id}` };
                shown.set(
                    id,
                    show(correspondent, options, () => openEmail(env, id))
                );
            }
        }

        news.bus.addEventListener("LOADED", ({ detail }) => tell(detail.arrived));
    },
};

registry.category("services").add("concord_inbox.notifications", notificationsService);
