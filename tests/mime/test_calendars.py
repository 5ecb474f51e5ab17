# ruff: noqa: E501 (emails and pages stand as they are written)
"""Invitations and contacts."""

import email
import email.policy
from datetime import UTC, date, datetime, timedelta

import pytest
from odoo.addons.concord_inbox.mime import Part, answer_invitation, compose, parse, read_contacts, read_events
from odoo.addons.concord_inbox.mime.calendars import Guest

from .test_compose import outgoing

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


# ---------------------------------------------------------------- answers

NOW = datetime(2024, 7, 1, 12, tzinfo=UTC)
INVITED = (
    "SEQUENCE:3\nRECURRENCE-ID;TZID=Somewhere:20240704T093000\nDTSTART;TZID=Somewhere:20240704T100000\nSUMMARY:Visit of the works\\, a\n"
    '  long one, with Grüße\nORGANIZER;CN="Customer; Ada":mailto:ada@x.example\nATTENDEE;CN="Roth: Ben";PARTSTAT=NEEDS-ACTION;\n'
    " RSVP=TRUE:MAILTO:Ben@X.example\nATTENDEE;CN=Cleo:mailto:cleo@x.example\nBEGIN:VALARM\nACTION:DISPLAY\nSUMMARY:Bell\nEND:VALARM"
)


@pytest.mark.parametrize(
    ("said", "written"), [("accepted", "ACCEPTED"), ("tentative", "TENTATIVE"), ("declined", "DECLINED")]
)
def test_an_answer_says_who_comes_to_what(said, written):
    made = answer_invitation(calendar(INVITED, zone=BERLIN), "1", {"ben@x.example", "b@y.example"}, said, NOW)
    assert (made.organizer, made.attendee) == (Guest("Customer; Ada", "ada@x.example"), "ben@x.example")
    lines = made.content.replace(b"\r\n ", b"").decode().split("\r\n")
    event = lines[lines.index("BEGIN:VEVENT") : lines.index("END:VEVENT") + 1]
    assert sorted(event[1:-1]) == sorted([
        "UID:1", "SEQUENCE:3", "RECURRENCE-ID;TZID=Somewhere:20240704T093000", "DTSTART;TZID=Somewhere:20240704T100000",
        "SUMMARY:Visit of the works\\, a long one, with Grüße", 'ORGANIZER;CN="Customer; Ada":mailto:ada@x.example',
        "DTSTAMP:20240701T120000Z", f'ATTENDEE;PARTSTAT={written};CN="Roth: Ben":MAILTO:Ben@X.example',
    ])  # fmt: skip
    assert lines[:4] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Concord Inbox//EN", "METHOD:REPLY"]
    assert lines.count("BEGIN:VTIMEZONE") == lines.count("END:VTIMEZONE") == 1 and "TZOFFSETTO:+0200" in lines
    assert all(len(line) <= 75 for line in made.content.split(b"\r\n"))
    [read] = read_events(made.content)
    assert (read.uid, read.method, read.guests) == ("1", "reply", (Guest("Roth: Ben", "Ben@X.example", said),))
    assert read.start.astimezone(UTC) == datetime(2024, 7, 4, 8, tzinfo=UTC)


def test_what_cannot_be_answered():
    def made(source, uid="1", own=("ben@x.example",)):
        return answer_invitation(source, uid, set(own), "accepted", NOW)

    assert made(calendar(INVITED))
    assert not made(calendar(INVITED), uid="2")
    escaped = calendar(INVITED).replace(b"UID:1", b"UID:1\\,2")
    assert all(made(escaped, uid=event.uid) for event in read_events(escaped))
    assert not made(calendar(INVITED), own=["dora@x.example"])
    assert not made(calendar(INVITED), own=["ben@x.example", "ada@x.example"])  # one's own appointment
    for method in ("CANCEL", "PUBLISH", "REPLY", ""):
        assert not made(calendar(INVITED, method))
    assert not made(calendar(INVITED.replace("ORGANIZER", "X-NOBODY")))
    for broken in (
        b"",
        b"\0\xff",
        calendar(INVITED)[:-60],
        calendar(INVITED).replace(b"END:VEVENT", b"END:X"),
        b"END:X\n" * 9,
    ):
        made(broken)


def test_an_answer_is_a_rendition_of_the_email():
    made = answer_invitation(calendar(INVITED), "1", {"ben@x.example"}, "accepted", NOW)
    sent = compose(
        outgoing(
            html="<p>Ben accepts</p>",
            parts=(Part("reply.ics", "text/calendar", made.content), Part("a.txt", "text/plain", b"a")),
        )
    )
    message = email.message_from_bytes(sent, policy=email.policy.default)
    body, file = message.iter_parts()
    assert (body.get_content_type(), file.get_filename()) == ("multipart/alternative", "a.txt")
    *_texts, part = body.iter_parts()
    assert (part.get_content_type(), part["Content-Type"].params["method"]) == ("text/calendar", "REPLY")
    assert part.get_content().encode().split() == made.content.split()
    assert [one.name for one in parse(sent).attachments] == ["invite.ics", "a.txt"]
    # What is passed on is a file.
    sent = compose(outgoing(html="<p>x</p>", parts=(Part("invite.ics", "text/calendar", calendar(INVITED)),)))
    assert b"method=" not in sent
