"""When an account is synchronised, and by whom.

A few identical crons, the *slots*, each take one due account after the other. A lease keeps two from the same account
(see `sync/lease.py`), so any number of workers and machines may run them.
"""

import logging
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..sync import alarm, engine, lease, wishes

_logger = logging.getLogger(__name__)

SLOTS = 4
DEFAULT_POLL_SECONDS = 60
WAIT_FOR_OTHERS = 600  # seconds that `_sync()` waits for another process to be done with an account


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    next_sync = fields.Datetime(readonly=True, copy=False, index=True)
    failure_count = fields.Integer(readonly=True, copy=False)
    # Written by sync/lease.py alone, past the ORM.
    lease_token = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    lease_until = fields.Datetime(readonly=True, copy=False, groups=fields.NO_ACCESS)
    lease_backend = fields.Integer(readonly=True, copy=False, groups=fields.NO_ACCESS)
    lease_backend_start = fields.Datetime(readonly=True, copy=False, groups=fields.NO_ACCESS)

    def action_sync_now(self):
        """Have these accounts synchronised at once, in the background."""
        self.check_access("read")
        if any(account.state in ("draft", "auth_failed") for account in self):
            raise UserError(self.env._("Connect the account first."))
        self.sudo()._sync_soon()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "info", "message": self.env._("Synchronising…")},
        }

    def _sync(self):
        """One whole sync of each of these accounts, in the caller's process; commits as it goes.

        What goes wrong with a server is written on its account and not raised. When another process is at an account,
        wait for it first.

        :return: account id -> `sync.engine.Outcome`.
        """
        outcomes = {}
        for account in self.sudo().filtered(lambda account: account.state == "connected"):
            patience = time.monotonic() + WAIT_FOR_OTHERS
            while not (outcome := engine.run(account)):
                if time.monotonic() > patience:
                    raise UserError(self.env._("Another process is synchronising %s.", account.name))
                time.sleep(0.2)
                self.env.invalidate_all()
            outcomes[account.id] = outcome
        return outcomes

    def _sync_soon(self):
        """Make these accounts due now and wake a slot, once the transaction is committed."""
        self.filtered(lambda account: account.state == "connected").write({"next_sync": fields.Datetime.now()})
        self._wake_slot()

    @api.model
    def _wake_slot(self, moment=None):
        """Have a slot run when the transaction is committed, a second or so later; or at `moment` (naive, UTC)."""
        self.env.ref("concord_inbox.ir_cron_sync_slot_1").sudo()._trigger(moment)
        if moment:
            database = self.env.cr.dbname
            self.env.cr.postcommit.add(lambda: alarm.ring(database, moment))

    @api.model
    def _cron_sync_slot(self):
        """Synchronise due accounts until there are none, or the cron's time is up."""
        cron = self.env["ir.cron"]
        seconds_left = float("inf")
        if self._is_email_kept_waiting():
            # No cron worker is free to send it: this one is, now.
            self._wake_slot(fields.Datetime.now() + timedelta(seconds=1))
            return
        busy = []  # accounts that another slot was at when this one tried
        while account := self._next_due(busy):
            waiting = self._count_due() - 1
            # A backlog wakes the other slots: accounts are synchronised side by side.
            if waiting > 0:
                self._wake_idle_slot()

            def progress(_messages, _remaining, waiting=waiting):
                nonlocal seconds_left
                seconds_left = cron._commit_progress(1, remaining=waiting + 1)
                if self._is_email_kept_waiting():
                    seconds_left = 0
                return seconds_left

            if engine.run(account, progress) is None:
                busy.append(account.id)
            seconds_left = cron._commit_progress(1, remaining=max(self._count_due() - len(busy), 0))
            if seconds_left <= 0:
                break

    @api.model
    def _next_due(self, except_ids=()):
        # Not locked: taking the lease decides, in one statement, who gets it.
        due = self.search(self._due_domain() & Domain("id", "not in", list(except_ids)), order="next_sync, id")
        if not due:
            return self.browse()
        free = self.env.execute_query(
            SQL(
                """SELECT id FROM inbox_account WHERE id = ANY(%s) AND %s
                 ORDER BY next_sync, id LIMIT 1""",
                due.ids,
                lease.FREE,
            )
        )
        return self.browse(account for (account,) in free)

    @api.model
    def _count_due(self):
        return self.search_count(self._due_domain())

    @api.model
    def _due_domain(self):
        # What a user changed does not wait for the next look, unless the server is in trouble. The account's own row
        # is not touched by a click: it would get into the way of the run that is at work.
        self.env["inbox.message"].flush_model(["is_changed", "orphaned_at", "moved_to_id", "put_after"])
        changed = SQL(
            "(SELECT account_id FROM inbox_message WHERE %s OR put_after <= now() AT TIME ZONE 'UTC')", wishes.DUE
        )
        return Domain("state", "=", "connected") & (
            Domain("next_sync", "<=", fields.Datetime.now())
            | Domain("failure_count", "=", 0) & Domain("id", "in", changed)
        )

    @api.model
    def _wake_idle_slot(self):
        for number in range(1, SLOTS + 1):
            slot = self.env.ref(f"concord_inbox.ir_cron_sync_slot_{number}", raise_if_not_found=False)
            if slot and slot.id != self.env.context.get("cron_id"):
                slot._trigger()

    @api.model
    def _poll_seconds(self):
        value = self.env["ir.config_parameter"].sudo().get_param("concord_inbox.poll_seconds")
        return int(value) if value and value.isdigit() else DEFAULT_POLL_SECONDS
