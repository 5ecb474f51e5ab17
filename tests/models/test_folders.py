"""Folders made, renamed, deleted and emptied from here, upon a real server."""

from odoo import Command
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.sync import engine
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from tests.servers.dovecot import Dovecot
from tests.sync.common import SyncCase, ago, email


class FolderCase(SyncCase):
    def setUp(self):
        super().setUp()
        self.other = self.client()
        for path, subjects in (("INBOX", "A"), ("Clients", "BC"), ("Clients/Éva", "D"), ("Clients/Éva/Old", "E")):
            emails = [email(subject, message_id=f"<{subject}@x>") for subject in subjects]
            self.append(path, *emails, date=ago(days=3))
        self.account = self.connect()
        self.sync(self.account)

    def paths(self):
        """The folders that the server lists."""
        return {name for _flags, _delimiter, name in self.client().list_folders()}

    def on_server(self, path):
        client = self.client()
        client.select_folder(path, readonly=True)
        rows = client.fetch(client.search(), ["ENVELOPE"])
        return sorted(row[b"ENVELOPE"].subject.decode() for row in rows.values())

    def rows_of(self, *tables):
        self.env.flush_all()
        found = []
        for table in tables:
            self.env.cr.execute(f"SELECT id, ctid::text FROM {table} ORDER BY id")
            found.append(self.env.cr.fetchall())
        return found

    def all_folders(self):
        self.env.invalidate_all()
        return {folder.path: folder.id for folder in self.account.folder_ids}


@tagged("post_install", "-at_install")
class TestFolders(FolderCase):
    def test_create(self):
        folder = self.account._create_folder("  Größen & Maße ")
        below = self.account._create_folder("日本", folder)
        self.assertEqual((folder.path, below.path), ("Größen & Maße", "Größen & Maße/日本"))
        self.assertTrue(folder.is_active and below.is_active)
        self.assertLessEqual({folder.path, below.path}, self.paths())
        before = self.all_folders()
        self.sync(self.account)
        self.assertEqual(self.all_folders(), before)
        self.messages(self.account, "INBOX").action_move(folder)
        self.sync(self.account)
        self.assertEqual(self.on_server("Größen & Maße"), ["A"])

    def test_names(self):
        clients = self.folder(self.account, "Clients")
        for name, words in (
            ("", "Give the folder a name"),
            ("   ", "Give the folder a name"),
            ("a/b", "cannot have a folder called"),
            ("a*", "cannot have a folder called"),
            ("a\nb", "line break"),
            ("clients", "already"),
            ("inbox", "already"),
        ):
            with self.subTest(name=name), self.assertRaisesRegex(UserError, words):
                self.account._create_folder(name)
        with self.assertRaisesRegex(UserError, "already"):
            self.account._create_folder("Éva", clients)
        # Made by another program a moment ago: the server knows better.
        self.other.create_folder("Fresh")
        with self.assertRaisesRegex(UserError, "already"):
            self.account._create_folder("Fresh")
        self.account._create_folder("Clients", clients)
        self.assertIn("Clients/Clients", self.paths())

    def test_rename_keeps_everything_below(self):
        clients = self.folder(self.account, "Clients")
        ids = self.all_folders()
        clients.is_active = False
        messages = self.messages(self.account)
        rows = self.rows_of("inbox_message", "inbox_message_copy")
        cursors = {folder.id: folder.cursor for folder in self.account.folder_ids}
        clients._rename("Kunden")
        self.assertEqual(
            self.all_folders(), {path.replace("Clients", "Kunden"): folder for path, folder in ids.items()}
        )
        self.assertEqual(clients.name, "Kunden")
        self.assertFalse(clients.is_active)
        self.assertEqual({folder.id: folder.cursor for folder in self.account.folder_ids}, cursors)
        self.assertLessEqual({"Kunden", "Kunden/Éva", "Kunden/Éva/Old"}, self.paths())
        self.assertNotIn("Clients/Éva", self.paths())
        recording = self.server.record(self.mail_user)
        self.sync(self.account)
        self.assertEqual(self.rows_of("inbox_message", "inbox_message_copy"), rows, "nothing is stored again")
        self.assertNotIn(b"BODY.PEEK[]", b"".join(path.read_bytes() for path in recording.glob("*.in")))
        self.assertEqual(self.messages(self.account), messages)

    def test_rename_to_another_place(self):
        eva, clients = self.folder(self.account, "Clients/Éva"), self.folder(self.account, "Clients")
        with self.assertRaisesRegex(UserError, "below itself"):
            clients._rename("Clients", eva)
        eva._rename("Éva", None)
        self.assertEqual((eva.path, eva.parent_id), ("Éva", clients.browse()))
        self.assertIn("Éva/Old", self.paths())
        eva._rename("éva")
        self.assertEqual(eva.path, "éva", "another spelling of its own name")
        ids = self.all_folders()
        self.sync(self.account)
        self.assertEqual(self.all_folders(), ids)

    def test_folders_with_a_role_stay(self):
        for folder in self.account.folder_ids.filtered("role"):
            for change in (
                lambda folder=folder: folder._rename("Other"),
                lambda folder=folder: folder._delete(to_trash=False),
                folder.action_rename,
                folder.action_delete_folder,
            ):
                with self.subTest(folder=folder.path), self.assertRaisesRegex(UserError, "keeps for"):
                    change()

    def test_delete_with_the_emails(self):
        clients = self.folder(self.account, "Clients")
        action = clients.action_delete_folder()
        self.assertEqual(action["context"]["default_email_count"], 4)
        self.assertEqual(action["context"]["default_below"], "Clients/Éva\nClients/Éva/Old")
        clients._delete(to_trash=False)
        self.assertFalse({path for path in self.paths() if path.startswith("Clients")})
        self.assertFalse({path for path in self.all_folders() if path.startswith("Clients")})
        self.sync(self.account)
        self.assertEqual(self.messages(self.account).mapped("subject"), ["A"])

    def test_delete_after_moving_the_emails_to_the_trash(self):
        # Received before the time that is synchronised: not here, yet in the folder.
        self.append("Clients", email("Ancient", message_id="<ancient@x>"), date=ago(days=400))
        messages = {message.subject: message for message in self.messages(self.account)}
        clients = self.folder(self.account, "Clients")
        action = clients.action_delete_folder()
        wizard = self.env[action["res_model"]].with_context(**action["context"]).create({})
        self.assertEqual((wizard.what, wizard.email_count), ("trash", 5))
        wizard.action_delete()
        self.assertFalse({path for path in self.paths() if path.startswith("Clients")})
        self.assertEqual(self.on_server("Trash"), ["Ancient", "B", "C", "D", "E"])
        self.sync(self.account)
        for subject in "BCDE":
            self.assertEqual(messages[subject].exists().folder_ids.path, "Trash", "it kept its record")

    def test_nothing_is_deleted_that_was_just_moved_out(self):
        self.messages(self.account, "Clients")[0].action_archive_email()
        with self.assertRaisesRegex(UserError, "still on its way"):
            self.folder(self.account, "Clients")._delete(to_trash=False)
        self.sync(self.account)
        self.folder(self.account, "Clients")._delete(to_trash=False)
        self.sync(self.account)
        self.assertEqual(len(self.on_server("Archive")), 1)

    def test_what_another_program_did_meanwhile(self):
        self.other.delete_folder("Clients/Éva/Old")
        with self.assertRaisesRegex(UserError, "not exist"):
            self.folder(self.account, "Clients/Éva/Old")._rename("New")
        self.folder(self.account, "Clients/Éva/Old")._delete(to_trash=True)
        self.assertNotIn("Clients/Éva/Old", self.all_folders())

    def test_a_server_that_is_down(self):
        self.server._temporary = False
        self.server.stop()
        self.addCleanup(self.server.start)
        for change in (
            lambda: self.account._create_folder("New"),
            lambda: self.folder(self.account, "Clients")._rename("New"),
            lambda: self.folder(self.account, "Clients")._delete(to_trash=True),
        ):
            with self.assertRaisesRegex(UserError, "does not accept connections"):
                change()
        self.assertIn("Clients/Éva/Old", self.all_folders())

    def test_a_listing_from_before_is_not_merged(self):
        clients = self.folder(self.account, "Clients")
        ids = self.all_folders()
        changes = [lambda: clients._rename("Kunden"), lambda: self.account._create_folder("New")]
        cr = self.env.cr

        class Listing:
            """The real server's adapter; the user is at work between its listing and the merge."""

            def __init__(self, adapter):
                self.adapter = adapter
                self.listed = 0

            def folders(self):
                found = self.adapter.folders()
                self.listed += 1
                if changes:
                    changes.pop(0)()
                    cr.commit()  # both share a connection here, so that a rollback of one would be the other's
                return found

        with open_adapter("imap", self.account._adapter_settings()) as adapter:
            listing = Listing(adapter)
            found = engine.list_folders(self.account, listing, self.env.cr.commit)
        self.assertEqual(listing.listed, 3)
        after = self.all_folders()
        self.assertLessEqual({"New", "Kunden", "Kunden/Éva"}, after.keys())
        self.assertNotIn("Clients", after)
        self.assertEqual(after["Kunden/Éva/Old"], ids["Clients/Éva/Old"])
        self.assertEqual({folder.path for folder in found}, set(after))

    def test_a_folder_deleted_under_a_run(self):
        clients = self.folder(self.account, "Clients")
        self.append("Clients", email("F", message_id="<F@x>"), date=ago(days=1))
        pull = engine.FolderPull
        deleted = []

        class Interrupted(pull):
            """The user deletes the folder after the run has asked for what is new in it."""

            def pieces(self):
                if self.folder == clients and not deleted:
                    deleted.append(clients._delete(to_trash=False))
                    clients.env.cr.commit()
                return super().pieces()

        self.patch(engine, "FolderPull", Interrupted)
        self.sync(self.account)
        self.assertTrue(deleted)
        self.sync(self.account)
        self.assertEqual(self.messages(self.account).mapped("subject"), ["A"])
        self.assertFalse(self.account.last_error)

    def test_who_may(self):
        def user(name, group):
            return self.env["res.users"].create(
                {"name": name, "login": name, "group_ids": [Command.set(self.env.ref(group).ids)]}
            )

        owner = user("owner", "concord_inbox.group_inbox_user")
        colleague = user("colleague", "concord_inbox.group_inbox_user")
        shared_user = user("shared", "concord_inbox.group_shared_inbox")
        manager = user("manager", "concord_inbox.group_inbox_manager")
        employee = user("employee", "base.group_user")
        system = user("system", "base.group_system")
        for kind, allowed in (("shared", manager), ("personal", owner)):
            if kind == "personal":
                self.env.cr.execute(
                    "UPDATE inbox_account SET account_type = 'personal', user_id = %s WHERE id = %s",
                    [owner.id, self.account.id],
                )
                self.env.invalidate_all()
            for someone in (owner, colleague, shared_user, manager, employee, system):
                account = self.account.with_user(someone)
                clients = self.folder(self.account, "Clients").with_user(someone)
                trash = self.folder(self.account, "Trash").with_user(someone)
                for change in (
                    lambda account=account, kind=kind: account._create_folder(f"New {kind}"),
                    account.action_new_folder,
                    clients.action_new_subfolder,
                    clients.action_rename,
                    clients.action_delete_folder,
                    lambda clients=clients, kind=kind: clients._rename(f"Clients {kind}"),
                    trash._empty,
                    lambda clients=clients: clients._delete(to_trash=True),
                ):
                    if someone == allowed:
                        continue
                    with self.subTest(kind=kind, user=someone.name), self.assertRaises(AccessError):
                        change()
                if someone != allowed and someone not in (shared_user,):
                    with self.assertRaises(AccessError):
                        # A window shows the names of what it is about.
                        self.env["inbox.folder.delete"].with_user(someone).create({"folder_id": clients.id})
            account = self.account.with_user(allowed)
            account._create_folder(f"New {kind}")
            new = self.folder(account, f"New {kind}")
            self.assertTrue(new.is_editable)
            new._rename(f"Newer {kind}")
            new._delete(to_trash=True)
        nodes = self.env["inbox.message"].with_user(owner).search_panel_select_range("folder_id")["values"]
        self.assertTrue(all(node["is_editable"] for node in nodes if isinstance(node["id"], int)))


@tagged("post_install", "-at_install")
class TestEmpty(FolderCase):
    def setUp(self):
        super().setUp()
        self.trash = self.folder(self.account, "Trash")

    def test_what_is_shown(self):
        self.messages(self.account, "Clients").action_trash()
        self.sync(self.account)
        # The one email, which another program put into two folders, leaves the trash alone.
        self.other.select_folder("Trash")
        self.other.copy([self.other.search()[0]], "Archive")
        self.sync(self.account)
        [kept] = self.messages(self.account, "Archive")
        self.assertEqual(len(kept.folder_ids), 2)
        action = self.trash.action_empty()
        self.assertEqual(action["context"]["default_shown_count"], 2)
        wizard = self.env[action["res_model"]].with_context(**action["context"]).create({})
        wizard.action_empty()
        self.assertFalse(self.messages(self.account, "Trash"))
        self.assertEqual(self.trash.unread_count, 0)
        self.sync(self.account)
        self.assertEqual(self.on_server("Trash"), [])
        self.assertEqual(kept.exists().folder_ids.path, "Archive")
        self.assertEqual(self.on_server("Archive"), [kept.subject])
        self.assertEqual(sorted(self.messages(self.account).mapped("subject")), sorted(["A", "D", "E", kept.subject]))
        with self.assertRaisesRegex(UserError, "empty already"):
            self.trash.action_empty()

    def test_older_ones_only_when_asked(self):
        self.append("Trash", email("Ancient", message_id="<ancient@x>"), date=ago(days=400))
        self.messages(self.account, "INBOX").action_trash()
        self.sync(self.account)
        self.sync(self.account)
        action = self.trash.action_empty()
        self.assertEqual(action["context"]["default_shown_count"], 1)
        self.assertEqual(action["context"]["default_older_count"], 1)
        self.trash._empty()
        self.sync(self.account)
        self.assertEqual(self.on_server("Trash"), ["Ancient"])
        self.sync(self.account)
        self.trash._empty(with_older=True)
        # What comes after the click is not meant.
        self.append("Trash", email("Later", message_id="<later@x>"), date=ago(days=1))
        self.sync(self.account)
        self.assertEqual(self.on_server("Trash"), ["Later"])
        self.assertFalse(self.trash.emptying)
        self.sync(self.account)
        self.assertEqual(self.on_server("Trash"), ["Later"])

    def test_what_was_put_back_in_time_stays(self):
        self.messages(self.account, "Clients").action_trash()
        self.sync(self.account)
        message = self.messages(self.account, "Trash")[0]
        self.trash._empty(with_older=True)
        self.sync(self.account)
        self.assertFalse(message.exists())
        self.messages(self.account, "INBOX").action_trash()
        self.sync(self.account)
        self.trash._empty(with_older=True)
        self.messages(self.account).filtered("is_deleted").write({"is_deleted": False})
        message = self.messages(self.account).filtered(lambda one: one.subject == "A")
        message.action_move(self.folder(self.account, "INBOX"))
        self.sync(self.account)
        self.assertEqual(self.on_server("INBOX"), ["A"])

    def test_only_trash_and_spam(self):
        for path in ("INBOX", "Clients", "Archive"):
            with self.assertRaisesRegex(UserError, "Only the trash"):
                self.folder(self.account, path)._empty()
            with self.assertRaisesRegex(UserError, "Only the trash"):
                self.folder(self.account, path).action_empty()

    def test_thousands(self):
        sources = [email(f"S{number}", message_id=f"<s{number}@x>") for number in range(600)]
        self.append("Junk", *sources, date=ago(days=0))
        self.sync(self.account)
        junk = self.folder(self.account, "Junk")
        self.assertEqual(junk._shown_count(), 600)
        recording = self.server.record(self.mail_user)
        # The number of queries does not depend on the number of emails.
        with self.assertQueryCount(60):
            junk._empty()
        self.sync(self.account)
        self.assertEqual(self.on_server("Junk"), [])
        self.assertFalse(self.messages(self.account, "Junk"))
        lines = b"".join(path.read_bytes() for path in recording.glob("*.in")).split(b"\r\n")
        self.assertLessEqual(len([line for line in lines if b"EXPUNGE" in line]), 2)


@tagged("post_install", "-at_install")
class TestWithoutUidplus(FolderCase):
    """A server that cannot remove single messages: what is moved stays where it was, marked as deleted."""

    @classmethod
    def make_server(cls):
        return Dovecot(hide=("MOVE", "UIDPLUS"))

    def test_delete_after_moving_the_emails_to_the_trash(self):
        messages = {message.subject: message for message in self.messages(self.account)}
        clients = self.folder(self.account, "Clients")
        clients._delete(to_trash=True)
        self.assertFalse({path for path in self.paths() if path.startswith("Clients")})
        self.assertEqual(self.on_server("Trash"), ["B", "C", "D", "E"])
        self.sync(self.account)
        for subject in "BCDE":
            self.assertEqual(messages[subject].exists().folder_ids.path, "Trash", "it kept its record")
