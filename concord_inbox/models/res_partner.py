"""The contact's side: its emails, and links that follow its address."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..sync import address_keys, links
from ..sync.contacts import WEBSITE_DOMAIN
from .fields import PrivateMany2many


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "inbox.linked.mixin"]

    inbox_message_ids = PrivateMany2many(
        "inbox.message",
        "inbox_message_res_partner_rel",
        "partner_id",
        "message_id",
        "Emails",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )
    inbox_address_ids = fields.One2many(
        "inbox.partner.address", "partner_id", "Other email addresses", copy=False, groups="base.group_user"
    )
    # Every email that arrives is matched by this column.
    inbox_address_key = fields.Char(
        compute="_compute_inbox_address_key", store=True, index="btree_not_null", copy=False, groups=fields.NO_ACCESS
    )

    _inbox_email_normalized_idx = models.Index("(email_normalized) WHERE email_normalized IS NOT NULL")
    # Which company a new contact is of.
    _inbox_company_domain_idx = models.Index("(split_part(email_normalized, '@', 2)) WHERE is_company")
    _inbox_website_domain_idx = models.Index(f"({WEBSITE_DOMAIN.code}) WHERE is_company")

    @api.depends("email_normalized")
    def _compute_inbox_address_key(self):
        keys = address_keys.of(self.env, self.mapped("email_normalized"))
        for partner in self:
            partner.inbox_address_key = keys.get(partner.email_normalized)

    @api.model
    def _search_display_name(self, operator, value):
        """A contact is also found by a further address, by those who may know of it."""
        found = super()._search_display_name(operator, value)
        if not value or operator in Domain.NEGATIVE_OPERATORS or not self.env.user._is_internal():
            return found
        return Domain(found) | Domain("inbox_address_ids.email", operator, value)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_no_inbox_links(vals)
        partners = super().create(vals_list)
        links.relink(self.env, partners._inbox_addresses())
        return partners

    def write(self, vals):
        self._check_no_inbox_links(vals)
        if not {"email", "active", "company_id", "is_company"} & vals.keys():
            return super().write(vals)
        before = self._inbox_addresses()
        addresses = {partner: partner.email_normalized for partner in self}
        result = super().write(vals)
        corrected = self.filtered(lambda one: one.message_bounce and one.email_normalized != addresses[one])
        if corrected:
            # What came back from the other address says nothing about this one.
            corrected.message_bounce = 0
        links.relink(self.env, before | self._inbox_addresses())
        return result

    def unlink(self):
        addresses = self._inbox_addresses()
        result = super().unlink()
        links.relink(self.env, addresses)
        return result

    def _inbox_addresses(self):
        """The normalised addresses of these contacts."""
        contacts = self.sudo()
        return {*contacts.mapped("email_normalized"), *contacts.inbox_address_ids.mapped("email_normalized")} - {False}

    def _relink_inbox(self):
        """Follow a change of whether these are colleagues, whose emails are linked to nobody."""
        links.relink(self.env, self._inbox_addresses())

    def _check_no_inbox_links(self, vals):
        # Whoever could link an email to a contact could show it to whom he likes.
        if not self.env.su and "inbox_message_ids" in vals:
            raise AccessError(self.env._("Emails are linked to contacts by their addresses alone."))

    def _inbox_recipient(self):
        return {"partner_ids": self.ids}
