import { _t } from "@web/core/l10n/translation";

/** Kinds of documents that emails are linked to, where their apps are installed: model and name. */
export const KINDS = [
    ["crm.lead", _t("Deal")],
    ["res.partner", _t("Contact")],
    ["sale.order", _t("Quotation or order")],
    ["account.move", _t("Invoice")],
    ["purchase.order", _t("Purchase order")],
    ["project.task", _t("Task")],
    ["helpdesk.ticket", _t("Ticket")],
];

/**
 * @param {string} resModel
 * @returns {boolean} whether pages of this kind show the emails that belong there
 */
export function hasEmails(resModel) {
    return KINDS.some(([model]) => model === resModel);
}
