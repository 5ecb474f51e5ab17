"""Emails of one account to its mail server, each once.

That an email may be sent any moment (`sending_since`) is committed when the server has all of it but the final dot,
without which it must not send anything, and what became of it is committed after the server's answer; no transaction is
open while the network is waited for. So an email with `sending_since` while nobody holds the account's lock
(send_lock.py) is one of which nobody knows: the process died, or the connection did after the dot was on its way.
Whether it went out may be seen in the Sent folder, where the server saves what it sends; otherwise the user decides.
It is never sent by itself a second time.

Until then the email can be taken back, also while the server is being talked to: the dot is kept back then. It is, too,
when the connection to the database broke, and with it the lock: another process may be at it already.
"""

import logging
import random
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from odoo import fields
from odoo.tools import SQL, config

from .. import mime
from ..adapters import open_adapter
from ..adapters.base import Adapter, Delivery, Envelope, Settings
from ..adapters.errors import (
    AdapterError,
    AuthenticationError,
    DeliveryUnknownError,
    InvalidInputError,
    SendRefusedError,
    TemporaryError,
)
from . import contacts, conversations, send_lock, unsent
from .lease import in_transaction
from .states import WAITING

_logger = logging.getLogger(__name__)

#: Seconds that one account is sent for while others wait.
TURN = 10

FIRST_WAIT, LONGEST_WAIT = 60, 3600  # seconds until the next try after the first, and after many failures
PATIENCE = timedelta(days=1)

#: A server that saves what it sends may need a while for it: how long one looks, and how often.
SAVED_WITHIN, LOOK_AGAIN = timedelta(seconds=120), 30

NOW = SQL("(clock_timestamp() AT TIME ZONE 'UTC')")

#: Emails (`message`) that may leave, and those of which nobody knows whether they did.
READY = SQL(
    """(message.state IN %s AND message.sending_since IS NULL
        AND message.is_deleted IS NOT TRUE AND greatest(message.send_after, message.send_again_at) <= %s)""",
    WAITING,
    NOW,
)
IN_DOUBT = SQL(
    """(message.state = 'outgoing' AND message.sending_since IS NOT NULL
        AND coalesce(message.send_again_at, message.sending_since) <= %s)""",
    NOW,
)


class WithdrawnError(Exception):
    """The email was taken back while the server was being talked to; the server does not get the rest of it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One email that this process, and no other, is about to send.

    :param attempt: the how manieth attempt it is; what is recorded of another one is not this one's.
    :param message_id: that it goes out with.
    """

    message: int
    attempt: int
    envelope: Envelope
    message_id: str = ""


def run(account, seconds: float = TURN) -> int | None:
    """Send what is due of `account` (superuser's environment), for about so many seconds; commits as it goes.

    What goes wrong is written on the emails, and not raised.

    :return: how many emails were dealt with; None: another process is at this account.
    """
    with send_lock.held(account) as is_ours:
        return _Turn(account).run(seconds) if is_ours else None


def _login(account) -> tuple:
    """What changes when somebody gives the account another password, or signs in again."""
    return account.password_encrypted or None, account.signed_in_at or None


class _Turn:
    def __init__(self, account):
        self.env = account.env
        self.account = account
        self.leaves_drafts = False

    def run(self, seconds: float) -> int:
        started, done = time.monotonic(), 0
        self.account.invalidate_recordset()
        if self.account.state != "connected":
            return 0
        settings, login = _patient(self.account._adapter_settings()), _login(self.account)
        self.env.cr.commit()  # no transaction while the network is waited for
        with open_adapter(self.account.connection_type, settings) as adapter:
            self.leaves_drafts = adapter.leaves_drafts
            while message := self._next(IN_DOUBT):
                done += 1
                self._clear_up(adapter, message)
            while time.monotonic() - started < seconds and not self._is_over(login):
                claim = in_transaction(self.env, self._claim)
                if not claim:
                    break
                done += 1
                if claim.envelope:
                    self._send(adapter, claim, login)
                while message := self._next(IN_DOUBT):
                    self._clear_up(adapter, message)
        return done

    def _is_over(self, login: tuple) -> bool:
        """Whether somebody switched the account off, changed its password or signed in again since the turn began."""
        self.env.cr.execute(
            SQL(
                """SELECT password_encrypted, signed_in_at FROM inbox_account
                    WHERE id = %s AND state = 'connected'""",
                self.account.id,
            )
        )
        over = self.env.cr.fetchone() != login
        self.env.cr.commit()
        return over

    # ------------------------------------------------------------ one email

    def _next(self, which: SQL) -> int | None:
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM inbox_message message WHERE account_id = %s AND %s
                 ORDER BY send_attempts, coalesce(send_again_at, send_after), id LIMIT 1""",
                self.account.id,
                which,
            )
        )
        self.env.cr.commit()
        return rows[0][0] if rows else None

    def _claim(self) -> Claim | None:
        """Take the email that was tried least and waited longest; that it is tried is committed before the server hears
        of it."""
        if self.account._hold_for_limit():
            return None
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM inbox_message message WHERE account_id = %s AND %s
                 ORDER BY coalesce(send_attempts, 0), greatest(send_after, send_again_at), id LIMIT 1 FOR UPDATE""",
                self.account.id,
                READY,
            )
        )
        if not rows:
            return None
        message = self.env["inbox.message"].browse(rows[0][0])
        now, attempt = fields.Datetime.now(), message.send_attempts + 1
        try:
            envelope = _envelope(message)
        except Exception:
            _logger.exception("Email %s cannot be made ready to be sent", message.id)
            message._not_sent(message._in_words_of_author()._("It cannot be put into words for the mail server."))
            return Claim(message.id, attempt, None)
        message.write(
            {
                "state": "outgoing",
                "send_attempts": attempt,
                # One with which processes die again and again has them live in between.
                "send_again_at": now + timedelta(seconds=_wait_after(attempt)) if attempt > 2 else False,
                "send_tried_since": message.send_tried_since or now,
            }
        )
        if self.leaves_drafts and message.message_id:
            unsent.remember(self.account, message.message_id)
        return Claim(message.id, attempt, envelope, message.message_id)

    def _send(self, adapter: Adapter, claim: Claim, login: tuple) -> None:
        try:
            if claim.attempt > 1 and claim.message_id:
                adapter.forget_unsent(claim.message_id)
            delivery = adapter.send(claim.envelope, partial(self._begun, claim))
        except WithdrawnError as error:
            self._log(logging.INFO, claim, "was not sent", error)
        except DeliveryUnknownError as error:
            # It stays as it is, that is in doubt.
            self._log(logging.WARNING, claim, "may have been sent or not", error)
        except AdapterError as error:
            self._log(logging.INFO, claim, "was not sent", error)
            self._record(claim, partial(self._failed, error=error, login=login))
            self._note_size_limit(error.details.get("limit"))
        except Exception as error:  # noqa: BLE001 (whatever it is, the rest goes on; once begun, this one is in doubt)
            self._log(logging.ERROR, claim, "may have been sent or not", error)
            self._record(claim, self._stumbled)
        else:
            self._record(claim, partial(self._went_out, delivery=delivery))
            self._create_contacts(claim)
            self._note_size_limit(delivery.size_limit)

    def _went_out(self, message, delivery: Delivery) -> None:
        message._went_out(delivery)
        if self.leaves_drafts and message.message_id:
            unsent.forget(self.account, message.message_id)

    def _create_contacts(self, claim: Claim) -> None:
        """Make contacts of the recipients, if the account asks for it."""
        try:
            contacts.create_written_to(self.env, self.env["inbox.message"].browse(claim.message))
        except Exception as error:  # noqa: BLE001 (it was sent, and that is what counts)
            self.env.cr.rollback()
            self._log(logging.WARNING, claim, "was sent, but no contact could be created for its recipients", error)

    def _note_size_limit(self, limit: int | None) -> None:
        """Remember for those who write how large an email may be; None: nothing was said of it."""
        if limit is not None:
            in_transaction(self.env, partial(self.account._remember_size_limit, limit))

    def _begun(self, claim: Claim) -> None:
        """Commit that from now on the email may go out.

        :raises WithdrawnError: somebody took it back.
        """

        def begin():
            self.env.cr.execute(
                SQL(
                    """UPDATE inbox_message SET sending_since = %s, send_again_at = NULL
                        WHERE id = %s AND state = 'outgoing' AND send_attempts = %s AND sending_since IS NULL
                          AND is_deleted IS NOT TRUE""",
                    NOW,
                    claim.message,
                    claim.attempt,
                )
            )
            if not self.env.cr.rowcount:
                raise WithdrawnError("it was taken back")

        self.env.invalidate_all()
        in_transaction(self.env, begin)

    @staticmethod
    def _stumbled(message) -> None:
        if not message.sending_since:
            message.write(_later(_wait_after(message.send_attempts)))

    def _log(self, level: int, claim: Claim, what: str, error: Exception) -> None:
        trace = error if level >= logging.ERROR else None
        _logger.log(
            level, "Account %s: email %s %s: %s", self.account.id, claim.message, what, error, exc_info=trace
        )  # fmt: skip

    def _record(self, claim: Claim, work) -> None:
        """Write down what became of it in one transaction, unless it is known already."""

        def record():
            self.env.cr.execute(
                SQL(
                    """SELECT FROM inbox_message WHERE id = %s AND state = 'outgoing' AND send_attempts = %s
                          FOR UPDATE""",
                    claim.message,
                    claim.attempt,
                )
            )
            if self.env.cr.rowcount:
                work(self.env["inbox.message"].browse(claim.message))

        self.env.invalidate_all()
        in_transaction(self.env, record)

    def _failed(self, message, error: AdapterError, login: tuple) -> None:
        if isinstance(error, AuthenticationError):
            # It waits for its account, which is switched off unless somebody changed its login meanwhile.
            why = message._explain_to_author(error)
            message.write({"sending_since": False, "send_again_at": False, "send_error": why})
            if _login(self.account) == login:
                self.account._authentication_failed(error)
        elif isinstance(error, (SendRefusedError, InvalidInputError)):
            message._refused(error)
        else:
            self._wait(message, error)

    def _wait(self, message, error: AdapterError) -> None:
        """Try again later, the server's own wait wins; after a day it is not tried any more."""
        now = fields.Datetime.now()
        if now - message.send_tried_since >= PATIENCE:
            message._given_up(error)
            return
        wait = _wait_after(message.send_attempts)
        wait *= random.uniform(0.8, 1.2)  # noqa: S311 (jitter)
        if isinstance(error, TemporaryError) and error.retry_after:
            wait = error.retry_after
        then = now + timedelta(seconds=wait)
        message._waits(error, then)
        if not error.details.get("rejected"):
            # It is not this email's fault: no other would fare better before.
            self._hold_back(then)

    def _hold_back(self, then) -> None:
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE inbox_message message SET send_again_at = %s
                    WHERE account_id = %s AND %s""",
                then,
                self.account.id,
                READY,
            )
        )
        self.env["inbox.message"].invalidate_model(["send_again_at"])

    # ------------------------------------------------------------ what nobody knows

    def _clear_up(self, adapter: Adapter, message_id: int) -> None:
        """Find out whether an email in doubt went out."""
        message = self.env["inbox.message"].browse(message_id)
        message.invalidate_recordset()
        claim = Claim(message_id, message.send_attempts, None)
        since, wanted = message.sending_since, message.message_id
        sent, saves = self.account._folder_of_role("sent"), self.account.saves_sent
        path = sent.path
        self.env.cr.commit()
        may_come = saves == "yes" and fields.Datetime.now() - since < SAVED_WITHIN
        found = False
        try:
            found = bool(path) and saves != "no" and _is_in(adapter, path, wanted)
            if not found and not may_come and wanted:
                adapter.forget_unsent(wanted)
        except AdapterError as error:
            _logger.info("Account %s: nobody can look what became of an email: %s", self.account.id, error)
            if fields.Datetime.now() - since < PATIENCE:
                self._record(claim, lambda one: one.write(_later(FIRST_WAIT)))
                return
        if found:
            self._record(claim, lambda one: one._went_out())
        elif may_come:
            self._record(claim, lambda one: one.write(_later(LOOK_AGAIN)))
        else:
            self._record(claim, lambda one: one._is_in_doubt())


def _patient(settings: Settings) -> Settings:
    """Wait for slow servers as long as Odoo lets a cron worker live, and no longer: a worker that is killed does not
    know what the server would have said."""
    limit = config["limit_time_real_cron"]
    limit = config["limit_time_real"] if limit in (-1, None) else limit
    if not limit or limit < 0:
        return settings
    return replace(
        settings,
        patience=min(settings.patience, limit / 4),
        last_patience=min(settings.last_patience, limit / 2),
    )


def _wait_after(attempts: int) -> float:
    """Seconds until the next try."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempts - 1, 10))


def _later(seconds: float) -> dict:
    return {"send_again_at": fields.Datetime.now() + timedelta(seconds=seconds)}


def _is_in(adapter: Adapter, path: str, message_id: str) -> bool:
    """Whether an email with this Message-ID lies in the folder.

    :raises AdapterError:
    """
    remote = next((folder for folder in adapter.folders() if folder.path == path), None)
    if not remote or not message_id:
        return False
    _cursor, copies = adapter.find(remote, message_id)
    return bool(copies)


def _envelope(message) -> Envelope:
    """What the server shall get, and for whom: everybody but the blind ones is named in it."""
    source = message._source_to_send()
    people = message.participant_ids
    sender = people.filtered(lambda one: one.role == "from")[:1].email
    recipients = tuple(
        dict.fromkeys(one.email for one in people.sorted("id") if one.role in ("to", "cc", "bcc") and one.email)
    )
    addressed = mime.without_bcc(source)
    thread = conversations.thread_of(message.env, message.conversation_id.id)
    return Envelope(sender, recipients, addressed, mime.needs_smtputf8((sender, *recipients)), thread)
