"""What people type, taken apart."""

from datetime import date

import pytest
from odoo.addons.concord_inbox.models.search_terms import Term, parse

TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("", []),
        ("offer", [[Term("", "offer")]]),
        ("two words", [[Term("", "two")], [Term("", "words")]]),
        ('"two words"', [[Term("", "two words", True)]]),
        ('"still typing', [[Term("", "still typing", True)]]),
        ("-spam", [[Term("", "spam", is_negated=True)]]),
        ("from:anna", [[Term("from", "anna")]]),
        ('-from:"Anna Smith"', [[Term("from", "Anna Smith", True, True)]]),
        ("FROM:anna", [[Term("from", "anna")]]),
        ("from:", []),
        ("a OR b c", [[Term("", "a"), Term("", "b")], [Term("", "c")]]),
        ("a OR OR b", [[Term("", "a"), Term("", "b")]]),
        ("OR a OR", [[Term("", "a")]]),
        ("or a", [[Term("", "or")], [Term("", "a")]]),
        ("has:attachments", [[Term("has", "attachment")]]),
        ("has:fun", [[Term("", "has:fun")]]),
        ("is:Unread", [[Term("is", "unread")]]),
        ("is:purple", [[Term("", "is:purple")]]),
        ("http://x.example", [[Term("", "http://x.example")]]),
        ("re:offer", [[Term("", "re:offer")]]),
        ("file:a.pdf", [[Term("filename", "a.pdf")]]),
        ("before:2026-02-01", [[Term("before", date(2026, 2, 1))]]),
        ("after:2026/2", [[Term("after", date(2026, 2, 1))]]),
        ("after:2025", [[Term("after", date(2025, 1, 1))]]),
        ("before:2026-02-30", [[Term("", "before:2026-02-30")]]),
        ("newer_than:7d", [[Term("newer_than", date(2026, 3, 3))]]),
        ("older:2w", [[Term("older_than", date(2026, 2, 24))]]),
        ("older_than:99999y", [[Term("older_than", date(1, 1, 1))]]),
        ("in:sent", [[Term("in", "sent")]]),
        ('account:"Sales team"', [[Term("account", "Sales team", True)]]),
        ("-", [[Term("", "-")]]),
        ("-from:", []),
        ('""', []),
    ],
)
def test_parse(text, conditions):
    assert parse(text, TODAY) == conditions


def test_bounds():
    assert sum(map(len, parse("a " * 500, TODAY))) == 40
    for odd in ("\x00", "'", "\\", ":*", "!&|()<->", "a:b:c:", '"' * 99, "-" * 99, "from:-x", "😀"):
        parse(odd, TODAY)
