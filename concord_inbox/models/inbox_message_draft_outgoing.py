"""Drafts for the server, and for the outbox: what is composed of them, and where they lie."""

from datetime import UTC, timedelta

from odoo import Command, api, fields, models

from .. import mime
from ..sync import alarm, conversations
from .inbox_message_draft_people import ROLES

#: Seconds without a change after which a draft is put on the server.
QUIET = 15


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    header_references = fields.Text(
        readonly=True, copy=False, help="Message-IDs that its header names, the one that it answers last."
    )
    put_after = fields.Datetime(
        readonly=True,
        copy=False,
        help="When what was changed in a draft shall be put on the server; none: it is there.",
    )

    _put_after_idx = models.Index("(put_after) WHERE put_after IS NOT NULL")

    def _put_soon(self, seconds=QUIET):
        """Have the draft put on the server when nobody has changed it for `seconds`; survives a closed browser."""
        when = alarm.next_second(fields.Datetime.now() + timedelta(seconds=seconds))
        is_new = not self.put_after or self.put_after > when
        self.put_after = when
        if is_new:
            # Later changes put it off; the slots look for it every minute anyway.
            self.env.ref("concord_inbox.ir_cron_sync_slot_1").sudo()._trigger(when)
            database = self.env.cr.dbname
            self.env.cr.postcommit.add(lambda: alarm.ring(database, when))

    def _bear_new_id(self):
        """Give it another Message-ID: what is put on the server, or sent, is another email than the version before."""
        self.message_id = mime.new_message_id(self.account_id.email_normalized.rpartition("@")[2])
        conversations.remember(self.env, self.account_id, self.message_id, self.conversation_id.id)

    @api.model
    def compose_close(self, draft_id):
        """The window was closed: put the draft on the server now."""
        draft = self._draft(draft_id)
        if draft.put_after:
            draft._put_soon(0)
        return True

    def _lay_into_drafts(self, *, alone=False):
        """Have the draft in the account's folder for drafts, where there is one that is followed.

        :param alone: in no other, as what is about to be put there. Until then what the server has of it stays where it
            is, also in a view of all emails.
        """
        for draft in self:
            folder = draft.account_id.folder_ids.filtered(
                lambda one: one.role == "drafts" and one.is_selectable and one.is_active
            )[:1]
            if folder and (draft.folder_ids != folder if alone else folder not in draft.folder_ids):
                draft.folder_ids = [Command.set(folder.ids)]

    def _move_to_account(self, account):
        """Let the draft be one of another account; what the server of the former has of it is deleted there."""
        account.check_access("read")
        account = account.sudo()
        if self.copy_ids or self.sudo().uploading_to_id or self.is_uploaded:
            rest = self.copy({"account_id": self.account_id.id, "conversation_id": False, "is_deleted": True})
            self.copy_ids.inbox_message_id = rest
            rest._push_soon()
        former = self.conversation_id
        references = (self.header_references or "").split()
        message_id = mime.new_message_id(account.email_normalized.rpartition("@")[2])
        [conversation] = conversations.assign(
            self.env, account, [conversations.Member((message_id, *references), self.subject or "")]
        )
        self.write(
            {
                "account_id": account.id,
                "conversation_id": conversation,
                "message_id": message_id,
                "folder_ids": [Command.clear()],
                "answers_id": False,
                "forwards_id": False,
            }
        )
        (former | self.conversation_id)._refresh_counts()

    def _outgoing(self, as_draft=False):
        """What `mime.compose()` makes an email of.

        :param as_draft: leave out addresses that are none (yet); otherwise they are left in for it to refuse.
        """
        self.ensure_one()
        # What another program named may be no Message-ID at all.
        references = mime.references_for("", self.header_references or "")
        # An answer to what has no Message-ID names the parents of that, and answers none of them (RFC 5322, 3.6.4).
        is_named = bool(not self.answers_id or self.answers_id.message_id)
        shown = self._inline_files()
        return mime.Outgoing(
            sender=mime.Mailbox(self.identity_id.name or "", self.identity_id.email or self.account_id.email),
            **{
                role: tuple(
                    mime.Mailbox(one.name or "", one.email or "")
                    for one in self._recipients_of(role)
                    if not as_draft or mime.is_address(one.email or "")
                )
                for role in ROLES
            },
            subject=self.subject or "",
            html=str(self.draft_html or ""),
            date=fields.Datetime.now().replace(tzinfo=UTC),
            message_id=self.message_id,
            in_reply_to=references[-1] if references and is_named and not self.forwards_id else "",
            references=references,
            parts=tuple(
                mime.Part(
                    one.name,
                    one.mimetype,
                    one.raw or b"",
                    one.inbox_content_id if one in shown else "",
                )
                for one in self._sent_files()
            ),
        )
