"""Emails of the outbox that were written in a document of Odoo, whose chatter is told what became of them."""

from markupsafe import Markup
from odoo import api, fields, models
from odoo.tools.mail import email_split_tuples

# What is extended here must be there before: Odoo goes by the order of the imports.
from ..sync.states import WAITING
from . import inbox_message_bounced, inbox_message_draft, inbox_message_outbox, inbox_message_sending  # noqa: F401


class MailMessage(models.Model):
    _inherit = "mail.message"

    is_from_inbox = fields.Boolean(
        default=False,
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="It went out through somebody's account, where the answers to it arrive.",
    )


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    chatter_mail_id = fields.Many2one(
        "mail.mail", readonly=True, copy=False, ondelete="set null", index="btree_not_null", groups=fields.NO_ACCESS
    )
    chatter_message_id = fields.Many2one(
        "mail.message",
        "Message of a document",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups=fields.NO_ACCESS,
    )

    @api.model
    def _queue_from_chatter(self, mail, identity, entries):
        """Put an email of a document into the outbox, in the environment of the user who wrote it.

        :param mail: as superuser; `identity`: whom it is from, one of an account that the user may send from.
        :param entries: of `mail.mail._prepare_outgoing_list()`, who get the same text.
        :raises UserError: it cannot be sent, and why.
        """
        first = entries[0]
        message = mail.mail_message_id
        document = self.env[message.model].browse(message.res_id)
        references = self._public_references(message, (first["references"] or "").split())
        values = {"chatter_mail_id": mail.id, "chatter_message_id": message.id, "draft_version": 1}
        known = self.sudo().search_count(
            [("account_id", "=", identity.account_id.id), ("message_id", "=", message.message_id)], limit=1
        )
        if known:
            # Two emails of one account are told apart by their Message-ID; their answers name this one as well.
            references.append(message.message_id)
        else:
            values["message_id"] = message.message_id
        draft = self._create_draft(
            identity.sudo(False).with_env(self.env), first["subject"], document, references, **values
        )
        draft._set_recipients(
            {
                role: self._people(
                    [
                        {"name": name, "email": email}
                        for entry in entries
                        for formatted in entry[f"email_{role}"]
                        if entry["email_to_normalized"]
                        for name, email in email_split_tuples(formatted)
                    ]
                )
                for role in ("to", "cc")
            }
        )
        draft._attach([(name, mimetype, content) for name, content, mimetype in first["attachments"]])
        draft._store_body(draft._from_editor(first["body"] or str(Markup("<p><br></p>"))))
        if document.exists() and document.has_access("read"):
            draft._link_conversation()
        draft._queue()
        return draft

    @api.model
    def _public_references(self, message, references):
        """Those of `references` that people outside have seen. Odoo names its notes as well, and the email itself."""
        before = self.env["mail.message"].sudo().search(
            [
                ("message_id", "in", references),
                ("id", "!=", message.id),
                ("model", "=", message.model),
                ("res_id", "=", message.res_id),
                ("message_type", "in", ("comment", "email", "email_outgoing")),
                ("is_internal", "=", False),
                ("subtype_id.internal", "=", False),
            ],
            order="id",
        )  # fmt: skip
        return before.mapped("message_id")

    # ------------------------------------------------------------ what became of them

    def _went_out(self, delivery=None):
        result = super()._went_out(delivery)
        self._tell_chatter()
        return result

    def _not_sent(self, why):
        result = super()._not_sent(why)
        self._tell_chatter()
        return result

    def _is_in_doubt(self):
        result = super()._is_in_doubt()
        self._tell_chatter()
        return result

    def _tell_chatter(self):
        """Have the document say whether it was sent, once all emails that it was sent as have an end."""
        for mail in self.sudo().chatter_mail_id:
            emails = self.sudo().search([("chatter_mail_id", "=", mail.id)])
            if not any(one.state in ("draft", *WAITING) for one in emails):
                mail._inbox_outcome(emails)

    def _came_back(self):
        result = super()._came_back()
        for email in self.sudo().filtered("chatter_message_id"):
            people = email.participant_ids.filtered(lambda one: one.delivery == "bounced")
            addresses = set(people.mapped("email_normalized"))
            notifications = email.chatter_message_id.notification_ids.filtered(
                lambda one, addresses=addresses: (
                    one.notification_type == "email"
                    and addresses & {one.res_partner_id.email_normalized, one.mail_email_address}
                )
            )
            notifications.write(
                {
                    "notification_status": "bounce",
                    "failure_type": "mail_bounce",
                    "failure_reason": email.send_error,
                }
            )
            email.chatter_message_id._notify_message_notification_update()
        return result

    def _throw_away(self):
        self._leave_chatter()
        return super()._throw_away()

    def _leave_outbox(self):
        result = super()._leave_outbox()
        self._leave_chatter()
        return result

    def unlink(self):
        self._leave_chatter()
        return super().unlink()

    def _leave_chatter(self):
        """These are thrown away: what was not sent will not be."""
        waiting = self.sudo().filtered(lambda one: one.state not in ("sent", "bounced")).chatter_mail_id
        for mail in waiting.filtered(lambda one: one.state == "inbox"):
            mail.cancel()
            mail.env["mail.notification"].search([("mail_mail_id", "=", mail.id)]).write(
                {"notification_status": "canceled"}
            )
            mail.mail_message_id._notify_message_notification_update()
