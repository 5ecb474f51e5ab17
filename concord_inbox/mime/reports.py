"""Delivery reports: what a mail system says became of an email (RFC 3464, and what is sent instead).

Who writes the report is looked at before its words are: a person who quotes a bounce has not sent one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from . import addresses, body, charsets, headers, params, report_texts, structure
from .addresses import normalize_address
from .clean import one_line, storable
from .content import head
from .encoded_words import decode_words
from .skeleton import Skeleton
from .types import ParsedMessage

MAX_STATUS = 256 * 1024  # bytes of a status part
MAX_RECIPIENTS = 500
MAX_DIAGNOSTIC = 1000  # characters

FAILED, DELAYED, DELIVERED, RELAYED, EXPANDED = "failed", "delayed", "delivered", "relayed", "expanded"
ACTIONS = frozenset({FAILED, DELAYED, DELIVERED, RELAYED, EXPANDED})

_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RETURNED_TYPES = frozenset(
    {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "message/global-headers"}
)
_DAEMON = re.compile(
    r"^(?:mailer[._-]?daemon|postmaster|mail[._-]?delivery|maildaemon|mdaemon|bounces?|undeliverable|microsoftexchange[0-9a-f]{8,}"
    r"|double-bounce|mail-daemon|smtp)(?:$|[+@._-])"
)
_DAEMON_NAME = re.compile(
    r"(?:mail(?:er)?[ -])?(?:delivery (?:sub)?system|daemon)|postmaster|system administrator|microsoft outlook", re.I
)
_CODE = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_TYPED = re.compile(r"^\s*([A-Za-z0-9-]{1,30})\s*;\s*")
_UNITEXT = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
_MESSAGE_ID = re.compile(r"^[>\s]{0,8}Message-ID:\s*(<[^<>\s]{1,900}>)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reported:
    """What became of an email for one recipient.

    :param email: the address as the sender wrote it, as far as the report says.
    :param action: failed, delayed, delivered, relayed or expanded.
    :param status: enhanced status code (RFC 3463), '' when there is none.
    :param diagnostic: the words of the server that refused it, on one line.
    :param final: the address that it was delivered to in the end, where that is another one (a redirection).
    """

    email: str
    action: str
    status: str = ""
    diagnostic: str = ""
    final: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """A report.

    :param original_message_id: of the email that it speaks of, with angle brackets; '' when it does not say.
    :param original_recipient: whom that email was written to, when the report names one.
    """

    recipients: tuple[Reported, ...]
    original_message_id: str = ""
    original_recipient: str = ""


@dataclass(slots=True)
class Evidence:
    """What is looked at of an email."""

    senders: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    has_null_path: bool = False
    is_report: bool = False  # by its Content-Type
    is_answer: bool = False  # an absence note or the like
    failed: list[str] = field(default_factory=list)  # named by a field of the header
    subject: str = ""
    text: str = ""
    statuses: list[str] = field(default_factory=list)
    returned: list[bytes] = field(default_factory=list)
    answers: tuple[str, ...] = ()  # the ids that it refers to itself

    @property
    def is_from_daemon(self) -> bool:
        """Whether a mail system sent it, not a person."""
        return (
            self.has_null_path
            or bool(self.failed)
            or any(map(_DAEMON.match, self.senders))
            or any(map(_DAEMON_NAME.fullmatch, self.names))
        )

    @property
    def may_be_report(self) -> bool:
        """Whether it is worth reading."""
        return self.is_report or self.is_from_daemon


def delivery_report(source: bytes | BinaryIO | ParsedMessage) -> DeliveryReport | None:
    """Read an email as a delivery report; None when it is none. Never fails.

    :param source: the email as it came, or what `parse` made of it, which lacks a few fields of the header that help
        with reports of old programs.
    """
    evidence = _of_message(source) if isinstance(source, ParsedMessage) else _of_source(source)
    if not evidence.may_be_report or (evidence.is_answer and not evidence.statuses):
        return None
    recipients = [found for status in evidence.statuses for found in _recipients(status)]
    if not recipients and evidence.is_from_daemon:
        own = {normalize_address(sender) for sender in evidence.senders}
        found = report_texts.read(evidence.subject, evidence.text, evidence.failed)
        recipients = [
            Reported(email, action, _status(diagnostic, action), diagnostic)
            for email, action, diagnostic in found
            if normalize_address(email) not in own
        ]
    if not recipients:
        return None
    unique = {(found.email.lower(), found.action): found for found in reversed(recipients[:MAX_RECIPIENTS])}
    return DeliveryReport(
        tuple(reversed(unique.values())), _original_id(evidence), _original_recipient(evidence, recipients)
    )


def _of_source(source: bytes | BinaryIO) -> Evidence:
    skeleton = None if isinstance(source, bytes) else Skeleton(source)
    split = headers.split(skeleton.text if skeleton else source)
    head_ = headers.Headers(split.fields)
    mimetype, parameters = params.parse(head_.raw("content-type"))
    kind = parameters.get("report-type", "delivery-status").lower()
    people = addresses.parse(head_.raw("from"), "from") or addresses.parse(head_.raw("sender"), "from")
    evidence = Evidence(
        senders=[person.email.lower() for person in people],
        names=[person.name for person in people],
        has_null_path="return-path" in head_ and _is_null(head_.raw("return-path")),
        is_report=mimetype == "multipart/report" and kind in ("delivery-status", "global-delivery-status"),
        is_answer=head_.raw("auto-submitted").strip().lower().startswith("auto-replied")
        or "x-autoreply" in head_
        or kind == "disposition-notification",
        failed=[
            address.email
            for value in head_.raw_all("x-failed-recipients")
            for address in addresses.parse(value)
            if "@" in address.email
        ],
        subject=head_.get("subject"),
        answers=headers.message_ids(head_.raw("in-reply-to") + head_.raw("references")),
    )
    if not evidence.may_be_report:
        return evidence
    defects: list[str] = []
    root = structure.build(head_, split.body, defects, skeleton)
    evidence.text = body.read(root, defects).text
    for part in _leaves(root):
        if part.mimetype in _STATUS_TYPES:
            evidence.statuses.append(_decoded(head(part.content, MAX_STATUS)))
        elif part.mimetype in _RETURNED_TYPES:
            evidence.returned.append(head(part.content, headers.MAX_BLOCK))
    return evidence


def _is_null(path: str) -> bool:
    """Whether a Return-Path forbids answers: it is empty, or names the mail system itself, as old ones write it."""
    path = path.strip("<> \t").lower()
    return not path or bool(_DAEMON.match(path))


def _of_message(message: ParsedMessage) -> Evidence:
    people = [address for address in message.addresses if address.role == "from"]
    evidence = Evidence(
        senders=[person.email.lower() for person in people],
        names=[person.name for person in people],
        subject=message.subject,
        text=message.text,
        answers=(*message.in_reply_to, *message.references),
    )
    for attachment in message.attachments:
        if attachment.mimetype in _STATUS_TYPES:
            evidence.statuses.append(_decoded(head(attachment.content, MAX_STATUS)))
        elif attachment.mimetype in _RETURNED_TYPES:
            evidence.returned.append(head(attachment.content, headers.MAX_BLOCK))
    # Content-Type is not there any more; a machine that encloses a status writes reports.
    evidence.is_report = message.is_automatic and bool(evidence.statuses)
    return evidence


def _leaves(part: structure.Part) -> Iterator[structure.Part]:
    if part.children is None:
        yield part
    for child in part.children or ():
        yield from _leaves(child)


def _decoded(content: bytes) -> str:
    return storable(charsets.decode(content, "utf-8")[0])


def _recipients(status: str) -> Iterator[Reported]:
    """The groups of fields of a status part, without the first, which is about the email as a whole."""
    for block in re.split(r"\n[ \t]*(?:\n[ \t]*)+", status.strip()):
        fields = headers.Headers(headers.parse_block(block.encode("utf-8") + b"\n")[0])
        final, original = (_address(fields.get(name)) for name in ("final-recipient", "original-recipient"))
        if not final and not original:
            continue
        code = _CODE.search(fields.get("status"))
        diagnostic = decode_words(fields.get("diagnostic-code"))
        status_code = code[1] if code else _status(diagnostic, "")
        action = _action(fields.get("action"), status_code)
        if action:
            text = one_line(_TYPED.sub("", diagnostic), MAX_DIAGNOSTIC)
            email = original or final
            yield Reported(email, action, status_code, text, final if final and final != email else "")


def _action(value: str, status: str) -> str:
    word = re.match(r"[a-z]*", value.strip().lower())[0]
    if word in ACTIONS:
        return word
    if word.startswith(("fail", "undeliver", "reject", "bounce")):
        return FAILED
    if word.startswith(("delay", "defer", "warn")):
        return DELAYED
    return {"5": FAILED, "4": DELAYED, "2": DELIVERED}.get(status[:1], "")


def _status(diagnostic: str, action: str) -> str:
    code = _CODE.search(diagnostic)
    if not code or (action == FAILED and code[1][0] == "2"):
        return ""
    return code[1]


def _address(value: str) -> str:
    """The address of a typed value (``rfc822; a@example.org``); '' when it holds none."""
    kind = _TYPED.match(value)
    text = value[kind.end() :] if kind else value
    if kind and kind[1].lower() in ("utf-8", "rfc822"):
        text = _UNITEXT.sub(lambda match: chr(int(match[1], 16)) if int(match[1], 16) < 0x110000 else "", text)
    found = [address.email for address in addresses.parse(text) if "@" in address.email]
    return found[0] if found else ""


def _original_id(evidence: Evidence) -> str:
    for returned in evidence.returned:
        # The header may be all there is of it, with blanks in front.
        if found := headers.message_id(headers.header_of(returned.lstrip())):
            return found
    for status in evidence.statuses:
        if found := re.search(r"^(?:X-)?Original-Message-ID:\s*(<[^<>\s]{1,900}>)", status, re.I | re.M):
            return found[1]
    if found := _MESSAGE_ID.search(evidence.text):
        return found[1]
    return evidence.answers[-1] if len(evidence.answers) == 1 else ""


def _original_recipient(evidence: Evidence, recipients: list[Reported]) -> str:
    for found in recipients:
        if found.final:
            return found.email
    for returned in evidence.returned:
        block = headers.Headers(headers.parse_block(headers.header_of(returned.lstrip()))[0])
        people = [address.email for address in addresses.parse(block.raw("to")) if "@" in address.email]
        if len(people) == 1 and not any(name in block for name in ("cc", "bcc")):
            return people[0]
    return recipients[0].email if len(recipients) == 1 else ""
