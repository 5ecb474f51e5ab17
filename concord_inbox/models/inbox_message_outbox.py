"""Emails on their way out: when they may leave, and what the user can do about it. What becomes of them, and how it is
written down, is in `inbox_message_sending.py`; who sends them in `sync/send.py`."""

from dataclasses import replace
from datetime import UTC

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .. import mime
from ..mime.errors import ComposeError
from ..sync import alarm, live, outgoing
from ..sync.states import OUTBOX, WAITING

DEFAULT_UNDO, LONGEST_UNDO = 10, 60  # seconds


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    send_after = fields.Datetime(readonly=True, copy=False, help="It does not leave before.")
    sending_since = fields.Datetime(
        readonly=True,
        copy=False,
        help="The mail server had all of it but the end, and nobody has heard yet what became of it.",
    )
    send_attempts = fields.Integer(default=0, readonly=True, copy=False)
    send_tried_since = fields.Datetime(readonly=True, copy=False, help="When it was tried for the first time.")
    send_again_at = fields.Datetime(readonly=True, copy=False, help="When it is tried again, or looked for again.")
    send_error = fields.Char("Why it was not sent", readonly=True, copy=False)
    is_doubtful = fields.Boolean(
        "Perhaps sent", default=False, readonly=True, copy=False, help="Nobody knows whether the mail server took it."
    )
    send_notice = fields.Char("About sending", compute="_compute_send_notice")
    rejected_ids = fields.Many2many("inbox.participant", string="Did not get it", compute="_compute_rejected_ids")
    has_rejected = fields.Boolean(compute="_compute_rejected_ids")

    _outgoing_idx = models.Index("(account_id, send_after) WHERE state IN ('scheduled', 'outgoing')")
    _send_again_idx = models.Index("(account_id, send_again_at) WHERE send_again_at IS NOT NULL")
    _failed_idx = models.Index("(account_id) WHERE state = 'failed'")

    # ------------------------------------------------------------ computed

    @api.depends("state", "send_after", "send_again_at", "sending_since", "send_error", "account_id.state")
    @api.depends_context("tz", "lang")
    def _compute_send_notice(self):
        for message in self:
            message.send_notice = message._notice() if message.state in (*OUTBOX, "bounced") else False

    def _notice(self):
        _ = self.env._
        account, why = self.sudo().account_id, self.send_error or ""
        if self.state == "bounced":
            return why
        if self.state == "failed":
            # data/neutralize.sql has no words.
            return why or _("It was not sent from here: this is a copy of the database that it was written in.")
        if self.sending_since:
            return _("It is being sent just now.")
        if account.state != "connected":
            return _("It waits, because the account %s is not connected. It leaves once the account is.", account.name)
        if self.send_again_at and self.send_again_at > fields.Datetime.now():
            return _("%(why)s Next try: %(time)s.", why=why, time=self._in_words(self.send_again_at)).strip()
        if self.state == "scheduled":
            return _("It leaves %s.", self._in_words(self.send_after))
        return _("It leaves in a moment.")

    def _in_words(self, moment):
        """A moment (naive, UTC) in the user's zone and language."""
        local = fields.Datetime.context_timestamp(self, moment)
        lang = self.env["res.lang"]._get_data(code=self.env.lang or "en_US")
        return local.strftime(f"{lang.date_format or '%Y-%m-%d'} {lang.time_format or '%H:%M'}")

    @api.depends("participant_ids.delivery")
    def _compute_rejected_ids(self):
        for message in self:
            message.rejected_ids = message.participant_ids.filtered(lambda one: one.delivery in ("rejected", "bounced"))
            message.has_rejected = bool(message.rejected_ids)

    # ------------------------------------------------------------ into the outbox and out of it again

    def _queue(self, send_after=None):
        """Let these drafts leave, not before `send_after` (naive, UTC; None: at once); as superuser.

        What is sent is put into words now, so that whatever is wrong with it is told to whoever pressed the button. An
        email for which the user chose a time of their own (`scheduled_date`) is *scheduled*, others *outgoing*.

        :raises UserError: it cannot be sent, and why.
        """
        now = fields.Datetime.now()
        # By the database's clock, as it is read: another machine's, or process's, may be ahead of it.
        send_after = alarm.next_second(send_after) if send_after else self.env.cr.now().replace(microsecond=0)
        for message in self:
            message._check_can_be_queued()
            composed = message._composed(max(send_after, now))
            outgoing.store_source(message, composed)
            message.write(
                {
                    "state": "scheduled" if message.scheduled_date else "outgoing",
                    "direction": "out",
                    "is_read": True,
                    "send_after": send_after,
                    **_UNSENT,
                }
            )
            message.participant_ids.write({"delivery": False, "delivery_text": False})
        live.tell(self.env, self.account_id.ids)
        self.conversation_id._refresh_counts()
        self.env["inbox.account"]._wake_sender(send_after)

    def _check_can_be_queued(self):
        if self.state != "draft":
            raise UserError(self.env._("Only drafts can be sent; this email is none any more."))
        if self.is_deleted or self.is_gone:
            raise UserError(self.env._("This draft was deleted."))
        account = self.account_id
        if not account.active or account.state != "connected":
            raise UserError(
                self.env._("The account %s is not connected. Connect it, then send the email.", account.name)
            )
        if not account._can_send():
            raise UserError(
                self.env._(
                    "The account %s has no SMTP server, so that nothing can be sent from it. Enter one in its form.",
                    account.name,
                )
            )

    def _composed(self, moment):
        """The bytes of this draft, with Bcc, dated `moment` (naive, UTC).

        :raises UserError: something in it cannot be put into an email.
        """
        wanted = replace(self._outgoing(), date=moment.replace(tzinfo=UTC))
        if not (wanted.to or wanted.cc or wanted.bcc):
            raise UserError(self.env._("Nobody would get this email. Enter somebody in To, Cc or Bcc."))
        try:
            return mime.compose(wanted)
        except ComposeError as error:
            raise UserError(self._explain_compose(error)) from error

    def _explain_compose(self, error):
        _ = self.env._
        field = {
            "to": _("To"),
            "cc": _("Cc"),
            "bcc": _("Bcc"),
            "reply_to": _("Reply-To"),
            "sender": _("From"),
            "subject": _("Subject"),
        }.get(error.field, error.field or "")
        return _(
            "This email cannot be sent as it is: check the field %(field)s (%(why)s).", field=field, why=error.reason
        )

    def _leave_now(self):
        """Let what waits for its time leave at once, as superuser."""
        now = fields.Datetime.now()
        self.write({"send_after": now, "send_again_at": False})
        self.env["inbox.account"]._wake_sender(now)

    def _unqueue(self):
        """Make these drafts again, as superuser; return whether all of them were stopped before they began to leave."""
        self.flush_recordset()
        # Waits for whoever is taking one of them just now; PostgreSQL then refuses, and the request begins anew.
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM inbox_message
                    WHERE id = ANY(%s) AND state IN %s AND sending_since IS NULL FOR UPDATE""",
                self.ids,
                WAITING,
            )
        )
        stopped = self.browse(message for (message,) in rows)
        stopped._be_drafts()
        return stopped == self

    def _be_drafts(self):
        if self:
            self.write({"state": "draft", "send_after": False, "scheduled_date": False, "source": False, **_UNSENT})
            self._put_soon()
            live.tell(self.env, self.account_id.ids)

    def _source_to_send(self):
        """The bytes of this email, with Bcc."""
        self.ensure_one()
        return outgoing.source_of(self)

    # ------------------------------------------------------------ actions

    def action_send(self):
        """Send these drafts at once."""
        self._check_may_send()
        self.sudo().write({"scheduled_date": False})
        self.sudo()._queue()
        return True

    def action_send_now(self):
        """Send at once what is scheduled for later, or waits to be tried again."""
        self._check_may_send()
        for message in self.sudo():
            if message.state == "scheduled":
                message._stop_or_refuse()
                message._queue()
            elif message.state == "outgoing" and not message.sending_since:
                message._leave_now()
        return True

    def action_cancel_scheduled(self):
        """Make drafts of what has not begun to leave."""
        self._check_may_send()
        self.sudo()._stop_or_refuse()
        return True

    def _stop_or_refuse(self):
        if any(message.state not in WAITING for message in self) or not self._unqueue():
            raise UserError(self.env._("It is too late: the email is being sent, or was sent already."))

    def action_send_again(self):
        """Edit what could not be sent, or perhaps was: it is a draft again."""
        self._check_may_send()
        failed = self.sudo()
        if any(message.state != "failed" for message in failed):
            raise UserError(self.env._("Only what could not be sent is sent again."))
        failed._be_drafts()
        for message in failed:
            # Should it have gone out after all, what is sent next is another email.
            message._bear_new_id()
        return self.action_edit_draft() if len(self) == 1 else True

    def action_mark_as_sent(self):
        """The user says that an email went out of which nobody knew."""
        self._check_may_send()
        doubtful = self.sudo()
        if any(message.state != "failed" or not message.is_doubtful for message in doubtful):
            raise UserError(self.env._("Of this email it is known whether it was sent."))
        for message in doubtful:
            message._went_out()
        return True

    def action_send_to_rejected(self):
        """Write the same once more to those whom the mail server refused."""
        self.ensure_one()
        self._check_may_send()
        rejected = self.rejected_ids
        if not rejected:
            raise UserError(self.env._("The mail server took this email for everybody."))
        draft = self._begin_edit_as_new(self, goes_on=True)
        people = [{"name": one.name or "", "email": one.email} for one in rejected]
        self.browse(draft["id"]).compose_save(draft["id"], {"to": people, "cc": [], "bcc": []}, draft["version"])
        return self.browse(draft["id"]).action_edit_draft()

    def _check_may_send(self):
        """Raise unless the user may write with the accounts of these emails."""
        self.check_access("write")
        # Emails on a contact's page are readable, too; writing as somebody needs the account.
        self.sudo().account_id.sudo(False).with_env(self.env).check_access("read")
        if not self.env.su and not self.env.user.has_group("concord_inbox.group_inbox_user"):
            raise AccessError(self.env._("You have no right to send emails."))

    def action_trash(self):
        self._leave_outbox()
        return super().action_trash()

    def action_delete(self):
        self._leave_outbox()
        return super().action_delete()

    def _leave_outbox(self):
        """What is thrown away is not sent."""
        self.check_access("write")
        waiting = self.sudo().filtered(lambda message: message.state in OUTBOX)
        leaving = waiting.filtered(lambda message: message.state != "failed")
        if leaving:
            leaving._stop_or_refuse()
        (waiting - leaving)._be_drafts()


#: Of an email that nobody tried to send yet.
_UNSENT = {
    "sending_since": False,
    "send_attempts": 0,
    "send_tried_since": False,
    "send_again_at": False,
    "send_error": False,
    "is_doubtful": False,
}


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    def _can_send(self):
        """Whether the account has what it takes to send."""
        self.ensure_one()
        return self.connection_type != "imap" or bool(self.smtp_host)

    @api.model
    def _undo_seconds(self):
        """Seconds that an email waits before it leaves, so that its writer can think again."""
        value = self.env["ir.config_parameter"].sudo().get_param("concord_inbox.undo_send_seconds")
        return min(int(value), LONGEST_UNDO) if value and value.isdigit() else DEFAULT_UNDO
