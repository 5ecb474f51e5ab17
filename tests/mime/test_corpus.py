"""All of the public corpus, and a great many emails that it might have held."""

import os
import random
import resource
import time
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime

from odoo import tools
from odoo.addons.concord_inbox import mime

from .test_sanitize import events

SPLICES = [
    b"=?utf-8?B?", b"?=", b'"', b"\\", b"\0", b"\xff", b"\xed\xa0\x80", b"(", b")", b"<", b">", b";", b",", b":", b"=",
    b"\r\n\r\n", b"\n--", b'Content-Type: multipart/mixed; boundary="x"\n\n--x\n', b"Content-Type: message/rfc822\n\n",
    b"charset=utf-7", b"charset=hex", b'charset="unicode_escape"', b"charset=utf-16", b"charset=iso-2022-kr",
    b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n",
    b"filename*0*=utf-8''%", b"filename*99999999999=x", b"\x1b$B", b"<style>", b"<!--", b"</style", b"<body ", b"cid:",
    b"@import", b"url(", b"format=flowed", b"Date: ", b"99999999999999999999", b"Message-ID: <", b"From ", b"\r",
    b" " * 500, b"a" * 3000, b"\nbegin 644 x\nM", b"\n`\nend\n", b"Content-Type: application/ms-tnef\n",
    b"x\x9f>\"\1\0", b"Content-Type: application/pkcs7-mime\n", b"0\x80\x06\x09*\x86H\x86\xf7\r\1\7\2\xa0\x80",
    b"Content-Location: a.png\n", b"-----BEGIN PGP MESSAGE-----\n", b"List-Unsubscribe: <https://", b"<html><head>",
]  # fmt: skip
PLACES = [
    b"Content-Type:",
    b"boundary",
    b"charset",
    b"Date:",
    b"From:",
    b"To:",
    b"Subject:",
    b"Message-I",
    b"filename",
    b"text/",
]


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from strings(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from strings(getattr(value, field.name))


def check(source: bytes, message: mime.ParsedMessage) -> None:
    for string in strings(message):
        assert "\0" not in string
        string.encode()  # no lone surrogates
    for name in ("subject", "snippet", "message_id"):
        assert "\n" not in getattr(message, name)
    assert message.message_id == mime.message_id(mime.header_of(source))
    assert message.date is None or (isinstance(message.date, datetime) and message.date.tzinfo is None)
    assert len(message.snippet) <= 201
    assert all(attachment.name and "/" not in attachment.name for attachment in message.attachments)
    assert all(address.role in ("from", "to", "cc", "bcc", "reply_to") for address in message.addresses)


def test_every_email_is_read(corpus_emails):
    start = time.process_time()
    messages = [mime.parse(source) for _name, source in corpus_emails]
    seconds = time.process_time() - start
    for (_name, source), message in zip(corpus_emails, messages, strict=True):
        check(source, message)
    print(f"{seconds / len(messages) * 1000:.2f} ms an email")
    assert len(messages) == 6046
    assert seconds / len(messages) < 0.005  # 0.0005 on an idle machine of 2024
    assert sum(bool(message.message_id) for message in messages) >= 6044
    assert sum(message.date is None for message in messages) <= 2
    assert sum(any(address.role == "from" for address in message.addresses) for message in messages) >= 6044
    assert sum(not message.text and not message.attachments for message in messages) <= 8  # nothing but pictures


def test_what_is_shown_is_inert(corpus_emails):
    for name, source in corpus_emails:
        message = mime.parse(source)
        if message.html:
            try:
                seen = events(message.html)
            except AssertionError as error:
                raise AssertionError(name) from error
            # Very long HTML goes through another parser first, which rearranges what is not well nested.
            again = events(mime.sanitize(message.html))
            assert again == seen or message.html.count("<") > 1000, name


def test_addresses_are_compared_as_odoo_does(corpus_emails):
    seen = {address.email for _name, source in corpus_emails for address in mime.parse(source).addresses}
    assert len(seen) > 5000
    assert [text for text in seen if mime.normalize_address(text) != (tools.email_normalize(text) or "")] == []


def test_copies_have_one_fingerprint(corpus_emails):
    prints = {}
    for name, source in corpus_emails:
        header = mime.header_of(source)
        assert mime.fingerprint(header, len(source)) == mime.fingerprint(header.replace(b"\r\n", b"\n"), len(source))
        prints.setdefault(mime.fingerprint(header, len(source)), []).append((name, source))
    # Two emails of one fingerprint have one header and one size: in the corpus they are one email, filed twice.
    assert all(len({source for _name, source in same}) == 1 for same in prints.values())


def mutated(rng: random.Random, source: bytes) -> bytes:
    data = bytearray(source)
    header = max(1, source.find(b"\r\n\r\n"))
    for _change in range(rng.randint(1, 8)):
        size = max(1, len(data))
        place = rng.randrange(min(header, size) if rng.random() < 0.6 else size)
        kind = rng.random()
        if kind < 0.25 and data:
            data[place % len(data)] = rng.randrange(256)
        elif kind < 0.4:
            del data[place : place + rng.randint(1, 60)]
        elif kind < 0.75:
            data[place:place] = rng.choice(SPLICES)
        elif kind < 0.85 and (found := data.find(rng.choice(PLACES))) >= 0:
            data[found + rng.randint(0, 10) : found + rng.randint(10, 20)] = rng.choice(SPLICES)
        elif kind < 0.92:
            other = rng.randrange(size)
            data[place:place] = data[other : other + rng.randint(1, 400)]
        else:
            del data[rng.randrange(size) :]
    return bytes(data)


def test_messages_of_other_projects(foreign_emails):
    for name, source in foreign_emails:
        start = time.process_time()
        message = mime.parse(source)
        assert time.process_time() - start < 5, name
        check(source, message)
        if message.html:
            events(message.html)
        for attachment in message.attachments:
            if attachment.mimetype == "message/rfc822" and attachment.content.strip():
                # It opens as an email of its own.
                check(attachment.content, mime.parse(attachment.content))


def test_mutations(corpus_emails, foreign_emails, thorough):
    """A hundred thousand with `--thorough`; each within bounded time, and all within bounded memory."""
    rng = random.Random(20240304)
    sources = [source for _name, source in (*corpus_emails, *foreign_emails) if len(source) < 40_000]
    # Those of other projects are odder, and fewer.
    odd = [source for _name, source in foreign_emails if len(source) < 200_000]
    slowest = 0.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(100_000 if thorough or os.environ.get("THOROUGH") else 3000):
        source = mutated(rng, rng.choice(odd if rng.random() < 0.4 else sources))
        start = time.process_time()
        try:
            message = mime.parse(source)
        except mime.UnparseableError:
            assert not source.strip(b"\0\r\n\t ")
            continue
        except Exception as error:
            raise AssertionError(f"case {number}: {source!r}") from error
        slowest = max(slowest, time.process_time() - start)
        check(source, message)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"slowest: {slowest * 1000:.0f} ms; memory grew by {grown:.0f} MB")
    assert slowest < 2
    assert grown < 200
