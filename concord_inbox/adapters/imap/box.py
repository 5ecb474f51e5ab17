"""Questions about one folder, opened for reading only, so that nothing can mark a message."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from ..base import RemoteCopy
from . import faults
from .responses import UNKNOWN_DATE, copy_of, date, expand_set, fetch_rows, keywords, parse, search_date, uid_set
from .session import Session
from .wire import Answer

#: Copies that the server may refuse to describe in one run; more are no accident.
TOLERATED = 20

Keywords = dict[int, frozenset[str]]


class Box:
    """One folder of the server.

    Attributes after `open()`: `uidvalidity`, `uidnext`, `exists` and `modseq` (None without CONDSTORE) as of then.

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

    def open(self, cursor: dict | None = None) -> None:
        """Open the folder, anew if it is open already, for only that tells how it is now.

        :param cursor: of `changes`, which knows a lower bound of UIDNEXT for servers that do not tell it.
        """
        opened = self._session.examine(self._name, self._path)
        self.uidvalidity, self.exists, self.modseq = opened.uidvalidity, opened.exists, opened.modseq
        self.uidnext = opened.uidnext or self._highest_uid() + 1
        if not opened.uidnext and cursor and cursor["uidvalidity"] == self.uidvalidity:
            self.uidnext = max(self.uidnext, cursor["uidnext"])

    def search(self, first: int, last: int, since: datetime | None) -> list[int]:
        """UIDs from `first` to `last` received on the day of `since` or later, in no order."""
        if last < first or not self.exists:
            return []
        criteria = [b"UID %d:%d" % (first, last)]
        if since:
            criteria.append(b"SINCE " + search_date(since))
        returns = (b"RETURN", b"(ALL)") if self._session.offers("ESEARCH") else ()
        answer = self._run(b"UID", b"SEARCH", *returns, *criteria)
        # Whoever deletes and delivers meanwhile makes the folder differ a little from when it was opened.
        limit = 2 * self.exists + 100_000
        uids: list[int] = []
        for row in answer.rows("ESEARCH"):
            tokens = parse(row)
            if b"ALL" in tokens:
                uids += expand_set(tokens[tokens.index(b"ALL") + 1], limit)
        for row in answer.rows("SEARCH"):
            uids += [int(number) for number in b"".join(row).partition(b"(")[0].split()]
        return [uid for uid in uids if first <= uid <= last]

    def describe(self, uids: Sequence[int]) -> list[RemoteCopy]:
        """Everything about copies but their sources, highest UID first; those that do not exist are left out.

        :param uids: a list, or a range of which some may exist.
        """
        items = b"UID FLAGS INTERNALDATE RFC822.SIZE"
        if self._session.offers("OBJECTID"):
            items += b" EMAILID THREADID"
        if self._session.offers("X-GM-EXT-1"):
            items += b" X-GM-MSGID X-GM-THRID"
        wanted = b"%d:%d" % (uids[0], uids[-1]) if isinstance(uids, range) else uid_set(uids)
        try:
            found = self._fetch(b"UID", b"FETCH", wanted, b"(" + items + b")")
        except faults.RefusedError as refused:
            return self._describe_refused(uids, refused)
        return [copy_of(found[uid]) for uid in sorted(found.keys() & set(uids), reverse=True)]

    def keywords(self, first: int, last: int, changed_since: int | None = None) -> Keywords:
        """The keywords of the copies from UID `first` to `last`; only of those changed since a modification sequence,
        if one is given (RFC 7162)."""
        modifier = (b"(CHANGEDSINCE %d)" % changed_since,) if changed_since is not None else ()
        return _keywords(self._fetch(b"UID", b"FETCH", b"%d:%d" % (first, last), b"(UID FLAGS)", *modifier))

    def newest_keywords(self, count: int) -> Keywords:
        """The keywords of the newest `count` copies."""
        return _keywords(self._fetch(b"FETCH", b"%d:*" % max(1, self.exists - count + 1), b"(UID FLAGS)"))

    def headers(self, since: datetime | None, batch: int = 1000) -> Iterator[list[tuple[int, bytes]]]:
        """UID and Message-ID header of all copies received at `since` or later, in batches; see `base.Adapter`."""
        self.open()
        uids = sorted(self.search(1, self.uidnext - 1, since), reverse=True)
        for start in range(0, len(uids), batch):
            yield self._headers(uids[start : start + batch], since)

    def _headers(self, uids: list[int], since: datetime | None) -> list[tuple[int, bytes]]:
        try:
            items = b"(UID INTERNALDATE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"
            found = self._fetch(b"UID", b"FETCH", uid_set(uids), items)
        except faults.RefusedError:
            if len(uids) == 1:
                return [(uids[0], b"")]
            half = len(uids) // 2
            return [*self._headers(uids[:half], since), *self._headers(uids[half:], since)]
        rows = []
        for uid in uids:
            if uid in found and is_since(since, date(found[uid].get(b"INTERNALDATE"))):
                values = [value for name, value in found[uid].items() if name.startswith(b"BODY[HEADER")]
                rows.append((uid, (values[0] if values else None) or b""))
        return rows

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
