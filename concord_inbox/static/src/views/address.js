import { router } from "@web/core/browser/router";
import { AlertDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { FetchRecordError } from "@web/model/relational_model/errors";

import { onMounted, useEnv } from "@odoo/owl";

import { InboxModel } from "./inbox_model";

/** What opens the inbox: its path, so that it has the same address again. */
const ACTION = "inbox";

function explain(dialog) {
    dialog.add(AlertDialog, {
        title: _t("You cannot read this email"),
        body: _t(
            "It is in an account that you do not see, or it was deleted. Ask whoever sent you the link; a manager of the inbox can give you access to shared accounts."
        ),
    });
}

/** Whether an email could not be shown because it is gone, or because its user may not read it: both are told alike. */
function isOutOfSight(error) {
    return (
        error instanceof FetchRecordError ||
        error.exceptionName === "odoo.exceptions.AccessError" ||
        error.exceptionName === "odoo.exceptions.MissingError"
    );
}

/**
 * Where an email fills the page, its address is `/odoo/inbox/ID`. Who may not read it is told so, before the inbox; left
 * alone, Odoo would show the error of whichever of its requests fails first, or a list without a word.
 */
export class InboxFormModel extends InboxModel {
    async load(params) {
        try {
            await super.load(params);
        } catch (error) {
            if (this.isReady || this.env.inboxPane || this.env.inDialog || !isOutOfSight(error)) {
                throw error;
            }
            const { action, dialog } = this.env.services;
            // Another page closes the dialogs that are open.
            action.doAction(ACTION, { clearBreadcrumbs: true }).then(() => explain(dialog));
            // There is nothing to draw: the inbox takes the place of this page.
            await new Promise(() => {});
        }
    }
}

/**
 * Have the email opened that the page's address names (`?email=`), or that somebody asked for elsewhere in Odoo, once its
 * folder is chosen. Who may not read it is told so.
 *
 * @param {(id: number) => void} open
 */
export function useAddress(open) {
    const env = useEnv();
    const dialog = useService("dialog");
    const emails = useService("concord_inbox.emails");
    const orm = useService("orm");
    onMounted(async () => {
        const id = emails.takeToOpen();
        if (!id) {
            return;
        }
        const place = await orm.call("inbox.message", "locate", [id]);
        if (!place) {
            writeAddress(false);
            explain(dialog);
            return;
        }
        if (place.folder_id) {
            env.searchModel.choose(place.folder_id);
        }
        open(id);
    });
}

/**
 * Have the page's address name the email that is open, so that it can be sent to a colleague or kept as a bookmark.
 *
 * @param {number|false} id
 */
export function writeAddress(id) {
    if ((Number(router.current.email) || false) !== id) {
        router.replaceState({ email: id || undefined });
    }
}
