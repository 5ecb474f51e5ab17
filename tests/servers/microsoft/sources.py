"""MIME as Exchange hands it out: made anew of what it keeps, never quite the bytes that came."""

import email
from email import policy
from email.message import EmailMessage

from .mailbox import Message

#: A header that Exchange adds.
MARK = b"X-MS-Has-Attach:\r\n"


def as_kept(source: bytes) -> bytes:
    """What becomes of a source that is put into a mailbox."""
    head, separator, body = source.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n").partition(b"\r\n\r\n")
    return head + b"\r\n" + MARK + separator[2:] + body if separator else source


def without_bcc(source: bytes) -> bytes:
    """What recipients get."""
    head, separator, body = source.partition(b"\r\n\r\n")
    lines: list[bytes] = []
    is_bcc = False
    for line in head.split(b"\r\n"):
        is_bcc = is_bcc if line[:1] in (b" ", b"\t") else line.lower().startswith(b"bcc:")
        if not is_bcc:
            lines.append(line)
    return b"\r\n".join(lines) + separator + body


def of(message: Message) -> bytes:
    """The source of a message, with the files that were added to it."""
    if not message.attachments:
        return message.source
    parsed = email.message_from_bytes(message.source, policy=policy.SMTP)
    if parsed.get_content_type() != "multipart/mixed":
        parsed.make_mixed()
    for one in message.attachments:
        main, _, sub = (one.get("contentType") or "application/octet-stream").partition("/")
        part = EmailMessage(policy=policy.SMTP)
        if main in ("text", "message", "multipart"):
            main, sub = "application", "octet-stream"
        part.set_content(one["content"], main, sub, filename=one["name"])
        part.replace_header("Content-Disposition", "inline" if one.get("isInline") else "attachment")
        part.set_param("filename", one["name"], "Content-Disposition")
        if one.get("contentId"):
            part["Content-ID"] = f"<{one['contentId']}>"
        parsed.attach(part)
    return parsed.as_bytes()


def made_of(value: dict, extended: dict[str, str]) -> bytes:
    """A source for a message that came as JSON."""
    made = EmailMessage(policy=policy.SMTP)
    made["Subject"] = value.get("subject") or ""
    names = {"From": [value["from"]] if value.get("from") else [], "To": value.get("toRecipients")}
    names |= {"Cc": value.get("ccRecipients"), "Bcc": value.get("bccRecipients"), "Reply-To": value.get("replyTo")}
    for name, people in names.items():
        if people:
            made[name] = ", ".join(one["emailAddress"]["address"] for one in people)
    for name, tag in (("In-Reply-To", "String 0x1042"), ("References", "String 0x1039")):
        if extended.get(tag):
            made[name] = extended[tag]
    if value.get("internetMessageId"):
        made["Message-ID"] = value["internetMessageId"]
    body = value.get("body") or {"contentType": "text", "content": ""}
    made.set_content(body["content"], subtype="html" if body["contentType"] == "html" else "plain")
    return made.as_bytes()
