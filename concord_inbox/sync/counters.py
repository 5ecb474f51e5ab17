"""How many emails each folder holds, and how many of them are unread, without counting them.

Triggers (models/inbox_folder_count.py) write what each statement changes as a row of its own, and the sum of a folder's
rows is its count. Rows are only ever added: two transactions that change one folder never wait for each other. What has
piled up is put together now and then, and once a day the sums are compared with the emails.
"""

from collections.abc import Collection

from odoo.tools import SQL

#: Rows of a folder that are put together.
PILE = 20


def read(env, folder_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Folder id -> unread emails, all emails. Whoever asks must have made sure that the user may know."""
    env["inbox.message"].flush_model(["is_read", "folder_ids"])
    rows = env.execute_query(
        SQL(
            "SELECT folder_id, sum(unread), sum(total) FROM inbox_folder_count WHERE folder_id = ANY(%s) GROUP BY 1",
            list(folder_ids),
        )
    )
    return {folder: (unread, total) for folder, unread, total in rows}


def wrong(env, account_id: int) -> list[int]:
    """The folders of this account whose emails are other ones, or other in number, than was written down for them."""
    rows = env.execute_query(SQL("%s UNION SELECT folder_id FROM (%s) counts", _stale(account_id), _amiss(account_id)))
    return sorted(folder for (folder,) in rows)


def align(env, account_id: int | None = None) -> None:
    """Have what is kept beside the folders, for lists and counts, agree with the emails of this account (of all)."""
    env.cr.execute(
        SQL(
            """UPDATE inbox_message_folder_rel rel
                  SET date = message.date, is_read = coalesce(message.is_read, false)
                 FROM inbox_message message
                WHERE message.id = rel.message_id AND (%(account)s::int IS NULL OR message.account_id = %(account)s)
                  AND (rel.date, rel.is_read) IS DISTINCT FROM (message.date, coalesce(message.is_read, false))""",
            account=account_id,
        )
    )


def mend(env, account_id: int | None = None) -> None:
    """Have the counts of this account (of all) agree with its emails; the caller commits."""
    align(env, account_id)
    # A difference is added, for others may be adding theirs.
    env.cr.execute(SQL("INSERT INTO inbox_folder_count (folder_id, unread, total) %s", _amiss(account_id)))


def compact(env) -> None:
    """Put together the rows of folders that have many; the caller commits."""
    env.cr.execute(
        SQL(
            """WITH piled AS (SELECT folder_id FROM inbox_folder_count GROUP BY folder_id HAVING count(*) > %s),
                    gone AS (DELETE FROM inbox_folder_count WHERE folder_id IN (TABLE piled)
                             RETURNING folder_id, unread, total)
               INSERT INTO inbox_folder_count (folder_id, unread, total)
               SELECT folder_id, sum(unread), sum(total) FROM gone GROUP BY folder_id""",
            PILE,
        )
    )


def _stale(account_id: int) -> SQL:
    return SQL(
        """SELECT rel.folder_id FROM inbox_message_folder_rel rel
             JOIN inbox_message message ON message.id = rel.message_id
            WHERE message.account_id = %s
              AND (rel.date, rel.is_read) IS DISTINCT FROM (message.date, coalesce(message.is_read, false))""",
        account_id,
    )


def _amiss(account_id: int | None) -> SQL:
    """(folder, unread, total): what is missing in the sums of the folders that are not right."""
    return SQL(
        """SELECT folder.id AS folder_id, coalesce(real.unread, 0) - coalesce(kept.unread, 0) AS unread,
                  coalesce(real.total, 0) - coalesce(kept.total, 0) AS total
             FROM inbox_folder folder
        LEFT JOIN (SELECT folder_id, count(*) FILTER (WHERE NOT is_read) AS unread, count(*) AS total
                     FROM inbox_message_folder_rel WHERE folder_id IN (%(folders)s) GROUP BY folder_id) real
               ON real.folder_id = folder.id
        LEFT JOIN (SELECT folder_id, sum(unread) AS unread, sum(total) AS total
                     FROM inbox_folder_count WHERE folder_id IN (%(folders)s) GROUP BY folder_id) kept
               ON kept.folder_id = folder.id
            WHERE folder.id IN (%(folders)s)
              AND (coalesce(real.unread, 0), coalesce(real.total, 0))
                  IS DISTINCT FROM (coalesce(kept.unread, 0), coalesce(kept.total, 0))""",
        folders=SQL("SELECT id FROM inbox_folder WHERE %(account)s::int IS NULL OR account_id = %(account)s",
                    account=account_id),
    )  # fmt: skip
