"""Emails that the database holds already, known again by their headers: nobody fetches their bodies twice.

A copy is a candidate when an email of the account was received in the same second and has the same size, which moves,
copies and a change of UIDVALIDITY keep, or when the server gives both the same identity (RFC 8474, EMAILID). The header
block decides (see `mime.fingerprint`): there are servers that give different emails the same identity. Where the
identity is what the provider itself goes by (`Adapter.has_email_ids`), nothing else is asked.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC
from functools import partial

from odoo.tools import SQL

from .. import mime
from ..adapters.base import Adapter, Known, RemoteCopy, RemoteFolder, RemoteId, Settings
from .states import SENT
from .wishes import HAS_SOURCE


@dataclass(slots=True)
class Recognised:
    """What was found: remote id -> the email's id, and for what was put on the server from here its fingerprint."""

    messages: dict[RemoteId, int]
    fingerprints: dict[int, str]


def recognise(env, folder, adapter: Adapter, remote: RemoteFolder, copies: list[RemoteCopy]) -> Recognised:
    """Which of `copies` (none of which is known by its id, but for those of uploaded emails) are emails at hand.

    Asks the server for header blocks of the candidates; ends the transaction before it does.
    """
    uploaded = _uploaded(env, folder)
    found = Recognised({}, {})
    if adapter.has_email_ids:
        found.messages = _by_email_id(env, folder.account_id, copies)
        candidates = [copy for copy in copies if copy.remote_id not in found.messages] if uploaded else []
    else:
        candidates = copies if uploaded else _alike(env, folder.account_id, copies)
    env.cr.commit()
    sizes = {copy.remote_id: copy.size for copy in candidates}
    for blocks in adapter.header_blocks(remote, candidates) if candidates else ():
        headers = {block.remote_id: mime.header_of(block.source) for block in blocks}
        fingerprints = {name: mime.fingerprint(header, sizes[name]) for name, header in headers.items()}
        known = by_fingerprint(env, folder.account_id, set(fingerprints.values()))
        env.cr.commit()
        for name, fingerprint in fingerprints.items():
            message = uploaded.by_id.get(name) or uploaded.by_message_id.get(mime.message_id(headers[name]))
            if message:
                found.fingerprints[message] = fingerprint
            if message := message or known.get(fingerprint):
                found.messages[name] = message
    return found


def with_known(account, settings: Settings) -> Settings:
    """`settings` for an adapter that is used outside of transactions: it may ask what is stored."""
    return replace(settings, known=partial(_stored, account))


def _stored(account, email_ids: Collection[str]) -> dict[str, Known]:
    rows = account.env.execute_query(
        SQL(
            # Of what was put on the server from here, nobody has seen yet what the server made of it.
            """SELECT email_id, size, received_date FROM inbox_message
                WHERE account_id = %s AND email_id = ANY(%s)
                  AND is_uploaded IS NOT TRUE AND received_date IS NOT NULL""",
            account.id,
            list(email_ids),
        )
    )
    account.env.cr.commit()
    return {email_id: Known(size, received.replace(tzinfo=UTC)) for email_id, size, received in rows}


def confirm(env, folder, found: Recognised, copies: list[RemoteCopy]) -> None:
    """Remember what the server made of the emails that were put into `folder` from here; the caller commits."""
    copy_of = {found.messages[copy.remote_id]: copy for copy in copies if copy.remote_id in found.messages}
    for message_id, fingerprint in found.fingerprints.items():
        message = env["inbox.message"].browse(message_id)
        if folder.role == "sent" and message.state in ("outgoing", "failed"):
            # Of which nobody knew until now that it went out. What is found elsewhere is the draft that it was, which
            # may bear the same Message-ID.
            message._went_out()
        copy = copy_of[message_id]
        values = {"fingerprint": fingerprint, "size": copy.size, "email_id": copy.email_id or False}
        message.write({**values, "is_uploaded": False})


def uploaded_ids(env, folder) -> set[RemoteId]:
    """Ids of copies that were put into the folder from here and were not looked at since."""
    return set(_uploaded(env, folder).by_id)


def by_fingerprint(env, account, fingerprints: set[str]) -> dict[str, int]:
    """Fingerprint -> id of the account's email that has it."""
    return dict(
        env.execute_query(
            SQL(
                """SELECT fingerprint, min(id) FROM inbox_message
                    WHERE account_id = %s AND fingerprint = ANY(%s) GROUP BY fingerprint""",
                account.id,
                sorted(fingerprints),
            )
        )
    )


@dataclass(slots=True)
class _Uploaded:
    """Emails that were put into a folder from here: their id there, or their Message-ID where the server did not tell
    the id -> the email's id."""

    by_id: dict[RemoteId, int]
    by_message_id: dict[str, int]

    def __bool__(self):
        return bool(self.by_id or self.by_message_id)


def _uploaded(env, folder) -> _Uploaded:
    """What was put into the folder from here, and was not looked at since. So are those that the server was given to
    send, and may itself put into the folder for what was sent, as long as they are not anywhere, whatever becomes of
    them here."""
    rows = env.execute_query(
        SQL(
            """SELECT message.id, message.message_id, copy.uid, copy.remote_id
                 FROM inbox_message message
                 JOIN inbox_message_folder_rel rel ON rel.message_id = message.id AND rel.folder_id = %(folder)s
            LEFT JOIN inbox_message_copy copy ON copy.inbox_message_id = message.id AND copy.folder_id = %(folder)s
                WHERE message.account_id = %(account)s AND message.is_uploaded
            UNION ALL
               SELECT id, message_id, NULL, NULL FROM inbox_message message
                WHERE account_id = %(account)s
                  AND (uploading_to_id = %(folder)s
                       OR %(is_sent)s AND (state = 'outgoing' AND sending_since IS NOT NULL
                                           OR state = 'failed' AND is_doubtful
                                           OR state IN %(sent)s AND is_uploaded AND %(has_source)s))""",
            sent=SENT,
            has_source=HAS_SOURCE,
            folder=folder.id,
            account=folder.account_id.id,
            is_sent=folder.role == "sent",
        )
    )
    found = _Uploaded({}, {})
    for message, message_id, uid, remote_id in rows:
        if uid or remote_id:
            found.by_id[uid or remote_id] = message
        else:
            found.by_message_id[message_id] = message
    return found


def _by_email_id(env, account, copies: list[RemoteCopy]) -> dict[RemoteId, int]:
    """The emails at hand that have the identity of one of `copies`: the copy's id -> the email's id."""
    rows = env.execute_query(
        SQL(
            """SELECT email_id, min(id) FROM inbox_message
                WHERE account_id = %s AND email_id = ANY(%s) GROUP BY email_id""",
            account.id,
            sorted({copy.email_id for copy in copies if copy.email_id}),
        )
    )
    known = dict(rows)
    return {copy.remote_id: known[copy.email_id] for copy in copies if copy.email_id in known}


def _alike(env, account, copies: list[RemoteCopy]) -> list[RemoteCopy]:
    """Those of `copies` that may be an email at hand."""
    pairs = {copy.remote_id: (copy.internal_date.replace(tzinfo=None, microsecond=0), copy.size) for copy in copies}
    if not pairs:
        return []
    known = set(
        env.execute_query(
            SQL(
                """SELECT DISTINCT received_date, size FROM inbox_message
                     JOIN unnest(%s::timestamp[], %s::int8[]) AS copy(received, bytes)
                       ON received_date = copy.received AND size = copy.bytes
                    WHERE account_id = %s""",
                [received for received, _size in pairs.values()],
                [size for _received, size in pairs.values()],
                account.id,
            )
        )
    )
    identities = {copy.email_id for copy in copies if copy.email_id}
    if identities:
        rows = env.execute_query(
            SQL(
                "SELECT email_id FROM inbox_message WHERE account_id = %s AND email_id = ANY(%s)",
                account.id,
                sorted(identities),
            )
        )
        identities = {identity for (identity,) in rows}
    return [copy for copy in copies if pairs[copy.remote_id] in known or copy.email_id in identities]
