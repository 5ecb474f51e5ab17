"""HTML of a stranger: nothing active is left, and what makes it readable is."""

import re
from html.parser import HTMLParser

import pytest
from odoo.addons.concord_inbox.mime import has_remote_images, sanitize

from .vectors import ADDRESSED, SCRIPTS

_HARMLESS_SCHEME = re.compile(r"https?:|mailto:|tel:|cid:|data:image/", re.IGNORECASE)
_FORBIDDEN_TAGS = frozenset(
    [
        "script",
        "iframe",
        "frame",
        "frameset",
        "object",
        "embed",
        "applet",
        "form",
        "input",
        "button",
        "textarea",
        "select",
        "option",
        "meta",
        "base",
        "link",
        "svg",
        "math",
        "title",
        "noscript",
        "template",
        "video",
        "audio",
        "source",
        "track",
        "canvas",
        "marquee",
        "isindex",
        "html",
        "head",
        "body",
        "xmp",
        "plaintext",
    ]
)


class Checker(HTMLParser):
    """Fails at anything that could act."""

    def __init__(self):
        super().__init__()
        self.in_style = False
        self.events: list[tuple] = []

    def handle_starttag(self, tag, attrs):
        assert tag not in _FORBIDDEN_TAGS
        self.events.append((tag, sorted(attrs)))
        self.in_style = tag == "style"
        for name, value in ((name, value or "") for name, value in attrs):
            assert not name.startswith("on")
            assert name not in (
                "srcdoc",
                "srcset",
                "formaction",
                "action",
                "ping",
                "xlink:href",
                "dynsrc",
                "lowsrc",
                "http-equiv",
            )
            if name in ("href", "src", "background", "cite"):
                assert _HARMLESS_SCHEME.match(value), value
            if name == "href":
                assert not re.match(r"\s*(?:data|cid):", value, re.IGNORECASE)
            if name == "style":
                check_style(value)
        if tag in ("a", "area"):
            values = dict(attrs)
            assert values["target"] == "_blank"
            assert values["rel"] == "noopener noreferrer"

    def handle_endtag(self, tag):
        self.in_style = False

    def handle_data(self, data):
        self.events.append(("".join(data.split()),))  # the line break after <pre> goes each time, as browsers do it
        if self.in_style:
            check_style(data)
            assert "<" not in data

    def handle_comment(self, data):
        raise AssertionError(data)


def check_style(style: str) -> None:
    lowered = style.lower()
    assert "\\" not in style
    assert "@import" not in lowered
    assert not re.search(r"behavior\s*:|-moz-binding|javascript:|vbscript:", lowered)
    assert not re.search(r"position\s*:\s*(?:fixed|absolute|sticky)", lowered)
    for target in re.findall(r"url\(\s*[\"']?([^\"')]*)", lowered):
        assert target.startswith(("http://", "https://", "cid:", "data:image/"))


def events(clean: str) -> list[tuple]:
    """What a browser sees of sanitised HTML, attributes in alphabetical order; fails at anything that could act."""
    checker = Checker()
    checker.feed(clean)
    checker.close()
    return checker.events


def check(html: str) -> str:
    clean = sanitize(html)
    seen = events(clean)
    assert events(sanitize(clean)) == seen
    return clean


@pytest.mark.parametrize("html", SCRIPTS)
def test_vectors(html):
    check(html)


@pytest.mark.parametrize(
    "before",
    ["<table><tr><td>", "<style>p{}</style><p>", "<div title='", "<!-- ", "<svg>", "<select><option>", "<pre>"],
)
def test_vectors_within(before):
    for html in SCRIPTS:
        check(before + html)


def test_addresses_in_every_attribute():
    for html in ADDRESSED:
        check(html)


def test_all_vectors_at_once():
    check("".join(SCRIPTS))
    check("".join(reversed(SCRIPTS)))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>Hello <b>you</b></p>", "<p>Hello <b>you</b></p>"),
        ("<p style='color:red;margin:0 auto'>x</p>", '<p style="color:red;margin:0 auto">x</p>'),
        ("<img src='cid:a@b' alt=x width=10>", '<img src="cid:a@b" alt="x" width="10">'),
        ("<img src='https://example.org/x.png'>", '<img src="https://example.org/x.png">'),
        ("<img src='//example.org/x.png'>", '<img src="https://example.org/x.png">'),
        ("<img src='x.png'>", "<img>"),
        ("<img src='data:image/png;base64,AAAA'>", '<img src="data:image/png;base64,AAAA">'),
        (
            "<table bgcolor='#eee'><tr><td colspan=2>x",
            '<table bgcolor="#eee"><tbody><tr><td colspan="2">x</td></tr></tbody></table>',
        ),
        ("<td background='http://example.org/b.png'>", ""),  # no table around it
        ("<font color=red size=2>x</font>", '<font color="red" size="2">x</font>'),
        (
            "<a href='mailto:a@example.org'>x</a>",
            '<a href="mailto:a@example.org" target="_blank" rel="noopener noreferrer">x</a>',
        ),
        (
            "<a href='www.example.org'>x</a>",
            '<a href="http://www.example.org" target="_blank" rel="noopener noreferrer">x</a>',
        ),
        ("<form>Your name: <button>Send</button></form>", "Your name: Send"),
        ("<title>t</title><script>s</script>text", "text"),
        ("a<!-- comment -->b", "ab"),
        ("<p title='a&#1;&#13;&#0;b'>&#27;&#xD800;c</p>", '<p title="a\n\ufffdb">\ufffdc</p>'),
        ("<!--[if mso]><p>Outlook</p><![endif]--><!--[if !mso]><!--><p>others</p><!--<![endif]-->", "<p>others</p>"),
        ("", ""),
    ],
)
def test_kept(html, expected):
    assert check(html) == expected


def test_style_sheets_are_kept_in_front():
    clean = check(
        "<head><style type='text/css'><!-- p { color: red } --></style></head><body><p>x</p><style>b{}</style>"
    )
    assert clean == "<style>p { color: red } \nb{}</style><p>x</p>"


def test_media_queries_survive():
    sheet = "@media only screen and (max-width: 600px) { .w { width: 100% !important } } @font-face{src:url(https://x.example/f.woff)}"
    clean = check(f"<style>{sheet}</style>")
    assert "@media only screen and (max-width: 600px) { .w { width: 100% !important } }" in clean
    assert 'url("https://x.example/f.woff")' in clean


def test_colours_of_the_body_survive():
    clean = check('<html dir=rtl><body bgcolor=EEEEEE text="#123" style="margin:0" dir=rtl>x</body></html>')
    assert clean == '<div style="background-color:#EEEEEE;color:#123;margin:0" dir="rtl">x</div>'


def test_backgrounds():
    html = "<table background='http://example.org/b.png'><tr><td background='cid:x' style='background:#fff url(http://example.org/c.png)'>x"
    clean = check(html)
    assert 'background="http://example.org/b.png"' in clean
    assert 'background="cid:x"' in clean
    assert "http://example.org/c.png" in clean


@pytest.mark.parametrize(
    ("html", "remote"),
    [
        ("<img src='http://example.org/x'>", True),
        ("<img alt=x src='HTTPS://example.org/x'>", True),
        ("<img src='//example.org/x'>", True),
        ("<img src='  http://example.org/x'>", True),
        ("<img src='ht\ntp://example.org/x'>", True),
        ("<img src='\x01http://example.org/x'>", True),
        ("<table background='http://example.org/x'><td>", True),
        ("<p style='background:url(http://example.org/x)'>", True),
        ("<style>p{background:url('https://example.org/x')}</style>", True),
        ("<img src='cid:x'>", False),
        ("<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>", False),
        ("<a href='http://example.org'>http://example.org</a>", False),
        ('text src="http://example.org"', False),
    ],
)
def test_has_remote_images(html, remote):
    assert has_remote_images(sanitize(html)) is remote
