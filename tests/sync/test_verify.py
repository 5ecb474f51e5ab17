"""The comparison of both sides, and what one process does while another is at an account."""

from odoo.addons.concord_inbox.sync import engine, lease, verify
from odoo.tests import tagged

from .common import SyncCase, email


@tagged("post_install", "-at_install")
class TestVerify(SyncCase):
    def setUp(self):
        super().setUp()
        self.uids = self.append("INBOX", *[email(f"N{n}", message_id=f"<{n}@x>") for n in range(5)], email("No id"))
        self.account = self.connect()
        self.sync(self.account)
        self.inbox = self.folder(self.account, "INBOX")

    def report(self):
        self.env.flush_all()
        reports = {report.path: report for report in verify.compare(self.account)}
        return reports["INBOX"]

    def test_what_was_synchronised_is_the_same(self):
        self.assertTrue(all(report.is_same for report in verify.compare(self.account)))
        self.assertEqual((self.report().on_server, self.report().in_database), (6, 6))

    def test_every_kind_of_damage_is_found(self):
        copies = self.env["inbox.message.copy"].search([("folder_id", "=", self.inbox.id)], order="uid")
        copies[0].unlink()
        copies[1].inbox_message_id.message_id = "<other@x>"
        copies.create({"inbox_message_id": copies[2].inbox_message_id.id, "folder_id": self.inbox.id, "uid": 999})
        report = self.report()
        self.assertEqual(report.missing, [(self.uids[0], "<0@x>")])
        self.assertEqual(report.different, [(self.uids[1], "<1@x>", "<other@x>")])
        self.assertEqual(report.surplus, [(999, "<2@x>")])
        self.assertFalse(report.is_same)

    def test_what_is_in_quarantine_is_not_missing(self):
        copy = self.env["inbox.message.copy"].search([("folder_id", "=", self.inbox.id), ("uid", "=", self.uids[0])])
        copy.unlink()
        self.env["inbox.quarantine"].create(
            {"account_id": self.account.id, "folder_id": self.inbox.id, "uid": self.uids[0], "message_id": "<0@x>"}
        )
        report = self.report()
        self.assertTrue(report.is_same)
        self.assertEqual(report.quarantined, 1)


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
