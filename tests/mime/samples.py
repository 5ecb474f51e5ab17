"""Emails written by hand, each odd in one way."""

from odoo.addons.concord_inbox.mime import ParsedMessage, parse


def email(body: bytes | str = b"Hello", *fields: bytes | str) -> bytes:
    """Return a source with the usual fields, `fields` (whole lines, before the usual ones) and `body`."""
    lines = [
        *fields,
        "From: Anna <anna@example.org>",
        "To: ben@example.com",
        "Subject: Greetings",
        "Message-ID: <1@example.org>",
        "Date: Mon, 4 Mar 2024 09:30:00 +0100",
    ]
    names = {_bytes(field).partition(b":")[0].lower() for field in fields}
    kept = lines[: len(fields)] + [
        line for line in lines[len(fields) :] if line.partition(":")[0].lower().encode() not in names
    ]
    return b"\r\n".join(map(_bytes, kept)) + b"\r\n\r\n" + _bytes(body)


def read(body: bytes | str = b"Hello", *fields: bytes | str) -> ParsedMessage:
    """Parse what `email` returns."""
    return parse(email(body, *fields))


def multipart(subtype: str, *parts: bytes | str, parameters: str = "") -> tuple[bytes, str]:
    """Return the body of a multipart of `parts` (each with its own fields) and its Content-Type field."""
    boundary = f"=_{subtype}"
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + _bytes(part) + b"\r\n" for part in parts)
    field = f'Content-Type: multipart/{subtype}; boundary="{boundary}"{parameters}'
    return body + b"--" + boundary.encode() + b"--\r\n", field


def nested(subtype: str, *parts: bytes | str, parameters: str = "") -> bytes:
    """Return a multipart as a part of another one."""
    body, field = multipart(subtype, *parts, parameters=parameters)
    return field.encode() + b"\r\n\r\n" + body


def part(content_type: str, content: bytes | str, *fields: str) -> bytes:
    """Return a leaf."""
    lines = "".join(f"{field}\r\n" for field in (f"Content-Type: {content_type}", *fields))
    return lines.encode() + b"\r\n" + _bytes(content)


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
