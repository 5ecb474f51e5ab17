"""A user's change of the folders and a run's listing of them, kept in order.

A run lists the folders, with no transaction open, and merges afterwards. A listing that was made before a user's change
must not be merged after it, or the change would be taken back here and the emails with it. So each change counts up
`inbox.account.folder_version`, and a merge is good only for the version that was there before its listing. Between the
server's answer and the database's commit a change holds a lock, so that a merge waits for it.
"""

from odoo.tools import SQL

#: The first half of the advisory lock's key; the second is the account's id.
LOCK = 1_868_983_148


class OutdatedError(Exception):
    """The folders were changed since they were listed; nothing of the current transaction may be kept."""


def hold(env, account) -> None:
    """Keep merges and other changes of this account's folders away until the transaction ends."""
    env.cr.execute(SQL("SELECT pg_advisory_xact_lock(%s, %s)", LOCK, account.id))


def version(env, account) -> int:
    """The version to hand to `check()` later; to be read in a transaction that begins with it."""
    [(found,)] = env.execute_query(
        SQL("SELECT coalesce(folder_version, 0) FROM inbox_account WHERE id = %s", account.id)
    )
    return found


def check(env, account, listed_at: int) -> None:
    """First statement of a transaction that merges: let it go on only if nobody changed the folders since.

    :param listed_at: `version()` before the folders were listed.
    :raises OutdatedError: list them again.
    """
    hold(env, account)
    # Of a transaction that waited above, PostgreSQL shows the past; a row that is locked must be the present one.
    [(found,)] = env.execute_query(
        SQL("SELECT coalesce(folder_version, 0) FROM inbox_account WHERE id = %s FOR UPDATE", account.id)
    )
    if found != listed_at:
        raise OutdatedError


def bump(env, account) -> None:
    """First statement of a transaction that follows a change on the server: listings from before are void."""
    env.cr.execute(
        SQL("UPDATE inbox_account SET folder_version = coalesce(folder_version, 0) + 1 WHERE id = %s", account.id)
    )
    account.invalidate_recordset(["folder_version"])
