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
