"""Changing keywords and deleting: on real servers of several shapes, and on one that refuses."""

import pytest
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.base import RemoteFolder
from odoo.addons.concord_inbox.adapters.errors import (
    ChangeRefusedError,
    CursorLostError,
    FolderGoneError,
    InvalidInputError,
    NetworkError,
    ThrottledError,
)

from tests.adapters.common import inbox, message, named, settings
from tests.adapters.store import Store, on_server
from tests.servers.proxy import Proxy
from tests.servers.scripted import ScriptedImap

BOX = RemoteFolder("Box", "Box")
CURSOR = {"uidvalidity": 7, "uidnext": 10, "messages": 3, "modseq": None}
OPEN = "* 3 EXISTS\r\n* FLAGS (\\Seen \\Flagged \\Deleted)\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 10] x"
SEEN = frozenset({"seen"})


def synced(mailbox, count=10, folder="INBOX", **arguments):
    """UIDs of new messages, and the store that knows them."""
    uids = mailbox.append(folder, [message(n) for n in range(count)], **arguments)
    store = Store()
    with open_adapter("imap", mailbox.settings) as adapter:
        store.sync(adapter, folder=named(adapter, folder))
    return uids, store


def scripted(script=None, **more) -> ScriptedImap:
    return ScriptedImap({"SELECT": OPEN, "EXAMINE": OPEN, **(script or {})}, **more)


def test_keywords(writing_mailbox):
    uids, store = synced(writing_mailbox, flags=("\\Flagged", "Blue"))
    adapter = writing_mailbox.adapter()
    written = adapter.set_keywords(
        inbox(adapter), store.cursor, uids[:4], frozenset({"seen", "work"}), frozenset({"flagged", "blue"})
    )
    assert (written.confirmed, written.refused, written.unsupported) == (frozenset(uids[:4]), frozenset(), frozenset())
    found = on_server(writing_mailbox.client)
    assert {found[uid] for uid in uids[:4]} == {frozenset({"seen", "work"})}
    assert {found[uid] for uid in uids[4:]} == {frozenset({"flagged", "blue"})}
    store.cursor = written.cursor
    store.sync(adapter)
    assert store.copies == found


@pytest.mark.parametrize("add", ["seen", "flagged", "answered", "draft"])
def test_what_was_written_comes_back_neither_as_piece_nor_as_cursor(mailbox, add):
    uids, store = synced(mailbox)
    adapter = mailbox.adapter()
    folder = inbox(adapter)
    store.cursor = adapter.set_keywords(folder, store.cursor, uids[:5], frozenset({add})).cursor
    store.cursor = adapter.set_keywords(folder, store.cursor, uids[3:6], remove=frozenset({add})).cursor
    # Nothing to do is no change either.
    store.cursor = adapter.set_keywords(folder, store.cursor, uids[3:6], remove=frozenset({add})).cursor
    assert list(adapter.changes(inbox(adapter), store.cursor, None)) == []


def test_what_others_did_meanwhile_is_still_reported(mailbox):
    uids, store = synced(mailbox)
    adapter, client = mailbox.adapter(), mailbox.client
    client.select_folder("INBOX")
    folder = inbox(adapter)
    # Before it is opened, and while it is open.
    for _turn in range(2):
        client.add_flags(uids[7], ["\\Flagged"])
        written = adapter.set_keywords(folder, store.cursor, uids[:2], SEEN)
        assert written.cursor == store.cursor
        client.remove_flags(uids[7], ["\\Flagged"])
    client.add_flags(uids[8], ["\\Flagged"])
    store.cursor = adapter.set_keywords(folder, store.cursor, uids[2:3], SEEN).cursor
    store.sync(adapter)
    assert store.copies == on_server(client)


def test_a_change_of_many_is_one_command_and_two_round_trips(mailbox):
    uids, store = synced(mailbox, 3000)
    recordings = mailbox.server.record(mailbox.user)
    with (
        Proxy(mailbox.server.ports["imap"]) as proxy,
        open_adapter("imap", settings(proxy.port, user=mailbox.user)) as adapter,
    ):
        folder = inbox(adapter)
        before = proxy.turns
        adapter.set_keywords(folder, store.cursor, uids, SEEN, frozenset({"flagged"}))
        assert proxy.turns - before == 2
    said = "".join(path.read_text() for path in recordings.glob("*.in"))
    assert said.count("UID STORE") == 2
    assert said.count("SELECT") == 1


def test_scattered_ids_are_cut_into_lines_that_servers_read():
    uids = list(range(1_000_001, 1_040_001, 2))
    with scripted() as server, open_adapter("imap", settings(server.port)) as adapter:
        assert adapter.set_keywords(BOX, CURSOR, uids, SEEN).confirmed == frozenset(uids)
        stores = [command for command in server.commands if command.startswith("UID STORE")]
        assert max(map(len, stores)) < 8000
        assert [int(part) for command in stores for part in command.split()[2].split(",")] == uids


def test_gone_messages_are_no_error(writing_mailbox):
    uids, store = synced(writing_mailbox)
    client = writing_mailbox.client
    client.select_folder("INBOX")
    client.delete_messages(uids[:2])
    client.expunge()
    adapter = writing_mailbox.adapter()
    folder = inbox(adapter)
    assert not adapter.set_keywords(folder, store.cursor, uids[:3], SEEN).refused
    assert adapter.present(folder, store.cursor, uids) == frozenset(uids[2:])
    client.select_folder("INBOX")
    client.delete_messages(uids[2:4])
    client.expunge()
    assert adapter.present(folder, store.cursor, uids) == frozenset(uids[4:])
    assert adapter.present(folder, store.cursor, []) == frozenset()


def test_other_uidvalidity_touches_nothing(writing_mailbox):
    uids, store = synced(writing_mailbox)
    adapter = writing_mailbox.adapter()
    folder = inbox(adapter)
    wrong = {**store.cursor, "uidvalidity": store.cursor["uidvalidity"] - 1}
    before = on_server(writing_mailbox.client)
    for attempt in (
        lambda: adapter.set_keywords(folder, wrong, uids, SEEN),
        lambda: adapter.delete(folder, wrong, uids),
        lambda: adapter.move(folder, wrong, uids, named(adapter, writing_mailbox.prefix + "Trash")),
        lambda: adapter.copy(folder, wrong, uids, named(adapter, writing_mailbox.prefix + "Trash")),
        lambda: adapter.present(folder, wrong, uids),
    ):
        with pytest.raises(CursorLostError) as caught:
            attempt()
        assert caught.value.done is None or not caught.value.done.ids
    assert on_server(writing_mailbox.client) == before


def test_keywords_that_the_folder_does_not_keep():
    flags = OPEN + "\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted $Junk)] x"
    with scripted({"SELECT": flags}) as server, open_adapter("imap", settings(server.port)) as adapter:
        add = frozenset({"seen", "flagged", "$junk", "blue", "recent", "grün", "a b", "x(y"})
        written = adapter.set_keywords(BOX, CURSOR, [1], add)
        assert written.unsupported == {"flagged", "blue", "recent", "grün", "a b", "x(y"}
        assert written.confirmed == {1}
        (store,) = [command for command in server.commands if command.startswith("UID STORE")]
        assert set(store.partition("(")[2].strip(")").split()) == {"\\Seen", "$Junk"}


def test_without_permanentflags_all_are_kept():
    with scripted() as server, open_adapter("imap", settings(server.port)) as adapter:
        assert not adapter.set_keywords(BOX, CURSOR, [1], frozenset({"answered", "blue"})).unsupported


def test_read_only():
    with (
        scripted({"SELECT": OPEN + "\r\n{tag} OK [READ-ONLY] sorry"}) as server,
        open_adapter("imap", settings(server.port)) as adapter,
    ):
        for attempt in (lambda: adapter.set_keywords(BOX, CURSOR, [1], SEEN), lambda: adapter.delete(BOX, CURSOR, [1])):
            with pytest.raises(ChangeRefusedError) as caught:
                attempt()
            assert caught.value.reason == "read_only"
        assert not any(command.startswith("UID") for command in server.commands)


def uids_of(command: str) -> list[int]:
    parts = [part.split(":") for part in command.split()[2].split(",")]
    return [uid for part in parts for uid in range(int(part[0]), int(part[-1]) + 1)]


def test_one_message_that_refuses():
    stored = set()

    def store(command):
        if 5 in uids_of(command):
            return "{tag} NO cannot store"
        stored.update(uids_of(command))
        return ""

    script = {"UID STORE": store, "UID SEARCH": lambda command: "* SEARCH 1 2 3 4 5 6 7 8 9"}
    with scripted(script) as server, open_adapter("imap", settings(server.port)) as adapter:
        written = adapter.set_keywords(BOX, CURSOR, range(1, 10), SEEN)
    assert written.refused == {5}
    assert stored == written.confirmed == {1, 2, 3, 4, 6, 7, 8, 9}
    assert "cannot store" in written.server_text


def test_a_refused_message_that_is_gone():
    script = {
        "UID STORE": lambda command: "{tag} NO [EXPUNGEISSUED] gone" if 5 in uids_of(command) else "",
        "UID SEARCH": "* SEARCH 4 6",
    }
    with scripted(script) as server, open_adapter("imap", settings(server.port)) as adapter:
        assert not adapter.set_keywords(BOX, CURSOR, [4, 5, 6], SEEN).refused


@pytest.mark.parametrize("answer", ["{tag} NO [LIMIT] too many keywords", "{tag} BAD no such keyword"])
def test_a_keyword_that_is_refused_to_all(answer):
    script = {
        "UID STORE": lambda command: answer if "blue" in command else "",
        "UID SEARCH": lambda command: "* SEARCH " + " ".join(map(str, range(1, 101))),
    }
    with scripted(script) as server, open_adapter("imap", settings(server.port)) as adapter:
        written = adapter.set_keywords(BOX, CURSOR, range(1, 101), frozenset({"seen", "blue"}))
        assert (written.unsupported, written.refused) == ({"blue"}, frozenset())
        assert any("STORE 1:100 +FLAGS.SILENT (\\Seen)" in command for command in server.commands)
        assert len(server.commands) < 200


def test_modified_is_not_confirmed():
    with (
        scripted({"UID STORE": "{tag} OK [MODIFIED 2:3] Conditional STORE failed"}) as server,
        open_adapter("imap", settings(server.port)) as adapter,
    ):
        written = adapter.set_keywords(BOX, CURSOR, [1, 2, 3], SEEN)
        assert (written.confirmed, written.refused) == ({1}, {2, 3})


def test_throttled():
    answer = "{tag} BAD Request is throttled. Suggested Backoff Time: 3000 milliseconds"
    with (
        scripted({"UID STORE": answer}) as server,
        open_adapter("imap", settings(server.port)) as adapter,
        pytest.raises(ThrottledError) as caught,
    ):
        adapter.set_keywords(BOX, CURSOR, [1, 2, 3], SEEN, frozenset({"flagged"}))
    assert caught.value.retry_after == 3


def test_no_permission():
    with (
        scripted({"UID STORE": "{tag} NO [NOPERM] no"}) as server,
        open_adapter("imap", settings(server.port)) as adapter,
        pytest.raises(ChangeRefusedError) as caught,
    ):
        adapter.set_keywords(BOX, CURSOR, [1, 2, 3], SEEN)
    assert caught.value.reason == "no_permission"


@pytest.mark.parametrize("word", ["a\rb", "a\nb", "a\0b"])
def test_control_characters(word):
    with scripted() as server, open_adapter("imap", settings(server.port)) as adapter:
        with pytest.raises(InvalidInputError):
            adapter.set_keywords(BOX, CURSOR, [1], frozenset({word}))
        with pytest.raises(InvalidInputError):
            adapter.append(BOX, None, b"x", frozenset({word}))
        with pytest.raises(InvalidInputError):
            adapter.move(BOX, CURSOR, [1], RemoteFolder(word, word))
        assert not any("a" in command.split()[-1] for command in server.commands if command.startswith("UID"))


def test_a_lost_acknowledgement_is_asked_for_again(mailbox):
    uids, store = synced(mailbox)
    with (
        Proxy(mailbox.server.ports["imap"]) as proxy,
        open_adapter("imap", settings(proxy.port, user=mailbox.user)) as adapter,
    ):
        folder = inbox(adapter)
        proxy.swallow = b"Store completed"
        written = adapter.set_keywords(folder, store.cursor, uids, SEEN)
        assert written.confirmed == frozenset(uids)
        assert proxy.connections == 2
    assert set(on_server(mailbox.client).values()) == {SEEN}


def test_a_connection_that_ended_while_idle(mailbox):
    uids, store = synced(mailbox)
    with (
        Proxy(mailbox.server.ports["imap"]) as proxy,
        open_adapter("imap", settings(proxy.port, user=mailbox.user)) as adapter,
    ):
        folder, trash = inbox(adapter), named(adapter, "Trash")
        proxy.swallow = b"Select completed"
        assert len(adapter.move(folder, store.cursor, uids, trash).ids) == 10


def test_delete(writing_mailbox):
    uids, store = synced(writing_mailbox)
    client = writing_mailbox.client
    client.select_folder("INBOX")
    client.delete_messages(uids[0])
    client.expunge()
    # Somebody else's, which must stay.
    client.delete_messages(uids[9])
    adapter = writing_mailbox.adapter()
    removed = adapter.delete(inbox(adapter), store.cursor, uids[:3])
    adapter.folders()
    found = on_server(client)
    if "UIDPLUS" in adapter._session.capabilities:
        assert removed.gone == frozenset(uids[:3])
        assert sorted(found) == uids[3:]
    else:
        assert (removed.gone, removed.left) == (frozenset(uids[:1]), frozenset(uids[1:3]))
        assert {found[uid] for uid in uids[1:3]} == {frozenset({"deleted"})}
        assert sorted(found) == uids[1:]
    assert found[uids[9]] == {"deleted"}


def test_delete_costs_two_round_trips(mailbox):
    uids, store = synced(mailbox)
    with (
        Proxy(mailbox.server.ports["imap"]) as proxy,
        open_adapter("imap", settings(proxy.port, user=mailbox.user)) as adapter,
    ):
        folder = inbox(adapter)
        before = proxy.turns
        adapter.delete(folder, store.cursor, uids)
        assert proxy.turns - before == 2


def test_deleting_is_not_allowed():
    flags = OPEN + "\r\n* OK [PERMANENTFLAGS (\\Seen)] x"
    with scripted({"SELECT": flags}) as server, open_adapter("imap", settings(server.port)) as adapter:
        with pytest.raises(ChangeRefusedError) as caught:
            adapter.delete(BOX, CURSOR, [1])
        assert caught.value.reason == "no_permission"
        assert not any(command.startswith("UID") for command in server.commands)


def test_one_message_that_cannot_be_marked_as_deleted():
    script = {
        "UID STORE": lambda command: "{tag} NO cannot" if 2 in uids_of(command) else "",
        "UID SEARCH": "* SEARCH 2",
    }
    with (
        scripted(script, after_login="IMAP4rev1 UIDPLUS") as server,
        open_adapter("imap", settings(server.port)) as adapter,
    ):
        removed = adapter.delete(BOX, CURSOR, [1, 2, 3])
    assert (removed.gone, removed.left, removed.refused) == ({1, 3}, frozenset(), {2})


def test_expunge_that_is_refused():
    script = {"UID EXPUNGE": "{tag} BAD unknown", "UID SEARCH": "* SEARCH 1 2 3"}
    with (
        scripted(script, after_login="IMAP4rev1 UIDPLUS") as server,
        open_adapter("imap", settings(server.port)) as adapter,
    ):
        assert adapter.delete(BOX, CURSOR, [1, 2, 3]).left == {1, 2, 3}
        assert not any(command.startswith(("EXPUNGE", "CLOSE")) for command in server.commands)


def test_a_folder_that_is_gone(writing_mailbox):
    path = writing_mailbox.prefix + "Other"
    uids, store = synced(writing_mailbox, 2, path)
    adapter = writing_mailbox.adapter()
    folder = named(adapter, path)
    writing_mailbox.client.delete_folder(path)
    with pytest.raises(FolderGoneError):
        adapter.set_keywords(folder, store.cursor, uids, SEEN)


def test_a_server_that_hangs_up_twice():
    with (
        scripted({"UID STORE": None}) as server,
        open_adapter("imap", settings(server.port)) as adapter,
        pytest.raises(NetworkError) as caught,
    ):
        adapter.set_keywords(BOX, CURSOR, [1], SEEN)
    assert caught.value.reason == "cut"
    assert sum(command.startswith("UID STORE") for command in server.commands) == 2


def test_leaving_a_folder_expunges_nothing_where_close_would(writing_mailbox):
    uids, store = synced(writing_mailbox)
    adapter = writing_mailbox.adapter()
    adapter.set_keywords(inbox(adapter), store.cursor, uids[:3], frozenset({"deleted"}))
    adapter.folders()
    assert sorted(on_server(writing_mailbox.client)) == uids


def test_close_is_not_said_to_a_folder_open_for_changing():
    listed = '* LIST () "/" Box'
    with scripted({"LIST": listed}) as server, open_adapter("imap", settings(server.port)) as adapter:
        adapter.set_keywords(BOX, CURSOR, [1], SEEN)
        adapter.folders()
        words = [command.split(" ")[0] for command in server.commands]
        assert words.index("CLOSE") > words.index("EXAMINE") > words.index("SELECT")
    with scripted({"EXAMINE": "{tag} NO gone"}) as server, open_adapter("imap", settings(server.port)) as adapter:
        adapter.set_keywords(BOX, CURSOR, [1], SEEN)
        assert adapter.folders() == []
        assert not any(command.startswith("CLOSE") for command in server.commands)


def test_a_look_at_the_newest_finds_a_change_that_changes_no_count(bare_mailbox):
    uids, store = synced(bare_mailbox)
    client = bare_mailbox.client
    client.select_folder("INBOX")
    client.add_flags(uids[3], ["\\Flagged"])
    adapter = bare_mailbox.adapter()
    assert store.sync(adapter) == 0
    store.cursor["looked"] -= 301
    assert store.sync(adapter) == 1
    assert store.copies == on_server(client)
    assert store.sync(adapter) == 0
