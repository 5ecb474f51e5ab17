"""From the server into the database, with a real Dovecot."""

import base64
import unittest.mock
from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.addons.concord_inbox import mime
from odoo.addons.concord_inbox.adapters import ImapAdapter
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import USER, SyncCase, ago, email


@tagged("post_install", "-at_install")
class TestPull(SyncCase):
    def test_first_sync_brings_what_is_recent_enough(self):
        self.append("INBOX", email("Old", message_id="<old@x>"), date=ago(days=40))
        self.append("INBOX", email("Edge", message_id="<edge@x>"), date=ago(days=25))
        self.append("INBOX", email("New", message_id="<new@x>"), flags=("\\Seen", "\\Flagged"))
        account = self.connect()
        outcome = self.sync(account)
        self.assertEqual(outcome.messages, 2)
        messages = self.messages(account)
        self.assertEqual(messages.mapped("subject"), ["New", "Edge"])
        self.assertEqual(messages.mapped("is_read"), [True, False])
        self.assertEqual(messages.mapped("is_starred"), [True, False])
        self.assertEqual(messages[0].message_id, "<new@x>")
        self.assertEqual(messages[0].email_from, "Ada Customer <ada@customer.example>")
        self.assertEqual(messages[0].correspondent, "Ada Customer")
        self.assertEqual((messages[0].direction, messages[0].state), ("in", "received"))
        self.assertIn("Good morning", messages[0].body_text)
        self.assertEqual(messages[0].snippet, "Good morning")
        self.assertEqual(self.folder(account, "INBOX").unread_count, 1)
        self.assertEqual(self.folder(account, "INBOX").total_count, 3)
        self.assertEqual(self.folder(account, "INBOX").remaining_count, 0)
        self.assertTrue(account.last_sync)

    def test_nothing_on_the_server_is_marked(self):
        (uid,) = self.append("INBOX", email())
        account = self.connect()
        self.sync(account)
        client = self.client()
        client.select_folder("INBOX", readonly=True)
        self.assertEqual(set(client.get_flags([uid])[uid]) - {b"\\Recent"}, set())

    def test_first_sync_leaves_out_trash_and_spam_and_follows_later_arrivals(self):
        for folder in ("Trash", "Junk"):
            self.append(folder, email(f"Old {folder}"), date=ago(hours=1))
        account = self.connect()
        self.sync(account)
        self.assertFalse(self.messages(account))
        for folder in ("Trash", "Junk"):
            self.append(folder, email(f"New {folder}"))
        self.sync(account)
        self.assertEqual(sorted(self.messages(account).mapped("subject")), ["New Junk", "New Trash"])

    def test_trash_and_spam_are_not_active_unless_wanted(self):
        account = self.connect(active=False)
        self.assertEqual(
            set(account.folder_ids.filtered(lambda folder: not folder.is_active).mapped("role")), {"trash", "junk"}
        )

    def test_later_runs_bring_news_and_only_news(self):
        self.append("INBOX", email("One"))
        account = self.connect()
        self.sync(account)
        before = self.snapshot(account)
        self.assertEqual(self.sync(account).messages, 0)
        self.assertEqual(self.snapshot(account), before)
        self.append("INBOX", email("Two"))
        self.assertEqual(self.sync(account).messages, 1)
        self.assertEqual(self.messages(account, "INBOX").mapped("subject"), ["Two", "One"])

    def test_flags_and_deletions_on_the_server_arrive(self):
        uids = self.append("INBOX", email("One"), email("Two"), email("Three"))
        account = self.connect()
        self.sync(account)
        client = self.client()
        client.select_folder("INBOX")
        client.add_flags([uids[0]], ["\\Seen", "\\Flagged", "\\Answered"])
        client.delete_messages([uids[1]])
        client.expunge([uids[1]])
        self.sync(account)
        one = self.messages(account).filtered(lambda message: message.subject == "One")
        self.assertTrue(one.is_read and one.is_starred and one.is_answered)
        self.assertEqual(sorted(self.messages(account).mapped("subject")), ["One", "Three"])
        self.assertEqual(one.conversation_id.unread_count, 0)
        client.remove_flags([uids[0]], ["\\Seen", "\\Flagged"])
        self.sync(account)
        self.assertFalse(one.is_read or one.is_starred)

    def test_what_the_user_changed_here_wins_over_the_server(self):
        (uid,) = self.append("INBOX", email("One"))
        account = self.connect()
        self.sync(account)
        message = self.messages(account)
        message.action_star()
        client = self.client()
        client.select_folder("INBOX")
        client.add_flags([uid], ["\\Seen"])
        self.sync(account)
        self.assertTrue(message.is_starred, "the star was the user's wish, and the server said nothing of it")
        self.assertTrue(message.is_read, "the user had no wish about this one")

    def test_a_moved_email_keeps_its_record(self):
        (uid,) = self.append("INBOX", email("Travels", message_id="<travels@x>"))
        self.client().create_folder("Clients")
        account = self.connect()
        self.sync(account)
        message = self.messages(account)
        message.conversation_id.message_post(body="A note")
        client = self.client()
        client.select_folder("INBOX")
        client.move([uid], "Clients")
        self.sync(account)
        self.assertTrue(message.exists())
        self.assertEqual(message.folder_ids.mapped("path"), ["Clients"])
        client.select_folder("Clients")
        client.move(client.search(), "INBOX")
        self.sync(account)
        self.assertEqual(self.messages(account), message)
        self.assertEqual(message.folder_ids.mapped("path"), ["INBOX"])
        self.assertIn("A note", message.conversation_id.note_ids[0].body)

    def test_copies_are_one_email_in_several_folders(self):
        (uid,) = self.append("INBOX", email("Twice"), flags=("\\Seen",))
        client = self.client()
        client.create_folder("Clients")
        client.select_folder("INBOX")
        client.copy([uid], "Clients")
        account = self.connect()
        self.sync(account)
        message = self.messages(account)
        self.assertEqual(len(message), 1)
        self.assertEqual(sorted(message.folder_ids.mapped("path")), ["Clients", "INBOX"])
        client.delete_messages([uid])
        client.expunge([uid])
        self.sync(account)
        self.assertEqual(message.folder_ids.mapped("path"), ["Clients"])

    def test_the_same_message_id_does_not_make_the_same_email(self):
        self.append("INBOX", email("A", message_id="<same@x>"), email("B is another", message_id="<same@x>"))
        account = self.connect()
        self.sync(account)
        self.assertEqual(len(self.messages(account)), 2)

    def test_emails_without_a_message_id_are_told_apart(self):
        """Copies of one are one email, others are others, and each has a conversation."""
        one = email("One")
        self.append("INBOX", one, email("Two"), email("Three", message_id="<>"))
        self.append("Sent", one)
        account = self.connect()
        self.sync(account)
        before = self.messages(account)
        self.assertEqual(sorted(before.mapped("subject")), ["One", "Three", "Two"])
        self.assertEqual(before.mapped("message_id"), [False] * 3)
        self.assertEqual(len(before.conversation_id), 3)
        self.assertEqual(len(before.filtered(lambda one: one.subject == "One").folder_ids), 2)

    def test_what_else_a_header_says_is_kept(self):
        headers = (
            "List-Unsubscribe: <mailto:out@lists.example>, <https://lists.example/out?reader=42>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        )
        # Of the second one, parts in parts are left out.
        deep = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(14))
        field, _, rest = deep.partition("\r\n\r\n")
        self.append("INBOX", email("Letter", headers=headers), email(body="-----BEGIN PGP MESSAGE-----"))
        self.append("INBOX", email("Deep", headers=("MIME-Version: 1.0", field), body=rest))
        account = self.connect()
        self.sync(account)
        letter = self.messages(account).filtered("is_bulk")
        ways = "https://lists.example/out?reader=42 mailto:out@lists.example"
        self.assertEqual((letter.content_unsubscribe, letter.is_one_click, letter.protection), (ways, True, False))
        deep = self.messages(account).filtered(lambda one: one.subject == "Deep")
        self.assertEqual((deep.is_cut, letter.is_cut), (True, False))
        other = self.messages(account) - letter - deep
        self.assertEqual((other.unsubscribe, other.is_one_click, other.protection), (False, False, "pgp_encrypted"))

    def test_uidvalidity_changes_and_nothing_is_doubled_or_lost(self):
        self.append("INBOX", email("One"), email("Two"), flags=("\\Seen",))
        account = self.connect()
        self.sync(account)
        messages = self.messages(account)
        self.server.doveadm("mailbox", "update", "-u", self.mail_user, "--uid-validity", "4242", "INBOX")
        self.append("INBOX", email("Three"))
        self.sync(account)
        self.assertEqual(sorted(self.messages(account).mapped("subject")), ["One", "Three", "Two"])
        self.assertEqual(messages.exists(), messages)
        self.assertTrue(all(messages.mapped("is_read")))

    def test_folders_come_go_and_nest(self):
        client = self.client()
        client.create_folder("Kunden/Müller & Söhne")
        client.create_folder("取引先")
        account = self.connect()
        nested = self.folder(account, "Kunden/Müller & Söhne")
        self.assertEqual((nested.name, nested.parent_id.path), ("Müller & Söhne", "Kunden"))
        self.append("取引先", email("こんにちは"))
        self.sync(account)
        self.assertEqual(self.messages(account, "取引先").subject, "こんにちは")
        client.rename_folder("取引先", "東京")
        self.sync(account)
        self.folder(account, "東京").is_active = True
        self.sync(account)
        self.assertEqual(self.messages(account, "東京").subject, "こんにちは")
        client.delete_folder("東京")
        self.sync(account)
        self.assertFalse(self.folder(account, "東京"))
        self.assertFalse(self.messages(account))

    def test_roles(self):
        account = self.connect()
        self.assertEqual(
            set(account.folder_ids.mapped("role")) - {False}, {"inbox", "sent", "drafts", "trash", "junk", "archive"}
        )

    def test_sent_and_drafts(self):
        sender = f"Sales <{USER}>"
        self.append("Sent", email("Offer", sender=sender, to="Ada <ada@customer.example>"), flags=("\\Seen",))
        self.append("Drafts", email("Unfinished", sender=sender, to="bob@customer.example"), flags=("\\Draft",))
        account = self.connect()
        self.sync(account)
        offer = self.messages(account, "Sent")
        self.assertEqual((offer.direction, offer.state, offer.correspondent), ("out", "sent", "Ada"))
        self.assertEqual(self.messages(account, "Drafts").state, "draft")

    def test_attachments_and_inline_pictures(self):
        source = "\r\n".join(
            [
                "From: a@customer.example",
                "Subject: Files",
                "MIME-Version: 1.0",
                'Content-Type: multipart/mixed; boundary="m"',
                "",
                "--m",
                'Content-Type: multipart/related; boundary="r"',
                "",
                "--r",
                "Content-Type: text/html",
                "",
                '<p>See <img src="cid:pic@x"> <img src="https://tracker.example/p.gif"></p><script>alert(1)</script>',
                "--r",
                "Content-Type: image/png; name=pic.png",
                "Content-ID: <pic@x>",
                "Content-Transfer-Encoding: base64",
                "",
                "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
                "--r--",
                "--m",
                "Content-Type: text/csv; name=prices.csv",
                "Content-Disposition: attachment; filename=prices.csv",
                "",
                "a;b",
                "--m--",
                "",
            ]
        ).encode()
        self.append("INBOX", source)
        account = self.connect()
        self.sync(account)
        message = self.messages(account)
        self.assertTrue(message.has_attachment and message.has_remote_images)
        self.assertEqual(message.file_ids.mapped("name"), ["prices.csv"])
        self.assertEqual(message.file_ids.raw.strip(), b"a;b")
        self.assertEqual((message.attachment_ids - message.file_ids).inbox_content_id, "pic@x")
        self.assertNotIn("script", message.body_html)

    def test_a_file_that_a_killed_process_left_unfinished(self):
        content = b"%PDF of an offer " * 100
        attachments = self.env["ir.attachment"]
        checksum = attachments._compute_checksum(content)
        path = Path(attachments._full_path(f"{checksum[:2]}/{checksum}"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content[:10])
        self.addCleanup(path.unlink, missing_ok=True)
        lines = ["--x", "Content-Type: text/plain", "", "See the offer.", "--x"]
        lines += ["Content-Type: application/pdf", "Content-Disposition: attachment; filename=offer.pdf"]
        lines += ["Content-Transfer-Encoding: base64", "", base64.b64encode(content).decode(), "--x--"]
        headers = ["MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=x"]
        self.append("INBOX", email(body="\r\n".join(lines), headers=headers))
        account = self.connect()
        self.sync(account)
        self.assertEqual(self.messages(account).attachment_ids.raw, content)
        self.assertFalse(account.quarantine_count)

    def test_round_trips_of_a_poll(self):
        client = self.client()
        for number in range(10):
            client.create_folder(f"Folder {number}")
        self.append("INBOX", email())
        account = self.connect()
        self.sync(account)
        recording = self.server.record(self.mail_user)
        self.sync(account)
        # A line is a time, a tag and a command.
        lines = b"".join(path.read_bytes() for path in recording.glob("*.in")).split(b"\r\n")
        commands = [line.split()[2] for line in lines if len(line.split()) > 2]
        # What is said once for a session does not grow with the folders.
        once = (b"NAMESPACE", b"ENABLE", b"LOGOUT")
        self.assertEqual([command for command in commands if command not in once], [b"LIST"])

    def test_retrying_what_is_in_quarantine(self):
        real_parse = mime.parse

        def refuse(source):
            if b"Poison" in source:
                raise ValueError("cannot read this")
            return real_parse(source)

        self.patch(mime, "parse", refuse)
        self.append("INBOX", email("Poison", message_id="<poison@x>"), *[email(f"Good {n}") for n in range(5)])
        account = self.connect()
        self.sync(account)
        self.assertEqual(len(self.messages(account)), 5)
        quarantined = self.env["inbox.quarantine"].search([("account_id", "=", account.id)])
        self.assertEqual((len(quarantined), quarantined.attempts), (1, 1))
        self.assertIn("cannot read this", quarantined.reason)
        self.assertEqual(quarantined.message_id, "<poison@x>")
        self.assertIn(b"Poison", base64.b64decode(quarantined.source))
        quarantined.action_retry()
        self.sync(account)
        self.assertEqual(quarantined.attempts, 2)
        self.patch(mime, "parse", real_parse)
        quarantined.action_retry()
        self.sync(account)
        self.assertFalse(quarantined.exists())
        self.assertEqual(len(self.messages(account)), 6)

    def test_a_batch_that_fails_is_halved_until_the_culprit_is_found(self):
        model = type(self.env["inbox.message"])
        real_create = model.create

        def create(records, vals_list):
            if any(vals["subject"] == "Poison" for vals in vals_list):
                raise ValueError("no room")
            return real_create(records, vals_list)

        self.patch(model, "create", create)
        self.append("INBOX", *[email("Poison" if n == 13 else f"Good {n}") for n in range(40)])
        account = self.connect()
        self.sync(account)
        self.assertEqual(len(self.messages(account)), 39)
        quarantined = self.env["inbox.quarantine"].search([("account_id", "=", account.id)])
        self.assertIn("no room", quarantined.reason)

    def test_ids_of_any_length(self):
        long = "<" + "漢" * 2000 + "@x>"
        emails = [email(f"N{n}", message_id=long, headers=[f"References: {long} <{'r' * 5000}@x>"]) for n in range(3)]
        self.append("INBOX", *emails)
        account = self.connect()
        self.sync(account)
        self.assertEqual(len(self.messages(account)), 3)
        self.assertEqual(len(self.messages(account).conversation_id), 1)

    def test_a_server_that_lost_its_store_costs_nothing(self):
        self.append("INBOX", email("Kept"))
        account = self.connect()
        self.sync(account)
        with unittest.mock.patch.object(ImapAdapter, "folders", return_value=[]):
            outcome = account._sync()[account.id]
        self.assertIsNotNone(outcome.error)
        self.env.invalidate_all()
        self.assertEqual(self.messages(account).subject, "Kept")
        self.assertTrue(account.last_error)
        self.sync(account)
        self.assertFalse(account.last_error)

    def test_one_account_in_trouble_does_not_stop_the_others(self):
        self.append("INBOX", email("Good"))
        broken, good = self.connect(), self.connect()
        broken.sudo().password_encrypted = "made with another key"
        broken.next_sync = broken.next_sync - timedelta(hours=1)
        with mute_logger("odoo.addons.concord_inbox.sync.engine"):
            self.env["inbox.account"]._cron_sync_slot()
        self.env.invalidate_all()
        self.assertEqual(self.messages(good).subject, "Good")
        self.assertIn("enter the password again", broken.last_error)
        self.assertGreater(broken.next_sync, fields.Datetime.now())

    def test_an_email_that_kills_the_process_is_quarantined_unread(self):
        uids = self.append("INBOX", *[email(f"Good {n}") for n in range(3)])
        account = self.connect()
        inbox = self.folder(account, "INBOX")
        # What a run that was killed once too often over one email leaves behind.
        inbox.attempt = {"ids": [uids[1]], "deaths": 4}
        self.sync(account)
        self.assertEqual(sorted(self.messages(account).mapped("subject")), ["Good 0", "Good 2"])
        quarantined = self.env["inbox.quarantine"].search([("account_id", "=", account.id)])
        self.assertEqual(quarantined.uid, uids[1])
        self.assertFalse(inbox.attempt)
