"""What an attempt before may have brought about: its copies are looked for among what arrived in the folder lately."""

import re
from dataclasses import dataclass

from ..base import RemoteFolder
from .responses import fetch_rows
from .session import Session

#: Newest messages of a folder without cursor among which is looked.
NEWEST = 2000

_FIELD = re.compile(rb"^message-id:[ \t]*(?:\r?\n[ \t]+)?([^\r\n]*)", re.IGNORECASE | re.MULTILINE)

#: UID -> size and header fields, which a copy on the same server has in common with its original.
Likenesses = dict[int, tuple]


@dataclass(frozen=True, slots=True)
class Place:
    """Where messages go: a folder, its name as the server writes it, and its cursor (None: it has none)."""

    folder: RemoteFolder
    name: bytes
    cursor: dict | None

    def fits(self, uidvalidity: int) -> bool:
        """Whether UIDs of this UIDVALIDITY mean anything to whoever has the cursor."""
        return self.cursor is None or self.cursor["uidvalidity"] == uidvalidity


def likenesses(session: Session, command: bytes) -> Likenesses:
    """Of the messages that a FETCH names, in the folder that is open."""
    items = b"(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT)])"
    found: Likenesses = {}
    for row in fetch_rows(session.run(command, items).rows("FETCH")):
        header = next((value for name, value in row.items() if name.startswith(b"BODY[HEADER")), None)
        if header is not None:
            found[row[b"UID"]] = (row.get(b"RFC822.SIZE"), header)
    return found


def arrived(session: Session, place: Place) -> tuple[int, Likenesses]:
    """The UIDVALIDITY of a folder, and what arrived there after its cursor, or the newest if it has none."""
    opened = session.examine(place.name, place.folder.path)
    if not opened.exists:
        return opened.uidvalidity, {}
    if place.cursor and place.fits(opened.uidvalidity):
        first = place.cursor["uidnext"]
        found = likenesses(session, b"UID FETCH %d:*" % first)
        # "*" is the last message even where it is older.
        return opened.uidvalidity, {uid: likeness for uid, likeness in found.items() if uid >= first}
    return opened.uidvalidity, likenesses(session, b"FETCH %d:*" % max(1, opened.exists - NEWEST + 1))


def appended(session: Session, place: Place, source: bytes) -> int | None:
    """The UID under which a message that was sent to the server arrived there; by its Message-ID alone, for servers
    change other bytes. None if it did not."""
    wanted = _message_id(source.partition(b"\r\n\r\n")[0])
    if not wanted:
        return None
    _uidvalidity, found = arrived(session, place)
    return max((uid for uid, (_size, header) in found.items() if _message_id(header) == wanted), default=None)


def _message_id(header: bytes) -> bytes:
    match = _FIELD.search(header)
    return match[1].strip() if match else b""
