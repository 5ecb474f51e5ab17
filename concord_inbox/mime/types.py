"""What parsing an email yields: plain data, safe to store.

Every string here is valid Unicode without NUL or lone surrogates, so that PostgreSQL takes it.
"""

from dataclasses import dataclass, field
from datetime import datetime

from .content import Content


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a header. `role` is from, to, cc, bcc or reply_to.

    :param email: as written, without its display name.
    :param email_normalized: as Odoo normalises addresses (`normalize_address`); '' when it is no address.
    """

    role: str
    name: str
    email: str
    email_normalized: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is kept as a file.

    :param content: of a large message what reads it from the file.
    :param inline: shown within the text (referenced by `content_id`), hence not listed as an attachment.
    """

    name: str
    mimetype: str
    content: bytes | Content = field(repr=False)
    content_id: str = ""
    inline: bool = False


@dataclass(slots=True)
class ParsedMessage:
    """An email, read.

    :param message_id: the Message-ID header with its angle brackets, '' when there is none.
    :param in_reply_to, references: message ids, with angle brackets, in the order written.
    :param date: of the Date header; naive, UTC. None when missing or unreadable.
    :param html: sanitised, without anything active; '' when the email has no HTML.
    :param text: the plain text body; made from the HTML when the email has no other.
    :param snippet: the first words of the text, on one line.
    :param list_addresses: of the mailing lists that it was written to, normalised.
    :param is_bulk: from a mailing list, a newsletter or another machine for many (List-Id, Precedence, ...).
    :param is_newsletter: written for many, to whom nobody on the list can answer; is bulk, too.
    :param is_automatic: written by a machine: a bounce, a delivery report, an automatic reply.
    :param list_post: the address at which all of its mailing list are written to (RFC 2369), '' when there is none.
    :param unsubscribe: addresses by which one leaves its mailing list: http(s) first, then mailto (RFC 2369).
    :param is_one_click: its sender says that one request to the first is enough (RFC 8058).
    :param protection: ``smime_signed``, ``smime_encrypted``, ``pgp_signed``, ``pgp_encrypted``, each with ``_part``
        behind it where it is not all of the email, or '': what it bears, which is not checked.
    :param is_cut: a bound was exceeded: something of it is neither shown nor read; its original has it.
    :param defects: what was odd, in a few words each, for whoever investigates.
    """

    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    subject: str = ""
    date: datetime | None = None
    addresses: list[Address] = field(default_factory=list)
    text: str = ""
    html: str = ""
    snippet: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    list_addresses: frozenset[str] = frozenset()
    is_bulk: bool = False
    is_newsletter: bool = False
    is_automatic: bool = False
    list_post: str = ""
    unsubscribe: tuple[str, ...] = ()
    is_one_click: bool = False
    protection: str = ""
    is_cut: bool = False
    defects: list[str] = field(default_factory=list)
