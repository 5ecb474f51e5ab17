"""What the user changes here reaches the server, and comes back to nobody as news."""

import unittest.mock

from odoo import Command
from odoo.addons.concord_inbox.adapters import ImapAdapter
from odoo.addons.concord_inbox.adapters.errors import FolderGoneError
from odoo.addons.concord_inbox.adapters.imap import changes
from odoo.addons.concord_inbox.sync import engine
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from tests.servers.rough import Accident, RoughProxy

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
        self.assertFalse(message.is_changed or message.copy_ids.moving_to_id)
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

    def trash_unfollowed(self, subject):
        trash = self.folder(self.account, "Trash")
        trash.write({"is_active": False, "cursor": False})
        message = self.message(subject)
        message.action_trash()
        self.sync(self.account)
        self.assertEqual(set(self.on_server("Trash")), {subject})
        return message

    def test_trash_that_is_not_followed(self):
        message = self.trash_unfollowed("N1")
        self.assertTrue(message.exists(), "it can be taken back for a while")
        inbox = (
            self.env["inbox.message"].with_user(self.env.ref("base.user_admin")).search([("is_in_inbox", "=", True)])
        )
        self.assertNotIn("N1", inbox.mapped("subject"))
        self.sync(self.account)
        self.assertTrue(message.exists())
        self.env.cr.execute("UPDATE inbox_message SET orphaned_at = orphaned_at - interval '2 days'")
        self.sync(self.account)
        self.assertFalse(message.exists())
        self.assertEqual(set(self.on_server("Trash")), {"N1"})

    def test_taken_back_from_a_trash_that_is_not_followed(self):
        message = self.trash_unfollowed("N1")
        inbox = self.folder(self.account, "INBOX")
        message.action_star()
        message.action_move(inbox)
        self.sync(self.account)
        self.assertEqual(self.on_server("Trash"), {})
        self.assertEqual(self.on_server("INBOX")["N1"], {"\\Flagged"})
        self.assertEqual(message.copy_ids.folder_id, inbox)
        self.assertFalse(message.orphaned_at or message.moved_to_id or message.is_changed)
        self.sync(self.account)
        self.assertEqual(len(self.messages(self.account)), 5)
        self.assertEqual(message.copy_ids.folder_id, inbox)

    def test_deleted_for_good_from_a_trash_that_is_not_followed(self):
        message = self.trash_unfollowed("N1")
        message.action_delete()
        self.sync(self.account)
        self.assertEqual(self.on_server("Trash"), {})
        self.assertFalse(message.exists())

    def test_somebody_else_emptied_the_trash_meanwhile(self):
        message = self.trash_unfollowed("N1")
        self.other.select_folder("Trash")
        self.other.delete_messages(self.other.search())
        self.other.expunge()
        message.action_move(self.folder(self.account, "INBOX"))
        self.sync(self.account)
        self.assertFalse(message.exists())

    def test_a_click_does_not_wait_for_a_long_first_sync(self):
        self.patch(changes, "PIECE", 5)
        self.patch(changes, "LARGEST_PIECE", 5)
        self.append("Clients", *[email(f"C{n}", message_id=f"<c{n}@x>") for n in range(30)])
        self.folder(self.account, "Clients").cursor = False
        seen = []

        def progress(_messages, _remaining):
            self.env.cr.commit()
            flags = self.on_server("Clients")
            seen.append(flags[clicked.subject] if (clicked := self.clicked) else None)
            if not clicked:
                self.clicked = self.messages(self.account, "Clients")[0]
                self.clicked.action_mark_read()
            return 60

        self.clicked = None
        engine.run(self.account, progress)
        self.assertEqual(seen[:2], [None, {"\\Seen"}])
        self.assertEqual(len(self.messages(self.account, "Clients")), 30)

    def test_removed_by_somebody_else_as_soon_as_it_was_there(self):
        """Neither told as arrived nor as vanished: it came and went between two looks."""
        message = self.message("N0")
        message.action_move(self.folder(self.account, "Clients"))
        move = ImapAdapter.move

        def moved(adapter, *arguments, **options):
            result = move(adapter, *arguments, **options)
            other = self.client()
            other.select_folder("Clients")
            other.move(other.search(), "Junk")
            return result

        with unittest.mock.patch.object(ImapAdapter, "move", moved):
            self.sync(self.account)
        self.assertEqual(message.copy_ids.mapped("folder_id.path"), ["Junk"])
        self.assertEqual(message.folder_ids.mapped("path"), ["Junk"])
        message.action_move(self.folder(self.account, "INBOX"))
        self.sync(self.account)
        self.assertIn("N0", self.on_server("INBOX"))

    def test_died_while_it_was_copied(self):
        """Whether that came about nobody knows: there is one copy in the end, and the email waits no longer."""
        clients = self.folder(self.account, "Clients")
        emails = self.message("N0") + self.message("N1")
        for email_ in emails:
            email_.write({"folder_ids": [Command.link(clients.id)], "is_changed": True})
        emails.copy_ids.copying_to_id = clients
        self.env.flush_all()
        self.other.select_folder("INBOX")
        self.other.copy(self.uids[1:2], "Clients")
        for _time in range(2):
            self.sync(self.account)
        self.other.select_folder("Clients", readonly=True)
        self.assertEqual(len(self.other.search()), 2)
        for email_ in emails:
            self.assertEqual(sorted(email_.copy_ids.folder_id.mapped("path")), ["Clients", "INBOX"])
            self.assertEqual(sorted(email_.folder_ids.mapped("path")), ["Clients", "INBOX"])
            self.assertFalse(email_.is_changed)
            self.assertFalse(email_.copy_ids.copying_to_id)

    def test_answered(self):
        self.message().action_mark_answered()
        self.sync(self.account)
        self.assertEqual(self.on_server("INBOX")["N0"], {"\\Answered"})
        self.message().action_mark_unanswered()
        self.sync(self.account)
        self.assertEqual(self.on_server("INBOX")["N0"], set())
        self.assertFalse(self.message().is_answered)

    def test_delete_for_good(self):
        self.other.select_folder("INBOX")
        self.other.add_flags([self.uids[4]], ["\\Deleted"])
        self.sync(self.account)
        self.message("N0").action_delete()
        self.assertFalse(self.messages(self.account, "INBOX").filtered(lambda message: message.subject == "N0"))
        self.sync(self.account)
        self.assertEqual(set(self.on_server("INBOX")), {"N1", "N2", "N3", "N4"})
        self.assertFalse(self.message("N0"))

    def test_only_who_deletes_for_good_deletes_everywhere(self):
        """Some providers have one email in several folders: taken from one of them, it stays in the others."""
        self.other.select_folder("INBOX")
        self.other.copy([self.uids[0]], "Clients")
        self.sync(self.account)
        asked, delete = [], ImapAdapter.delete

        def note(adapter, folder, cursor, ids, *, everywhere=False):
            asked.append(everywhere)
            return delete(adapter, folder, cursor, ids, everywhere=everywhere)

        with unittest.mock.patch.object(ImapAdapter, "delete", note):
            self.message("N0").action_trash()
            self.sync(self.account)
            self.assertEqual(asked, [False])
            self.message("N1").action_delete()
            self.sync(self.account)
        self.assertEqual(asked, [False, True])

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

    # ------------------------------------------------------------ lost answers

    def lose_answer(self, command):
        """Synchronise; the server's answer to a command is lost, and that to its repetition."""
        with RoughProxy(self.server.ports["imap"]) as proxy:
            proxy.plan = [Accident("swallow", command, whole=True) for _time in range(2)]
            self.account.imap_port = proxy.port
            self.assertIsNotNone(self.account._sync()[self.account.id].error)
            self.account.imap_port = self.server.ports["imap"]
        self.env.invalidate_all()

    def places(self, subject="N0"):
        paths = ("INBOX", "Clients", "Archive", "Trash")
        return [path for path in paths if subject in self.on_server(path)]

    def test_undone_after_the_answer_was_lost(self):
        message = self.message()
        message.action_move(self.folder(self.account, "Clients"))
        self.lose_answer(b"MOVE")
        self.assertEqual(self.places(), ["Clients"])
        message.action_move(self.folder(self.account, "INBOX"))
        message.action_star()
        self.sync(self.account)
        self.sync(self.account)
        self.assertEqual(self.places(), ["INBOX"])
        self.assertEqual(self.on_server("INBOX")["N0"], {"\\Flagged"})
        self.assertEqual(message.folder_ids.path, "INBOX")
        self.assertFalse(message.is_changed or message.copy_ids.moving_to_id)

    def test_deleted_after_the_answer_was_lost(self):
        message = self.message()
        message.action_move(self.folder(self.account, "Clients"))
        self.lose_answer(b"MOVE")
        message.action_delete()
        self.sync(self.account)
        self.sync(self.account)
        self.assertEqual(self.places(), [])
        self.assertFalse(message.exists())

    def test_a_flag_taken_back_after_the_answer_was_lost(self):
        message = self.message()
        message.action_star()
        self.lose_answer(b"STORE")
        self.assertEqual(self.on_server("INBOX")["N0"], {"\\Flagged"})
        message.action_unstar()
        self.sync(self.account)
        self.assertEqual(self.on_server("INBOX")["N0"], set())
        self.assertFalse(message.is_starred or message.copy_ids.in_doubt)

    # ------------------------------------------------------------ others meanwhile

    def test_one_of_two_copies_went_while_the_email_was_moved(self):
        self.other.select_folder("INBOX")
        self.other.copy([self.uids[0]], "Clients")
        self.sync(self.account)
        for path in ("INBOX", "Clients"):
            message = self.message()
            self.assertEqual(len(message.copy_ids), 2)
            message.action_trash()
            self.other.select_folder(path)
            found = self.other.search(["SUBJECT", "N0"])
            self.other.delete_messages(found)
            self.other.uid_expunge(found)
            self.sync(self.account)
            self.sync(self.account)
            self.assertEqual(self.places(), ["Trash"])
            self.assertEqual(message.folder_ids.path, "Trash")
            # And the other way round.
            self.other.select_folder("Trash")
            self.other.copy(self.other.search(["SUBJECT", "N0"]), "INBOX")
            self.other.move(self.other.search(["SUBJECT", "N0"]), "Clients")
            self.sync(self.account)

    def test_starred_while_it_was_found_elsewhere(self):
        """Somebody else moved it, the user only starred it: the copy that is left must not be taken for surplus."""
        message = self.message()
        message.action_move(self.folder(self.account, "Clients"))
        self.sync(self.account)
        self.other.select_folder("Clients")
        self.other.move(self.other.search(), "INBOX")
        look = ImapAdapter.changes

        def changes_of(adapter, remote, *arguments):
            if remote.path == "INBOX":
                message.action_star()
                self.env.cr.commit()
            if remote.path == "Clients":
                raise FolderGoneError("no_access", path=remote.path)
            return look(adapter, remote, *arguments)

        with unittest.mock.patch.object(ImapAdapter, "changes", changes_of):
            self.sync(self.account)
        self.assertEqual(set(message.copy_ids.mapped("folder_id.path")), {"INBOX", "Clients"})
        self.sync(self.account)
        self.assertEqual(self.places(), ["INBOX"])
        self.assertEqual(message.folder_ids.path, "INBOX")
        self.assertEqual(self.on_server("INBOX")["N0"], {"\\Flagged"})

    def test_the_copy_that_should_stay_is_gone(self):
        """Of two copies one should go, but somebody else has just deleted the other."""
        self.other.select_folder("INBOX")
        self.other.copy([self.uids[0]], "Clients")
        self.sync(self.account)
        message = self.message()
        message.with_context(inbox_folder_id=self.folder(self.account, "INBOX").id).action_move(
            self.folder(self.account, "Clients")
        )
        self.assertEqual(message.folder_ids.path, "Clients")
        self.other.select_folder("Clients")
        self.other.delete_messages(self.other.search())
        self.other.expunge()
        self.sync(self.account)
        self.assertEqual(self.places(), ["INBOX"])
        self.assertEqual(message.folder_ids.path, "INBOX")
        self.assertFalse(message.is_changed)

    def test_what_was_deleted_does_not_return(self):
        message = self.message()
        message.action_delete()
        self.other.select_folder("INBOX")
        self.other.copy([self.uids[0]], "Archive")
        self.other.move([self.uids[0]], "Clients")
        self.sync(self.account)
        self.sync(self.account)
        self.assertEqual(self.places(), [])
        self.assertFalse(message.exists())

    def test_rows_from_before_an_update(self):
        # Odoo leaves a Boolean column that it adds empty in the rows that are there.
        self.env.cr.execute("UPDATE inbox_message SET is_changed = NULL, is_deleted = NULL")
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
