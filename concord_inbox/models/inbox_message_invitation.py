"""Invitations answered: an email to whoever invites, which its calendar understands and people can read."""

from datetime import UTC

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import html_escape

from .. import mime
from ..sync import identities
from .inbox_message_file_cards import is_calendar

#: Emails that answer one, the newest first, in which the answer to an invitation is looked for.
_ANSWERS_LOOKED_AT = 10


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    def action_answer_invitation(self, attachment_id, uid, said):
        """Open the window with the answer to an invitation that came with this email.

        :param attachment_id: the file that it is in; `uid` names it there.
        :param said: one of `mime.ANSWERS`.
        :raises AccessError: the user may not write from the account.
        :raises UserError: it cannot be answered.
        """
        self.ensure_one()
        self._check_content()
        self._check_may_send()
        file = self.file_ids.filtered(lambda one: one.id == int(attachment_id) and is_calendar(one.name, one.mimetype))
        answer = self._answer_to_invitation(file, uid, said) if file and said in mime.ANSWERS else None
        if not answer or not mime.is_address(answer.organizer.email):
            raise UserError(self.env._("This is no invitation to an address of this account that could be answered."))
        return self._open_window(self._draft_of_answer(answer, said).id)

    def _answer_to_invitation(self, file, uid, said):
        now = fields.Datetime.now().replace(tzinfo=UTC)
        own = identities.own_addresses(self.sudo().account_id)
        return mime.answer_invitation(file.with_context(bin_size=False).raw or b"", uid, own, said, now)

    def _draft_of_answer(self, answer, said):
        source = self.sudo()
        known = source.account_id._identities()
        invited = known.filtered(lambda one: one.email_normalized == answer.attendee)[:1].sudo(False)
        identity = invited or self._identity_to_answer(self)
        what = answer.summary or self.subject or ""
        who = identity.name or answer.attendee
        _ = self.env._
        subject, sentence = {
            "accepted": (_("Accepted: %s", what), _("%(who)s accepts the invitation “%(what)s”.", who=who, what=what)),
            "tentative": (_("Perhaps: %s", what), _("%(who)s perhaps comes to “%(what)s”.", who=who, what=what)),
            "declined": (_("Declined: %s", what), _("%(who)s declines the invitation “%(what)s”.", who=who, what=what)),
        }[said]
        draft = self._create_draft(
            identity,
            subject,
            references=source._references_of_answer(),
            joins=source.conversation_id,
            answers_id=source.id,
        )
        draft._set_recipients({"to": [(answer.organizer.name, answer.organizer.email)]})
        draft._attach([("reply.ics", "text/calendar", answer.content)])
        draft._store_body(mime.replace_signature(f"<p>{html_escape(sentence)}</p>", draft._signature()))
        draft.has_attachment = True
        return draft

    def _can_answer(self, event, file):
        """Whether the user is invited to this appointment in a file, and may write from the account that is."""
        if event.method != "request" or event.is_cancelled or not self.has_access("write"):
            return False
        if self.sudo().account_id._why_not_send():
            return False
        return bool(self._answer_to_invitation(file, event.uid, "accepted"))

    def _answer_given(self, uid):
        """What was last answered from here to an invitation in this email, '' for nothing; see `mime.ANSWERS`."""
        if not self.has_access("write"):
            return ""
        left = [("answers_id", "=", self.id), ("state", "in", ("scheduled", "outgoing", "sent", "bounced"))]
        for sent in self.search(left, order="date desc, id desc", limit=_ANSWERS_LOOKED_AT):
            for file in sent.file_ids.filtered(lambda one: is_calendar(one.name, one.mimetype)):
                for event in mime.read_events(file.with_context(bin_size=False).raw or b""):
                    if (event.method, event.uid) == ("reply", uid) and event.guests:
                        return event.guests[0].answer
        return ""
