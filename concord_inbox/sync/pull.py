"""What happened in one folder of the server, into the database: in pieces, each with its cursor in one transaction.

Killed between any two statements, the next run goes on where the last commit was: what was stored is known by its UID
and is neither fetched nor stored again.
"""

import logging
from collections.abc import Callable, Iterator

import psycopg2
from odoo.tools import SQL

from .. import mime
from ..adapters.base import Adapter, Changes, RemoteCopy, RemoteFolder
from ..adapters.errors import MessageUnavailableError
from . import keywords, quarantine, store, vanish
from .lease import LeaseLostError, in_transaction

_logger = logging.getLogger(__name__)

#: After processes died this often while they stored one single email, it goes to quarantine unread. More than twice,
#: since a machine that is restarted again and again kills whoever is at work, and no email is at fault then.
DEATHS_ALLOWED = 4


class FolderPull:
    """One run over one folder.

    :param commit: renews the lease and commits.
    """

    def __init__(self, folder, remote: RemoteFolder, adapter: Adapter, commit: Callable[[], None]):
        self.env = folder.env
        self.folder = folder
        self.remote = remote
        self.adapter = adapter
        self.commit = commit
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
            arrived = self._fetch_and_store(changes)
            self._transaction(lambda changes=changes: self._finish(changes))
            yield arrived
        if self.suspects:
            self._transaction(lambda: self.folder.write({"attempt": False}))

    def retry_quarantined(self) -> int:
        """Fetch and store again what somebody asked to try again; return how many emails that were."""
        copies = quarantine.to_retry(self.env, self.folder)
        self.env.cr.commit()
        return self._fetch(copies)

    # ------------------------------------------------------------ arrivals

    def _fetch_and_store(self, changes: Changes) -> int:
        known = self._known_ids([copy.remote_id for copy in changes.arrived])
        self.env.cr.commit()
        # What was moved here by ourselves is known by its new id, but somebody may have changed its flags before.
        changes.keywords |= {copy.remote_id: copy.keywords for copy in changes.arrived if copy.remote_id in known}
        return self._fetch([copy for copy in changes.arrived if copy.remote_id not in known])

    def _fetch(self, wanted: list[RemoteCopy]) -> int:
        by_id = {copy.remote_id: copy for copy in wanted}
        try:
            for raw_messages in self.adapter.fetch(self.remote, wanted):
                self._store([(by_id[raw.remote_id], raw.source) for raw in raw_messages])
        except MessageUnavailableError as error:
            # The adapter has handed out all the others by now.
            for remote_id in error.details["remote_ids"]:
                self._quarantine(by_id[remote_id], b"", error)
        return len(wanted)

    def _store(self, raw: list[tuple[RemoteCopy, bytes]]) -> None:
        suspects = [pair for pair in raw if pair[0].remote_id in self.suspects]
        # In halves of what the last run died of: some runs later the one that kills is alone. A process that is
        # killed for other reasons hardly ever dies within the same ever smaller part.
        size = max(1, (len(self.suspects) + 1) // 2)
        for start in range(0, len(suspects), size):
            self._store_batch(suspects[start : start + size], deaths=self.deaths)
        if rest := [pair for pair in raw if pair[0].remote_id not in self.suspects]:
            self._store_batch(rest)

    def _store_batch(self, raw: list[tuple[RemoteCopy, bytes]], deaths: int = 0) -> None:
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

    def _parsed(self, copy: RemoteCopy, source: bytes) -> store.Item | None:
        try:
            parsed = mime.parse(source)
            return store.Item(copy, parsed, mime.fingerprint(mime.header_of(source), copy.size))
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

        self._create_contacts(items)
        try:
            self._transaction(work)
        except Exception as error:
            if _is_nobodys_fault(error):
                raise
            if len(items) == 1:
                self._quarantine(items[0].copy, sources[items[0].copy.remote_id], error)
                return
            _logger.info("A batch of %d emails failed (%s); storing it in halves", len(items), error)
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

    def _quarantine(self, copy: RemoteCopy, source: bytes, error: Exception | None) -> None:
        self._transaction(lambda: quarantine.keep(self.env, self.folder, copy, source, error))

    # ------------------------------------------------------------ everything else, and the cursor

    def _forget_ids(self) -> None:
        """The ids mean nothing any more; the emails stay, as orphans, until their copies are found again."""
        vanish.all_copies(self.env, self.folder)
        quarantine.forget_all_but(self.env, self.folder, ())
        # Should this process die, the next one must not forget again what was found meanwhile.
        self.folder.cursor = False

    def _finish(self, changes: Changes) -> None:
        if changes.keywords:
            messages = self.env["inbox.message"].browse(keywords.apply(self.env, self.folder, changes.keywords))
            messages.conversation_id._refresh_counts()
            quarantine.update_keywords(self.env, self.folder, changes.keywords)
        if changes.vanished:
            vanish.copies(self.env, self.folder, uids=changes.vanished)
            quarantine.forget(self.env, self.folder, changes.vanished)
        if changes.present is not None:
            vanish.copies(self.env, self.folder, present=changes.present)
            quarantine.forget_all_but(self.env, self.folder, changes.present)
        values = {"cursor": changes.cursor, "remaining_count": changes.remaining}
        if changes.total is not None:
            values["total_count"] = changes.total
        self.folder.write(values)

    def _known_ids(self, remote_ids: list) -> set:
        known = self.env.execute_query(
            SQL(
                """SELECT uid FROM inbox_message_copy WHERE folder_id = %(folder)s AND uid = ANY(%(ids)s::int8[])
             UNION SELECT uid FROM inbox_quarantine WHERE folder_id = %(folder)s AND uid = ANY(%(ids)s::int8[])""",
                folder=self.folder.id,
                ids=remote_ids,
            )
        )
        return {uid for (uid,) in known}

    def _transaction(self, work: Callable) -> None:
        in_transaction(self.env, work, self.commit)


def _is_nobodys_fault(error: Exception) -> bool:
    """Whether no email is to blame: the lease is lost, others got in the way, the database or the disk has trouble."""
    if isinstance(error, (LeaseLostError, psycopg2.InterfaceError, OSError)):
        return True
    # Classes 08, 53, 57: connection, resources, intervention; 40 and 55: conflicts. None: the connection broke.
    return isinstance(error, psycopg2.OperationalError) and (error.pgcode or "08")[:2] in ("08", "40", "53", "55", "57")
