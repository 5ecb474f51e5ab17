"""The time that one email may take: a clock that is made to run shows what is left out when it is over."""

import base64
import itertools

import pytest
from odoo.addons.concord_inbox import mime
from odoo.addons.concord_inbox.mime import bounds, text

from . import tnef_maker as maker
from .samples import email, multipart, nested, part
from .test_bodies import names

PAGE = "<p>Some words</p>" * 8000  # 136 kB


def read(source: bytes, steps: int) -> mime.ParsedMessage:
    """Parse with a clock that is asked `steps` times before the time is over."""
    ticks = itertools.count()
    return mime.parse(source, bounds.Budget(steps + 0.5, lambda: float(next(ticks))))


def test_in_time_nothing_is_cut():
    body, field = multipart("alternative", part("text/plain", "Words"), part("text/html", PAGE))
    message = mime.parse(email(body, field))
    assert (message.is_cut, message.defects) == (False, [])
    assert len(message.html) == len(PAGE)


def test_text_comes_first_and_the_html_is_kept():
    body, field = multipart("alternative", part("text/plain", "Words"), part("text/html", PAGE))
    message = read(email(body, field), 0)
    assert (message.text, message.snippet) == ("Words", "Words")
    # As much as is cheap, and the whole as a file.
    assert message.html.startswith("<p>Some words</p>") and len(message.html) < bounds.SPARE + 100
    assert [(one.name, one.content) for one in message.attachments] == [("text.html", PAGE.encode())]
    assert message.is_cut and "no time left for HTML" in message.defects


def test_an_email_of_html_alone_still_says_something():
    pages = [part("text/html; charset=utf-8", f"<p>Part {number}</p>{PAGE}") for number in range(5)]
    body, field = multipart("mixed", *pages)
    message = read(email(body, field), 0)
    assert message.snippet.startswith("Part 0 Some words")
    assert len(message.html) < bounds.SPARE + 1000 and len(message.text) < bounds.SPARE
    assert [len(one.content) for one in message.attachments] == [len(PAGE) + 13] * 5
    assert message.is_cut


def test_what_is_over_is_not_begun():
    winmail = base64.encodebytes(maker.winmail(maker.file(b"a.txt", b"abc")))
    body, field = multipart(
        "mixed",
        part("text/plain", "Words\r\nbegin 644 x\r\n#86)C\r\n`\r\nend\r\n"),
        part("application/ms-tnef", winmail, "Content-Transfer-Encoding: base64"),
        nested("related", part("text/plain", "Deeper")),
    )
    source = email(body, field)
    whole = mime.parse(source)
    assert sorted(names(whole)) == ["a.txt", "x"] and whole.text.split() == ["Words", "Deeper"]
    message = read(source, 0)
    assert names(message) == ["winmail.dat"]
    assert message.text.startswith("Words\nbegin 644 x") and message.text.endswith("Deeper")
    assert message.defects == ["no time left for a winmail.dat"]


@pytest.mark.parametrize("steps", range(12))
def test_wherever_the_time_is_over_the_email_is_read(steps):
    winmail = maker.winmail(maker.message(maker.unicode(0x1000, "Wrapped")), maker.file(b"a.txt", b"abc"))
    body, field = multipart(
        "mixed",
        nested("related", part("text/html", f"<p>One</p>{PAGE}"), part("image/png", "x", "Content-Location: a.png")),
        part("text/html", f"<p>Two</p>{PAGE}"),
        part("application/ms-tnef", base64.encodebytes(winmail), "Content-Transfer-Encoding: base64"),
    )
    message = read(email(body, field), steps)
    assert message.text.startswith("One\n\nSome words")
    assert message.subject == "Greetings" and message.addresses
    # All of each page, be it shown or a file.
    assert message.is_cut == (
        "text.html" in names(message)
        or "winmail.dat" in names(message)
        or len(message.text) < 2 * len(text.from_html(PAGE))
    )
    assert message == read(email(body, field), steps)


HOSTILE = {
    "a thousand pages": lambda: multipart("mixed", *[part("text/html", b"<p><b>a" * 6000)] * 200),
    "undeclared charsets": lambda: multipart("mixed", *[part("text/plain", bytes(range(128, 256)) * 40)] * 200),
    "winmail.dats": lambda: multipart(
        "mixed",
        *[
            part(
                "application/ms-tnef",
                maker.winmail(maker.message((0x102, 0x1009, maker.stored_rtf(b"{\\rtf1 " + b"\\b a\\b0 " * 10_000)))),
            )
        ]
        * 40,
    ),
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_the_total_is_bounded(make, thorough):
    """The time that it is given is shorter than what it would take, lest the test itself takes long."""
    seconds = bounds.SECONDS if thorough else 0.1
    start = bounds.time.thread_time()
    message = mime.parse(email(*make()), bounds.Budget(seconds))
    assert bounds.time.thread_time() - start < seconds + 3
    assert message.subject == "Greetings" and message.defects
