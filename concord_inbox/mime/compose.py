"""An email, written: plain data in, bytes out (RFC 5322, RFC 2045 to 2049).

The same data give the same bytes, with and without Bcc. Every line ends in CRLF and holds no more than 998 bytes;
bodies are ASCII whatever the addresses are.
"""

import email.utils
import re

from . import fields, flowed, headers, itip, plain
from .attachments import extension
from .entities import Entity, leaf, multipart
from .errors import ComposeError
from .fields import checked
from .inline import content_ids_of
from .outgoing import Outgoing, Part

_ID = re.compile(r"<[^<>\s@]+@[^<>\s@]+>")
_ANY_ID = re.compile(r"<[^<>\s]+>")
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_CONTENT_ID = re.compile(r"[^<>\s]{1,250}")
_BCC = re.compile(rb"(?mi)^(?:resent-)?bcc[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*")
#: What is written of the data themselves.
_OWN = frozenset(
    """date from sender reply-to to cc bcc subject message-id in-reply-to references mime-version content-type
    content-transfer-encoding content-disposition content-id""".split()
)


def compose(outgoing: Outgoing) -> bytes:
    """Write an email, with its Bcc: what goes to the server is `without_bcc` of it.

    :raises ComposeError: something in it cannot be written, and nothing is left out silently.
    """
    return b"".join(_header(outgoing)) + _root(outgoing).source()


def without_bcc(source: bytes) -> bytes:
    """Return an email without its fields Bcc and Resent-Bcc; every other byte stays as it is."""
    block = headers.header_of(source)
    return _BCC.sub(b"", block) + source[len(block) :]


def _header(outgoing: Outgoing) -> list[bytes]:
    if not outgoing.sender.email:
        raise ComposeError("no_sender", "from")
    if outgoing.date.tzinfo is None:
        raise ComposeError("bad_date", "date", str(outgoing.date))
    lines = [
        fields.structured("Date", email.utils.format_datetime(outgoing.date).split(" ")),
        fields.mailboxes("From", [outgoing.sender]),
    ]
    for name, people in (
        ("Reply-To", outgoing.reply_to),
        ("To", outgoing.to),
        ("Cc", outgoing.cc),
        ("Bcc", outgoing.bcc),
    ):
        if people:
            lines.append(fields.mailboxes(name, people))
    lines.append(fields.unstructured("Subject", outgoing.subject))
    lines.append(fields.structured("Message-ID", _ids("message-id", _ID, outgoing.message_id)))
    if outgoing.in_reply_to:
        lines.append(fields.structured("In-Reply-To", _ids("in-reply-to", _ANY_ID, outgoing.in_reply_to)))
    if outgoing.references:
        lines.append(fields.structured("References", _ids("references", _ANY_ID, *outgoing.references)))
    for name, value in outgoing.headers:
        if name.lower() in _OWN:
            raise ComposeError("bad_header", "headers", name)
        lines.append(fields.further(name, value))
    return [*lines, b"MIME-Version: 1.0\r\n"]


def _ids(field: str, form: re.Pattern, *ids: str) -> list[str]:
    for item in ids:
        if not form.fullmatch(item) or not item.isascii() or not item.isprintable() or len(item) > 900:
            raise ComposeError("bad_message_id", field, item)
    return list(ids)


def _root(outgoing: Outgoing) -> Entity:
    """The tree of parts, with no more levels than are needed: mixed over related over alternative."""
    seed = outgoing.message_id
    text = plain.text_of(outgoing.html) if outgoing.text is None else outgoing.text
    body = leaf("text/plain", [("charset", "utf-8"), ("format", "flowed")], _crlf(flowed.flow(_body_text(text))))
    renditions = [body]
    if outgoing.html:
        renditions.append(leaf("text/html", [("charset", "utf-8")], _crlf(_page(outgoing))))
    # An answer to an invitation is one more rendition of what is said: so calendars look for it (RFC 6047).
    answers = [part for part in outgoing.parts if part.mimetype == "text/calendar" and itip.is_answer(part.content)][:1]
    renditions += [leaf("text/calendar", [("charset", "utf-8"), ("method", "REPLY")], one.content) for one in answers]
    if len(renditions) > 1:
        body = multipart("alternative", renditions, seed)
    ids = content_ids_of(outgoing.html)
    shown = [part for part in outgoing.parts if part.content_id in ids]
    if shown:
        kind = [("type", body.mimetype)]
        body = multipart(
            "related", [body, *(_file(part, number, True) for number, part in _numbered(shown))], seed, kind
        )
    files = [part for part in outgoing.parts if all(part is not other for other in (*shown, *answers))]
    if files:
        body = multipart("mixed", [body, *(_file(part, number, False) for number, part in _numbered(files))], seed)
    return body


def _numbered(parts: list[Part]) -> enumerate:
    return enumerate(parts, 1)


def _body_text(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _crlf(text: str) -> bytes:
    return (text.rstrip("\n") + "\n").replace("\n", "\r\n").encode("utf-8", "replace")


def _page(outgoing: Outgoing) -> str:
    html = _body_text(outgoing.html)
    return f'<!DOCTYPE html>\n<html>\n<head><meta charset="utf-8"></head>\n<body>\n{html}\n</body>\n</html>'


def _file(part: Part, number: int, is_inline: bool) -> Entity:
    mimetype = part.mimetype.strip().lower()
    checked(mimetype, "attachment")
    if not _TYPE.fullmatch(mimetype) or mimetype.startswith(("multipart/", "message/")):
        mimetype = "message/rfc822" if mimetype == "message/rfc822" else "application/octet-stream"
    name = checked(part.name, "attachment").strip()
    if not name and not is_inline:
        name = f"attachment-{number}{extension(mimetype)}"
    more = []
    if part.content_id:
        if not _CONTENT_ID.fullmatch(part.content_id) or not part.content_id.isascii():
            raise ComposeError("bad_header", "content-id", part.content_id)
        more.append(fields.structured("Content-ID", [f"<{checked(part.content_id, 'content-id')}>"]))
    named = fields.file_name(name) if name else []
    more.append(fields.parameterised("Content-Disposition", "inline" if is_inline else "attachment", named))
    return leaf(mimetype, fields.fallback_name(name) if name else [], part.content, b"".join(more), is_file=True)
