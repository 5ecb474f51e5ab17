"""What could not be stored is kept whole, and does not hold up the rest; what is too large stays on the server until
somebody asks for it."""

import base64
import logging
import traceback
from datetime import UTC
from typing import BinaryIO

from odoo.tools import SQL

from .. import mime
from ..adapters.base import RemoteCopy
from ..adapters.errors import MessageUnavailableError
from . import remote_ids

#: Bytes in the megabytes that an administrator types.
MEGABYTE = 1_000_000
#: Large emails pass through memory in pieces; what is larger still is somebody's accident, and may fill the disk.
DEFAULT_LARGEST_MB = 500

_logger = logging.getLogger(__name__)


def keep(env, folder, copy: RemoteCopy, source: bytes | BinaryIO, error: Exception | None) -> None:
    """Put one email into quarantine; the caller commits.

    :param source: b"" when the server did not hand it out.
    :param error: None when the process died while storing it.
    """
    reason = f"{type(error).__name__}: {error}" if error else env._("Odoo's process ended each time it was stored.")
    # The kind of error alone: its words may quote the email, which is nobody's business who reads the log.
    kind = type(error).__name__ if error else "the process ended"
    _logger.warning("Email %s of folder %s goes to quarantine: %s", copy.remote_id, folder.id, kind)
    details = "".join(traceback.format_exception(error)) if error else ""
    cause = "crashed" if error is None else "unavailable" if isinstance(error, MessageUnavailableError) else "failed"
    existing = _existing(env, folder, copy)
    # What was told of it before, by its header, is still true.
    header = mime.header_of(source) if source else b""
    kept = _put(
        existing,
        _values(folder, copy)
        | (_told_by(header) if header else {})
        | {
            "cause": cause,
            "source": base64.b64encode(source) if isinstance(source, bytes) else False,
            "reason": reason.replace("\0", "")[:500],
            "details": details.replace("\0", ""),
            "attempts": existing.attempts + 1 if existing else 1,
        },
    )
    if not isinstance(source, bytes):
        _attach(kept, source)
    folder.attempt = False


def leave(env, folder, copies: list[RemoteCopy], headers: dict, limit: int) -> None:
    """Note that `copies` are larger than `limit` (bytes) and stay on the server for now; the caller commits.

    :param headers: id -> header block, as far as the server hands them out.
    """
    for copy in copies:
        _logger.info("Email %s of folder %s is left on the server: %d bytes", copy.remote_id, folder.id, copy.size)
        header = headers.get(copy.remote_id, b"")
        _put(
            _existing(env, folder, copy),
            _values(folder, copy)
            | _told_by(header)
            | {"cause": "too_large", "reason": _too_large(env, folder, copy, limit), "attempts": 0},
        )


def _too_large(env, folder, copy: RemoteCopy, limit: int) -> str:
    reader = folder.account_id.user_id
    return (
        env["inbox.quarantine"]
        .with_context(lang=reader.lang or env.lang)
        .env._(
            "It has %(size)s MB: larger than the %(limit)s MB that are fetched by themselves.",
            size=f"{copy.size / MEGABYTE:.1f}",
            limit=limit // MEGABYTE,
        )
    )


def _existing(env, folder, copy: RemoteCopy):
    return env["inbox.quarantine"].search([("folder_id", "=", folder.id), (_name(folder), "=", copy.remote_id)])


def _name(folder) -> str:
    """The field that holds the id of a copy in `folder`."""
    return remote_ids.kind_of(folder.account_id).name


def _put(existing, values: dict):
    """The record, written or made."""
    if not existing:
        return existing.create(values)
    existing.write(values)
    return existing


def _values(folder, copy: RemoteCopy) -> dict:
    return {
        "account_id": folder.account_id.id,
        "folder_id": folder.id,
        _name(folder): copy.remote_id,
        "internal_date": copy.internal_date.replace(tzinfo=None, microsecond=0),
        "keywords": " ".join(sorted(copy.keywords)),
        "retry": False,
        "size": copy.size,
    }


def _told_by(header: bytes) -> dict:
    """What the header says of an email, as far as it can be read."""
    try:
        parsed = mime.parse(header + b"\r\n\r\n")
    except Exception:  # noqa: BLE001 (it may be the very thing that could not be read)
        parsed = None
    sender = next((address for address in parsed.addresses if address.role == "from"), None) if parsed else None
    return {
        "message_id": mime.message_id(header),
        "subject": parsed.subject if parsed else False,
        "email_from": (sender.name or sender.email) if sender else False,
    }


def largest(env) -> int:
    """The size in bytes up to which an email is fetched by itself; 0: whatever its size."""
    value = env["ir.config_parameter"].sudo().get_param("concord_inbox.largest_email_mb") or ""
    return int(value if value.isdigit() else DEFAULT_LARGEST_MB) * MEGABYTE


def _attach(quarantined, source: BinaryIO) -> None:
    """Have a large source in the field `source`, without having it in memory."""
    values = {
        "name": "source",
        "mimetype": "message/rfc822",
        "res_model": quarantined._name,
        "res_field": "source",
        "res_id": quarantined.id,
    }
    quarantined.env["ir.attachment"].sudo()._inbox_create_large(values, mime.Content.whole(source))
    quarantined.invalidate_recordset(["source"])


def to_retry(env, folder) -> list[RemoteCopy]:
    """The copies whose storing shall be tried again."""
    return [
        RemoteCopy(
            remote_id=record.uid or record.remote_id,
            keywords=frozenset((record.keywords or "").split()),
            size=record.size,
            internal_date=record.internal_date.replace(tzinfo=UTC),
        )
        for record in env["inbox.quarantine"].search([("folder_id", "=", folder.id), *_wanted(env)])
    ]


def folders_to_retry(env, account):
    """The folders of `account` that have something to try again."""
    return env["inbox.quarantine"].search([("account_id", "=", account.id), *_wanted(env)]).folder_id


def _wanted(env) -> list:
    """The domain of what somebody wants, or is no longer too large since an administrator allows more."""
    limit = largest(env)
    fits = [("cause", "=", "too_large"), *([("size", "<=", limit)] if limit else [])]
    return ["|", ("retry", "=", True), *(["&"] if limit else []), *fits]


def update_keywords(env, folder, reported: dict) -> None:
    """Remember what the server says of quarantined emails too, so that a later retry stores the truth."""
    name = _name(folder)
    for record in env["inbox.quarantine"].search([("folder_id", "=", folder.id), (name, "in", list(reported))]):
        record.keywords = " ".join(sorted(reported[record[name]]))


def forget(env, folder, ids) -> None:
    """Drop what the server no longer has."""
    env["inbox.quarantine"].search([("folder_id", "=", folder.id), (_name(folder), "in", list(ids))]).unlink()


def forget_all_but(env, folder, present) -> None:
    """Drop what is not among the ids `present` on the server."""
    kind = remote_ids.kind_of(folder.account_id)
    gone = env.execute_query(
        SQL(
            "SELECT id FROM inbox_quarantine WHERE folder_id = %s AND %s <> ALL(%s)",
            folder.id,
            kind.column,
            kind.array(present),
        )
    )
    env["inbox.quarantine"].browse(record for (record,) in gone).unlink()
