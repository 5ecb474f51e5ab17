"""Whether the database holds what the server holds, and whether it agrees with itself.

Folder by folder both sides are walked in step, a batch of ids at a time: which copies there are, their keywords, and
the Message-ID and size of each. Then the emails are compared with their copies, and the conversations with their
emails. What waits to be told to the server is no difference, nor what is in quarantine or was received before the sync
period.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime

from odoo.tools import SQL

from .. import mime
from ..adapters import open_adapter
from ..adapters.base import ANSWERED, DRAFT, FLAGGED, SEEN, Adapter, RemoteCopy, RemoteFolder, RemoteId
from . import counters, recognise, remote_ids, spam
from . import lease as leases

#: A Message-ID never changes: a check that is not thorough compares those of every seventh range of UIDs only,
#: another one each day.
TURNS = 7
TURN_UIDS = 100

#: Where an id is an email's for ever, what is here under it is that email, and each question is dear: of a folder the
#: Message-IDs of no more than these are compared in a day, and none by a check that is thorough otherwise.
ASKED_A_DAY = 50

#: Means that the copy counts as gone: whether it is here or not is no difference.
DELETED = "deleted"


@dataclass(slots=True)
class FolderReport:
    """What a comparison of one folder found. Message-IDs are '' where an email has none.

    :param on_server, in_database: numbers of emails; those in quarantine are counted in both, and on their own.
    :param missing: copies that are on the server but not in the database, each with its Message-ID.
    :param surplus: id and Message-ID of what is in the database but not on the server.
    :param different: in both under one id, but another email: the server's copy, its Message-ID, and ours.
    :param keywords: copies that bear other keywords on the server than here, each with those here.
    """

    path: str
    on_server: int = 0
    in_database: int = 0
    quarantined: int = 0
    missing: list[tuple[RemoteCopy, str]] = field(default_factory=list)
    surplus: list[tuple[RemoteId, str]] = field(default_factory=list)
    different: list[tuple[RemoteCopy, str, str]] = field(default_factory=list)
    keywords: list[tuple[RemoteCopy, frozenset[str]]] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        return {name: len(getattr(self, name)) for name in _DIFFERENCES}

    @property
    def count(self) -> int:
        """How many copies differ."""
        return sum(self.counts.values())

    @property
    def is_same(self) -> bool:
        return not self.count

    def also_in(self, other: "FolderReport") -> "FolderReport":
        """This report without copies of which `other`, an earlier one, did not find that they differ in any way."""
        ids = {_id_of(row) for name in _DIFFERENCES for row in getattr(other, name)}
        found = {name: [row for row in getattr(self, name) if _id_of(row) in ids] for name in _DIFFERENCES}
        return FolderReport(self.path, self.on_server, self.in_database, self.quarantined, **found)


_DIFFERENCES = ("missing", "surplus", "different", "keywords")


def _id_of(row: tuple):
    return row[0].remote_id if isinstance(row[0], RemoteCopy) else row[0]


@dataclass(slots=True)
class InnerReport:
    """Where the database disagrees with itself: ids of emails, and where it says so of conversations and folders.

    :param flags: read, starred or answered though the copies say otherwise, or the other way round.
    :param folders: in other folders than the copies.
    :param orphans: from the server, but without any copy, and nobody knows of it yet (nor is it kept for a contact).
    :param marked: said to be without any copy, though there is one.
    :param loose: in no conversation.
    :param conversations: whose numbers or date are not those of their emails.
    :param counters: folders for which other emails, or another number, are written down than they hold.
    :param spam: said to be spam though they lie elsewhere, or the other way round.
    """

    flags: list[int] = field(default_factory=list)
    folders: list[int] = field(default_factory=list)
    orphans: list[int] = field(default_factory=list)
    marked: list[int] = field(default_factory=list)
    loose: list[int] = field(default_factory=list)
    conversations: list[int] = field(default_factory=list)
    counters: list[int] = field(default_factory=list)
    spam: list[int] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        return {each.name: len(getattr(self, each.name)) for each in fields(self)}

    @property
    def count(self) -> int:
        return sum(self.counts.values())


@dataclass(slots=True)
class Report:
    """What a comparison of an account found.

    :param missing_folders, surplus_folders: paths of those that are on the server but not here, and the reverse.
    """

    folders: list[FolderReport] = field(default_factory=list)
    missing_folders: list[str] = field(default_factory=list)
    surplus_folders: list[str] = field(default_factory=list)
    inner: InnerReport = field(default_factory=InnerReport)

    @property
    def count(self) -> int:
        folders = len(self.missing_folders) + len(self.surplus_folders)
        return folders + self.inner.count + sum(report.count for report in self.folders)

    @property
    def is_same(self) -> bool:
        return not self.count


def compare(account) -> Report | None:
    """Compare the active folders of `account` (superuser's environment) with its server; changes nothing on either.

    No synchronisation of the account runs meanwhile. What happened on the server since the last one is a difference.

    :return: None when another process is at this account.
    :raises AdapterError: the server cannot be reached, refuses the login, ...
    """
    env = account.env
    lease = leases.Lease(account)
    if not lease.take():
        return None

    def pause():
        leases.in_transaction(env, lease.renew)

    try:
        settings = recognise.with_known(account, account._adapter_settings())
        env.cr.commit()  # no transaction while the network is waited for
        report = Report()
        with open_adapter(account.connection_type, settings) as adapter:
            listed = {remote.path: remote for remote in adapter.folders()}
            paths = set(account.folder_ids.mapped("path"))
            report.missing_folders = sorted(listed.keys() - paths)
            report.surplus_folders = sorted(paths - listed.keys())
            for folder in account.active_folder_ids.filtered("is_selectable"):
                remote = listed.get(folder.path)
                remote = remote if remote and remote.selectable else None
                report.folders.append(compare_folder(folder, remote, adapter, pause=pause))
        report.inner = compare_inside(account)
        return report
    finally:
        lease.release()


def compare_folder(
    folder,
    remote: RemoteFolder | None,
    adapter: Adapter,
    *,
    cursor: dict | None = None,
    turn: int | None = None,
    pause: Callable[[], None] = lambda: None,
) -> FolderReport:
    """Compare one folder with the server's; commits, since no transaction is open while the network is waited for.

    :param remote: None when the server does not have it: then everything is surplus.
    :param cursor: what the ids in the database belong to; None: whatever the server has now.
    :param turn: a number that another day has another of: Message-IDs of a part only. None: of all.
    :param pause: called after each batch, when no transaction is open.
    :raises CursorLostError: the server's ids do not mean what they meant at `cursor`.
    """
    env = folder.env
    since, first_since = folder._cut_off(), folder._first_cut_off()
    on_the_way = _on_the_way(env, folder.account_id)
    env.cr.commit()
    report = FolderReport(folder.path)
    here = _Here(env, folder)
    for batch in adapter.inventory(remote, cursor, since) if remote else ():
        if batch:
            ours = here.beside(batch)
            asked = here.to_ask(batch, ours, turn, has_email_ids=adapter.has_email_ids)
            env.cr.commit()
            headers = adapter.message_ids(remote, asked) if asked else {}
            theirs = {name: mime.message_id(header) for name, header in headers.items()}
            _compare_batch(report, batch, ours, theirs)
        pause()
    _compare_batch(report, [], here.rest(), {})
    env.cr.commit()
    # Of trash and spam, what was there from the start may be missing; what came later may not. What is being moved is
    # somewhere, and the next run finds out where.
    report.missing = [
        (copy, message_id)
        for copy, message_id in report.missing
        if _is_expected(copy, first_since) and message_id not in on_the_way
    ]
    return report


def compare_inside(account) -> InnerReport:
    """Compare the emails of `account` with their copies, and its conversations with their emails."""
    env = account.env
    env.flush_all()

    def ids(statement: str) -> list[int]:
        return sorted({row_id for (row_id,) in env.execute_query(SQL(statement, account=account.id))})

    return InnerReport(
        flags=ids(_FLAGS), folders=ids(_FOLDERS), orphans=ids(_ORPHANS), marked=ids(_MARKED), loose=ids(_LOOSE),
        conversations=ids(_CONVERSATIONS), counters=counters.wrong(env, account.id), spam=spam.wrong(env, account.id),
    )  # fmt: skip


# ------------------------------------------------------------ one folder


@dataclass(frozen=True, slots=True)
class _Ours:
    """One copy, or quarantined email, in the database. `message_id` and `size` are None where they are not known."""

    message_id: str | None
    size: int | None
    keywords: frozenset[str]
    quarantined: bool
    email_id: str | None
    leaves: bool  # the user moves or deletes it, and the server may have done so already
    uploaded: bool  # it was put there from here, and what the server made of it was not looked at yet

    def may_be_other(self, copy: RemoteCopy) -> bool:
        """Whether the server's own identity of `copy` is another one than that of the email that it hangs on here: as
        where it should not, or where a client copied the email and Outlook calls the copy by another name."""
        return bool(self.email_id and copy.email_id and self.email_id != copy.email_id and not self.uploaded)


class _Here:
    """What a folder holds in the database, in the order in which the server tells its own.

    Numbers are walked along downwards; of strings, which have no order, everything is read at once.
    """

    def __init__(self, env, folder):
        self._env = env
        self._folder = folder
        self._kind = remote_ids.kind_of(folder.account_id)
        self._upper: int | None = None  # numbers from here on are done
        self._all: dict[str, _Ours] | None = None
        self._copies: int | None = None

    def beside(self, batch: list[RemoteCopy]) -> dict[RemoteId, _Ours]:
        """What belongs beside `batch`: id -> what is here."""
        if self._kind is remote_ids.STRINGS:
            everything = self._everything()
            return {copy.remote_id: everything.pop(copy.remote_id) for copy in batch if copy.remote_id in everything}
        lower, upper = batch[-1].remote_id, self._upper
        self._upper = lower
        return _in_database(self._env, self._folder, self._kind, _between(lower, upper))

    def rest(self) -> dict[RemoteId, _Ours]:
        """What belonged to no batch."""
        if self._kind is remote_ids.STRINGS:
            return self._everything()
        return _in_database(self._env, self._folder, self._kind, _between(0, self._upper))

    def to_ask(
        self, batch: list[RemoteCopy], ours: dict[RemoteId, _Ours], turn: int | None, *, has_email_ids: bool
    ) -> list[RemoteId]:
        """Whose Message-IDs are asked for: what is not here, or may be another's, and those whose turn it is."""
        turns = self._turns() if has_email_ids and turn is not None else TURNS

        def is_asked(copy: RemoteCopy) -> bool:
            mine = ours.get(copy.remote_id)
            if mine is None or mine.may_be_other(copy):
                return True
            return not has_email_ids if turn is None else _has_turn(copy.remote_id, turn, turns)

        return [copy.remote_id for copy in batch if is_asked(copy)]

    def _turns(self) -> int:
        """In how many days all copies of the folder have their turn, of which so few are asked for."""
        if self._copies is None:
            [[self._copies]] = self._env.execute_query(
                SQL("SELECT count(*) FROM inbox_message_copy WHERE folder_id = %s", self._folder.id)
            )
        return max(TURNS, -(-self._copies // ASKED_A_DAY))

    def _everything(self) -> dict[str, _Ours]:
        if self._all is None:
            self._all = _in_database(self._env, self._folder, self._kind, SQL("true"))
        return self._all


def _between(lower: int, upper: int | None) -> SQL:
    return SQL("uid >= %s AND (%s::int8 IS NULL OR uid < %s)", lower, upper, upper)


def _in_database(env, folder, kind: remote_ids.Kind, within: SQL) -> dict[RemoteId, _Ours]:
    """What the folder holds here: id -> copy, or quarantined email."""
    rows = env.execute_query(
        SQL(
            """SELECT copy.%(id)s, coalesce(message.message_id, ''), message.size,
                      copy.seen, copy.flagged, copy.answered, copy.draft, copy.keywords, false,
                      message.email_id,
                      message.is_changed IS TRUE AND (copy.moving_to_id IS NOT NULL OR message.is_deleted IS TRUE),
                      coalesce(message.is_uploaded, false)
                 FROM inbox_message_copy copy JOIN inbox_message message ON message.id = copy.inbox_message_id
                WHERE copy.folder_id = %(folder)s AND %(within)s
         UNION ALL
               SELECT %(id)s, message_id, NULL, false, false, false, false, keywords, true, NULL, false, false
                 FROM inbox_quarantine
                WHERE folder_id = %(folder)s AND %(id)s IS NOT NULL AND %(within)s""",
            id=kind.column,
            folder=folder.id,
            within=within,
        )
    )
    found = {}
    for remote_id, message_id, size, seen, flagged, answered, draft, others, *rest in rows:
        flags = {SEEN: seen, FLAGGED: flagged, ANSWERED: answered, DRAFT: draft}
        keywords = frozenset(name for name, value in flags.items() if value) | frozenset((others or "").split())
        found[remote_id] = _Ours(message_id, size, keywords, *rest)
    return found


def _has_turn(remote_id: RemoteId, turn: int, turns: int) -> bool:
    # Of UIDs those that are near each other, which take few words to ask for.
    number = remote_id // TURN_UIDS if isinstance(remote_id, int) else zlib.crc32(remote_id.encode())
    return number % turns == turn % turns


def _compare_batch(report: FolderReport, batch: list[RemoteCopy], ours: dict[RemoteId, _Ours], theirs: dict) -> None:
    there = set()
    for copy in batch:
        name = copy.remote_id
        mine = ours.get(name)
        if mine is None and DELETED in copy.keywords:
            continue
        there.add(name)
        report.on_server += 1
        if mine is None:
            report.missing.append((copy, theirs.get(name, "")))
        elif _is_other_email(copy, mine, theirs):
            report.different.append((copy, theirs[name], mine.message_id or ""))
        elif mine.keywords != copy.keywords and not mine.quarantined and DELETED not in copy.keywords:
            report.keywords.append((copy, mine.keywords))
    report.in_database += len(ours)
    report.quarantined += sum(mine.quarantined for mine in ours.values())
    report.surplus += sorted(
        (name, mine.message_id or "") for name, mine in ours.items() if name not in there and not mine.leaves
    )


def _is_other_email(copy: RemoteCopy, mine: _Ours, theirs: dict) -> bool:
    name = copy.remote_id
    # What the server refused to hand out has no Message-ID here; its id says that it is known.
    if name not in theirs or mine.uploaded or (mine.quarantined and not mine.message_id):
        return False
    sizes_differ = bool(copy.size and mine.size and copy.size != mine.size)
    return theirs[name] != mine.message_id or sizes_differ


def _is_expected(copy: RemoteCopy, first_since: datetime) -> bool:
    # Of some broken ones the server does not say when it received them.
    unknown = copy.internal_date <= datetime.fromtimestamp(0, UTC)
    return unknown or copy.internal_date >= first_since.replace(microsecond=0)


def _on_the_way(env, account) -> set[str]:
    """Message-IDs of what the server was asked to move or was given, nobody knowing yet what became of it."""
    moving = env.execute_query(
        SQL(
            """SELECT message_id FROM inbox_message message
                WHERE account_id = %s
                  AND (uploading_to_id IS NOT NULL OR is_uploaded
                       OR is_changed AND EXISTS (SELECT FROM inbox_message_copy
                                                  WHERE inbox_message_id = message.id
                                                    AND (moving_to_id IS NOT NULL OR copying_to_id IS NOT NULL)))""",
            account.id,
        )
    )
    return {message_id for (message_id,) in moving if message_id}


# ------------------------------------------------------------ the database alone

_COPIES = """
    SELECT copy.inbox_message_id, copy.folder_id, copy.seen, copy.flagged, copy.answered
      FROM inbox_message_copy copy JOIN inbox_message message ON message.id = copy.inbox_message_id
     WHERE message.account_id = %(account)s AND message.is_changed IS NOT TRUE
"""

# The server's word over several copies: see sync/keywords.py.
_FLAGS = f"""
    SELECT message.id
      FROM (SELECT inbox_message_id, bool_and(coalesce(seen, false)) AS seen,
                   bool_or(coalesce(flagged, false)) AS flagged, bool_or(coalesce(answered, false)) AS answered
              FROM ({_COPIES}) copy GROUP BY inbox_message_id) word
      JOIN inbox_message message ON message.id = word.inbox_message_id
     WHERE (message.is_read, message.is_starred, message.is_answered)
           IS DISTINCT FROM (word.seen, word.flagged, word.answered)
"""  # noqa: S608 (both parts are constants)

_FOLDERS = f"""
    WITH copies AS (SELECT DISTINCT inbox_message_id, folder_id FROM ({_COPIES}) copy),
         wanted AS (SELECT rel.message_id, rel.folder_id FROM inbox_message_folder_rel rel
                     WHERE rel.message_id IN (SELECT inbox_message_id FROM copies))
    SELECT inbox_message_id FROM (TABLE copies EXCEPT TABLE wanted) surplus
     UNION
    SELECT message_id FROM (TABLE wanted EXCEPT TABLE copies) missing
"""  # noqa: S608 (both parts are constants)

# What was sent and was never met has no fingerprint, and an identity where the server said that it keeps it: saved.py.
_ORPHANS = """
    SELECT id FROM inbox_message message
     WHERE account_id = %(account)s AND (fingerprint IS NOT NULL OR email_id IS NOT NULL)
       AND orphaned_at IS NULL AND is_changed IS NOT TRUE
       AND is_uploaded IS NOT TRUE AND is_gone IS NOT TRUE
       AND NOT EXISTS (SELECT FROM inbox_message_copy WHERE inbox_message_id = message.id)
"""

_MARKED = """
    SELECT id FROM inbox_message message
     WHERE account_id = %(account)s AND orphaned_at IS NOT NULL
       AND EXISTS (SELECT FROM inbox_message_copy WHERE inbox_message_id = message.id)
"""

_LOOSE = """
    SELECT id FROM inbox_message
     WHERE account_id = %(account)s AND fingerprint IS NOT NULL AND conversation_id IS NULL
"""

_CONVERSATIONS = """
    SELECT conversation.id
      FROM inbox_conversation conversation
 LEFT JOIN (SELECT conversation_id, count(*) AS emails, count(*) FILTER (WHERE NOT is_read) AS unread,
                   max(date) AS last_date
              FROM inbox_message WHERE account_id = %(account)s GROUP BY conversation_id) now
        ON now.conversation_id = conversation.id
     WHERE conversation.account_id = %(account)s
       AND (conversation.message_count, conversation.unread_count, conversation.last_date)
           IS DISTINCT FROM (now.emails, now.unread, now.last_date)
"""
