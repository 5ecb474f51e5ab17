"""Accounts of which their providers tell: when that begins and ends, and what the account's form says of it."""

from odoo import api, fields, models

from ..adapters.oauth import PROVIDERS
from . import notification_settings
from .inbox_subscription import BusyError


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    notification_text = fields.Char(compute="_compute_notification", compute_sudo=True)
    has_notification_trouble = fields.Boolean(compute="_compute_notification", compute_sudo=True)

    @api.depends("state", "connection_type", "is_shared_mailbox")
    @api.depends_context("lang")
    def _compute_notification(self):
        on = notification_settings.kinds(self.env)
        rows = {row.account_id.id: row for row in self.env["inbox.subscription"]._of(self)}
        for account in self:
            row = rows.get(account._origin.id)
            account.has_notification_trouble = account.notification_text = False
            if account.connection_type not in on or account.state != "connected":
                continue
            names = {"provider": PROVIDERS[account.connection_type].NAME}
            if account.is_shared_mailbox:
                account.notification_text = self.env._(
                    "%(provider)s does not tell of new email in shared mailboxes: it is looked for every now and then.",
                    **names,
                )
            elif row and row._is_there():
                account.notification_text = self.env._("%(provider)s tells of new email at once.", **names)
            elif row and row.error:
                account.has_notification_trouble = True
                account.notification_text = self.env._(
                    "%(provider)s does not tell of new email: %(sentence)s It is tried again by itself; meanwhile new "
                    "email is looked for every now and then.",
                    sentence=row.error,
                    **names,
                )

    # ------------------------------------------------------------ when it begins and ends

    def action_connect(self):
        result = super().action_connect()
        # While nobody was signed in, the provider may have ended what it has.
        self.env["inbox.subscription"]._of(self).write({"attend_at": fields.Datetime.now()})
        self._subscription_may_change()
        return result

    def _pause(self, reason):
        result = super()._pause(reason)
        self._subscription_may_change()
        return result

    def _forget_sign_in(self):
        # While there are tokens to say so with.
        self.env["inbox.subscription"]._forget(self)
        return super()._forget_sign_in()

    def _subscription_may_change(self):
        subscriptions = self.env["inbox.subscription"]
        if set(self.mapped("connection_type")) & set(notification_settings.SWITCHES) and (
            notification_settings.kinds(self.env) or subscriptions._of(self)
        ):
            subscriptions._attend_soon()

    # ------------------------------------------------------------ what is told

    def _look_at(self, moment):
        """Have this account, which a provider tells of, synchronised at `moment` (naive, UTC).

        A look that is due and has not begun is left as it is, and so is one that waits because the last ones failed.

        :raises BusyError: somebody else is writing the account.
        """
        self.ensure_one()
        if not self.try_lock_for_update(allow_referencing=True):
            raise BusyError
        now = fields.Datetime.now()
        is_waiting = self.next_sync and self.next_sync <= now and not self.lease_token
        if self.failure_count or is_waiting:
            return
        if moment <= now:
            self._sync_soon()
        else:
            self.next_sync = moment
            self._wake_slot(moment)
