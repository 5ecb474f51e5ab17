"""That the provider of an account tells of new email: made, renewed, stopped, and what it tells.

A row says what an account has at its provider, or shall have. It is looked after by one cron (`_cron_attend`); what
fails there is tried again later and written down here, never on the account, whose synchronisation goes on by itself.
A provider's word only makes the account due: what is told may be repeated, late, or lost.
"""

import hashlib
import hmac
import logging
import secrets as random_words
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..adapters import SUBSCRIBERS, open_subscriber
from ..adapters.base import Settings, Subscription, Target
from ..adapters.errors import AdapterError, NetworkError, SubscriptionError, TemporaryError
from ..adapters.gmail.push import Told
from ..adapters.oauth import PROVIDERS, Client, Credentials
from ..adapters.outlook import notices
from ..sync.lease import in_transaction
from . import notification_settings
from .inbox_account_token import is_good

_logger = logging.getLogger(__name__)

#: Between two runs that a provider's word leads to. What comes in between is told by the second of them.
EVERY = timedelta(seconds=10)
#: Until the first try after a failure, twice as much after each further one.
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=6)
#: Seconds for each answer of a provider that is told to stop while a user waits.
PATIENCE = 10.0

#: What a secret is compared with where there is no subscription: it takes as long.
_NOBODY = "0" * 64


class BusyError(Exception):
    """Somebody else is writing the account at this moment; the provider shall tell again."""


@dataclass(frozen=True, slots=True)
class _KeptTokens:
    """`adapters.base.Tokens` of an account whose tokens are about to be forgotten."""

    connection_type: str
    client: Client
    credentials: Credentials = field(repr=False)

    def token(self, refused: str = "") -> str:
        known = self.credentials
        if is_good(known.access_token, known.expires_at, refused):
            return known.access_token
        return PROVIDERS[self.connection_type].refresh(self.client, known).access_token


class InboxSubscription(models.Model):
    _name = "inbox.subscription"
    _description = "New Email Told by the Provider"
    _log_access = False

    account_id = fields.Many2one("inbox.account", required=True, ondelete="cascade", readonly=True)
    target = fields.Char(readonly=True, help="Where the provider was asked to tell, last.")
    remote_id = fields.Char(readonly=True, index=True, help="How the provider calls it.")
    address = fields.Char(readonly=True, index=True, help="How the provider calls the mailbox: who signed in.")
    secret_hash = fields.Char(readonly=True, groups=fields.NO_ACCESS, help="Of what the provider has to show.")
    expires_at = fields.Datetime(readonly=True, help="When the provider ends it. Empty: it does not tell.")
    is_ending = fields.Boolean(readonly=True, help="It shall be stopped at the provider, then forgotten.")
    attend_at = fields.Datetime(readonly=True, index=True, help="When there is something to do about it.")
    failure_count = fields.Integer(readonly=True)
    error = fields.Char(readonly=True, help="What went wrong last.")
    told_at = fields.Datetime(readonly=True, help="For when the account was made due last.")
    history = fields.Char(readonly=True, help="Gmail's: the latest that it told of.")

    _one_for_each_account = models.Constraint("UNIQUE (account_id)", "An account is told of in one way.")

    # ------------------------------------------------------------ what shall be

    @api.model
    def _of(self, accounts):
        return self.sudo().search([("account_id", "in", accounts.ids)])

    @api.model
    def _wanting(self):
        """The accounts of which their providers shall tell. Of a shared mailbox Microsoft tells nobody but an
        application that may read all mailboxes of the organisation."""
        return (
            self.env["inbox.account"]
            .sudo()
            .search(
                [
                    ("connection_type", "in", notification_settings.kinds(self.env)),
                    ("state", "=", "connected"),
                    ("is_shared_mailbox", "!=", True),
                ]
            )
        )

    @api.model
    def _attend_soon(self):
        """Have what changed looked after, once the transaction is committed."""
        self.env.ref("concord_inbox.ir_cron_attend_subscriptions").sudo()._trigger()

    @api.model
    def _line_up(self):
        """Bring the rows in line with the accounts and the settings; what is new or changed is to be attended now."""
        now = fields.Datetime.now()
        wanting, rows = self._wanting(), self.sudo().search([("account_id", "!=", False)])
        self.sudo().create([{"account_id": account.id, "attend_at": now} for account in wanting - rows.account_id])
        for row in rows:
            is_ending = row.account_id not in wanting
            target = notification_settings.target(self.env, row.account_id.connection_type)
            if row.is_ending != is_ending or (not is_ending and row.target and row.target != target):
                row.write({"is_ending": is_ending, "attend_at": now, "failure_count": 0})

    @api.model
    def _summary(self, connection_type):
        """How it stands with all accounts of a type, for who sets it up: numbers, and what went wrong. Names none."""
        if not notification_settings.is_on(self.env, connection_type):
            return False
        rows = self.sudo().search([("account_id.connection_type", "=", connection_type), ("is_ending", "!=", True)])
        told = rows.filtered(lambda row: row._is_there())
        sentence = self.env._(
            "Told of: %(told)s of %(all)s connected accounts.",
            told=len(told),
            all=len(self._wanting().filtered(lambda account: account.connection_type == connection_type)),
        )
        trouble = next((row.error for row in rows - told if row.error), "")
        return f"{sentence} {trouble}".strip()

    # ------------------------------------------------------------ making, renewing, stopping

    @api.model
    def _cron_attend(self):
        """Make, renew and stop what is due; commits as it goes."""
        cron = self.env["ir.cron"]
        in_transaction(self.env, self._line_up)
        due = [("attend_at", "<=", fields.Datetime.now())]
        rows = self.sudo().search(due, order="attend_at, id")
        away = set()
        for number, row in enumerate(rows, 1):
            # A provider that is away is not waited for once for each account: the other cron jobs need the worker.
            kind = row.exists().account_id.connection_type
            if kind not in away and isinstance(row._attend(), NetworkError):
                away.add(kind)
            if not cron._commit_progress(1, remaining=len(rows) - number):
                break

    def _attend(self):
        """Do what is due for this one. What fails is written down, tried again later, and returned."""
        self.env.cr.commit()
        try:
            if not self.exists():
                return None
            settings = self.account_id._adapter_settings()
            if self.is_ending:
                self._end(settings)
            else:
                self._begin_or_renew(settings)
        except (AdapterError, UserError) as error:
            self._put_off(error)
            return error
        except Exception as error:
            _logger.exception("Subscription %s could not be looked after", self.id)
            self._put_off(error)
            return error
        return None

    def _begin_or_renew(self, settings: Settings):
        kind = self.account_id.connection_type
        secret = random_words.token_urlsafe(32)
        target = Target(notification_settings.target(self.env, kind), secret)
        remote_id, is_there = self.remote_id or "", self._is_there()
        has_moved = is_there and self.target != target.address
        # Whatever becomes of the new one, where it told before it tells no more.
        moved = {"expires_at": False} if has_moved else {}
        self._transact(lambda: self.write({"target": target.address} | moved))
        found, is_new = None, True
        with open_subscriber(kind, settings) as subscriber:
            if has_moved:
                subscriber.stop(remote_id)
            elif is_there:
                try:
                    found, is_new = subscriber.renew(remote_id, target), False
                except SubscriptionError as error:
                    if error.reason != "gone":
                        raise
            found = found or subscriber.subscribe(target)
            if not self._transact(lambda: self._keep(found, secret, is_new)):
                # The account was disconnected meanwhile.
                subscriber.stop(found.remote_id)

    def _keep(self, found: Subscription, secret: str, is_new: bool):
        """Store what the provider promised. What happened before one that is new was told to nobody."""
        values = {
            "remote_id": found.remote_id,
            "expires_at": _naive(found.expires_at),
            "attend_at": _naive(found.renew_at),
            "failure_count": 0,
            "error": False,
        }
        if is_new:
            token = self.env["inbox.account.token"]._of(self.account_id)
            address = (token.address or self.account_id.email_normalized or "").lower()
            values |= {"secret_hash": _hash(secret), "address": address, "history": False, "told_at": False}
            if not self.account_id.failure_count:
                self.account_id._sync_soon()
        self.write(values)

    def _end(self, settings: Settings):
        if self._is_there() and not self._is_shared():
            remote_id = self.remote_id or ""
            self.env.cr.commit()  # no transaction while the network is waited for
            try:
                with open_subscriber(self.account_id.connection_type, settings) as subscriber:
                    subscriber.stop(remote_id)
            except TemporaryError:
                raise
            except AdapterError as error:
                # Who does not let us in any more tells us nothing either, or soon will not.
                _logger.info("The subscription of account %s is left to end by itself: %s", self.account_id.id, error)
        self._transact(self.unlink)

    def _put_off(self, error: Exception):
        self.env.cr.rollback()
        asked = timedelta(seconds=getattr(error, "retry_after", None) or 0)

        def note():
            _logger.info("The provider of account %s does not tell of new email: %s", self.account_id.id, error)
            if self.is_ending and not (isinstance(error, TemporaryError) and self._is_there()):
                # Without the tokens, or after it has ended by itself, there is nothing left to stop.
                self.unlink()
                return
            wait = min(FIRST_WAIT * 2 ** min(self.failure_count, 10), LONGEST_WAIT)
            self.write(
                {
                    "attend_at": fields.Datetime.now() + max(wait, asked),
                    "failure_count": self.failure_count + 1,
                    "error": self.account_id._explain(error),
                }
            )

        self._transact(note)

    def _transact(self, work) -> bool:
        """Do `work` in a transaction of its own, unless the row is gone; return whether it was there."""

        def if_there():
            is_there = bool(self.exists())
            if is_there:
                work()
            return is_there

        return in_transaction(self.env, if_there)

    def _is_there(self) -> bool:
        """Whether the provider has it, as far as is known."""
        return bool(self.expires_at and self.expires_at > fields.Datetime.now())

    def _is_shared(self) -> bool:
        """Whether to stop it would be to stop it for another account here that follows the same mailbox."""
        kind = self.account_id.connection_type
        others = [
            ("id", "!=", self.id),
            ("address", "=", self.address),
            ("account_id.connection_type", "=", kind),
            ("is_ending", "!=", True),
        ]
        return SUBSCRIBERS[kind].is_one_for_mailbox and bool(self.sudo().search_count(others, limit=1))

    # ------------------------------------------------------------ accounts that sign out

    @api.model
    def _forget(self, accounts):
        """Forget those of accounts whose tokens are about to be forgotten; once that is committed, stop them."""
        rows = self._of(accounts)
        for row in rows:
            row.is_ending = True
            if row._is_there() and not row._is_shared():
                row._stop_after_commit()
        rows.unlink()

    def _stop_after_commit(self):
        account, remote_id = self.account_id, self.remote_id or ""
        kind, token = account.connection_type, self.env["inbox.account.token"]._of(account)
        if not token:
            return
        try:
            client = self.env["inbox.provider.client"]._client(kind)
            tokens = _KeptTokens(kind, client, token._credentials())
            settings = replace(account._adapter_settings(), tokens=tokens, timeout=PATIENCE)
        except (AdapterError, UserError) as error:
            _logger.info("The subscription of account %s is left to end by itself: %s", account.id, error)
            return

        def stop():
            try:
                with open_subscriber(kind, settings) as subscriber:
                    subscriber.stop(remote_id)
            except AdapterError as error:
                _logger.info("%s was not told to stop telling of new email: %s", PROVIDERS[kind].NAME, error)

        self.env.cr.postcommit.add(stop)

    # ------------------------------------------------------------ what is told

    @api.model
    def _told_by_microsoft(self, told: list[notices.Notice]):
        """Act upon those notices that show the secret of a subscription of ours.

        :raises BusyError: tell again.
        """
        rows = self._telling("outlook", Domain("remote_id", "in", list({notice.remote_id for notice in told})))
        known = {row.remote_id: row for row in rows}
        news, removed, challenged = self.browse(), self.browse(), self.browse()
        for notice in told:
            row = known.get(notice.remote_id, self.browse())
            if not hmac.compare_digest(_hash(notice.secret), row.secret_hash or _NOBODY) or not row:
                continue
            if notice.event == notices.REMOVED:
                removed |= row
            elif notice.event == notices.REAUTHORIZE:
                challenged |= row
            else:
                news |= row
        if removed:
            removed.write({"expires_at": False})
        if removed or challenged:
            (removed | challenged).write({"attend_at": fields.Datetime.now(), "failure_count": 0})
            self._attend_soon()
        (news - removed)._have_looked()

    @api.model
    def _told_by_google(self, told: Told):
        """Act upon what Gmail tells of a mailbox, if there is an account for it.

        :raises BusyError: tell again.
        """
        rows = self._telling("gmail", Domain("address", "=", told.address))
        # What is told again, or after something later, was looked for already.
        news = rows.filtered(lambda row: int(row.history or -1) < told.history)
        news._have_looked(str(told.history))

    @api.model
    def _telling(self, connection_type: str, which: Domain):
        return self.sudo().search(
            which & Domain("is_ending", "!=", True) & Domain("account_id.connection_type", "=", connection_type)
        )

    def _have_looked(self, history=None):
        """Make the accounts due, a few times a minute at most, however often they are told of."""
        now = fields.Datetime.now()
        # A look that is still to come finds all that is told before it.
        connected = self.filtered(lambda row: row.account_id.state == "connected")
        rows = connected.filtered(lambda row: not row.told_at or row.told_at <= now)
        for row in rows:
            moment = max(now, row.told_at + EVERY) if row.told_at else now
            row.write({"told_at": moment} | ({"history": history} if history else {}))
            row.account_id._look_at(moment)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _naive(moment: datetime) -> datetime:
    """A time as the database has it."""
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)
