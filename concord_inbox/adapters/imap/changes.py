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
- ``hidden``: the UIDs, as a sequence set, of copies that bear the keyword ``deleted`` and count as gone;
- ``mailboxid``: the folder's own identity, which a new name does not change (RFC 8474), None where there is none;
- ``scanned``: Unix time when all keywords and UIDs were last compared.

All numbers come from the moment when the folder was opened: what arrives later is found by the next run.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from ..base import Changes, RemoteCopy
from .box import Box, received_since
from .hidden import Hidden, Keywords
from .opening import Questions, Told
from .uids import HIGHEST, Uids

#: Copies in one piece.
PIECE = 200
#: Copies in one piece of a first synchronisation that goes so quickly that a piece still takes no more seconds than
#: this: each piece costs a round trip, and between two of them what the user does meanwhile is told to the server.
LARGEST_PIECE = 1000
PIECE_SECONDS = 3
#: Copies whose metadata are asked for at once; several pieces share the round trip.
WINDOW = 2000
#: Keywords in one piece, and in one question of a scan.
KEYWORDS = 2000
#: Newest messages whose keywords are compared when something hints at a change and the server cannot tell what.
NEWEST = 2000
#: Seconds between two looks at the newest where the server tells neither of changes nor of a change in numbers.
LOOK_EVERY = 5 * 60
#: Seconds between two complete comparisons.
FULL_SCAN_EVERY = 24 * 3600


def could_be(status: dict | None, cursor: dict) -> bool:
    """Whether a listed status may be that of the folder that `cursor` is of; see `base.Adapter.could_be()`."""
    status = status or {}
    if status.get("mailboxid") and cursor.get("mailboxid"):
        return status["mailboxid"] == cursor["mailboxid"]
    uidnext = status.get("uidnext")
    return uidnext is not None and status.get("uidvalidity") == cursor["uidvalidity"] and uidnext >= cursor["uidnext"]


class FolderChanges:
    """One run over one folder; see `base.Adapter.changes()`.

    What a run is likely to need is asked for together with opening the folder, which makes that one round trip. What
    was not asked, or not answered, is asked for when it is needed.

    :param status: what the listing told of the folder, None if nothing.
    """

    def __init__(self, box: Box, status: dict | None, cursor: dict | None, since: datetime | None):
        self._box = box
        self._status = status or {}
        self._cursor = cursor
        self._since = since
        self._now = int(time.time())
        self._hidden = Hidden()

    def run(self) -> Iterator[Changes]:
        """The pieces, in the order in which they must be stored."""
        cursor = self._cursor
        unchanged = cursor and self._is_unchanged(cursor)
        if unchanged and cursor["backfill"] is None:
            return
        told = self._box.open(cursor, self._questions(cursor, bool(unchanged)))
        # A UIDNEXT that went back means UIDs given twice (a server restored from a backup): they mean nothing either.
        lost = cursor and (cursor["uidvalidity"] != self._box.uidvalidity or self._box.uidnext < cursor["uidnext"])
        if not cursor or lost:
            yield from self._first(None if lost else told.found, reset=bool(lost))
            return
        self._hidden = Hidden(cursor.get("hidden", ""))
        for piece in self._news(cursor, told) if not unchanged else ():
            cursor = piece.cursor
            yield piece
        if cursor["backfill"] is not None:
            uids = told.found if unchanged else None
            if uids is None:
                uids = self._box.search(1, cursor["backfill"] - 1, self._since)
            yield from self._walk(uids, cursor)

    def _questions(self, cursor: dict | None, unchanged: bool) -> Questions:
        """What to ask while the folder is being opened, judged by what the listing told."""
        if not cursor:
            return Questions(search=range(1, HIGHEST + 1), since=self._since)
        if unchanged:
            return Questions(search=range(1, cursor["backfill"]), since=self._since)
        uidnext, messages = self._status.get("uidnext"), self._status.get("messages")
        everything = range(1, HIGHEST + 1)
        if self._is_scan_due(cursor):
            return Questions(cursor["uidnext"], PIECE, search=everything)
        tells = cursor["modseq"] is not None and self._box.tells_vanished
        # There cannot be fewer than there were and as many numbers were given since, unless something vanished.
        fewer = None not in (uidnext, messages) and messages < cursor["messages"] + max(0, uidnext - cursor["uidnext"])
        return Questions(
            cursor["uidnext"],
            PIECE,
            old=_reported(cursor),
            modseq=cursor["modseq"],
            newest=max(1, messages - NEWEST + 1) if messages else None,
            messages=messages or cursor["messages"],
            search=everything if fewer and not tells else None,
        )

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

    def _first(self, found: Uids | None, reset: bool) -> Iterator[Changes]:
        cursor = {
            "uidvalidity": self._box.uidvalidity,
            "uidnext": self._box.uidnext,
            "backfill": None,
            "messages": self._box.exists,
            "modseq": self._box.modseq,
            "unseen": self._status.get("unseen"),
            "hidden": "",
            "mailboxid": self._box.mailboxid,
            "looked": self._now,
            "scanned": self._now,
        }
        if found is None:
            found = self._box.search(1, self._box.uidnext - 1, self._since)
        yield from self._walk(found, cursor, reset)

    def _walk(self, uids: Uids, cursor: dict, reset: bool = False) -> Iterator[Changes]:
        """Report copies from the highest UID down; `cursor` says where to go on after each piece."""
        remaining = len(uids)
        if not remaining:
            yield Changes({**cursor, "backfill": None}, reset=reset, total=self._box.exists)
        for part, copies in self._described(uids):
            remaining -= len(part)
            visible = self._hidden.sort_out(copies)
            if visible or reset or not remaining:
                cursor = {**cursor, "backfill": part[-1] if remaining else None, "hidden": self._hidden.text}
                yield Changes(cursor, reset=reset, arrived=visible, total=self._box.exists, remaining=remaining)
                reset = False

    # ------------------------------------------------------------------- later

    def _news(self, cursor: dict, told: Told) -> Iterator[Changes]:
        """What arrived, which keywords changed and what was deleted since `cursor`."""
        if self._lost_track(cursor):
            told = replace(told, keywords=None, vanished=None)
        full = self._is_scan_due(cursor) or self._lost_track(cursor)
        known, arrived = cursor, []
        for piece in self._arrivals(cursor, told):
            if arrived:
                yield Changes(
                    known, arrived=arrived, total=self._box.exists, remaining=piece.remaining + len(piece.arrived)
                )
            known, arrived = piece.cursor, piece.arrived
        present, vanished = self._gone(known, told, full)
        last = Changes(known, arrived=arrived, total=self._box.exists)
        for words in self._changed_keywords(cursor, told, present if full else None):
            if last.keywords or last.vanished:
                yield last
                last = Changes(known, total=self._box.exists)
            last.keywords, last.vanished, back = self._hidden.judge(words)
            last.cursor = {**known, "hidden": self._hidden.text}
            for start in range(0, len(back), PIECE):
                copies = self._box.describe(back[start : start + PIECE])
                if last.arrived:
                    yield last
                    last = Changes(known, total=self._box.exists)
                last.arrived = received_since(self._since, self._hidden.reveal(back[start : start + PIECE], copies))
                last.cursor = {**known, "hidden": self._hidden.text}
        self._hidden.forget(vanished)
        last.vanished |= vanished
        if present is not None:
            self._hidden.keep(present)
            last.present, last.bound = present.without(self._hidden.uids), self._box.uidnext
        last.cursor = {
            **known,
            "uidnext": self._box.uidnext,
            "messages": self._box.exists if present is None else len(present),
            "modseq": self._box.modseq,
            "unseen": self._status.get("unseen"),
            "hidden": self._hidden.text,
            "mailboxid": self._box.mailboxid,
            "looked": self._now if self._box.modseq is None and self._is_look_due(cursor) else cursor.get("looked", 0),
            "scanned": self._now if full else cursor["scanned"],
        }
        if last.arrived or last.keywords or last.vanished or present is not None or last.cursor != cursor:
            yield last

    def _lost_track(self, cursor: dict) -> bool:
        """Whether the modification sequences of then and now cannot be compared, so that keywords must be."""
        if cursor["modseq"] is None or self._box.modseq is None:
            return cursor["modseq"] != self._box.modseq
        return self._box.modseq < cursor["modseq"]

    def _gone(self, known: dict, told: Told, full: bool) -> tuple[Uids | None, frozenset[int]]:
        """The UIDs that there are, if they had to be looked at; else those that vanished.

        :param known: the cursor after what arrived was reported.
        """
        missing = known["messages"] - self._box.exists
        if not full and told.vanished is not None and 0 <= missing <= len(told.vanished):
            return None, told.vanished
        if not full and told.vanished is None and not missing:
            return None, frozenset()
        found = told.found
        if found is None:
            found = self._box.search(1, self._box.uidnext - 1, None)
        return found, frozenset()

    def _arrivals(self, cursor: dict, told: Told) -> Iterator[Changes]:
        """The copies from ``uidnext`` on. Upwards, so that each piece's ``uidnext`` is true whatever becomes of the
        next; within a piece the newest come first."""
        first, last = max(cursor["uidnext"], told.beyond), self._box.uidnext - 1
        # Few enough to be asked for at once, though nobody knows which of the numbers exist. (Never by "*": that is
        # the last message even where it is older.)
        uids: Sequence[int] | Uids = range(first, last + 1)
        if len(uids) > PIECE:
            uids = self._box.search(first, last, None)
        remaining = len(uids)

        def piece(beyond: int, copies: list[RemoteCopy]) -> Changes:
            visible = self._hidden.sort_out(received_since(self._since, copies))
            after = {
                **cursor,
                "uidnext": beyond,
                "messages": cursor["messages"] + len(copies),
                "hidden": self._hidden.text,
            }
            return Changes(after, arrived=visible, total=self._box.exists, remaining=remaining)

        if told.beyond > cursor["uidnext"]:
            arrived = piece(told.beyond, told.arrived)
            cursor = arrived.cursor
            yield arrived
        waiting = iter(uids)
        while part := list(islice(waiting, PIECE)):
            remaining -= len(part)
            copies = self._box.describe(range(part[0], part[-1] + 1) if isinstance(uids, range) else part)
            arrived = piece(part[-1] + 1, copies)
            cursor = arrived.cursor
            yield arrived

    def _changed_keywords(self, cursor: dict, told: Told, present: Uids | None) -> Iterator[Keywords]:
        """The keywords of copies reported before: all of them if `present` says which there are, else those that
        changed as far as the server can tell, else those of the newest."""
        old = _reported(cursor)
        if not old or not self._box.exists:
            return
        if present is not None:
            uids = reversed(present.within(old[0], old[-1]))
            while part := list(islice(uids, KEYWORDS)):
                yield self._box.keywords(part[-1], part[0])
            return
        changed = told.keywords
        if changed is None and self._box.modseq is None:
            newest = self._box.newest_keywords(NEWEST)
            changed = {uid: words for uid, words in newest.items() if uid in old}
        elif changed is None and self._box.modseq != cursor["modseq"]:
            changed = self._box.keywords(old[0], old[-1], cursor["modseq"])
        found = iter((changed or {}).items())
        while some := dict(islice(found, KEYWORDS)):
            yield some

    def _described(self, uids: Uids) -> Iterator[tuple[list[int], list[RemoteCopy]]]:
        """`uids`, highest first, in parts of one piece each, with those of the copies that are recent enough."""
        waiting = reversed(uids)
        size = PIECE
        while window := list(islice(waiting, WINDOW)):
            copies = {copy.remote_id: copy for copy in received_since(self._since, self._box.describe(window))}
            while part := window[:size]:
                del window[:size]
                begun = time.monotonic()
                yield part, [copies[uid] for uid in part if uid in copies]
                # The caller has fetched and stored it by now.
                quick = PIECE_SECONDS * len(part) / max(time.monotonic() - begun, 0.001)
                size = int(min(max(PIECE, quick), 2 * size, LARGEST_PIECE))


def _reported(cursor: dict) -> range:
    """UIDs of copies that were reported up to `cursor`."""
    return range(cursor["backfill"] or 1, cursor["uidnext"])
