"""Large emails are read from a file, and come out as if they had been in memory."""

import base64
import binascii
import hashlib
import io
import random
import time
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.concord_inbox import mime
from odoo.addons.concord_inbox.mime import body, content, headers, skeleton, transfer

from .samples import email, multipart, part
from .test_corpus import mutated

MB = 1024 * 1024


@pytest.fixture(scope="module")
def small():
    """Large begins with a hundred bytes, and a file is read in sips."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(skeleton, "KEPT", 12)
        patch.setattr(skeleton, "END", 12)
        patch.setattr(skeleton, "RUN", 60)
        patch.setattr(skeleton, "STEP", 2000)
        patch.setattr(content, "STEP", 101)
        yield


def in_memory(message: mime.ParsedMessage) -> mime.ParsedMessage:
    """The same with all attachments as bytes, of which size and hash were told truly."""
    for attachment in message.attachments:
        if isinstance(attachment.content, mime.Content):
            data = bytes(attachment.content)
            assert attachment.content.size == len(data)
            assert attachment.content.sha1 == hashlib.sha1(data, usedforsecurity=False).hexdigest()
            assert attachment.content.head(50) == data[:50]
            assert bool(attachment.content) == bool(data)
    attachments = [replace(item, content=bytes(item.content)) for item in message.attachments]
    return replace(message, attachments=attachments)


def both(source: bytes) -> mime.ParsedMessage:
    """Read it both ways, which must agree, and return what was read."""
    try:
        expected = mime.parse(source)
    except mime.UnparseableError:
        with pytest.raises(mime.UnparseableError):
            mime.parse(io.BytesIO(source))
        return None
    found = in_memory(mime.parse(io.BytesIO(source)))
    assert found == expected
    file = io.BytesIO(source)
    assert mime.fingerprint(mime.header_of(file), 7) == mime.fingerprint(mime.header_of(source), 7)
    return found


def test_the_public_corpus(corpus_emails, small, thorough):
    taken_out = 0
    emails = corpus_emails if thorough else corpus_emails[::8]
    for _name, source in emails:
        both(source)
        taken_out += len(skeleton.Skeleton(io.BytesIO(source)).text) < len(source)
    assert taken_out > 0.9 * len(emails)


def test_mutations(corpus_emails, small, thorough):
    rng = random.Random(7)
    sources = [source for _name, source in corpus_emails if len(source) < 40_000]
    for _number in range(50_000 if thorough else 1500):
        both(mutated(rng, rng.choice(sources)))


LINE = st.sampled_from(
    [
        b"",
        b"--",
        b"--a",
        b"--a--",
        b"--ab",
        b"--ab--",
        b"--b",
        b"--a ",
        b"-- ",
        b"-",
        b"x" * 90,
        b"Subject: inner",
        b"  ",
        b"Content-Type: text/plain",
        b"Content-Transfer-Encoding: base64",
        b"begin 644 x",
        b"end",
        b"a=",
        b"=3D",
        b"\xff",
        b'Content-Type: multipart/mixed; boundary="a"',
        b"Content-Type: multipart/alternative;\r\n boundary=b",
        b"a\rb",
    ]
)


@given(
    st.lists(LINE, max_size=60), st.sampled_from([b"\r\n", b"\n", b"\r"]), st.sampled_from([b"a", b"ab", b"b", b"c"])
)
def test_lines_in_any_order(small, lines, end, boundary):
    source = end.join([b'Content-Type: multipart/mixed; boundary="%s"' % boundary, b"From: a@b.cc", b"", *lines])
    both(source)


ENCODED = {
    "base64": base64.encodebytes,
    "base64 ": lambda data: b"\r\n".join(
        base64.b64encode(data)[place : place + 61] for place in range(0, 4 * len(data) // 3 + 4, 61)
    ),
    "Base64": lambda data: base64.b64encode(data) + b"\r\n=\r\n_____\r\nfooter of a list",
    "quoted-printable": binascii.b2a_qp,
    "8bit": lambda data: data,
    "binary": lambda data: data.replace(b"\n", b"\r"),
    "x-uuencode": lambda data: (
        b"begin 644 file\n"
        + b"".join(binascii.b2a_uu(data[place : place + 45]) for place in range(0, len(data), 45))
        + b"`\nend\n"
    ),
    "uuencode": lambda data: b"no beginning\r\n" + data,
    "mine": lambda data: data,
}


@st.composite
def leaves(draw) -> bytes:
    encoding = draw(st.sampled_from([*ENCODED]))
    data = draw(st.binary(min_size=1, max_size=40)) * draw(st.integers(1, 30))
    encoded = ENCODED[encoding](data.replace(b"\n--", b"\n-"))
    mimetype = draw(st.sampled_from(["text/plain", "text/html", "image/png", "message/rfc822", "application/pdf"]))
    disposition = draw(
        st.sampled_from([(), ('Content-Disposition: attachment; filename="ä.bin"',), ("Content-ID: <1>",)])
    )
    if mimetype == "message/rfc822":
        encoded = email(encoded)
    return part(mimetype, encoded, f"Content-Transfer-Encoding: {encoding.strip()}", *disposition)


@st.composite
def trees(draw, depth: int = 0) -> tuple[bytes, str]:
    children = []
    for _number in range(draw(st.integers(1, 4))):
        if depth < 3 and draw(st.booleans()):
            inner, field = draw(trees(depth + 1))
            children.append(field.encode() + b"\r\n\r\n" + inner)
        else:
            children.append(draw(leaves()))
    subtype = draw(st.sampled_from(["mixed", "alternative", "related", "digest", "mix"]))
    text, field = multipart(subtype, *children)
    if draw(st.integers(0, 4)) == 0:
        # The end is missing.
        text = text[: text.rindex(b"--", 0, -4)]
    return text, field


@given(trees())
def test_generated_multiparts(small, tree):
    text, field = tree
    both(email(text, field))


@given(
    st.sampled_from([encoding.strip() for encoding in ENCODED]),
    st.lists(
        st.sampled_from(
            [b"=", b"==", b"=\r", b"\r\n", b"\n", b" ", b"=41", b"=4", b"QUJD", b"QQ", b"\t", b"-", b"M", b"~"]
        )
    ),
    st.integers(1, 9),
)
def test_decoding_in_pieces(encoding, parts, step):
    data = b"".join(parts)
    expected_defects, defects = [], []
    expected = transfer.decode(data, encoding.lower(), expected_defects)

    def read():
        return (data[place : place + step] for place in range(0, len(data), step))

    assert b"".join(transfer.decode_pieces(read, encoding.lower(), defects)) == expected
    assert defects == expected_defects


ODD = {
    "no end": multipart("mixed", part("text/plain", "Hello"), part("image/png", b"x" * 500))[0][:-20],
    "preamble and epilogue": b"preamble\r\n" * 40
    + multipart("mixed", part("image/png", b"x" * 500))[0]
    + b"z\r\n" * 200,
    "another boundary": b"--other\r\nContent-Type: image/png\r\n\r\n" + b"x" * 400 + b"\r\n--other--\r\n",
    "no parts": b"y" * 500,
    "a header without end": b"--=_mixed\r\n" + b"X-Long: y\r\n" * 50,
    "lines of signatures": b"--=_mixed\r\n\r\n" + b"-- \r\nA\r\n" * 50 + b"--=_mixed--",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
@pytest.mark.parametrize("start", [b"", b"\r\n" * 100, b"\xef\xbb\xbf", b"\xef\xbb\xbf \0\n", b"From x\r\n"])
@pytest.mark.parametrize("line_break", [b"\r\n", b"\n", b"\r"])
def test_odd_structures(small, text, start, line_break):
    source = start + email(text, 'Content-Type: multipart/mixed; boundary="=_mixed"')
    both(source.replace(b"\r\n", line_break))


def test_one_part_alone(small):
    for encoding, encode in ENCODED.items():
        for mimetype in ("text/plain", "text/html; charset=utf-8", "application/pdf"):
            field = f"Content-Transfer-Encoding: {encoding.strip()}"
            both(email(encode(b"<p>Hello</p> world\n" * 50), field, f"Content-Type: {mimetype}"))


def test_nothing_but_blanks():
    with pytest.raises(mime.UnparseableError):
        mime.parse(io.BytesIO(b"\r\n" * 2 * MB))
    with pytest.raises(mime.UnparseableError):
        mime.parse(io.BytesIO())


def test_a_header_without_end():
    source = b"Subject: x\r\n" + b"a" * 5 * MB
    assert len(mime.header_of(io.BytesIO(source))) == headers.LONGEST
    assert mime.fingerprint(mime.header_of(io.BytesIO(source)), 1) == mime.fingerprint(mime.header_of(source), 1)
    assert mime.parse(io.BytesIO(source)).subject == "x"


def test_long_text_is_cut_and_kept_whole():
    words = "Grüße an alle.\r\n".encode() * (5 * MB // 18)
    for source in (email(words, "Content-Type: text/plain; charset=utf-8"),):
        message = both(source)
        assert len(message.text) <= body.MAX_TEXT
        assert message.text.startswith("Grüße an alle.\nGrüße")
        assert "\ufffd" not in message.text
        [attachment] = message.attachments
        assert (attachment.name, attachment.mimetype, attachment.content) == ("text.txt", "text/plain", words)
        assert f"text/plain of {len(words)} bytes cut" in message.defects


def test_long_html_is_cut_and_kept_whole():
    html = b"<p>Hello</p>\r\n" * (5 * MB // 14)
    text, field = multipart("alternative", part("text/plain", "Hello"), part("text/html", html))
    message = both(email(text, field))
    assert message.text == "Hello"
    assert message.html.startswith("<p>Hello</p>")
    assert len(message.html) <= body.MAX_CONTENT
    assert [(attachment.name, attachment.content) for attachment in message.attachments] == [("text.html", html)]


class Endless(io.RawIOBase):
    """A file of `size` bytes that repeats `unit` between `start` and `end`, without being anywhere."""

    def __init__(self, start: bytes, unit: bytes, size: int, end: bytes = b""):
        self.start, self.unit, self.end = start, unit, end
        self.size = size
        self.block = unit * (2 * MB // len(unit) + 2)
        self.place = 0

    def seek(self, offset, whence=io.SEEK_SET):
        self.place = offset + (self.size if whence == io.SEEK_END else 0)
        return self.place

    def read(self, count=-1):
        count = max(0, min(count if count >= 0 else self.size, self.size - self.place))
        data = self.start[self.place : self.place + count]
        while len(data) < count:
            place = self.place + len(data) - len(self.start)
            if place + len(self.start) >= self.size - len(self.end):
                data += self.end[place + len(self.start) - (self.size - len(self.end)) :][: count - len(data)]
                continue
            until = min(count - len(data), self.size - len(self.end) - len(self.start) - place, 2 * MB)
            offset = place % len(self.unit)
            data += self.block[offset : offset + until]
        self.place += count
        return data


HEAD = b'Subject: x\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nHello\r\n'
PDF = b"--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: "
HOSTILE = {
    "base64": (HEAD + PDF + b"base64\r\n\r\n", b"QUJD" * 19 + b"\r\n", b"--b--\r\n"),
    "one line": (HEAD + PDF + b"base64\r\n\r\n", b"QUJD", b"\r\n--b--\r\n"),
    "one line of quoted-printable": (HEAD + PDF + b"quoted-printable\r\n\r\n", b"=41", b"\r\n--b--\r\n"),
    "uuencode": (HEAD + PDF + b"x-uuencode\r\n\r\nbegin 644 x\r\n", binascii.b2a_uu(b"x" * 45), b"end\r\n--b--\r\n"),
    "8bit without line breaks": (HEAD + PDF + b"8bit\r\n\r\n", b"\xff\xfe", b"\r\n--b--\r\n"),
    "text": (b"Subject: x\r\n\r\n", b"Hello world, this is a text.\r\n", b""),
    "Chinese text": (b"Content-Type: text/plain; charset=utf-8\r\n\r\n", "你好\r\n".encode(), b""),
    "HTML": (b"Content-Type: text/html\r\n\r\n", b"<p>Hello <b>world</b></p>\r\n", b""),
    "comments of SQL": (HEAD + PDF + b"8bit\r\n\r\n", b"--\r\n-- A table\r\n--\r\nCREATE TABLE x\r\n", b"--b--\r\n"),
    "boundaries": (HEAD, b"--b\r\n", b"--b--\r\n"),
    "parts": (HEAD, b"--b\r\nContent-Type: image/png\r\n\r\n" + b"x" * 4000 + b"\r\n", b"--b--\r\n"),
    "larger parts": (HEAD, b"--b\r\nContent-Type: image/png\r\n\r\n" + b"x" * 9000 + b"\r\n", b"--b--\r\n"),
    "multiparts": (HEAD, b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n", b""),
    "no header's end": (b"Subject: x\r\n", b"X-Long: y\r\n", b""),
    "a header without line breaks": (b"Subject: x", b"y", b""),
    "blanks": (b"", b"\r\n", b"Subject: x\r\n\r\nHello"),
    "only CR": (b"Subject: x\r\r", b"Hello\r", b""),
}


@pytest.mark.parametrize(("start", "unit", "end"), HOSTILE.values(), ids=HOSTILE)
def test_memory_is_bounded(start, unit, end, thorough):
    file = Endless(start, unit, (100 if thorough else 15) * MB, end)
    started = time.process_time()
    tracemalloc.start()
    message = mime.parse(file)
    for attachment in message.attachments:
        if isinstance(attachment.content, mime.Content):
            assert sum(map(len, attachment.content.pieces())) == attachment.content.size
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"{peak / MB:.0f} MB, {time.process_time() - started:.1f} s")
    assert message.subject[:1] in ("x", "")
    assert peak < 120 * MB
