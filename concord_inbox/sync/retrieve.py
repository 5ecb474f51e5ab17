"""Emails that were moved from here into a folder that is not followed, such as the trash, and are wanted elsewhere now.

Nobody knows their ids in such a folder. For a while (`vanish.UNDO_SECONDS`) the database remembers which folder it was,
so that the server can be asked for the email by its Message-ID; its header block and size must be the same.
"""

from odoo.tools import SQL

from .. import mime
from ..adapters.base import Adapter, RemoteCopy, RemoteFolder
from . import remote_ids, rows


def remember(env, folder_id: int, message_ids: list[int]) -> None:
    """These were moved into the folder, which is not followed; the caller commits."""
    env.cr.execute(
        SQL(
            """UPDATE inbox_message message SET moved_to_id = %s
                WHERE id = ANY(%s) AND NOT EXISTS (SELECT FROM inbox_message_copy WHERE inbox_message_id = message.id)
            """,
            folder_id,
            message_ids,
        )
    )
    env["inbox.message"].invalidate_model(["moved_to_id"])


def forget(env, message_ids: list[int]) -> None:
    """They are not in that folder any more; the caller commits."""
    env["inbox.message"].browse(message_ids).write({"moved_to_id": False})


def remembered(env, message_ids: list[int]) -> list[tuple[int, int, str, str]]:
    """Those of `message_ids` that are remembered: id, folder id, Message-ID and fingerprint."""
    return env.execute_query(
        SQL(
            """SELECT id, moved_to_id, message_id, fingerprint FROM inbox_message
                WHERE id = ANY(%s) AND moved_to_id IS NOT NULL AND message_id IS NOT NULL""",
            message_ids,
        )
    )


def find(adapter: Adapter, folder: RemoteFolder, message_id: str, fingerprint: str) -> tuple[dict, RemoteCopy] | None:
    """The email in the folder, and a cursor that says what its id means; None when it is not there any more.

    :raises AdapterError:
    """
    cursor, copies = adapter.find(folder, message_id)
    by_id = {copy.remote_id: copy for copy in copies}
    for blocks in adapter.header_blocks(folder, copies):
        for block in blocks:
            copy = by_id[block.remote_id]
            if mime.fingerprint(mime.header_of(block.source), copy.size) == fingerprint:
                return cursor, copy
    return None


def settle(env, folder_id: int, messages: list[tuple[int, int | str | None, bool, bool, bool]]) -> None:
    """These were moved into the folder; the caller commits.

    :param messages: email, its id there (None: the next look at the folder finds it), and whether it is seen, flagged
        and answered.
    """
    if not messages:
        return
    found = [(folder_id, *row, True) for row in messages if row[1]]
    name = remote_ids.kind_of(env["inbox.folder"].browse(folder_id).account_id).name
    rows.insert(
        env.cr,
        "inbox_message_copy",
        ("folder_id", "inbox_message_id", name, "seen", "flagged", "answered", "is_ahead"),
        found,
        unless_exists=True,
    )
    env.cr.execute(
        SQL(
            """UPDATE inbox_message message
                  SET moved_to_id = NULL,
                      orphaned_at = CASE WHEN EXISTS (SELECT FROM inbox_message_copy
                                                       WHERE inbox_message_id = message.id)
                                         THEN NULL ELSE orphaned_at END
                WHERE id = ANY(%s)""",
            [row[0] for row in messages],
        )
    )
    env["inbox.message"].invalidate_model(["moved_to_id", "orphaned_at", "copy_ids"])
