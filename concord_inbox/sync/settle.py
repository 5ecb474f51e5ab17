"""After the server was told: emails agree with their copies, unless the user changed them again meanwhile."""

from odoo.tools import SQL

from . import spam
from .wishes import Wish


def settle(env, wishes: list[Wish], displaced: set[int]) -> set[int]:
    """Let what was told be no wish any more; what the server refused is taken back. The caller commits.

    What has no copy left waits until all folders were looked at: somebody may have moved it, or it arrived where nobody
    has looked yet. The same holds for `displaced`, the emails that were not where they were. Nothing more is to be done
    for what was moved into a folder that is not followed, and for what was put there from here.

    :return: the emails that agree with their copies now.
    """
    env["inbox.message"].flush_model()
    now_wanted = _folders_of(env, [wish.message for wish in wishes])
    told = [
        wish
        for wish in wishes
        if wish.message not in displaced and now_wanted.get(wish.message, frozenset()) == wish.folders
    ]
    rows = env.execute_query(
        SQL(
            """UPDATE inbox_message message SET is_changed = false
                 FROM unnest(%s::int[], %s::bool[], %s::bool[], %s::bool[], %s::bool[])
                      AS told(id, is_read, is_starred, is_answered, is_deleted)
                WHERE message.id = told.id
                  AND (message.is_read, message.is_starred, coalesce(message.is_answered, false),
                       coalesce(message.is_deleted, false))
                      = (told.is_read, told.is_starred, told.is_answered, told.is_deleted)
                  AND (EXISTS (SELECT FROM inbox_message_copy WHERE inbox_message_id = message.id)
                       OR NOT told.is_deleted
                          AND (message.orphaned_at IS NULL
                               OR EXISTS (SELECT FROM inbox_message_folder_rel
                                           WHERE message_id = message.id AND folder_id = message.moved_to_id)))
            RETURNING message.id""",
            [wish.message for wish in told],
            [wish.is_read for wish in told],
            [wish.is_starred for wish in told],
            [wish.is_answered for wish in told],
            [wish.is_deleted for wish in told],
        )
    )
    env.cr.execute(
        SQL(
            """UPDATE inbox_message message SET orphaned_at = now() AT TIME ZONE 'UTC'
                WHERE id = ANY(%s) AND orphaned_at IS NULL
                  AND NOT EXISTS (SELECT FROM inbox_message_copy WHERE inbox_message_id = message.id)""",
            [wish.message for wish in told if wish.is_deleted],
        )
    )
    env.cr.execute(
        SQL(
            """UPDATE inbox_message_copy SET in_doubt = NULL, moving_to_id = NULL, copying_to_id = NULL
                WHERE inbox_message_id = ANY(%s)
                  AND (in_doubt IS NOT NULL OR moving_to_id IS NOT NULL OR copying_to_id IS NOT NULL)""",
            [wish.message for wish in wishes if wish.message not in displaced],
        )
    )
    settled = {message for (message,) in rows}
    follow_copies(env, sorted(settled))
    env["inbox.message"].invalidate_model()
    env["inbox.message.copy"].invalidate_model()
    return settled


def _folders_of(env, message_ids: list[int]) -> dict[int, frozenset[int]]:
    rows = env.execute_query(
        SQL(
            """SELECT message_id, array_agg(folder_id) FROM inbox_message_folder_rel
                WHERE message_id = ANY(%s) GROUP BY message_id""",
            message_ids,
        )
    )
    return {message: frozenset(folders) for message, folders in rows}


def follow_copies(env, message_ids: list[int]) -> None:
    """Let emails be what their copies say, but for those that the user changed; the caller commits.

    Where the server was told, both are the same by now but for what it refused: that is taken back. An email without
    any copy stays where it is.
    """
    unchanged = SQL("message.id = ANY(%s) AND message.is_changed IS NOT TRUE", message_ids)
    env.cr.execute(
        SQL(
            """UPDATE inbox_message message
                  SET is_read = word.seen, is_starred = word.flagged, is_answered = word.answered, is_deleted = false
                 FROM (SELECT inbox_message_id, bool_and(coalesce(seen, false)) AS seen,
                              bool_or(coalesce(flagged, false)) AS flagged,
                              bool_or(coalesce(answered, false)) AS answered
                         FROM inbox_message_copy WHERE inbox_message_id = ANY(%s) GROUP BY inbox_message_id) word
                WHERE message.id = word.inbox_message_id AND %s
                  AND (message.is_read, message.is_starred, message.is_answered, message.is_deleted)
                      IS DISTINCT FROM (word.seen, word.flagged, word.answered, false)""",
            message_ids,
            unchanged,
        )
    )
    env.cr.execute(
        SQL(
            """DELETE FROM inbox_message_folder_rel rel USING inbox_message message
                WHERE message.id = rel.message_id AND %s
                  AND EXISTS (SELECT FROM inbox_message_copy WHERE inbox_message_id = rel.message_id)
                  AND NOT EXISTS (SELECT FROM inbox_message_copy
                                   WHERE inbox_message_id = rel.message_id AND folder_id = rel.folder_id)""",
            unchanged,
        )
    )
    env.cr.execute(
        SQL(
            """INSERT INTO inbox_message_folder_rel (message_id, folder_id)
               SELECT DISTINCT copy.inbox_message_id, copy.folder_id
                 FROM inbox_message_copy copy JOIN inbox_message message ON message.id = copy.inbox_message_id
                WHERE %s
          ON CONFLICT DO NOTHING""",
            unchanged,
        )
    )
    spam.follow(env, message_ids)
