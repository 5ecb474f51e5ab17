"""What must work on every server: the cases of the matrix, through the whole synchronisation."""

import re
import selectors
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from imapclient.exceptions import IMAPClientError
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.errors import ProtocolError

from tests.sync.common import SyncCase, ago, email

from .servers import Server

#: Run on every server also without `--thorough`.
CORE = ("test_flags_there", "test_moved_here")

ODD_NAMES = (
    *('Say "hi"', "NIL", "100% sure", "every*thing", "Æøå & Co", "&", "trailing ", "back\\slash", "{5}", "(x)"),
    *("日本語", "a'b", "~peter", "#news", "Nil"),
)


class Cases(SyncCase):
    """One case each; `server_entry` is the server they run against."""

    server_entry: Server
    is_thorough = False

    @classmethod
    def make_server(cls):
        return cls.server_entry.make()

    def setUp(self):
        name = self._testMethodName
        if reason := self.server_entry.cannot.get(name):
            self.skipTest(reason)
        if not (self.is_thorough or self.server_entry.ordinary or name in CORE):
            self.skipTest("takes long; ./test --thorough runs it")
        super().setUp()
        self.other = self.client()

    # ------------------------------------------------------------ the other client

    def path(self, *names):
        """A folder's path on this server."""
        return self.server.prefix + self.server.separator.join(names)

    def deliver(self, folder, *subjects, **options):
        """Put emails into a folder, as delivery does; the subjects tell them apart."""
        self.append(folder, *(email(subject, message_id=f"<{subject}@x.example>") for subject in subjects), **options)

    def make_folder(self, *names):
        path = self.path(*names)
        self.other.create_folder(path)
        return path

    def rename_folder(self, old, new):
        self.leave()
        self.other.rename_folder(old, new)
        if self.server_entry.after_rename:
            self.server_entry.after_rename(self.server, new)

    def leave(self):
        """Have no folder open: some servers do not let an open one be changed."""
        with suppress(IMAPClientError):
            if self.other.has_capability("UNSELECT"):
                self.other.unselect_folder()
            else:
                self.other.select_folder("INBOX", readonly=True)
                self.other.close_folder()

    def rows(self, path):
        """uid -> (subject, flags) as the other client sees a folder.

        Where single emails cannot be removed, those that are marked as deleted count as gone.
        """
        self.leave()
        if not self.other.select_folder(path)[b"EXISTS"]:
            return {}
        found = {}
        for uid, row in self.other.fetch(self.other.search(), ["FLAGS", "BODY.PEEK[HEADER]"]).items():
            header = next(value for name, value in row.items() if name.startswith(b"BODY[HEADER"))
            subject = re.search(rb"(?im)^Subject: (.*?)\r?$", header)[1].decode()
            flags = {flag.decode() for flag in row[b"FLAGS"]} - {"\\Recent"}
            if "\\Deleted" not in flags or self.server_entry.expunges:
                found[uid] = (subject, flags)
        return found

    def on_server(self, path):
        """subject -> flags; fails when an email is there twice."""
        rows = self.rows(path)
        found = dict(rows.values())
        self.assertEqual(len(found), len(rows), f"something is doubled in {path}")
        return found

    def uids(self, path, *subjects):
        """UIDs, with the folder open for changing."""
        return [uid for uid, (subject, _flags) in self.rows(path).items() if not subjects or subject in subjects]

    def move_there(self, source, target, *subjects):
        """The other client moves emails."""
        uids = self.uids(source, *subjects)
        if self.other.has_capability("MOVE"):
            self.other.move(uids, target)
        else:
            self.other.copy(uids, target)
            self.remove_there(uids)

    def remove_there(self, uids):
        """The other client deletes emails of the folder that it has open."""
        self.other.add_flags(uids, ["\\Deleted"], silent=True)
        self.other.expunge()

    # ------------------------------------------------------------ both sides

    def synced(self, **values):
        """An account that is in step."""
        account = self.connect(**values)
        self.sync(account)
        return account

    def mail(self, account, subject):
        """The one email of this subject."""
        message = self.messages(account).filtered(lambda one: one.subject == subject)
        self.assertEqual(len(message), 1, f"{subject}: {len(message)} emails")
        return message

    def where(self, message):
        """The paths of the folders that an email is in; the one that holds everything does not count."""
        return sorted(message.folder_ids.filtered(lambda folder: folder.role not in ("all", "flagged")).mapped("path"))

    def role(self, account, role):
        folder = account.folder_ids.filtered(lambda one: one.role == role)
        if not folder:
            self.skipTest(f"the server has no folder with the role {role}, and nobody made one")
        return folder

    def assert_in_step(self, account):
        """Both sides hold the same folders, emails and flags."""
        # imapclient takes a folder of the name NIL for none.
        listed = {row[2] or "NIL": row[0] for row in self.other.list_folders()}
        followed = account.folder_ids.filtered("is_selectable")
        self.assertEqual(
            {path for path, flags in listed.items() if b"\\Noselect" not in flags and b"\\NonExistent" not in flags},
            set(followed.mapped("path")),
        )
        for folder in followed.filtered("is_active"):
            here = {}
            for copy in self.env["inbox.message.copy"].search([("folder_id", "=", folder.id)]):
                message = copy.inbox_message_id
                self.assertNotIn(message.subject, here, f"doubled in {folder.path}")
                self.assertIn(folder, message.folder_ids)
                flags = {"\\Seen"} if copy.seen else set()
                here[message.subject] = flags | ({"\\Flagged"} if copy.flagged else set())
            there = {name: flags & {"\\Seen", "\\Flagged"} for name, flags in self.on_server(folder.path).items()}
            self.assertEqual(here, there, folder.path)
        self.assertFalse(any(self.messages(account).mapped("is_changed")))
        self.assertEqual(self.messages(account).filtered(lambda one: not one.folder_ids).ids, [])
        self.leave()

    def written(self):
        """The versions of all rows: one that was written, though with the same content, has another."""
        self.env.flush_all()
        found = {}
        for table in ("inbox_message", "inbox_message_copy", "inbox_folder", "inbox_conversation"):
            self.env.cr.execute(f"SELECT id, ctid::text FROM {table} ORDER BY id")
            found[table] = self.env.cr.fetchall()
        return found

    @contextmanager
    def adapter(self, account):
        with open_adapter("imap", account._adapter_settings()) as adapter:
            yield adapter

    # ------------------------------------------------------------ in

    def test_first_sync(self):
        """First sync: all folders, newest first, from the cut-off on"""
        clients = self.make_folder("Clients")
        self.deliver("INBOX", "too old", date=ago(days=40))
        self.deliver("INBOX", "older", flags=["\\Seen"], date=ago(days=20))
        self.deliver("INBOX", "newer", flags=["\\Flagged"], date=ago(days=2))
        self.deliver(clients, "filed", date=ago(days=5))
        account = self.synced()
        self.assertEqual(set(self.messages(account).mapped("subject")), {"older", "newer", "filed"})
        self.assertEqual(self.where(self.mail(account, "filed")), [clients])
        older, newer = self.mail(account, "older"), self.mail(account, "newer")
        self.assertLess(newer.id, older.id, "the newest comes first")
        self.assertEqual([older.is_read, older.is_starred, newer.is_read, newer.is_starred], [True, False, False, True])
        self.assertEqual(self.on_server("INBOX")["newer"], {"\\Flagged"}, "fetching marks nothing")

    def test_nothing_changed(self):
        """Nothing changed: not a row is written"""
        self.deliver("INBOX", "one", "two", date=ago(days=1))
        account = self.synced()
        self.sync(account)
        before = self.written()
        self.sync(account)
        self.assertEqual(self.written(), before)
        self.assert_in_step(account)

    def test_new_mail(self):
        """New mail"""
        self.deliver("INBOX", "first")
        account = self.synced()
        self.deliver("INBOX", "second")
        self.deliver("INBOX", "third", flags=["\\Seen"])
        outcome = self.sync(account)
        self.assertEqual(set(self.messages(account, "INBOX").mapped("subject")), {"first", "second", "third"})
        self.assertGreaterEqual(outcome.messages, 2)
        self.assert_in_step(account)

    def test_flags_there(self):
        """Flags changed by another client"""
        self.deliver("INBOX", "one", "two", "three", date=ago(days=1))
        account = self.synced()
        self.other.add_flags(self.uids("INBOX", "one"), ["\\Seen", "\\Flagged"])
        self.other.add_flags(self.uids("INBOX", "two"), ["\\Seen"])
        self.sync(account)
        one, two = self.mail(account, "one"), self.mail(account, "two")
        self.assertEqual([one.is_read, one.is_starred, two.is_read, two.is_starred], [True, True, True, False])
        self.assert_in_step(account)
        self.other.remove_flags(self.uids("INBOX", "one"), ["\\Seen", "\\Flagged"])
        self.sync(account)
        self.assertEqual([one.is_read, one.is_starred], [False, False])
        self.assert_in_step(account)

    def test_deleted_there(self):
        """Deleted by another client"""
        self.deliver("INBOX", "one", "two", "three", date=ago(days=1))
        account = self.synced()
        self.remove_there(self.uids("INBOX", "two"))
        self.sync(account)
        self.assertEqual(set(self.messages(account).mapped("subject")), {"one", "three"})
        self.assert_in_step(account)

    def test_moved_there(self):
        """Moved by another client: the record stays"""
        clients = self.make_folder("Clients")
        self.deliver("INBOX", "one", "two", "three", date=ago(days=1))
        account = self.synced()
        two = self.mail(account, "two")
        self.move_there("INBOX", clients, "two")
        self.sync(account)
        self.assertEqual(self.mail(account, "two"), two)
        self.assertEqual(self.where(two), [clients])
        self.assert_in_step(account)
        self.move_there(clients, "INBOX", "two")
        self.sync(account)
        self.assertEqual(self.mail(account, "two"), two)
        self.assertEqual(self.where(two), ["INBOX"])
        self.assert_in_step(account)

    def test_copied_there(self):
        """Copied by another client: one record in two folders"""
        clients = self.make_folder("Clients")
        self.deliver("INBOX", "one", date=ago(days=1))
        account = self.synced()
        one = self.mail(account, "one")
        self.other.copy(self.uids("INBOX", "one"), clients)
        self.sync(account)
        self.assertEqual(self.where(self.mail(account, "one")), sorted(["INBOX", clients]))
        self.assertEqual(self.mail(account, "one"), one)
        self.remove_there(self.uids("INBOX", "one"))
        self.sync(account)
        self.assertEqual(self.where(self.mail(account, "one")), [clients])
        self.assert_in_step(account)

    def test_folders_there(self):
        """Folder created, renamed and deleted by another client"""
        self.deliver("INBOX", "kept", date=ago(days=1))
        account = self.synced()
        clients = self.make_folder("Clients")
        self.deliver(clients, "filed", date=ago(days=1))
        self.sync(account)
        # Which of the folders are followed is the user's choice: new ones are.
        filed = self.mail(account, "filed")
        self.assertEqual(self.where(filed), [clients])
        customers = self.path("Customers")
        self.rename_folder(clients, customers)
        self.sync(account)
        self.assertEqual(self.mail(account, "filed"), filed)
        self.assertEqual(self.where(filed), [customers])
        self.assert_in_step(account)
        self.leave()
        self.other.delete_folder(customers)
        self.sync(account)
        self.assertEqual(self.messages(account).mapped("subject"), ["kept"])
        self.assert_in_step(account)

    def test_made_anew(self):
        """Folder deleted and made anew with the same emails (UIDVALIDITY): the records stay"""
        clients = self.make_folder("Clients")
        sources = [email(f"N{n}", message_id=f"<{n}@x>", date=ago(days=1)) for n in range(5)]
        self.append(clients, *sources, date=ago(days=1))
        account = self.synced()
        before = {message.subject: message.id for message in self.messages(account)}
        self.leave()
        self.other.delete_folder(clients)
        self.make_folder("Clients")
        self.append(clients, *reversed(sources), date=ago(days=1))
        self.sync(account)
        self.assertEqual({message.subject: message.id for message in self.messages(account)}, before)
        self.assert_in_step(account)

    def test_emptied_and_filled(self):
        """Mailbox emptied and filled again, with as many emails"""
        self.deliver("INBOX", "one", "two", "three", date=ago(days=1))
        account = self.synced()
        self.remove_there(self.uids("INBOX"))
        self.deliver("INBOX", "four", "five", "six", date=ago(days=1))
        self.sync(account)
        self.assertEqual(set(self.messages(account).mapped("subject")), {"four", "five", "six"})
        self.assert_in_step(account)
        self.remove_there(self.uids("INBOX"))
        self.sync(account)
        self.assertFalse(self.messages(account))
        self.assert_in_step(account)

    def test_many_changes(self):
        """Half of 120 emails moved, the others marked, by another client"""
        clients = self.make_folder("Clients")
        subjects = [f"N{n:03}" for n in range(120)]
        self.deliver("INBOX", *subjects, date=ago(days=1))
        account = self.synced()
        before = {message.subject: message.id for message in self.messages(account)}
        self.assertEqual(len(before), 120)
        self.move_there("INBOX", clients, *subjects[::2])
        self.other.add_flags(self.uids("INBOX"), ["\\Seen"])
        self.sync(account)
        self.assertEqual({message.subject: message.id for message in self.messages(account)}, before)
        self.assert_in_step(account)

    def test_big_email(self):
        """An email of 3 MB"""
        body = "\r\n".join(["x" * 76] * 40_000)
        self.append("INBOX", email("small"), email("big", body=body + "\r\nthe end"), date=ago(days=1))
        account = self.synced()
        big = self.mail(account, "big")
        self.assertGreaterEqual(big.size, 3_000_000)
        self.assertIn("x" * 76, big.body_text)
        self.assert_in_step(account)

    def test_unusual_folder_names(self):
        """Unusual names of folders"""
        made = []
        for name in ODD_NAMES:
            with suppress(IMAPClientError):
                made.append(self.make_folder(name))
        self.assertGreater(len(made), 5)
        for number, path in enumerate(made):
            self.deliver(path, f"N{number}", date=ago(days=1))
        account = self.synced()
        for number, path in enumerate(made):
            self.assertEqual(self.where(self.mail(account, f"N{number}")), [path])
        target = self.folder(account, made[0])
        messages = self.messages(account)
        messages.action_move(target)
        messages.action_mark_read()
        self.sync(account)
        self.assertEqual(len(self.on_server(made[0])), len(made))
        self.assert_in_step(account)

    # ------------------------------------------------------------ out

    def test_flags_here(self):
        """Read, unread and star from here"""
        self.deliver("INBOX", "one", "two", "three", date=ago(days=1))
        account = self.synced()
        self.messages(account).action_mark_read()
        self.mail(account, "two").action_star()
        self.sync(account)
        self.assertEqual(
            {name: flags & {"\\Seen", "\\Flagged"} for name, flags in self.on_server("INBOX").items()},
            {"one": {"\\Seen"}, "two": {"\\Seen", "\\Flagged"}, "three": {"\\Seen"}},
        )
        self.mail(account, "two").action_unstar()
        self.mail(account, "one").action_mark_unread()
        self.sync(account)
        self.assertNotIn("\\Seen", self.on_server("INBOX")["one"])
        self.assertNotIn("\\Flagged", self.on_server("INBOX")["two"])
        self.assert_in_step(account)

    def test_no_echo(self):
        """What was told from here causes no write when it comes back"""
        clients = self.make_folder("Clients")
        self.deliver("INBOX", "one", "two", "three", date=ago(days=1))
        account = self.synced()
        self.mail(account, "one").action_mark_read()
        self.mail(account, "two").action_move(self.folder(account, clients))
        self.sync(account)
        self.sync(account)  # a server that does not tell what it did is asked once
        before = self.written()
        self.sync(account)
        self.assertEqual(self.written(), before)
        self.assert_in_step(account)

    def test_moved_here(self):
        """Moved from here, to a folder with a name beyond ASCII and back"""
        clients = self.make_folder("Kunden Ærø")
        self.deliver("INBOX", "one", "two", "three", date=ago(days=1))
        account = self.synced()
        moved = self.mail(account, "one") | self.mail(account, "two")
        ids = moved.ids
        moved.action_mark_read()
        moved.action_move(self.folder(account, clients))
        self.sync(account)
        self.assertEqual(set(self.on_server(clients)), {"one", "two"})
        self.assertEqual(set(self.on_server("INBOX")), {"three"})
        self.assertEqual((self.mail(account, "one") | self.mail(account, "two")).ids, ids)
        self.assert_in_step(account)
        self.mail(account, "one").action_move(self.folder(account, "INBOX"))
        self.sync(account)
        self.assertEqual(set(self.on_server("INBOX")), {"one", "three"})
        self.assertEqual(self.mail(account, "one").id, ids[0])
        self.assert_in_step(account)

    def test_archive(self):
        """Archived from here"""
        self._to_role("archive", "action_archive_email")

    def test_trash(self):
        """Put into the trash from here"""
        self._to_role("trash", "action_trash")

    def _to_role(self, role, action):
        self.deliver("INBOX", "one", "two", date=ago(days=1))
        account = self.connect()
        if not account.folder_ids.filtered(lambda folder: folder.role in (role, "all")):
            self.make_folder(role.capitalize())
        account.folder_ids.filtered("is_selectable").is_active = True
        self.sync(account)
        account.folder_ids.filtered("is_selectable").is_active = True
        self.sync(account)
        folder = account.folder_ids.filtered(lambda one: one.role == role) or self.role(account, "all")
        one = self.mail(account, "one")
        getattr(one, action)()
        self.sync(account)
        self.assertEqual(set(self.on_server("INBOX")), {"two"})
        self.assertIn("one", self.on_server(folder.path))
        self.sync(account)
        self.assertEqual(self.mail(account, "one"), one)
        self.assert_in_step(account)

    def test_delete(self):
        """Deleted for good from here; what others marked as deleted stays"""
        self.deliver("INBOX", "one", "two", "three", date=ago(days=1))
        account = self.synced()
        self.other.add_flags(self.uids("INBOX", "three"), ["\\Deleted"])
        self.leave()
        self.sync(account)
        self.mail(account, "one").action_delete()
        self.sync(account)
        self.sync(account)
        # What somebody marked counts as gone here, as soon as the server tells of it.
        self.assertEqual(set(self.messages(account).mapped("subject")) - {"three"}, {"two"})
        self.other.remove_flags(self.other.select_folder("INBOX") and self.other.search("DELETED"), ["\\Deleted"])
        there = {"two", "three"} if self.server_entry.expunges else {"one", "two", "three"}
        self.assertEqual(set(self.on_server("INBOX")), there)

    def test_append(self):
        """Draft put into a folder, with its flags and date; a second try doubles nothing"""
        account = self.connect()
        path = next((one.path for one in account.folder_ids if one.role == "drafts"), None) or self.make_folder(
            "Drafts"
        )
        self.sync(account)
        moment = datetime(2026, 11, 20, 10, 30, 15, tzinfo=UTC)
        keywords = frozenset({"seen", "draft", "$label1"})
        source = email("Grüße", message_id="<draft@x.example>").replace(b"\r\n\r\n", b"\r\nX-Name: \xc3\xa6\r\n\r\n", 1)
        source = source.replace("Grüße".encode(), b"Draft")
        with self.adapter(account) as adapter:
            folder = next(one for one in adapter.folders() if one.path == path)
            cursor = next((one.cursor for one in account.folder_ids if one.path == path), None) or None
            told = adapter.append(folder, cursor, source, keywords, moment)
            again = adapter.append(folder, cursor, source, keywords, moment, again=True)
        [(uid, (_subject, flags))] = self.rows(path).items()
        self.assertIn(told, (uid, None))
        self.assertIn(again, (uid, None))
        self.assertLessEqual({"\\Seen", "\\Draft"}, flags)
        if self.server_entry.keeps_date:
            found = self.other.fetch([uid], ["INTERNALDATE"])[uid][b"INTERNALDATE"]
            self.assertEqual(found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC), moment)
        account.folder_ids.filtered("is_selectable").is_active = True
        self.sync(account)
        self.assertEqual(self.mail(account, "Draft").state, "draft")

    def test_folders_here(self):
        """Folder created, renamed and deleted from here, with what is in it"""
        account = self.synced()
        with self.adapter(account) as adapter:
            adapter.folders()
            top = adapter.create_folder("Projekte")
            below = adapter.create_folder("Ærø", top)
            listed = {folder.path: folder for folder in adapter.folders()}
            self.assertEqual(listed[below.path].parent_path, top.path)
            self.assertEqual(listed[below.path].name, "Ærø")
        self.deliver(below.path, "filed", date=ago(days=1))
        self.sync(account)
        filed = self.mail(account, "filed")
        with self.adapter(account) as adapter:
            listed = {folder.path: folder for folder in adapter.folders()}
            renamed = adapter.rename_folder(listed[top.path], "Projekte 2027")
            listed = {folder.path: folder for folder in adapter.folders()}
            self.assertNotIn(top.path, listed)
            moved = next(folder for folder in listed.values() if folder.parent_path == renamed.path)
            self.assertEqual(moved.name, "Ærø")
        self.sync(account)
        self.assertEqual(self.mail(account, "filed"), filed)
        self.assertEqual(self.where(filed), [moved.path])
        self.assert_in_step(account)
        with self.adapter(account) as adapter:
            adapter.folders()
            adapter.delete_folder(moved)
            adapter.delete_folder(renamed)
            self.assertFalse({moved.path, renamed.path} & {folder.path for folder in adapter.folders()})
        self.sync(account)
        self.assertFalse(self.messages(account))
        self.assert_in_step(account)

    # ------------------------------------------------------------ watching

    def test_watch(self):
        """Watched: new mail is told (IDLE)"""
        account = self.synced()
        with self.adapter(account) as adapter:
            watch = adapter.watch()
        self.assertIsNotNone(watch)
        self.addCleanup(watch.close)
        if self.server_entry.watch == "refused":
            with self.assertRaises(ProtocolError):
                self._is_told(watch, 20)
                self._is_told(watch, 20)
            return
        self.assertTrue(self._is_told(watch, 20), "whoever watches has to look once")
        while self._is_told(watch, 0.3):
            pass
        self.deliver("INBOX", "news")
        if self.server_entry.watch == "push":
            self.assertTrue(self._is_told(watch, 20))
        self.sync(account)
        self.assertEqual(self.messages(account).mapped("subject"), ["news"])

    @staticmethod
    def _is_told(watch, seconds):
        """Whether the watch tells of news within so many seconds."""
        end = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(watch, selectors.EVENT_READ)
            while (left := end - time.monotonic()) > 0:
                selector.select(max(0, min(left, watch.deadline - time.monotonic())))
                if watch.proceed():
                    return True
        return False
