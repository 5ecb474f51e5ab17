"""Whether the database holds what the server holds: folder by folder, the set of UIDs, and the Message-ID of each."""

from dataclasses import dataclass, field

from odoo.tools import SQL

from .. import mime
from ..adapters import open_adapter
from . import lease as leases

Difference = tuple[int, str]  # a UID and a Message-ID ('' when the email has none)


@dataclass(slots=True)
class FolderReport:
    """What a comparison of one folder found.

    :param on_server, in_database: numbers of emails; those in quarantine are counted in both, and on their own.
    :param missing: on the server but not in the database.
    :param surplus: in the database but no longer on the server.
    :param different: in both under one UID, but with another Message-ID.
    """

    path: str
    on_server: int = 0
    in_database: int = 0
    quarantined: int = 0
    missing: list[Difference] = field(default_factory=list)
    surplus: list[Difference] = field(default_factory=list)
    different: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def is_same(self) -> bool:
        return not (self.missing or self.surplus or self.different)


def compare(account) -> list[FolderReport] | None:
    """Compare the active folders of `account` (superuser's environment) with its server; changes nothing on either.

    No synchronisation of the account runs meanwhile.

    :return: None when another process is at this account.
    :raises AdapterError: the server cannot be reached, refuses the login, ...
    """
    env = account.env
    lease = leases.Lease(account)
    if not lease.take():
        return None
    try:
        settings = account._adapter_settings()
        folders = {folder.path: folder for folder in account.active_folder_ids if folder.is_selectable}
        env.cr.commit()
        reports = []
        with open_adapter(account.connection_type, settings) as adapter:
            listed = {remote.path: remote for remote in adapter.folders() if remote.selectable}
            for path, folder in folders.items():
                since, first_since = folder._cut_off(), folder._first_cut_off()
                env.cr.commit()
                on_server, expected = {}, None
                if path in listed:
                    on_server = _listing(adapter, listed[path], since)
                    # Of trash and spam, what was there from the start may be missing; what came later may not.
                    if first_since != since:
                        expected = _listing(adapter, listed[path], first_since).keys()
                reports.append(_compare(env, folder, on_server, expected))
        return reports
    finally:
        lease.release()


def _listing(adapter, remote, since) -> dict[int, str]:
    """UID -> Message-ID of what the folder holds."""
    return {uid: mime.message_id(header) for batch in adapter.headers(remote, since) for uid, header in batch}


def _compare(env, folder, on_server: dict[int, str], expected=None) -> FolderReport:
    rows = env.execute_query(
        SQL(
            """SELECT copy.uid, coalesce(message.message_id, ''), false
                 FROM inbox_message_copy copy JOIN inbox_message message ON message.id = copy.inbox_message_id
                WHERE copy.folder_id = %(folder)s
         UNION ALL
               SELECT uid, coalesce(message_id, ''), true FROM inbox_quarantine
                WHERE folder_id = %(folder)s AND uid IS NOT NULL""",
            folder=folder.id,
        )
    )
    in_database = {uid: message_id for uid, message_id, _quarantined in rows}
    report = FolderReport(folder.path, len(on_server), len(in_database))
    # What the server refused to hand out has no Message-ID here; its UID says that it is known.
    unread = {uid for uid, message_id, quarantined in rows if quarantined and not message_id}
    report.quarantined = sum(quarantined for _uid, _message_id, quarantined in rows)
    missing = (on_server.keys() if expected is None else expected) - in_database.keys()
    report.missing = sorted((uid, on_server[uid]) for uid in missing)
    report.surplus = sorted((uid, in_database[uid]) for uid in in_database.keys() - on_server.keys())
    report.different = sorted(
        (uid, on_server[uid], in_database[uid])
        for uid in on_server.keys() & in_database.keys() - unread
        if on_server[uid] != in_database[uid]
    )
    return report
