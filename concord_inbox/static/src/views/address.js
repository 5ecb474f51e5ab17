import { router } from "@web/core/browser/router";
import { AlertDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

import { onMounted, useEnv } from "@odoo/owl";

/** The path of the action that opens the inbox. */
const PATH = "inbox";

function explain(dialog) {
    dialog.add(AlertDialog, {
        title: _t("You cannot read this email"),
        body: _t(
            "It is in an account that you do not see, or it was deleted. Ask whoever sent you the link; a manager of the inbox can give you access to shared accounts."
        ),
    });
}

/** Where an email fills the page, its address is `/odoo/inbox/ID`; who may not read it would come to a list without a word. */
export const addressService = {
    dependencies: ["dialog", "orm"],

    start(env, { dialog, orm }) {
        const { action, resId } = router.current;
        if (action !== PATH || !(resId > 0)) {
            return;
        }
        const check = async () => {
            if (!(await orm.silent.call("inbox.message", "locate", [resId]))) {
                explain(dialog);
            }
        };
        env.bus.addEventListener("WEB_CLIENT_READY", check, { once: true });
    },
};

registry.category("services").add("concord_inbox.address", addressService);

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
