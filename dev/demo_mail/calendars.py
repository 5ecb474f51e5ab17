"""Meetings: invitations, answers and a cancellation (RFC 5545, RFC 5546)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .clock import in_zone
from .mime import Mail, digest
from .people import MAILBOXES, PEOPLE
from .post import Post


@dataclass(frozen=True, slots=True)
class Meeting:
    """An appointment. `ago`: working days since the invitation; `ahead`: days from there to the meeting.

    :param answers: (key, ACCEPTED/TENTATIVE/DECLINED, minutes after the invitation); for guests who use our mailboxes
        too.
    """

    key: str
    host: str
    guests: str
    ago: int
    time: str
    ahead: int
    hour: int
    summary: str
    place: str
    note: str
    answers: tuple[tuple[str, str, int], ...] = ()
    cancelled_after: int = 0


_MEETINGS = (
    Meeting(
        "vantage-visit",
        "hanna",
        "sofie",
        5,
        "14:20",
        7,
        10,
        "Visit to the printing house",
        "Papaverweg, Amsterdam",
        "I bring two lamps and a long cable.",
        (("sofie", "ACCEPTED", 41),),
    ),
    Meeting(
        "thornbury-call",
        "nora",
        "hanna",
        33,
        "11:00",
        3,
        15,
        "Thornbury: wires, heights, dust",
        "Video call",
        "Samuel shows the section, you tell us what is impossible.",
        (("hanna", "ACCEPTED", 18),),
    ),
    Meeting(
        "oakline-review",
        "jack",
        "tomas",
        15,
        "18:05",
        5,
        8,
        "Oakline x Northlight: season review",
        "Video call",
        "Sell-through, returns, and what to do about the globes.",
        (("tomas", "TENTATIVE", 930),),
    ),
    Meeting(
        "week",
        "astrid",
        "hanna tomas sales",
        6,
        "08:00",
        4,
        9,
        "Workshop plan and prices of brass",
        "Kitchen",
        "Bring your promises in writing.",
        (("hanna", "ACCEPTED", 12),),
    ),
    Meeting(
        "bramble-range",
        "tilly",
        "tomas",
        1,
        "15:40",
        6,
        11,
        "Spring range review",
        "Video call",
        "Half an hour. Please have the plum sample at hand!",
    ),
    Meeting(
        "bergen",
        "ingrid",
        "hanna sales",
        0,
        "08:40",
        14,
        10,
        "Presentation, tender 24-118",
        "Fjordbyen Library, hall 2",
        "Samples on the table by 09:45. Forty minutes, then questions.",
    ),
    Meeting(
        "swiftlane-lunch",
        "daan",
        "tomas",
        22,
        "10:10",
        8,
        12,
        "Lunch in Gothenburg",
        "Feskekörka",
        "My treat, after the customs affair.",
        (("tomas", "ACCEPTED", 5),),
        cancelled_after=3,
    ),
)

_ANSWER = {"ACCEPTED": "Accepted", "TENTATIVE": "Tentative", "DECLINED": "Declined"}


def add(post: Post) -> None:
    """All meetings into `post`: invitations, answers, cancellations."""
    for meeting in _MEETINGS:
        _meeting(post, meeting)


def _meeting(post: Post, meeting: Meeting) -> None:
    clock = post.clock
    host = PEOPLE[meeting.host]
    guests = [PEOPLE[key] for key in meeting.guests.split()]
    invited = in_zone(clock.at(clock.working_day(meeting.ago), meeting.time), host.tz)
    begin = _begin(invited, meeting)
    first_id = f"<cal-{digest(meeting.key)[:16]}@{host.domain}>"
    invitation = _mail(meeting, host, guests, invited, "Invitation: ", "REQUEST", begin, first_id)
    if meeting.host in MAILBOXES:
        post.keep(invitation, meeting.host)
    for key in meeting.guests.split():
        if key in MAILBOXES:
            answered = any(key == who for who, _status, _minutes in meeting.answers)
            flags = ("\\Seen", "\\Answered") if answered else post.seen(meeting.ago)
            post.receive(invitation, key, flags=flags)
    for key, status, minutes in meeting.answers:
        guest = PEOPLE[key]
        moment = in_zone(invited + timedelta(minutes=minutes), guest.tz)
        answer = _mail(
            meeting,
            guest,
            [host],
            moment,
            f"{_ANSWER[status]}: ",
            "REPLY",
            begin,
            f"<cal-{digest(meeting.key, key)[:16]}@{guest.domain}>",
            status,
        )
        answer.headers |= {"In-Reply-To": first_id, "References": first_id}
        if key in MAILBOXES:
            post.keep(answer, key)
        if meeting.host in MAILBOXES:
            post.receive(answer, meeting.host, flags=post.seen(meeting.ago, 0.8))
    if meeting.cancelled_after:
        moment = in_zone(clock.at(clock.working_day(meeting.ago - meeting.cancelled_after), "09:30"), host.tz)
        mail = _mail(
            meeting,
            host,
            guests,
            moment,
            "Cancelled: ",
            "CANCEL",
            begin,
            f"<cal-{digest(meeting.key, 'off')[:16]}@{host.domain}>",
        )
        mail.headers |= {"In-Reply-To": first_id, "References": first_id}
        for key in meeting.guests.split():
            if key in MAILBOXES:
                post.receive(mail, key, flags=("\\Seen",))


def _begin(invited: datetime, meeting: Meeting) -> datetime:
    day = invited + timedelta(days=meeting.ahead)
    day += timedelta(days=(7 - day.weekday()) if day.weekday() > 4 else 0)
    # The offset of the invitation is close enough for a demo, also over the change to or from summer time.
    return day.replace(hour=meeting.hour, minute=0, second=0)


def _mail(
    meeting: Meeting,
    writer,
    to: list,
    moment: datetime,
    prefix: str,
    method: str,
    begin: datetime,
    message_id: str,
    status: str = "",
) -> Mail:
    host = PEOPLE[meeting.host]
    # An answer names the one who answers as attendee, everything else all guests.
    attendees = [writer] if method == "REPLY" else to
    end = begin + timedelta(minutes=45)
    lines = [
        "BEGIN:VCALENDAR",
        "PRODID:-//Northlight demo//EN",
        "VERSION:2.0",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        f"UID:{digest(meeting.key)[:24]}@{host.domain}",
        f"DTSTAMP:{_stamp(moment)}",
        f"DTSTART:{_stamp(begin)}",
        f"DTEND:{_stamp(end)}",
        f"SUMMARY:{_escape(meeting.summary)}",
        f"LOCATION:{_escape(meeting.place)}",
        f"DESCRIPTION:{_escape(meeting.note)}",
        f"ORGANIZER;CN={_parameter(host.name)}:mailto:{host.email}",
        *(
            f"ATTENDEE;CN={_parameter(guest.name)};PARTSTAT={status or 'NEEDS-ACTION'};RSVP="
            f"{'FALSE' if status else 'TRUE'}:mailto:{guest.email}"
            for guest in attendees
        ),
        f"SEQUENCE:{1 if method == 'CANCEL' else 0}",
        f"STATUS:{'CANCELLED' if method == 'CANCEL' else 'CONFIRMED'}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    when = begin.strftime("%A %d %B %Y, %H:%M")
    text = {
        "REQUEST": f"{meeting.summary}\n\nWhen: {when} to {end:%H:%M}\nWhere: {meeting.place}\n\n{meeting.note}\n",
        "REPLY": f"{writer.name} has answered: {_ANSWER.get(status, '')}.\n\n{meeting.summary}, {when}\n",
        "CANCEL": f"Cancelled: {meeting.summary}, {when}\n\nSorry, I have to move this. A new date follows.\n",
    }[method]
    page = "<div>" + text.rstrip().replace("\n", "<br>\n") + "</div>\n"
    return Mail(
        sender=(writer.name, writer.email),
        to=[(person.name, person.email) for person in to],
        subject=prefix + meeting.summary,
        date=moment,
        message_id=message_id,
        text=text,
        html=page,
        calendar=(method, "".join(_fold(line) for line in lines)),
    )


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _parameter(text: str) -> str:
    return '"' + text.replace('"', "'") + '"'


def _fold(line: str) -> str:
    """`line` folded after 75 octets at most (RFC 5545 section 3.1), without cutting a character."""
    out, width = "", 0
    for letter in line:
        size = len(letter.encode())
        if width + size > 75:
            out, width = out + "\r\n ", 1
        out, width = out + letter, width + size
    return out + "\r\n"
