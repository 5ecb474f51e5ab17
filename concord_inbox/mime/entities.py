"""Parts of an email, written: their transfer encoding and the lines between them (RFC 2045, RFC 2046)."""

import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from . import fields

_LINE = 76  # characters of a line of base64
_LONG_LINE = {78: re.compile(rb"[^\n]{80}"), 998: re.compile(rb"[^\n]{1000}")}
_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")


@dataclass(frozen=True, slots=True)
class Entity:
    """A part with its own fields; `header` has no empty line at its end."""

    mimetype: str
    header: bytes
    body: bytes

    def source(self) -> bytes:
        """The part as it stands in the email."""
        return self.header + b"\r\n" + self.body


def leaf(
    mimetype: str, parameters: Sequence[tuple[str, str]], content: bytes, more: bytes = b"", is_file: bool = False
) -> Entity:
    """A part that holds `content`.

    :param parameters: of Content-Type.
    :param more: further fields, whole lines.
    :param is_file: its bytes have to arrive as they are; otherwise it is text, whose lines end in CRLF.
    """
    if mimetype == "message/rfc822":
        # No other encoding is allowed for it (RFC 2046 section 5.2.1); what is no ASCII travels as a file.
        whole = _BARE.sub(b"\r\n", content)
        if _is_7bit(whole, 998):
            return Entity(mimetype, _header(mimetype, parameters, "7bit", more), whole)
        mimetype = "application/octet-stream"
    encoding, body = ("base64", _base64(content)) if is_file else _text(content)
    if is_file and mimetype.startswith("text/") and not content.isascii() and _is_utf8(content):
        parameters = [("charset", "utf-8"), *parameters]
    return Entity(mimetype, _header(mimetype, parameters, encoding, more), body)


def multipart(
    subtype: str, children: Sequence[Entity], seed: str, parameters: Sequence[tuple[str, str]] = ()
) -> Entity:
    """Several parts as one.

    :param seed: what makes the boundaries of this email other ones than those of others.
    """
    boundary = _boundary(subtype, children, seed)
    separator = f"--{boundary}\r\n".encode()
    # The line break before a boundary belongs to the boundary.
    body = b"".join(separator + child.source() + b"\r\n" for child in children) + f"--{boundary}--\r\n".encode()
    mimetype = f"multipart/{subtype}"
    content_type = fields.parameterised("Content-Type", mimetype, [*parameters, ("boundary", boundary)])
    return Entity(mimetype, content_type, body)


def _header(mimetype: str, parameters: Sequence[tuple[str, str]], encoding: str, more: bytes) -> bytes:
    content_type = fields.parameterised("Content-Type", mimetype, parameters)
    return content_type + f"Content-Transfer-Encoding: {encoding}\r\n".encode() + more


def _boundary(subtype: str, children: Sequence[Entity], seed: str) -> str:
    """What stands in none of the children: neither encoding has "=_", but an email that goes along may."""
    number = 0
    while True:
        digest = hashlib.blake2b(f"{seed} {subtype} {number}".encode(), digest_size=12).hexdigest()
        boundary = f"=_{subtype}_{digest}"
        if not any(boundary.encode() in child.body for child in children):
            return boundary
        number += 1


def _text(content: bytes) -> tuple[str, bytes]:
    """Choose what keeps text readable and short."""
    if _is_7bit(content, 78):
        return "7bit", content
    quoted = _quoted_printable(content)
    encoded = _base64(content)
    return ("quoted-printable", quoted) if len(quoted) <= len(encoded) * 1.2 else ("base64", encoded)


def _is_7bit(content: bytes, longest: int) -> bool:
    """Whether all bytes and lines are as they may be without any encoding.

    :param longest: characters of a line, 78 or 998.
    """
    if not content.isascii() or b"\0" in content:
        return False
    return not _BARE.search(content) and not _LONG_LINE[longest].search(content)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _quoted_printable(content: bytes) -> bytes:
    encoded = b"\n" + binascii.b2a_qp(content.replace(b"\r\n", b"\n"))
    # Some programs that pass an email on change a line that begins so.
    encoded = encoded.replace(b"\nFrom ", b"\n=46=\nrom ")
    return encoded[1:].replace(b"\n", b"\r\n")


def _base64(content: bytes) -> bytes:
    encoded = binascii.b2a_base64(content, newline=False)
    return b"".join(encoded[start : start + _LINE] + b"\r\n" for start in range(0, len(encoded), _LINE))
