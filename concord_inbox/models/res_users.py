from odoo import api, fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    inbox_primary_account_id = fields.Many2one(
        "inbox.account",
        "Primary Inbox",
        ondelete="set null",
        copy=False,
        # The name of a personal account is nobody else's business.
        groups=fields.NO_ACCESS,
        help="The email account that comes first in the inbox.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        users._relink_inbox()
        return users

    def write(self, vals):
        before = self.partner_id
        result = super().write(vals)
        if {"group_ids", "partner_id"} & vals.keys():
            (before | self.partner_id)._relink_inbox()
        return result

    def _relink_inbox(self):
        self.partner_id._relink_inbox()
