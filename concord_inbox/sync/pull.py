"""What happened in one folder of the server, into the database: in pieces, each with its cursor in one transaction.

Killed between any two statements, the next run goes on where the last commit was: what was stored is known by its
id and is neither fetched nor stored again.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Set
from typing import BinaryIO

import psycopg2
from odoo.tools import SQL

from .. import mime
from ..adapters.base import Adapter, Changes, RemoteCopy, RemoteFolder, RemoteId
from ..adapters.errors import MessageUnavailableError
from . import keywords, live, quarantine, recognise, remote_ids, store, vanish
from .lease import LeaseLostError, in_transaction

#: Bytes, or of a large email a file (`adapters.base.RawMessage`).
Source = bytes | BinaryIO

_logger = logging.getLogger(__name__)

#: After processes died this often while they stored one single email, it goes to quarantine unread. More than twice,
#: since a machine that is restarted again and again kills whoever is at work, and no email is at fault then.
DEATHS_ALLOWED = 4
#: Missing copies that are dealt with together.
MISSING = 500


def ahead(env, account) -> defaultdict[int, set[RemoteId]]:
    """Folder id -> the ids of the copies that were put there from here, and that no look at the folder found yet."""
    rows = env.execute_query(
        SQL(
            """SELECT copy.folder_id, copy.%s FROM inbox_message_copy copy
                WHERE copy.folder_id = ANY(%s) AND copy.is_ahead""",
            remote_ids.kind_of(account).column,
            account.folder_ids.ids,
        )
    )
    found: defaultdict[int, set[RemoteId]] = defaultdict(set)
    for folder, remote_id in rows:
        found[folder].add(remote_id)
    return found


class FolderPull:
    """One run over one folder.

    :param commit: renews the lease and commits.
    :param ahead: what `ahead()` said of the folder before the look. What was put there since is the next look's.
    """

    def __init__(
        self,
        folder,
        remote: RemoteFolder,
        adapter: Adapter,
        commit: Callable[[], None],
        ahead: Set[RemoteId] = frozenset(),
    ):
        self.env = folder.env
        self.folder = folder
        self.remote = remote
        self.adapter = adapter
        self.commit = commit
        self.ahead = ahead
        self.kind = remote_ids.kind_of(folder.account_id)
        # What a run that died was about to store; the deaths count once it is a single email.
        attempt = folder.attempt or {}
        self.suspects: set = set(attempt.get("ids", ()))
        self.deaths: int = attempt.get("deaths", 0) if len(self.suspects) == 1 else 0

    def pieces(self) -> Iterator[int]:
        """Store piece after piece; after each, when it is committed, yield how many emails it brought."""
        cursor, since = self.folder.cursor or None, self.folder._cut_off()
        self.env.cr.commit()  # no transaction while the network is waited for
        for changes in self.adapter.changes(self.remote, cursor, since):
            if changes.reset:
                self._transaction(self._forget_ids)
            if changes.rewritten:
                # As if it were another email in the place of that one: see drafts.py.
                self._transaction(lambda changes=changes: self._forget_rewritten(changes))
            arrived = self._fetch_and_store(changes)
            self._transaction(lambda changes=changes, arrived=arrived: self._finish(changes, arrived))
            yield arrived
        if self.ahead:
            self._look_for_those_ahead()
        if self.suspects:
            self._transaction(lambda: self.folder.write({"attempt": False}))

    def retry_quarantined(self) -> int:
        """Fetch and store again what somebody asked to try again; return how many emails that were."""
        copies = quarantine.to_retry(self.env, self.folder)
        self.env.cr.commit()
        retried = self._fetch_all(copies)
        if retried:
            self._transaction(lambda: live.tell(self.env, self.folder.account_id.ids))
        return retried

    def fetch_missing(self, copies: list[RemoteCopy]) -> None:
        """Store what the cursor says was brought before, but is not there; only what is no email at hand is fetched."""
        for start in range(0, len(copies), MISSING):
            self._recognise_or_fetch(copies[start : start + MISSING])

    def _look_for_those_ahead(self) -> None:
        """Ask the server for what is still not found. What was put into the folder from here, and removed by somebody
        else before this look, is neither told as arrived nor as vanished.
        """
        missing = self.ahead & ahead(self.env, self.folder.account_id)[self.folder.id]
        cursor = self.folder.cursor
        self.env.cr.commit()
        if not missing or not cursor:
            return
        # Those that are there stay ahead until they are told as arrived: the cursor may be from before they came.
        gone = missing - {copy.remote_id for copy in self.adapter.describe(self.remote, cursor, sorted(missing))}

        def work():
            vanish.copies(self.env, self.folder, ids=gone)
            live.tell(self.env, self.folder.account_id.ids)

        if gone:
            self._transaction(work)

    def _found_those_ahead(self, found: list) -> None:
        self.env.cr.execute(
            SQL(
                """UPDATE inbox_message_copy SET is_ahead = false
                    WHERE folder_id = %s AND is_ahead AND %s = ANY(%s)""",
                self.folder.id,
                self.kind.column,
                self.kind.array(found),
            )
        )

    # ------------------------------------------------------------ arrivals

    def _fetch_and_store(self, changes: Changes) -> int:
        known = self._known_ids([copy.remote_id for copy in changes.arrived])
        self.env.cr.commit()
        # What was moved here by ourselves is known by its new id, but somebody may have changed its flags before.
        changes.keywords |= {copy.remote_id: copy.keywords for copy in changes.arrived if copy.remote_id in known}
        uploaded = recognise.uploaded_ids(self.env, self.folder)
        copies = [copy for copy in changes.arrived if copy.remote_id not in known or copy.remote_id in uploaded]
        return self._recognise_or_fetch(copies) if copies else 0

    def _recognise_or_fetch(self, copies: list[RemoteCopy]) -> int:
        found = recognise.recognise(self.env, self.folder, self.adapter, self.remote, copies)
        if found.messages:
            self._transaction(lambda: self._add_known(found, copies))
        return self._fetch([copy for copy in copies if copy.remote_id not in found.messages])

    def _add_known(self, found: recognise.Recognised, copies: list[RemoteCopy]) -> None:
        recognise.confirm(self.env, self.folder, found, copies)
        known = [copy for copy in copies if copy.remote_id in found.messages]
        store.add_copies(self.env, self.folder, known, [found.messages[copy.remote_id] for copy in known])
        live.tell(self.env, self.folder.account_id.ids)

    def _fetch(self, wanted: list[RemoteCopy]) -> int:
        limit = quarantine.largest(self.env)
        self.env.cr.commit()
        if limit and (large := [copy for copy in wanted if copy.size > limit]):
            self._leave(large, limit)
            wanted = [copy for copy in wanted if copy.size <= limit]
            return len(large) + self._fetch_all(wanted)
        return self._fetch_all(wanted)

    def _leave(self, large: list[RemoteCopy], limit: int) -> None:
        """Leave on the server what is too large; its header says whose email it is and what about."""
        headers = {
            block.remote_id: mime.header_of(block.source)
            for group in self.adapter.header_blocks(self.remote, large)
            for block in group
        }
        self._transaction(lambda: quarantine.leave(self.env, self.folder, large, headers, limit))

    def _fetch_all(self, wanted: list[RemoteCopy]) -> int:
        if not wanted:
            return 0
        by_id = {copy.remote_id: copy for copy in wanted}
        try:
            for raw_messages in self.adapter.fetch(self.remote, wanted):
                self._store([(by_id[raw.remote_id], raw.source) for raw in raw_messages])
        except MessageUnavailableError as error:
            # The adapter has handed out all the others by now.
            for remote_id in error.details["remote_ids"]:
                self._quarantine(by_id[remote_id], b"", error)
        return len(wanted)

    def _store(self, raw: list[tuple[RemoteCopy, Source]]) -> None:
        suspects = [pair for pair in raw if pair[0].remote_id in self.suspects]
        # In halves of what the last run died of: some runs later the one that kills is alone. A process that is
        # killed for other reasons hardly ever dies within the same ever smaller part.
        size = max(1, (len(self.suspects) + 1) // 2)
        for start in range(0, len(suspects), size):
            self._store_batch(suspects[start : start + size], deaths=self.deaths)
        if rest := [pair for pair in raw if pair[0].remote_id not in self.suspects]:
            self._store_batch(rest)

    def _store_batch(self, raw: list[tuple[RemoteCopy, Source]], deaths: int = 0) -> None:
        """Parse and store `raw` in one transaction; what fails is halved until the one that fails is found."""
        if deaths >= DEATHS_ALLOWED and len(raw) == 1:
            copy, source = raw[0]
            self._quarantine(copy, source, None)
            return
        # Committed before anything is looked at, so that an email that kills the process is known to have done so.
        attempt = {"ids": [copy.remote_id for copy, _source in raw], "deaths": deaths + 1}
        self._transaction(lambda: self.folder.write({"attempt": attempt}))
        items = [item for copy, source in raw if (item := self._parsed(copy, source))]
        self._store_items(items, {copy.remote_id: source for copy, source in raw})

    def _parsed(self, copy: RemoteCopy, source: Source) -> store.Item | None:
        try:
            parsed = mime.parse(source)
            # What was parsed tells whether it may be one; the source knows more.
            report = mime.delivery_report(source if parsed.is_automatic else parsed)
            return store.Item(copy, parsed, mime.fingerprint(mime.header_of(source), copy.size), report)
        except Exception as error:  # noqa: BLE001 whatever it is, the source is kept and the rest goes on
            self._quarantine(copy, source, error)
            return None

    def _store_items(self, items: list[store.Item], sources: dict) -> None:
        if not items:
            return

        def work():
            store.store(self.env, self.folder, items)
            quarantine.forget(self.env, self.folder, [item.copy.remote_id for item in items])
            self.folder.attempt = False
            # A piece may be many batches, and people watch. That nothing remains is said with the last cursor alone.
            if self.folder.remaining_count > len(items):
                self.folder.remaining_count -= len(items)
                live.tell(self.env, self.folder.account_id.ids)

        self._create_contacts(items)
        try:
            self._transaction(work)
        except Exception as error:
            if _is_nobodys_fault(error):
                raise
            if len(items) == 1:
                self._quarantine(items[0].copy, sources[items[0].copy.remote_id], error)
                return
            # The kind of error alone: its words may quote an email.
            _logger.info("A batch of %d emails failed (%s); storing it in halves", len(items), type(error).__name__)
            middle = len(items) // 2
            self._store_items(items[:middle], sources)
            self._store_items(items[middle:], sources)

        else:
            in_transaction(self.env, lambda: store.link_late(self.env, self.folder, items), self.commit)

    def _create_contacts(self, items: list[store.Item]) -> None:
        try:
            store.create_contacts(self.env, self.folder, items)
        except Exception as error:
            if _is_nobodys_fault(error):
                raise
            _logger.warning("No contact could be created for the senders of a batch", exc_info=True)
            self.env.cr.rollback()

    def _quarantine(self, copy: RemoteCopy, source: Source, error: Exception | None) -> None:
        self._transaction(lambda: quarantine.keep(self.env, self.folder, copy, source, error))

    # ------------------------------------------------------------ everything else, and the cursor

    def _forget_ids(self) -> None:
        """The ids mean nothing any more; the emails stay, as orphans, until their copies are found again."""
        vanish.all_copies(self.env, self.folder)
        quarantine.forget_all_but(self.env, self.folder, ())
        # Should this process die, the next one must not forget again what was found meanwhile.
        self.folder.cursor = False

    def _forget_rewritten(self, changes: Changes) -> None:
        of = [("folder_id", "=", self.folder.id), (self.kind.name, "in", list(changes.rewritten))]
        # The version that is at hand shall not be taken for the new one, whose header may be the same.
        self.env["inbox.message.copy"].search(of).inbox_message_id.write({"fingerprint": False})
        vanish.copies(self.env, self.folder, ids=changes.rewritten)

    def _finish(self, changes: Changes, arrived: int) -> None:
        # Whoever watches the progress wants to know that there is less to come.
        changed = arrived + (changes.remaining != self.folder.remaining_count)
        if changes.keywords:
            messages = self.env["inbox.message"].browse(keywords.apply(self.env, self.folder, changes.keywords))
            messages.conversation_id._refresh_counts()
            quarantine.update_keywords(self.env, self.folder, changes.keywords)
            changed += len(messages)
        if changes.arrived:
            self._found_those_ahead([copy.remote_id for copy in changes.arrived])
        if changes.vanished:
            changed += vanish.copies(self.env, self.folder, ids=changes.vanished)
            quarantine.forget(self.env, self.folder, changes.vanished)
        if changes.present is not None:
            changed += vanish.copies(self.env, self.folder, present=changes.present, bound=changes.bound)
            quarantine.forget_all_but(self.env, self.folder, changes.present)
        values = {"cursor": changes.cursor, "remaining_count": changes.remaining}
        if changes.total is not None:
            values["total_count"] = changes.total
        # A server that tells little is asked at every run, and most of the time nothing is new.
        self.folder.write({name: value for name, value in values.items() if self.folder[name] != value})
        # Once a piece, and not for what the server merely tells of our own doing.
        if changed:
            live.tell(self.env, self.folder.account_id.ids)

    def _known_ids(self, ids: list) -> set:
        known = self.env.execute_query(
            SQL(
                """SELECT %(id)s FROM inbox_message_copy WHERE folder_id = %(folder)s AND %(id)s = ANY(%(ids)s)
             UNION SELECT %(id)s FROM inbox_quarantine WHERE folder_id = %(folder)s AND %(id)s = ANY(%(ids)s)""",
                id=self.kind.column,
                folder=self.folder.id,
                ids=self.kind.array(ids),
            )
        )
        return {remote_id for (remote_id,) in known}

    def _transaction(self, work: Callable) -> None:
        in_transaction(self.env, work, self.commit)


def _is_nobodys_fault(error: Exception) -> bool:
    """Whether no email is to blame: the lease is lost, others got in the way, the database or the disk has trouble."""
    if isinstance(error, (LeaseLostError, psycopg2.InterfaceError, OSError)):
        return True
    # Classes 08, 53, 57: connection, resources, intervention; 40 and 55: conflicts. None: the connection broke.
    return isinstance(error, psycopg2.OperationalError) and (error.pgcode or "08")[:2] in ("08", "40", "53", "55", "57")
