"""All that a folder holds, whatever its age, and what of it was there at a moment."""

from datetime import UTC, datetime, timedelta

import pytest
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.errors import CursorLostError

from tests.servers.dovecot import Dovecot

from .common import Mailbox, message, named


@pytest.fixture(scope="module", params=[(), ("ESEARCH", "CONDSTORE", "LIST-STATUS", "QRESYNC")], ids=["full", "bare"])
def server(request):
    with Dovecot(hide=request.param) as server:
        yield server


@pytest.fixture
def mailbox(server):
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield Mailbox(server, stack)


def test_held(mailbox):
    long_ago = datetime.now(UTC) - timedelta(days=4000)
    old = mailbox.append("Trash", [message(1)], date=long_ago)
    new = mailbox.append("Trash", [message(2), message(3)])
    adapter = mailbox.adapter()
    trash = named(adapter, "Trash")
    [changes] = adapter.changes(trash, None, datetime.now(UTC) - timedelta(days=30))
    assert {copy.remote_id for copy in changes.arrived} == set(new)
    assert adapter.held(trash).ids == {*old, *new}
    later = mailbox.append("Trash", [message(4)])
    held = adapter.held(trash, changes.cursor)
    assert held.ids == {*old, *new}
    assert adapter.held(trash).ids == {*old, *new, *later}
    removed = adapter.delete(trash, held.cursor, held.ids)
    assert removed.gone == held.ids
    assert adapter.held(trash).ids == set(later)
    assert not adapter.held(named(adapter, "Archive")).ids


def test_ids_that_mean_something_else_by_now(mailbox):
    mailbox.append("Trash", [message(1)])
    with open_adapter("imap", mailbox.settings) as adapter:
        trash = named(adapter, "Trash")
        cursor = adapter.held(trash).cursor
        with pytest.raises(CursorLostError):
            adapter.held(trash, {**cursor, "uidvalidity": cursor["uidvalidity"] + 1, "uidnext": 2})
