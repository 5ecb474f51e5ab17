"""What the user wants of emails, and what their copies are: what `push` has to bring together."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from odoo.tools import SQL

from ..adapters.base import ANSWERED, FLAGGED, SEEN, RemoteId

#: The user's wish -> the keyword of the copies, and how the server's word follows from several (see sync/keywords.py).
KEYWORDS: dict[str, tuple[str, Callable]] = {
    "is_read": (SEEN, all),
    "is_starred": (FLAGGED, any),
    "is_answered": (ANSWERED, any),
}

#: Which rows of `inbox_message` the server has to be told of. For an email that is in no folder just now only looking
#: at all of them helps, unless it is known where it went.
DUE = SQL("is_changed AND (orphaned_at IS NULL OR moved_to_id IS NOT NULL)")

#: Whether the server is to get the email (`message`) from here.
HAS_SOURCE = SQL(
    """EXISTS (SELECT FROM ir_attachment
                WHERE res_model = 'inbox.message' AND res_field = 'source' AND res_id = message.id)"""
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What one email shall be."""

    message: int
    is_read: bool
    is_starred: bool
    is_answered: bool
    is_deleted: bool
    folders: frozenset[int]


@dataclass(slots=True)
class Copy:
    """One copy of such an email, as the server had it last, and what it may have been told since.

    :param id: None in a folder that is not followed, of whose copies the database keeps no rows.
    """

    id: int | None
    message: int
    folder: int
    remote_id: RemoteId
    seen: bool
    flagged: bool
    answered: bool
    in_doubt: str = ""
    moving_to: int | None = None
    copying_to: int | None = None


def are_due(env, account) -> bool:
    """Whether the user changed something that the server was not told yet."""
    [(due,)] = env.execute_query(
        SQL("SELECT EXISTS (SELECT FROM inbox_message WHERE account_id = %s AND %s)", account.id, DUE)
    )
    return due


def read(env, account, after: int, limit: int) -> list[Wish]:
    """The wishes for emails with ids above `after`, in their order."""
    rows = env.execute_query(
        SQL(
            """SELECT id, is_read, is_starred, coalesce(is_answered, false), coalesce(is_deleted, false),
                      ARRAY(SELECT folder_id FROM inbox_message_folder_rel WHERE message_id = message.id)
                 FROM inbox_message message
                WHERE account_id = %s AND is_changed AND id > %s ORDER BY id LIMIT %s""",
            account.id,
            after,
            limit,
        )
    )
    return [Wish(*row[:5], frozenset(row[5])) for row in rows]


def copies(env, message_ids: list[int]) -> dict[int, list[Copy]]:
    """The copies of each of these emails, in folders that were looked at."""
    rows = env.execute_query(
        SQL(
            """SELECT copy.id, inbox_message_id, folder_id, uid, remote_id, seen, flagged, answered,
                      coalesce(in_doubt, ''), moving_to_id, copying_to_id
                 FROM inbox_message_copy copy JOIN inbox_folder folder ON folder.id = copy.folder_id
                WHERE inbox_message_id = ANY(%s) AND folder.cursor IS NOT NULL AND folder.cursor <> 'null'
             ORDER BY copy.id""",
            message_ids,
        )
    )
    found: dict[int, list[Copy]] = defaultdict(list)
    for copy, message, folder, uid, remote_id, *rest in rows:
        found[message].append(Copy(copy, message, folder, uid or remote_id, *rest))
    return found


def doubt(env, doubts: dict[int, set[str]]) -> None:
    """Remember which keywords of copies the server is about to be told; the caller commits.

    :param doubts: id of the copy -> keywords.
    """
    env.cr.execute(
        SQL(
            """UPDATE inbox_message_copy copy SET in_doubt = new.in_doubt
                 FROM unnest(%s::int[], %s::text[]) AS new(id, in_doubt) WHERE copy.id = new.id""",
            list(doubts),
            [" ".join(sorted(keywords)) for keywords in doubts.values()],
        )
    )
