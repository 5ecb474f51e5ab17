"""Which messages a folder holds: UID SEARCH, and its short form (RFC 4731)."""

from collections.abc import Iterable
from datetime import datetime

from .responses import parse, search_date
from .session import Session
from .uids import HIGHEST, Uids
from .wire import Answer


def search_command(
    session: Session, uids: range, since: datetime | None = None, *, undeleted: bool = False
) -> tuple[bytes, ...]:
    """The command that asks which of `uids` exist.

    :param since: leave out what was received before this day.
    :param undeleted: leave out messages that somebody marked as deleted.
    """
    criteria = [b"UID %d:%s" % (uids[0], b"*" if uids[-1] >= HIGHEST else b"%d" % uids[-1])]
    if undeleted:
        criteria.append(b"UNDELETED")
    if since:
        criteria.append(b"SINCE " + search_date(since))
    returns = (b"RETURN", b"(ALL)") if session.offers("ESEARCH") else ()
    return (b"UID", b"SEARCH", *returns, *criteria)


def found(answers: Iterable[Answer], uids: range, exists: int) -> Uids:
    """Which of `uids` the answers name.

    :param exists: how many messages the folder holds.
    :raises ParseError: what cannot be read, or many more than that.
    """
    first, last = uids[0], uids[-1]
    parts: list[Uids] = []
    for answer in answers:
        for row in answer.rows("ESEARCH"):
            tokens = parse(row)
            if b"ALL" in tokens:
                parts.append(Uids.read(tokens[tokens.index(b"ALL") + 1], first, last))
        parts += [Uids.listed(b"".join(row).partition(b"(")[0], first, last) for row in answer.rows("SEARCH")]
    whole = parts[0] if len(parts) == 1 else Uids(pair for part in parts for pair in part.ranges())
    # Whoever deletes and delivers meanwhile makes the folder differ a little from when it was opened.
    whole.believe(2 * exists + 100_000)
    return whole
