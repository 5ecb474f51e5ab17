"""Emails that are being written: begun, opened, saved and thrown away. The window is programmed against these methods.

A draft is written through these methods alone, by whoever may send from its account; everything else about it is as
closed to users as any other email.
"""

from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .. import mime
from ..mime.clean import one_line
from ..sync import conversations, live
from ..sync.states import OUTBOX, UNSENT

#: An email that was begun and never saved is thrown away after this.
KEEP_UNTOUCHED = timedelta(days=1)


class DraftConflictError(UserError):
    """Somebody else saved the draft meanwhile, or it is gone; `context` tells the browser which."""

    def __init__(self, message, reason):
        super().__init__(message)
        self.context = {"conflict": reason}


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    identity_id = fields.Many2one(
        "inbox.identity", "Written as", readonly=True, copy=False, ondelete="set null", index="btree_not_null"
    )
    author_id = fields.Many2one(
        "res.users", "Written by", readonly=True, copy=False, ondelete="set null", help="Who wrote it here."
    )
    answers_id = fields.Many2one(
        "inbox.message", "Answers", readonly=True, copy=False, ondelete="set null", index="btree_not_null"
    )
    forwards_id = fields.Many2one(
        "inbox.message", "Forwards", readonly=True, copy=False, ondelete="set null", index="btree_not_null"
    )
    # The whole of what the editor holds: text, signature and quotation. Sanitised before it is stored.
    draft_html = fields.Html(readonly=True, copy=False, sanitize=False, groups=fields.NO_ACCESS)
    draft_version = fields.Integer(
        default=0, readonly=True, copy=False, help="Counts the saves, so that two windows do not overwrite each other."
    )
    scheduled_date = fields.Datetime("Send at", readonly=True, copy=False)
    archive_after_send = fields.Boolean(default=False, readonly=True, copy=False)
    record_model = fields.Char(readonly=True, copy=False, help="The document from which it was begun.")
    record_id = fields.Many2oneReference("Document", model_field="record_model", readonly=True, copy=False)

    @api.model
    def _written_here_domain(self):
        """What somebody wrote here, saved, and is not known to have been sent."""
        saved = Domain("draft_version", ">", 0) & Domain("author_id", "!=", False)
        waiting = Domain("state", "in", OUTBOX)
        return Domain("is_deleted", "=", False) & (waiting | Domain("state", "=", "draft") & saved)

    def _is_written_here(self):
        if self.is_deleted or self.state not in UNSENT:
            return False
        return self.state != "draft" or bool(self.draft_version and self.sudo().author_id)

    # ------------------------------------------------------------ begun

    @api.model
    def compose_begin(self, values):
        """Begin an email; return it as `compose_open()` does.

        :param values: all optional: ``account_id, identity_id, to, cc, bcc`` (lists of ``{name, email}`` or strings),
            ``subject, body`` (HTML), ``partner_ids`` (who receive it), ``res_model, res_id`` (the document that it is
            about), ``template_id, mailto`` (a link).
        :raises UserError: there is no account to send from.
        """
        identity = self._identity_for(values.get("identity_id"), values.get("account_id"))
        people = self._people_from(values)
        record = self._record_for(values)
        draft = self._create_draft(identity, values.get("subject") or people.subject, record=record)
        draft._set_recipients({role: people.of(role) for role in ("to", "cc", "bcc")})
        body = values.get("body") or people.body or "<p><br></p>"
        draft._store_body(mime.replace_signature(draft._from_editor(body), draft._signature()))
        draft._link_conversation()
        if values.get("template_id"):
            return self.compose_apply_template(draft.id, values["template_id"], draft.draft_version)
        return draft._for_window()

    def _create_draft(self, identity, subject, record=None, references=(), joins=None, **values):
        """A new draft, with all rights. The user's right to send from the account of `identity` was asked for.

        :param joins: the conversation that it goes on with; one of the account's.
        """
        account = identity.account_id.sudo()
        message_id = mime.new_message_id(account.email_normalized.rpartition("@")[2])
        if joins:
            conversation = joins.id
            conversations.remember(account.env, account, message_id, conversation)
        else:
            [conversation] = conversations.assign(
                account.env, account, [conversations.Member((message_id, *references), subject or "")]
            )
        now = fields.Datetime.now()
        draft = self.sudo().create(
            {
                "account_id": account.id,
                "identity_id": identity.id,
                "author_id": self.env.uid,
                "conversation_id": conversation,
                "message_id": message_id,
                "header_references": " ".join(references) or False,
                "subject": subject or False,
                "date": now,
                "received_date": now,
                "email_from": identity.display_name,
                "direction": "out",
                "state": "draft",
                "is_read": True,
                "record_model": record._name if record else False,
                "record_id": record.id if record else False,
                **values,
            }
        )
        draft._set_sender()
        return draft

    @api.model
    def _record_for(self, values):
        """The document that an email is begun from, if the user may read it."""
        model, res_id = values.get("res_model"), values.get("res_id")
        if not model or not res_id or model not in self.env:
            return None
        record = self.env[model].browse(int(res_id)).exists()
        record.check_access("read")
        return record or None

    def _link_conversation(self):
        """Link the conversation to the document that the draft was begun from."""
        if record := self._record():
            self.env["inbox.conversation.link"]._link(self.conversation_id, record, "compose")

    # ------------------------------------------------------------ opened

    @api.model
    def _draft(self, draft_id):
        """The draft, with all rights, if the user may write it.

        :raises UserError: it is gone, or on its way.
        """
        draft = self.browse(int(draft_id)).exists()
        if not draft:
            raise DraftConflictError(self.env._("This draft is not here any more: it was sent or deleted."), "gone")
        draft.check_access("write")
        draft = draft.sudo()
        if draft.state not in UNSENT or draft.is_deleted:
            raise DraftConflictError(self.env._("This email was sent already and cannot be changed any more."), "sent")
        return draft

    @api.model
    def compose_open(self, draft_id):
        """All that the window shows of a draft, as a dict; see `_for_window()`."""
        draft = self._draft(draft_id)
        draft._complete_foreign()
        return draft._for_window()

    def _for_window(self):
        self.ensure_one()
        body, quote = self._for_editor(str(self.draft_html or ""))
        # The draft is at hand with all rights; whom its reader may write as is another matter.
        identities = self.sudo(False).compose_identities()
        people = self._recipients_for_window()
        return {
            "id": self.id,
            "version": self.draft_version or 0,
            "state": self.state,
            "identity_id": self.identity_id.id,
            "account_id": self.account_id.id,
            **people,
            "subject": self.subject or "",
            "body": body,
            "quote": quote,
            "has_quote": bool(quote),
            "signature_id": self.identity_id.id,
            "attachments": self._files_for_window(),
            "size": self._estimated_size(),
            "size_limit": self._size_limit(),
            "scheduled_date": fields.Datetime.to_string(self.scheduled_date) if self.scheduled_date else False,
            "archive_after_send": bool(self.archive_after_send),
            "answers_id": self.answers_id.id,
            "forwards_id": self.forwards_id.id,
            "conversation_id": self.conversation_id.id,
            "record": self._record_for_window(),
            "identities": identities,
            "templates_available": bool(self._templates("", limit=1)),
            "saved_at": fields.Datetime.to_string(self.write_date),
        }

    def _record(self):
        """The document that it is about, in the user's own environment; None when it is gone or hidden."""
        if not self.record_model or self.record_model not in self.env:
            return None
        record = self.env[self.record_model].sudo(False).browse(self.record_id).exists()
        return record if record and record.has_access("read") else None

    def _record_for_window(self):
        record = self._record()
        return {"model": record._name, "id": record.id, "name": record.display_name} if record else False

    # ------------------------------------------------------------ saved

    @api.model
    def compose_save(self, draft_id, values, version):
        """Store what changed in the window.

        :param values: any of ``to, cc, bcc, subject, body, quote`` (False: taken out), ``identity_id,
            archive_after_send``.
        :param version: which version the window began with.
        :return: ``{version, saved_at, size, warnings}``
        :raises UserError: another window saved it meanwhile, or it is gone (`context.conflict` says which).
        """
        draft = self._draft(draft_id)
        if (draft.draft_version or 0) != version:
            raise DraftConflictError(
                self.env._("This draft was changed in another window or program meanwhile. Open it again to go on."),
                "changed",
            )
        draft._editable_again()
        draft._save(values)
        return {
            "version": draft.draft_version,
            "saved_at": fields.Datetime.to_string(draft.write_date),
            "size": draft._estimated_size(),
            "warnings": draft._warnings(),
        }

    def _editable_again(self):
        """Take it back from its way out, if it has not begun to leave."""
        if self.state == "failed":
            self._be_drafts()
            # Should it have gone out after all, what is sent next is not taken for the same.
            self._bear_new_id()
        elif self.state != "draft" and not self._unqueue():
            raise DraftConflictError(
                self.env._("This email has begun to leave and cannot be changed any more."), "sent"
            )
        if self.scheduled_date:
            self.scheduled_date = False

    def _save(self, values):
        """Store `values` as of `compose_save()`, and have the server told in a while."""
        self._complete_foreign()
        if "identity_id" in values and values["identity_id"] != self.identity_id.id:
            self._write_as(self.env["inbox.identity"].sudo(False).browse(values["identity_id"]), "body" in values)
        changes = {"draft_version": (self.draft_version or 0) + 1, "author_id": self.env.uid}
        if "subject" in values:
            changes["subject"] = one_line(values["subject"] or "") or False
        if "archive_after_send" in values:
            changes["archive_after_send"] = bool(values["archive_after_send"])
        if recipients := {role: self._people(values[role]) for role in ("to", "cc", "bcc") if role in values}:
            self._set_recipients(recipients)
        if "body" in values or "quote" in values:
            body, quote = mime.split_quote(str(self.draft_html or ""))
            if "body" in values:
                body = self._from_editor(values["body"] or "")
            if "quote" in values:
                quote = self._from_editor(values["quote"] or "")
            self._store_body(body + quote)
        now = fields.Datetime.now()
        self.write({**changes, "date": now, "received_date": now})
        self._lay_into_drafts()
        self._put_soon()
        self.conversation_id._refresh_counts()
        live.tell(self.env, self.account_id.ids)

    def _write_as(self, identity, has_body):
        """Let it be from another identity, and move to its account."""
        identity.check_access("read")
        if identity.account_id != self.account_id.sudo(False):
            self._move_to_account(identity.account_id)
        self.identity_id = identity
        self._set_sender()
        if not has_body:
            self._store_body(mime.replace_signature(str(self.draft_html or ""), self._signature()))

    # ------------------------------------------------------------ thrown away

    @api.model
    def compose_discard(self, draft_id):
        """Throw a draft away, here and on the server."""
        draft = self._draft(draft_id)
        draft._editable_again()
        draft._throw_away()
        return True

    def _throw_away(self):
        """Delete drafts; on the server where they are there, or may be."""
        conversation, accounts = self.conversation_id, self.account_id
        there = self.filtered(lambda draft: draft.copy_ids or draft.sudo().uploading_to_id or draft.is_uploaded)
        (self - there).unlink()
        if there:
            there.write({"is_deleted": True, "put_after": False, "folder_ids": [Command.clear()]})
            there.with_env(self.env)._push_soon()
        conversation.exists()._refresh_counts()
        live.tell(self.env, accounts.ids)

    @api.autovacuum
    def _gc_untouched_drafts(self):
        untouched = self.sudo().search(
            [
                ("state", "=", "draft"),
                ("author_id", "!=", False),
                ("draft_version", "=", 0),
                ("put_after", "=", False),
                ("copy_ids", "=", False),
                ("create_date", "<", fields.Datetime.now() - KEEP_UNTOUCHED),
            ],
            limit=1000,
        )
        untouched._throw_away()
