"""Emails that are larger than an administrator allows stay on the server until somebody wants them."""

from odoo.addons.concord_inbox.sync import verify
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import SyncCase, email

LARGE = "x" * 70 + "\r\n"


@tagged("post_install", "-at_install")
class TestLarge(SyncCase):
    def setUp(self):
        super().setUp()
        self.allow(1)
        large = email("Plans", message_id="<plans@x>", body=LARGE * 20_000)
        self.uids = self.append("INBOX", email("Small"), large, email("Also small"))
        self.account = self.connect()
        self.sync(self.account)

    def allow(self, megabytes):
        self.env["ir.config_parameter"].set_param("concord_inbox.largest_email_mb", megabytes)

    def quarantined(self):
        return self.env["inbox.quarantine"].search([("account_id", "=", self.account.id)])

    def subjects(self):
        return sorted(self.messages(self.account).mapped("subject"))

    def test_it_is_noted_and_not_fetched(self):
        self.assertEqual(self.subjects(), ["Also small", "Small"])
        left = self.quarantined()
        self.assertEqual((left.uid, left.cause, left.attempts), (self.uids[1], "too_large", 0))
        self.assertEqual((left.subject, left.email_from), ("Plans", "Ada Customer"))
        self.assertEqual(left.message_id, "<plans@x>")
        self.assertIn("It has 1.4 MB: larger than the 1 MB", left.reason)
        self.assertFalse(left.source or left.source_filename)
        self.assertEqual(left.size_text, "1.4 MB")

    def test_it_is_not_fetched_again_every_run(self):
        left = self.quarantined()
        recording = self.server.record(self.mail_user)
        for _run in range(2):
            self.sync(self.account)
        sent = b"".join(path.read_bytes() for path in recording.glob("*.in"))
        self.assertNotIn(b"FETCH", sent)
        self.assertEqual(self.quarantined(), left)
        self.assertTrue(verify.compare(self.account).is_same)

    def test_whoever_wants_it_gets_it(self):
        left = self.quarantined()
        left.action_retry()
        self.sync(self.account)
        self.assertFalse(left.exists())
        self.assertEqual(self.subjects(), ["Also small", "Plans", "Small"])
        message = self.messages(self.account).filtered(lambda message: message.subject == "Plans")
        self.assertGreater(len(message.body_text), 1_000_000)
        self.assertEqual(self.sync(self.account).messages, 0)

    def test_when_more_is_allowed_it_comes_by_itself(self):
        self.allow(2)
        self.sync(self.account)
        self.assertFalse(self.quarantined())
        self.assertEqual(self.subjects(), ["Also small", "Plans", "Small"])

    def test_no_limit(self):
        self.allow(0)
        self.sync(self.account)
        self.assertFalse(self.quarantined())

    def test_what_is_here_already_stays_when_less_is_allowed(self):
        self.allow(2)
        self.sync(self.account)
        self.allow(1)
        message = self.messages(self.account).filtered(lambda message: message.subject == "Plans")
        client = self.client()
        client.create_folder("Clients")
        client.select_folder("INBOX")
        client.move([self.uids[1]], "Clients")
        self.sync(self.account)
        self.sync(self.account)
        self.assertEqual(message.folder_ids.mapped("path"), ["Clients"])
        self.assertFalse(self.quarantined())

    def test_it_follows_the_server(self):
        client = self.client()
        client.create_folder("Clients")
        client.select_folder("INBOX")
        client.add_flags([self.uids[1]], ["\\Seen"])
        self.sync(self.account)
        self.assertEqual(self.quarantined().keywords, "seen")
        client.move([self.uids[1]], "Clients")
        self.sync(self.account)
        self.folder(self.account, "Clients").is_active = True
        self.sync(self.account)
        self.assertEqual(self.quarantined().folder_id.path, "Clients")
        self.quarantined().action_retry()
        self.sync(self.account)
        message = self.messages(self.account).filtered(lambda message: message.subject == "Plans")
        self.assertTrue(message.is_read)
        client.select_folder("Clients")
        client.delete_messages(client.search())
        client.expunge()
        self.sync(self.account)
        self.assertEqual(self.subjects(), ["Also small", "Small"])

    def test_not_while_the_account_is_not_connected(self):
        self.account.state = "paused"
        with self.assertRaises(UserError):
            self.quarantined().action_retry()
