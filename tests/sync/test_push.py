"""What the user changes here reaches the server, and comes back to nobody as news."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import PASSWORD, SyncCase, ago, email


@tagged("post_install", "-at_install")
class TestPush(SyncCase):
    def setUp(self):
        super().setUp()
        # Received before the account is connected: trash and spam, too, follow what is moved there.
        emails = [email(f"N{n}", message_id=f"<{n}@x>") for n in range(5)]
        self.uids = self.append("INBOX", *emails, date=ago(days=3))
        self.other = self.client()
        self.other.create_folder("Clients")
        self.account = self.connect()
        self.sync(self.account)

    def message(self, subject="N0"):
        return self.messages(self.account).filtered(lambda message: message.subject == subject)

    def on_server(self, path):
        """Subject -> flags of what the folder holds on the server, as another client sees it."""
        client = self.client()
        client.select_folder(path, readonly=True)
        rows = client.fetch(client.search(), ["FLAGS", "ENVELOPE"])
        return {
            row[b"ENVELOPE"].subject.decode(): {flag.decode() for flag in row[b"FLAGS"]} - {"\\Recent"}
            for row in rows.values()
        }

    def test_flags_reach_the_server(self):
        self.message("N0").action_mark_read()
        self.message("N1").action_star()
        self.assertTrue(self.message("N0").is_changed)
        self.sync(self.account)
        self.assertEqual(self.on_server("INBOX")["N0"], {"\\Seen"})
        self.assertEqual(self.on_server("INBOX")["N1"], {"\\Flagged"})
        self.assertFalse(any(self.messages(self.account).mapped("is_changed")))
        self.message("N0").action_mark_unread()
        self.message("N1").action_unstar()
        self.sync(self.account)
        self.assertEqual(self.on_server("INBOX")["N0"], set())
        self.assertEqual(self.on_server("INBOX")["N1"], set())

    def test_many_clicks_are_one_store(self):
        recording = self.server.record(self.mail_user)
        self.messages(self.account).action_mark_read()
        self.message("N0").action_mark_unread()
        self.message("N0").action_mark_read()
        self.sync(self.account)
        lines = b"".join(path.read_bytes() for path in recording.glob("*.in")).split(b"\r\n")
        self.assertEqual(len([line for line in lines if b" STORE " in line]), 1)

    def test_toggling_twice_tells_nothing(self):
        recording = self.server.record(self.mail_user)
        self.message().action_star()
        self.message().action_unstar()
        self.sync(self.account)
        self.assertNotIn(b" STORE ", b"".join(path.read_bytes() for path in recording.glob("*.in")))
        self.assertFalse(self.message().is_changed)

    def test_own_changes_cause_no_echo(self):
        self.message("N0").action_mark_read()
        self.message("N1").action_move(self.folder(self.account, "Clients"))
        self.sync(self.account)
        self.env.flush_all()
        tables = ("inbox_message", "inbox_message_copy", "inbox_folder", "inbox_conversation")
        before = self.rows(tables)
        self.sync(self.account)
        self.assertEqual(self.rows(tables), before)

    def rows(self, tables):
        """The versions of all rows: a row that was written, though with the same content, has another."""
        found = {}
        for table in tables:
            self.env.cr.execute(f"SELECT id, ctid::text FROM {table} ORDER BY id")
            found[table] = self.env.cr.fetchall()
        return found

    def test_a_move_keeps_the_record(self):
        message = self.message()
        message.action_mark_read()
        message.action_move(self.folder(self.account, "Clients"))
        self.assertEqual(message.folder_ids.path, "Clients", "shown at once")
        self.sync(self.account)
        self.assertEqual(self.on_server("Clients"), {"N0": {"\\Seen"}})
        self.assertNotIn("N0", self.on_server("INBOX"))
        self.assertEqual(self.message(), message)
        self.assertEqual(message.copy_ids.folder_id.path, "Clients")
        self.assertFalse(message.is_changed or message.is_moving)
        message.action_move(self.folder(self.account, "INBOX"))
        self.sync(self.account)
        self.assertIn("N0", self.on_server("INBOX"))
        self.assertEqual(self.on_server("Clients"), {})
        self.assertEqual(self.message(), message)

    def test_archive_and_trash(self):
        self.message("N0").action_archive_email()
        self.message("N1").action_trash()
        self.message("N2").action_spam()
        self.sync(self.account)
        self.assertEqual(set(self.on_server("INBOX")), {"N3", "N4"})
        self.sync(self.account)
        for path, subject in (("Archive", "N0"), ("Trash", "N1"), ("Junk", "N2")):
            self.assertEqual(set(self.on_server(path)), {subject})
            self.assertEqual(self.message(subject).folder_ids.path, path)

    def test_trash_that_is_not_followed(self):
        self.folder(self.account, "Trash").is_active = False
        self.folder(self.account, "Trash").cursor = False
        self.message("N1").action_trash()
        self.sync(self.account)
        self.assertEqual(set(self.on_server("Trash")), {"N1"})
        self.assertFalse(self.message("N1"))

    def test_delete_for_good(self):
        self.other.select_folder("INBOX")
        self.other.add_flags([self.uids[4]], ["\\Deleted"])
        self.sync(self.account)
        self.message("N0").action_delete()
        self.assertFalse(self.messages(self.account, "INBOX").filtered(lambda message: message.subject == "N0"))
        self.sync(self.account)
        self.assertEqual(set(self.on_server("INBOX")), {"N1", "N2", "N3", "N4"})
        self.assertFalse(self.message("N0"))

    def test_clicks_wait_for_a_server_that_is_down(self):
        message = self.message()
        message.action_mark_read()
        self.server._temporary = False
        self.server.stop()
        self.addCleanup(self.server.start)
        outcome = self.account._sync()[self.account.id]
        self.assertIsNotNone(outcome.error)
        self.env.invalidate_all()
        self.assertTrue(message.is_read and message.is_changed)
        self.server.start()
        self.sync(self.account)
        self.assertEqual(self.on_server("INBOX")["N0"], {"\\Seen"})
        self.assertFalse(message.is_changed)

    def test_both_sides_change_one_email(self):
        message = self.message()
        message.action_star()
        self.other.select_folder("INBOX")
        self.other.add_flags([self.uids[0]], ["\\Seen"])
        self.sync(self.account)
        self.assertTrue(message.is_read and message.is_starred)
        self.assertEqual(self.on_server("INBOX")["N0"], {"\\Seen", "\\Flagged"})

    def test_moved_here_and_there(self):
        message = self.message()
        message.action_archive_email()
        self.other.select_folder("INBOX")
        self.other.move([self.uids[0]], "Clients")
        self.sync(self.account)
        self.sync(self.account)
        self.assertEqual(self.message(), message)
        everywhere = [path for path in ("INBOX", "Clients", "Archive") if "N0" in self.on_server(path)]
        self.assertEqual(everywhere, message.folder_ids.mapped("path"), "both sides agree, and nothing is doubled")

    def test_deleted_there_while_changed_here(self):
        message = self.message()
        message.action_mark_read()
        self.other.select_folder("INBOX")
        self.other.delete_messages([self.uids[0]])
        self.other.expunge([self.uids[0]])
        self.sync(self.account)
        self.assertFalse(message.exists())

    def test_rows_from_before_an_update(self):
        # Odoo leaves a Boolean column that it adds empty in the rows that are there.
        self.env.cr.execute("UPDATE inbox_message SET is_changed = NULL, is_deleted = NULL, is_moving = NULL")
        self.env.invalidate_all()
        self.message().action_star()
        self.sync(self.account)
        self.assertEqual(self.on_server("INBOX")["N0"], {"\\Flagged"})
        self.assertFalse(self.message().is_changed)

    def test_only_of_its_own_account(self):
        self.server.add_user("second@northlight.example", PASSWORD)
        second = self.make_account(email="second@northlight.example", username="second@northlight.example")
        self._list_folders(second)
        with self.assertRaises(UserError):
            self.message().action_move(second.folder_ids[0])

    def test_a_reader_of_the_contact_moves_nothing(self):
        user = self.env["res.users"].create(
            {"name": "R", "login": "reader", "group_ids": [(6, 0, self.env.ref("base.group_user").ids)]}
        )
        partner = self.env["res.partner"].create({"name": "Ada", "email": "ada@customer.example"})
        self.assertIn(partner, self.message().partner_ids)
        message = self.message().with_user(user)
        self.assertEqual(message.subject, "N0")
        folder = self.folder(self.account, "Clients")
        for act in (
            message.action_archive_email,
            message.action_trash,
            message.action_delete,
            lambda: message.action_move(folder),
        ):
            with self.assertRaises(AccessError):
                act()

    def test_a_click_makes_the_account_due(self):
        self.assertFalse(self.env["inbox.account"]._count_due())
        self.message().action_star()
        self.env.flush_all()
        self.assertEqual(self.env["inbox.account"]._count_due(), 1)
        self.env["inbox.account"]._cron_sync_slot()
        self.assertEqual(self.on_server("INBOX")["N0"], {"\\Flagged"})
        self.assertFalse(self.env["inbox.account"]._count_due())
