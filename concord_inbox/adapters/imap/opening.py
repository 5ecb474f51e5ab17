"""Opening a folder and asking about it in the same round trip (RFC 3501, 5.5)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from ..base import RemoteCopy
from .hidden import Keywords
from .responses import ParseError, copy_of, fetch_rows, keywords
from .searching import found, search_command
from .session import Session
from .uids import HIGHEST, Uids
from .wire import Answer

#: Messages whose changed keywords are asked for with one command; of larger folders each command asks for a part.
PART = 50_000
#: UIDs that vanished which are taken one by one; of more, those that are still there are told instead.
VANISHED = 20_000

# What a command is to tell.
_ARRIVED, _CHANGED, _FOUND = "arrived", "changed", "found"


@dataclass(frozen=True, slots=True)
class Questions:
    """What to ask of a folder while it is being opened.

    :param first: the lowest UID not known yet; what arrived is described up to `arrivals` numbers further.
    :param old: UIDs of which keywords that changed since `modseq` are wanted, and which of them vanished.
    :param modseq: None: the server has no modification sequences. Then the keywords of the messages from number
        `newest` on are wanted, or of none.
    :param messages: how many there are, roughly.
    :param search: which of these UIDs there are, received on the day of `since` or later, is wanted; None: it is not.
    """

    first: int = 1
    arrivals: int = 0
    old: range = range(0)
    modseq: int | None = None
    newest: int | None = None
    messages: int = 0
    search: range | None = None
    since: datetime | None = None


@dataclass(slots=True)
class Told:
    """The answers; None where nothing was asked, or the server refused to answer, or nothing can be concluded.

    :param arrived: description of all copies from `Questions.first` to below `beyond`, highest UID first.
    :param vanished: UIDs of `Questions.old` that are gone; may name some that have been gone for long.
    :param found: UIDs of `Questions.search` that there are.
    """

    arrived: list[RemoteCopy] = field(default_factory=list)
    beyond: int = 0
    keywords: Keywords | None = None
    vanished: frozenset[int] | None = None
    found: Uids | None = None

    def until(self, uidnext: int) -> None:
        """Leave out what came in after the opening, which is the next run's."""
        self.beyond = min(self.beyond, uidnext)
        self.arrived = [copy for copy in self.arrived if copy.remote_id < self.beyond]
        if self.found is not None:
            self.found = self.found.within(1, uidnext - 1)


class Opening:
    """One folder being opened.

    :param items: what to FETCH of a copy to describe it.
    """

    def __init__(self, session: Session, questions: Questions, items: bytes):
        self._session = session
        self._questions = questions
        self._asks_vanished = questions.modseq is not None and session.has_qresync
        self._asked = list(self._commands(items))
        self._refused: set[str] = set()
        self._rows: dict[int, dict] = {}
        self._changed: Keywords = {}
        self._vanished: list[tuple[int, int]] = []
        self._unclear = False

    def run(self, name: bytes, path: str, uidvalidity: int | None) -> Told:
        """Open the folder, see `Session.examine()`, and take the answers.

        :param uidvalidity: what the UIDs of the questions belong to, None if they name none. If it is not the folder's,
            nothing is told.
        """
        try:
            commands = [command for _kind, command in self._asked]
            answers = self._session.examine_and_ask(name, path, commands)
            if uidvalidity not in (None, self._session.opened.uidvalidity):
                return Told()
            return self._told(answers)
        finally:
            self._session.abandon()

    def _commands(self, items: bytes) -> Iterator[tuple[str, tuple[bytes, ...]]]:
        asked = self._questions
        if asked.arrivals and asked.first <= HIGHEST:
            yield _ARRIVED, (b"UID FETCH %d:%d" % (asked.first, self._beyond() - 1), items)
        if asked.old and asked.modseq is not None:
            modifier = b"(CHANGEDSINCE %d%s)" % (asked.modseq, b" VANISHED" if self._asks_vanished else b"")
            size = -(-len(asked.old) // max(1, -(-asked.messages // PART)))
            for start in range(0, len(asked.old), size):
                part = asked.old[start : start + size]
                yield _CHANGED, (b"UID FETCH %d:%d" % (part[0], part[-1]), b"(UID FLAGS)", modifier)
        elif asked.old and asked.newest is not None:
            yield _CHANGED, (b"FETCH %d:*" % asked.newest, b"(UID FLAGS)")
        if asked.search:
            yield _FOUND, search_command(self._session, asked.search, asked.since)

    def _beyond(self) -> int:
        return min(HIGHEST + 1, self._questions.first + self._questions.arrivals)

    def _told(self, answers: Iterator[Answer | None]) -> Told:
        searched: list[Answer] = []
        for (kind, _command), answer in zip(self._asked, answers, strict=True):
            if answer is None:
                self._refused.add(kind)
            else:
                self._sort_out(answer)
                searched.append(answer)
        told = Told(beyond=self._questions.first)
        if self._is_answered(_ARRIVED):
            told.beyond = self._beyond()
            told.arrived = [copy_of(self._rows[uid]) for uid in sorted(self._rows, reverse=True)]
        elif _ARRIVED in self._refused:
            # Offered, but unknown, perhaps.
            self._session.do_without("OBJECTID", "X-GM-EXT-1")
        if self._is_answered(_CHANGED):
            told.keywords = self._changed
            gone = Uids(self._vanished)
            if self._asks_vanished and not self._unclear and len(gone) <= VANISHED:
                told.vanished = frozenset(gone)
        elif _CHANGED in self._refused and self._asks_vanished:
            self._session.give_up_qresync()
        if self._is_answered(_FOUND):
            told.found = found(searched, self._questions.search, self._session.opened.exists)
        elif _FOUND in self._refused:
            # Offered, but unknown, perhaps.
            self._session.do_without("ESEARCH")
        return told

    def _is_answered(self, kind: str) -> bool:
        return kind not in self._refused and any(kind == asked for asked, _command in self._asked)

    def _sort_out(self, answer: Answer) -> None:
        """Keep what came, by UID: the server may turn to one command before it is done with another."""
        old = self._questions.old
        # Taken out, since all these rows together can be many.
        for row in fetch_rows(answer.take("FETCH")):
            uid = row[b"UID"]
            if uid in old:
                if b"FLAGS" in row:
                    self._changed[uid] = keywords(row[b"FLAGS"])
            elif self._questions.first <= uid < self._beyond():
                self._rows.setdefault(uid, {}).update(row)
        for row in answer.take("VANISHED") if old else ():
            try:
                # Clipped, since one of them can name four milliards.
                gone = Uids.read(b"".join(row).rpartition(b")")[2].strip(), old[0], old[-1])
            except ParseError:
                self._unclear = True
            else:
                self._vanished += gone.ranges()
