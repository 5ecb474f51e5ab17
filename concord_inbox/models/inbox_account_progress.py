"""How far the first synchronisation of an account has come."""

from odoo import fields, models
from odoo.tools import SQL, formatLang

from ..sync import counters


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    is_catching_up = fields.Boolean(compute="_compute_progress", help="Emails from before are being brought.")
    progress_done = fields.Integer(compute="_compute_progress", help="Emails that are here.")
    progress_total = fields.Integer(compute="_compute_progress", help="Those and the ones known to come.")
    progress_text = fields.Char("Progress", compute="_compute_progress")

    def _compute_progress(self):
        connected = self.filtered(lambda account: account.state == "connected" and account.id)
        remaining = connected._count_remaining()
        # Once a run came to its end, folders that were never looked at are none that anybody waits for.
        behind = connected.filtered(lambda account: not account.last_sync or remaining[account.id][0])
        here = behind._count_here()
        for account in self:
            account.is_catching_up = account in behind
            left, waiting = remaining.get(account.id, (0, 0)) if account in behind else (0, 0)
            account.progress_done = here.get(account.id, 0)
            account.progress_total = account.progress_done + left
            account.progress_text = account._progress_in_words(waiting) if account in behind else False

    def _progress_in_words(self, waiting: int) -> str:
        """:param waiting: number of folders of which nobody knows yet what they hold."""
        if not self.progress_total:
            return self.env._("Looking at the mailbox…")
        numbers = {
            "done": formatLang(self.env, self.progress_done, digits=0),
            "total": formatLang(self.env, self.progress_total, digits=0),
        }
        if not waiting:
            return self.env._("%(done)s of %(total)s emails", **numbers)
        if waiting == 1:
            return self.env._("%(done)s of %(total)s emails, and another folder", **numbers)
        return self.env._("%(done)s of %(total)s emails, and %(waiting)s more folders", waiting=waiting, **numbers)

    def _progress_for_panel(self) -> dict | bool:
        """`percent` and `text` while emails from before are being brought."""
        if not self.is_catching_up:
            return False
        return {
            "percent": 100 * self.progress_done // self.progress_total if self.progress_total else 0,
            "text": self.progress_text,
        }

    def _count_remaining(self) -> dict[int, tuple[int, int]]:
        """Account id -> emails known to come, and followed folders that were not looked at yet."""
        counts = dict.fromkeys(self.ids, (0, 0))
        if self:
            self.env["inbox.folder"].flush_model(["remaining_count", "cursor", "is_active", "is_selectable"])
            rows = self.env.execute_query(
                SQL(
                    """SELECT account_id, coalesce(sum(remaining_count), 0),
                              count(*) FILTER (WHERE jsonb_typeof(cursor) IS DISTINCT FROM 'object')
                         FROM inbox_folder
                        WHERE account_id = ANY(%s) AND is_active AND is_selectable GROUP BY account_id""",
                    self.ids,
                )
            )
            counts |= {account: (left, waiting) for account, left, waiting in rows}
        return counts

    def _count_here(self) -> dict[int, int]:
        """Account id -> emails in its followed folders."""
        counts = {}
        folders = self.sudo().folder_ids.filtered("is_active")
        kept = counters.read(self.env, folders.ids) if folders else {}
        for folder in folders:
            _unread, total = kept.get(folder.id, (0, 0))
            counts[folder.account_id.id] = counts.get(folder.account_id.id, 0) + total
        return counts
