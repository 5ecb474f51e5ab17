"""What a folder is for, chosen by hand, and the tree in which an account's folders are shown."""

from odoo.exceptions import AccessError, UserError

from tests.servers.dovecot import Dovecot
from tests.sync.common import SyncCase


class TestRoles(SyncCase):
    @classmethod
    def make_server(cls):
        return Dovecot(special_use=False)

    def setUp(self):
        super().setUp()
        client = self.client()
        for name in ("Sent", "Ablage", "Ablage/2026", "Ablage/2025", "Abfall", "Zöll"):
            client.create_folder(name)
        self.account = self.connect(active=False)

    def make_user(self, name, group):
        return (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": name,
                    "login": f"{name}_roles",
                    "group_ids": [(6, 0, self.env.ref(f"concord_inbox.{group}").ids)],
                }
            )
        )

    def roles(self):
        self.env.invalidate_all()
        return {folder.path: folder.role for folder in self.account.folder_ids if folder.role}

    def test_chosen_by_whoever_manages_the_account_and_kept(self):
        self.assertEqual(self.roles(), {"INBOX": "inbox", "Sent": "sent"})
        manager = self.make_user("manager", "group_inbox_manager")
        trash = self.folder(self.account, "Abfall").with_user(manager)
        trash.role = "trash"
        self.assertEqual(self.roles(), {"INBOX": "inbox", "Sent": "sent", "Abfall": "trash"})
        self.assertTrue(trash.is_role_manual)
        # Against the server's word, which the next listing says again.
        self.folder(self.account, "Zöll").with_user(manager).role = "sent"
        expected = {"INBOX": "inbox", "Zöll": "sent", "Abfall": "trash"}
        self.assertEqual(self.roles(), expected)
        self.sync(self.account)
        self.assertEqual(self.roles(), expected)
        self._list_folders(self.account)
        self.assertEqual(self.roles(), expected)
        # None at all, though the server's word gives one.
        self.folder(self.account, "Zöll").with_user(manager).role = False
        self.sync(self.account)
        self.assertEqual(self.roles(), {"INBOX": "inbox", "Sent": "sent", "Abfall": "trash"})
        self.folder(self.account, "Sent").with_user(manager).role = False
        self.sync(self.account)
        self.assertEqual(self.roles(), {"INBOX": "inbox", "Abfall": "trash"})

    def test_back_to_the_word_of_the_server(self):
        manager = self.make_user("manager", "group_inbox_manager")
        folder = self.folder(self.account, "Zöll").with_user(manager)
        folder.role = "sent"
        folder.action_forget_role()
        self.assertEqual(self.roles(), {"INBOX": "inbox", "Sent": "sent"})
        self.assertFalse(folder.is_role_manual)

    def test_one_folder_for_each_role(self):
        manager = self.make_user("manager", "group_inbox_manager")
        first, second = (self.folder(self.account, path).with_user(manager) for path in ("Abfall", "Zöll"))
        first.role = "trash"
        second.role = "trash"
        self.assertEqual((first.role, second.role), (False, "trash"))
        self.assertFalse(first.is_role_manual)
        with self.assertRaises(UserError):
            (first | second).write({"role": "archive"})

    def test_a_renamed_folder_keeps_its_role(self):
        manager = self.make_user("manager", "group_inbox_manager")
        folder = self.folder(self.account, "Abfall").with_user(manager)
        folder.role = "trash"
        self.client().rename_folder("Abfall", "Müll")
        self.sync(self.account)
        self.assertEqual((folder.exists().path, folder.role, folder.is_role_manual), ("Müll", "trash", True))

    def test_the_inbox_is_the_inbox(self):
        manager = self.make_user("manager", "group_inbox_manager")
        for path, role in (("INBOX", "archive"), ("INBOX", False), ("Zöll", "inbox")):
            with self.assertRaises(UserError):
                self.folder(self.account, path).with_user(manager).role = role

    def test_nobody_else(self):
        reader = self.make_user("reader", "group_shared_inbox")
        stranger = self.make_user("stranger", "group_inbox_user")
        folder = self.folder(self.account, "Abfall")
        for user in (reader, stranger):
            with self.assertRaises(AccessError):
                folder.with_user(user).role = "trash"
            with self.assertRaises(AccessError):
                folder.with_user(user).action_forget_role()
        with self.assertRaises(AccessError):
            folder.with_user(self.make_user("manager", "group_inbox_manager")).is_role_manual = True

    def test_the_tree(self):
        def tree():
            self.env.invalidate_all()
            folders = self.account.folder_ids.sorted("position")
            self.assertEqual(folders.mapped("position"), list(range(len(folders))))
            return [(folder.depth, folder.name) for folder in folders]

        self.assertEqual(
            tree(),
            [(0, "INBOX"), (0, "Sent"), (0, "Abfall"), (0, "Ablage"), (1, "2025"), (1, "2026"), (0, "Zöll")],
        )
        self.client().create_folder("Ablage/2025/März")
        self.sync(self.account)
        self.assertEqual(tree()[3:7], [(0, "Ablage"), (1, "2025"), (2, "März"), (1, "2026")])
        self.folder(self.account, "Ablage").with_user(self.make_user("manager", "group_inbox_manager")).role = "trash"
        self.assertEqual(tree()[-4:], [(0, "Ablage"), (1, "2025"), (2, "März"), (1, "2026")])

    def test_what_is_on_the_server_is_told_before_anything_was_brought(self):
        self.append("Abfall", b"Subject: a\r\n\r\nx\r\n", b"Subject: b\r\n\r\nx\r\n")
        self._list_folders(self.account)
        self.assertEqual(self.folder(self.account, "Abfall").total_count, 2)
