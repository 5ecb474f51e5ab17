"""Dates of every kind."""

from datetime import datetime

import pytest
from odoo.addons.concord_inbox.mime import dates

NOON = datetime.fromisoformat("2024-03-04T12:00:00")
MIDNIGHT = datetime.fromisoformat("2024-03-04T00:00:00")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Mon, 4 Mar 2024 12:00:00 +0000", NOON),
        ("Mon, 04 Mar 2024 13:00:00 +0100", NOON),
        ("Mon, 4 Mar 2024 07:00:00 -0500 (EST)", NOON),
        ("Mon, 4 Mar 2024 07:00:00 EST", NOON),
        ("Mon, 4 Mar 2024 12:00:00 GMT", NOON),
        ("4 Mar 2024 12:00 +0000", NOON),
        ("Mon,  4 Mar 2024\t12:00:00 +0000", NOON),
        ("4 Mar 24 12:00:00 +0000", NOON),
        ("Mon Mar  4 12:00:00 2024", NOON),
        ("Mon, 4 Mar 2024 12:00:00", NOON),
        ("2024-03-04T12:00:00Z", NOON),
        ("2024-03-04 14:00:00 +0200", NOON),
        ("Monday, 4 March 2024 12:00:00 +0000", NOON),
        ("Mon, 4 Mar 0124 12:00:00 +0000", NOON),  # counted from 1900
        ("Mon, 4 Mar 124 12:00:00 +0000", NOON),
        ("Sun, 3 Mar 2024 24:00:00 +0000", MIDNIGHT),
        ("Sun, 3 Mar 2024 23:59:60 +0000", MIDNIGHT),
        ("Mon, 4 Mar 2024 12:00:00 +9900", NOON),  # no zone is that far
        ("Wed, 21 Aug 2002 20:31:57 -1600", datetime.fromisoformat("2002-08-22T12:31:57")),
        ("Fri, 31 Dec 9999 23:59:59 -2300", None),
        ("Thu, 1 Jan 1601 00:00:00 +0000", None),
        ("Mon, 99 Foo 2024 12:00:00 +0000", None),
        ("12:00", None),  # the rest would be made up
        ("yesterday", None),
        ("", None),
        ("9" * 180, None),
    ],
)
def test_parse(value, expected):
    assert dates.parse(value) == expected


@pytest.mark.parametrize(
    ("value", "hours"),
    [
        ("Mon, 4 Mar 2024 09:30:00 +01:00", 8),
        ("Mon Mar 04 2024 09:30:00 GMT+0100 (Central European Standard Time)", 8),
        ("Mon, 4 Mar 2024 09:30:00 GMT+1", 8),
        ("Mon, 4 Mar 2024 09:30:00 -100", 10),
        ("Mon, 4 Mar 2024 09:30:00.123 +0100", 8),
        ("Mon, 4 Mar 2024 09:30:00 +0100; some more", 8),
        ("Mon, 4 Mar 2024 09:30:00 PM +0100", 20),
        ("Monday, March 4, 2024 9:30 AM", 9),
        ("Mon Mar  4 09:30:00 CET 2024", 8),
        ("Mon Mar  4 09:30:00 +0100 2024", 8),
        ("Mon, 4 Mar 2024 09:30:00 CEST", 7),
        ("Mon, 4 Mar 2024 09:30:00 JST", 0),
        ("Mon, 4 Mar 2024 09:30:00 MSK", 6),
        ("Mo, 4 Mär 2024 09:30:00 +0100", 8),
        ("lun., 4 mars 2024 09:30:00 +0100", 8),
        ("lun, 4 mar 2024 09:30:00 +0100", 8),
        ("04.03.2024 09:30", 9),
        ("2024-03-04 09:30:00", 9),
    ],
)
def test_dates_as_programs_of_other_habits_write_them(value, hours):
    assert dates.parse(value) == MIDNIGHT.replace(hour=hours, minute=30)


@pytest.mark.parametrize(
    ("word", "month"), [("Dez", 12), ("déc.", 12), ("mai", 5), ("juil.", 7), ("Okt", 10), ("ago", 8)]
)
def test_months_of_other_languages(word, month):
    assert dates.parse(f"1 {word} 2023 09:30:00 +0000") == MIDNIGHT.replace(2023, month, 1, 9, 30)
