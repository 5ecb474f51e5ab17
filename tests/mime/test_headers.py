"""Header blocks: where they end, how they are decoded, how emails are recognised."""

import pytest
from odoo.addons.concord_inbox import mime

from .samples import email, read


def subject(value: bytes | str) -> str:
    return read(b"x", b"Subject: " + (value if isinstance(value, bytes) else value.encode())).subject


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Plain", "Plain"),
        ("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?UTF-8?B?R3LDvMOfZQ==?=", "Grüße"),
        ("=?iso-8859-1?q?Andr=E9?= Dupont", "André Dupont"),
        ("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),  # blanks between words are no text
        ("=?utf-8?Q?a?=\r\n =?utf-8?Q?b?=", "ab"),
        ("=?utf-8?Q?a_?= b", "a b"),
        ("=?utf-8?B?4oI=?= =?utf-8?B?rDE=?=", "€1"),  # a character cut in two
        ("=?utf-8?Q?=E2=82?= =?utf-8?Q?=AC?=", "€"),
        ("=?utf-8?Q?with blanks inside?=", "with blanks inside"),
        ("=?utf-8?Q?What??=", "What?"),
        ("=?utf-8?Q?is_it=3F=3D?=", "is it?="),
        ("=?utf-8?B?R3LDvMOfZQ?=", "Grüße"),  # without its padding
        ("=?utf-8?B?R3LDvMOf\r\n ZQ==?=", "Grüße"),  # folded within
        ("=?utf-8*en?Q?language?=", "language"),  # RFC 2231 section 5
        ("Re:=?utf-8?Q?_glued?=and", "Re: gluedand"),
        ('"=?utf-8?Q?quoted?="', '"quoted"'),
        ("=?no-such-charset?Q?abc?=", "abc"),
        ("=?utf-8?Q?cut_of", "cut of"),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),  # no such encoding
        ("=?iso-2022-jp?B?GyRCRnxLXDhsGyhC?=", "日本語"),
        ("=?iso-2022-jp?B?GyRCRnwbKEI=?= =?iso-2022-jp?B?GyRCS1wbKEI=?=", "日本"),
        ("=?gb2312?B?1tDOxA==?=", "中文"),
        ("=?ks_c_5601-1987?B?x9Gx2w==?=", "한글"),
        ("Grüße".encode(), "Grüße"),  # RFC 6532
        ("Grüße aus München".encode("latin-1"), "Grüße aus München"),
        ("=?utf-8?Q?line=0D=0ABcc:_x@example.org?=", "line Bcc: x@example.org"),
        ("a\tb", "a b"),
        ("tab\x00bed", "tabbed"),
    ],
)
def test_subject(value, expected):
    assert subject(value) == expected


def test_raw_header_in_the_charset_of_the_text():
    source = email(
        "Привет".encode("koi8-r"), b"Subject: " + "Счёт".encode("koi8-r"), "Content-Type: text/plain; charset=koi8-r"
    )
    assert mime.parse(source).subject == "Счёт"


def test_folding_keeps_the_blank():
    assert subject("one\r\n two\r\n\tthree") == "one two three"


def test_first_of_several_subjects():
    message = read(b"x", "Subject: first", "Subject: second")
    assert message.subject == "first"
    assert "2 times subject" in message.defects


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (b"Subject: x\n\nbody", "body"),
        (b"Subject: x\r\n\r\nbody", "body"),
        (b"Subject: x\rTo: a@example.org\r\rbody", "body"),
        (b"\r\n\r\nSubject: x\r\n\r\nbody", "body"),
        (b"  \r\nSubject: x\n\nbody", "body"),
        (b"\xef\xbb\xbfSubject: x\n\nbody", "body"),
        (b"From a@b Mon Mar  4 09:30:00 2024\nSubject: x\n\nbody", "body"),
        (b">From a@b Mon Mar  4 09:30:00 2024\nSubject: x\n\nbody", "body"),
        (b"Subject: x\nthis is no field\nTo: a@example.org\n\nbody", "body"),
        (b"Subject: x\nbody without an empty line\n\nmore", "body without an empty line\n\nmore"),
    ],
)
def test_end_of_the_header(source, text):
    message = mime.parse(source)
    assert message.subject == "x"
    assert message.text == text


def test_no_header_at_all():
    message = mime.parse(b"just some words\n\nand more")
    assert message.text == "just some words\n\nand more"
    assert "no header" in message.defects


def test_only_a_header():
    assert mime.parse(b"Subject: nothing else").subject == "nothing else"


@pytest.mark.parametrize("source", [b"", b"\r\n\r\n", b" \0\n"])
def test_nothing(source):
    with pytest.raises(mime.UnparseableError):
        mime.parse(source)


@pytest.mark.parametrize(
    ("source", "header"),
    [
        (b"A: b\r\nC: d\r\n\r\nbody", b"A: b\r\nC: d\r\n"),
        (b"A: b\n\nbody\n\nmore", b"A: b\n"),
        (b"A: b\n", b"A: b\n"),
        (b"\r\nbody", b""),
        (b"", b""),
    ],
)
def test_header_of(source, header):
    assert mime.header_of(source) == header


def test_fingerprint():
    header = b"From: a\r\nSubject: b\r\n"
    print_ = mime.fingerprint(header, 100)
    assert len(print_) == 32
    assert print_ == mime.fingerprint(header + b"\r\n", 100) == mime.fingerprint(b"From: a\nSubject: b", 100)
    assert print_ != mime.fingerprint(header, 101)
    assert print_ != mime.fingerprint(b"From: a\r\nSubject: B\r\n", 100)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<a@b>", "<a@b>"),
        (" < a@b > ", "<a@b>"),
        ("<a@b> (comment)", "<a@b>"),
        ("a@b", "<a@b>"),
        ("\r\n <a@b>", "<a@b>"),
        ("<a\r\n b@c>", "<ab@c>"),
        ("=?utf-8?q?=3Ca=40b=3E?=", "<a@b>"),
        ("<a b@c>", "<ab@c>"),
        ("", ""),
        ("<>", ""),
    ],
)
def test_message_id(value, expected):
    source = email(b"x", f"Message-Id: {value}")
    assert mime.parse(source).message_id == expected
    assert mime.message_id(mime.header_of(source)) == expected


def test_message_id_of_what_servers_take_for_the_header():
    source = b"\r\nMessage-ID: <a@b>\r\n\r\nbody"
    assert mime.parse(source).message_id == mime.message_id(mime.header_of(source)) == ""
    source = b"Subject: x\r\nwords\r\nMessage-ID: <a@b>\r\n\r\nbody"
    assert mime.parse(source).message_id == mime.message_id(mime.header_of(source)) == "<a@b>"


def test_references():
    message = read(b"x", "References: <a@b>\r\n\t<c@d><e@f>,<a@b>", "In-Reply-To: Your message of Monday <c@d>")
    assert message.references == ("<a@b>", "<c@d>", "<e@f>")
    assert message.in_reply_to == ("<c@d>",)


def test_many_references_keep_the_first_and_the_last():
    message = read(b"x", "References: " + " ".join(f"<{number}@x>" for number in range(1000)))
    assert len(message.references) == 200
    assert message.references[0] == "<0@x>"
    assert message.references[-1] == "<999@x>"


def test_an_empty_message_id_is_none():
    assert read(b"x", "Message-ID: <>", "Message-Id: <2@example.org>").message_id == "<2@example.org>"
    for written in ("<>", "< >", "", "  "):
        message = read(b"x", f"Message-ID: {written}")
        assert message.message_id == ""
