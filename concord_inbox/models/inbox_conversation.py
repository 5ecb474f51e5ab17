"""Messages of one account that answer each other, with the colleagues' notes and activities about them."""

from odoo import api, fields, models

from ..sync import conversations


class InboxConversation(models.Model):
    _name = "inbox.conversation"
    _description = "Email Conversation"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "last_date desc, id desc"
    _rec_name = "subject"
    # Whoever reads a conversation may leave a note; what it consists of comes from the server alone.
    _mail_post_access = "read"

    account_id = fields.Many2one("inbox.account", required=True, index=True, ondelete="cascade", readonly=True)
    subject = fields.Char(readonly=True)
    # Odoo's chatter calls its own notes `message_ids`; here, as in JMAP, a conversation's messages are its emails,
    # and the notes are `note_ids`. The chatter itself reads mail.message by model and id, not through this field.
    message_ids = fields.One2many(
        "inbox.message", "conversation_id", "Emails", domain=[], bypass_search_access=False, readonly=True
    )
    note_ids = fields.One2many(
        "mail.message",
        "res_id",
        "Notes",
        domain=lambda self: [("model", "=", self._name), ("message_type", "!=", "user_notification")],
    )
    last_date = fields.Datetime(readonly=True)
    message_count = fields.Integer(readonly=True)
    unread_count = fields.Integer(readonly=True)
    partner_ids = fields.Many2many(
        "res.partner", "inbox_conversation_res_partner_rel", "conversation_id", "partner_id", "Contacts", readonly=True
    )

    _account_date_idx = models.Index("(account_id, last_date DESC, id DESC)")

    def _refresh_counts(self):
        """Bring counts and dates up to date after emails were changed, added or deleted."""
        conversations.refresh(self.env, self.ids)

    @api.model
    def _search_message_needaction(self, operator, operand):
        return [("note_ids.needaction", operator, operand)]

    @api.model
    def _search_message_has_error(self, operator, operand):
        if operator != "in":
            return NotImplemented
        return [("note_ids", "any", [("has_error", "=", True), ("author_id", "=", self.env.user.partner_id.id)])]

    def _message_get_suggested_recipients_batch(self, *args, **kwargs):
        # Notes stay inside: nobody outside is ever proposed as their reader.
        return {record.id: [] for record in self}

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Colleagues find a note in Odoo's own notifications; no email leaves, and customers are left out."""
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        return [{**recipient, "notif": "inbox"} for recipient in recipients if not recipient["share"]]
