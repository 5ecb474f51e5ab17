"""What happened in one folder, in pieces (see `base.Changes`).

A cursor says which label it is of (``label``), up to where the history was followed (``history``), and when that was
(``at``, POSIX time). As long as the first look is not over, ``left`` names what came last: the list of messages is
asked for anew then, and gone through to that place.
"""

import time
from collections.abc import Iterator, Set
from datetime import datetime, timedelta

from ..base import Changes, RemoteCopy
from ..errors import CursorLostError
from .history import History, Touched
from .messages import Fact, Messages
from .places import ALL, DRAFTS, KEYWORD_LABELS, OPINIONS, SENT, STARRED, UNREAD, Place, keywords

#: Emails in one piece: of those that nobody knows yet a batch, of others more.
UNKNOWN, FAMILIAR = 50, 500

#: Seconds after which the cursor of a folder in which nothing happens is brought up to date all the same: Gmail forgets
#: its history after some days.
STALE = 6 * 3600.0

#: How many of the last messages a cursor names: any of them says where the list was left.
MARKS = 20

#: What is looked at besides before the cut-off when messages may have vanished: the search's idea of a moment is not
#: known to the second.
MARGIN = timedelta(days=1)


class FolderChanges:
    """One look at a folder.

    :param known_history: where the account's history is known to be; None: Gmail has to be asked.
    """

    def __init__(
        self,
        history: History,
        messages: Messages,
        place: Place,
        known_history: int | None,
        cursor: dict | None,
        since: datetime | None,
    ):
        self._history = history
        self._messages = messages
        self._place = place
        self._known_history = known_history
        self._cursor = cursor if cursor and cursor.get("label") == place.label else None
        self._is_new = not cursor
        self._since = since.replace(microsecond=0) if since else None

    def run(self, now_at: int) -> Iterator[Changes]:
        """:param now_at: where the account's history is, at least, for a look that begins now."""
        if not self._cursor:
            # Also for a label that took another's name.
            yield from self._list(now_at, [], is_anew=not self._is_new)
            return
        try:
            touched, end = self._history.since(int(self._cursor["history"]), self._known_history)
        except CursorLostError:
            # Everything is looked at again, and nothing that is here fetched a second time.
            yield from self._list(now_at, [], is_anew=True)
            return
        left = self._cursor.get("left")
        yield from self._follow(touched, end, left)
        if left is not None:
            yield from self._list(end, left, is_anew=bool(self._cursor.get("anew")))

    # ------------------------------------------------------------ what the history tells

    def _follow(self, touched: dict[str, Touched], end: int, left: list | None) -> Iterator[Changes]:
        self._learn_labels(touched)
        vanished = frozenset(message for message, one in touched.items() if one.may_have_left(self._place))
        words: dict[str, frozenset[str]] = {}
        arriving: dict[str, Touched] = {}
        passing: dict[str, Touched] = {}
        for message, one in touched.items():
            if one.is_deleted or one.labels is None or not self._place.holds(one.labels):
                continue
            if one.is_new or self._place.entered(one.added, one.removed):
                arriving[message] = one
            elif self._place.label in (ALL, SENT) and _moves(one.added | one.removed):
                passing[message] = one
            elif (one.added | one.removed) & KEYWORD_LABELS:
                words[message] = keywords(one.labels)
        arriving |= self._still_here(passing)
        cursor = self._cursor
        changed = bool(vanished or words or arriving)
        is_stale = end > int(cursor["history"]) and time.time() - cursor.get("at", 0) >= STALE
        if not changed and not is_stale:
            return
        after = _cursor(self._place, end)
        if left is not None:
            after |= {"left": left, "anew": cursor.get("anew", False)}
        last: list[RemoteCopy] = []
        pieces = self._copies(arriving)
        for copies, remaining in pieces:
            if remaining:
                if copies:
                    # Should the process die now, the same is told again, and what is stored is known by its id.
                    yield Changes(cursor=cursor, arrived=copies, remaining=remaining)
            else:
                last = copies
        yield Changes(cursor=after, arrived=last, keywords=words, vanished=vanished)

    def _learn_labels(self, touched: dict[str, Touched]) -> None:
        """Ask for the labels of those of which the history does not tell them."""
        unknown = {message: one for message, one in touched.items() if one.labels is None and not one.is_deleted}
        found = self._messages.look_up(unknown, whole=False) if unknown else {}
        for message, one in unknown.items():
            if message in found:
                one.labels = found[message].labels
            else:
                one.is_deleted = True

    def _still_here(self, passing: dict[str, Touched]) -> dict[str, Touched]:
        """Of messages that came or went elsewhere, and are shown here all the time, those that cost nothing to tell of
        again: a folder that took them from here has left their copy.
        """
        known = self._messages.known(passing) if passing else {}
        return {message: one for message, one in passing.items() if message in known}

    def _copies(self, arriving: dict[str, Touched]) -> Iterator[tuple[list[RemoteCopy], int]]:
        """Copies in pieces, newest first, each with the number of those to come."""
        labels = {message: one.labels for message, one in arriving.items()}
        threads = {message: one.thread_id for message, one in arriving.items()}
        ordered = sorted(arriving, key=lambda message: (len(message), message), reverse=True)
        yield from self._pieces(ordered, labels.__getitem__, threads)

    # ------------------------------------------------------------ all that is there

    def _list(self, history_id: int, marks: list[str], *, is_anew: bool) -> Iterator[Changes]:
        """Go through the list of messages.

        :param marks: what came last, of a look that was not finished.
        :param is_anew: what is stored is to be compared with what is there.
        """
        since = self._since - MARGIN if self._since and is_anew else self._since
        threads = dict(self._messages.ids(self._place.listing | _after(since)))
        cursor = _cursor(self._place, history_id)
        present = frozenset(threads) if is_anew and not marks else None
        ordered = _behind(list(threads), marks)
        bearing: dict[str, frozenset[str]] = {}

        def labels(message: str) -> frozenset[str]:
            if not bearing:
                bearing.update(_keyword_labels(self._messages, self._place, threads, since))
            return bearing[message]

        remaining = 1
        for copies, remaining in self._pieces(ordered, labels, threads):
            piece = Changes(cursor=cursor, arrived=copies, present=present, remaining=remaining)
            if remaining:
                done = len(ordered) - remaining
                piece.cursor = cursor | {"left": ordered[max(0, done - MARKS) : done], "anew": is_anew}
            present = None
            yield piece
        if remaining:
            yield Changes(cursor=cursor, present=present)

    # ------------------------------------------------------------ both

    def _pieces(self, ordered: list[str], labels, threads: dict[str, str]) -> Iterator[tuple[list[RemoteCopy], int]]:
        """`ordered` as copies that are not older than the cut-off, in pieces; each with how many are still to come."""
        done = 0
        for window, known, unknown in _windows(self._messages, ordered):
            fresh = self._messages.look_up(unknown, whole=True) if unknown else {}
            done += len(window)
            copies = []
            for message in window:
                if message in fresh:
                    copies.append(fresh[message].copy(message, fresh[message].labels))
                elif message in known:
                    copies.append(known[message].copy(message, labels(message), threads.get(message)))
            copies = [copy for copy in copies if not self._since or copy.internal_date >= self._since]
            copies.sort(key=lambda copy: copy.internal_date, reverse=True)
            yield copies, len(ordered) - done


def listed(messages: Messages, place: Place, since: datetime | None) -> Iterator[list[RemoteCopy]]:
    """Every copy in a folder, highest id first; see `base.Adapter.inventory()`."""
    since = since.replace(microsecond=0) if since else None
    threads = dict(messages.ids(place.listing | _after(since)))
    bearing = _keyword_labels(messages, place, threads, since) if threads else {}
    for window, known, unknown in _windows(messages, sorted(threads, reverse=True)):
        # What nobody has will be wanted.
        facts = known | (messages.look_up(unknown, whole=True) if unknown else {})
        copies = [facts[one].copy(one, bearing[one], threads[one]) for one in window if one in facts]
        yield [copy for copy in copies if not since or copy.internal_date >= since]


def count(messages: Messages, place: Place, since: datetime | None) -> int:
    """How many messages are in a folder."""
    return sum(1 for _message in messages.ids(place.listing | _after(since)))


def _windows(messages: Messages, ordered: list[str]) -> Iterator[tuple[list[str], dict[str, Fact], list[str]]]:
    """`ordered` in parts: all of one, what is known of some of them, and the others, which one batch brings."""
    position = 0
    while position < len(ordered):
        window = ordered[position : position + FAMILIAR]
        known = messages.known(window)
        unknown = [message for message in window if message not in known]
        if len(unknown) > UNKNOWN:
            window = window[: window.index(unknown[UNKNOWN])]
            unknown = unknown[:UNKNOWN]
        position += len(window)
        yield window, known, unknown


def _keyword_labels(
    messages: Messages, place: Place, threads: dict[str, str], since: datetime | None
) -> dict[str, frozenset[str]]:
    """Which keywords all of a folder's messages bear, by three lists instead of one question for each."""
    found: dict[str, set[str]] = {message: set() for message in threads}
    for label in (UNREAD, STARRED, DRAFTS):
        listing = place.listing | _after(since)
        listing["labelIds"] = list(dict.fromkeys([*listing.get("labelIds", []), label]))
        for message, _thread in messages.ids(listing):
            if message in found:
                found[message].add(label)
    return {message: frozenset(labels) for message, labels in found.items()}


def _moves(labels: Set[str]) -> bool:
    """Whether one of the labels is a folder."""
    return any(not label.startswith(OPINIONS) for label in labels - KEYWORD_LABELS)


def _cursor(place: Place, history_id: int) -> dict:
    return {"label": place.label, "history": str(history_id), "at": int(time.time())}


def _after(since: datetime | None) -> dict:
    # To the second, and what comes in that very second is after the one before.
    return {"q": f"after:{int(since.timestamp()) - 1}"} if since else {}


def _behind(ordered: list[str], marks: list[str]) -> list[str]:
    """What comes behind the last of `marks` that is still there."""
    places = {message: position for position, message in enumerate(ordered)}
    for mark in reversed(marks):
        if mark in places:
            return ordered[places[mark] + 1 :]
    return ordered
