"""Bytes of an email (RFC 5322, MIME) from its pieces, and the trace that mail servers add on delivery."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr


@dataclass(slots=True)
class Mail:
    """What an email is made of. `headers` come besides From, To, Cc, Subject, Date and Message-ID, in that order.

    :param inline: (Content-ID without brackets, file name, PNG) of pictures within `html`.
    :param files: (file name, MIME type, content) of attachments.
    :param calendar: (method, iCalendar text) of an invitation, as third alternative.
    """

    sender: tuple[str, str]
    to: list[tuple[str, str]]
    subject: str
    date: datetime
    message_id: str
    text: str = ""
    html: str = ""
    cc: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    inline: list[tuple[str, str, bytes]] = field(default_factory=list)
    files: list[tuple[str, str, bytes]] = field(default_factory=list)
    calendar: tuple[str, str] | None = None
    charset: str = "utf-8"

    def source(self) -> bytes:
        """The email with CRLF line ends; the same bytes for the same content."""
        message = EmailMessage(policy=SMTP)
        self._bodies(message)
        files = list(self.files)
        if self.calendar:
            files.append(("invite.ics", "application/ics", self.calendar[1].encode()))
        for name, mimetype, data in files:
            maintype, subtype = mimetype.split("/")
            message.add_attachment(data, maintype, subtype, filename=name)
        for index, part in enumerate(part for part in message.walk() if part.is_multipart()):
            part.set_boundary(f"=_{digest(self.message_id, str(index))[:24]}")
        return self._head() + message.as_bytes()

    def _head(self) -> bytes:
        """The header fields but those of MIME.

        Not left to `EmailMessage`: Python 3.11 folds a list of encoded names into one that no longer parses.
        """
        fields = {
            "From": _mailbox(self.sender),
            "To": ",\r\n ".join(map(_mailbox, self.to)),
            "Cc": ",\r\n ".join(map(_mailbox, self.cc)),
            "Subject": _folded("Subject", self.subject),
            "Date": format_datetime(self.date),
            "Message-ID": self.message_id,
            **{name: _folded(name, value) for name, value in self.headers.items()},
        }
        return "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value).encode("ascii")

    def _bodies(self, message: EmailMessage) -> None:
        if self.text:
            message.set_content(self.text, **_encoding(self.text, self.charset))
        if self.html:
            add = message.add_alternative if self.text else message.set_content
            add(self.html, subtype="html", **_encoding(self.html, self.charset))
        if self.inline:
            page = next(part for part in message.walk() if part.get_content_type() == "text/html")
            for content_id, name, data in self.inline:
                page.add_related(data, "image", "png", cid=f"<{content_id}>", filename=name, disposition="inline")
        if self.calendar:
            method, events = self.calendar
            message.add_alternative(events, subtype="calendar", cte="base64", params={"method": method})


def _encoding(body: str, charset: str) -> dict:
    """Arguments of `set_content` that keep the lines short, as programs out in the world do."""
    try:
        body.encode(charset)
    except UnicodeEncodeError:
        # A quote in another script: mail programs switch to UTF-8 then.
        charset = "utf-8"
    if charset == "iso-2022-jp":
        return {"charset": charset, "cte": "7bit"}
    if body.isascii() and all(len(line) < 990 for line in body.split("\n")):
        return {"charset": charset}
    mostly_ascii = sum(letter.isascii() for letter in body) > len(body) * 0.7
    return {"charset": charset, "cte": "quoted-printable" if mostly_ascii else "base64"}


def _mailbox(pair: tuple[str, str]) -> str:
    """Name and address, on two lines where one would be too long."""
    line = formataddr(pair)
    return "\r\n ".join(line.rsplit(" ", 1)) if len(line) > 70 else line


def _folded(name: str, value: str) -> str:
    """`value` in lines of at most 78 characters, encoded where it is not ASCII (RFC 2047)."""
    return Header(value, None if value.isascii() else "utf-8", 78, name).encode(linesep="\r\n")


def digest(*parts: str) -> str:
    """A hex name for `parts`, the same on every run."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def delivered(source: bytes, recipient: str, moment: datetime, sender_domain: str, bounce: str) -> bytes:
    """`source` with the trace headers of its delivery to `recipient` in front (RFC 5321 section 4.4).

    :param bounce: the envelope's sender, '' for a bounce.
    """
    queue = digest(recipient, moment.isoformat(), bounce, source[:200].hex())[:11].upper()
    host = sender_domain if sender_domain.startswith("mx.") else f"mail.{sender_domain}"
    trace = [
        f"Return-Path: <{bounce}>",
        f"Delivered-To: {recipient}",
        f"Received: from {host}",
        f"\t({host} [192.0.2.{int(queue[:2], 16) % 250 + 1}])",
        f"\tby mx.northlight.example (Postfix) with ESMTPS id {queue}",
        f"\tfor <{recipient}>; {format_datetime(moment)}",
    ]
    return ("\r\n".join(trace) + "\r\n").encode("ascii") + source
