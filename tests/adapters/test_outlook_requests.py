"""How many requests each thing costs: the table of docs/outlook.md, asserted."""

from datetime import timedelta

import pytest
from odoo.addons.concord_inbox.adapters.base import Envelope

from .outlook import NOW, look
from .test_outlook_writing import DRAFT

SEND = DRAFT.replace(b"Bcc: eve@example.com\r\n", b"")
N = 25  # two batches of 20


@pytest.fixture
def counted(outlook):
    """An adapter, its folders by path, and a count of the requests since the last count."""
    adapter = outlook.adapter()
    outlook.deliver(N)
    listed = {one.path: one for one in adapter.folders()}
    cursor = look(adapter, listed["Inbox"])[-1].cursor
    outlook.count()
    return adapter, listed, cursor, outlook.count


def test_nothing_changed(outlook):
    adapter = outlook.adapter()
    for _ in range(2):
        listed = [one for one in adapter.folders() if one.role]
        cursors = [look(adapter, one)[-1].cursor for one in listed]
    outlook.count()
    listed = [one for one in adapter.folders() if one.role]
    assert [look(adapter, one, cursor) for one, cursor in zip(listed, cursors, strict=True)] == [[]] * 6
    assert outlook.count() == 1 + 6, "one for all folders, and one for each that is followed"


def test_new_emails(outlook, counted):
    adapter, listed, cursor, count = counted
    outlook.deliver(N, first=100)
    [piece] = look(adapter, listed["Inbox"], cursor)
    assert len(piece.arrived) == N and count() == 1
    assert sum(map(len, adapter.fetch(listed["Inbox"], piece.arrived))) == N and count() == 2
    assert len(next(adapter.header_blocks(listed["Inbox"], piece.arrived))) == N and count() == N


def test_emails_that_left(outlook, counted):
    adapter, listed, cursor, count = counted
    for message in outlook.mailbox.inside(outlook.mailbox.known("inbox").id):
        outlook.mailbox.remove(message)
    assert len(look(adapter, listed["Inbox"], cursor)[0].vanished) == N and count() == 1 + 2


def test_a_first_look_with_a_limit_asks_how_many_there_are(outlook, counted):
    adapter, listed, _cursor, count = counted
    assert look(adapter, listed["Inbox"], None, NOW - timedelta(days=9)) and count() == 2


def test_changes_of_many(outlook, counted):
    adapter, listed, cursor, count = counted
    inbox, archive = listed["Inbox"], listed["Archive"]
    ids = list(outlook.mailbox.messages)
    adapter.set_keywords(inbox, cursor, ids, frozenset({"seen"}))
    assert count() == 2 + 2
    assert len(adapter.message_ids(inbox, ids)) == N and count() == 2
    adapter.copy(inbox, cursor, ids, archive)
    assert count() == 2 + 2
    adapter.move(inbox, cursor, ids, archive)
    assert count() == 2 + 2
    adapter.delete(archive, {}, ids)
    assert count() == 2 + 2


def test_writing_and_sending(outlook, counted):
    adapter, listed, _cursor, count = counted
    one = adapter.append(listed["Drafts"], None, DRAFT, frozenset({"draft", "seen"}))
    assert count() == 1
    adapter.delete(listed["Drafts"], {}, [one])
    assert count() == 2
    adapter.send(Envelope("anna@example.com", ("bob@example.com",), SEND))
    assert count() == 2
