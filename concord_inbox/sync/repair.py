"""Mend the database from the server: what `verify` finds, and nothing else.

Notes, links, contacts and activities stay, for they hang on emails and conversations, and an email whose copy is found
again keeps its row. Each step is a transaction of its own: killed anywhere, it can be run again.

A difference is one that a look at the folder as in every synchronisation does not settle: what merely happened on the
server since the last one is brought as well, but is not counted.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from odoo.tools import SQL

from .. import mime
from ..adapters import open_adapter
from ..adapters.base import Adapter, RemoteCopy, RemoteFolder
from ..adapters.errors import CursorLostError, FolderGoneError
from . import conversations, counters, engine, keywords, quarantine, recognise, remote_ids, spam, store, vanish, verify
from .lease import Lease, in_transaction
from .pull import FolderPull
from .push import Push
from .settle import follow_copies

_logger = logging.getLogger(__name__)

#: Mending one difference may show another: an email that is fetched anew may bear a Message-ID that is wrong here.
ROUNDS = 3


@dataclass(slots=True)
class Repaired:
    """What a repair did.

    :param found: what differed and was mended, as far as `left` does not say otherwise.
    :param left: what differs still.
    :param new_folders, gone_folders: paths of folders that were added and removed here.
    """

    found: verify.Report = field(default_factory=verify.Report)
    left: verify.Report = field(default_factory=verify.Report)
    new_folders: list[str] = field(default_factory=list)
    gone_folders: list[str] = field(default_factory=list)


def run(
    account,
    *,
    turn: int | None = None,
    done: Mapping[int, int] = MappingProxyType({}),
    after_folder: Callable[[int, int, int], None] | None = None,
    between_folders: Callable[[], None] | None = None,
) -> Repaired | None:
    """Compare `account` (superuser's environment) with its server, and mend what differs; commits as it goes.

    :param turn: compare the Message-IDs of a part only, see `verify.compare_folder()`.
    :param done: folders that were looked at before, and are left out: id -> differences that were left.
    :param after_folder: called in a transaction of its own, after each folder, with its id and the numbers of
        differences found and left.
    :param between_folders: called when that is committed. What it raises ends the repair.
    :return: None when another process is at this account.
    :raises AdapterError: the server cannot be reached, refuses the login, ...
    :raises LeaseLostError: another process took the account over.
    """
    lease = Lease(account)
    if not lease.take():
        return None

    def commit():
        lease.renew()
        account.env.cr.commit()

    try:
        settings = recognise.with_known(account, account._adapter_settings())
        account.env.cr.commit()  # no transaction while the network is waited for
        with open_adapter(account.connection_type, settings) as adapter:
            return _Repair(account, adapter, commit, turn).run(done, after_folder, between_folders)
    finally:
        lease.release()


class _Repair:
    """One repair of an account. `remotes`: folder record -> the server's folder."""

    def __init__(self, account, adapter: Adapter, commit: Callable[[], None], turn: int | None):
        self.env = account.env
        self.account = account
        self.adapter = adapter
        self.commit = commit
        self.turn = turn
        self.remotes: dict = {}
        self.push: Push | None = None

    def run(self, done: Mapping[int, int], after_folder: Callable | None, between_folders: Callable | None) -> Repaired:
        result = Repaired()
        before = set(self.account.folder_ids.mapped("path"))
        self.remotes = engine.list_folders(self.account, self.adapter, self.commit)
        after = {remote.path for remote in self.remotes.values()}
        result.new_folders, result.gone_folders = sorted(after - before), sorted(before - after)
        self.push = Push(
            self.account, self.adapter, {folder.id: remote for folder, remote in self.remotes.items()}, self.commit
        )
        self.push.run()
        for folder, remote in self.remotes.items():
            if folder.is_active and remote.selectable and folder.id not in done:
                found, left = self._folder(folder, remote)
                result.found.folders.append(found)
                result.left.folders.append(left)
                if after_folder:
                    report = (folder.id, found.count, left.count)
                    in_transaction(self.env, lambda report=report: after_folder(*report), self.commit)
                if between_folders:
                    between_folders()
        result.found.inner = self._compare_inside()
        if result.found.inner.count:
            self._mend_inside(result.found.inner, mark_orphans=result.left.is_same and not any(done.values()))
            result.left.inner = self._compare_inside()
        return result

    def _transaction(self, work: Callable) -> None:
        in_transaction(self.env, work, self.commit)

    # ------------------------------------------------------------ a folder

    def _folder(self, folder, remote: RemoteFolder) -> tuple[verify.FolderReport, verify.FolderReport]:
        """Mend one folder; return what differed, and what still does."""
        try:
            if not folder.cursor or folder.remaining_count:
                # Its first look is not over: nobody knows what is missing.
                self._synchronise(folder, remote)
            try:
                first = self._compare(folder, remote)
            except CursorLostError:
                self.env.cr.rollback()
                self._synchronise(folder, remote)
                first = self._compare(folder, remote)
            if first.is_same:
                return first, first
            self._synchronise(folder, remote)
            left = now = self._compare(folder, remote)
            found = now.also_in(first)
            for attempt in range(ROUNDS):
                if left.is_same:
                    break
                self._mend(folder, remote, left, again=attempt > 0)
                left = self._compare(folder, remote).also_in(now)
        except FolderGoneError as error:
            # Deleted since the listing: the next run's listing will say so.
            _logger.info("Folder %s of account %s: %s", folder.id, self.account.id, error)
            self.env.cr.rollback()
            gone = verify.FolderReport(folder.path)
            return gone, gone
        return found, left

    def _compare(self, folder, remote: RemoteFolder) -> verify.FolderReport:
        cursor = folder.cursor or None
        return verify.compare_folder(
            folder, remote, self.adapter, cursor=cursor, turn=self.turn, pause=self._between_batches
        )

    def _between_batches(self) -> None:
        """Keep the lease, and have what a user clicks meanwhile on the server as soon as ever."""
        self._transaction(lambda: None)
        if self.push.is_due():
            self.push.run()

    def _synchronise(self, folder, remote: RemoteFolder) -> None:
        """Look at the folder as every run does, but without what the listing told: that is some time ago."""
        for _arrived in self._pull(folder, replace(remote, status=None)).pieces():
            pass

    def _pull(self, folder, remote: RemoteFolder) -> FolderPull:
        return FolderPull(folder, remote, self.adapter, self.commit)

    def _mend(self, folder, remote: RemoteFolder, report: verify.FolderReport, again: bool) -> None:
        """:param again: what differed was fetched anew already."""
        other = [copy.remote_id for copy, _theirs, _ours in report.different]
        if again:
            # The same email by its fingerprint, so it is what the row says of it that is wrong.
            self._transaction(lambda: self._correct(folder, report.different))
        gone = [remote_id for remote_id, _message_id in report.surplus] + ([] if again else other)
        if gone:

            def remove():
                vanish.copies(self.env, folder, ids=gone)
                quarantine.forget(self.env, folder, gone)

            self._transaction(remove)
        wanted = [copy for copy, _message_id in report.missing]
        wanted += [] if again else [copy for copy, _theirs, _ours in report.different]
        if wanted:
            wanted.sort(key=lambda copy: copy.remote_id, reverse=True)
            self._pull(folder, remote).fetch_missing(wanted)
        if report.keywords:
            reported = {copy.remote_id: copy.keywords for copy, _ours in report.keywords}

            def follow():
                messages = self.env["inbox.message"].browse(keywords.apply(self.env, folder, reported))
                conversations.refresh(self.env, messages.conversation_id.ids)

            self._transaction(follow)

    def _correct(self, folder, different: list[tuple[RemoteCopy, str, str]]) -> None:
        for copy, message_id, _ours in different:
            self.env.cr.execute(
                SQL(
                    """UPDATE inbox_message message SET message_id = %s, size = %s FROM inbox_message_copy copy
                        WHERE copy.folder_id = %s AND copy.%s = %s AND message.id = copy.inbox_message_id""",
                    message_id or None,
                    copy.size,
                    folder.id,
                    remote_ids.kind_of(folder.account_id).column,
                    copy.remote_id,
                )
            )
        self.env["inbox.message"].invalidate_model(["message_id", "size"])

    # ------------------------------------------------------------ the database alone

    def _compare_inside(self) -> verify.InnerReport:
        found = verify.compare_inside(self.account)
        self.env.cr.commit()
        return found

    def _mend_inside(self, report: verify.InnerReport, mark_orphans: bool) -> None:
        """:param mark_orphans: all folders are the same by now, so that what has no copy is in none of them. The next
        run looks once more, and deals with them as with all whose last copy is gone."""

        def follow():
            self.env.cr.execute(SQL("UPDATE inbox_message SET orphaned_at = NULL WHERE id = ANY(%s)", report.marked))
            if mark_orphans:
                self.env.cr.execute(
                    SQL(
                        """UPDATE inbox_message message SET orphaned_at = now() AT TIME ZONE 'UTC'
                            WHERE id = ANY(%s)
                              AND NOT EXISTS (SELECT FROM inbox_message_copy WHERE inbox_message_id = message.id)""",
                        report.orphans,
                    )
                )
            follow_copies(self.env, sorted({*report.flags, *report.folders}))
            spam.follow(self.env, report.spam)
            self.env["inbox.message"].invalidate_model()
            touched = self.env["inbox.message"].browse(report.flags).conversation_id.ids
            conversations.refresh(self.env, sorted({*touched, *report.conversations}))
            if report.counters:
                counters.mend(self.env, self.account.id)

        self._transaction(follow)
        if report.loose:
            self._find_conversations(report.loose)

    def _find_conversations(self, message_ids: list[int]) -> None:
        """Put emails into conversations; what they answer is told by their headers, which are not stored."""
        references = self._references(message_ids)

        def assign():
            messages = self.env["inbox.message"].browse(message_ids).exists()
            messages = messages.filtered(lambda message: not message.conversation_id)
            members = [
                conversations.Member(
                    references.get(message.id) or (message.message_id or f"fingerprint:{message.fingerprint}",),
                    message.subject or "",
                )
                for message in messages
            ]
            found = conversations.assign(self.env, self.account, members)
            for message, conversation in zip(messages, found, strict=True):
                message.conversation_id = conversation
            conversations.refresh(self.env, sorted(set(found)))

        self._transaction(assign)

    def _references(self, message_ids: list[int]) -> dict[int, tuple[str, ...]]:
        folders = {folder.id: folder for folder, remote in self.remotes.items() if remote.selectable and folder.cursor}
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (message.id) copy.folder_id, copy.%s, message.id, message.fingerprint
                     FROM inbox_message message JOIN inbox_message_copy copy ON copy.inbox_message_id = message.id
                    WHERE message.id = ANY(%s) AND copy.folder_id = ANY(%s)""",
                remote_ids.kind_of(self.account).column,
                message_ids,
                list(folders),
            )
        )
        by_folder: dict[int, dict] = defaultdict(dict)
        for folder_id, remote_id, message, fingerprint in rows:
            by_folder[folder_id][remote_id] = message, fingerprint
        found = {}
        for folder_id, wanted in by_folder.items():
            folder, remote = folders[folder_id], self.remotes[folders[folder_id]]
            cursor = folder.cursor
            self.env.cr.commit()
            copies = {copy.remote_id: copy for copy in self.adapter.describe(remote, cursor, wanted)}
            for group in self.adapter.header_blocks(remote, copies.values()):
                for raw in group:
                    message, fingerprint = wanted[raw.remote_id]
                    try:
                        item = store.Item(copies[raw.remote_id], mime.parse(raw.source), fingerprint)
                    except mime.UnparseableError:
                        continue
                    found[message] = store.references_of(item)
        return found
