"""The Date header (RFC 5322 section 3.3, and what is sent instead)."""

import email.utils
import re
import warnings
from datetime import UTC, datetime, timedelta

from dateutil import parser as dateutil_parser

_MONTHS = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}  # fmt: skip
_USUAL = re.compile(
    r"(?:[A-Za-z]{3},? )?\s?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d{2}):(\d{2})(?::(\d{2}))? "
    r"([+-])(\d{2})(\d{2})(?: \(.*\))?$"
)
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
        return _standard(value) or _anything(value)
    except (ValueError, OverflowError, TypeError, IndexError, AttributeError, ArithmeticError):
        return None


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
        moment, other = (dateutil_parser.parse(value, default=default, fuzzy=True) for default in (_ONE, _OTHER))
    if moment != other:
        return None
    if moment.tzinfo:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment if 1970 <= moment.year <= 9998 else None
