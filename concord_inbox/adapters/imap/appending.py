"""Putting a message into a folder (RFC 3501, 6.3.11)."""

import contextlib
import re
from datetime import UTC, datetime

from ..base import RemoteId
from ..errors import AdapterError, InvalidInputError, QuotaError, TemporaryError
from . import faults
from .flags import SYSTEM_FLAGS, is_flag, is_listed
from .responses import MONTHS, fetch_rows
from .retrying import Place, appended
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
    except (faults.RefusedError, TemporaryError) as error:
        _raise_unless_for_keywords(session, error, custom, path)
        custom = []
        try:
            answer = _send(session, place, system, date, source)
        except faults.RefusedError as again:
            raise faults.change(again.answer, path) from None
    uid = _new_uid(answer, place)
    if (system or custom) and not session.keeps_appended_flags:
        # The message is where it shall be, whatever becomes of its flags.
        with contextlib.suppress(AdapterError, faults.RefusedError):
            _see_to_flags(session, place, uid or _found(session, place, source), system + custom)
    return uid


def _raise_unless_for_keywords(session: Session, error: Exception, custom: list[bytes], path: str) -> None:
    """Raise what is the matter with an APPEND, unless it may be its keywords: then it can be said without them."""
    if isinstance(error, TemporaryError):
        # A limit to the number of keywords, say; the message is not there in any case.
        if error.reason == "over_limit" and session.is_open and custom:
            return
        raise error
    fault = faults.change(error.answer, path)
    if fault.reason != "refused" or not custom:
        raise fault from None


def _found(session: Session, place: Place, source: bytes) -> int | None:
    # Without a cursor one would have to look through half the folder.
    return appended(session, place, source) if place.cursor else None


def _see_to_flags(session: Session, place: Place, uid: int | None, flags: list[bytes]) -> None:
    """Set the flags that APPEND named and the server left out: one's own email would count as unread.

    It is looked at until they were kept once in a session: such a server keeps them always.
    """
    if not uid:
        return
    opened = session.select(place.name, place.folder.path, None)
    rows = fetch_rows(session.run(b"UID", b"FETCH", b"%d" % uid, b"(UID FLAGS)").rows("FETCH"))
    has = next((row.get(b"FLAGS") or () for row in rows if row[b"UID"] == uid), None)
    if has is None:
        return
    kept = opened.permanent
    wanted = [flag for flag in flags if kept is None or is_listed(flag, kept) or (b"\\*" in kept and flag[:1] != b"\\")]
    if missing := [flag for flag in wanted if not is_listed(flag, has)]:
        session.run(b"UID", b"STORE", b"%d" % uid, b"+FLAGS.SILENT", b"(" + b" ".join(missing) + b")")
        session.has_changed(place.name)
    else:
        session.keeps_appended_flags = True


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
