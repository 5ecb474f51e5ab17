import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";

import { reactive } from "@odoo/owl";

import { Draft, MODEL, sentence } from "../draft";
import { sayMoment } from "./moments";

/** When it is looked what became of an email that left, in milliseconds after that. */
const LOOKS = [1000, 2000, 4000, 8000, 15000, 30000];
/** How long it is told that an email was sent, in milliseconds. */
const TELL_TIME = 5000;

/**
 * Emails that were sent a moment ago: each can be had back for some seconds, and then it is told what became of it.
 *
 * `items` are `{id, stage, seconds, text}`; `stage` is `counting`, `scheduled`, `leaving` or `sent`.
 */
export class Leaving {
    constructor(compose) {
        this.compose = compose;
        this.orm = compose.orm;
        this.state = reactive({ items: [] });
    }

    /**
     * @param {Draft} draft which was sent
     * @param {{state: string, send_after: string, undo_seconds: number}} answer of `compose_send`
     * @param {string|false} at the user's own time, if any
     */
    add(draft, answer, at) {
        const seconds = answer.undo_seconds || 0;
        this.forget(draft.id);
        this.state.items.push({
            id: draft.id,
            stage: at ? "scheduled" : "counting",
            seconds,
            text: at ? _t("Will be sent %s", sayMoment(at)) : "",
        });
        const item = this.state.items.at(-1);
        if (at) {
            item.timer = browser.setTimeout(() => this.remove(item), 2 * TELL_TIME);
        } else {
            this.count(item);
        }
    }

    count(item) {
        if (item.seconds > 0) {
            item.timer = browser.setTimeout(() => {
                item.seconds--;
                this.count(item);
            }, 1000);
        } else {
            this.leave(item);
        }
    }

    /** The time to undo is over, or given up. */
    async leave(item) {
        clearTimeout(item.timer);
        item.stage = "leaving";
        try {
            await this.orm.silent.call(MODEL, "compose_leave", [item.id]);
            await this.follow(item);
        } catch {
            // It leaves by itself; only that can not be told here.
            this.remove(item);
        }
    }

    async follow(item) {
        for (const look of LOOKS) {
            await new Promise((resolve) => browser.setTimeout(resolve, look));
            const [message] = await this.orm.silent.read(MODEL, [item.id], ["state"]);
            if (message?.state === "sent") {
                item.stage = "sent";
                browser.setTimeout(() => this.remove(item), TELL_TIME);
                return;
            }
            if (message?.state === "failed") {
                // Why is told by the server, see `notices.js`.
                break;
            }
        }
        this.remove(item);
    }

    /** Have the email back in its window, as it was. */
    async undo(item) {
        clearTimeout(item.timer);
        this.remove(item);
        try {
            const data = await this.orm.call(MODEL, "compose_undo", [item.id]);
            const draft = Draft.of(this.orm, data);
            draft.isTouched = true;
            this.compose.add(draft);
        } catch (error) {
            this.compose.notification.add(sentence(error), { type: "warning" });
        }
    }

    /** An email was taken back by other means: nothing is told of it any more. */
    forget(id) {
        this.state.items.filter((item) => item.id === id).forEach((item) => this.remove(item));
    }

    remove(item) {
        clearTimeout(item.timer);
        const index = this.state.items.findIndex((one) => one.id === item.id);
        if (index >= 0) {
            this.state.items.splice(index, 1);
        }
    }
}
