"""What was sent, and is on the server before it is put there from here.

Some servers put what they send into the Sent folder by themselves; what was found is remembered on the account. Or the
server took the copy, and its answer was lost; the user may have moved the email since, or somebody else the copy.
Either way the copy that lies there is the email's from then on, wherever it is wanted, and is moved like any other. It
is recognised by the Message-ID that was made here, since servers change bytes.
"""

import re
import time
from functools import partial

from odoo import Command

from .. import mime
from ..adapters.base import RemoteCopy
from ..adapters.errors import AdapterError, AuthenticationError, TemporaryError
from . import outgoing, retrieve, upload
from .folders import VIEWS
from .lease import in_transaction
from .states import SENT

#: Seconds between the looks for a copy that the server may be saving by itself.
LOOKS = (0, 2, 4)

#: What servers write into the header of what they deliver (RFC 5321, 4.4), and of nothing that was put there from here.
TRACE = re.compile(rb"^(received|return-path|delivered-to)[ \t]*:", re.IGNORECASE | re.MULTILINE)


def meet(push, message_id: int, copies: list) -> bool:
    """Whether the server has the email already; then it is recorded so, and its source is dropped.

    :param push: the `push.Push` that is at work.
    :param copies: those that are known, of the draft that it was as well.
    :raises AdapterError:
    """
    message = push.env["inbox.message"].browse(message_id)
    if message.state not in SENT:
        return False
    account = push.account
    sent, begun, wanted = account._folder_of_role("sent"), message.uploading_to_id, message.folder_ids[:1]
    if begun.role == "drafts":
        # What was begun there was a version before.
        begun = begun.browse()
    checksum = outgoing.attachment_of(push.env, message.ids).checksum
    lying = [copy for copy in copies if copy.folder in (sent | begun).ids]
    # A view shows what lies elsewhere, the email itself as well as the draft that it was, which leaves it by itself.
    views = account.folder_ids.filtered(lambda folder: folder.role in VIEWS)
    before = [copy for copy in copies if copy not in lying and copy.folder not in views.ids]
    found = None
    if not lying:
        found = _put_before(push, begun, message) or _saved_by_server(push, sent, message)
        # What the server said that it keeps, and has no more where it was, somebody moved or deleted.
        if not found and not _is_kept(push, message):
            return False
    # First: should the process die in between, the email is still here to be put there.
    upload.replace(push, before)

    def record():
        values = {"uploading_to_id": False, "send_error": False}
        # Not what was written meanwhile.
        if outgoing.attachment_of(push.env, message.ids).checksum == checksum:
            values["source"] = False
        if not lying and not found:
            # Nothing of it will be met any more; the daily check decides what becomes of it here.
            values["is_uploaded"] = False
        message.write(values)
        if found:
            if begun and begun == wanted and message.folder_ids == begun and found[0].cursor:
                # Who moved it there did so last.
                message.folder_ids = [Command.set(found[0].ids)]
            _adopt(push, message, *found)

    in_transaction(push.env, record, push.commit)
    upload.mark_forwarded(push, message)
    return True


def _adopt(push, message, folder, copy: RemoteCopy, fingerprint: str) -> None:
    is_followed = bool(folder.cursor)
    message.write(
        {
            "fingerprint": fingerprint,
            "size": copy.size,
            "email_id": copy.email_id or False,
            "is_uploaded": not is_followed,
        }
    )
    if is_followed:
        upload.add_copy(push.env, message, folder, copy.remote_id, copy.keywords)
    else:
        push.env.flush_all()
        retrieve.remember(push.env, folder.id, message.ids)


def _is_kept(push, message) -> bool:
    """Whether the server told, when it sent the email, how it calls the copy that it keeps."""
    return push.adapter.has_email_ids and bool(message.email_id)


def _put_before(push, begun, message) -> tuple | None:
    """Folder, copy and fingerprint of what the server was given and did not acknowledge, wherever somebody moved it."""
    if not begun:
        return None
    others = [folder for folder in push.account.folder_ids - begun if folder.id in push.remotes]
    # What only shows what lies elsewhere comes last.
    others.sort(key=lambda folder: (folder.role in VIEWS, not folder.cursor, folder.id))
    for folder in (begun, *others):
        try:
            if found := _look(push, folder, message, is_ours=True):
                return found
        except (TemporaryError, AuthenticationError):
            raise
        except AdapterError:
            # That a folder cannot be opened must not keep the email from being put where it is wanted.
            push.env.cr.rollback()
    return None


def _look(push, folder, message, *, is_ours: bool = False) -> tuple | None:
    """Folder, newest copy and fingerprint of the email in the folder; None: it is not there.

    :param is_ours: only what was put there from here, and not what was delivered to whoever writes to himself.
    """
    remote = push.remotes.get(folder.id)
    kept = message.email_id if _is_kept(push, message) else None
    wanted, cursor = message.message_id, folder.cursor or {}
    push.env.cr.commit()
    if not remote or not remote.selectable:
        return None
    if kept:
        # It was told when the email was sent; the Message-ID may be another by now.
        found = push.adapter.describe(remote, cursor, [kept])
    else:
        _cursor, found = push.adapter.find(remote, wanted)
    for copy in reversed(found):
        for blocks in push.adapter.header_blocks(remote, [copy]):
            for block in blocks:
                header = mime.header_of(block.source)
                if not (is_ours and TRACE.search(header)):
                    return folder, copy, mime.fingerprint(header, copy.size)
    return None


def _saved_by_server(push, sent, message) -> tuple | None:
    """The same of the copy that the server put into the folder for what was sent by itself.

    Remembers on the account whether the server does so.
    """
    account = push.account
    known = account.saves_sent
    if (known == "no" and not _is_kept(push, message)) or sent.id not in push.remotes:
        return None
    push.env.cr.commit()
    found = None
    for seconds in LOOKS:
        time.sleep(seconds)
        if found := _look(push, sent, message):
            break
    # Once a server was seen to do it, it is believed to do so, only slower at times.
    if found or not known:
        in_transaction(push.env, partial(account.write, {"saves_sent": "yes" if found else "no"}), push.commit)
    return found
