"""The words by which emails are found, and their marks."""

import pytest
from odoo.addons.concord_inbox.mime import marks, words


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("Überweisung, Straße", ["uberweisung", "strasse"]),
        ("cafe\u0301 CAFÉ", ["cafe", "cafe"]),
        ("Anna.Smith@northlight.example", ["anna", "smith", "northlight", "example"]),
        ("snake_case-word", ["snake", "case", "word"]),
        ("Łódź Åse Øre", ["lodz", "ase", "ore"]),
        ("ﬁnal ＡＢＣ", ["final", "abc"]),
        ("中国人 ok", ["中国", "国人", "人", "ok"]),
        ("iPhone15手机", ["iphone15", "手机", "机"]),
        ("привет Ёлка", ["привет", "елка"]),
        ("x" * 100, ["x" * 64]),
        ("", []),
        ("!?", []),
    ],
)
def test_what_is_stored(text, stored):
    assert list(words.words(text)) == stored


def test_what_is_looked_for_in_scripts_without_blanks():
    assert words.wanted("中国人") == ["中国", "国人"]
    assert words.wanted("人") == ["人"]
    assert words.wanted("Anna@north") == ["anna", "north"]


@pytest.mark.parametrize(
    ("text", "beginnings", "found"),
    [
        ("Die Überweisung kam", {"uber"}, ["Überweisung"]),
        ("cafe\u0301 noir", {"cafe"}, ["cafe\u0301"]),
        ("reuse", {"use"}, []),
        ("我是中国人。", {"中国", "国人"}, ["中国人"]),
        ("a & b", set(), []),
    ],
)
def test_what_is_found(text, beginnings, found):
    assert [text[start:end] for start, end in words.find(text, frozenset(beginnings))] == found
    assert "".join(piece for piece, _found in words.pieces(text, frozenset(beginnings))) == text


def test_around():
    text = "one two " * 50 + "needle " + "three four " * 50
    shown = words.around(text, frozenset({"needle"}), 60)
    assert "needle" in shown and shown.startswith("… ") and shown.endswith(" …") and len(shown) < 70
    assert shown.index("needle") < 12
    assert words.around(text, frozenset({"absent"}), 60) == ""
    assert words.around("needle", frozenset({"needle"}), 60) == "needle"


def test_marks_touch_text_alone():
    html = '<style>p{color:red}</style><p class="red" title="red">Red &amp; redder &#114;ed <a href="http://red/">x</a></p>'
    assert marks.marked(html, frozenset({"red"})) == (
        '<style>p{color:red}</style><p class="red" title="red"><mark>Red</mark> &amp; <mark>redder</mark> &#114;ed '
        '<a href="http://red/">x</a></p>'
    )
    assert marks.marked(html, frozenset()) == html
    assert marks.marked("a < b > mark", frozenset({"amp", "mark"})) == "a < b > <mark>mark</mark>"
