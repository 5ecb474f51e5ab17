"""A large message whose transfer broke off is not asked for again from its start (RFC 3501, 6.4.5).

Servers are wrong about partial fetches in many ways: they ignore the offset, count it from one, answer short. So what
comes must begin with bytes that are there already and end at the very length that the server announced at first; else
the message is fetched whole, and never again in parts.
"""

from ..spool import STEP, Spool
from .spool import Interrupted

#: Bytes asked for again, to see that a rest fits. More than any line, so that equal lines do not do.
OVERLAP = 4096


class Remains:
    """What came of the messages whose transfer broke off, by UID."""

    def __init__(self):
        self._begun: dict[int, tuple[int, Spool]] = {}
        self._never: set[int] = set()

    def __contains__(self, uid: int) -> bool:
        return uid in self._begun

    def keep(self, interrupted: Interrupted) -> int:
        """Take what came before the connection broke. Returns how many more bytes of the message are here now."""
        uid, origin, spool = interrupted.uid, interrupted.origin, interrupted.spool
        before = self._begun[uid][1].size() if uid in self._begun else 0
        if origin is not None:
            if not before or spool.size() <= OVERLAP:
                return 0
            if not self._append(uid, origin, spool):
                self.forget(uid)
                return 0
        elif uid is None or uid in self._never or spool.size() <= max(before, 2 * OVERLAP):
            return 0
        else:
            self._begun[uid] = interrupted.announced, spool
        return self._begun[uid][1].size() - before

    def section(self, uid: int) -> bytes:
        """What to ask for: ``<offset.length>`` behind the brackets, nothing where no part is here."""
        if uid not in self._begun:
            return b""
        announced, spool = self._begun[uid]
        start = spool.size() - OVERLAP
        return b"<%d.%d>" % (start, announced - start)

    def complete(self, uid: int, origin: int | None, rest: bytes | Spool | None) -> Spool | None:
        """The whole message, or None when `rest` does not fit or nothing was begun."""
        if uid not in self._begun or not rest:
            return None
        announced, spool = self._begun[uid]
        if origin is None:
            # The server takes no notice of what part is wanted.
            spool = Spool.of(rest)
        elif not self._append(uid, origin, rest):
            return None
        if spool.size() != announced:
            return None
        del self._begun[uid]
        spool.seek(0)
        return spool

    def forget(self, uid: int) -> bool:
        """Ask for the message whole from now on. Returns whether a part of it was here."""
        self._never.add(uid)
        return self._begun.pop(uid, None) is not None

    def _append(self, uid: int, origin: int, rest: bytes | Spool) -> bool:
        """Append `rest` if it fits, and tell whether it does."""
        spool, rest = self._begun[uid][1], Spool.of(rest)
        if origin != spool.size() - OVERLAP:
            return False
        spool.seek(origin)
        rest.seek(0)
        if rest.read(OVERLAP) != spool.read(OVERLAP):
            return False
        spool.size()
        for piece in iter(lambda: rest.read(STEP), b""):
            spool.write(piece)
        return True
