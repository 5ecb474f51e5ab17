"""The whole email: bytes in, plain data out."""

from typing import BinaryIO

from . import addresses, body, charsets, classify, dates, headers, lists, params, protection, structure, text
from .bounds import Budget, Cut
from .clean import one_line
from .encoded_words import decode_words
from .errors import UnparseableError
from .skeleton import Skeleton
from .types import Address, ParsedMessage

MAX_REFERENCES = 200
MAX_DEFECTS = 50


def parse(source: bytes | BinaryIO, budget: Budget | None = None) -> ParsedMessage:
    """Read an email as far as it can be read; what is odd about it is said in `defects`.

    :param source: the email byte for byte, in any kind of line breaks. Of a large one a file, which stays in use: what
        its parts hold is read when it is asked for (`Content`).
    :param budget: the time that it may take; when it is over, the rest is kept in files, and `is_cut` is set.
    :raises UnparseableError: `source` holds nothing but blanks; no other error is raised on account of its content.
    """
    budget = budget or Budget()
    skeleton = None if isinstance(source, bytes) else Skeleton(source)
    readable = skeleton.text if skeleton else source
    if not readable.strip(b"\0\r\n\t "):
        raise UnparseableError("The source of the email is empty.")
    split = headers.split(readable)
    defects = split.defects
    if skeleton and skeleton.defects:
        defects[:0] = skeleton.defects
        split.message_id = headers.message_id(headers.header_of(source))
    head = headers.Headers(split.fields)
    head.charset = charsets.codec_of(params.parse(head.raw("content-type"))[1].get("charset", ""))
    message = ParsedMessage(
        # Not of `head`, which may know more: a server and its database are compared by this.
        message_id=split.message_id,
        references=_ids(head, "references"),
        in_reply_to=_ids(head, "in-reply-to"),
        subject=head.get("subject"),
        date=dates.parse(head.get("date")) if "date" in head else None,
        addresses=_addresses(head, defects),
    )
    root = structure.build(head, split.body, defects, skeleton, budget)
    read = body.read(root, defects, budget)
    message.text, message.html, message.attachments = read.text, read.html, read.attachments
    message.snippet = text.snippet(read.text)
    message.list_addresses = lists.list_addresses(head)
    message.is_bulk = classify.is_bulk(head)
    message.is_newsletter = classify.is_newsletter(head)
    message.is_automatic = classify.is_automatic(head, message.addresses, message.subject)
    message.list_post = lists.list_post(head)
    message.unsubscribe = lists.unsubscribe(head)
    message.is_one_click = bool(message.unsubscribe) and lists.is_one_click(head)
    message.protection = protection.of(root, read.text)
    _check(message, head, defects)
    message.is_cut = any(isinstance(defect, Cut) for defect in defects)
    message.defects = list(dict.fromkeys(one_line(defect, 200) for defect in defects))[:MAX_DEFECTS]
    return message


def _ids(head: headers.Headers, name: str) -> tuple[str, ...]:
    ids = headers.message_ids(decode_words(" ".join(head.raw_all(name))))
    # The first one began the conversation, the last ones are nearest: the middle is what can be missed.
    return ids if len(ids) <= MAX_REFERENCES else (ids[0], *ids[1 - MAX_REFERENCES :])


def _addresses(head: headers.Headers, defects: list[str]) -> list[Address]:
    found: dict[tuple[str, str], Address] = {}
    for name, role in addresses.ROLES.items():
        for value in head.raw_all(name):
            for address in addresses.parse(value, role):
                found.setdefault((role, address.email_normalized or address.email), address)
    if len(found) > addresses.MAX_ADDRESSES:
        defects.append(Cut(f"{len(found)} addresses, cut"))
    if not any(address.role == "from" for address in found.values()):
        # Programs of old say only who sent it for somebody.
        for address in addresses.parse(head.raw("sender"), "from"):
            found.setdefault(("from", address.email), address)
    return list(found.values())[: addresses.MAX_ADDRESSES]


def _check(message: ParsedMessage, head: headers.Headers, defects: list[str]) -> None:
    if "date" in head and message.date is None:
        defects.append("unreadable date")
    if not any(address.role == "from" for address in message.addresses):
        defects.append("no sender")
    defects.extend(
        f"{head.count(name)} times {name}" for name in ("from", "subject", "date", "message-id") if head.count(name) > 1
    )
