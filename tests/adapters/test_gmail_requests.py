"""How many requests and quota units each thing costs with Gmail: the very numbers of docs/gmail.md."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from odoo.addons.concord_inbox.adapters.base import DRAFT, SEEN, Envelope

from tests.adapters.gmail import Account, Follower, email, named

TABLE = Path(__file__).parents[2] / "docs" / "gmail.md"
PATHS = ("INBOX", "Work", "Sent", "All Mail")


class Run:
    """An account of which four folders are followed, with so many emails in the INBOX."""

    def __init__(self, account: Account, count: int = 10):
        self.account = account
        self.box = account.box
        self.label = self.box.make_label("Work").id
        self.ids = self.deliver(count)
        self.folders = [Follower(account, path) for path in PATHS]

    def deliver(self, count: int, *labels: str) -> list[str]:
        return [self.box.add(email(number), ("INBOX", *labels), is_joining=False).id for number in range(count)]

    def poll(self) -> None:
        """One session: list, changes of each folder, sources of what nobody has."""
        adapter = self.account.adapter()
        listed = {folder.path: folder for folder in adapter.folders()}
        for folder in self.folders:
            folder.look(adapter, listed=listed)

    def change(self, ids, add=(), remove=()) -> None:
        for message in ids:
            self.box.change(self.box.messages[message], add, remove)

    def inbox(self):
        """A session that knows its folders, the INBOX and its cursor."""
        adapter = self.account.adapter()
        return adapter, named(adapter, "INBOX"), self.folders[0].cursor


def _poll(change: Callable[[Run], object], count: int = 10):
    def situation(account: Account):
        run = Run(account, count)
        run.poll()
        change(run)
        return run.poll

    return situation


def _first(count: int):
    def situation(account: Account):
        return Run(account, count).poll

    return situation


def _push(tell: Callable, count: int):
    def situation(account: Account):
        run = Run(account, count)
        run.poll()
        adapter, inbox, cursor = run.inbox()
        targets = {path: named(adapter, path) for path in ("Work", "Trash", "Drafts", "All Mail")}
        return lambda: tell(adapter, inbox, cursor, run.ids, targets)

    return situation


def _replace_draft(account: Account):
    drafts = Follower(account, "Drafts")
    old = account.box.drafts[account.box.make_draft(email(1))]
    drafts.look()
    adapter = account.adapter()
    folder = named(adapter, "Drafts")

    def replace():
        adapter.delete(folder, drafts.cursor, [old])
        adapter.append(folder, drafts.cursor, email(2), frozenset({DRAFT, SEEN}))

    return replace


def _send(account: Account):
    adapter = account.adapter()
    return lambda: adapter.send(Envelope(account.email, ("bob@example.com",), email(1)))


def _test(account: Account):
    adapter = account.adapter()
    return lambda: (adapter.check_incoming(), adapter.check_outgoing())


def _keyword(adapter, inbox, cursor, ids, targets):
    adapter.set_keywords(inbox, cursor, ids, frozenset({SEEN}))


SITUATIONS: dict[str, Callable[[Account], Callable[[], object]]] = {
    "Nothing changed, however many folders": _poll(lambda run: None),
    "1 new email": _poll(lambda run: run.deliver(1)),
    "1 new email, with a label of a followed folder": _poll(lambda run: run.deliver(1, run.label)),
    "100 new emails": _poll(lambda run: run.deliver(100)),
    "100 emails read elsewhere": _poll(lambda run: run.change(run.ids, ["STARRED"]), 100),
    "100 emails moved elsewhere": _poll(lambda run: run.change(run.ids, [run.label], ["INBOX"]), 100),
    "100 emails thrown away elsewhere": _poll(lambda run: run.change(run.ids, ["TRASH"]), 100),
    "The history is forgotten; 1,000 emails are stored": _poll(lambda run: run.box.forget_history(), 1000),
    "First look at 500 emails": _first(500),
    "Read 1 email": _push(_keyword, 1),
    "Read 1,000 emails": _push(_keyword, 1000),
    "Move 1 email": _push(lambda adapter, *at: adapter.move(*at[:3], at[3]["Work"]), 1),
    "Move 1,000 emails": _push(lambda adapter, *at: adapter.move(*at[:3], at[3]["Work"]), 1000),
    "Archive, or throw away, 100 emails": _push(lambda adapter, *at: adapter.move(*at[:3], at[3]["All Mail"]), 100),
    "Delete 1,000 emails for good": _push(lambda adapter, *at: adapter.delete(*at[:3], everywhere=True), 1000),
    "Put a draft there": _push(lambda adapter, *at: adapter.append(at[3]["Drafts"], None, email(5)), 1),
    "Put another version of a draft there": _replace_draft,
    "Send an email": _send,
    "Test the connection": _test,
}


def _documented() -> dict[str, tuple[int, int]]:
    rows = re.findall(r"^\| ([^|]+?) +\| +([\d,]+) \| +([\d,]+) \|$", TABLE.read_text(), re.MULTILINE)
    return {what: (int(requests.replace(",", "")), int(units.replace(",", ""))) for what, requests, units in rows}


@pytest.mark.parametrize("what", SITUATIONS)
def test_costs(gmail, what):
    act = SITUATIONS[what](gmail)
    gmail.requests()
    before = gmail.quota.spent
    act()
    assert (len(gmail.requests()), gmail.quota.spent - before) == _documented()[what]


def test_nothing_else_is_documented():
    assert _documented().keys() == SITUATIONS.keys()
