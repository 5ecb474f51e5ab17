"""Turns "three working days ago at ten" into moments, so that the demo is as fresh on every day."""

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

_HOME = ZoneInfo("Europe/Stockholm")  # the company's clock

_MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "fr": [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    "de": [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    "ar": [
        "يناير",
        "فبراير",
        "مارس",
        "أبريل",
        "مايو",
        "يونيو",
        "يوليو",
        "أغسطس",
        "سبتمبر",
        "أكتوبر",
        "نوفمبر",
        "ديسمبر",
    ],
}

_MORNING = 6 * 60  # before it nothing but machines write; minutes after midnight
_NIGHT = 22 * 60


class Clock:
    """The calendar of a demo whose newest email is a little older than `now`.

    Nothing may be dated later than `now`. Before nine in the morning on the company's clock the day is too young to
    have an inbox, so the newest day is the day before; later in the day, the day's emails are squeezed into the
    hours that have passed.

    :param now: aware.
    """

    def __init__(self, now: datetime):
        local = now.astimezone(_HOME)
        self._passed = local.hour * 60 + local.minute
        self.today = local.date()
        if local.hour < 9:
            self.today -= timedelta(days=1)
            self._passed = 24 * 60

    def working_day(self, ago: int) -> date:
        """The day that lies `ago` working days back (0: the newest day, whatever weekday it is)."""
        day = self.today
        while ago:
            day -= timedelta(days=1)
            if day.weekday() < 5:
                ago -= 1
        return day

    def at(self, day: date, clock_time: str, second: int = 0) -> datetime:
        """`clock_time` (``HH:MM`` in Gothenburg) of `day`, aware, and squeezed when `day` is not over yet."""
        hour, minute = map(int, clock_time.split(":"))
        seconds = (hour * 60 + minute) * 60 + second
        end = self._passed - 5
        if day >= self.today and end < _NIGHT:
            seconds = _MORNING * 60 + int((seconds - _MORNING * 60) * (end - _MORNING) / (_NIGHT - _MORNING))
        local = datetime.combine(day, time(), _HOME) + timedelta(seconds=seconds)
        return in_zone(local, _HOME.key)


def in_zone(moment: datetime, name: str) -> datetime:
    """`moment` with the fixed offset that zone `name` has then: what a Date header can express."""
    local = moment.astimezone(ZoneInfo(name))
    return local.replace(tzinfo=timezone(local.utcoffset()))


def date_in_words(day: date, lang: str) -> str:
    """`day` without its year, as people write it in `lang`."""
    if lang == "ja":
        return f"{day.month}月{day.day}日"
    month = _MONTHS[lang][day.month - 1]
    return f"{day.day}. {month}" if lang == "de" else f"{day.day} {month}"
