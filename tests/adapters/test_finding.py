"""Copies found by their Message-ID."""

import pytest
from odoo.addons.concord_inbox.adapters.errors import CursorLostError

from tests.adapters.common import inbox, message, named


def test_found_by_message_id(writing_mailbox):
    writing_mailbox.append("INBOX", [message(n) for n in (1, 11, 2)])
    adapter = writing_mailbox.adapter()
    folder = inbox(adapter)
    cursor, found = adapter.find(folder, "<1@example.com>")
    assert [copy.remote_id for copy in found] == [1]
    assert found[0].size == len(message(1))
    # The cursor is good for changing what was found.
    assert adapter.set_keywords(folder, cursor, [1], frozenset({"flagged"})).confirmed == {1}
    assert adapter.find(folder, "<1@example.com>")[1][0].keywords >= {"flagged"}


@pytest.mark.parametrize("message_id", ["<nobody@example.com>", "", 'quote"d\\', "<é@example.com>", "a\r\nb"])
def test_found_nothing(mailbox, message_id):
    mailbox.append("INBOX", [message(1)])
    adapter = mailbox.adapter()
    assert adapter.find(inbox(adapter), message_id)[1] == []


def test_two_of_one(mailbox):
    mailbox.append("INBOX", [message(1), message(1)])
    adapter = mailbox.adapter()
    assert sorted(copy.remote_id for copy in adapter.find(inbox(adapter), "<1@example.com>")[1]) == [1, 2]


def test_the_cursor_belongs_to_its_folder(mailbox):
    mailbox.append("Clients", [message(1)])
    adapter = mailbox.adapter()
    cursor, found = adapter.find(named(adapter, "Clients"), "<1@example.com>")
    mailbox.client.delete_folder("Clients")
    mailbox.append("Clients", [message(2)])
    with pytest.raises(CursorLostError):
        adapter.delete(named(adapter, "Clients"), cursor, [copy.remote_id for copy in found])
