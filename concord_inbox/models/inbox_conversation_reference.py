"""Which conversation a message id stands for, whether its email is here or only named by another."""

from odoo import fields, models


class InboxConversationReference(models.Model):
    _name = "inbox.conversation.reference"
    _description = "Message-ID known to a Conversation"
    _rec_name = "reference"
    _log_access = False  # a narrow table: it has several rows for every email

    account_id = fields.Many2one("inbox.account", required=True, ondelete="cascade", readonly=True)
    conversation_id = fields.Many2one(
        "inbox.conversation", required=True, index=True, ondelete="cascade", readonly=True
    )
    reference = fields.Char(required=True, readonly=True)

    _account_reference_unique = models.UniqueIndex("(account_id, reference)")
