"""Invitations (iCalendar, RFC 5545 and 5546) and contacts (vCard), as far as a reader wants to know of them.

vobject reads them, which Odoo brings along: it knows the time zones that come with an invitation. Whatever it cannot
read is no card, and stays a file.
"""

import logging
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import vobject
from babel.core import get_global

from . import charsets
from .clean import one_line, storable

LARGEST = 512 * 1024  # bytes
MOST = 10  # events or contacts of one file
_PEOPLE = 100

# Lines of strangers that it does not understand are nothing for the server's log.
logging.getLogger("vobject.base").addFilter(lambda record: not record.getMessage().startswith("Skipped line"))


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who is invited. `answer` is accepted, declined, tentative, delegated or needs-action."""

    name: str
    email: str
    answer: str = "needs-action"


@dataclass(frozen=True, slots=True)
class Event:
    """An appointment.

    :param method: what is to be done with it: request, cancel, reply, counter, publish, add, refresh.
    :param start, end: aware; naive ones are wherever the reader is. Dates for whole days, `end` being the last of them.
    :param rule: of the recurrence, names and values in upper case (``{"FREQ": "WEEKLY", "BYDAY": "MO,WE"}``).
    """

    uid: str
    method: str
    summary: str
    start: datetime | date
    end: datetime | date | None
    location: str = ""
    description: str = ""
    organizer: Guest | None = None
    guests: tuple[Guest, ...] = ()
    rule: dict[str, str] = field(default_factory=dict)
    is_cancelled: bool = False
    is_update: bool = False
    is_single: bool = False  # one of those that recur


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody's card."""

    name: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    organization: str = ""
    title: str = ""


def read_events(source: bytes) -> list[Event]:
    """Return the appointments of a file, [] when it is none that can be read. Never fails."""
    found: list[Event] = []
    for calendar in _components(source):
        method = _text(calendar, "method").lower()
        for event in getattr(calendar, "vevent_list", [])[:MOST]:
            try:
                found.append(_event(event, method))
            except Exception:  # noqa: BLE001, S112 (the library has no list of what it raises)
                continue
    return found[:MOST]


def read_contacts(source: bytes) -> list[Contact]:
    """Return the contacts of a file, [] when it is none that can be read. Never fails."""
    found = []
    for card in _components(source)[:MOST]:
        try:
            if card.name == "VCARD" and (contact := _contact(card)).name:
                found.append(contact)
        except Exception:  # noqa: BLE001, S112 (as above)
            continue
    return found


def written(event: Event) -> bytes:
    """Return a file of one appointment, as `read_events` reads it; without its recurrence."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Concord Inbox//EN", f"METHOD:{event.method.upper()}",
             "BEGIN:VEVENT", f"UID:{_escaped(event.uid)}", f"DTSTART{_when(event.start)}"]  # fmt: skip
    if event.end:
        # Of whole days the one after the last is written.
        whole = not isinstance(event.end, datetime)
        lines.append(f"DTEND{_when(event.end + timedelta(days=1) if whole else event.end)}")
    for name, value in (("SUMMARY", event.summary), ("LOCATION", event.location), ("DESCRIPTION", event.description)):
        if value:
            lines.append(f"{name}:{_escaped(value)}")
    if event.organizer:
        lines.append(f"ORGANIZER{_who(event.organizer)}")
    lines += [f"ATTENDEE;PARTSTAT={guest.answer.upper()}{_who(guest)}" for guest in event.guests]
    lines += [f"SEQUENCE:{int(event.is_update)}", f"STATUS:{'CANCELLED' if event.is_cancelled else 'CONFIRMED'}"]
    return "\r\n".join([*map(_folded, lines), "END:VEVENT", "END:VCALENDAR", ""]).encode()


def _escaped(value: str) -> str:
    return re.sub(r"([\\;,])", r"\\\1", storable(value)).replace("\n", "\\n")


def _when(moment: datetime | date) -> str:
    if not isinstance(moment, datetime):
        return f";VALUE=DATE:{moment:%Y%m%d}"
    return f":{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}" if moment.tzinfo else f":{moment:%Y%m%dT%H%M%S}"


def _who(guest: Guest) -> str:
    name = one_line(guest.name).replace('"', "'")
    return (f';CN="{name}"' if name else "") + f":mailto:{one_line(guest.email)}"


def _folded(line: str) -> str:
    # Characters, not bytes: of 75 bytes allowed (RFC 5545 section 3.1) the widest take four.
    return "\r\n ".join(line[start : start + 18] for start in range(0, len(line), 18)) if len(line) > 70 else line


def _components(source: bytes) -> list:
    if len(source) > LARGEST:
        return []
    text = storable(charsets.decode(source, "")[0])
    try:
        return list(vobject.readComponents(text, ignoreUnreadable=True))
    except Exception:  # noqa: BLE001 (as above)
        return []


def _event(event, method: str) -> Event:
    start = _moment(event.dtstart)
    end = _end(event, start)
    rule = dict(part.split("=", 1) for part in _text(event, "rrule").upper().split(";") if "=" in part)
    sequence = _text(event, "sequence")
    status = _text(event, "status").lower()
    return Event(
        uid=_text(event, "uid"),
        method=method,
        summary=_text(event, "summary"),
        start=start,
        end=end,
        location=_text(event, "location"),
        description=storable(str(getattr(getattr(event, "description", None), "value", "")))[:2000].strip(),
        organizer=_guest(event.organizer) if hasattr(event, "organizer") else None,
        guests=tuple(map(_guest, getattr(event, "attendee_list", [])[:_PEOPLE])),
        rule=rule,
        is_cancelled=method == "cancel" or status == "cancelled",
        is_update=method == "request" and sequence.isdigit() and int(sequence) > 0,
        is_single=hasattr(event, "recurrence_id"),
    )


def _end(event, start: datetime | date) -> datetime | date | None:
    if hasattr(event, "dtend"):
        end = _moment(event.dtend)
    elif hasattr(event, "duration") and isinstance(event.duration.value, timedelta):
        end = start + event.duration.value
    else:
        return None
    if isinstance(start, datetime) != isinstance(end, datetime):
        return None
    if isinstance(end, datetime):
        if (start.tzinfo is None) != (end.tzinfo is None):
            return None
        return end if end >= start else None
    # The day after the last one is written there.
    return max(start, end - timedelta(days=1))


def _moment(line) -> datetime | date:
    value = line.value
    if not isinstance(value, date):
        raise ValueError(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        # Outlook writes names of Windows without saying what they mean.
        name = "".join(line.params.get("X-VOBJ-ORIGINAL-TZID", line.params.get("TZID", []))[:1])
        if zone := _zone(name):
            return value.replace(tzinfo=zone)
    return value


def _zone(name: str) -> ZoneInfo | None:
    for known in (get_global("windows_zone_mapping").get(name), name):
        try:
            if known:
                return ZoneInfo(known)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return None


def _guest(line) -> Guest:
    email = re.sub(r"^mailto:", "", one_line(str(line.value)), flags=re.IGNORECASE)
    name = one_line("".join(line.params.get("CN", [])[:1])).strip("\"' ")
    answer = "".join(line.params.get("PARTSTAT", [])[:1]).lower() or "needs-action"
    return Guest(name[:200], email[:320], answer)


def _text(component, name: str) -> str:
    line = getattr(component, name, None)
    return one_line(storable(str(line.value)))[:1000] if line is not None and line.value is not None else ""


def _contact(card) -> Contact:
    def values(name):
        lines = getattr(card, f"{name}_list", [])
        return tuple(dict.fromkeys(value for line in lines[:20] if (value := one_line(str(line.value))[:320])))

    organization = getattr(getattr(card, "org", None), "value", "")
    parts = organization if isinstance(organization, list) else [organization]
    return Contact(
        name=_text(card, "fn") or one_line(str(getattr(getattr(card, "n", None), "value", "")))[:300],
        emails=values("email"),
        phones=values("tel"),
        organization=one_line(str(parts[0] if parts else ""))[:300],
        title=_text(card, "title"),
    )
