"""What was sent and moved or deleted before its copy on the server was met is there once, where it is wanted."""

from odoo.addons.concord_inbox.sync import emptying, saved
from odoo.tests import tagged

from tests.servers.dovecot import Dovecot
from tests.servers.provider import delivers_to
from tests.servers.proxy import Proxy
from tests.servers.submission import Submission

from .common import PASSWORD
from .sending import SendCase


@tagged("post_install", "-at_install")
class TestSaved(SendCase):
    """A server that saves what it sends, which the account may not know yet."""

    def setUp(self):
        super().setUp()
        self.account.saves_sent = False

    def make_submission(self):
        return Submission({self.mail_user: PASSWORD}, keep=delivers_to(self.server, saves_sent=True))

    def sent(self):
        message = self.ready()
        self.send()
        self.assertEqual(message.state, "sent")
        return message

    def settled(self):
        for _time in range(2):
            self.sync(self.account)

    def assert_lies(self, message, *paths):
        """The email, and no other, lies in these folders on both sides."""
        there = [path for path in self.account.folder_ids.mapped("path") for _copy in self.on_server(path)]
        self.assertEqual(sorted(there), sorted(paths))
        self.assertEqual(self.messages(self.account), message)
        self.assertEqual(message.folder_ids.mapped("path"), list(paths))
        self.assertFalse(message.source or message.is_changed or message.orphaned_at)

    def test_moved_before_its_copy_was_met(self):
        message = self.sent()
        message.action_move(self.folder(self.account, "Archive"))
        self.sync(self.account)
        self.assert_lies(message, "Archive")
        self.assertEqual(self.account.saves_sent, "yes")
        self.settled()
        self.assert_lies(message, "Archive")
        self.assertEqual(message.copy_ids.folder_id.path, "Archive")

    def test_moved_from_a_folder_that_is_not_followed(self):
        self.folder(self.account, "Sent").write({"is_active": False, "cursor": False})
        message = self.sent()
        message.action_move(self.folder(self.account, "Archive"))
        self.settled()
        self.assert_lies(message, "Archive")
        self.assertEqual(message.copy_ids.folder_id.path, "Archive")

    def test_starred_before_its_copy_was_met(self):
        message = self.sent()
        message.action_star()
        self.settled()
        self.assert_lies(message, "Sent")
        self.assertTrue(message.is_starred)
        [(_source, flags)] = self.on_server()
        self.assertEqual(flags, {"\\Seen", "\\Flagged"})

    def test_deleted_before_its_copy_was_met(self):
        message = self.sent()
        message.action_delete()
        self.settled()
        self.assertFalse(self.on_server())
        self.assertFalse(self.messages(self.account))

    def test_sent_and_moved_while_a_run_is_at_work(self):
        """The look at the folder meets the copy before anybody asks for it."""
        message = self.ready()
        empty = emptying.run

        def act(*arguments):
            if message.state == "outgoing":
                self.send()
                message.action_move(self.folder(self.account, "Archive"))
                self.env.cr.commit()
            return empty(*arguments)

        self.patch(emptying, "run", act)
        self.sync(self.account)
        self.assert_lies(message, "Archive")
        self.settled()
        self.assert_lies(message, "Archive")

    def test_moved_and_the_server_does_not_save_it(self):
        self.patch(saved, "LOOKS", (0, 0))
        self.account.smtp_port = self.enterContext(Submission({self.mail_user: PASSWORD})).port
        message = self.sent()
        message.action_move(self.folder(self.account, "Archive"))
        self.settled()
        self.assert_lies(message, "Archive")
        self.assertEqual(self.account.saves_sent, "no")


@tagged("post_install", "-at_install")
class TestSavedWithoutUidplus(TestSaved):
    """The server tells no ids of what it moved."""

    @classmethod
    def make_server(cls):
        return Dovecot(hide=("UIDPLUS", "MOVE"))

    def on_server(self, path="Sent"):
        # What cannot be removed stays, marked as deleted, and counts as gone.
        return [(source, flags) for source, flags in super().on_server(path) if "\\Deleted" not in flags]


@tagged("post_install", "-at_install")
class TestLostAnswer(SendCase):
    def test_moved_after_the_answer_to_its_copy_was_lost(self):
        for target, uploaded in (("Archive", "Sent"), ("Sent", "Archive")):
            with self.subTest(target), Proxy(self.server.ports["imap"]) as proxy:
                message = self.ready(target)
                self.send()
                message.action_move(self.folder(self.account, uploaded))
                port, self.account.imap_port = self.account.imap_port, proxy.port
                proxy.swallow = b"APPENDUID"
                self.assertIsNotNone(self.account._sync()[self.account.id].error)
                self.env.invalidate_all()
                self.assertEqual(len(self.on_server(uploaded)), 1)
                message.action_move(self.folder(self.account, target))
                self.account.imap_port = port
                for _time in range(2):
                    self.sync(self.account)
                    self.assertEqual(len(self.on_server(target)), 1)
                    self.assertFalse(self.on_server(uploaded))
                    self.assertEqual(self.messages(self.account), message)
                    self.assertEqual(message.folder_ids.path, target)
                    self.assertFalse(message.source or message.is_changed)
                message.action_delete()
                self.sync(self.account)

    def lose_answer(self):
        """Send an email, whose copy the server has, and did not acknowledge; return it, and the port of the server."""
        with Proxy(self.server.ports["imap"]) as proxy:
            message = self.ready()
            self.send()
            port, self.account.imap_port = self.account.imap_port, proxy.port
            proxy.swallow = b"APPENDUID"
            self.assertIsNotNone(self.account._sync()[self.account.id].error)
        self.env.invalidate_all()
        self.assertEqual(len(self.on_server()), 1)
        self.account.imap_port = port
        return message

    def move_there(self, source, target):
        """Another client moves all of `source`."""
        client = self.client()
        client.select_folder(source)
        client.move(client.search(), target)

    def assert_lies(self, message, path):
        for _time in range(2):
            self.sync(self.account)
            there = [one for one in self.account.folder_ids.mapped("path") for _copy in self.on_server(one)]
            self.assertEqual(there, [path])
            self.assertEqual(self.messages(self.account), message)
            self.assertEqual(message.folder_ids.path, path)
            self.assertFalse(message.source or message.is_changed)

    def test_somebody_else_moved_the_copy_of_which_the_answer_was_lost(self):
        for here, there, lies in (
            (None, "Archive", "Archive"),
            ("INBOX", "Archive", "INBOX"),
            ("Archive", "Archive", "Archive"),
        ):
            with self.subTest(here=here, there=there):
                message = self.lose_answer()
                if here:
                    message.action_move(self.folder(self.account, here))
                self.move_there("Sent", there)
                self.assert_lies(message, lies)
                message.action_delete()
                self.sync(self.account)

    def test_what_was_delivered_to_oneself_is_no_copy_of_what_was_sent(self):
        message = self.lose_answer()
        [(source, _flags)] = self.on_server()
        client = self.client()
        client.select_folder("Sent")
        client.delete_messages(client.search())
        client.expunge()
        client.append("Archive", b"Received: by mx.example; Mon, 30 Nov 2026 10:00:00 +0000\r\n" + source)
        self.sync(self.account)
        self.assertEqual(len(self.on_server("Archive")), 1)
        self.assertEqual(len(self.on_server("Sent")), 1)
        self.assertEqual(message.folder_ids.path, "Sent")

    def test_marked_after_the_answer_to_its_copy_was_lost(self):
        message = self.lose_answer()
        [(_source, flags)] = self.on_server()
        self.assertEqual(flags, {"\\Seen"})
        message.action_mark_unread()
        message.action_star()
        for _time in range(2):
            self.sync(self.account)
            [(_source, flags)] = self.on_server()
            self.assertEqual(flags, {"\\Flagged"})
            self.assertFalse(message.is_read or message.is_changed)
            self.assertTrue(message.is_starred)
