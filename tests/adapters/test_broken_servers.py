"""Following folders of servers that tell less than they should, or other things."""

from datetime import UTC, datetime

import pytest
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.base import RemoteFolder
from odoo.addons.concord_inbox.adapters.errors import (
    AdapterError,
    FolderGoneError,
    InvalidInputError,
    ProtocolError,
    TemporaryError,
)

from tests.adapters.common import settings
from tests.adapters.store import Store
from tests.servers.scripted import ScriptedImap

BOX = RemoteFolder("Box", "Box")


class Folder:
    """A folder of a server that knows UIDs and flags, and answers as the test wants."""

    def __init__(self, uids, uidvalidity=7, uidnext: int | None = None, extra: str = ""):
        self.uids = list(uids)
        self.uidvalidity = uidvalidity
        self.uidnext = uidnext
        self.extra = extra

    def examine(self, _command) -> str:
        lines = [f"* {len(self.uids)} EXISTS", f"* OK [UIDVALIDITY {self.uidvalidity}] x"]
        if self.uidnext:
            lines.append(f"* OK [UIDNEXT {self.uidnext}] x")
        return "\r\n".join([*lines, self.extra]).strip()

    def search(self, _command) -> str:
        return "* SEARCH " + " ".join(map(str, self.uids))

    def fetch(self, command) -> str:
        uids = self.uids[-1:] if " * " in command else self.uids
        return "\r\n".join(self.row(uids.index(uid) + 1, uid) for uid in uids)

    def row(self, number: int, uid: int) -> str:
        date = '"01-Jan-2026 00:00:00 +0000"'
        return f"* {number} FETCH (UID {uid} FLAGS () INTERNALDATE {date} RFC822.SIZE 10)"

    def server(self, **more) -> ScriptedImap:
        script = {"EXAMINE": self.examine, "UID SEARCH": self.search, "UID FETCH": self.fetch, "FETCH": self.fetch}
        return ScriptedImap(script, **more)


def sync(server, store, since=None):
    with open_adapter("imap", settings(server.port)) as adapter:
        return store.sync(adapter, folder=BOX, since=since)


def test_without_uidnext():
    folder, store = Folder([3, 9]), Store()
    with folder.server() as server:
        sync(server, store)
        assert store.cursor["uidnext"] == 10
        folder.uids.append(12)
        sync(server, store)
        assert sorted(store.copies) == [3, 9, 12]
        folder.uids.clear()
        sync(server, store)
        assert store.copies == {}
        assert store.cursor["uidnext"] == 13
        assert store.resets == 0


def test_without_uidvalidity():
    folder, store = Folder([1, 2], uidnext=3), Store()
    folder.examine = lambda _command: "* 2 EXISTS\r\n* OK [UIDNEXT 3] x"
    with folder.server() as server:
        server.script["EXAMINE"] = folder.examine
        sync(server, store)
        sync(server, store)
    assert (sorted(store.copies), store.resets) == ([1, 2], 0)


def test_uidnext_that_went_back_is_a_reset():
    folder, store = Folder([5, 6], uidnext=7), Store()
    with folder.server() as server:
        sync(server, store)
        folder.uids, folder.uidnext = [1, 2], 3
        sync(server, store)
    assert (sorted(store.copies), store.resets) == ([1, 2], 1)


def test_a_range_that_brings_the_last_message_though_it_is_older():
    folder, store = Folder([5, 6], uidnext=7), Store()
    with folder.server() as server:
        sync(server, store)
        # UIDNEXT moved on without anything that stayed, and the server answers with what it likes.
        folder.uidnext = 9
        sync(server, store)
    assert sorted(store.copies) == [5, 6]


def test_no_modification_sequences_for_this_folder():
    folder, store = Folder([1, 2], uidnext=3, extra="* OK [NOMODSEQ] none here"), Store()
    with folder.server(after_login="IMAP4rev1 CONDSTORE") as server:
        sync(server, store)
        assert store.cursor["modseq"] is None
        sync(server, store)
        assert any(command.startswith("FETCH 1:*") for command in server.commands)


def test_condstore_that_is_offered_but_unknown():
    folder, store = Folder([1, 2], uidnext=3), Store()
    with folder.server(after_login="IMAP4rev1 CONDSTORE") as server:
        server.script["EXAMINE"] = lambda command: "{tag} BAD what?" if "(" in command else folder.examine(command)
        sync(server, store)
    assert sorted(store.copies) == [1, 2]


def test_a_copy_that_cannot_be_described_is_reported_all_the_same():
    folder, store = Folder(range(1, 10), uidnext=10), Store()

    def fetch(command):
        wanted = command.split()[2]
        uids = [
            uid for part in wanted.split(",") for uid in range(int(part.split(":")[0]), int(part.split(":")[-1]) + 1)
        ]
        if 4 in uids:
            return "{tag} NO [SERVERBUG] Internal error occurred"
        return "\r\n".join(folder.row(uid, uid) for uid in uids)

    with folder.server() as server:
        server.script["UID FETCH"] = fetch
        sync(server, store, since=datetime(2025, 1, 1, tzinfo=UTC))
    assert sorted(store.copies) == list(range(1, 10))
    lost = next(copy for piece in store.pieces for copy in piece.arrived if copy.remote_id == 4)
    assert lost.size == 0


def test_a_description_that_breaks_the_grammar_is_reported_all_the_same():
    folder, store = Folder([1, 2], uidnext=3), Store()
    folder.row = lambda number, uid: f"* {number} FETCH (UID {uid} FLAGS (\\Seen INTERNALDATE"
    with folder.server() as server:
        sync(server, store)
    assert sorted(store.copies) == [1, 2]


def test_a_server_that_describes_nothing():
    folder = Folder(range(1, 100), uidnext=100)
    with folder.server() as server:
        server.script["UID FETCH"] = "{tag} NO no"
        with pytest.raises(TemporaryError):
            sync(server, Store())


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        ("NO [NONEXISTENT] gone", FolderGoneError, "gone"),
        ("NO Mailbox doesn't exist: Box", FolderGoneError, "gone"),
        ("NO [NOPERM] yours not", FolderGoneError, "no_access"),
        ("NO Permission denied", FolderGoneError, "no_access"),
        ("NO [INUSE] locked", TemporaryError, "in_use"),
        ("NO [SERVERBUG] Internal error", TemporaryError, "unavailable"),
        ("NO es geht gerade nicht", TemporaryError, "unavailable"),
        ("BAD User is authenticated but not connected.", TemporaryError, "unavailable"),
    ],
)
def test_folders_that_cannot_be_opened(answer, kind, reason):
    with ScriptedImap({"EXAMINE": "{tag} " + answer}) as server, pytest.raises(kind) as caught:
        sync(server, Store())
    assert (type(caught.value), caught.value.reason) == (kind, reason)


@pytest.mark.parametrize("answer", ["* ESEARCH (TAG x) UID ALL 1:4294967295", "* ESEARCH (TAG x) UID ALL nonsense"])
def test_sets_of_uids_that_are_not_believed(answer):
    folder = Folder([1, 2], uidnext=2**32 - 1)
    with folder.server(after_login="IMAP4rev1 ESEARCH") as server:
        server.script["UID SEARCH"] = answer
        with pytest.raises(ProtocolError):
            sync(server, Store())


def test_a_search_of_many_lines_and_with_modseq():
    folder, store = Folder([1, 2, 3], uidnext=4), Store()
    with folder.server() as server:
        server.script["UID SEARCH"] = "* SEARCH 1\r\n* SEARCH 3 2 (MODSEQ 917162500)"
        sync(server, store)
    assert sorted(store.copies) == [1, 2, 3]


def test_more_uids_than_one_line_of_imaplib_may_hold():
    folder, store = Folder(range(4_000_000_000, 4_000_150_000), uidnext=4_000_150_000), Store()
    folder.fetch = lambda _command: ""
    with folder.server() as server:
        server.script["UID FETCH"] = ""
        sync(server, store)
    assert store.pieces[-1].total == 150_000


def test_identities_where_the_server_has_them():
    folder, store = Folder([1], uidnext=2), Store()
    folder.row = lambda _number, uid: f"* 1 FETCH (UID {uid} FLAGS () RFC822.SIZE 1 EMAILID (M{uid}) THREADID (T9))"
    with folder.server(after_login="IMAP4rev1 OBJECTID") as server:
        sync(server, store)
        assert any("EMAILID THREADID" in command for command in server.commands)
    copy = store.pieces[0].arrived[0]
    assert (copy.email_id, copy.thread_id) == ("M1", "T9")


def test_the_identity_of_a_folder_decides_alone():
    folder, store = Folder([1], uidnext=2, extra="* OK [MAILBOXID (F1)] x"), Store()
    rows = [("Box", "F2", 7), ("New", "F1", 8)]
    listing = "\r\n".join(f'* LIST () "/" {name}' for name, *_rest in rows)
    statuses = "\r\n".join(
        f"* STATUS {name} (MESSAGES 1 UIDNEXT 2 UIDVALIDITY {number} UNSEEN 0 MAILBOXID ({identity}))"
        for name, identity, number in rows
    )
    with folder.server(after_login="IMAP4rev1 OBJECTID LIST-STATUS LIST-EXTENDED") as server:
        server.script["LIST"] = f"{listing}\r\n{statuses}"
        sync(server, store)
        assert store.cursor["mailboxid"] == "F1"
        with open_adapter("imap", settings(server.port)) as adapter:
            found = {each.path: adapter.could_be(each, store.cursor) for each in adapter.folders()}
    assert found == {"Box": False, "New": True}
    assert "MAILBOXID" in next(command for command in server.commands if command.startswith("LIST"))


@pytest.mark.parametrize("path", ["a\r\nb LOGOUT", "a\nb", "a\0b"])
def test_control_characters_in_a_path(path):
    with ScriptedImap() as server, open_adapter("imap", settings(server.port)) as adapter:
        with pytest.raises(InvalidInputError):
            list(adapter.changes(RemoteFolder(path, path), None, None))
        assert not any("LOGOUT" in command for command in server.commands)


@pytest.mark.parametrize(
    "answer", ["* 1 EXISTS\r\nx", "+ what?", "* EXISTS", "* X EXISTS", "{tag}", "{tag} WHAT", b"\xff\0"]
)
def test_nothing_but_the_errors_of_the_contract(answer):
    """A server may say what it likes: no exception but the adapter's own gets out."""
    for key in ("CAPABILITY", "AUTHENTICATE", "LIST", "EXAMINE", "UID SEARCH", "UID FETCH"):
        folder = Folder([1, 2], uidnext=3)
        with folder.server() as server:
            server.script[key] = answer
            try:
                with open_adapter("imap", settings(server.port, timeout=1.0)) as adapter:
                    adapter.folders()
                    for piece in adapter.changes(BOX, None, None):
                        list(adapter.fetch(BOX, piece.arrived))
            except AdapterError:
                pass
