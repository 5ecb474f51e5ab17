"""A mailbox as Gmail keeps it: messages that bear labels, threads, drafts, and the history of all that."""

import email.parser
import email.policy
import email.utils
import itertools
import re
import time
from dataclasses import dataclass, field

SYSTEM_LABELS = (
    *("INBOX", "SENT", "DRAFT", "TRASH", "SPAM", "STARRED", "UNREAD", "IMPORTANT", "CHAT"),
    *("CATEGORY_PERSONAL", "CATEGORY_SOCIAL", "CATEGORY_PROMOTIONS", "CATEGORY_UPDATES", "CATEGORY_FORUMS"),
)

#: What clients may neither add nor remove.
FIXED = {"SENT", "DRAFT", "CHAT"}

#: Names that nobody can give to a label of their own.
RESERVED = {"inbox", "sent", "drafts", "draft", "trash", "spam", "starred", "unread", "important", "chat", "all mail"}


@dataclass
class Label:
    id: str
    name: str
    color: dict | None = None

    @property
    def is_system(self) -> bool:
        return self.id in SYSTEM_LABELS


@dataclass
class Message:
    id: str
    thread_id: str
    source: bytes = field(repr=False)
    labels: set[str]
    internal_date: int
    history_id: int = 0

    @property
    def size(self) -> int:
        return len(self.source)

    def header(self, name: str) -> str:
        """A header, unfolded; '' if there is none."""
        return str(self.headers().get(name) or "").replace("\r\n", "")

    def headers(self):
        block = self.source.partition(b"\r\n\r\n")[0]
        return email.parser.BytesHeaderParser(policy=email.policy.compat32).parsebytes(block + b"\r\n\r\n")


@dataclass
class Record:
    """A piece of history. `labels` are those that were added or removed, `after` all that the message bore then."""

    id: int
    kind: str
    message: Message
    labels: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class Mailbox:
    """What one user has. Whoever calls these methods holds the server's lock.

    Attributes that a test changes: `keeps_message_ids`: whether what is sent keeps the Message-ID that it came with;
    `search_lags`: messages that searching does not find yet, by id; `aliases`: address -> (name, is verified).
    """

    def __init__(self, address: str, aliases: tuple[str, ...] = ()):
        self.address = address
        self.labels = {name: Label(name, name) for name in SYSTEM_LABELS}
        self.messages: dict[str, Message] = {}
        self.drafts: dict[str, str] = {}
        self.history: list[Record] = []
        self.aliases = dict.fromkeys(aliases, ("", True))
        self.sent: list[Message] = []
        self.keeps_message_ids = True
        self.search_lags: set[str] = set()
        self.now = time.time
        self._by_message_id: dict[str, str] = {}
        self._ids = itertools.count(0x18C0000000000001)
        self._numbers = itertools.count(1)
        self._draft_numbers = itertools.count(-8_000_000_000_000_000_000)
        self.history_id = 1000
        #: History from before this is forgotten.
        self.oldest = 1000

    # What the tests do to it, as other programs of the user and other people would.

    def deliver(self, source: bytes, labels=("INBOX", "UNREAD"), received: float | None = None) -> str:
        """An email arrives; returns its id.

        :param received: POSIX time; None: now.
        """
        return self.add(source, labels, received=received).id

    def make_label(self, name: str, color: dict | None = None) -> Label:
        """A label of the user's own."""
        label = Label(f"Label_{next(self._numbers)}", name, color)
        self.labels[label.id] = label
        return label

    def forget_history(self) -> None:
        """From now on nobody is told what happened before."""
        self.bump()
        self.oldest = self.history_id
        self.history.clear()

    def bump(self) -> int:
        """Another number, and not the very next: there are gaps."""
        self.history_id += 7
        return self.history_id

    # Messages.

    def add(
        self,
        source: bytes,
        labels=(),
        *,
        thread_id: str | None = None,
        received: float | None = None,
        is_joining: bool = True,
    ) -> Message:
        """A new message.

        :param is_joining: whether it joins the conversation that its headers name, as all but inserted ones do.
        """
        identity = f"{next(self._ids):x}"
        moment = self.now() if received is None else received
        message = Message(identity, identity, source, set(labels), int(moment * 1000))
        message.thread_id = thread_id or (is_joining and self._thread_of(message)) or identity
        self.messages[identity] = message
        self._by_message_id[message.header("Message-ID").strip()] = identity
        self._record("messagesAdded", message)
        return message

    def _thread_of(self, message: Message) -> str | None:
        named = set(re.findall(r"<[^<>\s]+>", f"{message.header('In-Reply-To')} {message.header('References')}"))
        for name in named:
            other = self.messages.get(self._by_message_id.get(name, ""))
            if other and same_subject(other, message):
                return other.thread_id
        return None

    def change(self, message: Message, add=(), remove=()) -> None:
        """Other labels."""
        added = tuple(sorted(set(add) - message.labels))
        removed = tuple(sorted((set(remove) - set(add)) & message.labels))
        if "TRASH" in added or "SPAM" in added:
            # What is thrown away is no longer in the inbox; labels of the user's own stay.
            removed = tuple(sorted({*removed, "INBOX"} & message.labels))
        message.labels |= set(added)
        message.labels -= set(removed)
        if added:
            self._record("labelsAdded", message, added)
        if removed:
            self._record("labelsRemoved", message, removed)

    def remove(self, message: Message) -> None:
        """For good."""
        del self.messages[message.id]
        for draft in [draft for draft, identity in self.drafts.items() if identity == message.id]:
            del self.drafts[draft]
        self._record("messagesDeleted", message)

    def make_draft(self, source: bytes, thread_id: str | None = None) -> str:
        """A new draft; returns its id, which is none of a message."""
        draft = f"r{next(self._draft_numbers)}"
        self.drafts[draft] = self.add(source, ("DRAFT",), thread_id=thread_id).id
        return draft

    def replace_draft(self, draft: str, source: bytes, thread_id: str | None = None) -> None:
        """Another version, which is another message."""
        old = self.messages[self.drafts[draft]]
        new = self.add(source, ("DRAFT",), thread_id=thread_id or old.thread_id)
        self.drafts[draft] = new.id
        self.remove(old)

    def send(self, source: bytes, thread_id: str | None = None) -> Message:
        """Take an email to everybody whom its header names."""
        if not self.keeps_message_ids:
            header, empty, body = source.partition(b"\r\n\r\n")
            fresh = email.utils.make_msgid(domain="mail.gmail.com").encode()
            header = re.sub(rb"(?mi)^message-id:.*(?:\r\n[ \t].*)*", b"Message-ID: " + fresh, header)
            source = header + empty + body
        message = self.add(source, ("SENT",), thread_id=thread_id)
        self.sent.append(message)
        own = {self.address, *self.aliases}
        if own & set(recipients(message)):
            # What one sends to oneself is one message that is in both places.
            self.change(message, add=("INBOX", "UNREAD"))
        return message

    def _record(self, kind: str, message: Message, labels: tuple[str, ...] = ()) -> None:
        message.history_id = self.bump()
        self.history.append(Record(self.history_id, kind, message, labels, tuple(sorted(message.labels))))


def same_subject(one: Message, other: Message) -> bool:
    """Whether both have the same subject, but for what answering puts in front."""

    def bare(message: Message) -> str:
        return re.sub(r"(?i)^\s*((re|aw|fwd?)\s*:\s*)+", "", message.header("Subject")).strip().casefold()

    return bare(one) == bare(other)


def recipients(message: Message) -> list[str]:
    """Whom the header names."""
    values = [value for name in ("To", "Cc", "Bcc") for value in message.headers().get_all(name, [])]
    return [address for _name, address in email.utils.getaddresses([str(value) for value in values]) if address]
