"""How accounts are doing, for those who look after them: everything they need, and nothing of what is in an account."""

from datetime import timedelta

from odoo import fields
from odoo.addons.concord_inbox.models import notification_settings
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import InboxCase


@tagged("post_install", "-at_install")
class TestHealth(InboxCase):
    def health(self, account, user_name="manager"):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["inbox.account.health"].with_user(self.users[user_name]).browse(account.id)

    def healthy(self, account, **values):
        self.env["inbox.quarantine"].search([("account_id", "=", account.id)]).unlink()
        account.write(
            {
                "last_sync": fields.Datetime.now(),
                "last_check": fields.Datetime.now(),
                "check_result": "complete",
                "failure_count": 0,
                **values,
            }
        )

    def test_nobody_else_sees_it(self):
        for user_name in ("owner", "employee", "inbox_user", "shared_user", "system", "portal", "public"):
            with self.subTest(user=user_name):
                for way in (
                    lambda health: health.read(["name"]),
                    lambda health: health.search([]),
                    lambda health: health.search_count([]),
                    lambda health: health.formatted_read_group([], ["trouble"], ["__count"]),
                    type(self.env["inbox.account.health"]).action_open,
                ):
                    with self.assertRaises(AccessError):
                        way(self.health(self.personal, user_name))

    def test_nobody_writes_it(self):
        health = self.health(self.shared)
        for way in (
            lambda: health.write({"name": "Mine"}),
            health.unlink,
            lambda: health.create({"name": "Mine"}),
        ):
            with self.assertRaises(AccessError):
                way()

    def test_a_personal_account_shows_nothing_of_itself(self):
        self.personal.write(
            {
                "name": "owner@northlight.example",
                "last_error": "The folder “Divorce” is full",
                "check_error": "“Divorce”",
            }
        )
        self.personal.write({"failure_count": 3, "check_result": "unknown"})
        health = self.health(self.personal)
        values = health.read()[0]
        text = str(values)
        for hidden in ("owner@northlight", "Divorce", "Offer", "ada@", "odd", "127.0.0.1"):
            self.assertNotIn(hidden, text)
        self.assertEqual(health.display_name, "owner")
        self.assertEqual((health.message_count, health.quarantine_count), (2, 2))
        self.assertEqual(health.trouble, "4_failing")
        self.assertIn("The last 3 attempts failed", health.error)
        # And it cannot be found by what is hidden either.
        for domain in (
            [("email", "ilike", "owner")],
            [("name", "ilike", "northlight")],
            [("account_error", "!=", False)],
        ):
            self.assertNotIn(health, health.search(domain))
        with self.assertRaises(AccessError):
            self.personal.with_user(self.users["manager"]).read(["name"])
        notification = health.action_open()
        self.assertEqual(notification["tag"], "display_notification")
        self.personal.name = "Work"
        self.assertEqual(self.health(self.personal).display_name, "Work")

    def test_a_shared_account_says_what_is_the_matter(self):
        self.shared.write({"last_error": "The certificate has expired.", "failure_count": 1})
        health = self.health(self.shared)
        self.assertEqual((health.error, health.email), ("The certificate has expired.", "sales@northlight.example"))
        self.assertEqual(health.action_open()["res_id"], self.shared.id)

    def test_degrees_of_trouble(self):
        now = fields.Datetime.now()
        cases = [
            ("0_none", {}),
            ("1_idle", {"state": "paused"}),
            ("2_incomplete", {"check_result": "different"}),
            ("2_incomplete", {"check_result": "unknown"}),
            ("3_late", {"last_sync": now - timedelta(hours=1)}),
            ("3_late", {"last_sync": False, "connected_at": now - timedelta(hours=1)}),
            ("4_failing", {"failure_count": 2}),
            ("5_off", {"state": "auth_failed"}),
        ]
        for trouble, values in cases:
            with self.subTest(**values):
                self.healthy(self.personal, state="connected")
                self.personal.write(values)
                health = self.health(self.personal)
                self.assertEqual(health.trouble, trouble)
                self.assertEqual(bool(health.error), trouble != "0_none")
        self.healthy(self.personal, state="connected")
        self.env["inbox.quarantine"].create({"account_id": self.personal.id, "reason": "odd"})
        self.assertEqual(self.health(self.personal).trouble, "2_incomplete")

    def test_what_is_late_depends_on_how_often_it_is_looked_at(self):
        # The time of the transaction is the database's now.
        self.healthy(self.shared, last_sync=self.env.cr.now() - timedelta(minutes=30))
        self.assertEqual(self.health(self.shared).trouble, "3_late")
        self.assertEqual(self.health(self.shared).lag_text, "30 minutes")
        self.env["ir.config_parameter"].set_param("concord_inbox.poll_seconds", "3600")
        self.assertEqual(self.health(self.shared).trouble, "0_none")

    def test_the_worst_comes_first(self):
        self.healthy(self.shared)
        self.personal.state = "auth_failed"
        both = self.health(self.shared).search([("id", "in", [self.shared.id, self.personal.id])])
        self.assertEqual(both.ids, [self.personal.id, self.shared.id])
        self.healthy(self.personal, state="connected")
        self.shared.failure_count = 1
        self.health(self.shared)
        both = self.health(self.shared).search([("id", "in", [self.shared.id, self.personal.id])])
        self.assertEqual(both.ids, [self.shared.id, self.personal.id])

    def test_whether_the_provider_tells_at_once(self):
        now = self.env.cr.now().replace(microsecond=0)
        until, switch = now + timedelta(days=2), notification_settings.SWITCHES["outlook"]
        owner = {"connection_type": "outlook", "user_id": self.users["owner"].id}
        account = self.make_account("owner@firm.example", **owner)
        told = self.env["inbox.subscription"].create({"account_id": account.id})
        self.env["ir.config_parameter"].set_param(switch, "1")
        for expected, values, state in (
            ("starting", {}, "connected"),
            ("on", {"expires_at": until}, "connected"),
            # It was, and nobody knows yet why it is no more.
            ("starting", {"expires_at": now - timedelta(days=1)}, "connected"),
            ("failing", {"error": "“Divorce” is refused"}, "connected"),
            # What could not be renewed tells until it ends.
            ("on", {"expires_at": until, "error": "“Divorce” is refused"}, "connected"),
            ("starting", {"expires_at": until, "is_ending": True}, "connected"),
            (False, {"expires_at": until}, "paused"),
        ):
            with self.subTest(expected=expected, state=state, **values):
                told.write({"expires_at": False, "error": False, "is_ending": False} | values)
                account.state = state
                health = self.health(account)
                [shown] = health.read()
                self.assertEqual(shown["notification_state"], expected)
                self.assertEqual(shown["notified_until"], until if expected == "on" else False)
                # What a provider says of somebody's own mailbox is for its owner.
                self.assertNotIn("Divorce", str(shown))
                self.assertIn(health, health.search([("notification_state", "=", expected)]))
        mailbox = self.make_account("info@firm.example", is_shared_mailbox=True, **owner)
        self.assertEqual(self.health(mailbox).notification_state, "impossible")
        self.assertFalse(self.health(self.shared).notification_state, "nobody tells of IMAP")
        account.state = "connected"
        self.env["ir.config_parameter"].set_param(switch, "0")
        self.assertFalse(self.health(account).notification_state)

    def test_other_companies(self):
        self.shared.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaises(AccessError):
            self.health(self.shared).read(["name"])
