"""What became of an email that was sent: written down by `sync/send.py` in one transaction, as superuser."""

from odoo import Command, fields, models
from odoo.exceptions import UserError

from ..adapters.base import Delivery, Refusal
from ..sync import conversations, deals, live
from . import error_messages


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    def _went_out(self, delivery=None):
        """It was sent: the copy for the Sent folder, and all that follows.

        :param delivery: `adapters.base.Delivery`; None: nobody knows more than that it went out.
        """
        self.ensure_one()
        now = fields.Datetime.now()
        sent = self.account_id._folder_of_role("sent")
        self.write(
            {
                "state": "sent",
                "direction": "out",
                "received_date": now,
                "is_read": True,
                "is_answered": False,
                "sending_since": False,
                "send_again_at": False,
                "send_error": False,
                "is_doubtful": False,
                "scheduled_date": False,
                "orphaned_at": False,
                "folder_ids": [Command.set(sent.ids)],
                # It is found in Sent by its Message-ID, should the server have put it there.
                "is_uploaded": True,
                "is_changed": bool(self.source),
                "changed_by_id": self.author_id.id,
            }
        )
        if delivery and delivery.email_id:
            # What the server keeps of it is known by that, whatever becomes of its Message-ID.
            self.email_id = delivery.email_id
        if delivery and delivery.thread_id and self.conversation_id:
            name = conversations.THREAD + delivery.thread_id
            conversations.remember(self.env, self.account_id, name, self.conversation_id.id)
        self._note_delivery(delivery or Delivery(frozenset(self.participant_ids.mapped("email"))))
        self._answered()
        if self.archive_after_send:
            self._archive_conversation()
        deals.link(self.env, self.ids)
        self.conversation_id._refresh_counts()
        live.tell(self.env, self.account_id.ids)
        self.env["inbox.account"]._wake_slot()

    def _note_delivery(self, delivery):
        """Write at each recipient what the server said of him, and tell the author of those whom it refused."""
        rejected = {email.lower(): refusal for email, refusal in delivery.rejected.items()}
        for person in self.participant_ids.filtered(lambda one: one.role in ("to", "cc", "bcc")):
            refusal = rejected.get((person.email or "").lower())
            person.write(
                {
                    "delivery": "rejected" if refusal else "accepted",
                    "delivery_text": refusal.text if refusal else False,
                }
            )
        if rejected:
            _ = self._in_words_of_author()._
            self._tell_author(
                _("Not sent to everybody"),
                _(
                    "The mail server refuses “%(subject)s” for: %(people)s. The others got it. Open the email to send "
                    "it to these again.",
                    subject=self.display_name,
                    people="; ".join(f"{email} ({refusal.text})" for email, refusal in delivery.rejected.items()),
                ),
            )

    def _answered(self):
        original = self.answers_id
        if original and not original.is_answered and not original.is_gone:
            original.write({"is_answered": True})

    def _archive_conversation(self):
        """Everything of the conversation that lies in the inbox goes to the archive."""
        lying = self.conversation_id.message_ids.filtered(
            lambda message: message.account_id == self.account_id and "inbox" in message.folder_ids.mapped("role")
        )
        try:
            if lying:
                lying.action_archive_email()
        except UserError as error:
            # No folder for it: sent it was in any case.
            self._tell_author(self._in_words_of_author()._("Not archived"), error.args[0])

    # ------------------------------------------------------------ what went wrong

    def _waits(self, error, then):
        """It is tried again at `then`."""
        self.write({"sending_since": False, "send_again_at": then, "send_error": self._explain_to_author(error)})
        self._note_refused(error)
        live.tell(self.env, self.account_id.ids)

    def _refused(self, error):
        """The server will never take it."""
        self._note_refused(error)
        self._not_sent(self._explain_to_author(error))

    def _given_up(self, error):
        """It was tried for long enough."""
        self._note_refused(error)
        why = self._explain_to_author(error)
        self._not_sent(self._in_words_of_author()._("It was tried for a whole day, and given up. At last: %s", why))

    def _note_refused(self, error):
        refused: dict[str, Refusal] = error.details.get("rejected") or {}
        by_address = {email.lower(): refusal for email, refusal in refused.items()}
        for person in self.participant_ids:
            refusal = by_address.get((person.email or "").lower())
            if refusal and person.role in ("to", "cc", "bcc"):
                kind = "rejected" if refusal.is_permanent else "delayed"
                person.write({"delivery": kind, "delivery_text": refusal.text})

    def _not_sent(self, why):
        """It failed, and its author is told why."""
        self.write({"state": "failed", "sending_since": False, "send_again_at": False, "send_error": why})
        self.conversation_id._refresh_counts()
        live.tell(self.env, self.account_id.ids)
        self._tell_author(self._in_words_of_author()._("Not sent: %s", self.display_name), why, lasting=True)

    def _is_in_doubt(self):
        """Nobody can tell whether it went out."""
        _ = self._in_words_of_author()._
        why = _(
            "The connection to the mail server ended while this email was being sent, before the server said whether "
            "it took it. Perhaps it was sent, perhaps not. Ask a recipient, or look into the Sent folder in another "
            "mail program; then press “It went out”, or “Edit and send again”."
        )
        self.write(
            {"state": "failed", "is_doubtful": True, "sending_since": False, "send_again_at": False, "send_error": why}
        )
        self.conversation_id._refresh_counts()
        live.tell(self.env, self.account_id.ids)
        self._tell_author(_("Perhaps sent: %s", self.display_name), why, lasting=True)

    def _copy_refused(self, error, then):
        """It was sent, but the server does not take the copy for the Sent folder; tried again at `then`."""
        if error.reason == "over_quota":
            self.account_id._mailbox_is_full(error)
        if not self.send_error:
            _ = self._in_words_of_author()._
            self._tell_author(
                _("Sent, but not saved"),
                _(
                    "“%(subject)s” was sent, but the mail server does not take the copy for the Sent folder. It is "
                    "tried again every hour. %(why)s",
                    subject=self.display_name,
                    why=self._explain_to_author(error),
                ),
            )
        self.write({"send_again_at": then, "send_error": self._explain_to_author(error)})

    # ------------------------------------------------------------ telling the author

    def _in_words_of_author(self):
        author = self.author_id or self.account_id.user_id
        return self.with_context(lang=author.lang or self.env.lang).env

    def _explain_to_author(self, error):
        return error_messages.explain(self._in_words_of_author(), error, self.account_id.connection_type)

    def _tell_author(self, title, sentence, lasting=False):
        """Tell whoever wrote it, if he may still see it.

        :param lasting: also where Odoo keeps what somebody is to know who is not here just now.
        """
        author = self.author_id
        if not author or not author.active or not self.with_user(author)._filtered_access("read"):
            return
        to_write = self.state == "failed" and not self.is_doubtful
        told = {"id": self.id, "title": title, "text": sentence, "to_write": to_write}
        author._bus_send("concord_inbox.told", told)
        if lasting:
            self.env["mail.thread"].with_context(lang=author.lang).message_notify(
                partner_ids=author.partner_id.ids, subject=title, body=sentence
            )
