"""The deal's side: emails are written from it, its conversations are linked to it, and it says how they stand."""

import logging

from odoo import api, fields, models

from ..sync import deals
from . import inbox_linked_mixin  # noqa: F401 (what it inherits from has to be known)

_logger = logging.getLogger(__name__)

#: Conversations whose deals are brought up to date in one transaction.
BATCH = 100


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "inbox.linked.mixin"]

    inbox_last_received_date = fields.Datetime("Last email received", readonly=True, copy=False)
    inbox_last_sent_date = fields.Datetime("Last email sent", readonly=True, copy=False)
    inbox_waiting_for = fields.Selection(
        [("us", "Us"), ("them", "Them")],
        "Emails wait for",
        readonly=True,
        copy=False,
        help="Whose turn it is to write. Of several conversations about this deal, one that waits for us counts.",
    )
    inbox_waiting_since = fields.Datetime("Emails wait since", readonly=True, copy=False)

    # Every email that arrives is matched by these.
    _inbox_partner_idx = models.Index("(partner_id) WHERE active AND won_status = 'pending'")
    _inbox_email_idx = models.Index("(email_normalized) WHERE active AND won_status = 'pending'")

    def _inbox_recipient(self):
        if self.partner_id.email and self.partner_id.has_access("read"):
            return {"partner_ids": self.partner_id.ids}
        if self.email_from:
            return {"to": [{"name": self.contact_name or self.partner_name or "", "email": self.email_from}]}
        return {}

    @api.model
    def _cron_follow_emails(self):
        """Have deals say what is new of their emails, see `sync.deals.ask_to_follow()`.

        Through the ORM, so that rules which an administrator made for changed deals see it.
        """
        cron = self.env["ir.cron"]
        conversations = self.env["inbox.conversation"]
        while stale := conversations.search([("is_deal_stale", "=", True)], limit=BATCH, order="id"):
            for lead, received, sent, turn, since in deals.news(self.env, stale.ids):
                values = {
                    "inbox_last_received_date": received,
                    "inbox_last_sent_date": sent,
                    "inbox_waiting_for": turn,
                    "inbox_waiting_since": since,
                }
                try:
                    with self.env.cr.savepoint():
                        self.with_context(tracking_disable=True).browse(lead).write(values)
                except Exception:  # a rule of somebody's own must not hold up the other deals
                    _logger.warning("Deal %s cannot be told of its emails", lead, exc_info=True)
            stale.is_deal_stale = False
            if cron._commit_progress(len(stale), remaining=1) <= 0:
                return
        cron._commit_progress(remaining=0)

    def _merge_dependences(self, opportunities):
        result = super()._merge_dependences(opportunities)
        self.env["inbox.conversation.link"]._move("crm.lead", opportunities.ids, self)
        return result
