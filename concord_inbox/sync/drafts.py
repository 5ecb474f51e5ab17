"""Drafts between here and the server's folder for them: one there for each that is here, the newest version.

A draft that was changed here is composed when nobody has changed it for a while (`put_after`), and then is an upload
like any other (upload.py): the version before is replaced. Each version has a Message-ID of its own, so that what a
lost answer left behind is never taken for another version.

What other programs do to a draft is never guessed from its text. Where they keep its Message-ID, it is the same draft,
and its row is brought up to date; otherwise it is another draft, and the one that vanished goes, unless it was changed
here since: then both stay.
"""

import logging
from collections.abc import Callable

from odoo import Command, fields

from .. import mime
from ..mime.errors import ComposeError
from . import conversations, live, outgoing
from .lease import in_transaction
from .states import UNSENT

_logger = logging.getLogger(__name__)

#: What a folder for drafts is called that is made where there is none.
NAME = "Drafts"

#: What a row takes over from the row of the version that another program wrote.
_CONTENT = (
    *("subject", "date", "received_date", "email_from", "correspondent", "content_html", "content_text"),
    *("content_snippet", "has_remote_images", "has_attachment", "size", "fingerprint", "email_id", "message_id"),
    *("header_references", "is_starred"),
)


def lack_folder(env, account) -> bool:
    """Whether a draft is to be put on the server and there is no folder for drafts, followed or not."""
    return not account._folder_of_role("drafts") and bool(_due(env, account))


def _due(env, account):
    return env["inbox.message"].search(
        [
            ("account_id", "=", account.id),
            ("put_after", "<=", fields.Datetime.now()),
            # What may be half there is finished first.
            ("uploading_to_id", "=", False),
        ],
        order="id",
    )


def prepare(env, account, commit: Callable[[], None]) -> None:
    """Compose the drafts of `account` that have been left alone for long enough, and wish them onto the server."""
    ids = _due(env, account).ids
    env.cr.commit()
    for draft_id in ids:
        in_transaction(env, lambda draft_id=draft_id: _prepare(env["inbox.message"].browse(draft_id)), commit)


def _prepare(draft) -> None:
    if not draft.exists() or not draft.put_after or draft.put_after > fields.Datetime.now():
        return
    draft.put_after = False
    if draft.state != "draft" or draft.is_deleted:
        return
    draft._lay_into_drafts(alone=True)
    if not draft.folder_ids.filtered(lambda folder: folder.role == "drafts" and folder.is_active):
        return  # there is no place for it on the server: it is here alone
    draft._bear_new_id()
    try:
        source = mime.compose(draft._outgoing(as_draft=True))
    except ComposeError as error:
        _logger.info("Draft %s stays here alone: %s", draft.id, error)
        return
    outgoing.keep_source(draft, source)
    draft.write({"size": len(source), "is_changed": True, "changed_by_id": draft.author_id.id})


def follow(env, account) -> None:
    """What other programs did to drafts, after all folders were looked at; the caller commits."""
    orphans = env["inbox.message"].search(
        [
            ("account_id", "=", account.id),
            ("orphaned_at", "!=", False),
            ("is_deleted", "=", False),
            ("state", "in", UNSENT),
        ]
    )
    for draft in orphans:
        if draft.state != "draft" or draft.put_after:
            # Changed here since, or about to leave: nobody deletes that from elsewhere.
            draft.orphaned_at = False
            draft._lay_into_drafts()
        elif twin := _twin(draft):
            _adopt(draft, twin)


def _twin(draft):
    """The version of the draft that another program wrote under the same Message-ID."""
    if not draft.message_id:
        return draft.browse()
    return draft.search(
        [
            ("account_id", "=", draft.account_id.id),
            ("message_id", "=", draft.message_id),
            ("state", "=", "draft"),
            ("orphaned_at", "=", False),
            ("is_deleted", "=", False),
            ("put_after", "=", False),
            ("id", "!=", draft.id),
        ],
        order="id desc",
        limit=1,
    )


def _adopt(draft, twin) -> None:
    """Let the row of `draft` be what another program made of it, so that who has it open here is told."""
    env = draft.env
    values = {name: twin[name] for name in _CONTENT}
    draft.participant_ids.unlink()
    draft.attachment_ids.unlink()
    twin.participant_ids.write({"inbox_message_id": draft.id})
    twin.attachment_ids.write({"res_id": draft.id})
    copies, folders, partners = twin.copy_ids, twin.folder_ids, twin.partner_ids
    copies.write({"inbox_message_id": draft.id})
    draft.write(
        {
            **values,
            "draft_html": False,
            "identity_id": False,
            "draft_version": (draft.draft_version or 0) + 1,
            "orphaned_at": False,
            "is_uploaded": False,
            "source": False,
            "partner_ids": [Command.set(partners.ids)],
            "folder_ids": [Command.set(folders.ids)],
        }
    )
    env.flush_all()
    env.invalidate_all()
    touched = (draft.conversation_id | twin.conversation_id).ids
    twin.unlink()
    conversations.refresh(env, touched)
    live.tell(env, draft.account_id.ids)
