"""What our parser and two others make of an email, in terms in which they can be compared.

What differs by intention is evened out beforehand: texts are compared by their words, HTML as it is when it was made
inert, names of files as they can be stored, addresses in lower case.
"""

import email
import email.policy
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

import fast_mail_parser
from odoo.addons.concord_inbox import mime
from odoo.addons.concord_inbox.mime import attachments, text
from odoo.addons.concord_inbox.mime.clean import one_line, storable

FIELDS = ("subject", "from", "to", "cc", "date", "text", "html", "names", "sizes")
#: field -> its value; a field that a parser cannot tell is not there.
Seen = dict[str, object]

# Texts that stand between HTML are in ours as they are shown.
_PLAIN = re.compile(r'<div style="white-space:pre-wrap">[^<]*</div>')
_MADE = re.compile(r"(?:attachment-\d+\.\w+|.*\.eml|)\Z", re.IGNORECASE | re.DOTALL)
_PAGE = re.compile(r"\s*(?:<!doctype\s+html\b|<html\b[^<>]*>\s*<(?:head|body|title|meta)\b)", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_TEXTS = ("text/plain", "text/html")


def ours(source: bytes) -> Seen:
    """This package."""
    message = mime.parse(source)
    people = {role: [one.email for one in message.addresses if one.role == role] for role in ("from", "to", "cc")}
    files = [one for one in message.attachments if not one.inline]
    files += [one for one in message.attachments if one.inline]
    return _seen(
        message.subject,
        people,
        message.date,
        message.text,
        message.html,
        [(one.name, len(one.content)) for one in files],
    )


def standard(source: bytes) -> Seen | None:
    """The standard library with its modern policy; None when it fails."""
    try:
        message = email.message_from_bytes(source, policy=email.policy.default)
        people = {name: [one.addr_spec for one in _addresses(message, name)] for name in ("from", "to", "cc")}
        leaves = list(_leaves(message))
        plain = [_content(part) for part in leaves if _is_text(part, "text/plain")]
        rich = [_content(part) for part in leaves if _is_text(part, "text/html")]
        files = [(part.get_filename() or "", _bytes(part)) for part in leaves if not _is_text(part, *_TEXTS)]
        date = _date(str(message["date"] or ""))
        return _seen(str(message["subject"] or ""), people, date, plain, rich, files)
    except Exception:  # noqa: BLE001
        # It has no documented exceptions, and many.
        return None


def fast(source: bytes) -> Seen | None:
    """fast-mail-parser; None when it refuses."""
    try:
        message = fast_mail_parser.parse_email(source)
    except (fast_mail_parser.ParseError, ValueError):
        return None
    people = {
        "from": [one.address for one in [message.from_] if one],
        "to": [one.address for one in message.to],
        "cc": [one.address for one in message.cc],
    }
    date = message.date_parsed
    files = [(one.filename or "", len(one.content)) for one in message.attachments]
    return _seen(message.subject, people, date, message.text_plain, message.text_html, files)


PARSERS: dict[str, Callable[[bytes], Seen | None]] = {"ours": ours, "standard": standard, "fast": fast}


def page_as_text(source: bytes) -> str:
    """In which way a page of HTML is sent as plain text in an email; '' where none is."""
    message = email.message_from_bytes(source)
    for part in message.walk():
        if part.get_content_type() == "text/plain" and not part.is_multipart():
            content = (part.get_payload(decode=True) or b"").decode("latin-1")
            if _PAGE.match(content):
                if part is not message:
                    return "the plain rendition is the HTML"
                return "declared as plain text" if "content-type" in message else "nothing declared"
    return ""


def _seen(subject, people, date, plain, rich, files) -> Seen:
    """One form for all."""
    if not isinstance(plain, str):
        plain = "\n".join(plain)
    html = _PLAIN.sub("", rich) if isinstance(rich, str) else "\n".join(mime.sanitize(piece) for piece in rich)
    words = plain if plain.strip() else text.from_html(html)
    if isinstance(date, datetime) and date.tzinfo:
        date = date.astimezone(UTC).replace(tzinfo=None)
    return {
        "subject": one_line(subject),
        **{role: tuple(sorted({one.strip().lower() for one in found if one})) for role, found in people.items()},
        "date": date,
        "text": _WORD.findall(storable(words)),
        "html": _WORD.findall(text.from_html(html)),
        "names": tuple(sorted(name for one, _size in files if not _is_made(name := attachments.clean_name(one)))),
        "sizes": tuple(sorted(size for _name, size in files)),
    }


def _is_made(name: str) -> bool:
    """Whether a file has no name of its own, or one that ours gives to such files."""
    return bool(_MADE.match(name)) or name in attachments.USUAL.values()


def _addresses(message: EmailMessage, name: str) -> Iterable:
    return [address for field in message.get_all(name, []) for address in field.addresses]


def _leaves(part: EmailMessage) -> Iterable[EmailMessage]:
    if part.get_content_type() == "message/rfc822" or not part.is_multipart():
        yield part
        return
    for child in part.iter_parts():
        yield from _leaves(child)


def _is_text(part: EmailMessage, *mimetypes: str) -> bool:
    return (
        part.get_content_type() in mimetypes
        and part.get_content_disposition() != "attachment"
        and not part.get_filename()
    )


def _content(part: EmailMessage) -> str:
    return part.get_content()


def _bytes(part: EmailMessage) -> int:
    if part.get_content_type() == "message/rfc822":
        return len(part.get_payload(0).as_bytes())
    return len(part.get_payload(decode=True) or b"")


def _date(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
