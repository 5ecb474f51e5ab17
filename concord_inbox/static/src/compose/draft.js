import { browser } from "@web/core/browser/browser";
import { ConnectionLostError } from "@web/core/network/rpc";

import { markRaw, reactive } from "@odoo/owl";

export const MODEL = "inbox.message";

/** How long after the last change a draft is saved, in milliseconds. */
const SAVE_DELAY = 2000;
/** However long one types without a pause, it is saved after this, in milliseconds. */
const LONGEST_UNSAVED = 10000;
/** Between attempts while the server cannot be reached: doubled each time, from the first to the longest. */
const FIRST_RETRY = 2000;
const LONGEST_RETRY = 60000;

/** How much larger a file is on its way (base64 in lines). */
const ENCODED = (4 / 3) * (78 / 76);

/** What the window may change, and the draft is saved by. */
const LISTS = ["to", "cc", "bcc"];

/**
 * Hand a call to the browser, which makes it even when the page is left.
 *
 * @param {string} method
 * @param {any[]} args
 * @returns {boolean} whether the browser took it
 */
export function callByBeacon(method, args) {
    const params = { model: MODEL, method, args, kwargs: {} };
    return browser.navigator.sendBeacon(
        `/web/dataset/call_kw/${MODEL}/${method}`,
        new Blob([JSON.stringify({ jsonrpc: "2.0", method: "call", params })], {
            type: "application/json",
        })
    );
}

/**
 * What the server says of a draft that it would not save: another window has `changed` it, or it is `gone` or `sent`.
 *
 * @param {Error} error
 * @returns {string|undefined}
 */
function conflictOf(error) {
    return error.data?.context?.conflict;
}

/** The sentence for the user in what a call threw. */
export function sentence(error) {
    return error.data?.message || error.message;
}

/**
 * An email that is being written: what the server last said, what has been changed since, and the saving of it.
 *
 * `saving` says where that stands: `saved`, `changed` (not yet tried), `saving`, `waiting` (no connection: it is tried
 * again), `conflict` (another window has saved) or `refused` (with the server's words in `error`).
 */
export class Draft {
    /**
     * @param {Object} orm
     * @param {Object} data as from `compose_begin`
     * @returns {Draft} reactive
     */
    static of(orm, data) {
        const draft = reactive(new Draft(orm));
        draft.fill(data);
        return draft;
    }

    constructor(orm) {
        this.inner = markRaw({
            orm,
            changed: new Set(),
            timer: undefined,
            retry: FIRST_RETRY,
            queue: Promise.resolve(),
        });
        /** Counts what replaced the whole text, so that the editor begins anew. */
        this.generation = 0;
        this.isTouched = false;
        this.saving = "saved";
        this.error = "";
        /** Files on their way, see `upload`. */
        this.uploads = [];
    }

    /** Take over a draft as the server has it. */
    fill(data) {
        clearTimeout(this.inner.timer);
        this.inner.changed.clear();
        Object.assign(this, {
            id: data.id,
            version: data.version,
            state: data.state,
            identityId: data.identity_id,
            identities: data.identities,
            to: data.to,
            cc: data.cc,
            bcc: data.bcc,
            subject: data.subject || "",
            body: data.body || "",
            quote: (data.has_quote && data.quote) || false,
            attachments: data.attachments,
            size: data.size,
            sizeLimit: data.size_limit,
            scheduledDate: data.scheduled_date,
            answersId: data.answers_id,
            forwardsId: data.forwards_id,
            record: data.record,
            hasTemplates: data.templates_available,
            savedAt: data.saved_at,
            sendError: data.send_error || "",
        });
        this.generation++;
        this.saving = "saved";
        this.error = "";
    }

    /** @param {() => string} read what gives the HTML that the editor holds */
    setEditor(read) {
        this.inner.read = read;
    }

    /** The editor goes: keep what it holds. */
    takeText() {
        if (this.inner.read && this.inner.changed.has("body")) {
            this.body = this.inner.read();
        }
        this.inner.read = undefined;
    }

    /** Something that will still change the draft is under way: an address that the server is asked about. */
    await(promise) {
        this.inner.pending = Promise.allSettled([this.inner.pending, promise]);
    }

    settled() {
        return this.inner.pending;
    }

    get identity() {
        return this.identities.find((one) => one.id === this.identityId) || this.identities[0];
    }

    get recipients() {
        return LISTS.flatMap((list) => this[list]);
    }

    get isSaved() {
        return !this.inner.changed.size && this.saving !== "saving";
    }

    /** Change fields by their names in `compose_save`, and save them soon. */
    change(values) {
        for (const [name, value] of Object.entries(values)) {
            this[name === "identity_id" ? "identityId" : name] = value;
            this.inner.changed.add(name);
        }
        this.isTouched = true;
        this.saveSoon();
    }

    /** The editor's content is another now; it is read when it is saved. */
    bodyChanged() {
        this.inner.changed.add("body");
        this.isTouched = true;
        this.saveSoon();
    }

    /** Other files are attached now. The server measures the whole with the next save; until then this is near enough. */
    setFiles(files) {
        const sum = (all) => all.reduce((total, { size }) => total + size, 0);
        this.size = Math.max(0, this.size + ENCODED * (sum(files) - sum(this.attachments)));
        this.attachments = files;
        this.isTouched = true;
    }

    saveSoon(delay = SAVE_DELAY) {
        clearTimeout(this.inner.timer);
        if (!["conflict", "saving", "waiting"].includes(this.saving)) {
            this.saving = "changed";
        }
        this.inner.since ??= Date.now();
        const left = Math.max(0, this.inner.since + LONGEST_UNSAVED - Date.now());
        const wait = this.saving === "waiting" ? delay : Math.min(delay, left);
        this.inner.timer = browser.setTimeout(() => this.save(), wait);
    }

    /** @returns {Promise<boolean>} whether all that was changed is on the server */
    save() {
        this.inner.queue = this.inner.queue.then(() => this.saveNow());
        return this.inner.queue;
    }

    async saveNow() {
        const { changed, orm } = this.inner;
        clearTimeout(this.inner.timer);
        if (!changed.size) {
            return true;
        }
        if (this.saving === "conflict") {
            return false;
        }
        const values = this.takeChanges();
        this.inner.since = undefined;
        this.saving = "saving";
        try {
            const answer = await orm.silent.call(MODEL, "compose_save", [
                this.id,
                values,
                this.version,
            ]);
            this.inner.retry = FIRST_RETRY;
            this.inner.isFlushed = false;
            Object.assign(this, {
                version: answer.version,
                savedAt: answer.saved_at,
                size: answer.size,
                error: "",
            });
            this.saving = changed.size ? "changed" : "saved";
            return true;
        } catch (error) {
            Object.keys(values).forEach((name) => changed.add(name));
            return this.notSaved(error);
        }
    }

    async notSaved(error) {
        if (error instanceof ConnectionLostError) {
            this.saving = "waiting";
            this.saveSoon(this.inner.retry);
            this.inner.retry = Math.min(2 * this.inner.retry, LONGEST_RETRY);
        } else if (conflictOf(error) === "changed") {
            if (this.inner.isFlushed) {
                // The other was this window, which saved because it seemed to be closed.
                this.inner.isFlushed = false;
                return this.keepMine();
            }
            this.saving = "conflict";
        } else {
            this.saving = "refused";
            this.error = sentence(error);
        }
        return false;
    }

    takeChanges() {
        const { changed } = this.inner;
        if (changed.has("body") && this.inner.read) {
            this.body = this.inner.read();
        }
        const values = {};
        for (const name of changed) {
            if (name === "identity_id") {
                values[name] = this.identityId;
            } else if (LISTS.includes(name)) {
                values[name] = this[name].map(({ name, email }) => ({ name, email }));
            } else {
                values[name] = this[name];
            }
        }
        if ("body" in values) {
            // A quotation that was unfolded is part of the text now.
            values.quote = this.quote;
        }
        changed.clear();
        return values;
    }

    /** Connected again: no need to wait. */
    retryNow() {
        if (this.saving === "waiting") {
            this.save();
        }
    }

    /**
     * The page is being left: hand what is not saved yet to the browser, which delivers it even then.
     *
     * @returns {boolean} whether that worked
     */
    flush() {
        if (!this.inner.changed.size) {
            return this.saving !== "saving";
        }
        if (this.saving === "conflict" || !browser.navigator.onLine) {
            return false;
        }
        const values = this.takeChanges();
        const isTaken = callByBeacon("compose_save", [this.id, values, this.version]);
        // The user may stay after all.
        Object.keys(values).forEach((name) => this.inner.changed.add(name));
        this.inner.isFlushed = isTaken;
        return isTaken;
    }

    /** After a conflict: what the other window saved. */
    async takeTheirs() {
        this.fill(await this.inner.orm.call(MODEL, "compose_open", [this.id]));
    }

    /** After a conflict: what is written here replaces what the other window saved. */
    async keepMine() {
        const { version } = await this.inner.orm.call(MODEL, "compose_open", [this.id]);
        this.version = version;
        ["subject", "body", "identity_id", ...LISTS].forEach((name) =>
            this.inner.changed.add(name)
        );
        this.saving = "changed";
        return this.saveNow();
    }
}
