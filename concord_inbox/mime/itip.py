"""Answers to invitations (RFC 5546, section 3.2.3; RFC 6047): what the program of whoever invites understands.

Lines of the invitation are taken over as they stand, so that what is answered is known by just what it was called.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from . import charsets
from .addresses import normalize_address
from .calendars import LARGEST, Guest, read_events
from .clean import one_line, storable

#: What one can answer -> how iCalendar calls it.
ANSWERS = {"accepted": "ACCEPTED", "tentative": "TENTATIVE", "declined": "DECLINED"}
_KEPT = frozenset({"UID", "SEQUENCE", "RECURRENCE-ID", "DTSTART", "DTEND", "DURATION", "RRULE", "SUMMARY", "ORGANIZER"})
_LINE = 75  # bytes
_FOLD = re.compile(r"\r?\n[ \t]")
_LINE_END = re.compile(r"\r\n|\r|\n")
_ESCAPED = re.compile(r"\\([\\,;])")
# A parameter's value in quotes may hold what separates others.
_PROPERTY = re.compile(
    r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(.*)', re.DOTALL
)
_NAME = re.compile(r';(CN=(?:"[^"]*"|[^";:,]*))', re.IGNORECASE)
_METHOD = re.compile(rb"^METHOD:REPLY[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to an invitation.

    :param content: the calendar to be sent.
    :param organizer: whom it goes to.
    :param attendee: normalised, the address of those that were given that is invited.
    """

    content: bytes
    organizer: Guest
    attendee: str
    summary: str


def is_answer(content: bytes) -> bool:
    """Whether a calendar is an answer to an invitation."""
    return bool(_METHOD.search(content[:4096]))


def answer(source: bytes, uid: str, own: Collection[str], said: str, now: datetime) -> Answer | None:
    """Return the answer to an invitation; None when it is none that one of these addresses can answer. Never fails.

    :param source: the file that came with it.
    :param uid: which of its appointments is meant; all events of it (those that differ in a series) are answered.
    :param own: normalised addresses of whoever answers.
    :param said: one of `ANSWERS`.
    :param now: aware.
    """
    events = [event for event in read_events(source) if event.uid == uid and event.method == "request"]
    organizer = next((event.organizer for event in events if event.organizer), None)
    if not organizer or normalize_address(organizer.email) in own or len(source) > LARGEST:
        return None
    text = _FOLD.sub("", storable(charsets.decode(source, "")[0]))
    zones: list[str] = []
    answered: list[str] = []
    attendee = ""
    for name, lines in _components(_LINE_END.split(text)):
        if name == "VTIMEZONE":
            zones += lines
        elif name == "VEVENT":
            kept, guest = _answered(lines, uid, own, said)
            if kept:
                attendee = attendee or guest
                stamp = f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
                answered += ["BEGIN:VEVENT", stamp, *kept, "END:VEVENT"]
    if not attendee:
        return None
    zones = zones if any("TZID=" in line.upper() for line in answered) else []
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Concord Inbox//EN", "METHOD:REPLY"]
    content = "".join(map(_folded, [*head, *zones, *answered, "END:VCALENDAR"]))
    return Answer(content.encode(), organizer, attendee, events[0].summary)


def _components(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """The components of a calendar: of events what is said of themselves, of others all lines."""
    stack: list[str] = []
    found: list[str] = []
    for raw in lines:
        line = raw.strip()
        begin, _, kind = line.upper().partition(":")
        if begin == "BEGIN":
            stack.append(kind)
            if len(stack) == 2:
                found = []
        if len(stack) >= 2 and line and (len(stack) == 2 or stack[1] != "VEVENT"):
            found.append(line)
        if begin == "END" and stack:
            if len(stack) == 2:
                yield stack[1], found
            stack.pop()


def _answered(lines: list[str], uid: str, own: Collection[str], said: str) -> tuple[list[str], str]:
    """The lines of an answer to one event and who gives it; none if it is another one, or none of these is invited."""
    kept, guest, line_of_guest, is_meant = [], "", "", False
    for line in lines:
        if not (found := _PROPERTY.fullmatch(line)):
            continue
        name, parameters, value = found[1].upper(), found[2], found[3]
        is_meant = is_meant or (name == "UID" and uid in (one_line(value), one_line(_ESCAPED.sub(r"\1", value))))
        if name in _KEPT:
            kept.append(line)
        elif name == "ATTENDEE" and not guest:
            address = normalize_address(re.sub(r"^mailto:", "", value.strip(), flags=re.IGNORECASE))
            if address and address in own:
                guest = address
                called = f";{named[1]}" if (named := _NAME.search(parameters)) else ""
                line_of_guest = f"ATTENDEE;PARTSTAT={ANSWERS[said]}{called}:{value.strip()}"
    return ([*kept, line_of_guest], guest) if is_meant and guest else ([], "")


def _folded(line: str) -> str:
    """A line in lines of at most 75 bytes, no character cut in two."""
    pieces, piece, size = [], "", 0
    for char in line:
        width = len(char.encode())
        if size + width > _LINE:
            pieces.append(piece)
            piece, size = "", 1
        piece += char
        size += width
    return "\r\n ".join([*pieces, piece]) + "\r\n"
