"""What the user changed here, to the server: the difference between what emails shall be and what their copies are.

There is no log of operations. A crash after the server was told and before the database knows tells it once more, which
changes nothing there; toggling twice tells nothing at all. Each step records in its own transaction what the server has
now, so that the next pull finds nothing new. What the server refuses is taken back.
"""

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from odoo.tools import SQL

from ..adapters.base import FLAGGED, SEEN, Adapter, RemoteFolder
from ..adapters.errors import AdapterError, AuthenticationError, TemporaryError
from . import conversations, vanish
from .lease import in_transaction

_logger = logging.getLogger(__name__)

#: Emails looked at together.
BATCH = 5000


@dataclass(frozen=True, slots=True)
class _Wish:
    """What one email shall be."""

    message: int
    is_read: bool
    is_starred: bool
    is_deleted: bool
    folders: frozenset[int]


@dataclass(slots=True)
class _Copy:
    """One copy of such an email, as the server had it last."""

    id: int
    message: int
    folder: int
    uid: int
    seen: bool
    flagged: bool


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

    def run(self) -> bool:
        """Tell the server what changed; return whether there was anything to tell."""
        # Each email once a run: what the user changes again meanwhile makes the account due again.
        told = 0
        while wishes := self._wishes(after=told):
            told = wishes[-1].message
            self.env["inbox.message"].invalidate_model(["is_moving"])
            copies = self._copies([wish.message for wish in wishes])
            self.env.cr.commit()  # no transaction while the network is waited for
            self._delete([copies_of for wish in wishes if wish.is_deleted for copies_of in copies[wish.message]])
            kept = [wish for wish in wishes if not wish.is_deleted]
            self._set_keywords(kept, copies)
            self._move(kept, copies)
            in_transaction(self.env, lambda wishes=wishes: self._settle(wishes), self.commit)
        return bool(told)

    # ------------------------------------------------------------ what is to be told

    def _wishes(self, after: int) -> list[_Wish]:
        rows = self.env.execute_query(
            SQL(
                """SELECT id, is_read, is_starred, coalesce(is_deleted, false),
                          ARRAY(SELECT folder_id FROM inbox_message_folder_rel WHERE message_id = message.id)
                     FROM inbox_message message
                    WHERE account_id = %s AND is_changed AND id > %s ORDER BY id LIMIT %s""",
                self.account.id,
                after,
                BATCH,
            )
        )
        return [_Wish(*row[:4], frozenset(row[4])) for row in rows]

    def _copies(self, message_ids: list[int]) -> dict[int, list[_Copy]]:
        rows = self.env.execute_query(
            SQL(
                """SELECT id, inbox_message_id, folder_id, uid, seen, flagged FROM inbox_message_copy
                    WHERE inbox_message_id = ANY(%s) ORDER BY id""",
                message_ids,
            )
        )
        found = defaultdict(list)
        for row in rows:
            copy = _Copy(*row)
            if copy.folder in self.remotes and self._folder(copy.folder).cursor:
                found[copy.message].append(copy)
        return found

    # ------------------------------------------------------------ keywords

    def _set_keywords(self, wishes: list[_Wish], copies: dict[int, list[_Copy]]) -> None:
        groups: dict[tuple[int, str, bool], list[_Copy]] = defaultdict(list)
        for wish in wishes:
            own = copies[wish.message]
            # The server's word over several copies: see sync/keywords.py.
            if own and wish.is_read != all(copy.seen for copy in own):
                for copy in own:
                    if copy.seen != wish.is_read:
                        groups[copy.folder, SEEN, wish.is_read].append(copy)
            if own and wish.is_starred != any(copy.flagged for copy in own):
                for copy in own:
                    if copy.flagged != wish.is_starred:
                        groups[copy.folder, FLAGGED, wish.is_starred].append(copy)
        for (folder, keyword, value), changed in sorted(groups.items(), key=lambda group: group[0]):
            self._try(self._set_keyword, folder, keyword, value, changed)

    def _set_keyword(self, folder: int, keyword: str, value: bool, copies: list[_Copy]) -> None:
        uids = [copy.uid for copy in copies]
        one, none = frozenset({keyword}), frozenset()
        written = self.adapter.set_keywords(
            self.remotes[folder], self._cursor(folder), uids, one if value else none, none if value else one
        )
        told = [copy.id for copy in copies if copy.uid in written.confirmed and keyword not in written.unsupported]

        def record():
            column = SQL.identifier("seen" if keyword == SEEN else "flagged")
            self.env.cr.execute(SQL("UPDATE inbox_message_copy SET %s = %s WHERE id = ANY(%s)", column, value, told))
            self.env["inbox.message.copy"].invalidate_model()
            if written.cursor:
                # The next pull then has nothing to tell of this.
                self._folder(folder).cursor = written.cursor

        in_transaction(self.env, record, self.commit)

    # ------------------------------------------------------------ folders

    def _move(self, wishes: list[_Wish], copies: dict[int, list[_Copy]]) -> None:
        moves: dict[tuple[int, int], list[_Copy]] = defaultdict(list)
        additions: dict[tuple[int, int], list[_Copy]] = defaultdict(list)
        surplus: list[_Copy] = []
        for wish in wishes:
            own = copies[wish.message]
            wanted = wish.folders & self.remotes.keys()
            # Without any wanted folder left on the server nobody knows what was meant: then nothing is moved.
            if not own or not wanted:
                continue
            missing = sorted(wanted - {copy.folder for copy in own})
            leaving = [copy for copy in own if copy.folder not in wanted]
            for target in missing:
                if leaving:
                    source = leaving.pop()
                    moves[source.folder, target].append(source)
                else:
                    additions[own[0].folder, target].append(own[0])
            surplus += leaving
        for (source, target), moved in sorted(moves.items(), key=lambda pair: pair[0]):
            self._try(self._move_copies, source, target, moved)
        for (source, target), added in sorted(additions.items(), key=lambda pair: pair[0]):
            self._try(self._add_copies, source, target, added)
        # Only after the moves: an email must be somewhere else before it is taken from here.
        self._delete(surplus)

    def _move_copies(self, source: int, target: int, copies: list[_Copy]) -> None:
        moved = self._transfer(self.adapter.move, source, target, copies)
        # Refused ones stay where they are, and are taken back in the end.
        left = [copy for copy in copies if copy.uid in moved.ids or copy.uid in moved.gone]

        def record():
            # Without a cursor nobody knows what a UID of the target means: a folder that is not followed has none.
            ids = moved.ids if self._folder(target).cursor else {}
            known = [(copy.id, target, ids[copy.uid]) for copy in left if ids.get(copy.uid)]
            if known:
                self.env.cr.execute(
                    SQL(
                        """UPDATE inbox_message_copy copy SET folder_id = new.folder, uid = new.uid
                             FROM unnest(%s::int[], %s::int[], %s::int8[]) AS new(id, folder, uid)
                            WHERE copy.id = new.id
                              AND NOT EXISTS (SELECT FROM inbox_message_copy
                                               WHERE folder_id = new.folder AND uid = new.uid)""",
                        *map(list, zip(*known, strict=True)),
                    )
                )
            # Whose new UID the server does not tell is found by its fingerprint when the target is looked at.
            vanish.copies_by_id(self.env, [copy.id for copy in left if not ids.get(copy.uid)])
            self.env["inbox.message.copy"].invalidate_model()

        in_transaction(self.env, record, self.commit)

    def _add_copies(self, source: int, target: int, copies: list[_Copy]) -> None:
        # The next pull of the target finds them and knows whose copies they are.
        self._transfer(self.adapter.copy, source, target, copies)

    def _transfer(self, method: Callable, source: int, target: int, copies: list[_Copy]):
        """Move or copy; whether it was tried before is committed first, since it must not be done twice."""
        messages = self.env["inbox.message"].browse(sorted({copy.message for copy in copies}))
        again = any(messages.mapped("is_moving"))

        def begin():
            self.env.cr.execute(SQL("UPDATE inbox_message SET is_moving = true WHERE id = ANY(%s)", messages.ids))
            messages.invalidate_recordset(["is_moving"])

        in_transaction(self.env, begin, self.commit)
        return method(
            self.remotes[source],
            self._cursor(source),
            [copy.uid for copy in copies],
            self.remotes[target],
            self._folder(target).cursor or None,
            again=again,
        )

    def _delete(self, copies: list[_Copy]) -> None:
        by_folder = defaultdict(list)
        for copy in copies:
            by_folder[copy.folder].append(copy)
        for folder, gone in sorted(by_folder.items()):
            self._try(self._delete_copies, folder, gone)

    def _delete_copies(self, folder: int, copies: list[_Copy]) -> None:
        removed = self.adapter.delete(self.remotes[folder], self._cursor(folder), [copy.uid for copy in copies])
        gone = [copy.id for copy in copies if copy.uid in removed.gone or copy.uid in removed.left]
        in_transaction(self.env, lambda: vanish.copies_by_id(self.env, gone), self.commit)

    def _folder(self, folder: int):
        return self.env["inbox.folder"].browse(folder)

    def _cursor(self, folder: int) -> dict:
        """What the UIDs of the folder's copies mean; the transaction that reads it is ended."""
        cursor = self._folder(folder).cursor
        self.env.cr.commit()
        return cursor

    # ------------------------------------------------------------ afterwards

    def _try(self, step: Callable, *arguments) -> None:
        """One step. What the server refuses for good must not be asked for again at every run, and is taken back."""
        try:
            step(*arguments)
        except (TemporaryError, AuthenticationError):
            raise
        except AdapterError as error:
            _logger.warning("Account %s: the server refuses a change: %s", self.account.id, error)
            self.env.cr.rollback()

    def _settle(self, wishes: list[_Wish]) -> None:
        """Let the emails agree with their copies now, unless the user changed them again meanwhile."""
        self.env["inbox.message"].flush_model()
        same = self.env.execute_query(
            SQL(
                """UPDATE inbox_message message SET is_changed = false, is_moving = false
                     FROM unnest(%s::int[], %s::bool[], %s::bool[], %s::bool[])
                          AS told(id, is_read, is_starred, is_deleted)
                    WHERE message.id = told.id AND message.is_read = told.is_read
                      AND message.is_starred = told.is_starred AND coalesce(message.is_deleted, false) = told.is_deleted
                RETURNING message.id""",
                [wish.message for wish in wishes],
                [wish.is_read for wish in wishes],
                [wish.is_starred for wish in wishes],
                [wish.is_deleted for wish in wishes],
            )
        )
        settled = {message for (message,) in same}
        now_wanted = self._folders_of(sorted(settled))
        again = [
            wish.message
            for wish in wishes
            if wish.message in settled and now_wanted.get(wish.message, frozenset()) != wish.folders
        ]
        self.env.cr.execute(SQL("UPDATE inbox_message SET is_changed = true WHERE id = ANY(%s)", again))
        settled -= set(again)
        self._forget_deleted([wish.message for wish in wishes if wish.is_deleted and wish.message in settled])
        self._follow_server(sorted(settled))
        self.env["inbox.message"].invalidate_model()

    def _folders_of(self, message_ids: list[int]) -> dict[int, frozenset[int]]:
        rows = self.env.execute_query(
            SQL(
                """SELECT message_id, array_agg(folder_id) FROM inbox_message_folder_rel
                    WHERE message_id = ANY(%s) GROUP BY message_id""",
                message_ids,
            )
        )
        return {message: frozenset(folders) for message, folders in rows}

    def _forget_deleted(self, message_ids: list[int]) -> None:
        """Delete here what was deleted there; what the server kept comes back with the next lines."""
        gone = self.env.execute_query(
            SQL(
                """SELECT id FROM inbox_message message WHERE id = ANY(%s)
                      AND NOT EXISTS (SELECT FROM inbox_message_copy WHERE inbox_message_id = message.id)""",
                message_ids,
            )
        )
        messages = self.env["inbox.message"].browse(message for (message,) in gone)
        touched = messages.conversation_id.ids
        messages.unlink()
        conversations.refresh(self.env, touched)

    def _follow_server(self, message_ids: list[int]) -> None:
        """What was told and what the server has are the same by now, but for what it refused: that is taken back."""
        self.env.cr.execute(
            SQL(
                """UPDATE inbox_message message
                      SET is_read = word.seen, is_starred = word.flagged, is_deleted = false
                     FROM (SELECT inbox_message_id, bool_and(seen) AS seen, bool_or(flagged) AS flagged
                             FROM inbox_message_copy WHERE inbox_message_id = ANY(%s) GROUP BY inbox_message_id) word
                    WHERE message.id = word.inbox_message_id
                      AND (message.is_read, message.is_starred, message.is_deleted)
                          IS DISTINCT FROM (word.seen, word.flagged, false)""",
                message_ids,
            )
        )
        self.env.cr.execute(
            SQL(
                """DELETE FROM inbox_message_folder_rel rel
                    WHERE message_id = ANY(%s)
                      AND EXISTS (SELECT FROM inbox_message_copy WHERE inbox_message_id = rel.message_id)
                      AND NOT EXISTS (SELECT FROM inbox_message_copy
                                       WHERE inbox_message_id = rel.message_id AND folder_id = rel.folder_id)""",
                message_ids,
            )
        )
        self.env.cr.execute(
            SQL(
                """INSERT INTO inbox_message_folder_rel (message_id, folder_id)
                   SELECT DISTINCT inbox_message_id, folder_id FROM inbox_message_copy
                    WHERE inbox_message_id = ANY(%s)
              ON CONFLICT DO NOTHING""",
                message_ids,
            )
        )
