"""The emails that an email may quote: what it says beyond them is its writer's own."""

from odoo import models
from odoo.fields import Domain

#: Earlier emails of one conversation that are looked at, the newest first: as a rule these quote those before them.
MOST = 20


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    def _quotable(self):
        """Yield the HTML and the text of earlier emails of the conversation, as far as the user may read them."""
        self.ensure_one()
        conversation = self.sudo().conversation_id
        if not conversation:
            return
        domain = Domain("conversation_id", "=", conversation.id) & Domain("state", "!=", "draft")
        domain &= Domain("id", "!=", self.id)
        if self.date and self.state != "draft":
            domain &= Domain("date", "<=", self.date)
        for other in self.search(domain, limit=MOST, order="date desc, id desc"):
            # Neither another copy of this one, nor an answer to it with a wrong date: they have all its words.
            own = self.message_id
            if own and (other.message_id == own or own in (other.sudo().header_references or "").split()):
                continue
            if other.is_content_readable:
                yield str(other.body_html or ""), other.body_text or ""
