"""Moving and copying: on real servers of several shapes, with lost acknowledgements, and on one that refuses."""

import pytest
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.base import RemoteFolder
from odoo.addons.concord_inbox.adapters.errors import (
    ChangeRefusedError,
    FolderGoneError,
    NetworkError,
    ProtocolError,
    QuotaError,
)

from tests.adapters.common import inbox, message, named, settings
from tests.adapters.store import Store, on_server
from tests.adapters.test_writing import BOX, CURSOR, OPEN, scripted, synced, uids_of
from tests.servers.proxy import Proxy

TARGET = RemoteFolder("Target", "Target")
MODERN = "IMAP4rev1 UIDPLUS MOVE"


def alive(client, folder: str) -> list[int]:
    """UIDs that are not marked as deleted, as another mail program shows them."""
    return sorted(uid for uid, words in on_server(client, folder).items() if "deleted" not in words)


def sources(client, folder: str) -> dict[int, bytes]:
    client.select_folder(folder, readonly=True)
    found = client.fetch(client.search("UNDELETED"), ["BODY.PEEK[]", "FLAGS"]) if client.search("UNDELETED") else {}
    client.close_folder()
    return {uid: row[b"BODY[]"] for uid, row in found.items()}


def test_move(writing_mailbox):
    uids, store = synced(writing_mailbox, flags=("\\Seen", "Blue"))
    trash = writing_mailbox.prefix + "Trash"
    writing_mailbox.append(trash, [message(n) for n in range(90, 95)])
    adapter, client = writing_mailbox.adapter(), writing_mailbox.client
    before = sources(client, "INBOX")
    folder, target = inbox(adapter), named(adapter, trash)
    moved = adapter.move(folder, store.cursor, [*uids[:5], 4711], target)
    assert (set(moved.ids), moved.gone, moved.refused) == (set(uids[:5]), {4711}, frozenset())
    assert alive(client, "INBOX") == uids[5:]
    after = sources(client, trash)
    assert len(after) == 10
    assert adapter.present(folder, store.cursor, uids) == frozenset(uids[5:])
    for old, new in moved.ids.items():
        if new is None:
            assert before[old] in after.values()
        else:
            assert after[new] == before[old]
            assert on_server(client, trash)[new] == {"seen", "blue"}
    assert bool(moved.left) == (not adapter._session.capabilities & {"MOVE", "UIDPLUS"})
    # And back again.
    back = Store()
    back.sync(adapter, folder=named(adapter, trash))
    new = [uid for uid, source in after.items() if source in [before[old] for old in moved.ids]]
    adapter.move(target, back.cursor, new, folder, store.cursor)
    assert sorted(sources(client, "INBOX").values()) == sorted(before.values())
    assert len(sources(client, trash)) == 5


def test_copy(writing_mailbox):
    uids, store = synced(writing_mailbox)
    archive = writing_mailbox.prefix + "Archive"
    adapter, client = writing_mailbox.adapter(), writing_mailbox.client
    copied = adapter.copy(inbox(adapter), store.cursor, [*uids[:5], 4711], named(adapter, archive))
    assert (set(copied.ids), copied.gone, copied.left) == (set(uids[:5]), {4711}, frozenset())
    assert alive(client, "INBOX") == uids
    originals, copies = sources(client, "INBOX"), sources(client, archive)
    assert sorted(copies.values()) == sorted(originals[uid] for uid in uids[:5])
    for old, new in copied.ids.items():
        assert new is None or copies[new] == originals[old]


def test_a_move_costs_two_round_trips(mailbox):
    uids, store = synced(mailbox, 2000)
    with (
        Proxy(mailbox.server.ports["imap"]) as proxy,
        open_adapter("imap", settings(proxy.port, user=mailbox.user)) as adapter,
    ):
        folder, trash = inbox(adapter), named(adapter, "Trash")
        before = proxy.turns
        assert len(adapter.move(folder, store.cursor, uids, trash).ids) == 2000
        assert proxy.turns - before == 2


def test_move_into_the_same_folder_changes_nothing(mailbox):
    uids, store = synced(mailbox)
    adapter = mailbox.adapter()
    assert adapter.move(inbox(adapter), store.cursor, uids, inbox(adapter)).ids == dict(zip(uids, uids, strict=True))
    assert alive(mailbox.client, "INBOX") == uids


def said(adapter, moment: bytes) -> bool:
    """Whether a move has such a moment on this server."""
    if "MOVE" in adapter._session.capabilities:
        return moment == b"Move completed"
    return moment in (b"Copy completed", b"Store completed") or (
        moment == b"Expunge completed" and "UIDPLUS" in adapter._session.capabilities
    )


@pytest.mark.parametrize("moment", [b"Move completed", b"Copy completed", b"Store completed", b"Expunge completed"])
def test_a_lost_acknowledgement_doubles_nothing(writing_mailbox, moment):
    uids, store = synced(writing_mailbox, 6)
    trash = writing_mailbox.prefix + "Trash"
    client = writing_mailbox.client
    originals = sources(client, "INBOX")
    # The same message is there already: it must neither vanish nor be taken for the copy.
    writing_mailbox.append(trash, [originals[uids[0]]])
    target_store = Store()
    with (
        Proxy(writing_mailbox.server.ports["imap"]) as proxy,
        open_adapter("imap", settings(proxy.port, user=writing_mailbox.user)) as adapter,
    ):
        folder, target = inbox(adapter), named(adapter, trash)
        target_store.sync(adapter, folder=target)
        proxy.swallow = moment
        if not said(adapter, moment):
            return
        with pytest.raises(NetworkError) as caught:
            adapter.move(folder, store.cursor, uids[:4], target, target_store.cursor)
        assert caught.value.reason == "cut"
        if moment in (b"Store completed", b"Expunge completed"):
            assert caught.value.done.left == frozenset(uids[:4])
        moved = adapter.move(folder, store.cursor, uids[:4], target, target_store.cursor, again=True)
        assert moved.ids.keys() | moved.gone == set(uids[:4])
        if moment == b"Copy completed":
            assert sorted(moved.ids.values()) == [2, 3, 4, 5]
    assert alive(client, "INBOX") == uids[4:]
    expected = sorted([originals[uids[0]], *(originals[uid] for uid in uids[:4])])
    assert sorted(sources(client, trash).values()) == expected


def test_a_lost_acknowledgement_of_a_copy(writing_mailbox):
    uids, store = synced(writing_mailbox, 6)
    archive = writing_mailbox.prefix + "Archive"
    with (
        Proxy(writing_mailbox.server.ports["imap"]) as proxy,
        open_adapter("imap", settings(proxy.port, user=writing_mailbox.user)) as adapter,
    ):
        folder, target = inbox(adapter), named(adapter, archive)
        proxy.swallow = b"Copy completed"
        with pytest.raises(NetworkError):
            adapter.copy(folder, store.cursor, uids[:4], target)
        copied = adapter.copy(folder, store.cursor, uids[:5], target, again=True)
    assert set(copied.ids) == set(uids[:5])
    assert len(alive(writing_mailbox.client, archive)) == 5


def test_a_target_that_does_not_exist(writing_mailbox):
    uids, store = synced(writing_mailbox)
    path = writing_mailbox.prefix + "Nowhere"
    adapter = writing_mailbox.adapter()
    with pytest.raises(FolderGoneError) as caught:
        adapter.move(inbox(adapter), store.cursor, uids, RemoteFolder(path, path))
    assert caught.value.details["path"] == path
    assert not caught.value.done.ids
    assert alive(writing_mailbox.client, "INBOX") == uids


def test_ids_that_the_cursor_of_the_target_does_not_fit():
    script = {"UID MOVE": "* OK [COPYUID 99 1:3 11:13] moved"}
    with scripted(script, after_login=MODERN) as server, open_adapter("imap", settings(server.port)) as adapter:
        assert adapter.move(BOX, CURSOR, [1, 2, 3], TARGET).ids == {1: 11, 2: 12, 3: 13}
        told = adapter.move(BOX, CURSOR, [1, 2, 3], TARGET, {"uidvalidity": 99}).ids
        assert told == {1: 11, 2: 12, 3: 13}
        other = adapter.move(BOX, CURSOR, [1, 2, 3], TARGET, {"uidvalidity": 98})
        assert (other.ids, other.gone) == ({1: None, 2: None, 3: None}, frozenset())


@pytest.mark.parametrize(
    ("answer", "ids", "gone"),
    [
        ("{tag} OK [COPYUID 9 1:3 11:13] done", {1: 11, 2: 12, 3: 13}, set()),
        ("* 1 EXPUNGE\r\n* OK [COPYUID 9 2 12] x\r\n* OK [COPYUID 9 1 11] x\r\n* 1 EXPUNGE", {2: 12, 1: 11}, {3}),
        ("* OK [COPYUID 9 3,1:2 7,4:5] x", {3: 7, 1: 4, 2: 5}, set()),
        ("* OK [COPYUID 9 1:3 11] what?", {1: None, 2: None, 3: None}, set()),
        ("* OK [COPYUID 9 1:3 11:4294967295] what?", {1: None, 2: None, 3: None}, set()),
        ("* OK [COPYUID nonsense] x\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE", {1: None, 2: None, 3: None}, set()),
        ("* OK [COPYUID 9 77 12] of somebody else\r\n* 1 EXPUNGE", {1: None, 2: None, 3: None}, set()),
        ("", {}, {1, 2, 3}),
    ],
)
def test_what_the_server_tells_of_a_move(answer, ids, gone):
    with (
        scripted({"UID MOVE": answer}, after_login=MODERN) as server,
        open_adapter("imap", settings(server.port)) as adapter,
    ):
        moved = adapter.move(BOX, CURSOR, [1, 2, 3], TARGET)
        assert (moved.ids, moved.gone) == (ids, gone)


def test_one_message_that_is_refused():
    there = set(range(1, 10))

    def move(command):
        wanted = uids_of(command)
        if 5 in wanted:
            return "{tag} NO [SERVERBUG] cannot move"
        there.difference_update(wanted)
        return "\r\n".join(f"* OK [COPYUID 9 {uid} {uid + 100}] x" for uid in wanted)

    script = {"UID MOVE": move, "UID SEARCH": lambda _command: "* SEARCH " + " ".join(map(str, there))}
    with scripted(script, after_login=MODERN) as server, open_adapter("imap", settings(server.port)) as adapter:
        moved = adapter.move(BOX, CURSOR, range(1, 11), TARGET)
    assert moved.ids == {uid: uid + 100 for uid in range(1, 10) if uid != 5}
    assert (moved.refused, moved.gone) == ({5}, {10})
    assert "cannot move" in moved.server_text


def test_a_part_was_moved_before_the_refusal():
    script = {
        "UID MOVE": "* OK [COPYUID 9 1:2 11:12] x\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n{tag} NO [OVERQUOTA] full",
        "UID SEARCH": "* SEARCH 3",
    }
    with (
        scripted(script, after_login=MODERN) as server,
        open_adapter("imap", settings(server.port)) as adapter,
        pytest.raises(QuotaError) as caught,
    ):
        adapter.move(BOX, CURSOR, [1, 2, 3], TARGET)
    assert caught.value.reason == "over_quota"
    assert caught.value.done.ids == {1: 11, 2: 12}


def test_everything_is_refused():
    script = {
        "UID MOVE": "{tag} NO not today",
        "UID SEARCH": "* SEARCH " + " ".join(map(str, range(1, 1001))),
    }
    with scripted(script, after_login=MODERN) as server, open_adapter("imap", settings(server.port)) as adapter:
        assert adapter.move(BOX, CURSOR, range(1, 1001), TARGET).refused == frozenset(range(1, 1001))
        assert len(server.commands) < 400


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        ("{tag} NO [TRYCREATE] no", FolderGoneError, "gone"),
        ("{tag} NO Mailbox doesn't exist: Target", FolderGoneError, "gone"),
        ("{tag} NO [OVERQUOTA] full", QuotaError, "over_quota"),
        ("{tag} NO Quota exceeded (mailbox for user is full)", QuotaError, "over_quota"),
        ("{tag} NO [NOPERM] no", ChangeRefusedError, "no_permission"),
    ],
)
def test_why_nothing_can_be_moved(answer, error, reason):
    script = {"UID MOVE": answer, "UID COPY": answer, "UID SEARCH": "* SEARCH 1 2 3"}
    for capabilities in (MODERN, "IMAP4rev1"):
        with (
            scripted(script, after_login=capabilities) as server,
            open_adapter("imap", settings(server.port)) as adapter,
        ):
            with pytest.raises(error) as caught:
                adapter.move(BOX, CURSOR, [1, 2, 3], TARGET)
            assert caught.value.reason == reason
            assert not any(command.startswith("UID STORE") for command in server.commands)


def test_move_that_is_offered_but_unknown():
    script = {"UID MOVE": "{tag} BAD unknown", "UID COPY": "{tag} OK [COPYUID 9 1:3 11:13] x"}
    with scripted(script, after_login=MODERN) as server, open_adapter("imap", settings(server.port)) as adapter:
        assert adapter.move(BOX, CURSOR, [1, 2, 3], TARGET).ids == {1: 11, 2: 12, 3: 13}
        assert server.commands[-2:] == ["UID STORE 1:3 +FLAGS.SILENT (\\Deleted)", "UID EXPUNGE 1:3"]


def test_move_that_is_unknown_for_a_part():
    script = {
        "UID MOVE": lambda command: "{tag} NO no" if len(uids_of(command)) > 1 else "{tag} BAD no",
        "UID SEARCH": "* SEARCH 1 2",
    }
    with scripted(script, after_login=MODERN) as server, open_adapter("imap", settings(server.port)) as adapter:
        assert adapter.move(BOX, CURSOR, [1, 2], TARGET).refused == {1, 2}


def test_copy_that_is_unknown():
    with (
        scripted({"UID COPY": "{tag} BAD unknown", "UID SEARCH": "* SEARCH 1"}) as server,
        open_adapter("imap", settings(server.port)) as adapter,
        pytest.raises(ProtocolError),
    ):
        adapter.move(BOX, CURSOR, [1], TARGET)


def test_nothing_is_copied_that_could_not_be_removed():
    script = {"SELECT": OPEN + "\r\n* OK [PERMANENTFLAGS (\\Seen)] x"}
    with scripted(script) as server, open_adapter("imap", settings(server.port)) as adapter:
        with pytest.raises(ChangeRefusedError):
            adapter.move(BOX, CURSOR, [1], TARGET)
        assert not any(command.startswith("UID") for command in server.commands)


def test_nothing_is_repeated_when_the_server_hangs_up():
    for capabilities, word in ((MODERN, "UID MOVE"), ("IMAP4rev1 UIDPLUS", "UID COPY")):
        with (
            scripted({word: None}, after_login=capabilities) as server,
            open_adapter("imap", settings(server.port)) as adapter,
        ):
            with pytest.raises(NetworkError) as caught:
                adapter.move(BOX, CURSOR, [1], TARGET)
            assert caught.value.reason == "cut"
            assert sum(command.startswith(word) for command in server.commands) == 1
