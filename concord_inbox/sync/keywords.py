"""The three-way merge of keywords: what the server said before, what it says now, what the user wants.

A message has one wish for each keyword, its copies have one report each. Over several copies the server's word is:
read when every copy is, starred or answered when any copy is. A message that agrees with the server's word before a
change follows the change; one that differs was changed by the user since, and keeps the wish. So does one that the user
changed and that has no copy just now: nobody can tell by then what of it was changed.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from odoo.tools import SQL

from ..adapters.base import ANSWERED, DRAFT, FLAGGED, SEEN
from . import remote_ids

_SERVERS_WORD = """
    SELECT inbox_message_id, bool_and(seen), bool_or(flagged), bool_or(answered)
      FROM inbox_message_copy WHERE inbox_message_id = ANY(%s) GROUP BY inbox_message_id
"""


EMPTY: Mapping = MappingProxyType({})


def columns_of(keywords: frozenset[str]) -> tuple[bool, bool, bool, bool, str | None]:
    """Return a copy's columns seen, flagged, answered, draft, keywords."""
    others = " ".join(sorted(keywords - {SEEN, FLAGGED, ANSWERED, DRAFT}))
    return SEEN in keywords, FLAGGED in keywords, ANSWERED in keywords, DRAFT in keywords, others or None


def merge(
    env, message_ids: list[int], change_copies: Callable[[], None], new: Mapping[int, tuple[bool, bool, bool]] = EMPTY
) -> list[int]:
    """Call `change_copies()`, which inserts, updates or deletes copies of `message_ids`, and let the messages follow.

    :param new: messages that were just created for one of these copies -> whether it is read, starred, answered, as
        they were stored. Nothing is done for those whose copies agree.
    :return: ids of the messages that changed.
    """
    before = {**_servers_word(env, [message for message in message_ids if message not in new]), **new}
    change_copies()
    after = _servers_word(env, message_ids)
    # A message without any copy before (it is new in the folders, or was moved out of one) takes all from its copies,
    # unless the user changed it.
    moved = [(message, *before.get(message, (None,) * 3), *word) for message, word in after.items()]
    moved = [row for row in moved if row[1:4] != row[4:7]]
    if not moved:
        return []
    env["inbox.message"].flush_model(["is_read", "is_starred", "is_answered"])
    changed = env.execute_query(
        SQL(
            """UPDATE inbox_message message
                  SET is_read = new.is_read, is_starred = new.is_starred, is_answered = new.is_answered
                 FROM (SELECT message.id,
                              CASE WHEN message.is_read IS DISTINCT FROM row.seen_before
                                    AND (row.seen_before IS NOT NULL OR message.is_changed)
                                   THEN message.is_read ELSE row.seen END AS is_read,
                              CASE WHEN message.is_starred IS DISTINCT FROM row.flagged_before
                                    AND (row.flagged_before IS NOT NULL OR message.is_changed)
                                   THEN message.is_starred ELSE row.flagged END AS is_starred,
                              CASE WHEN message.is_answered IS DISTINCT FROM row.answered_before
                                    AND (row.answered_before IS NOT NULL OR message.is_changed)
                                   THEN message.is_answered ELSE row.answered END AS is_answered
                         FROM unnest(%s::int[], %s::bool[], %s::bool[], %s::bool[], %s::bool[], %s::bool[], %s::bool[])
                              AS row(id, seen_before, flagged_before, answered_before, seen, flagged, answered)
                         JOIN inbox_message message ON message.id = row.id) new
                WHERE message.id = new.id
                  AND (message.is_read, message.is_starred, message.is_answered)
                      IS DISTINCT FROM (new.is_read, new.is_starred, new.is_answered)
            RETURNING message.id""",
            *map(list, zip(*moved, strict=True)),
        )
    )
    env["inbox.message"].invalidate_model(["is_read", "is_starred", "is_answered"])
    return [message for (message,) in changed]


def apply(env, folder, reported: dict) -> list[int]:
    """Store the keywords that the server reports for copies of `folder`; return ids of messages that changed.

    :param reported: remote id -> its keywords now. Ids that the database does not hold are left out.
    """
    if not reported:
        return []
    kind = remote_ids.kind_of(folder.account_id)
    columns = zip(*(columns_of(keywords) for keywords in reported.values()), strict=True)
    news = SQL(
        """unnest(%s, %s::bool[], %s::bool[], %s::bool[], %s::bool[], %s::text[])
           AS new(remote_id, seen, flagged, answered, draft, keywords)""",
        kind.array(reported),
        *map(list, columns),
    )
    differs = SQL(
        """copy.folder_id = %s AND copy.%s = new.remote_id
           AND (copy.seen, copy.flagged, copy.answered, copy.draft, copy.keywords)
               IS DISTINCT FROM (new.seen, new.flagged, new.answered, new.draft, new.keywords)""",
        folder.id,
        kind.column,
    )
    affected = env.execute_query(
        SQL("SELECT copy.inbox_message_id FROM inbox_message_copy copy, %s WHERE %s", news, differs)
    )
    if not affected:
        return []

    def change_copies():
        env.cr.execute(
            SQL(
                """UPDATE inbox_message_copy copy
                      SET seen = new.seen, flagged = new.flagged, answered = new.answered, draft = new.draft,
                          keywords = new.keywords
                     FROM %s WHERE %s""",
                news,
                differs,
            )
        )
        env["inbox.message.copy"].invalidate_model()

    return merge(env, sorted({message for (message,) in affected}), change_copies)


def _servers_word(env, message_ids: list[int]) -> dict[int, tuple[bool, bool, bool]]:
    if not message_ids:
        return {}
    rows = env.execute_query(SQL(_SERVERS_WORD, message_ids))
    return {message: (seen, flagged, answered) for message, seen, flagged, answered in rows}
