"""What happened in a folder: in pieces, each with the cursor that is true once the piece is stored.

The cursor of a folder is a dict:

- ``uidvalidity``: what the UIDs belong to;
- ``uidnext``: every copy below it was reported, those of the backfill aside;
- ``backfill``: the lowest UID that the first sync reported; what lies below is still to come. None when it is complete;
- ``messages``: how many messages the server had below ``uidnext``, whether they were reported or not. Compared with
  what it has now and what arrived, it tells exactly whether something was deleted;
- ``modseq``: the modification sequence up to which keywords are known, None without CONDSTORE (RFC 7162);
- ``unseen``: the number of unread messages when last listed, where there is no ``modseq`` to tell of changes;
- ``scanned``: Unix time when all keywords and UIDs were last compared.

All numbers come from the moment when the folder was opened: what arrives later is found by the next run.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime

from ..base import Changes, RemoteCopy, RemoteFolder
from . import faults
from .responses import UNKNOWN_DATE, copy_of, expand_set, fetch_rows, keywords, parse, search_date, uid_set
from .session import Session
from .wire import Answer

#: Copies in one piece.
PIECE = 200
#: Copies whose metadata are asked for at once; several pieces share the round trip.
WINDOW = 1000
#: Keywords in one piece, and in one question of a scan.
KEYWORDS = 2000
#: Newest messages whose keywords are compared when something hints at a change and the server cannot tell what.
NEWEST = 2000
#: Seconds between two complete comparisons.
FULL_SCAN_EVERY = 24 * 3600
#: Copies that the server may refuse to describe in one run; more are no accident.
TOLERATED = 20

Keywords = dict[int, frozenset[str]]


class FolderChanges:
    """One run over one folder; see `base.Adapter.changes()`.

    :param name: the folder as the server writes it.
    """

    def __init__(
        self, session: Session, folder: RemoteFolder, name: bytes, cursor: dict | None, since: datetime | None
    ):
        self._session = session
        self._path = folder.path
        self._name = name
        self._status = folder.status or {}
        self._cursor = cursor
        self._since = since
        self._now = int(time.time())
        self._undescribed = 0

    def run(self) -> Iterator[Changes]:
        """The pieces, in the order in which they must be stored."""
        cursor = self._cursor
        if cursor and self._is_unchanged(cursor):
            return
        opened = self._session.examine(self._name, self._path)
        self._uidvalidity, self._exists, self._modseq = opened.uidvalidity, opened.exists, opened.modseq
        self._uidnext = opened.uidnext or self._highest_uid() + 1
        # A UIDNEXT that went back means UIDs given twice (a server restored from a backup): they mean nothing either.
        lost = cursor and (cursor["uidvalidity"] != self._uidvalidity or self._uidnext < cursor["uidnext"])
        if not cursor or lost:
            yield from self._first(reset=bool(lost))
            return
        for piece in self._news(cursor):
            cursor = piece.cursor
            yield piece
        if cursor["backfill"] is not None:
            yield from self._walk(self._search(1, cursor["backfill"] - 1, self._since), cursor)

    def _is_unchanged(self, cursor: dict) -> bool:
        """Whether the listing already tells that nothing happened. An unread count alone is a weak sign, hence the
        daily scan."""
        status = self._status
        if cursor["backfill"] is not None or self._is_scan_due(cursor):
            return False
        keys = ["uidvalidity", "uidnext", "messages"]
        keys.append("modseq" if status.get("modseq") and cursor["modseq"] else "unseen")
        return all(status.get(key) is not None and status[key] == cursor[key] for key in keys)

    def _is_scan_due(self, cursor: dict) -> bool:
        return not 0 <= self._now - cursor["scanned"] < FULL_SCAN_EVERY

    # -------------------------------------------------------------- first sync

    def _first(self, reset: bool) -> Iterator[Changes]:
        cursor = {
            "uidvalidity": self._uidvalidity,
            "uidnext": self._uidnext,
            "backfill": None,
            "messages": self._exists,
            "modseq": self._modseq,
            "unseen": self._status.get("unseen"),
            "scanned": self._now,
        }
        uids = self._search(1, self._uidnext - 1, self._since) if self._exists else []
        yield from self._walk(uids, cursor, reset)

    def _walk(self, uids: list[int], cursor: dict, reset: bool = False) -> Iterator[Changes]:
        """Report copies from the highest UID down; `cursor` says where to go on after each piece."""
        uids = sorted(set(uids), reverse=True)
        remaining = len(uids)
        for part, copies in self._described(uids):
            remaining -= len(part)
            cursor = {**cursor, "backfill": part[-1] if remaining else None}
            if copies or reset or not remaining:
                yield Changes(cursor, reset=reset, arrived=copies, total=self._exists, remaining=remaining)
                reset = False
        if not uids:
            yield Changes({**cursor, "backfill": None}, reset=reset, total=self._exists)

    # ------------------------------------------------------------------- later

    def _news(self, cursor: dict) -> Iterator[Changes]:
        """What arrived, which keywords changed and what was deleted since `cursor`."""
        full = self._is_scan_due(cursor) or self._lost_track(cursor)
        known, arrived = cursor, []
        for piece in self._arrivals(cursor):
            if arrived:
                yield Changes(
                    known, arrived=arrived, total=self._exists, remaining=piece.remaining + len(piece.arrived)
                )
            known, arrived = piece.cursor, piece.arrived
        present = None
        if full or known["messages"] != self._exists:
            present = frozenset(self._search(1, self._uidnext - 1, None))
        changed: Keywords = {}
        for part in self._changed_keywords(cursor, present if full else None):
            if changed:
                yield Changes(known, arrived=arrived, keywords=changed, total=self._exists)
                arrived = []
            changed = part
        final = {
            **known,
            "uidnext": self._uidnext,
            "messages": self._exists if present is None else len(present),
            "modseq": self._modseq,
            "unseen": self._status.get("unseen"),
            "scanned": self._now if full else cursor["scanned"],
        }
        if arrived or changed or present is not None or final != cursor:
            yield Changes(final, arrived=arrived, keywords=changed, present=present, total=self._exists)

    def _lost_track(self, cursor: dict) -> bool:
        """Whether the modification sequences of then and now cannot be compared, so that keywords must be."""
        if cursor["modseq"] is None or self._modseq is None:
            return cursor["modseq"] != self._modseq
        return self._modseq < cursor["modseq"]

    def _arrivals(self, cursor: dict) -> Iterator[Changes]:
        """The copies from ``uidnext`` on. Upwards, so that each piece's ``uidnext`` is true whatever becomes of the
        next; within a piece the newest come first."""
        first, last = cursor["uidnext"], self._uidnext - 1
        if last < first:
            return
        # Few enough to be asked for at once, though nobody knows which of the numbers exist. (Never by "*": that is
        # the last message even where it is older.)
        uids = range(first, last + 1) if last - first < PIECE else sorted(self._search(first, last, None))
        for start in range(0, len(uids), PIECE):
            part = uids[start : start + PIECE]
            copies = self._describe(part)
            cursor = {**cursor, "uidnext": part[-1] + 1, "messages": cursor["messages"] + len(copies)}
            remaining = len(uids) - start - len(part)
            yield Changes(cursor, arrived=self._received_since(copies), total=self._exists, remaining=remaining)

    def _changed_keywords(self, cursor: dict, present: frozenset[int] | None) -> Iterator[Keywords]:
        """The keywords of copies reported before: all of them if `present` says which there are, else those that
        changed as far as the server can tell, else those of the newest."""
        old = range(cursor["backfill"] or 1, cursor["uidnext"])
        if not old or not self._exists:
            return
        whole = b"%d:%d" % (old[0], old[-1])
        if present is not None:
            uids = sorted((uid for uid in present if uid in old), reverse=True)
            for start in range(0, len(uids), KEYWORDS):
                part = uids[start : start + KEYWORDS]
                yield self._keywords(old, b"UID", b"FETCH", b"%d:%d" % (part[-1], part[0]), b"(UID FLAGS)")
        elif self._modseq is None:
            newest = b"%d:*" % max(1, self._exists - NEWEST + 1)
            yield self._keywords(old, b"FETCH", newest, b"(UID FLAGS)")
        elif self._modseq != cursor["modseq"]:
            since = b"(CHANGEDSINCE %d)" % cursor["modseq"]
            found = list(self._keywords(old, b"UID", b"FETCH", whole, b"(UID FLAGS)", since).items())
            for start in range(0, len(found), KEYWORDS):
                yield dict(found[start : start + KEYWORDS])

    # --------------------------------------------------------------- questions

    def _run(self, *parts: bytes) -> Answer:
        # The caller may have opened another folder between two pieces.
        self._session.ensure(self._name, self._path, self._uidvalidity)
        return self._session.run(*parts)

    def _highest_uid(self) -> int:
        """For servers that do not tell UIDNEXT."""
        found = fetch_rows(self._run(b"UID", b"FETCH", b"*", b"(UID)").rows("FETCH")) if self._exists else ()
        highest = max((row[b"UID"] for row in found), default=0)
        if self._cursor and self._cursor["uidvalidity"] == self._uidvalidity:
            highest = max(highest, self._cursor["uidnext"] - 1)
        return highest

    def _search(self, first: int, last: int, since: datetime | None) -> list[int]:
        """UIDs from `first` to `last` received on the day of `since` or later, in no order."""
        if last < first or not self._exists:
            return []
        criteria = [b"UID %d:%d" % (first, last)]
        if since:
            criteria.append(b"SINCE " + search_date(since))
        returns = (b"RETURN", b"(ALL)") if self._session.offers("ESEARCH") else ()
        answer = self._run(b"UID", b"SEARCH", *returns, *criteria)
        # Whoever deletes and delivers meanwhile makes the folder differ a little from when it was opened.
        limit = 2 * self._exists + 100_000
        uids: list[int] = []
        for row in answer.rows("ESEARCH"):
            tokens = parse(row)
            if b"ALL" in tokens:
                uids += expand_set(tokens[tokens.index(b"ALL") + 1], limit)
        for row in answer.rows("SEARCH"):
            uids += [int(number) for number in b"".join(row).partition(b"(")[0].split()]
        return [uid for uid in uids if first <= uid <= last]

    def _described(self, uids: list[int]) -> Iterator[tuple[list[int], list[RemoteCopy]]]:
        """`uids`, highest first, in parts of one piece each, with those of the copies that are recent enough."""
        for start in range(0, len(uids), WINDOW):
            window = uids[start : start + WINDOW]
            copies = {copy.remote_id: copy for copy in self._received_since(self._describe(window))}
            for offset in range(0, len(window), PIECE):
                part = window[offset : offset + PIECE]
                yield part, [copies[uid] for uid in part if uid in copies]

    def _describe(self, uids: Sequence[int]) -> list[RemoteCopy]:
        """Everything about copies but their sources, highest UID first; those that do not exist are left out."""
        items = b"UID FLAGS INTERNALDATE RFC822.SIZE"
        if self._session.offers("OBJECTID"):
            items += b" EMAILID THREADID"
        if self._session.offers("X-GM-EXT-1"):
            items += b" X-GM-MSGID X-GM-THRID"
        wanted = b"%d:%d" % (uids[0], uids[-1]) if isinstance(uids, range) else uid_set(uids)
        try:
            answer = self._run(b"UID", b"FETCH", wanted, b"(" + items + b")")
        except faults.RefusedError as refused:
            return self._describe_refused(uids, refused)
        found: dict[int, dict] = {}
        for row in fetch_rows(answer.rows("FETCH")):
            # A change of the same copy may be told in between.
            found.setdefault(row[b"UID"], {}).update(row)
        return [copy_of(found[uid]) for uid in sorted(found.keys() & set(uids), reverse=True)]

    def _describe_refused(self, uids: Sequence[int], refused: faults.RefusedError) -> list[RemoteCopy]:
        """Find the copy that the server cannot describe, and report it without description: it exists, after all."""
        if len(uids) > 1:
            half = len(uids) // 2
            return [*self._describe(uids[half:]), *self._describe(uids[:half])]
        self._undescribed += 1
        if self._undescribed > TOLERATED:
            raise refused
        return [RemoteCopy(uids[0], frozenset(), 0, UNKNOWN_DATE)]

    def _keywords(self, old: range, *command: bytes) -> Keywords:
        rows = fetch_rows(self._run(*command).rows("FETCH"))
        return {row[b"UID"]: keywords(row[b"FLAGS"]) for row in rows if row[b"UID"] in old and b"FLAGS" in row}

    def _received_since(self, copies: list[RemoteCopy]) -> list[RemoteCopy]:
        """Those received at `since` or later, to the second; and those of which nobody knows."""
        if not self._since:
            return copies
        since = self._since.replace(microsecond=0)
        return [copy for copy in copies if copy.internal_date >= since or copy.internal_date == UNKNOWN_DATE]
