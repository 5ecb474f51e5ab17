"""What a run costs on the wire."""

import pytest
from odoo.addons.concord_inbox.adapters import open_adapter

from tests.adapters.common import inbox, message, settings
from tests.adapters.store import Store
from tests.servers.proxy import Proxy


def test_an_unchanged_mailbox_costs_one_round_trip(mailbox):
    for number in range(30):
        mailbox.append(f"Folder {number}", [message(n) for n in range(3)])
    stores: dict[str, Store] = {}
    with (
        Proxy(mailbox.server.ports["imap"]) as proxy,
        open_adapter("imap", settings(proxy.port, user=mailbox.user)) as adapter,
    ):
        for folder in adapter.folders():
            stores[folder.path] = Store()
            stores[folder.path].sync(adapter, folder=folder)
        assert len(stores) == 36
        before = proxy.turns
        for folder in adapter.folders():
            assert stores[folder.path].sync(adapter, folder=folder) == 0
        assert proxy.turns - before == 1


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
    assert [word for word in words if word != "LOGOUT"] == ["NAMESPACE", "LIST"]


def test_without_list_status_all_folders_are_asked_at_once(bare_mailbox):
    for number in range(40):
        bare_mailbox.append(f"INBOX.Folder {number}", [message()])
    with Proxy(bare_mailbox.server.ports["imap"]) as proxy:
        with open_adapter("imap", settings(proxy.port, user=bare_mailbox.user)) as adapter:
            adapter.folders()
            before = proxy.turns
            folders = adapter.folders()
            assert sum(folder.status is not None for folder in folders) == 46
            # The list, and however the system packs the burst of questions; without one it would be 47.
            assert proxy.turns - before < 12


@pytest.mark.parametrize(("change", "turns"), [("arrival", 4), ("keyword", 3), ("deletion", 4)])
def test_a_change_costs_a_few(mailbox, change, turns):
    mailbox.append("INBOX", [message(n) for n in range(50)])
    store = Store()
    with (
        Proxy(mailbox.server.ports["imap"]) as proxy,
        open_adapter("imap", settings(proxy.port, user=mailbox.user)) as adapter,
    ):
        store.sync(adapter)
        mailbox.client.select_folder("INBOX")
        if change == "arrival":
            mailbox.append("INBOX", [message()])
        elif change == "keyword":
            mailbox.client.add_flags([1, 7], ["\\Seen"])
        else:
            mailbox.client.delete_messages([5])
            mailbox.client.uid_expunge([5])
        before = proxy.turns
        folder = inbox(adapter)
        assert store.sync(adapter, folder=folder) == 1
        assert proxy.turns - before <= turns


def test_a_login_costs_three(mailbox):
    with (
        Proxy(mailbox.server.ports["imap"]) as proxy,
        open_adapter("imap", settings(proxy.port, user=mailbox.user)) as adapter,
    ):
        adapter.folders()
        # CAPABILITY, AUTHENTICATE with its argument, LIST.
        assert proxy.turns == 3
