"""Questions about one folder, opened for reading only, so that nothing can mark a message."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from ..base import Held, RemoteCopy
from ..errors import CursorLostError
from . import faults
from .hidden import DELETED, Keywords
from .opening import Opening, Questions, Told
from .responses import UNKNOWN_DATE, copy_of, fetch_rows, keywords, uid_set
from .searching import found, search_command
from .session import Session
from .uids import Uids
from .wire import Answer

#: Copies that the server may refuse to describe in one run; more are no accident.
TOLERATED = 20
#: Copies asked for at once.
BATCH = 1000


class Box:
    """One folder of the server.

    Attributes after `open()`: `uidvalidity`, `uidnext`, `exists`, `modseq` (None without CONDSTORE) and `mailboxid`
    (None without OBJECTID) as of then.

    :param path: for errors; `name` is the folder as the server writes it.
    """

    def __init__(self, session: Session, path: str, name: bytes):
        self._session = session
        self._path = path
        self._name = name
        self._undescribed = 0
        self.uidvalidity: int | None = None
        self.uidnext = 1
        self.exists = 0
        self.modseq: int | None = None
        self.mailboxid: str | None = None

    def open(self, cursor: dict | None = None, questions: Questions | None = None) -> Told:
        """Open the folder, anew if it is open already, for only that tells how it is now.

        :param cursor: of `changes`, which knows a lower bound of UIDNEXT for servers that do not tell it.
        :param questions: answered in the same round trip, unless the UIDs do not mean what they meant for `cursor`.
        """
        uidvalidity = cursor["uidvalidity"] if cursor else None
        told = Opening(self._session, questions or Questions(), self._items()).run(self._name, self._path, uidvalidity)
        opened = self._session.opened
        self.uidvalidity, self.exists, self.modseq = opened.uidvalidity, opened.exists, opened.modseq
        self.mailboxid = opened.mailboxid
        self.uidnext = opened.uidnext or self._highest_uid() + 1
        if not opened.uidnext and uidvalidity == self.uidvalidity:
            self.uidnext = max(self.uidnext, cursor["uidnext"])
        told.until(self.uidnext)
        return told

    @property
    def tells_vanished(self) -> bool:
        """Whether the server can tell which UIDs vanished since a modification sequence."""
        return self._session.has_qresync

    def search(self, first: int, last: int, since: datetime | None, *, undeleted: bool = False) -> Uids:
        """UIDs from `first` to `last` received on the day of `since` or later.

        :param undeleted: leave out messages that somebody marked as deleted.
        """
        if last < first or not self.exists:
            return Uids()
        uids = range(first, last + 1)
        try:
            answer = self._run(*search_command(self._session, uids, since, undeleted=undeleted))
        except faults.RefusedError:
            if not self._session.offers("ESEARCH"):
                raise
            # Offered, but unknown.
            self._session.do_without("ESEARCH")
            return self.search(first, last, since, undeleted=undeleted)
        return found([answer], uids, self.exists)

    def held(self, cursor: dict | None) -> Held:
        """See `base.Adapter`."""
        self.open(cursor)
        if cursor and cursor["uidvalidity"] != self.uidvalidity:
            raise CursorLostError("uidvalidity", path=self._path)
        after = min(self.uidnext, cursor["uidnext"]) if cursor else self.uidnext
        return Held(frozenset(self.search(1, after - 1, None)), {"uidvalidity": self.uidvalidity})

    def describe(self, uids: Sequence[int]) -> list[RemoteCopy]:
        """Everything about copies but their sources, highest UID first; those that do not exist are left out.

        :param uids: a list, or a range of which some may exist.
        """
        wanted = b"%d:%d" % (uids[0], uids[-1]) if isinstance(uids, range) else uid_set(uids)
        try:
            found = self._fetch(b"UID", b"FETCH", wanted, self._items())
        except faults.RefusedError as refused:
            if refused.answer.status == "BAD" and self._session.offers("OBJECTID", "X-GM-EXT-1"):
                # Offered, but unknown.
                self._session.do_without("OBJECTID", "X-GM-EXT-1")
                return self.describe(uids)
            return self._describe_refused(uids, refused)
        return [copy_of(found[uid]) for uid in sorted(found.keys() & set(uids), reverse=True)]

    def _items(self) -> bytes:
        items = b"UID FLAGS INTERNALDATE RFC822.SIZE"
        if self._session.offers("OBJECTID"):
            items += b" EMAILID THREADID"
        if self._session.offers("X-GM-EXT-1"):
            items += b" X-GM-MSGID X-GM-THRID"
        return b"(" + items + b")"

    def look_up(self, uidvalidity: int, uids: Iterable[int]) -> list[RemoteCopy]:
        """Everything about copies but their sources, as it is now; those that do not exist, or that somebody marked as
        deleted, are left out.

        :raises CursorLostError: the folder's UIDVALIDITY is not the given one any more.
        """
        uids = sorted(set(uids), reverse=True)
        if not uids:
            return []
        self.open()
        if self.uidvalidity != uidvalidity:
            raise CursorLostError("uidvalidity", path=self._path)
        copies = (copy for start in range(0, len(uids), BATCH) for copy in self.describe(uids[start : start + BATCH]))
        return [copy for copy in copies if DELETED not in copy.keywords]

    def keywords(self, first: int, last: int, changed_since: int | None = None) -> Keywords:
        """The keywords of the copies from UID `first` to `last`; only of those changed since a modification sequence,
        if one is given (RFC 7162)."""
        modifier = (b"(CHANGEDSINCE %d)" % changed_since,) if changed_since is not None else ()
        try:
            return _keywords(self._fetch(b"UID", b"FETCH", b"%d:%d" % (first, last), b"(UID FLAGS)", *modifier))
        except faults.RefusedError as refused:
            if not modifier or refused.answer.status != "BAD":
                raise
            # Offered, but unknown.
            self._session.do_without("CONDSTORE", "QRESYNC")
            return self.keywords(first, last)

    def newest_keywords(self, count: int) -> Keywords:
        """The keywords of the newest `count` copies."""
        return _keywords(self._fetch(b"FETCH", b"%d:*" % max(1, self.exists - count + 1), b"(UID FLAGS)"))

    def inventory(self, cursor: dict | None, since: datetime | None) -> Iterator[list[RemoteCopy]]:
        """All copies received at `since` or later, in batches, highest UID first; see `base.Adapter`."""
        self.open(cursor)
        if cursor and cursor["uidvalidity"] != self.uidvalidity:
            raise CursorLostError("uidvalidity", path=self._path)
        uids = reversed(self.search(1, self.uidnext - 1, since, undeleted=True))
        while batch := list(islice(uids, BATCH)):
            yield received_since(since, self.describe(batch))

    def message_ids(self, uidvalidity: int | None, uids: Iterable[int]) -> dict[int, bytes]:
        """UID -> Message-ID header; see `base.Adapter`.

        :param uidvalidity: what the UIDs belong to; None: whatever the folder has.
        """
        self.uidvalidity = uidvalidity
        uids = sorted(uids, reverse=True)
        found: dict[int, bytes] = {}
        for start in range(0, len(uids), BATCH):
            found |= self._message_ids(uids[start : start + BATCH])
        return found

    def _message_ids(self, uids: list[int]) -> dict[int, bytes]:
        try:
            items = b"(UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"
            found = self._fetch(b"UID", b"FETCH", uid_set(uids), items)
        except faults.RefusedError:
            if len(uids) == 1:
                return {uids[0]: b""}
            half = len(uids) // 2
            return self._message_ids(uids[:half]) | self._message_ids(uids[half:])
        headers = {}
        for uid in found.keys() & set(uids):
            values = [value for name, value in found[uid].items() if name.startswith(b"BODY[HEADER")]
            headers[uid] = (values[0] if values else None) or b""
        return headers

    def _run(self, *parts: bytes) -> Answer:
        # The caller may have opened another folder since.
        self._session.ensure(self._name, self._path, self.uidvalidity)
        return self._session.run(*parts)

    def _fetch(self, *parts: bytes) -> dict[int, dict]:
        found: dict[int, dict] = {}
        for row in fetch_rows(self._run(*parts).rows("FETCH")):
            # A change of the same copy may be told in between.
            found.setdefault(row[b"UID"], {}).update(row)
        return found

    def _highest_uid(self) -> int:
        return max(self._fetch(b"UID", b"FETCH", b"*", b"(UID)"), default=0) if self.exists else 0

    def _describe_refused(self, uids: Sequence[int], refused: faults.RefusedError) -> list[RemoteCopy]:
        """Find the copy that the server cannot describe, and report it without description: it exists, after all."""
        if len(uids) > 1:
            half = len(uids) // 2
            return [*self.describe(uids[half:]), *self.describe(uids[:half])]
        self._undescribed += 1
        if self._undescribed > TOLERATED:
            raise refused
        return [RemoteCopy(uids[0], frozenset(), 0, UNKNOWN_DATE)]


def _keywords(found: dict[int, dict]) -> Keywords:
    return {uid: keywords(row[b"FLAGS"]) for uid, row in found.items() if b"FLAGS" in row}


def is_since(since: datetime | None, received: datetime) -> bool:
    """Whether a copy counts as received at `since` or later, to the second; also when nobody knows."""
    return not since or received >= since.replace(microsecond=0) or received == UNKNOWN_DATE


def received_since(since: datetime | None, copies: list[RemoteCopy]) -> list[RemoteCopy]:
    """The copies for which `is_since()` holds."""
    return [copy for copy in copies if is_since(since, copy.internal_date)]
