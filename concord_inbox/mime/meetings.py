"""Meetings as Outlook writes them into a winmail.dat (MS-OXOCAL), told as the invitations that everybody else sends."""

import struct
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

from .calendars import Event, Guest

Property = int | tuple[bytes, int]

_APPOINTMENT = bytes.fromhex("0220060000000000c000000000000046")  # PSETID_Appointment
_MEETING = bytes.fromhex("90dad86e0b451b1098da00aa003f1305")  # PSETID_Meeting
_START, _END, _LOCATION = (_APPOINTMENT, 0x820D), (_APPOINTMENT, 0x820E), (_APPOINTMENT, 0x8208)
_IS_WHOLE_DAY, _PATTERN, _SEQUENCE = (_APPOINTMENT, 0x8215), (_APPOINTMENT, 0x8232), (_APPOINTMENT, 0x8201)
_ID, _CLEAN_ID, _WHERE = (_MEETING, 0x03), (_MEETING, 0x23), (_MEETING, 0x02)
_START_DATE, _END_DATE, _SUBJECT, _NORMALISED_SUBJECT = 0x0060, 0x0061, 0x0037, 0x0E1D
_ORGANIZER = ((0x0042,), (0x5D02, 0x0065))  # names, addresses
_SENDER = ((0x0C1A,), (0x5D01, 0x0C1F))
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)

#: The class of the message, new and old names, in lower case -> method, and what was answered.
_CLASSES = {
    "ipm.appointment": ("publish", ""),
    "ipm.schedule.meeting.request": ("request", ""),
    "ipm.schedule.meeting.canceled": ("cancel", ""),
    "ipm.schedule.meeting.resp.pos": ("reply", "accepted"),
    "ipm.schedule.meeting.resp.neg": ("reply", "declined"),
    "ipm.schedule.meeting.resp.tent": ("reply", "tentative"),
    "ipm.microsoft schedule.mtgreq": ("request", ""),
    "ipm.microsoft schedule.mtgcncl": ("cancel", ""),
    "ipm.microsoft schedule.mtgrespp": ("reply", "accepted"),
    "ipm.microsoft schedule.mtgrespn": ("reply", "declined"),
    "ipm.microsoft schedule.mtgrespa": ("reply", "tentative"),
}


def read(
    kind: str, found: Mapping[Property, tuple[int, bytes]], string: Callable[[Property], str], title: str
) -> Event | None:
    """Return the meeting that a message is about; None where it is about none, or does not say when.

    :param kind: the class of the message.
    :param found: its properties, those with a name by (set, number): type and bytes.
    :param string: gives the text of a property, '' where there is none.
    :param title: what it is called where its properties do not say.
    """
    method, answer = _CLASSES.get(kind.strip().lower(), ("", ""))
    start = _moment(found, _START) or _moment(found, _START_DATE)
    if not method or not start:
        return None
    end = _moment(found, _END) or _moment(found, _END_DATE)
    if end and end < start:
        end = None
    if _number(found, _IS_WHOLE_DAY):
        start, end = _day(start), _day(end) - timedelta(days=1) if end else None
        end = max(start, end) if end else None
    sequence = _number(found, _SEQUENCE)
    sender = _person(string, _SENDER)
    return Event(
        uid=_uid(found),
        method=method,
        summary=string(_NORMALISED_SUBJECT) or string(_SUBJECT) or title,
        start=start,
        end=end,
        location=string(_LOCATION) or string(_WHERE),
        description=string(_PATTERN),
        organizer=None if method == "reply" else _person(string, _ORGANIZER) or sender,
        guests=(Guest(sender.name, sender.email, answer),) if answer and sender else (),
        is_cancelled=method == "cancel",
        is_update=method == "request" and sequence > 0,
    )


def _moment(found: Mapping[Property, tuple[int, bytes]], name: Property) -> datetime | None:
    kind, data = found.get(name, (0, b""))
    if kind != 0x40 or len(data) < 8:
        return None
    try:
        moment = _EPOCH + timedelta(microseconds=struct.unpack_from("<Q", data)[0] // 10)
    except OverflowError:
        return None
    # What was never set is a date of long ago or of the far future.
    return moment if 1980 <= moment.year <= 2200 else None


def _day(moment: datetime) -> date:
    """The day that begins then somewhere between twelve hours west and east, where the organizer is."""
    return (moment + timedelta(hours=12)).date()


def _number(found: Mapping[Property, tuple[int, bytes]], name: Property) -> int:
    kind, data = found.get(name, (0, b""))
    return int.from_bytes(data[: 2 if kind == 0x0B else 4], "little") if kind in (0x03, 0x0B) else 0


def _uid(found: Mapping[Property, tuple[int, bytes]]) -> str:
    """As Outlook writes it into invitations, so that the two are known to be one."""
    return next((found[name][1].hex().upper() for name in (_CLEAN_ID, _ID) if found.get(name, (0, b""))[1]), "")[:1000]


def _person(
    string: Callable[[Property], str], names: tuple[tuple[Property, ...], tuple[Property, ...]]
) -> Guest | None:
    name = next(filter(None, map(string, names[0])), "")
    # Within one Exchange people are named by paths: "/o=Firm/ou=…".
    email = next((value for value in map(string, names[1]) if "@" in value), "")
    return Guest(name[:200], email[:320]) if name or email else None
