"""The Date header (RFC 5322 section 3.3, and what is sent instead)."""

import email.utils
import re
import unicodedata
import warnings
from datetime import UTC, datetime, timedelta

from dateutil import parser as dateutil_parser

_MONTHS = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}  # fmt: skip
_USUAL = re.compile(
    r"(?:[A-Za-z]{3},? )?\s?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d{2}):(\d{2})(?::(\d{2}))? "
    r"([+-])(\d{2})(\d{2})(?: \(.*\))?$"
)
#: Months as programs of other languages abbreviate them, without accents, where they differ.
_FOREIGN = {
    "janv": "jan", "ene": "jan", "gen": "jan", "fev": "feb", "fevr": "feb", "mars": "mar", "mrz": "mar", "maa": "mar",
    "maerz": "mar", "marz": "mar", "avr": "apr", "abr": "apr", "mai": "may", "mei": "may", "mag": "may", "maj": "may",
    "juin": "jun", "juni": "jun", "giu": "jun", "juil": "jul", "juli": "jul", "lug": "jul", "aout": "aug", "ago": "aug",
    "sept": "sep", "set": "sep", "okt": "oct", "ott": "oct", "out": "oct", "dez": "dec", "dic": "dec",
}  # fmt: skip
#: Zones that go by one name only, in hours; the standard library knows those of North America.
_ZONES = {
    "WEST": 1, "BST": 1, "CET": 1, "MET": 1, "MEZ": 1, "CEST": 2, "MEST": 2, "MESZ": 2, "EET": 2, "SAST": 2, "EEST": 3,
    "MSK": 3,
    "MSD": 4, "HKT": 8, "SGT": 8, "AWST": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
_MONTH = re.compile(r"(?<=[\d\s.-])([^\W\d_]{3,5})\.?(?=[\s-]\d{4})")
_NAMED_ZONE = re.compile(rf" (?:{'|'.join(_ZONES)})\b")
_OFFSET = re.compile(r"(:\d\d(?:\.\d+)?)\s?(?:GMT|UTC?)?\s?([+-])(\d{1,2})(?::?(\d\d))?(?=$| \()")
_HALF = re.compile(r"\b(\d{1,2})(:\d\d(?::\d\d)?) ?([AP])M\b", re.IGNORECASE)
_YEAR_LAST = re.compile(r"(\d\d:\d\d(?::\d\d)?) ([A-Z]{2,5}|[+-]\d{4}) (\d{4})$")
_DAY_FIRST = re.compile(r"\b\d{1,2}\.\d{1,2}\.\d{4}\b")
_ONE, _OTHER = datetime(2000, 1, 1), datetime(2004, 2, 2)  # noqa: DTZ001 naive on purpose: only compared


def parse(value: str) -> datetime | None:
    """Read a date in any form seen in emails; naive, UTC. None when there is none to be read. Never fails.

    A date without a zone is taken as UTC; a zone that cannot be (more than a day) as none.
    """
    value = " ".join(value[:200].split())
    if not value:
        return None
    try:
        if match := _USUAL.match(value):
            day, month, year, hour, minute, second, sign, zone_h, zone_m = match.groups()
            if month := _MONTHS.get(month.lower()):
                local = _local(int(year), month, int(day), int(hour), int(minute), int(second or 0))
                offset = int(zone_h) * 60 + int(zone_m)
                return _utc(local, offset * 60 if sign == "+" else -offset * 60)
        value = _usual(value)
        return _standard(value) or _anything(value)
    except (ValueError, OverflowError, TypeError, IndexError, AttributeError, ArithmeticError):
        return None


def _usual(value: str) -> str:
    """What programs write otherwise than RFC 5322 has it: months of other languages, zones and halves of the day."""
    value = value.partition(";")[0].strip()
    value = _YEAR_LAST.sub(r"\3 \1 \2", value)  # as Unix prints it
    value = _MONTH.sub(_month, value)
    value = _HALF.sub(_hour, value)
    value = _NAMED_ZONE.sub(lambda match: f" {_ZONES[match[0].strip()]:+03d}00", value)
    return _OFFSET.sub(lambda match: f"{match[1]} {match[2]}{int(match[3]):02d}{match[4] or '00'}", value)


def _month(match: re.Match) -> str:
    plain = "".join(char for char in unicodedata.normalize("NFKD", match[1].lower()) if char.isascii())
    return _FOREIGN.get(plain) or (plain if plain in _MONTHS else match[0])


def _hour(match: re.Match) -> str:
    hour = int(match[1])
    if hour > 12:
        return match[1] + match[2]
    return f"{hour % 12 + (12 if match[3].upper() == 'P' else 0)}{match[2]}"


def _local(year: int, month: int, day: int, hour: int, minute: int, second: int) -> datetime:
    # A leap second, and midnight written as 24:00:00, are times of the next minute or day.
    if year < 200:  # programs that counted from 1900 after 1999
        year += 1900
    spare = timedelta(seconds=max(0, second - 59), days=1 if hour == 24 else 0)
    return datetime(year, month, day, hour % 24 if hour == 24 else hour, minute, min(second, 59)) + spare  # noqa: DTZ001


def _utc(local: datetime, offset: int) -> datetime | None:
    moment = local - timedelta(seconds=offset if abs(offset) < 86400 else 0)
    return moment if 1970 <= moment.year <= 9998 else None


def _standard(value: str) -> datetime | None:
    found = email.utils.parsedate_tz(value)
    if not found or not found[1] or not found[2]:
        return None
    year, month, day, hour, minute, second = found[:6]
    return _utc(_local(year, month, day, hour, minute, second), found[9] or 0)


def _anything(value: str) -> datetime | None:
    # dateutil fills what is missing from a default: a result that depends on it was made up.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names of zones that it does not know
        day_first = bool(_DAY_FIRST.search(value))
        moment, other = (
            dateutil_parser.parse(value, default=default, fuzzy=True, dayfirst=day_first) for default in (_ONE, _OTHER)
        )
    if moment != other:
        return None
    moment = moment.replace(microsecond=0)
    if moment.tzinfo:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment if 1970 <= moment.year <= 9998 else None
