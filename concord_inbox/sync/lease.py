"""One account is synchronised by one process at a time, on however many workers and machines.

A lease is a token on the account's row. It is renewed in every transaction that stores something, so a process that
lost it (it slept for too long, another took over) cannot write any more. It ends by itself after `DURATION`,
and at once when the database connection that took it is gone: a killed worker does not keep its account waiting.
"""

import random
import time
import uuid
from collections.abc import Callable

from odoo.tools import SQL
from psycopg2.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

DURATION = 900  # seconds
RETRIES = 6

#: What PostgreSQL answers when two transactions got into each other's way, and the loser shall try again.
CONFLICTS = (SerializationFailure, DeadlockDetected, LockNotAvailable)

FREE = SQL(
    """(lease_token IS NULL
        OR lease_until < clock_timestamp() AT TIME ZONE 'UTC'
        OR NOT EXISTS (SELECT FROM pg_stat_activity
                        WHERE pid = lease_backend
                          AND backend_start AT TIME ZONE 'UTC' = lease_backend_start))"""
)


class LeaseLostError(Exception):
    """Another process took the account over; nothing of the current transaction may be kept."""


class Lease:
    """The right to synchronise `account`, held from `take()` to `release()`."""

    def __init__(self, account):
        self.account = account
        self.token = uuid.uuid4().hex
        self._asked_for = None

    def take(self) -> bool:
        """Take the lease and commit; return False when somebody else has it."""

        def claim():
            self.account.env.cr.execute(
                SQL(
                    """UPDATE inbox_account
                          SET lease_token = %(token)s,
                              lease_until = clock_timestamp() AT TIME ZONE 'UTC' + %(seconds)s * interval '1 second',
                              lease_backend = pg_backend_pid(),
                              lease_backend_start = (SELECT backend_start AT TIME ZONE 'UTC' FROM pg_stat_activity
                                                      WHERE pid = pg_backend_pid())
                        WHERE id = %(account)s AND %(free)s""",
                    token=self.token,
                    seconds=DURATION,
                    account=self.account.id,
                    free=FREE,
                )
            )
            return self.account.env.cr.rowcount == 1

        taken = in_transaction(self.account.env, claim)
        self._asked_for = self._account_now()
        return taken

    def is_outdated(self) -> bool:
        """Whether somebody asked for another run, changed the password or signed in again, since this one began."""
        return self._account_now() != self._asked_for

    def _account_now(self):
        self.account.env.cr.execute(
            SQL(
                "SELECT next_sync, password_encrypted, signed_in_at, state FROM inbox_account WHERE id = %s",
                self.account.id,
            )
        )
        return self.account.env.cr.fetchone()

    def is_held(self) -> bool:
        """Whether the lease was not taken away since it was taken."""
        self.account.env.cr.execute(
            SQL("SELECT FROM inbox_account WHERE id = %s AND lease_token = %s", self.account.id, self.token)
        )
        return self.account.env.cr.rowcount == 1

    def renew(self) -> None:
        """Last statement before a commit (it locks the account's row): go on only while the lease is held.

        :raises LeaseLostError: roll back.
        """
        self.account.env.cr.execute(
            SQL(
                """UPDATE inbox_account
                      SET lease_until = clock_timestamp() AT TIME ZONE 'UTC' + %(seconds)s * interval '1 second'
                    WHERE id = %(account)s AND lease_token = %(token)s""",
                seconds=DURATION,
                account=self.account.id,
                token=self.token,
            )
        )
        if self.account.env.cr.rowcount != 1:
            raise LeaseLostError

    def release(self) -> None:
        """Give the lease back and commit. Harmless when it is lost already."""

        def give_back():
            self.account.env.cr.execute(
                SQL(
                    """UPDATE inbox_account
                          SET lease_token = NULL, lease_until = NULL, lease_backend = NULL, lease_backend_start = NULL
                        WHERE id = %s AND lease_token = %s""",
                    self.account.id,
                    self.token,
                )
            )

        self.account.env.cr.rollback()
        in_transaction(self.account.env, give_back)


def in_transaction(env, work: Callable, commit: Callable | None = None):
    """Run `work()` and commit, again from the start when another transaction got in the way; return its result.

    :param commit: called instead of `env.cr.commit`.
    """
    for attempt in range(1, RETRIES + 1):
        try:
            result = work()
            env.flush_all()
            (commit or env.cr.commit)()
            return result
        except CONFLICTS:
            env.cr.rollback()
            env.invalidate_all()
            if attempt == RETRIES:
                raise
            time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 (jitter)
        except BaseException:
            env.cr.rollback()
            env.invalidate_all()
            raise
    raise AssertionError("unreachable")
