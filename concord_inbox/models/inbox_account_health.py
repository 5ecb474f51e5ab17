"""How all accounts are doing, for those who look after them, without anything of what is in them.

Inbox managers have no right to read personal accounts, and get none: this is a view of its own in the database. Of a
personal account it has the owner, what the owner calls it, whether it works, and two numbers; no address, no folder, no
sentence that could name one.
"""

from odoo import api, fields, models
from odoo.tools import SQL

from . import notification_settings

#: An account is late when its last complete look is further back than this many polling intervals and seconds.
LATE_INTERVALS, LATE_SECONDS = 3, 300


class InboxAccountHealth(models.Model):
    _name = "inbox.account.health"
    _description = "Health of an Email Account"
    _auto = False
    _order = "trouble desc, lag desc nulls last, name, id"
    _depends = {
        "inbox.account": [
            *("name", "email", "account_type", "user_id", "company_id", "connection_type", "state", "last_error"),
            *("last_sync", "connected_at", "failure_count", "last_check", "check_result", "check_difference_count"),
            "is_shared_mailbox",
        ],
        "inbox.message": ["account_id"],
        "inbox.quarantine": ["account_id"],
        "inbox.subscription": ["account_id", "expires_at", "is_ending", "error"],
    }

    name = fields.Char(readonly=True)
    email = fields.Char("Email Address", readonly=True, help="Of shared accounts.")
    account_type = fields.Selection([("shared", "Shared"), ("personal", "Personal")], "Type", readonly=True)
    user_id = fields.Many2one("res.users", "Owner", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    connection_type = fields.Selection(
        selection=lambda self: self.env["inbox.account"]._fields["connection_type"]._description_selection(self.env),
        readonly=True,
    )
    state = fields.Selection(
        selection=lambda self: self.env["inbox.account"]._fields["state"]._description_selection(self.env),
        readonly=True,
    )
    trouble = fields.Selection(
        [
            ("0_none", "Fine"),
            ("1_idle", "Not at work"),
            ("2_incomplete", "Incomplete"),
            ("3_late", "Late"),
            ("4_failing", "Failing"),
            ("5_off", "Switched off"),
        ],
        "Health",
        readonly=True,
    )
    last_sync = fields.Datetime("Last Sync", readonly=True, help="When the last complete synchronisation ended.")
    lag = fields.Integer(
        "Lag (s)", readonly=True, help="Seconds since the last complete synchronisation, or since it was connected."
    )
    lag_text = fields.Char("Lag", compute="_compute_lag_text")
    failure_count = fields.Integer("Failures in a Row", readonly=True)
    last_check = fields.Datetime(
        "Last Complete Check", readonly=True, help="When it was last compared with its mail server, whole."
    )
    check_result = fields.Selection(
        selection=lambda self: self.env["inbox.account"]._fields["check_result"]._description_selection(self.env),
        readonly=True,
    )
    check_difference_count = fields.Integer("Differences", readonly=True)
    message_count = fields.Integer("Emails", readonly=True)
    quarantine_count = fields.Integer("Quarantine", readonly=True)
    notification_state = fields.Selection(
        [("on", "On"), ("starting", "Being switched on"), ("failing", "Failing"), ("impossible", "Not possible")],
        "Told at Once",
        readonly=True,
        help="Whether the provider tells of new email; empty where nobody wants it to.",
    )
    notified_until = fields.Datetime(
        "Told at Once Until", readonly=True, help="When the provider ends it; it is renewed long before."
    )
    account_error = fields.Char(readonly=True)
    error = fields.Char("What is the Matter", compute="_compute_error")

    @property
    def _table_query(self):
        # What the server said of a personal account could name a folder or an address.
        poll = self.env["inbox.account"]._poll_seconds()
        return SQL(
            """SELECT account.id, account.name_shown AS name, account.email_shown AS email, account.account_type,
                      account.user_id, account.company_id, account.connection_type, account.state, account.last_sync,
                      account.lag, account.failure_count, account.last_check, account.check_result,
                      account.check_difference_count, account.account_error,
                      told.notification_state,
                      CASE WHEN told.notification_state = 'on' THEN told.expires_at END AS notified_until,
                      coalesce(messages.count, 0) AS message_count, coalesce(quarantined.count, 0) AS quarantine_count,
                      CASE WHEN account.state = 'auth_failed' THEN '5_off'
                           WHEN account.state <> 'connected' THEN '1_idle'
                           WHEN account.failure_count > 0 THEN '4_failing'
                           WHEN account.lag > %(late)s THEN '3_late'
                           WHEN account.check_result IN ('different', 'unknown') OR quarantined.count > 0
                           THEN '2_incomplete'
                           ELSE '0_none'
                       END AS trouble
                 FROM (SELECT id, account_type, user_id, company_id, connection_type, state, last_sync, last_check,
                              check_result, check_difference_count, coalesce(failure_count, 0) AS failure_count,
                              CASE WHEN state = 'connected'
                                   THEN greatest(0, extract(epoch FROM now() AT TIME ZONE 'UTC'
                                                                  - coalesce(last_sync, connected_at)))::int4
                               END AS lag,
                              CASE WHEN account_type = 'shared' OR name IS DISTINCT FROM email THEN name END
                                  AS name_shown,
                              CASE WHEN account_type = 'shared' THEN email END AS email_shown,
                              CASE WHEN account_type = 'shared' THEN last_error END AS account_error
                         FROM inbox_account) account
            LEFT JOIN (%(told)s) told ON told.account_id = account.id
            LEFT JOIN (SELECT account_id, count(*)::int4 FROM inbox_message GROUP BY account_id) messages
                   ON messages.account_id = account.id
            LEFT JOIN (SELECT account_id, count(*)::int4 FROM inbox_quarantine GROUP BY account_id) quarantined
                   ON quarantined.account_id = account.id""",
            late=LATE_INTERVALS * poll + LATE_SECONDS,
            told=self._told_at_once(),
        )

    @api.model
    def _told_at_once(self) -> SQL:
        """How it stands with the accounts of which their providers shall tell. Why it fails is left out: that is in the
        words of a provider, who may name the mailbox.
        """
        return SQL(
            """SELECT account.id AS account_id, subscription.expires_at,
                      CASE WHEN account.is_shared_mailbox THEN 'impossible'
                           WHEN subscription.expires_at > now() AT TIME ZONE 'UTC' THEN 'on'
                           WHEN subscription.error IS NOT NULL THEN 'failing'
                           ELSE 'starting'
                       END AS notification_state
                 FROM inbox_account account
            LEFT JOIN inbox_subscription subscription
                   ON subscription.account_id = account.id AND subscription.is_ending IS NOT TRUE
                WHERE account.connection_type = ANY(%s) AND account.state = 'connected'""",
            notification_settings.kinds(self.env),
        )

    @api.depends("name", "user_id")
    def _compute_display_name(self):
        for account in self:
            account.display_name = account.name or account.user_id.name

    @api.depends("lag", "state")
    @api.depends_context("lang")
    def _compute_lag_text(self):
        for account in self:
            account.lag_text = account._lag_in_words() if account.state == "connected" else False

    def _lag_in_words(self):
        _ = self.env._
        lag = self.lag
        if lag < 120:
            return _("%s seconds", lag)
        if lag < 2 * 3600:
            return _("%s minutes", lag // 60)
        if lag < 48 * 3600:
            return _("%s hours", lag // 3600)
        return _("%s days", lag // 86400)

    @api.depends("trouble", "state", "account_error", "quarantine_count", "check_result", "last_sync")
    @api.depends_context("lang")
    def _compute_error(self):
        for account in self:
            account.error = account.account_error or account._trouble_in_words()

    def _trouble_in_words(self):
        """The same for every account, whatever its server said."""
        _ = self.env._
        match self.trouble:
            case "5_off":
                return _("The mail server no longer accepts the login. The owner has to connect it again.")
            case "4_failing":
                return _(
                    "The last %s attempts failed. It is tried again by itself; the owner sees why.", self.failure_count
                )
            case "3_late" if not self.last_sync:
                return _("Its first synchronisation is not over.")
            case "3_late":
                return _("It was not looked at for a while. Are the scheduled jobs of Odoo at work?")
            case "2_incomplete" if self.check_result == "different":
                return _("The last check found differences that could not be repaired yet.")
            case "2_incomplete" if self.check_result == "unknown":
                return _("The last check could not be done. It is tried again by itself.")
            case "2_incomplete":
                return _("Some emails wait in quarantine.")
            case "1_idle" if self.state == "paused":
                return _("It is paused.")
            case "1_idle":
                return _("It was never connected.")
        return False

    def action_open(self):
        """Open the account itself, as far as its own rules allow."""
        self.ensure_one()
        self.check_access("read")
        if not self.env["inbox.account"].browse(self.id)._filtered_access("read"):
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "info",
                    "message": self.env._("This account is personal: only %s can open it.", self.user_id.display_name),
                },
            }
        return {
            "type": "ir.actions.act_window",
            "res_model": "inbox.account",
            "res_id": self.id,
            "views": [[False, "form"]],
        }
