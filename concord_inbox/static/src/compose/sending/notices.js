import { _t } from "@web/core/l10n/translation";

import { MODEL } from "../draft";

/** What became of an email, told to whoever wrote it wherever in Odoo he is; until it is looked at. */
export class Notices {
    /**
     * @param {Object} compose the service
     * @param {Object} services `action`, `bus_service` and `notification`
     */
    constructor(compose, { action, bus_service: bus, notification }) {
        Object.assign(this, { compose, action, notification });
        /** Of each email what takes its notice away. */
        this.shown = new Map();
        bus.subscribe("concord_inbox.told", (told) => this.tell(told));
    }

    /**
     * @param {Object} told
     * @param {number} told.id of the email
     * @param {string} told.title
     * @param {string} told.text
     * @param {boolean} told.to_write whether it opens to be written on, and not to be read
     */
    async tell({ id, title, text, to_write: toWrite }) {
        if (toWrite && !(await this.isFailed(id))) {
            return;
        }
        this.forget(id);
        const close = this.notification.add(text, {
            title,
            type: "warning",
            sticky: true,
            buttons: [
                {
                    name: toWrite ? _t("Edit and send again") : _t("Open it"),
                    primary: true,
                    onClick: () => this.open(id, toWrite),
                },
            ],
            onClose: () => this.shown.delete(id),
        });
        this.shown.set(id, close);
    }

    /** The bus tells a page that was just opened what happened a while ago as well. */
    async isFailed(id) {
        try {
            const [email] = await this.compose.orm.silent.read(MODEL, [id], ["state"]);
            return email?.state === "failed";
        } catch {
            return false; // It is not here any more.
        }
    }

    forget(id) {
        this.shown.get(id)?.();
    }

    open(id, toWrite) {
        this.forget(id);
        if (toWrite) {
            this.compose.open({ draft_id: id });
        } else {
            this.action.doAction({
                type: "ir.actions.act_window",
                res_model: MODEL,
                res_id: id,
                views: [[false, "form"]],
            });
        }
    }
}
