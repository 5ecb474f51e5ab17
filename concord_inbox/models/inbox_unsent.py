"""Emails that somebody tried to send by way of a draft at the provider, and of which nobody saw yet that they went out.

Not on the email's row: it may be edited under another Message-ID, thrown away or moved to another account meanwhile.
"""

from odoo import fields, models


class InboxUnsent(models.Model):
    _name = "inbox.unsent"
    _description = "Email Tried to be Sent"
    _rec_name = "message_id"
    _log_access = False

    account_id = fields.Many2one("inbox.account", required=True, ondelete="cascade", readonly=True)
    message_id = fields.Char("Message-ID", required=True, readonly=True)

    _account_message_unique = models.UniqueIndex("(account_id, message_id)")
