"""The mailboxes of the stand-in: folders and messages, and what happened to them in which order."""

import contextlib
import email
import itertools
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.utils import getaddresses, parsedate_to_datetime

#: Well-known name -> display name; those with a slash lie below another one.
WELL_KNOWN = {
    "msgfolderroot": "Top of Information Store",
    "inbox": "Inbox",
    "drafts": "Drafts",
    "sentitems": "Sent Items",
    "deleteditems": "Deleted Items",
    "junkemail": "Junk Email",
    "archive": "Archive",
    "outbox": "Outbox",
    "conversationhistory": "Conversation History",
    "syncissues": "Sync Issues",
    "conflicts": "Conflicts",
    "localfailures": "Local Failures",
    "serverfailures": "Server Failures",
    "recoverableitemsdeletions": "Deletions",
    "recoverableitemspurges": "Purges",
}
_ABOVE = dict.fromkeys(("conflicts", "localfailures", "serverfailures"), "syncissues")
#: Outside of the tree that people see.
_DUMPSTER = ("recoverableitemsdeletions", "recoverableitemspurges")

#: MAPI's name of what Exchange adds to an email's own size.
OVERHEAD, FOR_EACH_PROPERTY = 1187, 46


def moment() -> datetime:
    """Now, as Graph tells times: to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def new_id() -> str:
    """An id like Graph's immutable ones, with characters that a URL needs encoded."""
    return f"AAkALgAAAAAA{secrets.token_urlsafe(30)}AA=="


@dataclass
class Folder:
    """A folder. `log` says what happened to messages in it: (number, id of the message, whether it left)."""

    id: str
    name: str
    parent: str | None
    known: str | None = None
    log: list[tuple[int, str, bool]] = field(default_factory=list)


@dataclass
class Message:
    """A message. `values` are its properties as Graph has them, `extended` MAPI's by their ids."""

    id: str
    folder: str
    source: bytes
    values: dict
    extended: dict[str, str] = field(default_factory=dict)
    attachments: list[dict] = field(default_factory=list)
    #: The id that it bears for those who did not ask for immutable ones; changes with each move.
    mutable: str = field(default_factory=lambda: f"AAMkAG{secrets.token_urlsafe(60)}")

    @property
    def size(self) -> int:
        return len(self.source) + OVERHEAD + FOR_EACH_PROPERTY * len(self.extended) + 20 * len(self.values)


class Mailbox:
    """What one user has. Attribute `quota`: how many bytes fit in."""

    def __init__(self, address: str):
        self.address = address
        self.folders: dict[str, Folder] = {}
        self.messages: dict[str, Message] = {}
        self.quota = 50 * 1024 * 1024 * 1024
        self._clock = itertools.count(1)
        for known, name in WELL_KNOWN.items():
            above = _ABOVE.get(known, "" if known in ("msgfolderroot", *_DUMPSTER) else "msgfolderroot")
            self.add_folder(name, self.known(above).id if above else None, known)

    # ------------------------------------------------------------ folders

    def known(self, name: str) -> Folder:
        """A folder by its well-known name."""
        return next(folder for folder in self.folders.values() if folder.known == name)

    def folder(self, path: str) -> Folder:
        """A folder by its well-known name or the display names down to it, joined by slashes."""
        with contextlib.suppress(StopIteration):
            return self.known(path)
        parent = self.known("msgfolderroot")
        for name in path.split("/"):
            parent = next(one for one in self.folders.values() if one.parent == parent.id and one.name == name)
        return parent

    def find_folder(self, name_or_id: str) -> Folder | None:
        """A folder as requests name it."""
        if folder := self.folders.get(name_or_id):
            return folder
        return next((one for one in self.folders.values() if one.known == name_or_id.lower()), None)

    def add_folder(self, name: str, parent: str | None = None, known: str | None = None) -> Folder:
        """A new folder, at the top unless `parent` (an id) is given."""
        if parent is None and known not in ("msgfolderroot", *_DUMPSTER):
            parent = self.known("msgfolderroot").id
        folder = Folder(f"AQMkAD{secrets.token_urlsafe(24)}", name, parent, known)
        self.folders[folder.id] = folder
        return folder

    def children(self, folder_id: str | None) -> list[Folder]:
        return [folder for folder in self.folders.values() if folder.parent == folder_id]

    def delete_folder(self, folder: Folder) -> None:
        """With all that is in it and below it."""
        for child in self.children(folder.id):
            self.delete_folder(child)
        for message in self.inside(folder.id):
            del self.messages[message.id]
        del self.folders[folder.id]

    # ------------------------------------------------------------ messages

    def inside(self, folder_id: str) -> list[Message]:
        return [message for message in self.messages.values() if message.folder == folder_id]

    def find(self, message_id: str) -> Message | None:
        """A message by either of its ids."""
        if message := self.messages.get(message_id):
            return message
        return next((one for one in self.messages.values() if one.mutable == message_id), None)

    def add(
        self,
        source: bytes,
        folder: str = "inbox",
        *,
        received: datetime | None = None,
        is_read: bool = False,
        is_draft: bool = False,
        categories: tuple[str, ...] = (),
        flagged: bool = False,
    ) -> Message:
        """A message that arrives in a folder (a well-known name, or a path)."""
        received = received or moment()
        values = described(source) | {
            "receivedDateTime": _text(received),
            "createdDateTime": _text(moment()),
            "lastModifiedDateTime": _text(moment()),
            "isRead": is_read,
            "isDraft": is_draft,
            "categories": list(categories),
            "flag": {"flagStatus": "flagged" if flagged else "notFlagged"},
        }
        return self.put(source, self.folder(folder), values)

    def put(self, source: bytes, folder: Folder, values: dict) -> Message:
        """A message of which the properties are known."""
        message = Message(new_id(), folder.id, source, values)
        values.setdefault("conversationId", self._conversation(values, message.id))
        self.messages[message.id] = message
        self.touch(message)
        return message

    def _conversation(self, values: dict, own: str) -> str:
        """What answers another message is in its conversation."""
        wanted = set(values.pop("_references", ()))
        for other in self.messages.values():
            if other.values.get("internetMessageId") in wanted:
                return other.values["conversationId"]
        return f"AAQkAD{own[-20:]}"

    def touch(self, message: Message) -> None:
        """Something of the message changed: its folder has it to tell."""
        message.values["lastModifiedDateTime"] = _text(moment())
        self.folders[message.folder].log.append((next(self._clock), message.id, False))

    def move(self, message: Message, folder: Folder) -> None:
        """To another folder; also what deleting is."""
        self.folders[message.folder].log.append((next(self._clock), message.id, True))
        message.folder = folder.id
        message.mutable = f"AAMkAG{secrets.token_urlsafe(60)}"
        self.touch(message)

    def copy(self, message: Message, folder: Folder) -> Message:
        """Another message with the same content."""
        values = {name: list(value) if isinstance(value, list) else value for name, value in message.values.items()}
        other = self.put(message.source, folder, values | {"createdDateTime": _text(moment())})
        other.extended = dict(message.extended)
        return other

    def remove(self, message: Message) -> None:
        """For good."""
        self.folders[message.folder].log.append((next(self._clock), message.id, True))
        del self.messages[message.id]

    def now(self) -> int:
        """The number of the last thing that happened."""
        return next(self._clock)

    def used(self) -> int:
        return sum(message.size for message in self.messages.values())


def described(source: bytes) -> dict:
    """What Graph tells of a MIME source."""
    parsed = email.message_from_bytes(source, policy=policy.compat32)

    def text(name: str) -> str:
        return str(email.header.make_header(email.header.decode_header(re.sub(r"\r?\n", "", str(parsed[name] or "")))))

    def people(name: str) -> list[dict]:
        fields = [str(value) for value in parsed.get_all(name, ())]
        return [
            {"emailAddress": {"name": label or address, "address": address}}
            for label, address in getaddresses(fields)
            if address
        ]

    senders = people("from")
    sent = None
    with contextlib.suppress(TypeError, ValueError):
        sent = parsedate_to_datetime(parsed["date"])
    body = next((part for part in parsed.walk() if part.get_content_maintype() == "text"), None)
    content = body.get_payload(decode=True).decode("utf-8", "replace") if body and not body.is_multipart() else ""
    kind = "html" if body and body.get_content_type() == "text/html" else "text"
    return {
        "subject": text("subject"),
        "from": senders[0] if senders else None,
        "sender": senders[0] if senders else None,
        "toRecipients": people("to"),
        "ccRecipients": people("cc"),
        "bccRecipients": people("bcc"),
        "replyTo": people("reply-to"),
        "internetMessageId": str(parsed["message-id"] or f"<{secrets.token_hex(12)}@stand-in.example>").strip(),
        "sentDateTime": _text(sent.astimezone(UTC) if sent and sent.tzinfo else moment()),
        "hasAttachments": any(part.get_content_disposition() == "attachment" for part in parsed.walk()),
        "importance": "normal",
        "body": {"contentType": kind, "content": content},
        "bodyPreview": content[:255],
        "_references": f"{parsed['in-reply-to'] or ''} {parsed['references'] or ''}".split(),
    }


def headers(source: bytes) -> list[dict]:
    """The header block as Graph tells it."""
    parsed = email.message_from_bytes(source, policy=policy.compat32)
    return [{"name": name, "value": re.sub(r"\r?\n", "", str(value))} for name, value in parsed.items()]


def _text(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
