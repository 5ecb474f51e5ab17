"""New messages in a folder, byte for byte, and drafts."""

import email.parser
import email.utils
from datetime import UTC, datetime
from typing import BinaryIO

from ..base import FLAGGED, SEEN, RemoteFolder
from ..errors import ChangeRefusedError, QuotaError
from . import faults
from .client import Client
from .history import History
from .messages import Messages
from .places import DRAFTS, STARRED, UNREAD, Place

#: Bytes of an email that Gmail takes as a draft, and into any other folder.
LARGEST_DRAFT = 36_700_160
LARGEST = 157_286_400

#: Seconds by which the time of reception may differ from the Date header and still be taken from there.
CLOSE = 24 * 3600.0


class Storer:
    """Puts messages into one folder."""

    def __init__(self, client: Client, history: History, messages: Messages, folder: RemoteFolder, place: Place):
        self._client = client
        self._history = history
        self._messages = messages
        self._folder = folder
        self._place = place

    def append(self, source: bytes, words: frozenset[str], internal_date: datetime | None) -> str:
        """See `base.Adapter`; returns the id, which Gmail always tells."""
        largest = LARGEST_DRAFT if self._place.label == DRAFTS else LARGEST
        if len(source) > largest:
            raise QuotaError("too_large", path=self._folder.path, size=len(source), limit=largest)
        try:
            return (
                self._draft(source, words)
                if self._place.label == DRAFTS
                else self._insert(source, words, internal_date)
            )
        except faults.ApiError as error:
            raise self._refusal(error) from error

    def _draft(self, source: bytes, words: frozenset[str]) -> str:
        draft = self._client.upload("drafts.create", "drafts", {}, {"message": {}}, source)
        message = draft["message"]["id"]
        if FLAGGED in words:
            body = {"addLabelIds": [STARRED]}
            self._client.call("messages.modify", "POST", f"messages/{message}/modify", body=body)
        return message

    def _insert(self, source: bytes, words: frozenset[str], internal_date: datetime | None) -> str:
        labels = [self._place.label] if self._place.label else []
        labels += [UNREAD] * (SEEN not in words) + [STARRED] * (FLAGGED in words)
        query = {"internalDateSource": "dateHeader" if is_of_its_date(source, internal_date) else "receivedTime"}
        return self._client.upload("messages.insert", "messages", query, {"labelIds": labels}, source)["id"]

    def appended(self, source: bytes, cursor: dict | None) -> str | None:
        """The id of the message that an attempt before put into the folder; None: it did not."""
        wanted = message_id(source)
        if not wanted:
            return None
        if cursor and cursor.get("label") == self._place.label:
            touched, _end = self._history.since(int(cursor["history"]), None)
            candidates = [message for message, one in touched.items() if one.is_new and not one.is_deleted]
        else:
            query = {"q": f"rfc822msgid:{wanted}", **self._place.listing}
            candidates = [message for message, _thread in self._messages.ids(query)]
        found = [
            message
            for message, (labels, header) in self._messages.header(candidates, "Message-ID").items()
            if self._place.holds(labels) and header.decode("utf-8", "replace").strip().strip("<>") == wanted
        ]
        return max(found, key=lambda message: (len(message), message), default=None)

    def _refusal(self, error: faults.ApiError) -> Exception:
        where = {"path": self._folder.path, "server_text": error.text}
        if error.status == 413:
            return QuotaError("too_large", **where)
        if error.is_throttling or error.status not in (400, 403) or error.meaning().reason == "missing_scopes":
            return error.meaning()
        if "storage" in error.text.lower() or "over quota" in error.text.lower():
            return QuotaError("over_quota", **where)
        return ChangeRefusedError("refused", **where)


def header_of(source: bytes | BinaryIO) -> email.message.Message:
    """The header of an email, in Unicode whatever it is written in."""
    if not isinstance(source, (bytes, bytearray)):
        source.seek(0)
        # A header that is longer than that is nobody's.
        source, file = source.read(1024 * 1024), source
        file.seek(0)
    block = bytes(source).partition(b"\r\n\r\n")[0]
    return email.parser.HeaderParser().parsestr(block.decode("utf-8", "replace"))


def message_id(source: bytes) -> str:
    """The Message-ID without its brackets, as the search takes it; '' if there is none that can be asked for."""
    value = str(header_of(source).get("Message-ID", "")).strip().strip("<>")
    return value if value.isascii() and value.isprintable() and not any(mark in value for mark in ' "()') else ""


def is_of_its_date(source: bytes, internal_date: datetime | None) -> bool:
    """Whether the Date header tells better when an email was received than the clock does now: Gmail knows no other
    time to choose from.
    """
    if internal_date is None:
        return False
    try:
        date = email.utils.parsedate_to_datetime(str(header_of(source).get("Date", "")))
    except (ValueError, TypeError):
        return False
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    distance = abs((internal_date - date).total_seconds())
    return distance <= CLOSE and distance < abs((internal_date - datetime.now(UTC)).total_seconds())
