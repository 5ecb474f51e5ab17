"""Copies that are no longer on the server, and the emails that this leaves without any.

An email that was moved by somebody else vanishes from one folder and appears in another. It must keep its record, with
links and notes, so it is not deleted when its last copy goes: it becomes an *orphan*, and is deleted only when a look
at all folders after that did not find it anywhere.
"""

from datetime import datetime

from odoo.tools import SQL

from . import conversations, keywords, live, remote_ids, spam
from .states import EXCHANGED, OUTBOX, SENT
from .wishes import HAS_SOURCE

#: How long an email that the user moved to a folder that is not followed is remembered, so that it can be moved back.
UNDO_SECONDS = 24 * 3600

#: Written here, and not (yet) what the server has: what somebody does with a copy of it there is no reason to lose it.
_IS_OURS = SQL(
    "(message.state IN %s OR message.state IN %s AND %s)",
    OUTBOX,
    SENT,
    HAS_SOURCE,
)


def copies(env, folder, *, ids=None, present=None, bound=None) -> int:
    """Remove the copies in `folder` that have one of `ids`, or those that have none of `present`; the caller commits.

    :param bound: ids from here on were not looked at when `present` was made, and stay.
    :return: how many were removed.
    """
    kind = remote_ids.kind_of(folder.account_id)
    if ids is not None:
        which = SQL("copy.folder_id = %s AND copy.%s = ANY(%s)", folder.id, kind.column, kind.array(ids))
    else:
        which = SQL(
            """copy.folder_id = %s AND NOT EXISTS (SELECT FROM unnest(%s) AS there(id)
                                                    WHERE there.id = copy.%s) AND %s""",
            folder.id,
            kind.array(present),
            kind.column,
            SQL("copy.uid < %s", bound) if bound is not None else SQL("true"),
        )
    return _remove(env, which)


def copies_by_id(env, copy_ids: list[int]) -> int:
    """Remove these copies, which the server was told to move or delete; the caller commits.

    The folders that the emails shall be in stay what they are: they are the user's wish.
    """
    return _remove(env, SQL("copy.id = ANY(%s)", copy_ids), follow=False) if copy_ids else 0


def all_copies(env, folders) -> int:
    """Remove every copy in `folders`; the caller commits."""
    return _remove(env, SQL("copy.folder_id = ANY(%s)", folders.ids))


def newest_orphan(env, account) -> datetime | None:
    """When the last email of `account` lost its last copy; None when every email has one."""
    [(newest,)] = env.execute_query(
        SQL("SELECT max(orphaned_at) FROM inbox_message message WHERE %s", _is_orphan(account))
    )
    return newest


def delete_orphans(env, account, until: datetime) -> int:
    """Forget the emails of `account` that have been in no folder since `until`; the caller commits. Return how many.

    :param until: what `newest_orphan()` said before all folders were looked at once more. What became an orphan during
        that look may have moved behind its back.
    """
    found = env.execute_query(
        SQL("SELECT message.id FROM inbox_message message WHERE %s AND orphaned_at <= %s", _is_orphan(account), until)
    )
    return forget(env, account, [message for (message,) in found])


def forget(env, account, message_ids: list[int]) -> int:
    """What becomes of emails that are not on the server any more: they are deleted, but for those that the account
    keeps on the pages of their contacts, deals and other documents; the caller commits. Return how many there were.
    """
    kept = []
    if account.keep_linked and message_ids:
        env["inbox.conversation.link"].flush_model(["conversation_id", "is_undone"])
        kept = env.execute_query(
            SQL(
                """UPDATE inbox_message message
                      SET is_gone = true, orphaned_at = NULL, moved_to_id = NULL,
                          is_changed = false, is_deleted = false
                    WHERE id = ANY(%s) AND state IN %s
                      AND (EXISTS (SELECT FROM inbox_message_res_partner_rel WHERE message_id = message.id)
                           OR EXISTS (SELECT FROM inbox_conversation_link link
                                       WHERE link.conversation_id = message.conversation_id
                                         AND link.is_undone IS NOT TRUE))
                RETURNING id""",
                message_ids,
                EXCHANGED,
            )
        )
        kept = [message for (message,) in kept]
        env.cr.execute(SQL("DELETE FROM inbox_message_folder_rel WHERE message_id = ANY(%s)", kept))
        env["inbox.message"].invalidate_model()
    messages = env["inbox.message"].browse(set(message_ids) - set(kept))
    touched = env["inbox.message"].browse(message_ids).conversation_id
    messages.unlink()
    conversations.refresh(env, touched.ids)
    if message_ids:
        live.tell(env, account.ids)
    return len(message_ids)


def _is_orphan(account) -> SQL:
    # What the user moved to a folder that is not followed can be taken back for a while.
    return SQL(
        """message.account_id = %s AND message.orphaned_at IS NOT NULL
           AND (message.moved_to_id IS NULL
                OR message.orphaned_at < now() AT TIME ZONE 'UTC' - %s * interval '1 second')""",
        account.id,
        UNDO_SECONDS,
    )


def _remove(env, which: SQL, follow: bool = True) -> int:
    """:param follow: take the emails out of the folders that have no copy of them any more."""
    removed = env.execute_query(
        SQL("SELECT copy.id, copy.inbox_message_id, copy.folder_id FROM inbox_message_copy copy WHERE %s", which)
    )
    if not removed:
        return 0
    copy_ids, message_ids, folder_ids = map(list, zip(*removed, strict=True))

    def delete():
        env.cr.execute(SQL("DELETE FROM inbox_message_copy WHERE id = ANY(%s)", copy_ids))
        if follow:
            _leave_folders(env, message_ids, folder_ids)
        env.cr.execute(
            SQL(
                """UPDATE inbox_message message SET orphaned_at = now() AT TIME ZONE 'UTC'
                    WHERE id = ANY(%s) AND NOT %s
                      AND NOT EXISTS (SELECT FROM inbox_message_copy WHERE inbox_message_id = message.id)""",
                message_ids,
                _IS_OURS,
            )
        )
        env["inbox.message.copy"].invalidate_model()
        env["inbox.message"].invalidate_model(["folder_ids", "copy_ids", "orphaned_at"])

    changed = keywords.merge(env, sorted(set(message_ids)), delete)
    conversations.refresh(env, env["inbox.message"].browse(changed).conversation_id.ids)
    if follow:
        spam.follow(env, sorted(set(message_ids)))
    return len(copy_ids)


def _leave_folders(env, message_ids: list[int], folder_ids: list[int]) -> None:
    """Take each email out of the folder at the same place, unless another copy of it lies there."""
    env.cr.execute(
        SQL(
            """DELETE FROM inbox_message_folder_rel rel
                USING unnest(%s::int[], %s::int[]) AS gone(message_id, folder_id)
                WHERE rel.message_id = gone.message_id AND rel.folder_id = gone.folder_id
                  AND NOT EXISTS (SELECT FROM inbox_message_copy copy
                                   WHERE copy.inbox_message_id = rel.message_id
                                     AND copy.folder_id = rel.folder_id)""",
            message_ids,
            folder_ids,
        )
    )
