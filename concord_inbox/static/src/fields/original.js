import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { downloadFile } from "@web/core/network/download";

import { Component } from "@odoo/owl";

/** The source of an email, or all fields of its header. */
export class Original extends Component {
    static template = "concord_inbox.Original";
    static components = { Dialog };
    static props = {
        title: String,
        /** Names and values, instead of the source. */
        fields: { type: Array, optional: true },
        source: { type: String, optional: true },
        isCut: { type: Boolean, optional: true },
        close: Function,
    };
}

/** What one does with the original of an email, which is fetched from the mail server. */
export class Originals {
    constructor({ orm, dialog, notification }) {
        Object.assign(this, { orm, dialog, notification });
    }

    async showSource(id) {
        const { text, is_cut: isCut } = await this.orm.call("inbox.message", "original_source", [
            id,
        ]);
        this.dialog.add(Original, { title: _t("Original"), source: text, isCut });
    }

    async showHeaders(id) {
        const fields = await this.orm.call("inbox.message", "original_headers", [id]);
        this.dialog.add(Original, { title: _t("Headers"), fields });
    }

    /** Where the server has no file to give, it has a sentence that says why. */
    async download(id) {
        const answer = await fetch(`/concord_inbox/message/${id}/original.eml`);
        if (!answer.ok) {
            const isSentence = answer.headers.get("Content-Type")?.startsWith("text/plain");
            this.notification.add(
                isSentence ? await answer.text() : _t("The email could not be downloaded."),
                { type: "danger" }
            );
            return;
        }
        const name = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("Content-Disposition"));
        const file = name ? decodeURIComponent(name[1]) : "email.eml";
        downloadFile(await answer.blob(), file, "message/rfc822");
    }
}

/**
 * Print whole emails: they are a page of their own, in a frame that nobody sees.
 *
 * @param {number[]} ids in the order in which they are printed
 */
export function printEmails(ids) {
    document.querySelector(".o_inbox_print")?.remove();
    const frame = document.createElement("iframe");
    frame.className = "o_inbox_print";
    frame.setAttribute("aria-hidden", "true");
    frame.tabIndex = -1;
    frame.addEventListener("load", () => frame.contentWindow.print());
    frame.src = `/concord_inbox/print?ids=${ids.join(",")}`;
    document.body.append(frame);
}
