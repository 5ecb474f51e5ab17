"""An account that comes to belong to another company: its emails follow, and its contacts are that company's."""

from odoo import models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..sync import links, live


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    def write(self, vals):
        if "company_id" not in vals:
            return super().write(vals)
        if not self.env.su and vals["company_id"] not in self.env.user.company_ids.ids:
            raise AccessError(self.env._("An email account can only be given to a company that you work for."))
        moved = self.sudo().filtered(lambda account: account.company_id.id != vals["company_id"])
        for account in moved:
            live.send(account)  # those of the former company look again, too
        result = super().write(vals)
        if moved:
            live.tell(self.env, moved.ids)
            moved._relink_contacts()
        return result

    def _relink_contacts(self):
        """Link the emails of these accounts to whose contact their people are now."""
        self.flush_recordset(["company_id"])
        addresses = self.env.execute_query(
            SQL(
                """SELECT DISTINCT participant.email_normalized
                     FROM inbox_participant participant
                     JOIN inbox_message message ON message.id = participant.inbox_message_id
                    WHERE message.account_id = ANY(%s) AND participant.email_normalized IS NOT NULL""",
                self.ids,
            )
        )
        links.relink(self.env, [address for (address,) in addresses])
