"""The comparison of both sides, and what one process does while another is at an account."""

from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.sync import engine, lease, verify
from odoo.tests import tagged

from .common import SyncCase, ago, email


@tagged("post_install", "-at_install")
class TestVerify(SyncCase):
    def setUp(self):
        super().setUp()
        self.uids = self.append("INBOX", *[email(f"N{n}", message_id=f"<{n}@x>") for n in range(5)], email("No id"))
        self.account = self.connect()
        self.sync(self.account)
        self.inbox = self.folder(self.account, "INBOX")

    def compare(self):
        self.env.flush_all()
        return verify.compare(self.account)

    def report(self):
        return next(report for report in self.compare().folders if report.path == "INBOX")

    def copies(self):
        return self.env["inbox.message.copy"].search([("folder_id", "=", self.inbox.id)], order="uid")

    def test_what_was_synchronised_is_the_same(self):
        self.assertTrue(self.compare().is_same)
        self.assertEqual((self.report().on_server, self.report().in_database), (6, 6))

    def test_every_kind_of_damage_is_found(self):
        copies = self.copies()
        copies[0].unlink()
        copies[1].inbox_message_id.message_id = "<other@x>"
        copies.create({"inbox_message_id": copies[2].inbox_message_id.id, "folder_id": self.inbox.id, "uid": 999})
        copies[3].write({"seen": True, "keywords": "$forwarded"})
        copies[5].inbox_message_id.size += 1
        report = self.report()
        self.assertEqual([(copy.remote_id, name) for copy, name in report.missing], [(self.uids[0], "<0@x>")])
        self.assertEqual(
            [(copy.remote_id, theirs, ours) for copy, theirs, ours in report.different],
            [(self.uids[5], "", ""), (self.uids[1], "<1@x>", "<other@x>")],
        )
        self.assertEqual(report.surplus, [(999, "<2@x>")])
        self.assertEqual(
            [(copy.remote_id, copy.keywords, ours) for copy, ours in report.keywords],
            [(self.uids[3], frozenset(), {"seen", "$forwarded"})],
        )
        self.assertFalse(report.is_same)

    def test_a_database_that_disagrees_with_itself_is_found(self):
        emails = [copy.inbox_message_id for copy in self.copies()]
        self.copies()[0].unlink()
        emails[1].conversation_id.message_count = 7
        emails[2].conversation_id.unlink()
        self.env.flush_all()
        self.env.cr.execute("UPDATE inbox_message SET is_starred = true WHERE id = %s", [emails[3].id])
        self.env.cr.execute("DELETE FROM inbox_message_folder_rel WHERE message_id = %s", [emails[4].id])
        self.env.cr.execute("UPDATE inbox_message SET orphaned_at = now() WHERE id = %s", [emails[5].id])
        self.env.cr.execute("UPDATE inbox_message SET is_spam = true WHERE id = %s", [emails[1].id])
        self.env.invalidate_all()
        inner = self.compare().inner
        self.assertEqual(inner.orphans, emails[0].ids)
        self.assertEqual(inner.conversations, emails[1].conversation_id.ids)
        self.assertEqual(inner.loose, emails[2].ids)
        self.assertEqual(inner.flags, emails[3].ids)
        self.assertEqual(inner.folders, emails[4].ids)
        self.assertEqual(inner.marked, emails[5].ids)
        self.assertEqual(inner.spam, emails[1].ids)
        self.assertEqual(inner.count, 7)

    def test_folders_are_compared_as_well(self):
        self.client().create_folder("New")
        self.env["inbox.folder"].create({"account_id": self.account.id, "name": "Old", "path": "Old"})
        report = self.compare()
        self.assertEqual((report.missing_folders, report.surplus_folders), (["New"], ["Old"]))
        self.assertFalse(report.is_same)

    def test_what_waits_to_be_told_is_no_difference(self):
        self.client().create_folder("Clients")
        self.sync(self.account)
        first, second, third = (copy.inbox_message_id for copy in self.copies()[:3])
        first.action_mark_read()
        second.action_move(self.folder(self.account, "Clients"))
        third.action_delete()
        self.assertTrue(self.compare().is_same)
        # The server did as it was told, and the process died before it knew.
        second.copy_ids.moving_to_id = self.folder(self.account, "Clients")
        other = self.client()
        other.select_folder("INBOX")
        other.move(self.uids[1:2], "Clients")
        other.delete_messages(self.uids[2:3])
        other.uid_expunge(self.uids[2:3])
        self.assertTrue(self.compare().is_same)

    def test_what_is_marked_as_deleted_is_no_difference(self):
        other = self.client()
        other.select_folder("INBOX")
        other.delete_messages(self.uids[:1])
        self.sync(self.account)
        self.assertTrue(self.compare().is_same)

    def test_what_was_received_before_the_period_is_no_difference(self):
        self.append("INBOX", email("Old"), date=ago(days=90))
        self.append("Trash", email("Of yesterday"), date=ago(days=1))
        self.assertTrue(self.compare().is_same)

    def test_what_is_in_quarantine_is_not_missing(self):
        copy = self.copies()[0]
        copy.inbox_message_id.unlink()
        self.env["inbox.conversation"].search([("account_id", "=", self.account.id)])._refresh_counts()
        self.env["inbox.quarantine"].create(
            {"account_id": self.account.id, "folder_id": self.inbox.id, "uid": self.uids[0], "message_id": "<0@x>"}
        )
        self.assertTrue(self.compare().is_same)
        self.assertEqual(self.report().quarantined, 1)

    def test_message_ids_take_turns(self):
        self.copies()[1].inbox_message_id.message_id = "<other@x>"
        self.env.flush_all()
        found = []
        for turn in range(verify.TURNS):
            with open_adapter("imap", self.account._adapter_settings()) as adapter:
                [remote] = [remote for remote in adapter.folders() if remote.path == "INBOX"]
                found.append(verify.compare_folder(self.inbox, remote, adapter, turn=turn).count)
        self.assertEqual(sum(found), 1, "one turn in a round finds it")


@tagged("post_install", "-at_install")
class TestLease(SyncCase):
    def test_an_account_never_runs_twice_at_once(self):
        account = self.connect()
        first = lease.Lease(account)
        self.assertTrue(first.take())
        self.assertFalse(lease.Lease(account).take())
        self.assertIsNone(engine.run(account))
        self.assertIsNone(verify.compare(account))
        first.release()
        self.assertIsNotNone(engine.run(account))

    def test_whoever_lost_the_lease_cannot_write(self):
        account = self.connect()
        first = lease.Lease(account)
        first.take()
        self.env.cr.execute("UPDATE inbox_account SET lease_until = now() - interval '1 hour'")
        second = lease.Lease(account)
        self.assertTrue(second.take(), "it ended by itself")
        with self.assertRaises(lease.LeaseLostError):
            first.renew()
        first.release()
        self.assertFalse(lease.Lease(account).take(), "what is not one's own cannot be given back")
        second.renew()

    def test_a_dead_holder_keeps_nobody_waiting(self):
        account = self.connect()
        lease.Lease(account).take()
        self.env.cr.execute("UPDATE inbox_account SET lease_backend = 2147483647")
        self.assertTrue(lease.Lease(account).take())

    def test_a_slot_takes_what_is_due_and_only_that(self):
        self.append("INBOX", email())
        account = self.connect()
        self.env.ref("concord_inbox.ir_cron_sync_slot_1").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(len(self.messages(account)), 1)
        self.assertGreater(account.next_sync, account.last_sync)
        self.append("INBOX", email("Later"))
        self.env["inbox.account"]._cron_sync_slot()
        self.assertEqual(len(self.messages(account)), 1)
        account.action_sync_now()
        self.env["inbox.account"]._cron_sync_slot()
        self.assertEqual(len(self.messages(account)), 2)
