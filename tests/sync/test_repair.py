"""Mending a damaged database from the server, without losing what colleagues attached to it."""

import contextlib
import random
from unittest.mock import patch

from odoo.addons.concord_inbox.adapters.errors import NetworkError
from odoo.addons.concord_inbox.sync import engine, lease, pull, repair, verify
from odoo.tests import tagged

from .common import SyncCase, ago, email

FLAGS = ("seen", "flagged", "answered", "draft")


class Killed(BaseException):
    """What ends a process from outside: nothing catches it."""


@tagged("post_install", "-at_install")
class RepairCase(SyncCase):
    def setUp(self):
        super().setUp()
        emails = [
            email(
                f"N{n}",
                message_id=f"<{n}@x>" if n % 5 else None,
                date=ago(days=4, minutes=-n),
                headers=[f"References: <{n - 1}@x>"] if n % 3 == 1 else (),
            )
            for n in range(24)
        ]
        self.uids = self.append("INBOX", *emails[:12], date=ago(days=3))
        self.append("INBOX", *emails[2:6], flags=["\\Seen", "$forwarded"], date=ago(days=2))
        self.append("Clients", *emails[12:], flags=["\\Seen"], date=ago(days=2))
        self.append("Clients", *emails[:3], date=ago(days=3))
        self.account = self.connect()
        self.sync(self.account)
        self.inbox, self.clients = (self.folder(self.account, path) for path in ("INBOX", "Clients"))

    def compare(self):
        self.env.flush_all()
        return verify.compare(self.account)

    def repair(self, **options):
        self.env.flush_all()
        repaired = repair.run(self.account, **options)
        self.env.invalidate_all()
        return repaired

    def assert_repaired(self):
        repaired = self.repair()
        self.assertTrue(repaired.left.is_same, repaired.left)
        report = self.compare()
        self.assertTrue(report.is_same, report)
        return repaired

    def bodies_fetched(self):
        """How many emails the server handed out whole since `self.recording` began."""
        lines = b"".join(path.read_bytes() for path in self.recording.glob("*.out")).split(b"\r\n")
        return sum(b" FETCH (" in line and b" BODY[] " in line for line in lines)

    def copies(self, folder=None):
        folders = folder or (self.inbox | self.clients)
        return self.env["inbox.message.copy"].search([("folder_id", "in", folders.ids)], order="folder_id, uid")

    def query(self, statement, *parameters):
        self.env.flush_all()
        self.env.cr.execute(statement, parameters)
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestRepair(RepairCase):
    def test_nothing_to_mend_writes_nothing(self):
        before = self.snapshot(self.account)
        self.assertEqual(self.assert_repaired().found.count, 0)
        self.assertEqual(self.snapshot(self.account), before)

    def test_copies_that_were_deleted_come_back_to_the_same_emails(self):
        before = self.snapshot(self.account)
        messages = self.messages(self.account)
        note = messages[0].conversation_id.message_post(body="Call her")
        copies = self.copies(self.inbox)
        messages_of = {copy.uid: copy.inbox_message_id for copy in copies}
        copies[3:9].unlink()
        self.recording = self.server.record(self.mail_user)
        repaired = self.assert_repaired()
        self.assertEqual(self.bodies_fetched(), 0)
        self.assertEqual(sum(len(report.missing) for report in repaired.found.folders), 6)
        self.assertEqual(repaired.found.count, 6)
        self.assertEqual({copy.uid: copy.inbox_message_id for copy in self.copies(self.inbox)}, messages_of)
        self.assertEqual(self.snapshot(self.account), before)
        self.assertTrue(note.exists())

    def test_emails_that_were_deleted_are_fetched(self):
        before = self.snapshot(self.account)
        gone = self.copies(self.inbox)[7:12].inbox_message_id
        conversations = gone.conversation_id.ids
        self.query("DELETE FROM inbox_message WHERE id = ANY(%s)", gone.ids)
        self.recording = self.server.record(self.mail_user)
        self.assert_repaired()
        self.assertEqual(self.bodies_fetched(), 5)
        self.assertEqual(self.snapshot(self.account), before)
        emails = self.messages(self.account).filtered(lambda one: one.conversation_id.id in conversations)
        self.assertGreaterEqual(len(emails), 5, "they find their conversations again")

    def test_invented_copies_go(self):
        before = self.snapshot(self.account)
        message = self.copies()[0].inbox_message_id
        self.env["inbox.message.copy"].create(
            [{"inbox_message_id": message.id, "folder_id": self.clients.id, "uid": uid} for uid in (998, 999)]
        )
        self.assertEqual(self.assert_repaired().found.count, 2)
        self.assertEqual(self.snapshot(self.account), before)
        self.assertTrue(message.exists())

    def test_a_copy_with_another_uid_keeps_its_email(self):
        copy = self.copies(self.clients)[4]
        uid, message = copy.uid, copy.inbox_message_id
        message.conversation_id.message_post(body="Ours")
        copy.uid = 77_000
        self.assert_repaired()
        [found] = self.copies(self.clients).filtered(lambda one: one.uid == uid)
        self.assertEqual(found.inbox_message_id, message)
        self.sync(self.account)
        self.assertTrue(message.exists())

    def test_flags_follow_the_server_unless_the_user_changed_them(self):
        before = self.snapshot(self.account)
        copies = self.copies(self.inbox)
        copies[0].seen = True
        copies[1].write({"flagged": True, "answered": True, "keywords": "made up"})
        self.query("UPDATE inbox_message SET is_read = true, is_starred = true WHERE id = %s", copies[3].id)
        wish = copies[10].inbox_message_id
        wish.action_star()
        self.query("UPDATE inbox_message_copy SET answered = true WHERE id = %s", copies[10].id)
        self.assert_repaired()
        self.assertTrue(wish.is_starred)
        client = self.client()
        client.select_folder("INBOX", readonly=True)
        self.assertIn(b"\\Flagged", client.get_flags([copies[10].uid])[copies[10].uid], "the wish was told")
        wish.action_unstar()
        self.sync(self.account)
        self.assertEqual(self.snapshot(self.account), before)

    def test_another_email_under_a_uid_is_fetched_anew(self):
        before = self.snapshot(self.account)
        copies = self.copies(self.inbox)
        self.query(
            "UPDATE inbox_message_copy SET inbox_message_id = %s WHERE id = %s",
            copies[7].inbox_message_id.id,
            copies[8].id,
        )
        copies[9].inbox_message_id.message_id = "<other@x>"
        self.env.flush_all()
        self.assert_repaired()
        self.assertEqual(self.snapshot(self.account), before)

    def test_conversations_are_found_again_by_the_headers(self):
        self.append(
            "INBOX",
            email("Question", message_id="<question@x>"),
            email("Answer", message_id="<answer@x>", headers=["References: <question@x>"]),
        )
        self.sync(self.account)
        pair = self.messages(self.account).filtered(lambda one: one.subject in ("Question", "Answer"))
        self.assertEqual(len(pair.conversation_id), 1)
        pair.conversation_id.unlink()
        self.assertEqual(self.assert_repaired().found.inner.loose, sorted(pair.ids))
        self.env.invalidate_all()
        self.assertEqual(len(pair.conversation_id), 1)
        self.assertEqual(pair.conversation_id.message_count, 2)

    def test_folders_that_are_gone_come_back_with_the_same_emails(self):
        before = self.snapshot(self.account)
        messages = self.messages(self.account)
        self.query("DELETE FROM inbox_folder WHERE id = %s", self.clients.id)
        # Two: a single one would be taken for the missing one under another name.
        self.env["inbox.folder"].create(
            [{"account_id": self.account.id, "name": name, "path": name} for name in ("Old", "Older")]
        )
        self.recording = self.server.record(self.mail_user)
        repaired = self.assert_repaired()
        self.assertEqual(self.bodies_fetched(), 0)
        self.assertEqual((repaired.new_folders, repaired.gone_folders), (["Clients"], ["Old", "Older"]))
        self.assertEqual(self.messages(self.account), messages)
        self.assertEqual(self.snapshot(self.account), before)

    def test_an_invented_email_goes_with_the_next_run(self):
        message = self.messages(self.account)[0].copy({"fingerprint": "made up"})
        self.assert_repaired()
        self.sync(self.account)
        self.assertFalse(message.exists())

    def test_what_is_kept_for_a_contact_stays(self):
        ada = self.env["res.partner"].create({"name": "Ada", "email": "ada@customer.example"})
        message = self.copies(self.inbox)[6].inbox_message_id
        self.assertIn(ada, message.partner_ids)
        other = self.client()
        other.select_folder("INBOX")
        other.delete_messages(self.uids[6:7])
        other.expunge()
        self.sync(self.account)
        self.assertTrue(message.is_gone)
        self.assertEqual(self.assert_repaired().found.count, 0)
        self.sync(self.account)
        self.assertTrue(message.exists().is_gone)

    def test_what_happened_on_the_server_meanwhile_is_brought_and_not_counted(self):
        self.append("INBOX", email("New", message_id="<new@x>"))
        other = self.client()
        other.select_folder("INBOX")
        other.add_flags(self.uids[:2], ["\\Flagged"])
        other.delete_messages(self.uids[5:6])
        other.expunge()
        self.copies(self.clients)[0].unlink()
        self.assertEqual(self.assert_repaired().found.count, 1)
        self.assertIn("New", self.messages(self.account).mapped("subject"))

    def test_after_a_change_of_uidvalidity(self):
        messages = self.messages(self.account)
        cursor = self.inbox.cursor
        self.inbox.cursor = {**cursor, "uidvalidity": cursor["uidvalidity"] + 1}
        self.copies(self.clients)[0].unlink()
        self.recording = self.server.record(self.mail_user)
        self.assertEqual(self.assert_repaired().found.count, 1)
        self.assertEqual(self.bodies_fetched(), 0)
        self.assertEqual(self.messages(self.account), messages)

    def test_a_click_during_a_repair_is_told_at_once(self):
        message = self.copies(self.inbox)[0].inbox_message_id
        folders = []

        def click(folder_id, _found, _left):
            folders.append(folder_id)
            if folder_id == self.inbox.id:
                message.action_star()

        self.repair(after_folder=click)
        self.assertGreater(folders.index(self.clients.id), folders.index(self.inbox.id))
        self.assertFalse(message.is_changed)
        client = self.client()
        client.select_folder("INBOX", readonly=True)
        self.assertIn(b"\\Flagged", client.get_flags(self.uids[:1])[self.uids[0]])

    def test_it_goes_on_where_it_stopped(self):
        self.copies(self.inbox)[0].unlink()
        self.copies(self.clients)[0].unlink()
        done = {}

        def stop(folder_id, found, left):
            done[folder_id] = left
            if found:
                raise Killed

        # Not by `assertRaises()`, whose savepoint does not live through a commit.
        try:
            self.repair(after_folder=stop)
        except Killed:
            self.env.invalidate_all()
        self.assertIn(self.inbox.id, done)
        repaired = self.repair(done=done)
        self.assertEqual([report.path for report in repaired.found.folders if report.count], ["Clients"])
        self.assertTrue(self.compare().is_same)

    def test_another_process_is_at_the_account(self):
        other = lease.Lease(self.account)
        other.take()
        self.assertIsNone(repair.run(self.account))
        other.release()
        self.account.imap_port = 1
        try:
            self.fail(repair.run(self.account))
        except NetworkError as error:
            self.assertEqual(error.reason, "refused")
        self.assertTrue(lease.Lease(self.account).take(), "the lease is given back")


@tagged("post_install", "-at_install")
class TestRandomDamage(RepairCase):
    """Everything at once, by seed."""

    def damage(self, chance: random.Random):
        """One kind of damage; return its name."""
        copies = self.copies()
        copy, other = chance.choice(copies), chance.choice(copies)
        message = copy.inbox_message_id
        kinds = {
            "copy deleted": copy.unlink,
            "flags flipped": lambda: copy.write({flag: chance.random() < 0.5 for flag in FLAGS}),
            "keywords invented": lambda: copy.write({"keywords": "invented"}),
            "copy invented": lambda: copy.create(
                {
                    "inbox_message_id": message.id,
                    "folder_id": chance.choice([self.inbox.id, self.clients.id]),
                    "uid": chance.randrange(1000, 2**32 - 1),
                }
            ),
            "uid changed": lambda: copy.write({"uid": chance.randrange(1000, 2**32 - 1)}),
            "copy of another email": lambda: copy.write({"inbox_message_id": other.inbox_message_id.id}),
            "message deleted": lambda: self.query("DELETE FROM inbox_message WHERE id = %s", message.id),
            "message renamed": lambda: message.write({"message_id": "<wrong@x>"}),
            "message resized": lambda: message.write({"size": 7}),
            "message flags": lambda: self.query(
                "UPDATE inbox_message SET is_read = NOT is_read, is_answered = NULL WHERE id = %s", message.id
            ),
            "folders cleared": lambda: self.query(
                "DELETE FROM inbox_message_folder_rel WHERE message_id = %s", message.id
            ),
            "folders invented": lambda: self.query(
                "INSERT INTO inbox_message_folder_rel VALUES (%s, %s) ON CONFLICT DO NOTHING",
                message.id,
                chance.choice(self.account.folder_ids.ids),
            ),
            "taken for an orphan": lambda: self.query(
                "UPDATE inbox_message SET orphaned_at = now() WHERE id = %s", message.id
            ),
            "taken for spam": lambda: self.query("UPDATE inbox_message SET is_spam = true WHERE id = %s", message.id),
            "conversation deleted": message.conversation_id.unlink,
            "conversation miscounted": lambda: message.conversation_id.write(
                {"message_count": 99, "unread_count": None, "last_date": False}
            ),
            "folder deleted": lambda: self.query("DELETE FROM inbox_folder WHERE id = %s", self.clients.id),
        }
        name = chance.choice(list(kinds)[: len(kinds) - (chance.random() < 0.9)])
        kinds[name]()
        self.env.flush_all()
        self.env.invalidate_all()
        self.clients = self.folder(self.account, "Clients") or self.inbox
        return name

    def test_random_damage_is_mended(self):
        before = self.snapshot_of_copies()
        for seed in range(8):
            chance = random.Random(seed)
            with self.subTest(seed=seed):
                done = [self.damage(chance) for _ in range(chance.randrange(1, 12))]
                repaired = self.repair()
                self.assertTrue(repaired.left.is_same, (done, repaired.left))
                report = self.compare()
                self.assertTrue(report.is_same, (done, report))
                self.assertEqual(self.snapshot_of_copies(), before, done)
                self.assertEqual(self.repair().found.count, 0, done)
                self.sync(self.account)
                self.assertTrue(self.compare().is_same, done)
                self.clients = self.folder(self.account, "Clients")

    def test_killed_anywhere_it_is_run_again(self):
        before = self.snapshot_of_copies()
        killed = 0
        for seed in range(6):
            chance = random.Random(1000 + seed)
            with self.subTest(seed=seed):
                done = [self.damage(chance) for _ in range(8)]
                self.env.cr.commit()
                killed += self.kill_after(chance.randrange(1, 25))
                self.assertTrue(self.repair().left.is_same, done)
                report = self.compare()
                self.assertTrue(report.is_same, (done, report))
                self.assertEqual(self.snapshot_of_copies(), before, done)
                self.clients = self.folder(self.account, "Clients")
        self.assertGreaterEqual(killed, 2)

    def kill_after(self, commits: int) -> bool:
        """Repair, and die in place of one of its commits; return whether there were that many."""
        left = commits

        def in_transaction(env, work, commit=None):
            nonlocal left
            left -= 1
            if not left:
                work()
                env.flush_all()
                env.cr.rollback()
                env.invalidate_all()
                raise Killed
            return lease.in_transaction(env, work, commit)

        with contextlib.ExitStack() as stack:
            for module in (engine, pull, repair):
                stack.enter_context(patch.object(module, "in_transaction", in_transaction))
            try:
                self.repair()
            except Killed:
                self.env.invalidate_all()
                return True
        return False

    def snapshot_of_copies(self):
        """What both sides have in common: copies with their keywords, and the emails they are of."""
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT folder.path, copy.uid, copy.seen, copy.flagged, copy.answered, copy.draft, copy.keywords,
                      message.message_id, message.subject, message.is_read, message.is_starred, message.size
                 FROM inbox_message_copy copy
                 JOIN inbox_folder folder ON folder.id = copy.folder_id
                 JOIN inbox_message message ON message.id = copy.inbox_message_id
                WHERE folder.account_id = %s ORDER BY folder.path, copy.uid""",
            [self.account.id],
        )
        return self.env.cr.fetchall()
