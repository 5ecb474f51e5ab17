"""The page within the frame."""

import re

import pytest
from odoo.addons.concord_inbox.mime import Labels, content_security_policy, document, page, sanitize

from .test_quote import OUTLOOK


def test_inline_pictures():
    html = sanitize(
        '<img src="cid:a@b"><img src="cid:c%40d"><img src="cid:missing" alt="gone">'
        '<p style="background:url(cid:a@b)">x</p>'
    )
    shown = document(html, "", {"a@b": "data:image/png;base64,AAAA", "c@d": "data:image/gif;base64,BBBB"}, False)
    assert shown.count("data:image/png;base64,AAAA") == 2
    assert shown.count("data:image/gif;base64,BBBB") == 1
    assert "cid:" not in shown
    assert '<img alt="gone">' in shown.replace("  ", " ").replace(" >", ">").replace("<img  ", "<img ")


def test_pictures_that_are_none():
    shown = document(sanitize('<img src="cid:a">'), "", {"a": "data:text/html;base64,AAAA"}, False)
    assert "text/html;base64" not in shown
    shown = document(sanitize('<img src="cid:a">'), "", {"a": 'data:image/png;x" onerror="alert(1)'}, False)
    assert "onerror" not in shown


def test_remote_pictures_wait():
    html = sanitize(
        "<style>p{background:url(https://example.org/a.png)}</style><p style='background:url(http://example.org/b.png)'>"
        "<img src='http://example.org/c.png' alt='C'><table background='http://example.org/d.png'><td>"
        "<a href='http://example.org/link'>x</a>"
    )
    shown = document(html, "", {}, False)
    assert ".png" not in shown
    assert 'href="http://example.org/link"' in shown
    assert document(html, "", {}, True).count(".png") == 4


def test_text():
    shown = document(
        "", 'See https://example.org/a?b=1&c=<2>, (www.example.com/x) or ask a.b@example.org. <script> "', {}, False
    )
    assert '<a href="https://example.org/a?b=1&amp;c=" target="_blank" rel="noopener noreferrer">' in shown
    assert (
        '<a href="https://www.example.com/x" target="_blank" rel="noopener noreferrer">www.example.com/x</a>)' in shown
    )
    assert '<a href="mailto:a.b@example.org"' in shown
    assert "<script>" not in shown


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://example.org.", "http://example.org"),
        ("http://example.org/a_(b)", "http://example.org/a_(b)"),
        ("http://example.org/a)", "http://example.org/a"),
        ("http://example.org/?!", "http://example.org/"),
    ],
)
def test_end_of_a_link(url, expected):
    assert f'<a href="{expected}"' in page.linked(url)


def test_paper_for_emails_with_colours():
    assert "color-scheme:light}" in document(sanitize("<p style='color:black'>x</p>"), "", {}, False)
    assert "color-scheme:light dark}" in document(sanitize("<p>x</p>"), "", {}, False)
    assert "color-scheme:light dark}" in document("", "x", {}, False)
    assert "color-scheme:dark}" in document("", "x", {}, False, dark=True)
    assert "color-scheme:light}" in document(sanitize("<p style='color:black'>x</p>"), "", {}, False, dark=True)


def test_page():
    shown = document(sanitize("<p>x</p>"), "", {}, False)
    assert '<base target="_blank">' in shown
    assert '<meta name="referrer" content="no-referrer">' in shown


def test_content_security_policy():
    policy = content_security_policy(False)
    rules = dict(rule.partition(" ")[::2] for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    assert rules["form-action"] == rules["base-uri"] == rules["font-src"] == "'none'"
    assert "script-src" not in rules
    assert rules["sandbox"] == "allow-popups allow-popups-to-escape-sandbox allow-same-origin"
    assert "img-src data: https: http:" in content_security_policy(True)
    assert "\n" not in policy


def test_what_was_searched_for_is_marked():
    """In the text, never within a tag, an address or a style."""
    html = sanitize(
        '<style>.mark{color:red}</style><p class="mark">Mark <a href="https://mark.example/mark">markdown</a>'
    )
    shown = document(html, "", {}, False, searched=frozenset({"mark"}))
    assert shown.count("<mark>") == 2
    assert "<mark>Mark</mark>" in shown and "<mark>markdown</mark>" in shown
    shown = document("", "Mark <b> & mark@x.example", {}, False, searched=frozenset({"mark", "b", "amp", "lt"}))
    assert "<mark>Mark</mark> &lt;<mark>b</mark>&gt; &amp; <a" in shown
    assert 'href="mailto:mark@x.example"' in shown


LABELS = Labels("Show quoted text", "Show signature", "leads to %s")
ANSWER = "My answer\n-- \nAnna\n\nOn Monday, Ben wrote:\n> old words"


def folded(shown):
    """What is folded away -> whether it is open."""
    found = re.findall(r'<details class="concord-fold"( open)?><summary>([^<]*)</summary>', shown)
    return {label: bool(is_open) for is_open, label in found}


def test_history_is_folded_away():
    shown = document("", ANSWER, {}, False, labels=LABELS)
    assert folded(shown) == {"Show signature": False, "Show quoted text": False}
    html = sanitize("<p>My answer</p><div>On Monday, Ben wrote:</div><blockquote type=cite>old words</blockquote>")
    assert folded(document(html, "", {}, False, labels=LABELS)) == {"Show quoted text": False}
    # Printed, everything is there.
    assert "<details" not in document(html, "", {}, False)


def test_what_is_found_in_the_history_opens_it():
    shown = document("", ANSWER, {}, False, labels=LABELS, searched=frozenset({"old"}))
    assert folded(shown) == {"Show signature": False, "Show quoted text": True}
    shown = document("", ANSWER, {}, False, labels=LABELS, searched=frozenset({"answer", "show"}))
    assert not any(folded(shown).values())


def test_a_forward_is_not_folded_away():
    """Outlook's look like its answers; the subject tells."""
    html = sanitize(OUTLOOK)
    assert "Show quoted text" in folded(document(html, "", {}, False, labels=LABELS))
    assert not folded(document(html, "", {}, False, labels=LABELS, is_forward=True))


@pytest.mark.parametrize(
    "picture",
    [
        '<img src="https://x.example/p" width="1" height="1">',
        '<img src="https://x.example/p" width=0 height=20>',
        '<img src="https://x.example/p" width="1px" style="height:1px">',
        '<img src="https://x.example/p" style="width:1px;height:1px !important">',
        '<img src="https://x.example/p" style="color:red; display : none">',
        '<img src="https://x.example/p" style="max-height:0">',
        '<img src="https://mailtrack.io/trace/mail/1.png">',
        '<img src="https://eu.mailtrack.io/x">',
        '<img src="http://u1.ct.sendgrid.net/wf/open?upn=x">',
        '<img src="https://mandrillapp.com/track/open.php?u=1">',
        '<img src="https://www.facebook.com/tr?id=1">',
        '<p style="background:url(https://www.google-analytics.com/collect?v=1)">x</p>',
        "<style>p{background:url('https://emltrk.com/x')}</style><p>x</p>",
    ],
)
def test_tracking_pixels_are_never_loaded(picture):
    html = sanitize(f'{picture}<img src="https://x.example/logo.png" width="200">')
    shown = document(html, "", {}, True)
    assert 'data-pictures="1" data-trackers="1"' in shown
    assert "logo.png" in shown
    assert "x.example/p" not in shown and shown.count("https://") == 1
    shown = document(html, "", {}, False)
    assert 'data-pictures="1" data-trackers="1"' in shown
    assert "https://" not in shown


@pytest.mark.parametrize(
    "picture",
    [
        '<img src="https://x.example/p">',
        '<img src="https://x.example/p" width="1" height="300">',
        '<img src="https://x.example/p" width="100%" height="auto" style="opacity:0.5">',
        '<img src="https://notmailtrack.io/p">',
        '<img src="https://x.example/facebook.com/tr.png">',
        '<td background="https://x.example/p">',
        '<p style="background:url(https://x.example/p)">',
    ],
)
def test_pictures_that_are_no_tracking_pixels(picture):
    shown = document(sanitize(f"<table><tr>{picture}</table>"), "", {}, True)
    assert 'data-trackers="0"' in shown
    assert 'data-pictures="1"' in shown
