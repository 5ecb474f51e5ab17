"""Emails from Odoo's documents that go out through the account of whoever wrote them.

They are taken out before Odoo looks for a mail server, its users' personal ones included. What becomes of them is told
by `inbox_message_chatter.py`, once it is known.
"""

import logging

import psycopg2
from odoo import fields, models
from odoo.addons.base.models.ir_mail_server import MailDeliveryException
from odoo.exceptions import UserError
from odoo.tools.mail import email_normalize, email_normalize_all

_logger = logging.getLogger(__name__)

#: What people talk in by themselves, and is no document.
NO_DOCUMENTS = ("mail.thread", "discuss.channel")


class MailMail(models.Model):
    _inherit = "mail.mail"

    state = fields.Selection(
        selection_add=[("inbox", "In the Outbox of an Account")],
        # Whether they leave is the account's matter, which is gone.
        ondelete={"inbox": lambda mails: mails.write({"state": "cancel"})},
    )

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        taken = self.browse()
        for mail in self:
            identity = mail._inbox_identity()
            if not identity:
                continue
            taken |= mail
            mail._send_through_inbox(identity, raise_exception)
            if auto_commit is True:
                if post_send_callback:
                    post_send_callback(mail.ids)
                self.env.cr.commit()
        if post_send_callback and taken:
            post_send_callback(taken.ids)
        rest = self - taken
        if not rest:
            return True
        return super(MailMail, rest).send(
            auto_commit=auto_commit, raise_exception=raise_exception, post_send_callback=post_send_callback
        )

    def _inbox_identity(self):
        """Whom this email is from, if it goes through an account: what somebody wrote to others in a document.

        Not what is for colleagues, whom Odoo notifies, nor notes; not what goes to many documents at once; and not
        what somebody chose another way for, by a mail server or an address for answers.
        """
        mail = self.sudo()
        message, none = mail.mail_message_id, self.env["inbox.identity"].sudo()
        writer = message.create_uid
        if (
            mail.state != "outgoing"
            or message.message_type != "comment"
            or not message.model
            or not message.res_id
            or message.model in NO_DOCUMENTS
            or message.is_internal
            or message.subtype_id.internal
            or message.reply_to_force_new
            or (mail.mail_server_id and not mail.mail_server_id.owner_user_id)
            or not writer
            or writer.partner_id != message.author_id
            or any(not partner.partner_share for partner in mail.recipient_ids)
        ):
            return none
        return writer._inbox_chatter_identity().sudo()

    def _send_through_inbox(self, identity, raise_exception=False):
        """Put this into the outbox of the identity's account; or tell why that cannot be."""
        self.ensure_one()
        mail = self.sudo()
        # First of all: whoever else is sending it just now, fails here and sends nothing.
        mail.write({"state": "inbox", "failure_type": False, "failure_reason": False})
        mail.flush_recordset()
        try:
            with self.env.cr.savepoint():
                mail._queue_in_inbox(identity)
        except psycopg2.Error:
            raise
        except UserError as error:
            why = str(error)
        except Exception:
            _logger.exception("Mail %s cannot be sent through an account", mail.id)
            why = self.env._("It cannot be put into words for the mail server.")
        else:
            return
        mail._inbox_ends("exception", [], [], why, "unknown")
        if raise_exception:
            raise MailDeliveryException(why)

    def _queue_in_inbox(self, identity):
        writer = self.mail_message_id.create_uid
        unfollow = self.ids if "/mail/unfollow" in (self.body_html or "") else []
        followers = self.env["mail.followers"]._get_mail_doc_to_followers(unfollow)
        entries = self._prepare_outgoing_list(doc_to_followers=followers)
        emails = [group for group in _together(entries) if any(one["email_to_normalized"] for one in group)]
        if not emails:
            raise UserError(self.env._("Nobody in it has an email address. Enter one in the contact."))
        self.mail_message_id.is_from_inbox = True
        drafts = self.env["inbox.message"].with_user(writer).with_context(lang=writer.lang)
        for group in emails:
            drafts._queue_from_chatter(self, identity, group)

    def _inbox_outcome(self, emails):
        """Write down what became of it, and tell those who look at the document.

        :param emails: rows of inbox.message that it went out as, none of which is on its way any more.
        """
        went = emails.filtered(lambda one: one.state in ("sent", "bounced"))
        people = emails.participant_ids.filtered(lambda one: one.role in ("to", "cc"))
        reached = {
            one.email_normalized
            for one in people
            if one.inbox_message_id in went and one.delivery != "rejected" and one.email_normalized
        }
        partners = [one for one in self.recipient_ids if reached & set(email_normalize_all(one.email))]
        notifications = self.env["mail.notification"].search([("mail_mail_id", "=", self.id)])
        addresses = [one for one in notifications.mapped("mail_email_address") if email_normalize(one or "") in reached]
        missing = len(partners) < len(self.recipient_ids) or any(
            email_normalize(one) not in reached for one in notifications.mapped("mail_email_address") if one
        )
        if not missing:
            self._inbox_ends("sent", partners, addresses)
            return
        why = " ".join(dict.fromkeys(one for one in (emails - went).mapped("send_error") if one))
        refused = [
            f"{one.email}: {one.delivery_text or ''}".rstrip(": ") for one in people if one.delivery == "rejected"
        ]
        why = why or "; ".join(refused) or self.env._("Not everybody in it has an email address.")
        kind = "unknown" if emails - went else "mail_email_invalid"
        self._inbox_ends("sent" if went else "exception", partners, addresses, why, kind)

    def _inbox_ends(self, state, partners, addresses, why=False, kind=None):
        self.write({"state": state, "failure_reason": why, "failure_type": kind or False})
        self._postprocess_sent_message(
            success_pids=partners, success_emails=addresses, failure_reason=why, failure_type=kind
        )


def _together(entries):
    """Odoo's emails, one for each recipient, as a mail program sends them: one to all, unless they say different
    things (links that are for one person alone), or are so many that they are not to see one another."""
    groups = {}
    for number, entry in enumerate(entries):
        shown = "X-Msg-To-Add" in entry["headers"]
        groups.setdefault(entry["body"] if shown else number, []).append(entry)
    return list(groups.values())
