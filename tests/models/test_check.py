"""The daily check of the accounts: what it writes down, when it is due, and who may ask for it."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.addons.concord_inbox.models.inbox_account_check import DAY
from odoo.addons.concord_inbox.sync import repair
from odoo.addons.concord_inbox.sync.lease import Lease
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from tests.sync.common import SyncCase, email

from .common import InboxCase

LOGGER = "odoo.addons.concord_inbox.models.inbox_account_check"


@tagged("post_install", "-at_install")
class TestDailyCheck(SyncCase):
    def setUp(self):
        super().setUp()
        self.append("INBOX", *[email(f"N{n}", message_id=f"<{n}@x>") for n in range(5)])
        self.account = self.connect()
        self.sync(self.account)
        self.cron = self.env.ref("concord_inbox.ir_cron_check")

    def run_cron(self):
        self.env["inbox.account"]._cron_check()
        self.env.invalidate_all()

    def damage(self, count):
        copies = self.env["inbox.message.copy"].search([("folder_id.account_id", "=", self.account.id)])
        copies[:count].unlink()
        self.env.flush_all()

    def test_complete(self):
        self.assertEqual(self.account.check_summary, "Not checked yet")
        self.run_cron()
        self.assertEqual((self.account.check_result, self.account.check_difference_count), ("complete", 0))
        self.assertTrue(self.account.last_check)
        self.assertRegex(self.account.check_summary, r"^Complete as of .*\d")

    def test_differences_are_repaired_and_said(self):
        for count, sentence in (
            (1, "One difference found and repaired on "),
            (3, "3 differences found and repaired on "),
        ):
            self.damage(count)
            self.account.next_check = False
            with self.assertLogs(LOGGER, "WARNING") as logs:
                self.run_cron()
            self.assertEqual((self.account.check_result, self.account.check_difference_count), ("repaired", count))
            self.assertTrue(self.account.check_summary.startswith(sentence), self.account.check_summary)
            self.assertIn(f"'missing': {count}", logs.output[0])
            self.assertNotIn("N1", logs.output[0])
            self.assertEqual(len(self.messages(self.account, "INBOX")), 5)
        self.account.next_check = False
        self.run_cron()
        self.assertEqual(self.account.check_result, "complete")

    def test_what_cannot_be_repaired_is_said_and_tried_again(self):
        self.damage(2)
        with mute_logger(LOGGER), patch.object(repair, "ROUNDS", 0):
            self.run_cron()
        # Two copies, and the two emails that have none.
        self.assertEqual((self.account.check_result, self.account.check_difference_count), ("different", 4))
        self.assertIn("Not complete: 4 differences", self.account.check_summary)
        self.assertLess(self.account.next_check, fields.Datetime.now() + timedelta(hours=2))

    def test_a_check_that_fails_switches_nothing_off(self):
        self.run_cron()
        checked = self.account.last_check
        self.account.write({"next_check": False, "imap_port": 1})
        self.run_cron()
        self.assertEqual((self.account.state, self.account.check_result), ("connected", "unknown"))
        self.assertFalse(self.account.last_error)
        self.assertEqual(self.account.last_check, checked)
        self.assertRegex(self.account.check_summary, r"^Could not be checked: .*Last checked on .*\d")
        self.assertGreater(self.account.next_check, fields.Datetime.now())
        self.account.write({"next_check": False, "imap_port": self.server.ports["imap"], "password": "wrong"})
        self.run_cron()
        self.assertEqual((self.account.state, self.account.check_result), ("connected", "unknown"))
        self.account.write({"next_check": False, "password": "pässword"})
        self.run_cron()
        self.assertEqual(self.account.check_result, "complete")

    def test_a_fault_of_our_own_is_said_as_well(self):
        with mute_logger(LOGGER), patch.object(repair, "run", side_effect=RuntimeError):
            self.run_cron()
        self.assertEqual(self.account.check_result, "unknown")
        self.assertIn("RuntimeError", self.account.check_summary)

    def test_it_is_due_once_a_day_and_not_before_the_first_synchronisation(self):
        self.account.last_sync = False
        self.run_cron()
        self.assertFalse(self.account.last_check)
        self.account.last_sync = fields.Datetime.now()
        self.account.failure_count = 3
        self.run_cron()
        self.assertFalse(self.account.last_check)
        self.account.failure_count = 0
        self.run_cron()
        self.assertTrue(self.account.last_check)
        self.damage(1)
        self.run_cron()
        self.assertEqual(self.account.check_result, "complete", "it is not due")
        self.account.next_check -= timedelta(days=2)
        with mute_logger(LOGGER):
            self.run_cron()
        self.assertEqual(self.account.check_result, "repaired")

    def test_accounts_are_spread_over_the_day(self):
        now = fields.Datetime.now()
        hours = [0] * 24
        accounts = self.env["inbox.account"].browse(range(1, 1001))
        for account in accounts:
            due = account._next_check_time()
            self.assertTrue(timedelta(hours=11) < due - now < timedelta(hours=37))
            hours[due.hour] += 1
        self.assertLess(max(hours), 60)
        self.assertGreater(min(hours), 25)
        self.assertEqual(len({account._next_check_time() for account in accounts}), 1000)

    def test_what_takes_longer_than_the_cron_may_run_goes_on(self):
        self.damage(1)
        with mute_logger(LOGGER):
            runs = 0
            while not self.account.last_check:
                runs += 1
                self.assertTrue(self.account._check(lambda: 0))
                self.env.invalidate_all()
        self.assertEqual(runs, len(self.account.active_folder_ids) + 1)
        self.assertEqual((self.account.check_result, self.account.check_difference_count), ("repaired", 1))
        self.assertFalse(self.account.check_progress)

    def test_what_was_compared_long_ago_is_compared_again(self):
        self.account._check(lambda: 0)
        self.env.invalidate_all()
        self.assertEqual(len(self.account.check_progress["folders"]), 1)
        self.account.check_progress = {**self.account.check_progress, "day": 20_000}
        self.damage(1)
        with mute_logger(LOGGER):
            self.run_cron()
        self.assertEqual(self.account.check_result, "repaired")

    def test_message_ids_are_compared_when_somebody_asks(self):
        self.run_cron()
        message = self.messages(self.account)[0]
        turn = int(fields.Datetime.now().timestamp()) // DAY % 7
        self.env["inbox.message.copy"].search([("inbox_message_id", "=", message.id)]).ensure_one()
        message.message_id = "<wrong@x>"
        self.account.next_check = False
        with patch("odoo.addons.concord_inbox.sync.verify.TURN_UIDS", 1):
            uid = message.copy_ids.uid
            today = uid % 7 == turn
            with mute_logger(LOGGER):
                self.run_cron()
            self.assertEqual(self.account.check_result, "repaired" if today else "complete")
        message.message_id = "<wrong@x>"
        self.account.action_check_now()
        self.assertEqual(self.account.check_summary, "Is being checked…")
        with mute_logger(LOGGER):
            self.run_cron()
        self.assertEqual(self.account.check_result, "repaired")
        self.assertNotEqual(message.message_id, "<wrong@x>")
        self.assertFalse(self.account.is_check_wanted)

    def test_who_asks_during_a_check_gets_another(self):
        def ask(*_arguments, **_options):
            self.account.action_check_now()
            self.env.flush_all()
            return repair.Repaired()

        with patch.object(repair, "run", side_effect=ask):
            self.account._check()
        self.assertTrue(self.account.is_check_wanted)
        self.assertEqual(self.account.check_result, "complete")
        self.run_cron()
        self.assertFalse(self.account.is_check_wanted)

    def test_it_wakes_the_cron(self):
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([("cron_id", "=", self.cron.id)])
        self.account.action_check_now()
        self.assertEqual(triggers.search_count([("cron_id", "=", self.cron.id)]), before + 1)
        self.cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.account.check_result, "complete")

    def test_what_another_process_is_at_comes_later(self):
        other = Lease(self.account)
        other.take()
        self.run_cron()
        self.assertFalse(self.account.last_check)
        self.assertFalse(self.account.check_result)
        other.release()
        self.run_cron()
        self.assertEqual(self.account.check_result, "complete")


@tagged("post_install", "-at_install")
class TestWhoMayCheck(InboxCase):
    def test_only_who_manages_the_account_asks_for_a_check(self):
        for record_name, allowed in (("shared account", {"manager"}), ("personal account", {"owner"})):
            for name, user in self.users.items():
                account = self.records[record_name].with_user(user)
                with self.subTest(user=name, account=record_name):
                    if name in allowed:
                        account.action_check_now()
                        self.assertTrue(account.sudo().is_check_wanted)
                        account.sudo().is_check_wanted = False
                    else:
                        with self.assertRaises(AccessError), mute_logger("odoo.addons.base"):
                            account.action_check_now()
                        self.assertFalse(account.sudo().is_check_wanted)

    def test_the_result_is_read_by_who_reads_the_account(self):
        self.shared.write({"check_result": "complete", "last_check": "2026-01-02 03:04:05"})
        for name in ("shared_user", "manager"):
            account = self.shared.with_user(self.users[name])
            self.assertIn("Complete as of", account.read(["check_summary"])[0]["check_summary"])
        for name in ("employee", "inbox_user", "system", "owner"):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base"):
                self.shared.with_user(self.users[name]).read(["check_summary"])

    def test_nobody_sets_the_result(self):
        account = self.personal.with_user(self.users["owner"])
        for values in (
            {"check_result": "complete"},
            {"last_check": "2026-01-01 00:00:00"},
            {"next_check": False},
            {"is_check_wanted": True},
            {"check_progress": {}},
        ):
            with self.assertRaises(AccessError, msg=str(values)):
                account.write(values)

    def test_only_a_connected_account_is_checked(self):
        self.personal.state = "paused"
        with self.assertRaises(UserError):
            self.personal.with_user(self.users["owner"]).action_check_now()
