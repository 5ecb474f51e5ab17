"""Copies that are no longer on the server, and the emails that this leaves without any.

An email that was moved by somebody else vanishes from one folder and appears in another. It must keep its record, with
links and notes, so it is not deleted when its last copy goes: it becomes an *orphan*, and is deleted only when a look
at all folders after that did not find it anywhere.
"""

from datetime import datetime

from odoo.tools import SQL

from . import conversations, keywords


def copies(env, folder, *, uids=None, present=None) -> int:
    """Remove the copies in `folder` that have one of `uids`, or those that have none of `present`; the caller commits.

    :return: how many were removed.
    """
    if uids is not None:
        which = SQL("copy.folder_id = %s AND copy.uid = ANY(%s::int8[])", folder.id, list(uids))
    else:
        which = SQL(
            """copy.folder_id = %s AND NOT EXISTS (SELECT FROM unnest(%s::int8[]) AS there(uid)
                                                    WHERE there.uid = copy.uid)""",
            folder.id,
            list(present),
        )
    return _remove(env, which)


def copies_by_id(env, copy_ids: list[int]) -> int:
    """Remove these copies; the caller commits."""
    return _remove(env, SQL("copy.id = ANY(%s)", copy_ids)) if copy_ids else 0


def all_copies(env, folders) -> int:
    """Remove every copy in `folders`; the caller commits."""
    return _remove(env, SQL("copy.folder_id = ANY(%s)", folders.ids))


def newest_orphan(env, account) -> datetime | None:
    """When the last email of `account` lost its last copy; None when every email has one."""
    [(newest,)] = env.execute_query(
        SQL("SELECT max(orphaned_at) FROM inbox_message WHERE account_id = %s AND orphaned_at IS NOT NULL", account.id)
    )
    return newest


def delete_orphans(env, account, until: datetime) -> int:
    """Delete the emails of `account` that have been in no folder since `until`; the caller commits. Return how many.

    :param until: what `newest_orphan()` said before all folders were looked at once more. What became an orphan during
        that look may have moved behind its back.
    """
    found = env.execute_query(
        SQL("SELECT id FROM inbox_message WHERE account_id = %s AND orphaned_at <= %s", account.id, until)
    )
    messages = env["inbox.message"].browse(message for (message,) in found)
    touched = messages.conversation_id
    messages.unlink()
    conversations.refresh(env, touched.ids)
    return len(messages)


def _remove(env, which: SQL) -> int:
    removed = env.execute_query(
        SQL("SELECT copy.id, copy.inbox_message_id, copy.folder_id FROM inbox_message_copy copy WHERE %s", which)
    )
    if not removed:
        return 0
    copy_ids, message_ids, folder_ids = map(list, zip(*removed, strict=True))

    def delete():
        env.cr.execute(SQL("DELETE FROM inbox_message_copy WHERE id = ANY(%s)", copy_ids))
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
        env.cr.execute(
            SQL(
                """UPDATE inbox_message message SET orphaned_at = now() AT TIME ZONE 'UTC'
                    WHERE id = ANY(%s)
                      AND NOT EXISTS (SELECT FROM inbox_message_copy WHERE inbox_message_id = message.id)""",
                message_ids,
            )
        )
        env["inbox.message.copy"].invalidate_model()
        env["inbox.message"].invalidate_model(["folder_ids", "copy_ids", "orphaned_at"])

    changed = keywords.merge(env, sorted(set(message_ids)), delete)
    conversations.refresh(env, env["inbox.message"].browse(changed).conversation_id.ids)
    return len(copy_ids)
