"""An email that is to be written: plain data."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Somebody's address with the name that is shown, '' for none."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Part:
    """A file that goes along.

    :param content_id: without angle brackets, of a picture that the HTML shows (``cid:``); '' for an attachment.
    """

    name: str
    mimetype: str
    content: bytes = field(repr=False)
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What `compose` makes an email of.

    :param html: the body as a fragment; '' for an email of plain text only.
    :param date: aware.
    :param message_id, in_reply_to, references: with angle brackets.
    :param text: the plain rendition, flowed paragraphs as one line each; None to make it of the HTML.
    :param headers: more fields, as pairs of name and value.
    """

    sender: Mailbox
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    bcc: tuple[Mailbox, ...]
    subject: str
    html: str
    date: datetime
    message_id: str
    reply_to: tuple[Mailbox, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    text: str | None = None
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def mailboxes(self) -> tuple[Mailbox, ...]:
        """Everybody whose address stands in it."""
        return (self.sender, *self.reply_to, *self.to, *self.cc, *self.bcc)
