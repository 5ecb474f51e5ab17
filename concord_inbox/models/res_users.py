from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    inbox_primary_account_id = fields.Many2one(
        "inbox.account",
        "Primary Inbox",
        ondelete="set null",
        copy=False,
        help="The email account that comes first in the inbox.",
    )
