"""Putting a message into a folder (RFC 3501, 6.3.11)."""

import re
from datetime import UTC, datetime

from ..base import RemoteId
from ..errors import InvalidInputError, QuotaError
from . import faults
from .flags import SYSTEM_FLAGS, is_flag
from .responses import MONTHS
from .retrying import Place
from .session import Session
from .wire import Answer, Literal, quote


def append(
    session: Session, place: Place, source: bytes, keywords: frozenset[str], internal_date: datetime | None
) -> RemoteId | None:
    """See `base.Adapter`. The message is sent once the server said that it wants it, unless it is small."""
    if b"\0" in source or any(re.search(r"[\r\n\0]", word) for word in keywords):
        raise InvalidInputError("control_character")
    path = place.folder.path
    limit = _limit(session)
    if limit is not None and len(source) > limit:
        raise QuotaError("too_large", path=path, size=len(source), limit=limit)
    system, custom = _flags(keywords)
    date = (b'"' + _date(internal_date) + b'"',) if internal_date else ()
    try:
        answer = _send(session, place, system + custom, date, source)
    except faults.RefusedError as refused:
        error = faults.change(refused.answer, path)
        if error.reason != "refused" or not custom:
            raise error from None
        # It may be the keywords; the message is not there in any case.
        try:
            answer = _send(session, place, system, date, source)
        except faults.RefusedError as again:
            raise faults.change(again.answer, path) from None
    return _new_uid(answer, place)


def _send(session: Session, place: Place, flags: list[bytes], date: tuple[bytes, ...], source: bytes) -> Answer:
    arguments = [b"(" + b" ".join(flags) + b")"] if flags else []
    try:
        return session.run(b"APPEND", quote(place.name), *arguments, *date, Literal(source))
    finally:
        session.has_changed(place.name)


def _flags(keywords: frozenset[str]) -> tuple[list[bytes], list[bytes]]:
    """The flags of RFC 3501 and those that a server need not know."""
    system = [flag for word, flag in SYSTEM_FLAGS.items() if word in keywords]
    others = [word.encode() for word in sorted(keywords - SYSTEM_FLAGS.keys()) if word != "recent"]
    return system, [flag for flag in others if is_flag(flag)]


def _date(moment: datetime) -> bytes:
    moment = moment.astimezone(UTC)
    month = MONTHS[moment.month - 1].capitalize()
    return b"%2d-%s-%04d %s +0000" % (moment.day, month, moment.year, moment.strftime("%H:%M:%S").encode())


def _limit(session: Session) -> int | None:
    """Bytes of a message that the server takes (RFC 7889), None if it does not tell."""
    session.connect()
    for name in session.capabilities:
        if match := re.fullmatch(r"APPENDLIMIT=(\d+)", name):
            return int(match[1])
    return None


def _new_uid(answer: Answer, place: Place) -> int | None:
    for item in answer.data.get("APPENDUID", ()):
        match = re.fullmatch(rb"(\d+) (\d+)", (item or b"").strip())
        if match and place.fits(int(match[1])):
            return int(match[2]) or None
    return None
