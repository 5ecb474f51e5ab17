"""What is written is what others read: the standard library, a parser in Rust, and our own."""

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import fast_mail_parser
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from odoo.addons.concord_inbox import mime
from odoo.addons.concord_inbox.mime import ComposeError, Mailbox, Outgoing, Part, flowed, text

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def outgoing(**values) -> Outgoing:
    """An email in plain words, with what is given instead."""
    usual = Outgoing(
        sender=Mailbox("Anna", "anna@example.org"),
        to=(Mailbox("Ben", "ben@example.com"),),
        cc=(),
        bcc=(),
        subject="Greetings",
        html="<p>Hello</p>",
        date=datetime(2024, 3, 4, 9, 30, tzinfo=timezone(timedelta(hours=1))),
        message_id="<1@example.org>",
    )
    return replace(usual, **values)


def check_form(source: bytes) -> None:
    assert source.isascii()
    assert b"\0" not in source
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", source)
    assert max(map(len, source.split(b"\r\n"))) <= 998
    assert source.endswith(b"\r\n")
    header = source.partition(b"\r\n\r\n")[0]
    assert not re.search(rb"(?m)^[ \t]*\r?$", header)  # a folded line of blanks only


SCRIPTS = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Cn", "Co"])
SOME = st.one_of(
    st.text(SCRIPTS, max_size=40),
    st.text(st.sampled_from("aé ü,\"\\()<>@:;.?=_'日本語한국어עברית العربية ไทย 👩‍👩‍👧 ñ"), max_size=120),
    st.sampled_from(
        ["=?utf-8?q?x?=", "a  b", "Re: " + "wort " * 60, "x" * 300, "Größe", "日本" * 60, "a\tb", "From x", "ﷺ" * 40]
    ),
)
LABEL = st.text(st.sampled_from("abcdefghijkäöü日本"), min_size=1, max_size=12)
ADDRESSES = st.builds(
    "{}@{}.example".format,
    st.from_regex(r"[a-z0-9][a-z0-9!#$%&'*+/=?^_`{|}~-]{0,20}(\.[a-z0-9]{1,9})?", fullmatch=True).filter(str.isascii),
    LABEL,
)
MAILBOXES = st.builds(Mailbox, SOME, ADDRESSES)
NAMES = SOME.map(lambda name: " ".join(name.replace("/", "_").replace("\\", "_").split())).filter(bool)
PARTS = st.builds(
    Part, NAMES, st.sampled_from(["text/plain", "application/pdf", "image/png"]), st.binary(min_size=1, max_size=300)
)
EMAILS = st.builds(
    outgoing,
    sender=MAILBOXES,
    to=st.lists(MAILBOXES, max_size=4).map(tuple),
    cc=st.lists(MAILBOXES, max_size=2).map(tuple),
    bcc=st.lists(MAILBOXES, max_size=2).map(tuple),
    subject=SOME,
    html=st.one_of(st.just(""), SOME.map(lambda words: f"<p>{words.replace('&', '').replace('<', '')}</p>")),
    text=st.one_of(st.none(), st.text(SCRIPTS | st.just("\n"), max_size=300)),
    references=st.lists(st.from_regex(r"<[a-z0-9.$]{1,40}@[a-z.]{1,20}>", fullmatch=True), max_size=20).map(tuple),
    parts=st.lists(PARTS, max_size=3).map(tuple),
)


def squeezed(words: str) -> str:
    """What a header keeps: readers differ on runs of blanks."""
    return " ".join(words.split())


def wire(people: tuple[Mailbox, ...]) -> list[str]:
    return [mime.wire_address(person.email) for person in people]


@given(EMAILS)
@example(outgoing(subject="", to=(), html="", text=""))
@example(outgoing(parts=(Part("ä" * 100 + ".txt", "text/plain", "ä\n".encode()),)))
def test_the_standard_library_reads_what_was_written(written):
    source = mime.compose(written)
    check_form(source)
    read = email.message_from_bytes(source, policy=email.policy.default)
    assert not [defect for part in read.walk() for defect in part.defects]
    assert squeezed(read["subject"] or "") == squeezed(written.subject)
    for name, people in (("from", (written.sender,)), ("to", written.to), ("cc", written.cc), ("bcc", written.bcc)):
        found = read[name].addresses if read[name] else ()
        assert [address.addr_spec for address in found] == wire(people)
        # It leaves blanks in between encoded words that belong together.
        assert ["".join(address.display_name.split()) for address in found] == [
            "".join(person.name.split()) for person in people
        ]
    assert tuple((read["references"] or "").split()) == written.references
    assert read["date"].datetime == written.date
    body = read.get_body(("plain",)).get_content()
    expected = mime.text_of(written.html) if written.text is None else written.text
    assert text.unflow(body.replace("\r\n", "\n")).rstrip("\n") == text.unflow(flowed.flow(expected)).rstrip("\n")
    if written.html:
        assert written.html in read.get_body(("html",)).get_content().replace("\r\n", "\n")
    files = list(read.iter_attachments())
    assert [(squeezed(part.get_filename()), part.get_payload(decode=True)) for part in files] == [
        (squeezed(part.name), part.content) for part in written.parts
    ]


@given(EMAILS)
def test_another_parser_reads_what_was_written(written):
    read = fast_mail_parser.parse_email(mime.compose(written))
    assert squeezed(read.subject) == squeezed(written.subject)
    expected = mime.text_of(written.html) if written.text is None else written.text
    plain = read.text_plain[0] if read.text_plain else ""
    assert text.unflow(plain.replace("\r\n", "\n")).rstrip("\n") == text.unflow(flowed.flow(expected)).rstrip("\n")
    if written.html:
        assert written.html in read.text_html[0].replace("\r\n", "\n")
    assert [part.content for part in read.attachments] == [part.content for part in written.parts]
    assert [squeezed(part.filename) for part in read.attachments] == [squeezed(part.name) for part in written.parts]


@given(EMAILS)
def test_we_read_what_was_written(written):
    read = mime.parse(mime.compose(written))
    assert read.defects == []
    assert read.subject == squeezed(written.subject)
    for role, people in (("from", (written.sender,)), ("to", written.to), ("cc", written.cc), ("bcc", written.bcc)):
        unique = {address.lower(): None for address in wire(people)}
        assert [a.email.lower() for a in read.addresses if a.role == role] == list(unique)
    assert read.references == tuple(dict.fromkeys(written.references))
    assert read.date.replace(tzinfo=UTC) == written.date
    assert [part.content for part in read.attachments] == [part.content for part in written.parts]


@given(EMAILS)
def test_bcc_is_the_only_difference(written):
    assert mime.without_bcc(mime.compose(written)) == mime.compose(replace(written, bcc=()))


def test_without_bcc_takes_folded_lines_and_leaves_the_body():
    source = b"To: a@b.example\nBCC: c@d.example,\n\te@f.example\nSubject: x\n\nBcc: kept\n"
    assert mime.without_bcc(source) == b"To: a@b.example\nSubject: x\n\nBcc: kept\n"
    many = outgoing(bcc=tuple(Mailbox(f"Person {n}", f"p{n}@example.com") for n in range(200)))
    assert b"p199@" in mime.compose(many)
    assert b"Person" not in mime.without_bcc(mime.compose(many))


def structure(source: bytes) -> str:
    def describe(part) -> str:
        kind = part.get_content_subtype()
        return f"{kind}({' '.join(map(describe, part.iter_parts()))})" if part.is_multipart() else kind

    return describe(email.message_from_bytes(source, policy=email.policy.default))


def test_only_the_levels_that_are_needed():
    picture = Part("a.png", "image/png", PNG, "p1@example.org")
    file = Part("a.pdf", "application/pdf", b"%PDF")
    shown = '<p><img src="cid:p1@example.org"></p>'
    assert structure(mime.compose(outgoing(html="", text="x"))) == "plain"
    assert structure(mime.compose(outgoing())) == "alternative(plain html)"
    assert structure(mime.compose(outgoing(html="", text="x", parts=(file,)))) == "mixed(plain pdf)"
    assert (
        structure(mime.compose(outgoing(html=shown, parts=(picture, file))))
        == "mixed(related(alternative(plain html) png) pdf)"
    )
    # A picture that the text does not show would be lost to readers within multipart/related.
    assert structure(mime.compose(outgoing(parts=(picture,)))) == "mixed(alternative(plain html) png)"
    read = mime.parse(mime.compose(outgoing(html=shown, parts=(picture, file))))
    assert [(part.name, part.inline, part.content) for part in read.attachments] == [
        ("a.png", True, PNG),
        ("a.pdf", False, b"%PDF"),
    ]


def test_emails_as_attachments_stay_as_they_are():
    clean = b"Subject: x\r\n\r\nHello\r\n"
    eight_bit = "Subject: x\r\n\r\nGrüße\r\n".encode()
    own = mime.compose(outgoing())
    parts = tuple(Part(f"{n}.eml", "message/rfc822", content) for n, content in enumerate((clean, eight_bit, own)))
    source = mime.compose(outgoing(parts=parts))
    check_form(source)
    assert (
        structure(source) == "mixed(alternative(plain html) rfc822(plain) octet-stream rfc822(alternative(plain html)))"
    )
    assert [part.content for part in mime.parse(source).attachments] == [clean, eight_bit, own]


def test_the_boundary_stands_in_no_attachment():
    first = mime.compose(outgoing(parts=(Part("a", "application/pdf", b"x"),)))
    again = mime.compose(outgoing(parts=(Part("a.eml", "message/rfc822", first),)))
    assert [part.content for part in mime.parse(again).attachments] == [first]


def test_line_that_begins_with_from():
    source = mime.compose(outgoing(html="<p>ä</p>\nFrom here\n.\n", text="From here\n.\nä"))
    assert not re.search(rb"(?m)^From ", source.partition(b"\r\n\r\n")[2])
    assert mime.parse(source).text == "From here\n.\nä"


def test_international_addresses():
    domain = outgoing(to=(Mailbox("", "ben@müller.example"),))
    assert b"ben@xn--mller-kva.example" in mime.compose(domain)
    assert not mime.needs_smtputf8(domain)
    local = outgoing(to=(Mailbox("Jürgen", "jürgen@müller.example"),))
    assert mime.needs_smtputf8(local) and mime.needs_smtputf8(["jürgen@example.org"])
    source = mime.compose(local)
    assert "jürgen@müller.example".encode() in source
    assert source.partition(b"\r\n\r\n")[2].isascii()


CONTROLS = ["\r\nBcc: x@example.org", "\n", "\r", "\0", "\x0b", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\ud800"]


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize(
    ("field", "place"),
    [
        ("subject", lambda bad: {"subject": bad}),
        ("from", lambda bad: {"sender": Mailbox(bad, "a@example.org")}),
        ("from", lambda bad: {"sender": Mailbox("", f"a{bad}@example.org")}),
        ("to", lambda bad: {"to": (Mailbox(bad, "a@example.org"),)}),
        ("cc", lambda bad: {"cc": (Mailbox("", f"a@exa{bad}mple.org"),)}),
        ("bcc", lambda bad: {"bcc": (Mailbox(bad, "a@example.org"),)}),
        ("reply-to", lambda bad: {"reply_to": (Mailbox(bad, "a@example.org"),)}),
        ("message-id", lambda bad: {"message_id": f"<a{bad}@example.org>"}),
        ("in-reply-to", lambda bad: {"in_reply_to": f"<a{bad}@example.org>"}),
        ("references", lambda bad: {"references": (f"<a{bad}@example.org>",)}),
        ("x-test", lambda bad: {"headers": (("X-Test", bad),)}),
        ("headers", lambda bad: {"headers": ((f"X-{bad}", "x"),)}),
        ("attachment", lambda bad: {"parts": (Part(f"a{bad}b", "text/plain", b""),)}),
        ("attachment", lambda bad: {"parts": (Part("a", f"text/{bad}", b""),)}),
        ("content-id", lambda bad: {"parts": (Part("a", "text/plain", b"", f"a{bad}b"),)}),
    ],
)
def test_injection_is_refused(field, place, control):
    with pytest.raises(ComposeError) as error:
        mime.compose(outgoing(**place(f"x{control}y")))
    assert error.value.field == field
    assert error.value.reason in ("control_character", "bad_message_id", "bad_header", "bad_address")


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_nothing_else_becomes_a_field(subject, name, file):
    written = outgoing(subject=subject, sender=Mailbox(name, "a@example.org"), parts=(Part(file, "a/b", b""),))
    try:
        source = mime.compose(written)
    except ComposeError:
        return
    check_form(source)
    read = email.message_from_bytes(source)
    assert [key.lower() for key in read] == [
        "date", "from", "to", "subject", "message-id", "mime-version", "content-type",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"to": (Mailbox("", "nobody"),)}, "bad_address"),
        ({"to": (Mailbox("", "a b@example.org"),)}, "bad_address"),
        ({"to": (Mailbox("", "a@example"),)}, "bad_address"),
        ({"to": (Mailbox("", "a@example.org, b@example.org"),)}, "bad_address"),
        ({"sender": Mailbox("Anna", "")}, "no_sender"),
        ({"date": datetime(2024, 1, 1)}, "bad_date"),  # noqa: DTZ001
        ({"message_id": "1@example.org"}, "bad_message_id"),
        ({"message_id": "<a> <b>"}, "bad_message_id"),
        ({"headers": (("Bcc", "x@example.org"),)}, "bad_header"),
        ({"headers": (("X Y", "x"),)}, "bad_header"),
    ],
)
def test_refused(values, reason):
    with pytest.raises(ComposeError) as error:
        mime.compose(outgoing(**values))
    assert error.value.reason == reason


def test_message_ids():
    first, second = mime.new_message_id("exämple.org"), mime.new_message_id("exämple.org")
    assert first != second
    assert re.fullmatch(r"<[0-9a-f]{32}@xn--exmple-cua\.org>", first)
    with pytest.raises(ComposeError):
        mime.new_message_id("x\r\ny")


def test_references():
    assert mime.references_for("<c@x>", "<a@x> <b@x>", "<b@x>") == ("<a@x>", "<b@x>", "<c@x>")
    assert mime.references_for("<c@x>", (), "<b@x>") == ("<b@x>", "<c@x>")
    assert mime.references_for("<c@x>", (), ("<a@x>", "<b@x>")) == ("<c@x>",)
    assert mime.references_for("<b@x>", ("<a@x>", "<b@x>", "<a@x>")) == ("<a@x>", "<b@x>")
    assert mime.references_for("") == ()
    many = mime.references_for("<end@x>", tuple(f"<{n}@x>" for n in range(500)))
    assert len(many) == 30
    assert (many[0], many[-2], many[-1]) == ("<0@x>", "<499@x>", "<end@x>")


def test_no_module_stands_in_the_place_of_a_name():
    # A module of the package with the name of a function would take its place as soon as it is imported.
    assert [name for name in mime.__all__ if isinstance(getattr(mime, name), type(mime))] == []
    assert callable(mime.message_id) and callable(mime.compose) and callable(mime.parse)
