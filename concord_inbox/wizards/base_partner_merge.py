"""Merging contacts: who remains has the addresses of all, and the conversations that were linked by hand."""

from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        addresses = self.env["inbox.partner.address"].sudo()
        # Before the rows are moved in SQL, which deletes all of them where one is there already.
        former = addresses.search([("partner_id", "in", src_partners.ids)])
        emails = {
            one.email_normalized: email
            for one, email in [
                *((partner, partner.email_normalized) for partner in src_partners.sudo()),
                *((address, address.email) for address in former),
            ]
            if one.email_normalized
        }
        kept = {dst_partner.sudo().email_normalized, *dst_partner.sudo().inbox_address_ids.mapped("email_normalized")}
        former.unlink()
        addresses.create(
            [
                {"partner_id": dst_partner.id, "email": email}
                for normalized, email in emails.items()
                if normalized not in kept
            ]
        )
        self.env["inbox.conversation.link"]._move(dst_partner._name, src_partners.ids, dst_partner)
        self.env.flush_all()
        return super()._update_foreign_keys(src_partners, dst_partner)

    @api.model
    def _update_values(self, src_partners, dst_partner):
        result = super()._update_values(src_partners, dst_partner)
        # Whoever had none took one of the others' as its own.
        contact = dst_partner.sudo()
        contact.inbox_address_ids.filtered(lambda one: one.email_normalized == contact.email_normalized).unlink()
        return result
