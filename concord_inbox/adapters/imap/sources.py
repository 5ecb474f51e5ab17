"""The sources of messages, in groups. While the caller stores one group the next is already on its way."""

import re
from collections import deque
from collections.abc import Iterable, Iterator

from ..base import RawMessage, RemoteCopy, RemoteFolder
from ..errors import MessageUnavailableError, NetworkError, TemporaryError
from ..spool import Spool
from . import faults
from .responses import fetch_rows, uid_set
from .resuming import Remains
from .session import Session

#: Bounds of one group. A larger message is a group of its own.
GROUP_BYTES = 8 * 1024 * 1024
GROUP_MESSAGES = 200
#: What a header block is thought to have at most.
HEADER_BYTES = 32 * 1024
#: Connections that may break in one run before it is the network's fault and not a message's: halving a full group
#: takes eight, and the last message is tried twice.
BROKEN_CONNECTIONS = 20
#: Bytes of a message that one connection must bring not to count as broken.
PROGRESS = 1024 * 1024
#: Messages that a server may refuse while it hands out none at all.
TOLERATED = 20

_PART = re.compile(rb"BODY\[\]<(\d+)>")

Group = list[RemoteCopy]
#: Where in the message it begins, None for the whole, and a source; None for the server's NIL.
Piece = tuple[int | None, bytes | Spool | None]


class Sources:
    """One run of `base.Adapter.fetch()`, or of `header_blocks()`.

    A group that the server refuses, or dies of, is halved until the one message is found that it cannot hand out. All
    others are yielded first, then `MessageUnavailableError` names it.

    No thread is at work: the next command is sent before the answer to the last is read, and the system's buffers
    take in what comes meanwhile. So there is never more in memory than the caller's group and the one being read, and a
    caller who stops half-way leaves an answer that the session throws away before its next one. A large message passes
    through memory only in slices, and goes on where it broke off (`resuming`).

    :param section: what is wanted of the messages (RFC 3501, 6.4.5): ``HEADER``, or nothing for the whole.
    """

    def __init__(
        self,
        session: Session,
        folder: RemoteFolder,
        name: bytes,
        uidvalidity: int | None,
        copies: Iterable[RemoteCopy],
        section: bytes = b"",
    ):
        self._session = session
        self._section = section
        self._path = folder.path
        self._name = name
        self._uidvalidity = uidvalidity
        self._waiting = deque(_groups(copies, HEADER_BYTES if section else GROUP_BYTES))
        self._asked: deque[tuple[Group, bytes]] = deque()
        self._early: dict[int, Piece] = {}
        self._remains = Remains()
        self._unavailable: dict[int, str] = {}
        self._killers: set[int] = set()
        self._broken = 0
        self._delivered = False

    def run(self) -> Iterator[list[RawMessage]]:
        """The groups.

        :raises MessageUnavailableError: at the end; details: ``remote_id`` (the first), ``remote_ids``,
            ``server_text``.
        """
        try:
            while self._waiting or self._asked:
                messages = self._next()
                if messages:
                    self._delivered = True
                    yield messages
        finally:
            self._session.abandon()
        if self._unavailable:
            first, text = next(iter(self._unavailable.items()))
            raise MessageUnavailableError(
                "refused", remote_id=first, remote_ids=tuple(self._unavailable), server_text=text
            )

    def _next(self) -> list[RawMessage]:
        group = self._waiting[0] if not self._asked else self._asked[0][0]
        try:
            while self._waiting and len(self._asked) < 2:
                self._ask()
            group, tag = self._asked.popleft()
            answer = self._session.finish(tag)
        except faults.RefusedError as refused:
            # What came before the refusal is as good as ever.
            messages, rest = self._read(group, refused.answer.rows("FETCH"))
            if not self._ask_whole(rest):
                self._divide(rest, refused.text)
            return messages
        except (NetworkError, TemporaryError) as error:
            if error.reason not in ("cut", "bye"):
                raise
            self._recover(group, error)
            return []
        messages, vanished = self._read(group, answer.rows("FETCH"))
        self._ask_whole(vanished)
        return messages

    def _ask(self) -> None:
        self._session.ensure(self._name, self._path, self._uidvalidity)
        self._uidvalidity = self._session.opened.uidvalidity
        group = self._waiting[0]
        uids = uid_set(copy.remote_id for copy in group)
        part = self._remains.section(group[0].remote_id) if len(group) == 1 else b""
        tag = self._session.begin(b"UID", b"FETCH", uids, b"(UID BODY.PEEK[%s]%s)" % (self._section, part))
        self._asked.append((self._waiting.popleft(), tag))

    def _read(self, group: Group, rows: list) -> tuple[list[RawMessage], Group]:
        """The messages, and the copies of which nothing was said."""
        # The server may have begun with the next group before it was done with this one.
        found, self._early = self._early, {}
        for row in fetch_rows(rows):
            for name, value in row.items():
                if piece := self._piece(name, value):
                    found[row[b"UID"]] = piece
        for other, _tag in self._asked:
            self._early |= {copy.remote_id: found[copy.remote_id] for copy in other if copy.remote_id in found}
        messages, rest = [], []
        for copy in group:
            if copy.remote_id not in found:
                rest.append(copy)
                continue
            origin, source = found[copy.remote_id]
            if origin is not None or copy.remote_id in self._remains:
                source = self._remains.complete(copy.remote_id, origin, source)
                if source is None and self._ask_whole([copy]):
                    continue
            if source or (source is not None and not copy.size):
                messages.append(RawMessage(copy.remote_id, source))
            else:
                self._give_up(copy, "the server sends nothing for this message")
        return messages, rest

    def _piece(self, name: bytes, value) -> Piece | None:
        wanted = b"BODY[%s]" % self._section
        if name == wanted:
            return None, value
        match = _PART.fullmatch(name)
        return (int(match[1]), value) if match else None

    def _ask_whole(self, group: Group) -> bool:
        """Whether `group` is one message of which the rest was wanted: it is to be had whole, perhaps."""
        if len(group) != 1 or not self._remains.forget(group[0].remote_id):
            return False
        self._waiting.appendleft(group)
        return True

    def _divide(self, group: Group, text: str) -> None:
        if len(group) == 1:
            self._give_up(group[0], text)
        elif group:
            half = len(group) // 2
            self._waiting.extendleft((group[half:], group[:half]))

    def _recover(self, group: Group, error: TemporaryError) -> None:
        """The connection broke while `group` was due: ask again for all that was under way, for less at a time."""
        begun = self._session.interrupted
        self._session.drop()
        progress = self._remains.keep(begun) if begun else 0
        # As long as much of a large message comes with each connection, it arrives some time.
        self._broken += progress < PROGRESS
        if self._broken > BROKEN_CONNECTIONS:
            raise error
        # Whatever keeps us from connecting again is no message's fault.
        self._session.connect()
        self._early.clear()
        others = [other for other, _tag in self._asked if other is not group]
        self._asked.clear()
        self._waiting.extendleft(reversed(others))
        if self._waiting and self._waiting[0] is group:
            self._waiting.popleft()
        if progress:
            self._waiting.appendleft(group)
            self._single_out(begun.uid)
        elif len(group) == 1 and group[0].remote_id not in self._killers:
            self._killers.add(group[0].remote_id)
            self._waiting.appendleft(group)
        elif not self._ask_whole(group):
            self._divide(group, "the server ends the connection over this message")

    def _single_out(self, uid: int) -> None:
        """Have a message in a group of its own, as one must be whose rest is asked for; it comes first."""
        for position, group in enumerate(self._waiting):
            wanted = [copy for copy in group if copy.remote_id == uid]
            if wanted:
                del self._waiting[position]
                if rest := [copy for copy in group if copy.remote_id != uid]:
                    self._waiting.insert(position, rest)
                self._waiting.appendleft(wanted)
                return

    def _give_up(self, copy: RemoteCopy, text: str) -> None:
        self._unavailable[copy.remote_id] = text
        if len(self._unavailable) > TOLERATED and not self._delivered:
            if self._section:
                # Whoever asks for headers can do without them.
                self._waiting.clear()
                return
            # Not one message is at fault then.
            raise TemporaryError("unavailable", server_text=text, path=self._path)


def _groups(copies: Iterable[RemoteCopy], largest: int) -> Iterator[Group]:
    """:param largest: no more bytes than this come of one copy, however large it is."""
    group: Group = []
    size = 0
    for copy in copies:
        coming = min(copy.size, largest)
        if group and (len(group) == GROUP_MESSAGES or size + coming > GROUP_BYTES):
            yield group
            group, size = [], 0
        group.append(copy)
        size += coming
    if group:
        yield group
