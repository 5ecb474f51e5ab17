"""What happened in a folder: in pieces, each with the cursor that is true once the piece is stored.

The cursor of a folder is a dict:

- ``uidvalidity``: what the UIDs belong to;
- ``uidnext``: every copy below it was reported, those of the backfill aside;
- ``backfill``: the lowest UID that the first sync reported; what lies below is still to come. None when it is complete;
- ``messages``: how many messages the server had below ``uidnext``, whether they were reported or not. Compared with
  what it has now and what arrived, it tells exactly whether something was deleted;
- ``modseq``: the modification sequence up to which keywords are known, None without CONDSTORE (RFC 7162);
- ``unseen``: the number of unread messages when last listed, where there is no ``modseq`` to tell of changes;
- ``looked``: Unix time when the keywords of the newest were compared, where there is no ``modseq``;
- ``scanned``: Unix time when all keywords and UIDs were last compared.

All numbers come from the moment when the folder was opened: what arrives later is found by the next run.
"""

import time
from collections.abc import Iterator
from datetime import datetime

from ..base import Changes, RemoteCopy
from .box import Box, Keywords, received_since

#: Copies in one piece.
PIECE = 200
#: Copies whose metadata are asked for at once; several pieces share the round trip.
WINDOW = 1000
#: Keywords in one piece, and in one question of a scan.
KEYWORDS = 2000
#: Newest messages whose keywords are compared when something hints at a change and the server cannot tell what.
NEWEST = 2000
#: Seconds between two looks at the newest where the server tells neither of changes nor of a change in numbers.
LOOK_EVERY = 5 * 60
#: Seconds between two complete comparisons.
FULL_SCAN_EVERY = 24 * 3600


class FolderChanges:
    """One run over one folder; see `base.Adapter.changes()`.

    :param status: what the listing told of the folder, None if nothing.
    """

    def __init__(self, box: Box, status: dict | None, cursor: dict | None, since: datetime | None):
        self._box = box
        self._status = status or {}
        self._cursor = cursor
        self._since = since
        self._now = int(time.time())

    def run(self) -> Iterator[Changes]:
        """The pieces, in the order in which they must be stored."""
        cursor = self._cursor
        unchanged = cursor and self._is_unchanged(cursor)
        if unchanged and cursor["backfill"] is None:
            return
        self._box.open(cursor)
        # A UIDNEXT that went back means UIDs given twice (a server restored from a backup): they mean nothing either.
        lost = cursor and (cursor["uidvalidity"] != self._box.uidvalidity or self._box.uidnext < cursor["uidnext"])
        if not cursor or lost:
            yield from self._first(reset=bool(lost))
            return
        for piece in self._news(cursor) if not unchanged else ():
            cursor = piece.cursor
            yield piece
        if cursor["backfill"] is not None:
            yield from self._walk(self._box.search(1, cursor["backfill"] - 1, self._since), cursor)

    def _is_unchanged(self, cursor: dict) -> bool:
        """Whether the listing already tells that nothing happened since. An unread count alone is a weak sign, hence
        the look at the newest now and then, and the daily scan."""
        status = self._status
        if self._is_scan_due(cursor):
            return False
        keys = ["uidvalidity", "uidnext", "messages"]
        if status.get("modseq") and cursor["modseq"]:
            keys.append("modseq")
        elif cursor["messages"] and self._is_look_due(cursor):
            return False
        else:
            keys.append("unseen")
        return all(status.get(key) is not None and status[key] == cursor[key] for key in keys)

    def _is_scan_due(self, cursor: dict) -> bool:
        return not 0 <= self._now - cursor["scanned"] < FULL_SCAN_EVERY

    def _is_look_due(self, cursor: dict) -> bool:
        # Cursors of older versions do not tell.
        return not 0 <= self._now - cursor.get("looked", 0) < LOOK_EVERY

    # -------------------------------------------------------------- first sync

    def _first(self, reset: bool) -> Iterator[Changes]:
        cursor = {
            "uidvalidity": self._box.uidvalidity,
            "uidnext": self._box.uidnext,
            "backfill": None,
            "messages": self._box.exists,
            "modseq": self._box.modseq,
            "unseen": self._status.get("unseen"),
            "looked": self._now,
            "scanned": self._now,
        }
        uids = self._box.search(1, self._box.uidnext - 1, self._since) if self._box.exists else []
        yield from self._walk(uids, cursor, reset)

    def _walk(self, uids: list[int], cursor: dict, reset: bool = False) -> Iterator[Changes]:
        """Report copies from the highest UID down; `cursor` says where to go on after each piece."""
        uids = sorted(set(uids), reverse=True)
        remaining = len(uids)
        for part, copies in self._described(uids):
            remaining -= len(part)
            cursor = {**cursor, "backfill": part[-1] if remaining else None}
            if copies or reset or not remaining:
                yield Changes(cursor, reset=reset, arrived=copies, total=self._box.exists, remaining=remaining)
                reset = False
        if not uids:
            yield Changes({**cursor, "backfill": None}, reset=reset, total=self._box.exists)

    # ------------------------------------------------------------------- later

    def _news(self, cursor: dict) -> Iterator[Changes]:
        """What arrived, which keywords changed and what was deleted since `cursor`."""
        full = self._is_scan_due(cursor) or self._lost_track(cursor)
        known, arrived = cursor, []
        for piece in self._arrivals(cursor):
            if arrived:
                yield Changes(
                    known, arrived=arrived, total=self._box.exists, remaining=piece.remaining + len(piece.arrived)
                )
            known, arrived = piece.cursor, piece.arrived
        present = None
        if full or known["messages"] != self._box.exists:
            present = frozenset(self._box.search(1, self._box.uidnext - 1, None))
        changed: Keywords = {}
        for part in self._changed_keywords(cursor, present if full else None):
            if changed:
                yield Changes(known, arrived=arrived, keywords=changed, total=self._box.exists)
                arrived = []
            changed = part
        final = {
            **known,
            "uidnext": self._box.uidnext,
            "messages": self._box.exists if present is None else len(present),
            "modseq": self._box.modseq,
            "unseen": self._status.get("unseen"),
            "looked": self._now if self._box.modseq is None and self._is_look_due(cursor) else cursor.get("looked", 0),
            "scanned": self._now if full else cursor["scanned"],
        }
        if arrived or changed or present is not None or final != cursor:
            yield Changes(final, arrived=arrived, keywords=changed, present=present, total=self._box.exists)

    def _lost_track(self, cursor: dict) -> bool:
        """Whether the modification sequences of then and now cannot be compared, so that keywords must be."""
        if cursor["modseq"] is None or self._box.modseq is None:
            return cursor["modseq"] != self._box.modseq
        return self._box.modseq < cursor["modseq"]

    def _arrivals(self, cursor: dict) -> Iterator[Changes]:
        """The copies from ``uidnext`` on. Upwards, so that each piece's ``uidnext`` is true whatever becomes of the
        next; within a piece the newest come first."""
        first, last = cursor["uidnext"], self._box.uidnext - 1
        if last < first:
            return
        # Few enough to be asked for at once, though nobody knows which of the numbers exist. (Never by "*": that is
        # the last message even where it is older.)
        uids = range(first, last + 1) if last - first < PIECE else sorted(self._box.search(first, last, None))
        for start in range(0, len(uids), PIECE):
            part = uids[start : start + PIECE]
            copies = self._box.describe(part)
            cursor = {**cursor, "uidnext": part[-1] + 1, "messages": cursor["messages"] + len(copies)}
            remaining = len(uids) - start - len(part)
            yield Changes(
                cursor, arrived=received_since(self._since, copies), total=self._box.exists, remaining=remaining
            )

    def _changed_keywords(self, cursor: dict, present: frozenset[int] | None) -> Iterator[Keywords]:
        """The keywords of copies reported before: all of them if `present` says which there are, else those that
        changed as far as the server can tell, else those of the newest."""
        old = range(cursor["backfill"] or 1, cursor["uidnext"])
        if not old or not self._box.exists:
            return
        if present is not None:
            uids = sorted((uid for uid in present if uid in old), reverse=True)
            for start in range(0, len(uids), KEYWORDS):
                part = uids[start : start + KEYWORDS]
                yield self._box.keywords(part[-1], part[0])
        elif self._box.modseq is None:
            newest = self._box.newest_keywords(NEWEST)
            yield {uid: words for uid, words in newest.items() if uid in old}
        elif self._box.modseq != cursor["modseq"]:
            found = list(self._box.keywords(old[0], old[-1], cursor["modseq"]).items())
            for start in range(0, len(found), KEYWORDS):
                yield dict(found[start : start + KEYWORDS])

    def _described(self, uids: list[int]) -> Iterator[tuple[list[int], list[RemoteCopy]]]:
        """`uids`, highest first, in parts of one piece each, with those of the copies that are recent enough."""
        for start in range(0, len(uids), WINDOW):
            window = uids[start : start + WINDOW]
            copies = {copy.remote_id: copy for copy in received_since(self._since, self._box.describe(window))}
            for offset in range(0, len(window), PIECE):
                part = window[offset : offset + PIECE]
                yield part, [copies[uid] for uid in part if uid in copies]
