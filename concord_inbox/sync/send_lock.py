"""One process sends an account's emails at a time, on however many workers and machines.

Not the lease of the synchronisation (lease.py): a first one that takes an hour must not keep an email waiting, and both
would write the same row. A lock of the database's session is enough: it is gone the moment the connection is, and a
process without its connection cannot record anything any more. What it was sending then is in doubt.
"""

import contextlib
from collections.abc import Iterator

import psycopg2
from odoo.tools import SQL

#: The first half of the advisory lock's key; the second is the account's id.
LOCK = 1_868_983_149

#: Whether nobody holds the lock of the account in `account.id`.
FREE = SQL(
    """NOT EXISTS (SELECT FROM pg_locks
                    WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database
                                                                 WHERE datname = current_database())
                      AND classid = %s AND objid = account.id AND objsubid = 2)""",
    LOCK,
)


@contextlib.contextmanager
def held(account) -> Iterator[bool]:
    """Hold the lock of `account` while in the block, whatever is committed there; False: somebody else has it.

    Ends the transaction at both ends.
    """
    env = account.env
    [(taken,)] = env.execute_query(SQL("SELECT pg_try_advisory_lock(%s, %s)", LOCK, account.id))
    env.cr.commit()
    if not taken:
        yield False
        return
    try:
        yield True
    finally:
        # Without a connection there is no lock either.
        with contextlib.suppress(psycopg2.OperationalError, psycopg2.InterfaceError):
            env.cr.rollback()
            env.execute_query(SQL("SELECT pg_advisory_unlock(%s, %s)", LOCK, account.id))
            env.cr.commit()
