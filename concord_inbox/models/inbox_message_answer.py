"""Answers that arrive in accounts, posted on the documents that they answer.

Whoever writes must have been written to, or follow the document, or be its customer: a Message-ID that somebody guessed
opens nothing. An answer is posted once, and told to nobody outside.
"""

import logging

import psycopg2
from markupsafe import Markup
from odoo import api, fields, models
from odoo.tools import plaintext2html
from odoo.tools.mail import email_normalize

from ..sync import answers, matching
from .mail_mail import NO_DOCUMENTS

_logger = logging.getLogger(__name__)

BATCH = 50


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    answers_chatter_id = fields.Many2one(
        "mail.message",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups=fields.NO_ACCESS,
        help="The message of a document that it answers, until it was posted there, or was found not to be for it.",
    )

    @api.model
    def _wake_answers(self):
        self.env.ref("concord_inbox.ir_cron_post_answers").sudo()._trigger()

    @api.model
    def _cron_post_answers(self):
        cron, waiting = self.env["ir.cron"], [("answers_chatter_id", "!=", False)]
        while emails := self.search(waiting, order="id", limit=BATCH):
            for email in emails:
                try:
                    with self.env.cr.savepoint():
                        email._post_answer()
                except psycopg2.Error:
                    # Nobody's fault: it is tried again.
                    raise
                except Exception:
                    _logger.exception("Email %s cannot be posted on the document that it answers", email.id)
                email.answers_chatter_id = False
                if not cron._commit_progress(1, remaining=self.search_count(waiting)):
                    return

    def _post_answer(self):
        """Post this email on the document that it answers, if it is for it; as superuser."""
        self.ensure_one()
        asked = self.answers_chatter_id
        record = self._document_of(asked)
        people = self.participant_ids
        sender = people.filtered(lambda one: one.role == "from")[:1]
        address = sender.email_normalized
        if not record or not address or not self._is_for_colleagues(asked):
            return
        if matching.is_own_or_blocked(self.env, self.account_id, address):
            return
        may_answer, author = self._may_answer(record, asked, address)
        if not may_answer or self.env["mail.message"].search_count([("message_id", "=", self.message_id)], limit=1):
            return
        there = {
            role: ", ".join(people.filtered(lambda one, role=role: one.role == role).mapped("display_name"))
            for role in ("to", "cc")
        }
        record.with_user(self.env.ref("base.user_root")).with_context(
            mail_create_nosubscribe=True,
            mail_create_nolog=True,
            mail_post_autofollow_author_skip=not author,
            inbox_answer_known_to=self._known_to(),
        ).message_post(
            body=self._body_for_chatter(),
            subject=self.subject,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            email_from=self.email_from,
            author_id=author.id or None,
            parent_id=asked.id,
            message_id=self.message_id,
            date=self.date,
            incoming_email_to=there["to"],
            incoming_email_cc=there["cc"],
            attachments=[
                (one.name, one.raw or b"", {"cid": one.inbox_content_id} if one.inbox_content_id else {})
                for one in self.attachment_ids
            ],
        )

    def _document_of(self, asked):
        if not asked.model or not asked.res_id or asked.model in NO_DOCUMENTS or asked.model not in self.env:
            return None
        record = self.env[asked.model].browse(asked.res_id).exists()
        return record if record and hasattr(record, "message_post") else None

    def _is_for_colleagues(self, asked):
        """Whether the account may tell the document of it: the one that asked does, others as their owners let them."""
        if self.is_deleted or set(self.folder_ids.mapped("role")) & answers.NOT_IN:
            return False
        if not self.env["res.users"]._inbox_chatter_is_allowed() or self.conversation_id.visibility == "private":
            return False
        asking = self.search([("chatter_message_id", "=", asked.id)]).account_id
        return self.account_id in asking or self.visibility == "everything"

    def _may_answer(self, record, asked, address):
        """Whether `address` was written to, or has to do with `record` anyway; and the contact whose it is, if any."""
        partners = (
            asked.partner_ids
            | asked.notification_ids.res_partner_id
            | record.message_partner_ids
            | record._mail_get_partners()[record.id]
        )
        author = partners.filtered(lambda one: one.email_normalized == address)[:1]
        if author:
            return True, author
        written_to = {email_normalize(one or "") for one in asked.notification_ids.mapped("mail_email_address")}
        sent = self.search([("chatter_message_id", "=", asked.id)])
        written_to |= set(sent.participant_ids.filtered(lambda one: one.role != "from").mapped("email_normalized"))
        known = self.participant_ids.filtered(lambda one: one.role == "from")[:1].partner_id
        return address in written_to, known

    def _known_to(self):
        """Addresses of colleagues who have the email in an account of theirs."""
        copies = self.search([("message_id", "=", self.message_id)])
        return tuple(copies.account_id.user_id.mapped("email_normalized"))

    def _body_for_chatter(self):
        # Sanitised by mime/ before it was stored, and by Odoo once more, which folds what is quoted.
        return Markup(self.content_html) if self.content_html else plaintext2html(self.content_text or "")  # noqa: S704


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        known_to = self.env.context.get("inbox_answer_known_to")
        if known_to is None:
            return recipients
        # An answer came to one of us; others outside get it from whoever wrote it, or not at all.
        return [
            one
            for one in recipients
            if not one["share"] and not (one["notif"] == "email" and one["email_normalized"] in known_to)
        ]
