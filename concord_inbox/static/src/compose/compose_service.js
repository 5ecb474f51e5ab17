import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";

import { reactive } from "@odoo/owl";

import { ComposeWindows } from "./compose_windows";
import { callByBeacon, Draft, MODEL, sentence } from "./draft";
import { Leaving } from "./sending/leaving";
import { Notices } from "./sending/notices";

/** How long a draft that was thrown away can be had back, in milliseconds. */
const DISCARD_TIME = 8000;

/** Of a docked window and of what is left free beside them, in pixels; as in `compose.scss`. */
const WIDTH = 576;
const BESIDE = 96;

/**
 * The emails that are being written, wherever in Odoo the user goes meanwhile.
 *
 * A window is `{key, draft, mode, wanted}`: `mode` is `docked`, `minimised` or `full`; `wanted` what was asked for, so
 * that asking twice shows the same window.
 */
export class ComposeService {
    constructor(env, services) {
        const { orm, notification, ui } = services;
        Object.assign(this, { env, orm, notification, ui });
        this.state = reactive({ windows: [] });
        this.leaving = new Leaving(this);
        this.notices = new Notices(this, services);
        this.lastKey = 0;
        /** The ids of drafts that are thrown away unless that is undone. */
        this.discarded = new Set();
        browser.addEventListener("beforeunload", (ev) => this.onBeforeUnload(ev));
        browser.addEventListener("online", () =>
            this.state.windows.forEach(({ draft }) => draft.retryNow())
        );
    }

    get storageKey() {
        return `concord_inbox.compose.${user.userId}`;
    }

    /**
     * Show the window of an email: a new one, an answer, or a draft that exists.
     *
     * @param {Object} request
     * @param {Object} [request.begin] as for `compose_begin`
     * @param {{message_id: number, kind: string}} [request.reply]
     * @param {number} [request.draft_id]
     */
    async open(request) {
        const wanted = JSON.stringify(request.reply || "");
        const known = this.state.windows.find((one) =>
            request.draft_id
                ? one.draft.id === request.draft_id
                : request.reply && one.wanted === wanted
        );
        if (known) {
            this.restore(known);
            return known.draft;
        }
        const draft = await this.load(request);
        this.notices.forget(draft.id);
        // Nothing is lost when it is closed as it was opened.
        this.add(draft, { wanted, isNew: !request.draft_id });
        return draft;
    }

    /**
     * The draft of an email without a window: for a `ComposePane` elsewhere. `add()` gives it one.
     *
     * @param {Object} request as for `open`
     * @returns {Promise<Draft>}
     */
    async load(request) {
        return Draft.of(this.orm, await this.fetch(request));
    }

    async fetch({ begin, reply, draft_id }) {
        if (reply) {
            return this.orm.call(MODEL, "compose_reply", [reply.message_id, reply.kind]);
        }
        if (!draft_id) {
            return this.orm.call(MODEL, "compose_begin", [begin || {}]);
        }
        const data = await this.orm.call(MODEL, "compose_open", [draft_id]);
        if (data.state === "failed") {
            const [{ send_error }] = await this.orm.read(MODEL, [draft_id], ["send_error"]);
            data.send_error = send_error;
        }
        return data;
    }

    add(draft, { wanted = "", mode = "docked", isNew = false } = {}) {
        this.state.windows.push({
            key: ++this.lastKey,
            draft,
            mode,
            wanted,
            isNew,
            focusRequest: 0,
        });
        const window = this.state.windows.at(-1);
        if (mode !== "minimised") {
            this.makeRoom(window);
        }
        this.remember();
        return window;
    }

    minimise(window) {
        window.mode = "minimised";
        window.draft.save();
        this.remember();
    }

    restore(window) {
        if (window.mode === "minimised") {
            window.mode = "docked";
            this.makeRoom(window);
        }
        window.focusRequest++;
        this.remember();
    }

    toggleFull(window) {
        window.mode = window.mode === "full" ? "docked" : "full";
        this.makeRoom(window);
        this.remember();
    }

    /** Minimise the oldest others that do not fit on the screen beside `window`. */
    makeRoom(window) {
        const room =
            this.ui.isSmall || window.mode === "full"
                ? 1
                : Math.max(1, Math.floor((browser.innerWidth - BESIDE) / WIDTH));
        const open = this.state.windows.filter(
            (one) => one.mode !== "minimised" && one.key !== window.key
        );
        for (const one of open.slice(0, Math.max(0, open.length + 1 - room))) {
            this.minimise(one);
        }
    }

    /** Close a window; its email stays among the drafts, unless nothing was written. */
    async close(window) {
        const { draft } = window;
        if (!draft.isTouched && window.isNew) {
            this.remove(window);
            await this.orm.silent.call(MODEL, "compose_discard", [draft.id]);
            return;
        }
        if (!(await draft.save())) {
            this.notification.add(
                draft.error || _t("The email is not saved yet. It stays open until it is."),
                {
                    type: "warning",
                }
            );
            return;
        }
        this.remove(window);
        if (draft.isTouched && draft.state !== "scheduled") {
            this.notification.add(_t("Saved in Drafts"), { type: "info" });
        }
    }

    remove(window) {
        const index = this.state.windows.findIndex((one) => one.key === window.key);
        if (index >= 0) {
            this.state.windows.splice(index, 1);
        }
        this.remember();
    }

    /** Throw a draft away, which can be undone for a while. */
    async discard(window) {
        const { draft } = window;
        // What is still to be saved is there again when it is undone, even after the page is loaded anew.
        await draft.save();
        this.remove(window);
        this.discarded.add(draft.id);
        const close = this.notification.add(_t("Draft discarded"), {
            type: "info",
            autocloseDelay: DISCARD_TIME,
            buttons: [
                {
                    name: _t("Undo"),
                    primary: true,
                    onClick: () => {
                        this.discarded.delete(draft.id);
                        close();
                        this.add(draft);
                    },
                },
            ],
            onClose: () => {
                if (this.discarded.delete(draft.id)) {
                    this.orm.silent.call(MODEL, "compose_discard", [draft.id]).catch((error) => {
                        this.notification.add(sentence(error), { type: "danger" });
                    });
                }
            },
        });
    }

    /** What is open is open again after the page was loaded anew. */
    remember() {
        const windows = this.state.windows.map(({ draft, mode }) => ({ id: draft.id, mode }));
        if (windows.length) {
            browser.sessionStorage.setItem(this.storageKey, JSON.stringify(windows));
        } else {
            browser.sessionStorage.removeItem(this.storageKey);
        }
    }

    async recall() {
        const stored = JSON.parse(browser.sessionStorage.getItem(this.storageKey) || "[]");
        const found = await Promise.allSettled(
            stored.map(({ id }) => this.orm.silent.call(MODEL, "compose_open", [id]))
        );
        found.forEach(({ value }, index) => {
            // Some may have been sent or discarded elsewhere.
            if (value && !this.state.windows.some(({ draft }) => draft.id === value.id)) {
                this.add(Draft.of(this.orm, value), { mode: stored[index].mode });
            }
        });
        this.remember();
    }

    onBeforeUnload(ev) {
        this.discarded.forEach((id) => callByBeacon("compose_discard", [id]));
        this.discarded.clear();
        const isSaved = this.state.windows.map(({ draft }) => draft.flush());
        if (!isSaved.every(Boolean)) {
            ev.preventDefault();
        }
    }
}

export const composeService = {
    dependencies: ["action", "bus_service", "notification", "orm", "ui"],
    start(env, services) {
        const service = new ComposeService(env, services);
        registry
            .category("main_components")
            .add("concord_inbox.ComposeWindows", { Component: ComposeWindows });
        service.recall();
        return service;
    },
};

registry.category("services").add("concord_inbox.compose", composeService);
