"""The plain rendition, and its flowed lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.concord_inbox.mime import flowed, text, text_of


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("", ""),
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<div>One</div><div>Two</div>", "One\nTwo"),
        ("<div>One</div><div><br></div><div>Two</div>", "One\n\nTwo"),
        ("<p>One<br>Two<br></p>", "One\nTwo"),
        ("<p>One</p><p><br></p><p>Two</p>", "One\n\nTwo"),
        ("<p>A  b\n c <b>d</b><i>e</i></p>", "A b c de"),
        ("<p>x &lt;b&gt; &amp;amp; y</p>", "x <b> &amp; y"),
        ('<p>See <a href="https://x.example/a">this</a>.</p>', "See this <https://x.example/a>."),
        ('<a href="https://x.example/">https://x.example</a>', "https://x.example"),
        ('<a href="https://x.example/a">x.example/a</a>', "x.example/a"),
        ('<a href="mailto:a@b.example">a@b.example</a>', "a@b.example"),
        ('<a href="mailto:a@b.example">Anna</a>', "Anna <a@b.example>"),
        ('<a href="https://x.example"><img src="cid:1" alt="Logo"></a>', "Logo <https://x.example>"),
        ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "- a\n- b\n  - c"),
        ("<ol><li>a</li><li><p>b</p><p>c</p></li></ol>", "1. a\n2. b\n\n   c"),
        ('<ol start="9"><li>a</li><li>b</li></ol>', "9. a\n10. b"),
        (
            '<ul class="o_checklist"><li class="o_checked">a</li><li>b</li></ul>',
            "[x] a\n[ ] b",
        ),
        (
            "<table><tr><th>Item</th><th>Price</th></tr><tr><td>日本</td><td>2</td></tr></table>",
            "Item | Price\n日本 | 2",
        ),
        ("<table><tr><td><p>a</p><p>b</p></td><td>c</td></tr></table>", "a\n\nb\nc"),
        ("<blockquote><p>a</p><blockquote>b</blockquote></blockquote>", "> a\n>\n>> b"),
        ("<p>a</p><hr><p>b</p>", f"a\n\n{'-' * 30}\n\nb"),
        ("<pre>a\n  b\n</pre>", "a\n  b"),
        ('<div style="white-space: pre-wrap">a\n  b</div>', "a\n  b"),
        ("<style>p {}</style><p>a</p><script>x</script>", "a"),
        ('<p>a</p><div class="concord_signature"><p>--<br>Anna</p></div>', "a\n\n-- \nAnna"),
        (
            '<p>a</p><div class="concord_signature">Anna</div>'
            '<div class="concord_quote"><div class="concord_attribution">Ben wrote:</div>'
            '<blockquote type="cite">b</blockquote></div>',
            "a\n\nAnna\n\nBen wrote:\n> b",
        ),
    ],
)
def test_text_of(html, expected):
    assert text_of(html) == expected


@given(st.text(st.sampled_from("<>/ab=\"' &;\n") | st.characters(), max_size=200))
def test_any_html(html):
    assert isinstance(text_of(html), str)


def test_deep_and_long_html():
    assert text_of("<div>" * 2000 + "x" + "</div>" * 2000) == "x"
    assert text_of("<b>" * 1500 + "x") == "x"
    assert text_of("<ul><li>" * 500 + "x").endswith("x")
    assert len(text_of("<p>word</p>" * 20_000)) > 100_000


PIECES = st.sampled_from([*"ab- >.é日F\u00a0", "From ", "-- ", "> ", "word ", "x" * 50])
WORDS = st.lists(PIECES, max_size=60).map("".join)


@given(st.lists(WORDS, max_size=8))
def test_flowed_lines_are_read_as_they_were(lines):
    written = "\n".join(lines)
    once = text.unflow(flowed.flow(written))
    assert text.unflow(flowed.flow(once)) == once
    plain = "\n".join(line if line == "-- " else line.rstrip(" ") for line in lines if not line.startswith(">"))
    assert text.unflow(flowed.flow(plain)) == plain


@given(st.lists(WORDS, max_size=8))
def test_flowed_lines_are_short(lines):
    for line in flowed.flow("\n".join(lines)).split("\n"):
        # Longer is only what has no blank where it could be cut.
        assert len(line.rstrip()) <= flowed.WIDTH or " " not in line.lstrip("> ").removesuffix(" ").strip()[20:]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("word " * 20 + "end", ("word " * 14) + "\n" + "word " * 6 + "end"),
        (" indented", "  indented"),
        ("From here", " From here"),
        ("a  \nb", "a\nb"),
        ("-- \nAnna", "-- \nAnna"),
        ("> > deep", ">> deep"),
        (">" + " word" * 20, "> " + "word " * 14 + "\n> " + "word " * 5 + "word"),
        ("x" * 200, "x" * 200),
    ],
)
def test_flow(written, expected):
    assert flowed.flow(written) == expected
