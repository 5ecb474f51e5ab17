"""The tree of parts: the same that the standard library's parser finds, in a part of its time."""

import pytest
from odoo.addons.concord_inbox import mime
from odoo.addons.concord_inbox.mime import headers, structure

from . import standard_tree


def tree(source: bytes) -> tuple:
    """What `standard_tree.read()` returns, of our own."""
    split = headers.split(source)
    return _simple(structure.build(headers.Headers(split.fields), split.body, []))


def _simple(part: structure.Part) -> tuple:
    return part.mimetype, part.content if part.children is None else [_simple(child) for child in part.children]


@pytest.fixture
def raw(monkeypatch):
    """Leaves as they stand."""
    monkeypatch.setattr(structure._Builder, "content", lambda self, data, encoding="": data)
    monkeypatch.setattr(structure._Builder, "open", lambda self, part, level: None)


#: The ends of emails' names of which we find other parts, and why.
OTHERWISE = {
    "spam-1/466": "the boundary is another one than declared",
    "spam-2/1209": "the boundary is another one than declared",
    "msg_25.txt": "the boundary is another one than declared",
    "msg_31.txt": "the boundary is another one than declared",
    "mail_malformed_3": "the boundary is another one than declared",
    "mail_malformed_1": "a multipart without parts is text",
    "msg_15.txt": "a multipart without parts is text",
    "msg_39.txt": "a multipart without parts is text",
    "substring.mbox": "a multipart without parts is text",
    "bad-header-wrap.raw": "the header goes on behind a line that is no field",
    "mail_test_1": "nothing follows the last boundary, and so it begins no part",
    "mail_test_11": "nothing follows the last boundary, and so it begins no part",
}


def test_the_parts_that_the_standard_library_finds(raw, corpus_emails, foreign_emails):
    """All emails that set-up fetches."""
    compared, otherwise = 0, []
    for name, source in corpus_emails + foreign_emails:
        if not source.strip() or not (ours := tree(source))[0].startswith("multipart/"):
            continue
        compared += 1
        if ours != standard_tree.read(source):
            otherwise.append(name)
    assert compared > 700
    assert [name for name in otherwise if not name.endswith(tuple(OTHERWISE))] == []


def test_boundaries(raw):
    """What is a boundary, and what only looks like one."""
    first = b"preamble --a\r\n--a \t\r\n\r\none --a\r\n --a\r\n--ab\r\n"
    second = b"--a\r\n--a\r\n\r\ntwo\r\n\r\n--a--\r\nepilogue\r\n--a\r\n\r\nthree"
    source = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + first + second
    two = [("text/plain", b"one --a\r\n --a\r\n--ab"), ("text/plain", b"two\r\n")]
    assert tree(source) == ("multipart/mixed", two) == standard_tree.read(source)


@pytest.mark.parametrize("line_break", [b"\n", b"\r\n"])
def test_the_outer_of_two_equal_boundaries_wins(raw, line_break):
    inner = [b"Content-Type: multipart/mixed; boundary=a", b"", b"--a", b"", b"one", b"--a--"]
    lines = [b"Content-Type: multipart/mixed; boundary=a", b"", b"--a", *inner, b"--a", b"", b"two", b"--a--"]
    source = line_break.join(lines)
    assert tree(source) == ("multipart/mixed", [("text/plain", b""), ("text/plain", b"one")])


def test_an_inner_multipart_without_its_end(raw):
    inner = "Content-Type: multipart/alternative; boundary=b\n\n--b\n\none\n--b\n\ntwo\n"
    source = f"Content-Type: multipart/mixed; boundary=a\n\n--a\n{inner}--a\n\nthree\n--a--\n".encode()
    both = ("multipart/alternative", [("text/plain", b"one"), ("text/plain", b"two")])
    assert tree(source) == ("multipart/mixed", [both, ("text/plain", b"three")]) == standard_tree.read(source)
    assert mime.parse(source).defects[0] == "multipart without its end"
