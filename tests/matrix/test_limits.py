"""What a server is set up not to allow: it is said clearly, and ends nothing else."""

import pytest
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.errors import AuthenticationError, EncryptionError, QuotaError

from tests.adapters.common import inbox, message, named, settings
from tests.adapters.store import Store
from tests.servers.dovecot import Dovecot

from .servers import QUOTA, DovecotWithOauth


def test_only_tokens_are_taken():
    with DovecotWithOauth("xoauth2 oauthbearer") as server:
        server.add_user("anna", "secret")
        for encryption, port in (("starttls", "imap"), ("ssl", "imaps")):
            wanted = settings(server.ports[port], encryption, allow_insecure_certificate=True)
            with pytest.raises(AuthenticationError) as caught, open_adapter("imap", wanted) as adapter:
                adapter.check_incoming()
            assert caught.value.reason == "no_mechanism"
        # Without encryption nobody can know yet.
        with pytest.raises(EncryptionError) as caught, open_adapter("imap", settings(server.ports["imap"])) as adapter:
            adapter.check_incoming()
        assert caught.value.reason == "login_disabled"


@pytest.fixture(scope="module")
def full_server():
    with Dovecot(settings=QUOTA.replace("8M", "100K"), hide=()) as server:
        server.add_user("anna", "secret")
        server.append("anna", "INBOX", [message(1, 60_000)])
        yield server


def test_no_room_for_another(full_server):
    with open_adapter("imap", settings(full_server.ports["imap"])) as adapter:
        with pytest.raises(QuotaError) as caught:
            adapter.append(named(adapter, "Drafts"), None, message(2, 60_000))
        assert (caught.value.reason, caught.value.details["path"]) == ("over_quota", "Drafts")
        store = Store()
        store.sync(adapter)
        with pytest.raises(QuotaError):
            adapter.copy(inbox(adapter), store.cursor, store.copies, named(adapter, "Archive"))
        # Moving needs no room.
        moved = adapter.move(inbox(adapter), store.cursor, store.copies, named(adapter, "Archive"))
        assert set(moved.ids) == set(store.copies)
        assert store.sync(adapter) == 1
        assert not store.copies
