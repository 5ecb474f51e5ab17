import { _t } from "@web/core/l10n/translation";

import { MODEL, sentence } from "../draft";
import { CheckDialog } from "./check_dialog";

/** Ask about what may be wrong with the email; whether it may be sent. */
function ask(dialog, problems, sendText) {
    return new Promise((resolve) => {
        dialog.add(
            CheckDialog,
            { problems, sendText, onSend: () => resolve(true) },
            { onClose: () => resolve(false) }
        );
    });
}

/**
 * Send a draft, or have it sent later: saved first, its files all there, and whoever writes asked about what may be
 * wrong with it.
 *
 * @param {Object} services `orm`, `dialog`, `notification` and the compose service
 * @param {Draft} draft
 * @param {{at: string|false, archive: boolean}} options as for `compose_send`
 * @returns {Promise<boolean>} whether it is on its way
 */
export async function send({ orm, dialog, notification, compose }, draft, options) {
    await Promise.allSettled(draft.uploads.map(({ promise }) => promise));
    if (!(await draft.save())) {
        const reason =
            draft.saving === "waiting"
                ? _t(
                      "There is no connection to the server. Your email is kept here; send it again once there is."
                  )
                : draft.error || _t("The email could not be saved, so it was not sent.");
        notification.add(reason, { type: "warning" });
        return false;
    }
    try {
        const problems = await orm.call(MODEL, "compose_check", [draft.id]);
        const sendText = options.at ? _t("Schedule anyway") : _t("Send anyway");
        if (problems.length && !(await ask(dialog, problems, sendText))) {
            return false;
        }
        const answer = await orm.call(MODEL, "compose_send", [draft.id, options]);
        compose.leaving.add(draft, answer, options.at);
        return true;
    } catch (error) {
        notification.add(sentence(error), { type: "danger" });
        return false;
    }
}
