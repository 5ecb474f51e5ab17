"""The page within the frame."""

import pytest
from odoo.addons.concord_inbox.mime import content_security_policy, document, page, sanitize


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
