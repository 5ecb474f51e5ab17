"""Emails that were written here and shall be on the server: drafts, and the copies of what was sent.

Such an email has a `source` and no copy with it. Once the server has it, the source is dropped: what the server has is
the truth from then on. Servers change bytes, so that what was put there is never recognised by its content: by the id
that the server told (RFC 4315), else by the Message-ID that was made here.

Of what was sent the server may have a copy already: see saved.py.
"""

import logging
from datetime import UTC, timedelta
from functools import partial

from odoo import Command, fields
from odoo.tools import SQL

from ..adapters.base import ANSWERED, DRAFT, FLAGGED, SEEN, RemoteId
from ..adapters.errors import (
    AdapterError,
    AuthenticationError,
    ChangeRefusedError,
    CursorLostError,
    FolderGoneError,
    TemporaryError,
)
from . import keywords, outgoing, remote_ids, rows
from .lease import in_transaction
from .states import OUTBOX, SENT

_logger = logging.getLogger(__name__)

#: What a folder for sent emails is called that is made where there is none (RFC 6154 has roles, but no names).
SENT_NAME = "Sent"

#: When a copy is tried again that the server refused, because the mailbox is full for one.
TRY_AGAIN = timedelta(hours=1)

#: What a user may have changed since an email was first put on the server.
KEPT = frozenset({SEEN, FLAGGED, ANSWERED})

#: Not among the keywords of RFC 9051, but in every mail program: RFC 5788's registry has it.
FORWARDED = "$forwarded"


def waiting(env, message_ids: list[int]) -> list[int]:
    """Those of `message_ids` whose source the server shall get."""
    candidates = outgoing.attachment_of(env, message_ids).mapped("res_id")
    return sorted(env["inbox.message"].browse(candidates).filtered(lambda one: one.state not in OUTBOX).ids)


def try_again(env, account, commit) -> None:
    """Wish once more for the copies that the server refused a while ago."""
    due = env["inbox.message"].search(
        [
            ("account_id", "=", account.id),
            ("state", "in", SENT),
            ("send_again_at", "<=", fields.Datetime.now()),
        ]
    )
    if due:
        in_transaction(env, lambda: due.write({"is_changed": True, "send_again_at": False}), commit)


def lacks_sent_folder(env, account) -> bool:
    """Whether something was sent and there is no folder to keep it in."""
    if account._folder_of_role("sent"):
        return False
    return bool(
        env["inbox.message"].search_count(
            [
                ("account_id", "=", account.id),
                ("state", "in", SENT),
                ("is_changed", "=", True),
                ("folder_ids", "=", False),
                ("is_deleted", "=", False),
            ],
            limit=1,
        )
    )


def make_folder(account, adapter, name: str) -> None:
    """Make a folder for what was sent, or for drafts; the next listing brings it. Where the server refuses, that is
    told with the sent email that has no place, and drafts stay here alone.

    :raises TemporaryError, AuthenticationError:
    """
    account.env.cr.commit()
    try:
        adapter.create_folder(name)
    except (TemporaryError, AuthenticationError):
        raise
    except AdapterError as error:
        # There may be one of this name that is used for something else.
        _logger.info("Account %s: no folder %s could be made: %s", account.id, name, error)


def replace(push, copies: list) -> None:
    """Delete the copies of the version before on the server.

    :raises AdapterError:
    """
    for copy in copies:
        push.adapter.delete(push.remotes[copy.folder], push.cursor(copy.folder), [copy.remote_id])
        in_transaction(push.env, partial(_forget, push.env, copy.id), push.commit)


def _forget(env, copy_id: int) -> None:
    """The copy is gone; its email is not, and is wanted where it was."""
    env.cr.execute(SQL("DELETE FROM inbox_message_copy WHERE id = %s", copy_id))
    env["inbox.message.copy"].invalidate_model()


def put(push, message_id: int, copies: list) -> None:
    """Put one email into the folder that it is wanted in, and record it as a copy.

    :param push: the `push.Push` that is at work.
    :param copies: those that are known, of the version before.
    :raises AdapterError:
    """
    message = push.env["inbox.message"].browse(message_id)
    try:
        _put(push, message, copies)
    except (TemporaryError, AuthenticationError, CursorLostError, FolderGoneError):
        raise
    except AdapterError as error:
        push.env.cr.rollback()
        if message.state not in SENT:
            raise
        # It was sent, and only its copy is missing.
        _logger.warning("Account %s: the server refuses the copy of a sent email: %s", push.account.id, error)
        then = fields.Datetime.now() + TRY_AGAIN
        in_transaction(push.env, partial(message._copy_refused, error, then), push.commit)


def _put(push, message, copies: list) -> None:
    env = push.env
    folder = message.folder_ids[:1] or _take_to_sent(push, message)
    if folder.id not in push.remotes:
        return
    # First: should the process die in between, the email is still here to be put there.
    replace(push, copies)
    attachment = outgoing.attachment_of(env, message.ids)
    source, checksum = attachment.raw, attachment.checksum
    words = _words(message)
    remote_id = _append(push, message, folder, source, words)

    def record():
        values = {"uploading_to_id": False, "is_uploaded": True, "send_error": False}
        # Not what was written meanwhile.
        if outgoing.attachment_of(env, message.ids).checksum == checksum:
            values["source"] = False
        message.write(values)
        if remote_id and push.folder(folder.id).cursor:
            add_copy(env, message, folder, remote_id, words)

    in_transaction(env, record, push.commit)
    if message.state in SENT:
        mark_forwarded(push, message)


def _take_to_sent(push, message):
    """The folder for what was sent, which was missing when it was."""
    folder = push.account._folder_of_role("sent")
    if message.state not in SENT:
        return message.folder_ids
    if not folder:
        raise ChangeRefusedError("no_permission", path=SENT_NAME)
    in_transaction(push.env, lambda: message.write({"folder_ids": [Command.set(folder.ids)]}), push.commit)
    return folder


def _words(message) -> frozenset[str]:
    wanted = {
        SEEN: message.is_read,
        FLAGGED: message.is_starred,
        ANSWERED: message.is_answered,
        DRAFT: message.state == "draft",
    }
    return frozenset(word for word, is_wanted in wanted.items() if is_wanted)


def _append(push, message, folder, source: bytes, words: frozenset[str]) -> RemoteId | None:
    again, received = message.uploading_to_id == folder, message.received_date.replace(tzinfo=UTC)
    in_transaction(push.env, lambda: message.write({"uploading_to_id": folder.id}), push.commit)
    cursor, remote = push.cursor(folder.id) or None, push.remotes[folder.id]
    remote_id = push.adapter.append(remote, cursor, source, words, received, again=again)
    if again and remote_id and cursor:
        # It may have been there, marked as it was wanted then.
        push.adapter.set_keywords(remote, cursor, [remote_id], words & KEPT, KEPT - words)
    return remote_id


def add_copy(env, message, folder, remote_id: RemoteId, words: frozenset[str]) -> None:
    """Remember a copy that is on the server, and that no look at its folder has found yet; the caller commits."""
    name = remote_ids.kind_of(folder.account_id).name
    columns = ("inbox_message_id", "folder_id", name, "seen", "flagged", "answered", "draft", "keywords", "is_ahead")
    values = (message.id, folder.id, remote_id, *keywords.columns_of(words), True)
    rows.insert(env.cr, "inbox_message_copy", columns, [values], unless_exists=True)
    env["inbox.message.copy"].invalidate_model()


def mark_forwarded(push, message) -> None:
    """Tell the server of the email that `message` forwards, where it keeps that. Nothing else depends on it."""
    copies = message.forwards_id.copy_ids
    places = [(copy.folder_id.id, copy._remote_id()) for copy in copies if copy.folder_id.id in push.remotes]
    push.env.cr.commit()
    try:
        for folder, remote_id in places:
            if cursor := push.cursor(folder):
                push.adapter.set_keywords(push.remotes[folder], cursor, [remote_id], frozenset({FORWARDED}))
    except AdapterError as error:
        _logger.info("Account %s: an email could not be marked as forwarded: %s", push.account.id, error)
