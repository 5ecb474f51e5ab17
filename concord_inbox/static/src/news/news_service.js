import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { session } from "@web/session";

import { EventBus, reactive } from "@odoo/owl";

import { preferences } from "../panes/preferences";
import { mayNotify } from "./notifications";

/** Milliseconds: after the page has begun, after something changed, and between two looks at the server. */
const AFTER_THE_PAGE = 1500;
const SOON = 300;
const BETWEEN = 2000;

/**
 * How many emails are unread, and the latest of them. Nothing is asked before the page is at rest, and then only when
 * the bus says that something changed; of a page that nobody looks at only when it is to tell what arrives.
 *
 * `bus` tells LOADED, with the emails that `arrived` meanwhile.
 */
export const newsService = {
    dependencies: ["bus_service", "orm"],

    start(env, { bus_service: busService, orm }) {
        const bus = new EventBus();
        const state = reactive({ unread: 0, latest: [], isLoaded: false });
        const news = { bus, refresh, state };
        if (!session.has_inbox) {
            return news;
        }
        const seen = new Set();
        let moment = false;
        let timer = null;
        let loading = null;
        let wanted = false;
        let lastAt = -Infinity;

        const isNeeded = () => !document.hidden || (preferences.notify && mayNotify());

        async function load() {
            lastAt = performance.now();
            wanted = false;
            const found = await orm.silent.call("inbox.message", "get_news", [moment]);
            moment = found.moment || moment;
            Object.assign(state, { unread: found.unread, latest: found.latest, isLoaded: true });
            const arrived = found.latest.filter(
                ({ id }) => !seen.has(id) && found.arrived.includes(id)
            );
            found.latest.forEach(({ id }) => seen.add(id));
            bus.trigger("LOADED", { arrived });
        }

        /** Look now; a look that is under way already counts. */
        function refresh() {
            loading ||= load()
                .catch(() => {
                    // There is no connection, or the session is over: the page says so where it matters.
                })
                .finally(() => {
                    loading = null;
                    if (wanted) {
                        plan();
                    }
                });
            return loading;
        }

        function plan(delay = SOON) {
            wanted = true;
            if (timer === null && !loading && isNeeded()) {
                timer = browser.setTimeout(
                    () => {
                        timer = null;
                        refresh();
                    },
                    Math.max(delay, lastAt + BETWEEN - performance.now())
                );
            }
        }

        busService.subscribe("concord_inbox.changed", () => plan());
        busService.addEventListener("BUS:RECONNECT", () => plan());
        document.addEventListener("visibilitychange", () => wanted && plan());
        env.bus.addEventListener("WEB_CLIENT_READY", () => plan(AFTER_THE_PAGE), { once: true });
        return news;
    },
};

registry.category("services").add("concord_inbox.news", newsService);
