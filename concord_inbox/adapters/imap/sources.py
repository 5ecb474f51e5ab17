"""The sources of messages, in groups. While the caller stores one group the next is already on its way."""

from collections import deque
from collections.abc import Iterable, Iterator

from ..base import RawMessage, RemoteCopy, RemoteFolder
from ..errors import MessageUnavailableError, NetworkError, TemporaryError
from . import faults
from .responses import fetch_rows, uid_set
from .session import Session

#: Bounds of one group. A larger message is a group of its own.
GROUP_BYTES = 8 * 1024 * 1024
GROUP_MESSAGES = 200
#: Connections that may break in one run before it is the network's fault and not a message's: halving a full group
#: takes eight, and the last message is tried twice.
BROKEN_CONNECTIONS = 20
#: Messages that a server may refuse while it hands out none at all.
TOLERATED = 20

Group = list[RemoteCopy]


class Sources:
    """One run of `base.Adapter.fetch()`.

    A group that the server refuses, or dies of, is halved until the one message is found that it cannot hand out. All
    others are yielded first, then `MessageUnavailableError` names it.

    No thread is at work: the next command is sent before the answer to the last is read, and the system's buffers
    take in what comes meanwhile. So there is never more in memory than the caller's group and the one being read, and a
    caller who stops half-way leaves an answer that the session throws away before its next one.
    """

    def __init__(
        self,
        session: Session,
        folder: RemoteFolder,
        name: bytes,
        uidvalidity: int | None,
        copies: Iterable[RemoteCopy],
    ):
        self._session = session
        self._path = folder.path
        self._name = name
        self._uidvalidity = uidvalidity
        self._waiting = deque(_groups(copies))
        self._asked: deque[tuple[Group, bytes]] = deque()
        self._early: dict[int, bytes | None] = {}
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
            self._divide(rest, refused.text)
            return messages
        except (NetworkError, TemporaryError) as error:
            if error.reason not in ("cut", "bye"):
                raise
            self._recover(group, error)
            return []
        messages, _vanished = self._read(group, answer.rows("FETCH"))
        return messages

    def _ask(self) -> None:
        self._session.ensure(self._name, self._path, self._uidvalidity)
        self._uidvalidity = self._session.opened.uidvalidity
        group = self._waiting[0]
        tag = self._session.begin(b"UID", b"FETCH", uid_set(copy.remote_id for copy in group), b"(UID BODY.PEEK[])")
        self._asked.append((self._waiting.popleft(), tag))

    def _read(self, group: Group, rows: list) -> tuple[list[RawMessage], Group]:
        """The messages, and the copies of which nothing was said."""
        # The server may have begun with the next group before it was done with this one.
        found, self._early = self._early, {}
        for row in fetch_rows(rows):
            if b"BODY[]" in row:
                found[row[b"UID"]] = row[b"BODY[]"]
        for other, _tag in self._asked:
            self._early |= {copy.remote_id: found[copy.remote_id] for copy in other if copy.remote_id in found}
        messages, rest = [], []
        for copy in group:
            source = found.get(copy.remote_id)
            if source or (source is not None and not copy.size):
                messages.append(RawMessage(copy.remote_id, source))
            elif copy.remote_id in found:
                self._give_up(copy, "the server sends nothing for this message")
            else:
                rest.append(copy)
        return messages, rest

    def _divide(self, group: Group, text: str) -> None:
        if len(group) == 1:
            self._give_up(group[0], text)
        elif group:
            half = len(group) // 2
            self._waiting.extendleft((group[half:], group[:half]))

    def _recover(self, group: Group, error: TemporaryError) -> None:
        """The connection broke while `group` was due: ask again for all that was under way, for less at a time."""
        self._session.drop()
        self._broken += 1
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
        if len(group) == 1 and group[0].remote_id not in self._killers:
            self._killers.add(group[0].remote_id)
            self._waiting.appendleft(group)
        else:
            self._divide(group, "the server ends the connection over this message")

    def _give_up(self, copy: RemoteCopy, text: str) -> None:
        self._unavailable[copy.remote_id] = text
        if len(self._unavailable) > TOLERATED and not self._delivered:
            # Not one message is at fault then.
            raise TemporaryError("unavailable", server_text=text, path=self._path)


def _groups(copies: Iterable[RemoteCopy]) -> Iterator[Group]:
    group: Group = []
    size = 0
    for copy in copies:
        if group and (len(group) == GROUP_MESSAGES or size + copy.size > GROUP_BYTES):
            yield group
            group, size = [], 0
        group.append(copy)
        size += copy.size
    if group:
        yield group
