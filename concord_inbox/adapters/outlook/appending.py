"""Emails put into a folder: drafts as MIME; others, of which Graph would make drafts, in a form that is no draft.

That form is JSON with MAPI's message flags, which can be told while a message is made and never again. Its source is
what Exchange makes of it: the text, the files and the header block are kept, not the bytes.
"""

import email
import io
import re
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage

from ..base import ANSWERED, DRAFT, FLAGGED, SEEN, RemoteFolder, RemoteId
from ..errors import AdapterError, ChangeRefusedError
from . import cutting, drafting, looking
from .client import Client, query_of, quoted
from .faults import GraphError, translated
from .folders import id_of, path_of
from .records import ICON, ICONS, LAST_VERB, REPLY, text_of

FLAGS = "Integer 0x0E07"  # PR_MESSAGE_FLAGS
READ = 1  # MSGFLAG_READ; without MSGFLAG_UNSENT (8), which makes a draft
DELIVERED = "SystemTime 0x0E06"  # PR_MESSAGE_DELIVERY_TIME
SUBMITTED = "SystemTime 0x0039"  # PR_CLIENT_SUBMIT_TIME
HEADERS = "String 0x007D"  # PR_TRANSPORT_MESSAGE_HEADERS
IN_REPLY_TO = "String 0x1042"  # PR_IN_REPLY_TO_ID
REFERENCES = "String 0x1039"  # PR_INTERNET_REFERENCES

_PEOPLE = {"to": "toRecipients", "cc": "ccRecipients", "bcc": "bccRecipients", "reply-to": "replyTo"}
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)


def append(
    client: Client,
    folder: RemoteFolder,
    source: bytes,
    keywords: frozenset[str],
    internal_date: datetime | None,
    again: bool,
) -> RemoteId:
    """See `base.Adapter.append`."""
    with translated(folder):
        if again and (found := _found(client, folder, source)):
            return found
        if DRAFT in keywords or folder.role == "drafts":
            item = drafting.create(client, source)
            if folder.handle.get("known") != "drafts":
                path = f"{client.user}/messages/{quoted(item['id'])}/move"
                item = client.call("POST", path, value={"destinationId": id_of(folder)})
        else:
            item = _import(client, folder, source, keywords, internal_date or datetime.now(UTC))
        _mark(client, item, keywords)
        return item["id"]


def _found(client: Client, folder: RemoteFolder, source: bytes) -> RemoteId | None:
    """What an attempt before left in the folder."""
    match = _MESSAGE_ID.search(source.partition(b"\r\n\r\n")[0])
    if not match:
        return None
    found = looking.find(client, folder, match[1].decode("utf-8", "replace"), query_of(select="id,createdDateTime"))
    return found[-1]["id"] if found else None


def _mark(client: Client, item: dict, keywords: frozenset[str]) -> None:
    """The flags that the new message does not have by itself."""
    values: dict = {}
    if bool(item.get("isRead")) != (SEEN in keywords):
        values["isRead"] = SEEN in keywords
    if FLAGGED in keywords:
        values["flag"] = {"flagStatus": "flagged"}
    if ANSWERED in keywords:
        values["singleValueExtendedProperties"] = [
            {"id": LAST_VERB, "value": REPLY},
            {"id": ICON, "value": ICONS[REPLY]},
        ]
    if values:
        client.call("PATCH", f"{client.user}/messages/{quoted(item['id'])}", value=values)


def _import(client: Client, folder: RemoteFolder, source: bytes, keywords: frozenset[str], received: datetime) -> dict:
    """Make a message that is no draft."""
    try:
        value = _described(email.message_from_bytes(source, policy=policy.default), source, SEEN in keywords, received)
    except (LookupError, ValueError, AttributeError, TypeError) as error:
        raise ChangeRefusedError("refused", path=folder.path, server_text=f"unreadable: {error}") from error
    item = client.call("POST", f"{path_of(client, folder)}/messages", value=value)
    file = io.BytesIO(source)
    try:
        for one in cutting.files_of(file):
            content, size = cutting.content(file, one)
            with content:
                drafting.attach(client, item["id"], one, content, size)
    except (GraphError, AdapterError):
        drafting.discard(client, item["id"])
        raise
    return item


def _described(message: EmailMessage, source: bytes, is_read: bool, received: datetime) -> dict:
    body = message.get_body(("html", "plain"))
    header = source.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    properties = {
        FLAGS: str(READ if is_read else 0),
        DELIVERED: text_of(received),
        SUBMITTED: text_of(message["date"].datetime if message["date"] else received),
        HEADERS: header,
        IN_REPLY_TO: str(message["in-reply-to"] or ""),
        REFERENCES: str(message["references"] or ""),
    }
    value = {
        "subject": str(message["subject"] or ""),
        "body": {
            "contentType": "html" if body and body.get_content_type() == "text/html" else "text",
            "content": body.get_content() if body else "",
        },
        "singleValueExtendedProperties": [{"id": name, "value": text} for name, text in properties.items() if text],
    }
    if message["message-id"]:
        value["internetMessageId"] = str(message["message-id"])
    if senders := _people(message, "from"):
        value["from"] = value["sender"] = senders[0]
    return value | {name: people for field, name in _PEOPLE.items() if (people := _people(message, field))}


def _people(message: EmailMessage, field: str) -> list[dict]:
    addresses = message[field].addresses if message[field] else ()
    return [
        {"emailAddress": {"name": one.display_name or one.addr_spec, "address": one.addr_spec}} for one in addresses
    ]
