"""Further addresses of a contact, by which emails find it as by its own one."""

import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..sync import links


class InboxPartnerAddress(models.Model):
    _name = "inbox.partner.address"
    _inherit = ["inbox.address.mixin"]
    _description = "Further Email Address of a Contact"
    _order = "partner_id, id"
    _rec_name = "email"

    partner_id = fields.Many2one("res.partner", "Contact", required=True, index=True, ondelete="cascade")
    email = fields.Char("Email Address", required=True)
    is_of_readable_contact = fields.Boolean(
        compute="_compute_is_of_readable_contact", search="_search_is_of_readable_contact", compute_sudo=False
    )

    _domain_idx = models.Index("(split_part(email_normalized, '@', 2))")
    _partner_address_unique = models.Constraint(
        "UNIQUE (partner_id, email_normalized)", "This contact has the address already."
    )

    @api.constrains("email")
    def _check_email(self):
        for address in self:
            if not address.email_normalized or re.search(r"[\s,;<>]", address.email.strip()):
                raise ValidationError(
                    self.env._("“%s” is not an email address. Write it like name@example.com.", address.email)
                )

    # ------------------------------------------------------------ whoever may read or write the contact

    @api.depends_context("uid")
    @api.depends("partner_id")
    def _compute_is_of_readable_contact(self):
        readable = self.sudo().partner_id.sudo(False)._filtered_access("read")
        for address in self:
            address.is_of_readable_contact = address.sudo().partner_id in readable

    @api.model
    def _search_is_of_readable_contact(self, operator, value):
        if operator != "in":
            return NotImplemented
        contacts = self.env["res.partner"].sudo(False).with_context(active_test=False)
        readable = Domain("partner_id", "in", contacts._search([]))
        return readable if True in value else ~readable

    @api.model_create_multi
    def create(self, vals_list):
        # Before anything is written: what is refused must not tell whether the address is listed there already.
        self.env["res.partner"].browse(vals["partner_id"] for vals in vals_list if vals.get("partner_id")).check_access(
            "write"
        )
        addresses = super().create(vals_list)
        links.relink(self.env, addresses.mapped("email_normalized"))
        return addresses

    def write(self, vals):
        self.partner_id.check_access("write")
        if vals.get("partner_id"):
            self.env["res.partner"].browse(vals["partner_id"]).check_access("write")
        before = self.mapped("email_normalized")
        result = super().write(vals)
        links.relink(self.env, before + self.mapped("email_normalized"))
        return result

    def unlink(self):
        self.partner_id.check_access("write")
        before = self.mapped("email_normalized")
        result = super().unlink()
        links.relink(self.env, before)
        return result
