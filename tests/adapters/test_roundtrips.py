"""What is said on the wire, and how often somebody waits for an answer: the very numbers of docs/roundtrips.md."""

import re
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.base import Adapter

from tests.adapters.common import Mailbox, inbox, message, named, settings
from tests.adapters.store import Store
from tests.servers.proxy import Proxy

TABLE = Path(__file__).parents[2] / "docs" / "roundtrips.md"
#: The columns of the table.
SHAPES = ("full", "no QRESYNC", "bare")
SEEN = frozenset({"seen"})


class Run:
    """A mailbox with messages, an adapter behind a proxy that has followed its INBOX so far, and what it knows."""

    def __init__(self, mailbox: Mailbox, adapter: Adapter):
        self.mailbox = mailbox
        self.adapter = adapter
        self.store = Store()
        self.client = mailbox.client
        self.uids = mailbox.append("INBOX", [message(n) for n in range(50)])
        self.target = f"{mailbox.prefix}Trash"
        self.sync()
        self.client.select_folder("INBOX")

    def sync(self, path: str = "INBOX", store: Store | None = None) -> None:
        """A poll of one folder: list, changes, sources of what arrived."""
        store = store or self.store
        folder = named(self.adapter, path)
        for piece in self.adapter.changes(folder, store.cursor, None):
            store.apply(piece)
            if piece.arrived:
                assert sum(len(group) for group in self.adapter.fetch(folder, piece.arrived)) == len(piece.arrived)

    def expunge(self, uids: list[int]) -> None:
        self.client.delete_messages(uids)
        self.client.expunge()


def _poll(prepare: Callable[[Run], object]) -> Callable[[Run], Callable[[], object]]:
    """A poll after `prepare`."""

    def situation(run: Run):
        prepare(run)
        return run.sync

    return situation


def _everything(run: Run) -> None:
    run.mailbox.append("INBOX", [message(60)])
    run.client.add_flags(run.uids[:3], ["\\Seen"])
    run.expunge(run.uids[4:6])


def _many_folders(run: Run):
    for number in range(30):
        run.mailbox.append(f"{run.mailbox.prefix}Folder {number}", [message(n) for n in range(3)])
    stores: dict[str, Store] = {}
    for folder in run.adapter.folders():
        stores[folder.path] = Store()
        stores[folder.path].sync(run.adapter, folder=folder)

    def poll():
        for folder in run.adapter.folders():
            assert stores[folder.path].sync(run.adapter, folder=folder) == 0

    return poll


def _first_sync(run: Run):
    path = f"{run.mailbox.prefix}New"
    run.mailbox.append(path, [message(n) for n in range(150)])
    return lambda: run.sync(path, Store())


def _changing(change: Callable[[Run, object], object]) -> Callable[[Run], Callable[[], object]]:
    """A change of the INBOX, listed before."""

    def situation(run: Run):
        folder = inbox(run.adapter)
        target = next(each for each in run.adapter.folders() if each.path == run.target)
        return lambda: change(run, folder, target)

    return situation


#: By the first column of the table. Each prepares a `Run` and returns what is measured.
SITUATIONS = {
    "poll, nothing changed in 36 folders": _many_folders,
    "poll, keywords of 20 messages changed": _poll(lambda run: run.client.add_flags(run.uids[:20], ["\\Seen"])),
    "poll, 3 messages deleted": _poll(lambda run: run.expunge(run.uids[:3])),
    "poll, 3 messages arrived": _poll(lambda run: run.mailbox.append("INBOX", [message(n) for n in range(3)])),
    "poll, all of these at once": _poll(_everything),
    "first sync of a folder with 150 messages": _first_sync,
    "mark 50 messages as read": _changing(
        lambda run, folder, _target: run.adapter.set_keywords(folder, run.store.cursor, run.uids, SEEN)
    ),
    "move 50 messages": _changing(
        lambda run, folder, target: run.adapter.move(folder, run.store.cursor, run.uids, target)
    ),
    "copy 50 messages": _changing(
        lambda run, folder, target: run.adapter.copy(folder, run.store.cursor, run.uids, target)
    ),
    "delete 50 messages for good": _changing(
        lambda run, folder, _target: run.adapter.delete(folder, run.store.cursor, run.uids)
    ),
    "put a message of 10 kB into a folder": _changing(
        lambda run, folder, _target: run.adapter.append(folder, run.store.cursor, message(1, 10_000))
    ),
    "create a folder": _changing(lambda run, _folder, _target: run.adapter.create_folder("Fresh")),
}


def _table() -> dict[str, list[int]]:
    """The numbers of docs/roundtrips.md by the first column."""
    rows = re.findall(r"^\| ([^|]+?) +\| +(\d+) +\| +(\d+) +\| +(\d+) +\|$", TABLE.read_text(), re.MULTILINE)
    return {name: [int(number) for number in numbers] for name, *numbers in rows}


def test_the_table_tells_of_every_situation():
    assert set(_table()) == {"login and list of folders", *SITUATIONS}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_round_trips(dovecots, shape, situation):
    with ExitStack() as stack:
        mailbox = Mailbox(dovecots(shape), stack)
        proxy = stack.enter_context(Proxy(mailbox.server.ports["imap"]))
        adapter = stack.enter_context(open_adapter("imap", settings(proxy.port, user=mailbox.user)))
        measured = SITUATIONS[situation](Run(mailbox, adapter))
        before = proxy.turns
        measured()
        assert proxy.turns - before == _table()[situation][SHAPES.index(shape)]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_login(dovecots, shape):
    with ExitStack() as stack:
        mailbox = Mailbox(dovecots(shape), stack)
        proxy = stack.enter_context(Proxy(mailbox.server.ports["imap"]))
        adapter = stack.enter_context(open_adapter("imap", settings(proxy.port, user=mailbox.user)))
        adapter.folders()
        assert proxy.turns == _table()["login and list of folders"][SHAPES.index(shape)]


def test_what_is_said_in_an_unchanged_run(mailbox):
    mailbox.append("INBOX", [message()])
    store = Store()
    store.sync(mailbox.adapter())
    recordings = mailbox.server.record(mailbox.user)
    with open_adapter("imap", mailbox.settings) as adapter:
        assert store.sync(adapter) == 0
    said = "".join(path.read_text() for path in recordings.glob("*.in")).splitlines()
    words = [line.split(" ")[2].upper() for line in said if line]
    # The server may not have written down the goodbye yet.
    assert [word for word in words if word != "LOGOUT"] == ["ENABLE", "NAMESPACE", "LIST"]
