"""Moving and copying between folders: what must not be done twice.

A server without MOVE (RFC 6851) is given COPY, and then the originals are removed; one without UIDPLUS (RFC 4315)
neither tells the new UIDs nor expunges single messages.
"""

from collections.abc import Iterable, Sequence

from ..base import Moved, RemoteFolder
from ..errors import AdapterError, ProtocolError
from . import faults
from .responses import ParseError, expand_set, uid_chunks
from .retrying import Place, arrived
from .session import Session
from .wire import Answer, quote
from .writing import LINE, PATIENCE, Writer

#: How a server tells that messages are no longer there (RFC 3501; RFC 7162, 3.2.10).
REMOVED = frozenset({"EXPUNGE", "VANISHED"})
#: Messages that one COPYUID may name.
LIMIT = 1_000_000


class Mover:
    """One move or copy; see `base.Adapter` for `again`.

    :param writer: of the folder that the messages are in.
    """

    def __init__(self, session: Session, writer: Writer, folder: RemoteFolder, target: Place, again: bool):
        self._session = session
        self._writer = writer
        self._folder = folder
        self._target = target
        self._again = again
        self._patience = PATIENCE
        self._ids: dict[int, int | None] = {}
        self._gone: set[int] = set()
        self._left: dict[int, str] = {}
        self._refused: dict[int, str] = {}

    def move(self, uids: Iterable[int]) -> Moved:
        """Move, and tell what became of it."""
        uids = sorted(set(uids))
        if self._target.folder.path == self._folder.path:
            return Moved(ids={uid: uid for uid in uids})
        return self._run(uids, b"MOVE" if self._session.offers("MOVE", "IMAP4REV2") else b"COPY", removing=True)

    def copy(self, uids: Iterable[int]) -> Moved:
        """Copy, and tell what became of it."""
        return self._run(sorted(set(uids)), b"COPY", removing=False)

    def _run(self, uids: list[int], command: bytes, removing: bool) -> Moved:
        name = quote(self._target.name)
        try:
            for _text, chunk in uid_chunks(uids, max(1000, LINE - 40 - len(name))):
                if command == b"MOVE" and not self._transfer(b"MOVE", chunk):
                    # Offered, but unknown.
                    command = b"COPY"
                if command == b"COPY":
                    self._copy(chunk, removing)
        except AdapterError as error:
            error.done = self._result()
            raise
        return self._result()

    def _result(self) -> Moved:
        return Moved(
            ids=self._ids,
            gone=frozenset(self._gone),
            left=frozenset(self._left),
            refused=frozenset(self._refused),
            server_text=next(iter((self._refused | self._left).values()), ""),
        )

    def _copy(self, uids: Sequence[int], removing: bool) -> None:
        if removing:
            # What could not be removed afterwards would be doubled.
            self._writer.open_for_removing()
        if self._again:
            uids = self._settle(uids, removing)
        before = self._ids.keys() | set()
        try:
            self._transfer(b"COPY", uids)
        finally:
            copied = sorted(self._ids.keys() - before)
            if removing:
                self._left |= dict.fromkeys(copied, "")
        if removing:
            self._remove(copied)

    def _remove(self, uids: Sequence[int]) -> None:
        """Remove copies whose like is in the target."""
        if uids:
            left, unmarked = self._writer.remove(uids)
            for uid in uids:
                self._left.pop(uid, None)
            self._left |= left | unmarked

    def _transfer(self, command: bytes, uids: Sequence[int]) -> bool:
        """MOVE or COPY. Returns False if the server does not know the command, and did nothing."""
        told = self._session.offers("UIDPLUS", "IMAP4REV2")
        if not told:
            # The server will not tell what it did.
            uids = self._sort_out(uids)
        if not uids:
            return True
        self._writer.open()
        text = next(uid_chunks(uids, LINE))[0]
        try:
            answer = self._session.run(b"UID", command, text, quote(self._target.name))
        except faults.RefusedError as refused:
            if command == b"MOVE" and refused.answer.status == "BAD":
                return False
            self._divide(command, uids, refused)
            return True
        finally:
            self._writer.has_changed()
        self._note(answer, uids)
        new = bool(self._ids.keys() & set(uids))
        rest = [uid for uid in uids if uid not in self._ids]
        if new or (command == b"MOVE" and told and not answer.data.keys() & {"COPYUID", *REMOVED}):
            self._gone.update(rest)
        elif command == b"MOVE" or not told:
            self._ids |= dict.fromkeys(rest)
        else:
            # COPY without a word about what was copied: what exists, was.
            self._ids |= dict.fromkeys(self._sort_out(rest))
        return True

    def _sort_out(self, uids: Sequence[int]) -> list[int]:
        """Those of `uids` that exist; the others are gone."""
        present = self._writer.present(uids)
        self._gone.update(uid for uid in uids if uid not in present)
        return [uid for uid in uids if uid in present]

    def _note(self, answer: Answer, uids: Sequence[int]) -> None:
        """Keep the new UIDs that an answer tells (RFC 4315, 3)."""
        asked = set(uids)
        for item in answer.data.get("COPYUID", ()):
            try:
                uidvalidity, old, new = (item or b"").split()[:3]
                sources = expand_set(old, LIMIT)
                fits = self._target.fits(int(uidvalidity))
            except (ParseError, ValueError):
                continue
            try:
                targets = expand_set(new, LIMIT) if fits else []
            except ParseError:
                targets = []
            if not len(sources) == len(targets) == len(set(targets)):
                targets = [0] * len(sources)
            self._ids |= {uid: target or None for uid, target in zip(sources, targets, strict=True) if uid in asked}

    def _divide(self, command: bytes, uids: Sequence[int], refused: faults.RefusedError) -> None:
        """Find the messages that the server refuses, and do without them."""
        if refused.answer.status == "BAD":
            raise ProtocolError("bad_response", server_text=refused.text) from None
        if command == b"MOVE":
            # Each message is moved for itself, so that a part may have been (RFC 6851, 4.3).
            self._note(refused.answer, uids)
        known = faults.change(refused.answer, self._target.folder.path)
        rest = [uid for uid in uids if uid not in self._ids]
        present = self._writer.present(rest)
        missing = [uid for uid in rest if uid not in present]
        if command == b"MOVE" and refused.answer.data.keys() & REMOVED:
            self._ids |= dict.fromkeys(missing)
        else:
            self._gone.update(missing)
        if known.reason != "refused":
            raise known from None
        rest = [uid for uid in rest if uid in present]
        self._patience -= 1
        if self._patience <= 0 or len(uids) == len(rest) == 1:
            self._refused |= dict.fromkeys(rest, refused.text)
        elif len(rest) < len(uids):
            # It may have been those that are gone.
            self._transfer_rest(command, rest, refused)
        else:
            half = len(rest) // 2
            self._transfer_rest(command, rest[:half], refused)
            self._transfer_rest(command, rest[half:], refused)

    def _transfer_rest(self, command: bytes, uids: Sequence[int], refused: faults.RefusedError) -> None:
        if not self._transfer(command, uids):
            self._refused |= dict.fromkeys(uids, refused.text)

    def _settle(self, uids: Sequence[int], removing: bool) -> list[int]:
        """Finish what an attempt before began: find the copies that it made. Returns the UIDs still to be copied."""
        uids = self._sort_out(uids)
        wanted = self._writer.likenesses(uids)
        uidvalidity, found = arrived(self._session, self._target)
        made: dict[tuple, list[int]] = {}
        for uid in sorted(found, reverse=True):
            made.setdefault(found[uid], []).append(uid)
        done = []
        for uid in uids:
            if candidates := made.get(wanted.get(uid, ())):
                target = candidates.pop()
                self._ids[uid] = target if self._target.fits(uidvalidity) else None
                done.append(uid)
        if removing and done:
            self._left |= dict.fromkeys(done, "")
            self._remove(done)
        return [uid for uid in uids if uid not in self._ids]
