"""Emails from and to an account's aliases, as they come from the server."""

from unittest.mock import patch

from odoo.addons.concord_inbox.adapters.base import RemoteIdentity
from odoo.addons.concord_inbox.adapters.imap import ImapAdapter
from odoo.tests import tagged

from .common import USER, SyncCase, email

ALIAS = "help@aliases.example"


@tagged("post_install", "-at_install")
class TestIdentities(SyncCase):
    def test_an_alias_is_an_own_address(self):
        contact = self.env["res.partner"].create({"name": "Help desk", "email": ALIAS})
        client = self.client()
        client.create_folder("Clients")
        self.append("Clients", email("Answer", sender=f"Help desk <{ALIAS}>", to="Bob <bob@customer.example>"))
        self.append("INBOX", email("Question", sender="Bob <bob@customer.example>", to=ALIAS))
        account = self.connect(create_contact=True)
        self.env["inbox.identity"].create({"account_id": account.id, "name": "Help", "email": ALIAS.upper()})
        self.sync(account)
        answer = self.messages(account, "Clients")
        self.assertEqual((answer.direction, answer.state, answer.correspondent), ("out", "sent", "Bob"))
        question = self.messages(account, "INBOX")
        self.assertEqual((question.direction, question.partner_ids.email), ("in", "bob@customer.example"))
        self.assertFalse(contact.inbox_message_ids)

    def test_no_contact_is_created_from_an_alias(self):
        self.append("INBOX", email("Copy", sender=f"Help desk <{ALIAS}>", to=USER))
        account = self.connect(create_contact=True)
        self.env["inbox.identity"].create({"account_id": account.id, "email": ALIAS})
        self.sync(account)
        self.assertFalse(self.env["res.partner"].search([("email_normalized", "=", ALIAS)]))

    def test_an_alias_that_is_added_later(self):
        self.append("INBOX", email("Copy", sender=f"Help desk <{ALIAS}>", to=f"Sales <{USER}>"))
        account = self.connect(create_contact=True)
        self.sync(account)
        message = self.messages(account)
        self.assertEqual((message.direction, message.partner_ids.name), ("in", "Help desk"))
        identity = self.env["inbox.identity"].create({"account_id": account.id, "email": ALIAS})
        self.assertEqual((message.direction, message.state, message.correspondent), ("out", "sent", "Sales"))
        self.assertFalse(message.partner_ids)
        identity.unlink()
        self.assertEqual((message.direction, message.state, message.correspondent), ("in", "received", "Help desk"))
        self.assertEqual(message.partner_ids.name, "Help desk")

    def test_what_the_provider_offers_is_taken_over_once(self):
        """Before the first synchronisation; what users take away stays away, and what is there stays as it is."""
        offered = [
            RemoteIdentity(USER, "Sales", False),
            RemoteIdentity(ALIAS.upper(), "Help\tdesk", True),
            RemoteIdentity("nobody", "", False),
        ]
        account = self.connect()
        with patch.object(ImapAdapter, "identities", lambda _adapter: offered):
            self.sync(account)
            [identity] = account.identity_ids
            self.assertEqual((identity.name, identity.email_normalized), ("Help desk", ALIAS))
            self.assertTrue(identity.is_default)
            identity.unlink()
            self.sync(account)
        self.assertFalse(account.identity_ids)
