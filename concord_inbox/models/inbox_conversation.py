"""Messages of one account that answer each other, with the colleagues' notes and activities about them."""

from odoo import api, fields, models

from ..sync import clock, conversations, live


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
    visibility = fields.Selection(
        [("private", "Private"), ("shared", "Shared")],
        "Shown to colleagues",
        readonly=True,
        help="Private: on nobody's page of a contact but for those who read the account. Shared: all of it for whoever "
        "may see the contact. Otherwise as the account says.",
    )
    last_date = fields.Datetime(readonly=True)
    message_count = fields.Integer(readonly=True)
    unread_count = fields.Integer(readonly=True)
    partner_ids = fields.Many2many(
        "res.partner", "inbox_conversation_res_partner_rel", "conversation_id", "partner_id", "Contacts", readonly=True
    )

    waiting_for = fields.Selection(
        [("us", "Us"), ("them", "Them")],
        readonly=True,
        help="Whose turn it is to write, in a conversation that is linked to a contact or a document.",
    )
    waiting_since = fields.Datetime(readonly=True)
    last_received_date = fields.Datetime(readonly=True)
    last_sent_date = fields.Datetime(readonly=True)
    settled_date = fields.Datetime(readonly=True, help="What came until then needs no answer, somebody said.")
    is_deal_stale = fields.Boolean(default=False, readonly=True, help="Its deals shall say what is new of its emails.")

    _account_date_idx = models.Index("(account_id, last_date DESC, id DESC)")
    _waiting_idx = models.Index("(waiting_for, waiting_since) WHERE waiting_for IS NOT NULL")
    _deal_stale_idx = models.Index("(id) WHERE is_deal_stale")

    # ------------------------------------------------------------ privacy

    def action_make_private(self):
        """Show this conversation on no contact's page but to those who read the account."""
        self._set_visibility("private")

    def action_share(self):
        """Show all of this conversation to whoever may see its contacts."""
        self._set_visibility("shared")

    def action_follow_account(self):
        """Show as much of this conversation as the account says."""
        self._set_visibility(False)

    def _set_visibility(self, visibility):
        self.check_access("read")
        self.sudo().visibility = visibility

    # ------------------------------------------------------------ whose turn it is

    def action_settle(self):
        """Say that what has come so far needs no answer."""
        self.check_access("read")
        self.sudo().settled_date = fields.Datetime.now()
        self._refresh_clock()

    def action_unsettle(self):
        """Take that back."""
        self.check_access("read")
        self.sudo().settled_date = False
        self._refresh_clock()

    def _is_settled(self):
        """Whether it would wait for us, had nobody said that no answer is needed."""
        received, sent, settled = self.last_received_date, self.last_sent_date, self.settled_date
        return bool(received and settled and received <= settled and not (sent and sent >= received))

    def _refresh_clock(self):
        self.flush_recordset()
        clock.refresh(self.env, self.ids)
        live.tell(self.env, self.sudo().account_id.ids)

    # ------------------------------------------------------------ kept up to date

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
        """Colleagues find a note in Odoo's own notifications; no email leaves, and customers are left out.

        So are followers who may not read the conversation (any more), unless the note names them.
        """
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        named = set(message.sudo().partner_ids.ids)
        return [
            {**recipient, "notif": "inbox"}
            for recipient in recipients
            if not recipient["share"] and (recipient["id"] in named or self._is_read_by(recipient["uid"]))
        ]

    def _is_read_by(self, user_id):
        return bool(user_id) and self.with_user(user_id).has_access("read")
