"""What only broken servers do, beside what the tests of the adapters have of it."""

import contextlib
from datetime import UTC, datetime

import pytest
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.base import RemoteFolder
from odoo.addons.concord_inbox.adapters.errors import TemporaryError, ThrottledError

from tests.adapters.common import settings
from tests.adapters.store import Store
from tests.adapters.test_broken_servers import BOX, Folder, sync
from tests.servers.scripted import ScriptedImap
from tests.servers.tcp import server_context
from tests.servers.tls import make_certificate

CURSOR = {"uidvalidity": 7, "uidnext": 3, "backfill": None, "messages": 2, "modseq": None, "unseen": 0, "scanned": 0}
OTHER = RemoteFolder("Other", "Other")

STEPS = {
    "AUTHENTICATE": lambda adapter: adapter.check_incoming(),
    "LIST": lambda adapter: adapter.folders(),
    "EXAMINE": lambda adapter: list(adapter.changes(BOX, None, None)),
    "UID SEARCH": lambda adapter: list(adapter.changes(BOX, None, None)),
    "UID FETCH": lambda adapter: list(adapter.changes(BOX, None, None)),
    "UID STORE": lambda adapter: adapter.set_keywords(BOX, CURSOR, [1], frozenset({"seen"})),
    "UID MOVE": lambda adapter: adapter.move(BOX, CURSOR, [1], OTHER),
    "UID COPY": lambda adapter: adapter.copy(BOX, CURSOR, [1], OTHER),
    "APPEND": lambda adapter: adapter.append(BOX, None, b"Subject: x\r\n\r\n"),
    "CREATE": lambda adapter: adapter.create_folder("New"),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("answer", "kind", "reason", "wait"),
    [
        (
            "{tag} BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds",
            *(ThrottledError, "throttled", 92.415),
        ),
        ("{tag} NO [THROTTLED] Slow down", ThrottledError, "throttled", None),
        ("{tag} NO [LIMIT] Too many operations", TemporaryError, "over_limit", None),
        ("* BYE Too many simultaneous connections", TemporaryError, "over_limit", None),
        ("{tag} NO [UNAVAILABLE] User's backend is down", TemporaryError, "unavailable", None),
        ("{tag} NO [INUSE] Mailbox is locked", TemporaryError, "in_use", None),
    ],
)
def test_a_server_that_wants_to_be_left_alone(step, answer, kind, reason, wait):
    """Whatever was asked for, the error says that it passes, and when."""
    if step == "UID STORE" and "[LIMIT]" in answer:
        pytest.skip("a limit to the number of keywords, for all one knows")
    folder = Folder([1, 2], uidnext=3)
    script = {"SELECT": folder.examine, "LIST": '* LIST () "/" INBOX\r\n* LIST () "/" Box', step: answer}
    with folder.server(after_login="IMAP4rev1 MOVE UIDPLUS") as server:
        server.script |= script
        if answer.startswith("* BYE"):
            server.script[step] = lambda _command: _say_and_hang_up(server, answer)
        with open_adapter("imap", settings(server.port, timeout=3.0)) as adapter:
            with pytest.raises(kind) as caught:
                STEPS[step](adapter)
    assert (type(caught.value), caught.value.reason, caught.value.retry_after) == (kind, reason, wait)


def _say_and_hang_up(server: ScriptedImap, text: str) -> None:
    for connection in server._sockets:
        with contextlib.suppress(OSError):
            connection.sendall(text.encode() + b"\r\n")


def test_a_server_that_knows_the_user_already(tmp_path):
    """PREAUTH is fine where the connection is encrypted from the start: nothing is sent to log in."""
    context = server_context(make_certificate(tmp_path))
    folder = Folder([1], uidnext=2)
    with folder.server(context=context, greeting="* PREAUTH welcome", capabilities="IMAP4rev1") as server:
        with open_adapter("imap", settings(server.port, "ssl", allow_insecure_certificate=True)) as adapter:
            store = Store()
            store.sync(adapter, folder=BOX)
        assert not any(command.startswith(("LOGIN", "AUTHENTICATE")) for command in server.commands)
    assert list(store.copies) == [1]


def test_the_last_uid_there_is():
    last = 2**32 - 1
    folder, store = Folder([last - 1], uidnext=last), Store()
    with folder.server() as server:
        sync(server, store)
        folder.uids.append(last)
        folder.uidnext = last + 1
        sync(server, store)
        sync(server, store)
        assert sorted(store.copies) == [last - 1, last]
        folder.uids.remove(last)
        sync(server, store)
        assert sorted(store.copies) == [last - 1]
        numbers = [int(part) for command in server.commands for part in _numbers(command)]
        assert max(numbers) <= last


def _numbers(command: str) -> list[str]:
    return [part for word in command.replace(",", " ").replace(":", " ").split() if (part := word).isdigit()]


@pytest.mark.parametrize("date", ['"99-Foo-2026 00:00:00 +0000"', '""', "NIL", '"24-Nov-26 10:00:00"'])
def test_a_date_that_is_none(date):
    folder, store = Folder([1, 2], uidnext=3), Store()
    folder.row = lambda number, uid: f"* {number} FETCH (UID {uid} FLAGS () INTERNALDATE {date} RFC822.SIZE 10)"
    with folder.server() as server:
        sync(server, store, since=datetime(2026, 1, 1, tzinfo=UTC))
    assert sorted(store.copies) == [1, 2]


@pytest.mark.thorough
def test_200_000_messages():
    folder, store = Folder(range(1, 200_001), uidnext=200_001), Store()
    places = {uid: number for number, uid in enumerate(folder.uids, 1)}

    def fetch(command):
        first, _, last = command.split()[2].partition(":")
        wanted = range(int(first), int(last or first) + 1)
        return "\r\n".join(folder.row(places[uid], uid) for uid in wanted if uid in places)

    with folder.server() as server:
        server.script["UID FETCH"] = fetch
        server.script["FETCH"] = lambda _command: "\r\n".join(
            folder.row(places[uid], uid) for uid in folder.uids[-2000:]
        )
        sync(server, store)
        assert len(store.copies) == 200_000
        folder.uids.append(200_001)
        places[200_001] = 200_001
        folder.uidnext += 1
        asked = len(server.commands)
        sync(server, store)
        assert len(store.copies) == 200_001
        assert len(server.commands) - asked < 12


@pytest.mark.parametrize("vanished", ["* VANISHED 1:2", "* VANISHED (EARLIER) 1:4294967295", "* VANISHED nonsense"])
def test_vanished_that_nobody_asked_for(vanished):
    """Without QRESYNC it means nothing; what the server counts does."""
    folder, store = Folder([1, 2], uidnext=3), Store()
    with folder.server() as server:
        for key in ("UID FETCH", "UID SEARCH"):
            honest = server.script[key]
            server.script[key] = lambda command, honest=honest: f"{vanished}\r\n{honest(command)}\r\n{vanished}"
        sync(server, store)
        sync(server, store)
    assert sorted(store.copies) == [1, 2]


@pytest.mark.parametrize(
    ("written", "path"), [("NIL", "NIL"), ("nil", "nil"), ('"NIL"', "NIL"), ('"x "', "x "), ('"a%b*"', "a%b*")]
)
def test_names_that_mean_something_elsewhere(written, path):
    listing = f'* LIST (\\NoSelect) "/" "Up"\r\n* LIST () "/" INBOX\r\n* LIST () "/" {written}'
    status = f"* STATUS {written} (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 3 UNSEEN NIL)"
    with ScriptedImap({"LIST": listing, f"STATUS {written}".upper(): status, "STATUS": status}) as server:
        with open_adapter("imap", settings(server.port)) as adapter:
            folders = {folder.path: folder for folder in adapter.folders()}
    assert folders[path].status == {"messages": 1, "uidnext": 2, "uidvalidity": 3}
    assert not folders["Up"].selectable


@pytest.mark.parametrize("answer", ["{tag} BAD Unknown argument RETURN", "{tag} NO not today"])
def test_esearch_that_is_offered_but_unknown(answer):
    folder, store = Folder([1, 2], uidnext=3), Store()
    with folder.server(after_login="IMAP4rev1 ESEARCH MOVE UIDPLUS") as server:
        server.script |= {"UID SEARCH RETURN": answer, "SELECT": folder.examine}
        with open_adapter("imap", settings(server.port)) as adapter:
            store.sync(adapter, folder=BOX)
            assert adapter.present(BOX, store.cursor, [1, 5]) == {1}
        assert sum(command.startswith("UID SEARCH RETURN") for command in server.commands) == 1
    assert sorted(store.copies) == [1, 2]


@pytest.mark.parametrize("offered", ["OBJECTID", "X-GM-EXT-1"])
def test_identities_that_are_offered_but_unknown(offered):
    folder, store = Folder([1, 2], uidnext=3), Store()

    def fetch(command):
        return "{tag} BAD Unknown item" if "ID " in command.partition("(UID")[2] else folder.fetch(command)

    with folder.server(after_login=f"IMAP4rev1 {offered}") as server:
        server.script["UID FETCH"] = fetch
        sync(server, store)
        assert sum("FETCH" in command for command in server.commands) == 2
    assert sorted(store.copies) == [1, 2]


def test_changes_since_that_are_offered_but_unknown():
    folder, store = Folder([1, 2], uidnext=3, extra="* OK [HIGHESTMODSEQ 5] x"), Store()
    with folder.server(after_login="IMAP4rev1 CONDSTORE") as server:
        sync(server, store)
        folder.extra = "* OK [HIGHESTMODSEQ 6] x"
        folder.row = lambda number, uid: f"* {number} FETCH (UID {uid} FLAGS (\\Seen) RFC822.SIZE 10)"
        server.script["UID FETCH"] = lambda command: (
            "{tag} BAD what?" if "CHANGEDSINCE" in command else folder.fetch(command)
        )
        sync(server, store)
    assert store.copies == {1: frozenset({"seen"}), 2: frozenset({"seen"})}


def test_an_append_that_leaves_flags_out():
    """Nobody's own email must count as unread; and a server that keeps them is not asked again."""
    folder, kept = Folder([1], uidnext=2, extra="* OK [PERMANENTFLAGS (\\Seen \\Draft)] x"), []
    folder.row = lambda number, uid: f"* {number} FETCH (UID {uid} FLAGS ({' '.join(kept)}))"
    script = {"SELECT": folder.examine, "APPEND": "{tag} OK [APPENDUID 7 1] done"}
    source, keywords = b"Subject: x\r\n\r\n", frozenset({"seen", "draft", "$label"})
    with folder.server(after_login="IMAP4rev1 UIDPLUS") as server:
        server.script |= script
        with open_adapter("imap", settings(server.port)) as adapter:
            assert adapter.append(BOX, None, source, keywords) == 1
            assert server.commands[-1] == "UID STORE 1 +FLAGS.SILENT (\\Seen \\Draft)"
            kept += ["\\Seen", "\\Draft"]
            assert adapter.append(BOX, None, source, keywords) == 1
            assert server.commands[-1].startswith("UID FETCH")
            assert adapter.append(BOX, None, source, keywords) == 1
            assert server.commands[-1].startswith("APPEND")


def test_flags_that_cannot_be_seen_to_are_no_failure():
    with ScriptedImap({"APPEND": "{tag} OK [APPENDUID 7 1] done", "SELECT": "{tag} NO no"}) as server:
        with open_adapter("imap", settings(server.port)) as adapter:
            assert adapter.append(BOX, None, b"Subject: x\r\n\r\n", frozenset({"seen"})) == 1


def test_too_many_keywords_to_append_with():
    def append(command):
        return "{tag} NO [LIMIT] Too many user flags" if "$label" in command else "{tag} OK [APPENDUID 7 1] done"

    with ScriptedImap({"APPEND": append, "SELECT": "{tag} NO no"}) as server:
        with open_adapter("imap", settings(server.port)) as adapter:
            assert adapter.append(BOX, None, b"Subject: x\r\n\r\n", frozenset({"$label", "seen"})) == 1
