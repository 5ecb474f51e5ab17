"""All mailboxes of a database are watched by one process, which only has the accounts synchronised when there is news.

One thread waits for all connections at once; logins, which have to wait for each answer, are made by a few others. A
database connection is used for moments only: to read the accounts twice a minute, and to make some due.
"""

import contextlib
import logging
import queue
import random
import selectors
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass

import psycopg2
from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry

from ..adapters import ADAPTERS, open_adapter
from ..adapters.base import Settings, Watch
from ..adapters.errors import AdapterError, AuthenticationError, TemporaryError
from .lease import CONFLICTS

_logger = logging.getLogger(__name__)

READ_EVERY = 30  # seconds between two looks at the list of accounts
SLEEP_OF_CRON = 60  # seconds: Odoo's cron workers wake by themselves no more often
WAKE_EVERY = 5  # seconds between two looks for accounts that are due, where that is not often enough
DEBOUNCE = 1.0  # seconds between two triggers for the same account
AGAIN_AFTER = 0.5  # seconds until an account is tried again that another process was changing
AGAIN_AFTER_TROUBLE = 10  # seconds until the database is tried again
LOGINS, LOGINS_PER_HOST = 12, 4  # at the same time: a server that does not answer leaves room for others
LOGIN_EVERY = 0.05  # seconds between two logins at the same host: after its restart they do not all come at once
FIRST_WAIT, LONGEST_WAIT = 2, 900  # seconds until the first and the later attempts to connect again
PROVEN_AFTER = 60  # seconds after which a connection counts as one that works


@dataclass(eq=False, slots=True)
class _Mailbox:
    """One account that is watched, or will be. Another object takes its place when its settings change."""

    account_id: int
    connection_type: str
    settings: Settings
    folders: tuple[str, ...]  # paths of those to watch, where the server can tell of several
    watch: Watch | None = None
    since: float = 0.0  # when the watch began
    dial_at: float | None = 0.0  # None: is being dialled, is watched, or is left alone
    failures: int = 0
    due_at: float | None = None  # when to have it synchronised
    triggered_at: float = 0.0


class Watcher:
    """Watches the connected accounts of a database from `run()` until `stop()`. Times are `time.monotonic()`'s.

    :param read_every: seconds between two looks at the list of accounts.
    """

    def __init__(self, database: str, read_every: float = READ_EVERY):
        self._database = database
        self._read_every = read_every
        self._mailboxes: dict[int, _Mailbox] = {}
        self._unreadable: set[int] = set()  # accounts whose settings cannot be read, told once
        self._hosts: Counter[str] = Counter()  # logins under way
        self._login_at: dict[str, float] = {}  # when the next login may begin at a host
        self._selector = selectors.DefaultSelector()
        self._wishes: queue.SimpleQueue[_Mailbox] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[tuple[_Mailbox, Watch | Exception | None]] = queue.SimpleQueue()
        self._bell, self._ear = socket.socketpair()
        self._bell.setblocking(False)
        self._ear.setblocking(False)
        self._stopping = False
        self._wakes = False  # accounts are to be looked at more often than Odoo's cron workers wake

    def stop(self) -> None:
        """Have `run()` return at once; may be called from a signal's handler and from any thread."""
        self._stopping = True
        self._ring()

    def run(self) -> None:
        """Watch until `stop()`.

        :raises psycopg2.OperationalError: the database cannot be opened at the start. Later on it is waited for.
        """
        registry = Registry(self._database)
        self._selector.register(self._ear, selectors.EVENT_READ)
        for _number in range(LOGINS):
            # Daemons: a login under way must not hold up the end.
            threading.Thread(target=self._log_in_others, name="inbox_watch login", daemon=True).start()
        read_at = wake_at = 0.0
        try:
            while not self._stopping:
                now = time.monotonic()
                if now >= read_at:
                    registry = self._read(registry)
                    read_at = time.monotonic() + self._read_every
                self._dial()
                self._trigger(registry)
                if self._wakes and now >= wake_at:
                    self._wake(registry)
                    wake_at = time.monotonic() + WAKE_EVERY
                self._wait(min(read_at, wake_at) if self._wakes else read_at)
        finally:
            for mailbox in list(self._mailboxes.values()):
                self._leave(mailbox)
            self._selector.close()

    def _wait(self, until: float) -> None:
        moments = [until]
        for mailbox in self._mailboxes.values():
            moments += [mailbox.watch.deadline] if mailbox.watch else []
            moments += [moment for moment in (mailbox.due_at, mailbox.dial_at) if moment is not None]
        # Those that may not be dialled yet wait for the bell, which the end of another login rings.
        now = time.monotonic()
        ready = {key.data for key, _events in self._selector.select(max(min(moments) - now, 0.02))}
        with contextlib.suppress(BlockingIOError):
            self._ear.recv(4096)
        now = time.monotonic()
        for mailbox in list(self._mailboxes.values()):
            if mailbox.watch and (mailbox in ready or now >= mailbox.watch.deadline):
                self._proceed(mailbox)
        while not self._answers.empty():
            self._answered(*self._answers.get())

    def _ring(self) -> None:
        # A bell that cannot take more has rung already.
        with contextlib.suppress(BlockingIOError):
            self._bell.send(b"!")

    # ------------------------------------------------------------ connections

    def _dial(self) -> None:
        now = time.monotonic()
        for mailbox in self._mailboxes.values():
            host = mailbox.settings.incoming.host
            if mailbox.dial_at is None or mailbox.dial_at > now:
                continue
            if self._hosts[host] >= LOGINS_PER_HOST:
                mailbox.dial_at = now + 0.2
                continue
            if (free_at := self._login_at.get(host, 0.0)) > now:
                mailbox.dial_at = free_at
                continue
            self._login_at[host] = now + LOGIN_EVERY
            self._hosts[host] += 1
            mailbox.dial_at = None
            self._wishes.put(mailbox)

    def _log_in_others(self) -> None:
        while True:
            mailbox = self._wishes.get()
            try:
                with open_adapter(mailbox.connection_type, mailbox.settings) as adapter:
                    answer = adapter.watch(mailbox.folders)
            except AdapterError as error:
                answer = error
            except Exception as error:
                _logger.exception("Account %s cannot be watched", mailbox.account_id)
                answer = error
            self._answers.put((mailbox, answer))
            self._ring()

    def _answered(self, mailbox: _Mailbox, answer: Watch | Exception | None) -> None:
        self._hosts[mailbox.settings.incoming.host] -= 1
        is_current = self._mailboxes.get(mailbox.account_id) is mailbox
        if isinstance(answer, Exception):
            if is_current:
                self._failed(mailbox, answer)
        elif answer is None:
            if is_current:
                _logger.info("Account %s: the server has no IDLE; it is looked at as before", mailbox.account_id)
        elif not is_current:
            answer.close()
        else:
            _logger.debug("Account %s is watched", mailbox.account_id)
            mailbox.watch, mailbox.since = answer, time.monotonic()
            self._selector.register(answer, selectors.EVENT_READ, mailbox)

    def _proceed(self, mailbox: _Mailbox) -> None:
        try:
            if mailbox.watch.proceed() and mailbox.due_at is None:
                mailbox.due_at = max(time.monotonic(), mailbox.triggered_at + DEBOUNCE)
        except AdapterError as error:
            if time.monotonic() - mailbox.since > PROVEN_AFTER:
                mailbox.failures = 0
            self._leave(mailbox)
            self._failed(mailbox, error)

    def _failed(self, mailbox: _Mailbox, error: Exception) -> None:
        """Decide when to dial again, and say so once: what lasts is told by the synchronisation, on the account."""
        if isinstance(error, AuthenticationError):
            # The synchronisation finds out by itself, and switches the account off.
            _logger.warning("Account %s is not watched until its settings change: %s", mailbox.account_id, error)
            return
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(mailbox.failures, 10))
        if isinstance(error, TemporaryError) and error.retry_after:
            wait = max(wait, error.retry_after)
        wait *= random.uniform(0.5, 1)  # noqa: S311 (jitter)
        mailbox.dial_at = time.monotonic() + wait
        level = logging.INFO if mailbox.failures == 1 else logging.DEBUG
        _logger.log(level, "Account %s is watched again in %.0f s: %s", mailbox.account_id, wait, error)
        mailbox.failures += 1

    def _leave(self, mailbox: _Mailbox) -> None:
        if mailbox.watch:
            self._selector.unregister(mailbox.watch)
            mailbox.watch.close()
            mailbox.watch = None

    # --------------------------------------------------------------- database

    def _read(self, registry: Registry) -> Registry:
        """Bring the mailboxes in line with the accounts; return the registry, a new one after an upgrade."""
        try:
            registry = registry.check_signaling()
            with registry.cursor() as cr:
                wanted = self._wanted(api.Environment(cr, SUPERUSER_ID, {}))
        except psycopg2.Error as error:
            _logger.warning("The accounts cannot be read: %s", error)
            return registry
        for mailbox in list(self._mailboxes.values()):
            if wanted.get(mailbox.account_id) != (mailbox.connection_type, mailbox.settings, mailbox.folders):
                del self._mailboxes[mailbox.account_id]
                self._leave(mailbox)
        for account_id, reached in wanted.items():
            if account_id not in self._mailboxes:
                self._mailboxes[account_id] = _Mailbox(account_id, *reached)
        return registry

    def _wanted(self, env) -> dict[int, tuple[str, Settings, tuple[str, ...]]]:
        wanted, unreadable = {}, set()
        if "inbox.account" not in env:
            return wanted  # the addon has been uninstalled meanwhile
        self._wakes = env["inbox.account"]._poll_seconds() < SLEEP_OF_CRON
        accounts = env["inbox.account"].search([("state", "=", "connected"), ("connection_type", "in", list(ADAPTERS))])
        followed = [("account_id", "in", accounts.ids), ("is_active", "=", True), ("is_selectable", "=", True)]
        folders = dict(env["inbox.folder"]._read_group(followed, groupby=["account_id"], aggregates=["path:array_agg"]))
        for account in accounts:
            try:
                wanted[account.id] = (
                    account.connection_type,
                    account._adapter_settings(),
                    tuple(sorted(folders.get(account, ()))),
                )
            except UserError as error:
                unreadable.add(account.id)
                if account.id not in self._unreadable:
                    _logger.warning("Account %s cannot be watched: %s", account.id, error)
        self._unreadable = unreadable
        return wanted

    def _wake(self, registry: Registry) -> None:
        """Have a slot run if an account is due, whatever its server tells."""
        try:
            with registry.cursor() as cr:
                accounts = api.Environment(cr, SUPERUSER_ID, {})["inbox.account"]
                if accounts._count_due():
                    accounts._wake_slot()
        except psycopg2.Error as error:
            _logger.warning("No slot can be woken: %s", error)

    def _trigger(self, registry: Registry) -> None:
        """Make accounts with news due, all in one transaction, and never wait for somebody else's."""
        now = time.monotonic()
        due = [mailbox for mailbox in self._mailboxes.values() if mailbox.due_at is not None and mailbox.due_at <= now]
        if not due:
            return
        done, again_after = set(), AGAIN_AFTER
        try:
            with registry.cursor() as cr:
                accounts = api.Environment(cr, SUPERUSER_ID, {})["inbox.account"]
                free = accounts.browse(mailbox.account_id for mailbox in due).try_lock_for_update(
                    allow_referencing=True
                )
                if free:
                    free._sync_soon()
            done = set(free.ids)
        except CONFLICTS:
            pass
        except psycopg2.Error as error:
            _logger.warning("The accounts cannot be made due: %s", error)
            again_after = AGAIN_AFTER_TROUBLE
        for mailbox in due:
            if mailbox.account_id in done:
                mailbox.triggered_at, mailbox.due_at = now, None
            else:
                mailbox.due_at = now + again_after
