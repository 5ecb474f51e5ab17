# ruff: noqa: E501 (emails and pages stand as they are written)
"""Invitations and contacts."""

from datetime import UTC, date, datetime, timedelta

import pytest
from odoo.addons.concord_inbox.mime import read_contacts, read_events
from odoo.addons.concord_inbox.mime.calendars import Guest

NOWHERE = datetime(2024, 7, 4, 9, 30)  # noqa: DTZ001 (that is the point)
BERLIN = """BEGIN:VTIMEZONE
TZID:Somewhere
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
"""


def calendar(lines, method="REQUEST", zone=""):
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nMETHOD:{method}\n{zone}BEGIN:VEVENT\nUID:1\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def test_invitation():
    [event] = read_events(
        calendar(
            "DTSTART;TZID=Somewhere:20240704T093000\nDTEND;TZID=Somewhere:20240704T110000\nSUMMARY:Visit\\, and\n  more\n"
            "LOCATION:Room 1\nSEQUENCE:0\nORGANIZER;CN=Ada Customer:mailto:ada@x.example\n"
            'ATTENDEE;CN="Ben, B.";PARTSTAT=ACCEPTED:MAILTO:ben@x.example\nATTENDEE:mailto:c@x.example',
            zone=BERLIN,
        )
    )
    assert (event.summary, event.location, event.method) == ("Visit, and more", "Room 1", "request")
    assert event.start.astimezone(UTC) == datetime(2024, 7, 4, 7, 30, tzinfo=UTC)
    assert event.end - event.start == timedelta(minutes=90)
    assert event.organizer == Guest("Ada Customer", "ada@x.example")
    assert event.guests == (Guest("Ben, B.", "ben@x.example", "accepted"), Guest("", "c@x.example"))
    assert not event.is_cancelled and not event.is_update and not event.rule


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("DTSTART:20240704T093000Z", datetime(2024, 7, 4, 9, 30, tzinfo=UTC)),
        ("DTSTART;TZID=W. Europe Standard Time:20240704T093000", datetime(2024, 7, 4, 7, 30, tzinfo=UTC)),
        ("DTSTART;TZID=America/New_York:20240704T093000", datetime(2024, 7, 4, 13, 30, tzinfo=UTC)),
    ],
)
def test_time_zones(start, expected):
    [event] = read_events(calendar(f"SUMMARY:x\n{start}"))
    assert event.start.astimezone(UTC) == expected


def test_whole_days_and_times_of_nowhere():
    [event] = read_events(calendar("SUMMARY:x\nDTSTART;VALUE=DATE:20240704\nDTEND;VALUE=DATE:20240706"))
    assert (event.start, event.end) == (date(2024, 7, 4), date(2024, 7, 5))
    [event] = read_events(calendar("SUMMARY:x\nDTSTART:20240704T093000\nDURATION:PT1H"))
    assert (event.start, event.end) == (NOWHERE, NOWHERE + timedelta(hours=1))


def test_what_becomes_of_an_appointment():
    start = "SUMMARY:x\nDTSTART:20240704T093000Z\n"
    assert read_events(calendar(f"{start}SEQUENCE:0", "CANCEL"))[0].is_cancelled
    assert read_events(calendar(f"{start}STATUS:CANCELLED"))[0].is_cancelled
    assert read_events(calendar(f"{start}SEQUENCE:2"))[0].is_update
    assert read_events(calendar(f"{start}RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4"))[0].rule == {
        "FREQ": "WEEKLY", "BYDAY": "MO,WE", "COUNT": "4"
    }  # fmt: skip
    assert read_events(calendar(f"{start}RECURRENCE-ID:20240704T093000Z"))[0].is_single


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\0\xff\xfe",
        b"BEGIN:VCALENDAR",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:no date\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        calendar("DTSTART:yesterday\nSUMMARY:x"),
        calendar("DTSTART;TZID=Somewhere:20240704T093000\nSUMMARY:x", zone="BEGIN:VTIMEZONE\nEND:STANDARD\n"),
        calendar("SUMMARY:x\nDTSTART:20240704T093000Z")[:-40],
        b"BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n",
        b"x" * 600_000,
    ],
)
def test_broken_files_are_no_cards(source):
    assert read_events(source) == [] or read_events(source)[0].summary == "x"
    assert read_contacts(source) == []


def test_contacts():
    [contact, other] = read_contacts(
        b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Customer;Ada\r\nFN:Ada Customer\r\nORG:Customer Ltd;Sales\r\nTITLE:Buyer\r\n"
        b"EMAIL;TYPE=work:ada@x.example\r\nEMAIL:a@home.example\r\nTEL;TYPE=cell:+49 30 123\r\nEND:VCARD\r\n"
        b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=B6rg\r\nEND:VCARD\r\n"
    )
    assert (contact.name, contact.organization, contact.title) == ("Ada Customer", "Customer Ltd", "Buyer")
    assert contact.emails == ("ada@x.example", "a@home.example")
    assert contact.phones == ("+49 30 123",)
    assert other.name == "Jörg"
