"""Emails that came back: what a delivery report says of one that was sent, see `sync/reports.py`."""

from odoo import fields, models

#: Recipients named in a sentence.
NAMED = 5


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    # What this email says, being a delivery report: of which email (its Message-ID), and by recipient.
    reports_on = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    reported = fields.Json(readonly=True, copy=False, groups=fields.NO_ACCESS)

    _reports_on_idx = models.Index("(account_id, reports_on) WHERE reports_on IS NOT NULL")

    def _came_back(self):
        """These were sent, and for some recipients there is no hope; as superuser."""
        for message in self:
            _ = message._in_words_of_author()._
            people = [
                _("%(address)s (“%(server_text)s”)", address=one.email, server_text=one.delivery_text)
                if one.delivery_text
                else one.email or ""
                for one in message.participant_ids.filtered(lambda one: one.delivery == "bounced")
            ]
            if len(people) > NAMED:
                people[NAMED:] = [_("and %s more", len(people) - NAMED)]
            why = _(
                "It came back and was not delivered to: %s. Ask for another address, or correct it and send the email "
                "again.",
                ", ".join(people),
            )
            message.write({"state": "bounced", "is_doubtful": False, "send_error": why})
            message._tell_author(_("Not delivered: %s", message.display_name), why, lasting=True)
