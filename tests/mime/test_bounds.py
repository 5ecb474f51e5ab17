"""Emails made to take long or to take much: time grows with the size at most, whatever is in them."""

import time

import pytest
from odoo.addons.concord_inbox import mime

HTML = b"Content-Type: text/html\n\n"
MB = 1 << 20


def nested(depth: int) -> bytes:
    return (
        b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(depth))
        + b"\nhello"
    )


CASES = {
    "nested multiparts": nested(5000),
    "nested multiparts, many lines": nested(100) + b"\n" * (MB // 2),
    "nested emails": b"Content-Type: message/rfc822\n\n" * 20000,
    "many parts": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\nhi\n" * 50000,
    "one boundary for all": b"Content-Type: multipart/mixed; boundary=x\n\n"
    + b"--x\nContent-Type: multipart/mixed; boundary=x\n\n" * 20000,
    "boundaries to guess": b"Content-Type: multipart/mixed\n\n"
    + b"".join(b"--x%d\nContent-Type: multipart/mixed\n\n" % n for n in range(20000)),
    "long header": b"Subject: " + b"a" * 5 * MB + b"\n\nx",
    "many headers": b"".join(b"X-%d: y\n" % n for n in range(300_000)) + b"\nx",
    "many recipients": b"To: " + b", ".join(b"a%d@b.cc" % n for n in range(100_000)) + b"\n\nx",
    "brackets": b"To: " + b"(" * 60000 + b"\n\nx",
    "quotes": b"To: " + b'"\\' * 30000 + b"\n\nx",
    "angles": b"To: " + b"<" * 60000 + b"\n\nx",
    "commas": b"To: " + b",a" * 30000 + b"\n\nx",
    "nested comments in an address": b"To: <a@b" + b"(" * 1900 + b">\n\nx",
    "encoded words": b"Subject: " + b"=?utf-8?q?" * 6000 + b"\n\nx",
    "parameters": b"Content-Type: text/plain" + b'; a="' * 10000 + b"\n\nx",
    "sections": b"Content-Type: text/plain" + b"".join(b"; a*%d*=x" % n for n in range(5000)) + b"\n\nx",
    "references": b"References: " + b"<" * 60000 + b"\n\nx",
    "blanks in a reference": b"References: <" + b" " * 60000 + b"x\n\nx",
    "divs": HTML + b"<div>" * 500_000,
    "formatting that repeats itself": HTML + b"".join(b"<p><b id=%d>" % n for n in range(50000)),
    "a little formatting that repeats itself": HTML + b"".join(b"<p><b id=%d>" % n for n in range(900)),
    "style tags": HTML + b"<style" * 300_000,
    "ends of style": HTML + b"<style>" + b"</style" * 300_000,
    "comments": HTML + b"<!--" * 500_000,
    "attributes": HTML + b"<p " + b" ".join(b"a%d=1" % n for n in range(200_000)) + b">x",
    "angles in HTML": HTML + b"<" * MB,
    "bodies": HTML + b'<body "' * 300_000,
    "imports": HTML + b"<style>" + b"@import " * 100_000 + b"</style>",
    "urls": HTML + b"<style>" + b"url(" * 100_000 + b"</style>",
    "entities": HTML + b"&amp;" * 500_000,
    "no-break spaces": HTML + b"<p>" + b"\xc2\xa0" * MB,
    "no-break spaces in an attribute": HTML + b'<p title="' + b"\xc2\xa0x" * MB + b'">x',
    "no-break spaces as entities": HTML + b"<p>" + b"&nbsp;" * 600_000,
    "links on one line": HTML + b"<a href='http://example.org/x?y=%20'>Click</a> " * 40_000,
    "enriched text": b"Content-Type: text/enriched\n\n" + b"<param>" * 200_000,
    "quotes in quotes": HTML + b"<blockquote>" * 1900 + b"x",
    "NULs": HTML + b"\0" * MB + b"x",
    "a long table": HTML + b"<table>" + b"<tr><td>a</td><td>b</td></tr>" * 20000 + b"</table>",
    "attributions": b"\n" + b"On a " * 100_000 + b":\n",
    "flowed": b"Content-Type: text/plain; format=flowed\n\n" + b"> a \n" * 200_000,
    "8-bit": b"Subject: x\n\n" + bytes(range(128, 256)) * 10000,
    "surrogates": b"Content-Type: text/plain; charset=utf-16\n\n" + b"\xd8\x00" * 300_000,
    "quoted-printable": b"Content-Transfer-Encoding: quoted-printable\n\n" + b"= " * 500_000,
    "base64": b"Content-Transfer-Encoding: base64\n\n" + b"!A" * 500_000,
    "uuencode": b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n" + b"M\n" * 300_000,
    "a date": b"Date: " + b"1 " * 100 + b"\n\nx",
    "a number in a date": b"Date: " + b"9" * 5000 + b"\n\nx",
    "a number of a section": b"Content-Type: text/plain; a*" + b"9" * 6000 + b"=x\n\nx",
}


@pytest.mark.parametrize("source", CASES.values(), ids=CASES)
def test_time(source):
    start = time.process_time()
    message = mime.parse(source)
    shown = mime.document(message.html, message.text, {}, False)
    seconds = time.process_time() - start
    assert seconds < 10, seconds  # 1 on an idle machine of 2024
    assert len(shown) < 8 * len(source) + 100_000
