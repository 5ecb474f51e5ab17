import { _t } from "@web/core/l10n/translation";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

import { canCompose, compose } from "../panes/composing";

/**
 * @param {string} kept addresses, separated by blanks
 * @returns {{ web?: URL, mail?: string }}
 */
export function waysOut(kept) {
    const ways = {};
    for (const address of (kept || "").split(" ").filter(Boolean)) {
        if (/^mailto:/i.test(address)) {
            ways.mail ||= address;
        } else if (/^https?:/i.test(address) && URL.canParse(address)) {
            ways.web ||= new URL(address);
        }
    }
    return ways;
}

/** Leaving the mailing list of an email: on its page, after a question that tells which, or by an email. */
export class Unsubscribe extends Component {
    static template = "concord_inbox.Unsubscribe";
    static props = { ...standardFieldProps };

    setup() {
        this.dialog = useService("dialog");
    }

    get ways() {
        return waysOut(this.props.record.data[this.props.name]);
    }

    get isPossible() {
        const { web, mail } = this.ways;
        return Boolean(web || (mail && canCompose(this.env)));
    }

    leave() {
        const { web, mail } = this.ways;
        if (web) {
            this.dialog.add(ConfirmationDialog, {
                title: _t("Unsubscribe"),
                // As the browser understands it, which is where it leads.
                body: _t(
                    "This opens a page of %(host)s in a new tab: %(address)s\nIts owner learns that somebody reads your emails. Go there only if you know the sender.",
                    { host: web.host, address: web.href }
                ),
                confirmLabel: _t("Open"),
                confirm: () => window.open(web.href, "_blank", "noopener,noreferrer"),
                cancel: () => {},
            });
        } else {
            compose(this.env, {
                begin: { mailto: mail, account_id: this.props.record.data.account_id?.id },
            });
        }
    }
}

registry.category("fields").add("inbox_unsubscribe", {
    component: Unsubscribe,
    displayName: _t("Unsubscribe"),
    supportedTypes: ["char"],
});
