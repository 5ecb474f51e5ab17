"""What has one email address by which it is found, as emails find their contacts."""

from odoo import api, fields, models

from ..mime import normalize_address
from ..sync import address_keys


class InboxAddressMixin(models.AbstractModel):
    _name = "inbox.address.mixin"
    _description = "Something with an Email Address"

    email_normalized = fields.Char(compute="_compute_email_normalized", store=True, precompute=True, index=True)
    # What is compared, see sync/address_keys.py.
    address_key = fields.Char(
        compute="_compute_address_key", store=True, index=True, copy=False, groups=fields.NO_ACCESS
    )

    @api.depends("email")
    def _compute_email_normalized(self):
        for one in self:
            one.email_normalized = normalize_address(one.email or "")

    @api.depends("email_normalized")
    def _compute_address_key(self):
        keys = address_keys.of(self.env, self.mapped("email_normalized"))
        for one in self:
            one.address_key = keys.get(one.email_normalized)
