"""Drafts and sent emails are put on the server, once."""

import base64

from odoo.addons.concord_inbox.sync import emptying
from odoo.tests import tagged

from tests.servers.dovecot import Dovecot
from tests.servers.proxy import Proxy

from .common import SyncCase, ago, email


class UploadCase(SyncCase):
    def setUp(self):
        super().setUp()
        self.account = self.connect(saves_sent="no")
        self.sync(self.account)

    def write_draft(self, subject="A draft", folder="Drafts", message_id="<draft1@here>", state="draft", message=None):
        source = email(subject, message_id=message_id)
        values = {
            "subject": subject,
            "message_id": message_id,
            "received_date": ago(minutes=5).replace(tzinfo=None, microsecond=0),
            "state": state,
            "is_read": True,
            "source": base64.b64encode(source),
        }
        if message:
            message.write(values)
        else:
            folders = [(6, 0, self.folder(self.account, folder).ids)]
            message = self.env["inbox.message"].create({**values, "account_id": self.account.id, "folder_ids": folders})
        message._push_soon()
        self.env.flush_all()
        return message

    def on_server(self, path):
        client = self.client()
        client.select_folder(path, readonly=True)
        rows = client.fetch(client.search(), ["FLAGS", "ENVELOPE", "INTERNALDATE"])
        return [
            (row[b"ENVELOPE"].subject.decode(), {flag.decode() for flag in row[b"FLAGS"]} - {"\\Recent"})
            for row in rows.values()
        ]


@tagged("post_install", "-at_install")
class TestUpload(UploadCase):
    def test_a_draft_is_put_on_the_server_once(self):
        message = self.write_draft()
        self.sync(self.account)
        self.assertEqual(self.on_server("Drafts"), [("A draft", {"\\Draft", "\\Seen"})])
        for _time in range(2):
            self.assertEqual(message.copy_ids.folder_id.path, "Drafts")
            self.assertFalse(message.is_changed or message.orphaned_at or message.is_uploaded)
            self.assertFalse(message.source)
            self.assertEqual(self.messages(self.account), message)
            self.sync(self.account)

    def test_its_next_version_replaces_it(self):
        message = self.write_draft()
        self.sync(self.account)
        self.write_draft("Better", message_id="<draft2@here>", message=message)
        self.sync(self.account)
        self.assertEqual(self.on_server("Drafts"), [("Better", {"\\Draft", "\\Seen"})])
        self.assertEqual(self.messages(self.account), message)
        self.assertEqual(len(message.copy_ids), 1)
        self.sync(self.account)
        self.assertEqual(self.messages(self.account), message)

    def test_a_sent_email(self):
        message = self.write_draft("Sent", "Sent", "<sent@here>", "sent")
        self.sync(self.account)
        self.assertEqual(self.on_server("Sent"), [("Sent", {"\\Seen"})])
        self.assertEqual(self.messages(self.account, "Sent"), message)

    def test_into_a_folder_that_is_not_followed(self):
        self.folder(self.account, "Sent").write({"is_active": False, "cursor": False})
        message = self.write_draft("Sent", "Sent", "<sent@here>", "sent")
        self.sync(self.account)
        self.assertEqual(len(self.on_server("Sent")), 1)
        self.sync(self.account)
        self.assertTrue(message.exists())
        self.assertEqual(len(self.on_server("Sent")), 1)

    def test_a_draft_that_is_sent_before_it_was_met(self):
        """What is found in Drafts, under the Message-ID that it goes out with, does not say that it went out."""
        message = self.write_draft()
        empty = emptying.run

        def send(*arguments):
            message.state = "outgoing"
            return empty(*arguments)

        self.patch(emptying, "run", send)
        self.sync(self.account)
        self.assertEqual(len(message.copy_ids), 1)
        self.assertEqual(message.state, "outgoing")

    def test_the_answer_is_lost(self):
        with Proxy(self.server.ports["imap"]) as proxy:
            self.account.imap_port = proxy.port
            message = self.write_draft()
            proxy.swallow = b"APPENDUID"
            outcome = self.account._sync()[self.account.id]
            self.assertIsNotNone(outcome.error)
            self.env.invalidate_all()
            self.assertTrue(message.is_changed)
            self.sync(self.account)
            self.assertEqual(len(self.on_server("Drafts")), 1)
            self.assertEqual(self.messages(self.account), message)
            self.assertEqual(len(message.copy_ids), 1)
            self.sync(self.account)
        self.assertEqual(self.messages(self.account), message)


@tagged("post_install", "-at_install")
class TestUploadWithoutUidplus(UploadCase):
    """The server does not tell which id it gave."""

    @classmethod
    def make_server(cls):
        return Dovecot(hide=("UIDPLUS", "MOVE"))

    def test_found_by_its_message_id(self):
        message = self.write_draft()
        self.sync(self.account)
        for _time in range(2):
            self.assertEqual(self.messages(self.account), message)
            self.assertEqual(message.copy_ids.folder_id.path, "Drafts")
            self.assertFalse(message.is_uploaded)
            self.sync(self.account)
        self.assertEqual(len(self.on_server("Drafts")), 1)
