"""What vanished, as servers with QRESYNC (RFC 7162) tell it, and as some tell it wrongly."""

import re
import tracemalloc

import pytest
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.base import RemoteFolder
from odoo.addons.concord_inbox.adapters.errors import CursorLostError, FolderGoneError

from tests.adapters.common import settings
from tests.adapters.store import Store
from tests.servers.scripted import ScriptedImap

BOX = RemoteFolder("Box", "Box")
OFFERS = "IMAP4rev1 ENABLE CONDSTORE QRESYNC ESEARCH"
ENABLED = {"ENABLE": "* ENABLED QRESYNC"}


class Folder:
    """A folder with modification sequences.

    Attributes: `messages` is UID -> (flags, modification sequence); `vanished` is what is said of UIDs that are gone,
    line for line.
    """

    def __init__(self, count: int = 5):
        self.messages = dict.fromkeys(range(1, count + 1), ("", 10))
        self.uidvalidity, self.uidnext, self.modseq = 7, count + 1, 10
        self.vanished: list[str] = []

    def change(self, uid: int, flags: str) -> None:
        self.modseq += 1
        self.messages[uid] = (flags, self.modseq)

    def arrive(self) -> None:
        self.change(self.uidnext, "")
        self.uidnext += 1

    def remove(self, *uids: int, told: str | None = None) -> None:
        self.modseq += 1
        for uid in uids:
            del self.messages[uid]
        self.vanished.append(told or f"* VANISHED (EARLIER) {','.join(map(str, uids))}")

    def examine(self, _command: str) -> str:
        told = (f"UIDVALIDITY {self.uidvalidity}", f"UIDNEXT {self.uidnext}", f"HIGHESTMODSEQ {self.modseq}")
        return "\r\n".join([f"* {len(self.messages)} EXISTS", *(f"* OK [{each}] x" for each in told)])

    def search(self, _command: str) -> str:
        return f"* ESEARCH (TAG x) UID ALL {','.join(map(str, self.messages))}" if self.messages else "* ESEARCH UID"

    def fetch(self, command: str) -> str:
        parts = [part.partition(":") for part in command.split()[2].split(",")]
        wanted = [range(int(first), int(last or first) + 1) for first, _, last in parts]
        since = int(match[1]) if (match := re.search(r"CHANGEDSINCE (\d+)", command)) else 0
        lines = list(self.vanished) if "VANISHED" in command else []
        for number, (uid, (flags, modseq)) in enumerate(self.messages.items(), 1):
            if modseq > since and any(uid in part for part in wanted):
                lines.append(f"* {number} FETCH (UID {uid} MODSEQ ({modseq}) FLAGS ({flags}) RFC822.SIZE 10)")
        return "\r\n".join(lines)

    def server(self, script=None, offers: str = OFFERS) -> ScriptedImap:
        own = {"EXAMINE": self.examine, "UID SEARCH": self.search, "UID FETCH": self.fetch}
        return ScriptedImap({**ENABLED, **own, **(script or {})}, after_login=offers)


def sync(server: ScriptedImap, store: Store) -> list[str]:
    """One run; returns what was said in it after the login."""
    del server.commands[:]
    with open_adapter("imap", settings(server.port)) as adapter:
        store.sync(adapter, folder=BOX)
    words = [command for command in server.commands if command.startswith(("EXAMINE", "UID"))]
    return [" ".join(word.split()[: 2 if word.startswith("UID") else 1]) for word in words]


def synced(folder: Folder, server: ScriptedImap) -> Store:
    store = Store()
    sync(server, store)
    assert sorted(store.copies) == sorted(folder.messages)
    return store


@pytest.mark.parametrize(
    "lines",
    [
        ["* VANISHED (EARLIER) 2,4"],
        ["* VANISHED (EARLIER) 2", "* VANISHED (EARLIER) 4:4"],
        ["* VANISHED (EARLIER) 2,90:95", "* OK still here", "* VANISHED 4"],
        ["* VANISHED (EARLIER) 4:4,50:4294967295", "* VANISHED (EARLIER) 2"],
        ["* VANISHED 2,4"],
    ],
)
def test_what_vanished_is_told_in_many_ways(lines):
    folder = Folder()
    with folder.server() as server:
        store = synced(folder, server)
        folder.remove(2, 4, told="\r\n".join(lines))
        folder.change(1, "\\Seen")
        folder.arrive()
        said = sync(server, store)
    assert store.copies == {uid: frozenset({"seen"} if uid == 1 else ()) for uid in folder.messages}
    # Nothing but the burst.
    assert said == ["EXAMINE", "UID FETCH", "UID FETCH"]


@pytest.mark.parametrize("place", ["EXAMINE", "UID FETCH 6"])
def test_what_vanishes_while_we_look(place):
    """A server may say it with the answer to anything."""
    folder = Folder()
    with folder.server() as server:
        store = synced(folder, server)
        folder.remove(2)
        said = folder.examine("") if place == "EXAMINE" else ""
        server.script[place] = f"{said}\r\n* VANISHED 3".strip()
        sync(server, store)
        del server.script[place]
        server.script["EXAMINE"] = folder.examine
        folder.remove(3)
        sync(server, store)
    assert sorted(store.copies) == [1, 4, 5]


@pytest.mark.parametrize(
    "script",
    [
        {"ENABLE": "{tag} BAD what?"},
        {"ENABLE": "{tag} NO not today"},
        {"ENABLE": ""},
        {"ENABLE": "* ENABLED"},
        {"ENABLE": "* ENABLED CONDSTORE"},
        {},
    ],
)
def test_offered_and_not_known(script):
    folder = Folder()
    plain = folder.fetch
    folder.fetch = lambda command: "{tag} BAD what?" if "VANISHED" in command else plain(command)
    with folder.server(script) as server:
        store = synced(folder, server)
        folder.remove(2)
        folder.change(1, "\\Seen")
        folder.arrive()
        sync(server, store)
        assert sorted(store.copies) == [1, 3, 4, 5, 6]
        assert store.copies[1] == {"seen"}


@pytest.mark.parametrize(
    "told",
    ["* OK nothing to tell", "* VANISHED (EARLIER) nonsense", "* VANISHED", "* VANISHED (EARLIER) 77", "* VANISHED ()"],
)
def test_what_explains_nothing_is_looked_up(told):
    folder = Folder()
    with folder.server() as server:
        store = synced(folder, server)
        folder.remove(2, 4, told=told)
        said = sync(server, store)
    assert sorted(store.copies) == [1, 3, 5]
    assert said[-1] == "UID SEARCH"


def test_four_milliards_that_vanished_take_no_room():
    folder = Folder()
    folder.uidnext = 4_000_000_000
    with folder.server() as server:
        store = synced(folder, server)
        folder.remove(2, told="* VANISHED (EARLIER) 1:4294967295")
        tracemalloc.start()
        try:
            sync(server, store)
            assert tracemalloc.get_traced_memory()[1] < 20_000_000
        finally:
            tracemalloc.stop()
    assert sorted(store.copies) == [1, 3, 4, 5]


@pytest.mark.parametrize("modseq", ["* OK [HIGHESTMODSEQ 0] x", "* OK [NOMODSEQ] x", ""])
def test_modification_sequences_that_are_none(modseq):
    folder = Folder()
    with folder.server() as server:
        store = synced(folder, server)
        folder.messages[1] = ("\\Seen", 3)
        del folder.messages[2]
        opened = folder.examine("").rpartition("\r\n")[0]
        server.script["EXAMINE"] = f"{opened}\r\n{modseq}".strip()
        server.script["FETCH"] = lambda _command: folder.fetch("UID FETCH 1:99 x")
        sync(server, store)
        assert store.cursor["modseq"] is None
        assert store.copies[1] == {"seen"}
        assert sorted(store.copies) == [1, 3, 4, 5]
        sync(server, store)
    assert sorted(store.copies) == [1, 3, 4, 5]


def test_modification_sequences_that_went_back():
    folder = Folder()
    with folder.server() as server:
        store = synced(folder, server)
        folder.modseq = 4
        folder.messages[1] = ("\\Seen", 3)
        del folder.messages[2]
        folder.vanished = ["* VANISHED (EARLIER) 5"]
        sync(server, store)
    assert store.cursor["modseq"] == 4
    assert store.copies[1] == {"seen"}
    assert sorted(store.copies) == [1, 3, 4, 5]


def test_uids_of_another_validity_are_not_read_as_known_ones():
    folder = Folder()
    with folder.server() as server:
        store = synced(folder, server)
        folder.uidvalidity = 8
        folder.remove(2, 3)
        folder.change(5, "\\Flagged")
        sync(server, store)
        with open_adapter("imap", settings(server.port)) as adapter, pytest.raises(CursorLostError):
            adapter.describe(BOX, {"uidvalidity": 7}, [1])
    assert store.resets == 1
    assert store.copies == {1: frozenset(), 4: frozenset(), 5: frozenset({"flagged"})}


def test_answers_of_a_folder_that_could_not_be_opened_are_not_read():
    """Some servers leave the folder open that was open before."""
    folder, other = Folder(), Folder(9)
    with folder.server() as server:
        store = synced(folder, server)
        other.remove(1, 2, 3)
        server.script["EXAMINE"] = "{tag} NO [NONEXISTENT] gone"
        server.script["UID FETCH"], server.script["UID SEARCH"] = other.fetch, other.search
        with open_adapter("imap", settings(server.port)) as adapter:
            with pytest.raises(FolderGoneError):
                store.sync(adapter, folder=BOX)
            # What was not read belongs to nobody.
            server.script |= {"EXAMINE": folder.examine, "UID FETCH": folder.fetch, "UID SEARCH": folder.search}
            folder.change(1, "\\Seen")
            store.sync(adapter, folder=BOX)
    assert store.copies == {uid: frozenset({"seen"} if uid == 1 else ()) for uid in range(1, 6)}


@pytest.mark.parametrize("refused", ["UID FETCH 6", "UID FETCH 1:5 (UID FLAGS) (CHANGEDSINCE"])
def test_a_question_that_is_refused_is_asked_again(refused):
    folder = Folder()
    answers = ["{tag} NO not so fast my friend"]
    with folder.server() as server:
        store = synced(folder, server)
        folder.change(1, "\\Seen")
        folder.arrive()
        server.script[refused] = lambda command: answers.pop() if answers else folder.fetch(command)
        sync(server, store)
    assert not answers
    assert store.copies == {uid: frozenset({"seen"} if uid == 1 else ()) for uid in range(1, 7)}


def test_changes_of_a_large_folder_are_asked_for_in_parts(monkeypatch):
    from odoo.addons.concord_inbox.adapters.imap import opening

    monkeypatch.setattr(opening, "PART", 100)
    folder = Folder(1000)
    with folder.server() as server:
        store = synced(folder, server)
        for uid in (1, 500, 501, 1000):
            folder.change(uid, "\\Seen")
        folder.remove(700)
        said = sync(server, store)
    assert {uid for uid, keywords in store.copies.items() if keywords} == {1, 500, 501, 1000}
    assert store.copies.keys() == folder.messages.keys()
    assert said == ["EXAMINE", *["UID FETCH"] * 11]
