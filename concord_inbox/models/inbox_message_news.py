"""What the rest of Odoo is told of the inbox: how many emails are unread, the latest ones, and what has just come.

All of it is about the accounts that the user chose to be told of, and about their inboxes alone.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

#: What was being stored at an earlier look is dated before it, and was not seen by it.
COMMITTED_WITHIN = timedelta(minutes=10)

#: Emails that are listed, and of which those that just came are told one by one.
LATEST = 8


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    @api.model
    @api.readonly
    def get_news(self, since=False):
        """The state of the inboxes that the user wants to be told of.

        :param since: the `moment` of an earlier answer.
        :return: `unread` (emails in those inboxes), `latest` (the newest emails, as dicts), `arrived` (the ids of those
            of them that came since then, or shortly before, and that nobody has read), `moment` (UTC; False: there is
            no account).
        """
        accounts = self._accounts_told_of()
        if not accounts:
            return {"unread": 0, "latest": [], "arrived": [], "moment": False}
        inboxes = self.env["inbox.folder"].search(
            [("account_id", "in", accounts.ids), ("role", "=", "inbox"), ("is_active", "=", True)]
        )
        messages = self.browse(self._newest_in(inboxes.ids, LATEST))._filtered_access("read")
        # A first synchronisation brings what is new to nobody.
        settled = accounts.filtered("last_sync")
        begin = fields.Datetime.to_datetime(since) - COMMITTED_WITHIN if since else None
        arrived = messages.filtered(
            lambda message: (
                begin
                and message.create_date >= begin
                and message.direction == "in"
                and not message.is_read
                and message.account_id in settled
            )
        )
        return {
            "unread": sum(inboxes.mapped("unread_count")),
            "latest": [message._as_news(len(accounts) > 1) for message in messages],
            "arrived": arrived.ids,
            "moment": fields.Datetime.to_string(self.env.cr.now()),
        }

    @api.model
    def _accounts_told_of(self):
        own = self._own_accounts()
        chosen = own & self.env.user.sudo().res_users_settings_id.inbox_news_account_ids
        # Who has lost the chosen ones is told of those that are left.
        return chosen.with_env(self.env) or own

    @api.model
    def _newest_in(self, folder_ids: list[int], limit: int) -> list[int]:
        """The newest emails of these folders together, by the index that lists have: of each a page is read."""
        if not folder_ids:
            return []
        self.env["inbox.message"].flush_model(["date", "folder_ids", "is_deleted"])
        rows = self.env.execute_query(
            SQL(
                """SELECT message.id
                     FROM unnest(%(folders)s) AS folder (id),
                          LATERAL (SELECT rel.message_id FROM inbox_message_folder_rel rel
                                    WHERE rel.folder_id = folder.id
                                 ORDER BY rel.date DESC, rel.message_id DESC LIMIT %(limit)s) AS newest
                     JOIN inbox_message message ON message.id = newest.message_id
                    WHERE message.is_deleted IS NOT TRUE
                 GROUP BY message.id ORDER BY message.date DESC, message.id DESC LIMIT %(limit)s""",
                folders=folder_ids,
                limit=limit,
            )
        )
        return [message for (message,) in rows]

    def _as_news(self, with_account: bool) -> dict:
        self.ensure_one()
        return {
            "id": self.id,
            "correspondent": self.correspondent or self.env._("Unknown"),
            "subject": self.subject or self.env._("(no subject)"),
            "date": fields.Datetime.to_string(self.date),
            "is_read": self.is_read,
            "partner_id": self.sender_id.id,
            "account": self.account_id.name if with_account else False,
        }

    @api.model
    @api.readonly
    def locate(self, message_id):
        """Where an email lies, for somebody who was sent its address.

        :return: ``{"folder_id"}`` (the inbox if it is there; False: in no folder of the user's), or False when the user
            may not read it or there is none: these are not told apart.
        """
        message = self.browse(int(message_id)).exists()
        if not message or not message.has_access("read"):
            return False
        if not message.is_own:
            return {"folder_id": False}
        folders = message.folder_ids.filtered("is_active")
        return {"folder_id": folders.sorted(lambda folder: (folder.role != "inbox", folder.id))[:1].id}
