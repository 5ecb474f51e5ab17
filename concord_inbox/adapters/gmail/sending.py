"""Sending: Gmail takes the receivers from the header, and keeps a copy among the sent ones by itself."""

import email.utils
import io
import re
from typing import BinaryIO

from ..base import Begun, Delivery, Envelope, RemoteIdentity, Settings
from ..errors import DeliveryUnknownError, InvalidInputError, NetworkError, SendRefusedError, TemporaryError
from ..spool import STEP, Spool
from . import faults
from .client import Client
from .storing import header_of

#: Bytes of an email that Gmail takes for sending (the description of its API).
LARGEST = 36_700_160

_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]\\]+@[^\s<>,;:\"()\[\]\\@]+")


class Sender:
    """Sends for one account, on a connection of its own: beside whatever else the adapter is at."""

    def __init__(self, settings: Settings):
        # Google may search a large email for viruses before it says anything.
        self._client = Client(settings, settings.last_patience)

    def close(self) -> None:
        self._client.close()

    def identities(self) -> list[RemoteIdentity]:
        """See `base.Adapter`. Addresses of which nobody has shown yet that they are the user's are left out."""
        try:
            found = self._client.call("settings.sendAs.list", "GET", "settings/sendAs").get("sendAs", [])
        except faults.ApiError as error:
            raise error.meaning() from error
        rows = [row for row in found if row.get("isPrimary") or row.get("verificationStatus", "accepted") == "accepted"]
        rows.sort(key=lambda row: not row.get("isPrimary"))
        return [
            RemoteIdentity(row["sendAsEmail"], row.get("displayName", ""), bool(row.get("isDefault")))
            for row in rows
            if row.get("sendAsEmail")
        ]

    def send(self, envelope: Envelope, begun: Begun) -> Delivery:
        """See `base.Adapter`."""
        if not envelope.recipients:
            raise SendRefusedError("no_recipients")
        source = _addressed(envelope)
        size = source.size() if isinstance(source, Spool) else len(source)
        if size > LARGEST:
            raise SendRefusedError("too_large", size=size, limit=LARGEST)
        once = _Once(begun)
        metadata = {"threadId": envelope.thread_id} if envelope.thread_id else {}
        try:
            try:
                sent = self._client.upload("messages.send", "messages/send", {}, metadata, source, once)
            except faults.ApiError as error:
                if error.status != 404 or not metadata:
                    raise
                # The conversation is gone: the email is not less wanted.
                sent = self._client.upload("messages.send", "messages/send", {}, {}, source, once)
        except faults.ApiError as error:
            raise _refusal(error) from error
        except NetworkError as error:
            if once.done:
                raise DeliveryUnknownError("unknown", **error.details) from error
            raise
        return Delivery(
            accepted=frozenset(envelope.recipients),
            server_text=str(sent.get("id", "")),
            size_limit=LARGEST,
            email_id=sent.get("id"),
            thread_id=sent.get("threadId"),
        )


class _Once:
    """Asks whether the email may leave, and only once, though it is told several times."""

    def __init__(self, begun: Begun):
        self._begun = begun
        self.done = False

    def __call__(self) -> None:
        if not self.done:
            self._begun()
            self.done = True


def _refusal(error: faults.ApiError) -> Exception:
    meaning = error.meaning()
    if error.status >= 500:
        # Google does not say how far it came, and twice is worse than asking.
        return DeliveryUnknownError("unknown", server_text=error.text)
    if isinstance(meaning, TemporaryError) or error.status in (401, 403):
        return meaning
    text = error.text.lower()
    if error.status == 413:
        return SendRefusedError("too_large", limit=LARGEST, server_text=error.text)
    if any(word in text for word in ("recipient", "invalid to", "invalid cc", "invalid bcc")):
        return SendRefusedError("recipients_refused", server_text=error.text)
    if "from" in text.split():
        return SendRefusedError("sender_refused", server_text=error.text)
    return SendRefusedError("content_refused", server_text=error.text)


def _addressed(envelope: Envelope) -> bytes | Spool:
    """The email with a Bcc header for those whom its header does not name; Gmail takes it out again.

    :raises InvalidInputError: an address that cannot be told.
    """
    for address in (envelope.sender, *envelope.recipients):
        if not _ADDRESS.fullmatch(address):
            raise InvalidInputError("bad_address", address=address)
    header = header_of(envelope.source)
    values = [str(value) for name in ("To", "Cc") for value in header.get_all(name, [])]
    named = {address.casefold() for _name, address in email.utils.getaddresses(values)}
    blind = [address for address in envelope.recipients if address.casefold() not in named]
    if not blind:
        return envelope.source if isinstance(envelope.source, bytes) else _copied(b"", envelope.source)
    line = ("Bcc: " + ",\r\n ".join(blind) + "\r\n").encode()
    return line + envelope.source if isinstance(envelope.source, bytes) else _copied(line, envelope.source)


def _copied(line: bytes, source: BinaryIO) -> Spool:
    spool = Spool()
    spool.write(line)
    source.seek(0, io.SEEK_SET)
    while chunk := source.read(STEP):
        spool.write(chunk)
    return spool
