"""What the user changed here, to the server: the difference between what emails shall be and what their copies are.

There is no log of operations; toggling twice tells nothing at all. Each step records in its own transaction what the
server has now, so that the next pull finds nothing new. What the server refuses is taken back.

Whether the server did what it was told is not known when its answer was lost, or this process died. So each copy says
what it is about to be told, committed before that happens: keywords in doubt are told again, and a move that was begun
is finished before anything else, wherever the email shall go by now. An email of which a copy is not where it was may
be anywhere: what was wanted of it waits until all folders were looked at.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable

from odoo.tools import SQL

from ..adapters.base import ANSWERED, FLAGGED, SEEN, Adapter, Moved, RemoteFolder
from ..adapters.errors import (
    AdapterError,
    AuthenticationError,
    ChangeRefusedError,
    CursorLostError,
    FolderGoneError,
    TemporaryError,
)
from . import folder_lock, live, remote_ids, retrieve, saved, upload, vanish, wishes
from .folders import VIEWS
from .lease import in_transaction
from .settle import settle
from .wishes import KEYWORDS, Copy, Wish

_logger = logging.getLogger(__name__)

#: Emails looked at together.
BATCH = 5000

#: (source, target) -> copies.
Transfers = dict[tuple[int, int], list[Copy]]


class Push:
    """One push of an account.

    :param remotes: folder id -> the server's folder, also for those that are not followed.
    :param commit: renews the lease and commits.
    """

    def __init__(self, account, adapter: Adapter, remotes: dict[int, RemoteFolder], commit: Callable[[], None]):
        self.env = account.env
        self.account = account
        self.adapter = adapter
        self.remotes = remotes
        self.commit = commit
        # Emails of which a copy is no longer where it was.
        self._displaced: set[int] = set()
        # Of folders that are not followed.
        self._cursors: dict[int, dict] = {}
        self._version = folder_lock.version(self.env, account)
        self._refused: dict[int, AdapterError] = {}  # email -> why the server refuses what was wished of it

    def is_due(self) -> bool:
        """Whether the user changed something that the server was not told yet; ends the transaction."""
        due = wishes.are_due(self.env, self.account)
        self.env.cr.commit()
        return due

    def run(self) -> bool:
        """Tell the server what changed; return whether there was anything to tell."""
        # Each email once a run: what the user changes again meanwhile makes the account due again.
        told = 0
        while batch := wishes.read(self.env, self.account, told, BATCH):
            told = batch[-1].message
            self._refused = {}
            copies = self._finish_begun(self._copies(batch), batch)
            uploads = self._uploads(batch)
            if met := self._meet(uploads, copies):
                copies = self._copies(batch)
            self._retrieve(batch, copies)
            doomed = [copy for wish in batch if wish.is_deleted for copy in copies[wish.message]]
            self._delete(doomed, everywhere=True)
            kept = [wish for wish in batch if not wish.is_deleted]
            self._set_keywords(kept, copies)
            # What is put on the server anew takes the place of its copies, wherever these are.
            anew = [wish.message for wish in kept if wish.message in uploads and wish.message not in met]
            self._move([wish for wish in kept if wish.message not in anew], copies)
            self._upload(anew, copies)
            in_transaction(self.env, lambda batch=batch: self._settle(batch), self.commit)
        return bool(told)

    def _copies(self, batch: list[Wish]) -> dict[int, list[Copy]]:
        found: dict[int, list[Copy]] = defaultdict(list)
        for message, own in wishes.copies(self.env, [wish.message for wish in batch]).items():
            found[message] = [copy for copy in own if copy.folder in self.remotes]
        self.env.cr.commit()  # no transaction while the network is waited for
        return found

    def _settle(self, batch: list[Wish]) -> None:
        settled = settle(self.env, batch, self._displaced)
        self.account._tell_refused({message: why for message, why in self._refused.items() if message in settled})
        live.tell(self.env, self.account.ids)

    def _finish_begun(self, copies: dict[int, list[Copy]], batch: list[Wish]) -> dict[int, list[Copy]]:
        """Bring to an end what a run before began and did not hear the end of; return the copies as they are then."""
        moves: Transfers = defaultdict(list)
        additions: Transfers = defaultdict(list)
        for copy in (copy for own in copies.values() for copy in own):
            if copy.moving_to in self.remotes:
                moves[copy.folder, copy.moving_to].append(copy)
            elif copy.copying_to in self.remotes:
                additions[copy.folder, copy.copying_to].append(copy)
        self._transfer_all(self._move_copies, moves, again=True)
        self._end_additions(additions)
        return self._copies(batch) if moves or additions else copies

    def _end_additions(self, additions: Transfers) -> None:
        """Copy again what was perhaps copied; done or refused, it is no more in doubt."""
        if not additions:
            return
        displaced = set(self._displaced)
        self._transfer_all(self._add_copies, additions, again=True)
        unknown = self._displaced - displaced
        begun = [copy for copies in additions.values() for copy in copies]
        known = _ids(copy for copy in begun if copy.message not in unknown)
        in_transaction(
            self.env,
            lambda: self.env.cr.execute(
                SQL("UPDATE inbox_message_copy SET copying_to_id = NULL WHERE id = ANY(%s)", known)
            ),
            self.commit,
        )
        # The new copies may be wanted no more, and are not known until the target is looked at.
        self._displaced.update(copy.message for copy in begun)

    # ------------------------------------------------------------ keywords

    def _set_keywords(self, batch: list[Wish], copies: dict[int, list[Copy]]) -> None:
        groups: dict[tuple[int, str, bool], list[Copy]] = defaultdict(list)
        for wish in batch:
            own = copies[wish.message]
            for name, (keyword, over) in KEYWORDS.items():
                wanted = getattr(wish, name)
                differs = wanted != over(getattr(copy, keyword) for copy in own)
                for copy in own:
                    if (differs and getattr(copy, keyword) != wanted) or keyword in copy.in_doubt.split():
                        groups[copy.folder, keyword, wanted].append(copy)
        if not groups:
            return
        doubts: dict[int, set[str]] = defaultdict(set)
        for (_folder, keyword, _value), changed in groups.items():
            for copy in changed:
                if copy.id:
                    doubts[copy.id].add(keyword)
        in_transaction(self.env, lambda: wishes.doubt(self.env, doubts), self.commit)
        for (folder, keyword, value), changed in sorted(groups.items(), key=lambda group: group[0]):
            self.attempt(_messages(changed), self._set_keyword, changed, folder, keyword, value)

    def _set_keyword(self, copies: list[Copy], folder: int, keyword: str, value: bool) -> None:
        ids = [copy.remote_id for copy in copies]
        one, none = frozenset({keyword}), frozenset()
        written = self.adapter.set_keywords(
            self.remotes[folder], self.cursor(folder), ids, one if value else none, none if value else one
        )
        done = [copy for copy in copies if copy.remote_id in written.confirmed and keyword not in written.unsupported]
        for copy in done:
            setattr(copy, keyword, value)
        refused = frozenset(ids) if keyword in written.unsupported else written.refused
        self._note_refused(copies, refused, written.server_text)

        def record():
            self.env.cr.execute(
                SQL(
                    "UPDATE inbox_message_copy SET %s = %s WHERE id = ANY(%s)",
                    SQL.identifier(keyword),  # the columns are named as the keywords are
                    value,
                    _ids(done),
                )
            )
            self.env["inbox.message.copy"].invalidate_model()
            if written.cursor and self.folder(folder).cursor:
                # The next pull then has nothing to tell of this.
                self.folder(folder).cursor = written.cursor

        in_transaction(self.env, record, self.commit)

    # ------------------------------------------------------------ folders

    def _move(self, batch: list[Wish], copies: dict[int, list[Copy]]) -> None:
        moves: Transfers = defaultdict(list)
        additions: Transfers = defaultdict(list)
        surplus: list[Copy] = []
        staying: list[Copy] = []
        views = set(self.account.folder_ids.filtered(lambda folder: folder.role in VIEWS).ids)
        self.env.cr.commit()
        for wish in batch:
            own = copies[wish.message]
            wanted = wish.folders & self.remotes.keys()
            # Without any wanted folder left on the server nobody knows what was meant: then nothing is moved.
            if not own or not wanted or wish.message in self._displaced:
                continue
            missing = sorted(wanted - {copy.folder for copy in own})
            # A copy in a view goes only if there is no other.
            real = [copy for copy in own if copy.folder not in views] or own
            leaving = [copy for copy in real if copy.folder not in wanted]
            if leaving and wanted <= views:
                # That a view shows it does not mean that it would stay: the server has to keep it there.
                missing = sorted(wanted)
            for target in missing:
                if leaving:
                    source = leaving.pop()
                    moves[source.folder, target].append(source)
                else:
                    additions[own[0].folder, target].append(own[0])
            surplus += leaving
            if leaving:
                staying += [copy for copy in own if copy.folder in wanted]
        # Copied first: what is copied may be what moves away.
        self._transfer_all(self._add_copies, additions)
        self._transfer_all(self._move_copies, moves)
        # Only after the moves, and if they came about: an email must be somewhere else before it is taken from here.
        self._see_whether_they_stay(staying)
        self._delete([copy for copy in surplus if copy.message not in self._displaced])

    def _see_whether_they_stay(self, copies: list[Copy]) -> None:
        """What the database holds of other folders is what the last look found: somebody may have moved it since."""
        by_folder = defaultdict(list)
        for copy in copies:
            by_folder[copy.folder].append(copy)
        for folder, own in sorted(by_folder.items()):
            self.attempt(_messages(own), self._see, own, folder)

    def _see(self, copies: list[Copy], folder: int) -> None:
        there = self.adapter.present(self.remotes[folder], self.cursor(folder), [copy.remote_id for copy in copies])
        self._displaced.update(copy.message for copy in copies if copy.remote_id not in there)

    def _transfer_all(self, step: Callable, transfers: Transfers, *, again: bool = False) -> None:
        for (source, target), copies in sorted(transfers.items(), key=lambda pair: pair[0]):
            self.attempt(_messages(copies), step, copies, source, target, again)

    def _move_copies(self, copies: list[Copy], source: int, target: int, again: bool) -> None:
        moved = self._transfer(self.adapter.move, "moving_to_id", copies, source, target, again)
        # Refused ones stay where they are, and are taken back in the end.
        left = [copy for copy in copies if copy.remote_id in moved.ids or copy.remote_id in moved.gone]
        self._displaced.update(copy.message for copy in left if copy.remote_id in moved.gone)

        def record():
            # Without a cursor nobody knows what an id of the target means: a folder that is not followed has none.
            ids = moved.ids if self.folder(target).cursor else {}
            self._keep_shown([copy for copy in left if copy.id and copy.remote_id in moved.shown], target, ids)
            retrieve.settle(
                self.env,
                target,
                [
                    (copy.message, ids.get(copy.remote_id), copy.seen, copy.flagged, copy.answered)
                    for copy in left
                    if not copy.id
                ],
            )
            going = [copy for copy in left if copy.id and copy.remote_id not in moved.shown]
            known = {copy.id: ids[copy.remote_id] for copy in going if ids.get(copy.remote_id)}
            kind = remote_ids.kind_of(self.account)
            moved_rows = set()
            if known:
                rows = self.env.execute_query(
                    SQL(
                        """UPDATE inbox_message_copy copy
                              SET folder_id = %(folder)s, %(id)s = new.remote_id, moving_to_id = NULL, is_ahead = true
                             FROM unnest(%(copies)s::int[], %(ids)s) AS new(id, remote_id)
                            WHERE copy.id = new.id
                              AND NOT EXISTS (SELECT FROM inbox_message_copy
                                               WHERE folder_id = %(folder)s AND %(id)s = new.remote_id)
                        RETURNING copy.id""",
                        folder=target,
                        id=kind.column,
                        copies=list(known),
                        ids=kind.array(known.values()),
                    )
                )
                moved_rows = {copy for (copy,) in rows}
            # Whose new id the server does not tell is found by its fingerprint when the target is looked at; and a view
            # of all emails has had this one all the time.
            vanish.copies_by_id(self.env, [copy.id for copy in going if copy.id not in moved_rows])
            if not self.folder(target).is_active:
                retrieve.remember(self.env, target, _messages(left))
            self.env["inbox.message.copy"].invalidate_model()

        in_transaction(self.env, record, self.commit)

    def _keep_shown(self, copies: list[Copy], target: int, ids: dict) -> None:
        """What was moved and stays where it was as well has another copy; the caller commits."""
        added = {copy.id: ids[copy.remote_id] for copy in copies if ids.get(copy.remote_id)}
        kind = remote_ids.kind_of(self.account)
        self.env.cr.execute(
            SQL(
                """INSERT INTO inbox_message_copy
                          (inbox_message_id, folder_id, %(id)s, seen, flagged, answered, draft, keywords, is_ahead)
                   SELECT inbox_message_id, %(folder)s, new.remote_id, seen, flagged, answered, draft, keywords, true
                     FROM inbox_message_copy copy
                     JOIN unnest(%(copies)s::int[], %(ids)s) AS new(id, remote_id) ON copy.id = new.id
              ON CONFLICT DO NOTHING""",
                folder=target,
                id=kind.column,
                copies=list(added),
                ids=kind.array(added.values()),
            )
        )
        self.env.cr.execute(SQL("UPDATE inbox_message_copy SET moving_to_id = NULL WHERE id = ANY(%s)", _ids(copies)))

    def _add_copies(self, copies: list[Copy], source: int, target: int, again: bool) -> None:
        # The next pull of the target finds them and knows whose copies they are.
        self._transfer(self.adapter.copy, "copying_to_id", copies, source, target, again)

    def _transfer(
        self, method: Callable, column: str, copies: list[Copy], source: int, target: int, again: bool
    ) -> Moved:
        """Move or copy; that it was begun is committed first, since it must not be done twice."""

        def begin():
            self.env.cr.execute(
                SQL(
                    "UPDATE inbox_message_copy SET %s = %s WHERE id = ANY(%s)",
                    SQL.identifier(column),
                    target,
                    _ids(copies),
                )
            )

        if not again:
            in_transaction(self.env, begin, self.commit)
        result = method(
            self.remotes[source],
            self.cursor(source),
            [copy.remote_id for copy in copies],
            self.remotes[target],
            self.folder(target).cursor or None,
            again=again,
        )
        self._note_refused(copies, result.refused, result.server_text)
        return result

    def _delete(self, copies: Iterable[Copy], *, everywhere: bool = False) -> None:
        by_folder = defaultdict(list)
        for copy in copies:
            by_folder[copy.folder].append(copy)
        for folder, gone in sorted(by_folder.items()):
            self.attempt(_messages(gone), self._delete_copies, gone, folder, everywhere)

    def _delete_copies(self, copies: list[Copy], folder: int, everywhere: bool) -> None:
        removed = self.adapter.delete(
            self.remotes[folder], self.cursor(folder), [copy.remote_id for copy in copies], everywhere=everywhere
        )
        self._note_refused(copies, removed.refused, removed.server_text)
        gone = [copy for copy in copies if copy.remote_id in removed.gone or copy.remote_id in removed.left]

        def record():
            vanish.copies_by_id(self.env, _ids(gone))
            retrieve.forget(self.env, [copy.message for copy in gone if not copy.id])

        in_transaction(self.env, record, self.commit)

    # ------------------------------------------------------------ what has no copies

    def _retrieve(self, batch: list[Wish], copies: dict[int, list[Copy]]) -> None:
        """Look for what was moved from here into a folder that is not followed, and is wanted elsewhere now."""
        lost = [wish.message for wish in batch if not copies[wish.message]]
        remembered = retrieve.remembered(self.env, lost) if lost else ()
        for message, folder, message_id, fingerprint in remembered:
            if folder in self.remotes:
                self.attempt([message], self._retrieve_one, copies, message, folder, message_id, fingerprint)

    def _retrieve_one(self, copies, message: int, folder: int, message_id: str, fingerprint: str) -> None:
        self.env.cr.commit()
        if found := retrieve.find(self.adapter, self.remotes[folder], message_id, fingerprint):
            self._cursors[folder], copy = found
            flags = (word in copy.keywords for word in (SEEN, FLAGGED, ANSWERED))
            copies[message] = [Copy(None, message, folder, copy.remote_id, *flags)]
        else:
            in_transaction(self.env, lambda: retrieve.forget(self.env, [message]), self.commit)

    def _uploads(self, batch: list[Wish]) -> list[int]:
        found = upload.waiting(self.env, [wish.message for wish in batch])
        self.env.cr.commit()
        return found

    def _meet(self, messages: list[int], copies: dict[int, list[Copy]]) -> set[int]:
        """Those of the emails to be put on the server that it has already."""
        met: set[int] = set()

        def meet(message: int) -> None:
            if saved.meet(self, message, [copy for copy in copies[message] if copy.id]):
                met.add(message)

        for message in messages:
            self.attempt([message], meet, message)
        return met

    def _upload(self, messages: list[int], copies: dict[int, list[Copy]]) -> None:
        for message in messages:
            self.attempt([message], upload.put, self, message, [copy for copy in copies[message] if copy.id])

    # ------------------------------------------------------------ what the steps share

    def folder(self, folder: int):
        """The folder's record."""
        return self.env["inbox.folder"].browse(folder)

    def cursor(self, folder: int) -> dict:
        """What the ids of the folder's copies mean; the transaction that reads it is ended."""
        cursor = self.folder(folder).cursor or self._cursors.get(folder)
        self.env.cr.commit()
        return cursor

    def attempt(self, messages: Iterable[int], step: Callable, *arguments) -> None:
        """One step for these emails. What the server refuses for good must not be asked for again at every run, and is
        taken back.
        """
        try:
            step(*arguments)
        except (TemporaryError, AuthenticationError):
            raise
        except CursorLostError as error:
            # Nothing was touched. The next pull finds out what the copies are called now.
            _logger.info("Account %s: %s", self.account.id, error)
            self._displaced.update(messages)
            self.env.cr.rollback()
        except AdapterError as error:
            self.env.cr.rollback()
            if isinstance(error, FolderGoneError) and folder_lock.version(self.env, self.account) != self._version:
                # It has another name since it was listed: the wish stands.
                raise
            _logger.warning("Account %s: the server refuses a change: %s", self.account.id, error)
            self._refused |= dict.fromkeys(messages, error)

    def _note_refused(self, copies: list[Copy], ids: frozenset, server_text: str) -> None:
        error = ChangeRefusedError("refused", server_text=server_text)
        self._refused |= {copy.message: error for copy in copies if copy.remote_id in ids}


def _messages(copies: Iterable[Copy]) -> list[int]:
    return [copy.message for copy in copies]


def _ids(copies: Iterable[Copy]) -> list[int]:
    return [copy.id for copy in copies if copy.id]
