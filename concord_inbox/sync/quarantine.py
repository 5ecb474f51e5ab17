"""What could not be stored is kept whole, and does not hold up the rest."""

import base64
import logging
import traceback
from datetime import UTC

from odoo.tools import SQL

from .. import mime
from ..adapters.base import RemoteCopy

_logger = logging.getLogger(__name__)


def keep(env, folder, copy: RemoteCopy, source: bytes, error: Exception | None) -> None:
    """Put one email into quarantine; the caller commits.

    :param source: b"" when the server did not hand it out.
    :param error: None when the process died while storing it.
    """
    reason = f"{type(error).__name__}: {error}" if error else env._("Odoo's process ended each time it was stored.")
    _logger.warning("Email %s of folder %s goes to quarantine: %s", copy.remote_id, folder.id, reason)
    details = "".join(traceback.format_exception(error)) if error else ""
    existing = env["inbox.quarantine"].search([("folder_id", "=", folder.id), ("uid", "=", copy.remote_id)])
    values = {
        "account_id": folder.account_id.id,
        "folder_id": folder.id,
        "uid": copy.remote_id,
        "message_id": mime.message_id(mime.header_of(source)) if source else False,
        "internal_date": copy.internal_date.replace(tzinfo=None, microsecond=0),
        "keywords": " ".join(sorted(copy.keywords)),
        "retry": False,
        "source": base64.b64encode(source),
        "size": copy.size,
        "reason": reason.replace("\0", "")[:500],
        "details": details.replace("\0", ""),
        "attempts": existing.attempts + 1 if existing else 1,
    }
    if existing:
        existing.write(values)
    else:
        existing.create(values)
    folder.attempt = False


def to_retry(env, folder) -> list[RemoteCopy]:
    """The copies whose storing shall be tried again."""
    return [
        RemoteCopy(
            remote_id=record.uid,
            keywords=frozenset((record.keywords or "").split()),
            size=record.size,
            internal_date=record.internal_date.replace(tzinfo=UTC),
        )
        for record in env["inbox.quarantine"].search([("folder_id", "=", folder.id), ("retry", "=", True)])
    ]


def folders_to_retry(env, account):
    """The folders of `account` that have something to try again."""
    return env["inbox.quarantine"].search([("account_id", "=", account.id), ("retry", "=", True)]).folder_id


def update_keywords(env, folder, reported: dict) -> None:
    """Remember what the server says of quarantined emails too, so that a later retry stores the truth."""
    for record in env["inbox.quarantine"].search([("folder_id", "=", folder.id), ("uid", "in", list(reported))]):
        record.keywords = " ".join(sorted(reported[record.uid]))


def forget(env, folder, uids) -> None:
    """Drop what the server no longer has."""
    env["inbox.quarantine"].search([("folder_id", "=", folder.id), ("uid", "in", list(uids))]).unlink()


def forget_all_but(env, folder, present) -> None:
    """Drop what is not among the UIDs `present` on the server."""
    gone = env.execute_query(
        SQL(
            "SELECT id FROM inbox_quarantine WHERE folder_id = %s AND uid <> ALL(%s::int8[])",
            folder.id,
            list(present),
        )
    )
    env["inbox.quarantine"].browse(record for (record,) in gone).unlink()
