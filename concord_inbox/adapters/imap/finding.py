"""Copies in a folder by their Message-ID, whatever else is in it (RFC 3501, 6.4.4: SEARCH HEADER)."""

from ..base import RemoteCopy
from .box import Box
from .responses import expand_set, parse
from .session import Session
from .wire import quote

#: More copies of one email than this are nobody's work.
MOST = 100


def find(session: Session, box: Box, message_id: str) -> tuple[dict, list[RemoteCopy]]:
    """See `base.Adapter`."""
    box.open()
    cursor = {"uidvalidity": box.uidvalidity, "uidnext": box.uidnext, "messages": box.exists, "modseq": None}
    # Servers compare parts of the header, so that the angle brackets may stay.
    if not message_id or not message_id.isascii() or not message_id.isprintable() or not box.exists:
        return cursor, []
    answer = session.run(b"UID", b"SEARCH", b"HEADER", b"Message-ID", quote(message_id.encode()))
    uids = [int(number) for row in answer.rows("SEARCH") for number in b"".join(row).partition(b"(")[0].split()]
    for row in answer.rows("ESEARCH"):
        tokens = parse(row)
        if b"ALL" in tokens:
            uids += expand_set(tokens[tokens.index(b"ALL") + 1], MOST)
    return cursor, box.describe(sorted(set(uids))[-MOST:]) if uids else []
