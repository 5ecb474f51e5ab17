"""Changing the keywords of copies, and deleting them: what may be repeated without harm."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..base import RemoteFolder, Removed, Written
from ..errors import ChangeRefusedError, InvalidInputError, TemporaryError
from . import faults
from .flags import DELETED, SYSTEM_FLAGS, is_listed, spelling
from .responses import ParseError, expand_set, fetch_rows, parse, uid_chunks
from .retrying import Likenesses, likenesses
from .session import Opened, Session
from .wire import Answer

#: Bytes of one command: some servers read no longer lines (RFC 7162, 4). The rest is for the tag.
LINE = 8000 - 64
#: Commands sent before the first answer is read.
AHEAD = 4
#: Commands spent on finding out which messages, or keywords, it is that the server refuses.
PATIENCE = 60
#: The same for keywords, which a server need not know.
LITTLE_PATIENCE = 12


class Writer:
    """Changes within one folder. Opens it for changing when first needed, after the UIDVALIDITY was compared.

    :param name: the folder as the server writes it.
    :param cursor: what the UIDs belong to, see `changes`.
    """

    def __init__(self, session: Session, folder: RemoteFolder, name: bytes, cursor: dict):
        self._session = session
        self._path = folder.path
        self._name = name
        self._cursor = cursor
        self._uidvalidity: int = cursor["uidvalidity"]
        self._patience = PATIENCE

    def present(self, uids: Iterable[int], *, undeleted: bool = False) -> frozenset[int]:
        """Which of `uids` exist now.

        :param undeleted: leave out those that are marked as deleted.
        """
        uids = frozenset(uids)
        if not uids:
            return uids
        was_open = self._session.ensure_any(self._name, self._path, self._uidvalidity)
        found: set[int] = set()
        esearch = self._session.offers("ESEARCH")
        if was_open:
            # Of a folder that has been open for a while a server may tell what it was.
            self._session.run(b"NOOP")
        for text, chunk in uid_chunks(uids, LINE - 64):
            criteria = [b"UID", text, *([b"UNDELETED"] if undeleted else [])]
            try:
                answer = self._session.run(b"UID", b"SEARCH", *([b"RETURN", b"(ALL)"] if esearch else []), *criteria)
            except faults.RefusedError:
                if not esearch:
                    raise
                # Offered, but unknown.
                self._session.do_without("ESEARCH")
                return self.present(uids, undeleted=undeleted)
            for row in answer.rows("ESEARCH"):
                tokens = parse(row)
                if b"ALL" in tokens:
                    found.update(expand_set(tokens[tokens.index(b"ALL") + 1], 2 * len(chunk) + 1000))
            for row in answer.rows("SEARCH"):
                found.update(int(number) for number in b"".join(row).partition(b"(")[0].split())
        return uids & found

    def likenesses(self, uids: Iterable[int]) -> Likenesses:
        """What tells each message from others; of those that exist."""
        found: Likenesses = {}
        for text, _chunk in uid_chunks(uids, LINE - 200) if uids else ():
            self._session.ensure_any(self._name, self._path, self._uidvalidity)
            found |= likenesses(self._session, b"UID FETCH " + text)
        return found

    # ---------------------------------------------------------------- keywords

    def set_keywords(self, uids: Iterable[int], add: frozenset[str], remove: frozenset[str]) -> Written:
        """See `base.Adapter`; commands for all of it go out together."""
        uids = sorted(set(uids))
        if any(re.search(r"[\r\n\0]", word) for word in add | remove):
            raise InvalidInputError("control_character")
        if not uids or not add | remove:
            return Written(confirmed=frozenset(uids), cursor=self._cursor)
        opened = self.open()
        unsupported: set[str] = set()
        changes = []
        for sign, words in ((b"+", add), (b"-", remove - add)):
            spelt = {word: spelling(word, opened) for word in words}
            unsupported.update(word for word, flag in spelt.items() if not flag)
            flags = {word: flag for word, flag in spelt.items() if flag}
            if flags:
                changes.append((sign, flags))
        answers, failures = self._store_all([(sign, list(flags.values())) for sign, flags in changes], uids)
        refused: dict[int, str] = {}
        for number, chunk, text in failures:
            sign, flags = changes[number]
            for word, flag in flags.items():
                self._patience = PATIENCE if word in SYSTEM_FLAGS else LITTLE_PATIENCE
                failed = self._store_singly(sign, flag, chunk, text)
                if len(failed) == len(chunk) and word not in SYSTEM_FLAGS:
                    # All of them: it is the keyword that the server dislikes.
                    unsupported.add(word)
                else:
                    refused |= failed
        for answer in answers:
            refused |= dict.fromkeys(_modified(answer) & set(uids), answer.text)
        return Written(
            confirmed=frozenset(uids).difference(refused),
            refused=frozenset(refused),
            unsupported=frozenset(unsupported),
            cursor=self._cursor if failures else self._advanced(answers, uids),
            server_text=next(iter(refused.values()), ""),
        )

    def open(self) -> Opened:
        """Have the folder open for changing; see `Session.select()`."""
        return self._session.select(self._name, self._path, self._uidvalidity)

    def has_changed(self) -> None:
        """What was known about the folder's state as a whole is not true any more."""
        self._session.has_changed(self._name)

    def _store_all(self, changes: list, uids: Sequence[int]) -> tuple[list[Answer], list[tuple[int, list[int], str]]]:
        """STORE `changes` (sign and flags), in as few commands as there may be, some of them under way at a time.

        :returns: the answers, and (number of the change, UIDs, the server's words) of each that was refused.
        """
        commands = []
        for number, (sign, flags) in enumerate(changes):
            tail = b"(" + b" ".join(flags) + b")"
            for text, chunk in uid_chunks(uids, max(1000, LINE - 40 - len(tail))):
                commands.append((number, chunk, (b"UID", b"STORE", text, sign + b"FLAGS.SILENT", tail)))
        answers, failures, waiting = [], [], []
        try:
            while commands or waiting:
                while commands and len(waiting) < AHEAD:
                    number, chunk, parts = commands.pop(0)
                    waiting.append((number, chunk, self._session.begin(*parts)))
                number, chunk, tag = waiting.pop(0)
                try:
                    answers.append(self._session.finish(tag))
                except (faults.RefusedError, TemporaryError) as error:
                    failures.append((number, chunk, self._judge(error)))
        finally:
            self._session.abandon()
        return answers, failures

    def _judge(self, error: Exception) -> str:
        """The server's words if it may be a message or a keyword that it refuses; everything else is raised."""
        if isinstance(error, faults.RefusedError):
            known = faults.change(error.answer, self._path)
            if known.reason not in ("refused", "over_quota", "too_large"):
                raise known from None
            return error.text
        # A limit to the number of keywords, say. It will not go away by waiting.
        if error.reason == "over_limit" and self._session.is_open:
            return str(error.details.get("server_text", ""))
        raise error

    def _store_singly(self, sign: bytes, flag: bytes, uids: Sequence[int], text: str) -> dict[int, str]:
        """STORE one flag where it was refused together with others. Returns the UIDs that are at fault, and why."""
        if not uids:
            return {}
        if self._patience <= 0:
            return dict.fromkeys(uids, text)
        self._patience -= 1
        _answers, failures = self._store_all([(sign, [flag])], uids)
        failed: dict[int, str] = {}
        for _number, chunk, reason in failures:
            if len(chunk) == 1:
                # Vanished is not refused.
                failed |= dict.fromkeys(self.present(chunk), reason)
                continue
            half = len(chunk) // 2
            # If the first half is refused to a message, more of the same would be in vain.
            first = self._store_singly(sign, flag, chunk[:half], reason)
            failed |= first
            failed |= self._store_singly(sign, flag, chunk[half:], reason)
        return failed

    def _advanced(self, answers: list[Answer], uids: Sequence[int]) -> dict:
        """The cursor after a STORE, if nothing but what these answers tell happened in the folder since it was made.

        Whoever else changes something gets a modification sequence of his own (RFC 7162, 3.1.2.2). So if ours follow
        the folder's one by one, nobody did.
        """
        opened, cursor = self._session.opened, self._cursor
        if opened.modseq is None or not answers:
            return cursor
        own: set[int] = set()
        asked = set(uids)
        for answer in answers:
            rows = answer.rows("FETCH")
            found = list(fetch_rows(rows))
            foreign = len(found) != len(rows) or any(kind in answer.data for kind in ("EXISTS", "EXPUNGE", "VANISHED"))
            try:
                own.update(int(row[b"MODSEQ"][0]) for row in found)
            except (KeyError, LookupError, TypeError, ValueError):
                foreign = True
            # With FLAGS the server reports what another did, without them what this command did.
            if foreign or any(b"FLAGS" in row or row[b"UID"] not in asked for row in found):
                self.has_changed()
                return cursor
        modseq = opened.modseq + len(own)
        if own and (max(own) != modseq or min(own) != opened.modseq + 1):
            self.has_changed()
            return cursor
        self._session.opened = replace(opened, modseq=modseq)
        known = (cursor["modseq"], cursor["uidnext"], cursor["messages"])
        if known != (opened.modseq, opened.uidnext, opened.exists):
            return cursor
        return {**cursor, "modseq": modseq}

    # ---------------------------------------------------------------- deleting

    def delete(self, uids: Iterable[int]) -> Removed:
        """See `base.Adapter`."""
        uids = sorted(set(uids))
        if not uids:
            return Removed()
        self.open_for_removing()
        left, refused = self.remove(uids)
        return Removed(
            gone=frozenset(uids).difference(left, refused),
            left=frozenset(left),
            refused=frozenset(refused),
            server_text=next(iter((refused | left).values()), ""),
        )

    def open_for_removing(self) -> None:
        """Open the folder, and raise ChangeRefusedError if its messages cannot be marked as deleted."""
        opened = self.open()
        if opened.permanent is not None and not is_listed(DELETED, opened.permanent):
            raise ChangeRefusedError("no_permission", path=self._path)

    def remove(self, uids: Sequence[int]) -> tuple[dict[int, str], dict[int, str]]:
        """Mark copies as deleted and expunge these alone (RFC 4315).

        :returns: UIDs that are marked but still there, and UIDs that could not even be marked, with the server's words.
        """
        self.open()
        self.has_changed()
        if not self.can_expunge:
            _answers, failures = self._store_all([(b"+", [DELETED])], uids)
            refused = self._refused_marks(failures)
            left = self.present(uids) - refused.keys()
            return dict.fromkeys(left, ""), refused
        left: dict[int, str] = {}
        refused: dict[int, str] = {}
        for text, chunk in uid_chunks(uids, LINE - 64):
            # Expunging waits for no answer: what could not be marked it leaves alone.
            marking = self._session.begin(b"UID", b"STORE", text, b"+FLAGS.SILENT", b"(" + DELETED + b")")
            expunging = self._session.begin(b"UID", b"EXPUNGE", text)
            try:
                try:
                    self._session.finish(marking)
                except (faults.RefusedError, TemporaryError) as error:
                    failed = self._refused_marks([(0, chunk, self._judge(error))])
                    refused |= failed
                    marked = [uid for uid in chunk if uid not in failed]
                    left |= self._expunge(marked)
                    continue
                try:
                    self._session.finish(expunging)
                except faults.RefusedError as error:
                    left |= dict.fromkeys(self.present(chunk), error.text)
            finally:
                self._session.abandon()
        return left, refused

    def _refused_marks(self, failures: list[tuple[int, list[int], str]]) -> dict[int, str]:
        refused: dict[int, str] = {}
        for _number, chunk, text in failures:
            refused |= self._store_singly(b"+", DELETED, chunk, text)
        return refused

    def _expunge(self, uids: Sequence[int]) -> dict[int, str]:
        for text, _chunk in uid_chunks(uids, LINE - 64) if uids else ():
            try:
                self._session.run(b"UID", b"EXPUNGE", text)
            except faults.RefusedError as error:
                return dict.fromkeys(self.present(uids), error.text)
        return {}

    @property
    def can_expunge(self) -> bool:
        """Whether single messages can be expunged."""
        return self._session.offers("UIDPLUS", "IMAP4REV2")


def _modified(answer: Answer) -> set[int]:
    """UIDs that the server says it left as they were (RFC 7162, 3.1.3)."""
    found: set[int] = set()
    for item in answer.data.get("MODIFIED", ()):
        try:
            found.update(expand_set(item or b"", 1_000_000))
        except (ParseError, TypeError):
            continue
    return found
