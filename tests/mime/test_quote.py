"""Quotes made, found again, and told from what was written; signatures exchanged; pictures renamed."""

import pytest
from odoo.addons.concord_inbox import mime
from odoo.addons.concord_inbox.mime import (
    content_ids_of,
    forwarded,
    html_of,
    parse,
    quoted,
    replace_signature,
    sanitize,
    split_quote,
    split_signature,
    text_of,
    with_cids,
    without_cids,
)

from .test_compose import outgoing


def test_quote_of_html_keeps_its_style_to_itself():
    made = quoted(
        "<style>p { color: red } .x { margin: 3px }</style><p>Hi</p><p class=x>you</p>", "", "Ben <b@x> wrote:"
    )
    assert made.startswith('<div class="concord_quote"><div class="concord_attribution">Ben &lt;b@x&gt; wrote:</div>')
    assert "<style" not in made
    assert made.count("color:red") + made.count("color: red") == 2
    assert "margin" in made
    assert '<blockquote type="cite"' in made


def test_quote_is_inert():
    made = quoted("<p onclick='x()'>Hi</p><script>alert(1)</script>", "", "<script>")
    assert "script>" not in made.replace("&lt;script&gt;", "")
    assert "onclick" not in made


def test_styles_of_a_stranger_do_not_get_worse_by_being_written_in():
    made = quoted("<style>p { position: fixed; top: 0; background: url(javascript:x) }</style><p>Hi</p>", "", "")
    assert "position" not in made.replace("background-position", "")
    assert "javascript" not in made


def test_quote_of_text_keeps_lines_and_depths():
    made = quoted("", "Hi <you>\n\n  see https://x.example/a?b=1&c=2.\n> before\n>> earlier\nend", "Ben wrote:")
    assert text_of(made) == (
        "Ben wrote:\n> Hi <you>\n>\n> \u00a0 see https://x.example/a?b=1&c=2.\n>\n>> before\n>>\n>>> earlier\n>\n> end"
    )
    assert '<a href="https://x.example/a?b=1&amp;c=2">' in made
    assert made.count("<blockquote") == made.count("</blockquote>") == 3


def test_nested_quotes_survive():
    first = quoted("<p>one</p>", "", "A:")
    second = quoted(f"<p>two</p>{first}", "", "B:")
    assert text_of(second) == "B:\n> two\n>\n> A:\n>> one"


def test_forward():
    made = forwarded(["Forwarded", ("From", "Ben <b@x.example>"), ("Subject", "a & b")], "<p>Hi</p>", "")
    assert text_of(made) == "Forwarded\nFrom: Ben <b@x.example>\nSubject: a & b\n\nHi"
    assert split_quote("<p>See below</p>" + made) == ("<p>See below</p>", made)


GMAIL = (
    '<div dir="ltr">Fine</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On x, B wrote:<br></div>'
    '<blockquote class="gmail_quote" style="margin:0">old</blockquote></div>'
)
APPLE = '<div>Fine</div><div><br><blockquote type="cite"><div>On x, B wrote:</div><div>old</div></blockquote></div>'
THUNDERBIRD = (
    '<p>Fine</p><div class="moz-cite-prefix">On x, B wrote:<br></div>'
    '<blockquote type="cite" cite="mid:1"><p>old</p></blockquote><br>'
)
OUTLOOK_WEB = (
    '<div>Fine</div><div id="appendonsend"></div><hr style="width:98%">'
    '<div id="divRplyFwdMsg">From: B</div><div>old</div>'
)
OUTLOOK = (
    '<div class="WordSection1"><p class="MsoNormal">Fine</p>'
    '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
    '<p class="MsoNormal"><b>From:</b> B</p></div></div><p class="MsoNormal">old</p></div>'
)
YAHOO = '<div>Fine</div><div id="ydp1" class="yahoo_quoted"><div>On x, B wrote:</div><div>old</div></div>'
PROTON = '<div>Fine</div><div class="protonmail_quote">On x, B wrote:<blockquote type="cite">old</blockquote></div>'


@pytest.mark.parametrize("html", [GMAIL, APPLE, THUNDERBIRD, OUTLOOK_WEB, OUTLOOK, YAHOO, PROTON])
@pytest.mark.parametrize("clean", [str, sanitize])
def test_quotes_of_others_are_found(html, clean):
    html = clean(html)
    body, quote = split_quote(html)
    assert text_of(body) == "Fine"
    assert "old" in text_of(quote)
    assert "old" not in body
    assert text_of(body + quote).split() == text_of(html).split()
    assert split_quote(body) == (body, "")


@pytest.mark.parametrize(
    "html",
    [
        "<p>Nothing quoted</p>",
        '<blockquote type="cite">old</blockquote><p>Answer below</p>',
        '<div class="gmail_quote">old<blockquote>a</blockquote></div><div>Bottom</div>',
        "<blockquote>a saying</blockquote>",
        "",
    ],
)
def test_what_is_no_quote_at_the_end_stays(html):
    assert split_quote(html) == (html, "")


def test_our_quote_comes_back_from_a_server():
    quote = quoted("<style>b { color: red }</style><p>Hi <b>you</b></p>", "", "Ben wrote:")
    html = f'<p>Fine</p><div class="concord_signature">Anna</div>{quote}'
    back = parse(mime.compose(outgoing(html=html))).html
    body, found = split_quote(back)
    assert text_of(found) == text_of(quote)
    assert split_signature(body)[1] == "Anna"
    assert text_of(split_signature(body)[0]) == "Fine"


def test_signatures():
    html = '<p>Hi</p><div class="concord_signature">Anna</div>'
    quote = quoted('<p>x</p><div class="concord_signature">Ben</div>', "", "B:")
    assert replace_signature(html + quote, "<b>Anna</b> Inc") == (
        f'<p>Hi</p><div class="concord_signature"><b>Anna</b> Inc</div>{quote}'
    )
    assert replace_signature(html, "") == "<p>Hi</p>"
    assert replace_signature("<p>Hi</p>", "") == "<p>Hi</p>"
    # The signature within the quote is another's.
    assert replace_signature("<p>Hi</p>" + quote, "Anna") == html + quote
    assert replace_signature("<p>Hi</p>", "Anna") == html
    assert replace_signature("", "Anna") == '<div class="concord_signature">Anna</div>'
    assert split_signature("<p>Hi</p>" + quote) == ("<p>Hi</p>" + quote, "")


def test_pictures():
    html = (
        '<img src="/web/image/12-abc/a.png?access_token=x&amp;y=1"><img alt="b" src="https://h.example/web/content/13">'
        '<img src="/web/image/120"><img src="https://other.example/web.png">'
    )
    cids = with_cids(html, {12: "a@x", "13": "b c@x"})
    assert cids == (
        '<img src="cid:a@x"><img alt="b" src="cid:b%20c@x"><img src="/web/image/120">'
        '<img src="https://other.example/web.png">'
    )
    assert content_ids_of(cids) >= {"a@x", "b c@x"}
    assert without_cids(cids, {"a@x": "/web/image/12?a=1&b=2"}).startswith('<img src="/web/image/12?a=1&amp;b=2">')
    assert 'src="/b"' in without_cids(cids, {"b c@x": "/b"})
    assert with_cids('<img src="blob:1">', {"blob:1": "c@x"}) == '<img src="cid:c@x">'


def test_html_of_text():
    assert html_of("a\n\nb") == "<div>a</div><div><br></div><div>b</div>"
    assert html_of("<script>") == "<div>&lt;script&gt;</div>"
