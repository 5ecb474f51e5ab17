"""General Settings → Inbox: who may, what is refused and in which words, and that it takes effect at once."""

from datetime import timedelta

from odoo import fields
from odoo.addons.concord_inbox.sync import quarantine
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import InboxCase


@tagged("post_install", "-at_install")
class TestSettings(InboxCase):
    def save(self, user_name="system", **values):
        self.env["res.config.settings"].with_user(self.users[user_name]).create(values).execute()
        self.env.invalidate_all()

    def assert_refused(self, part, **values):
        with self.assertRaises(ValidationError) as caught:
            self.save(**values)
        self.assertIn(part, str(caught.exception))

    def parameter(self, name):
        return self.env["ir.config_parameter"].get_param(f"concord_inbox.{name}")

    def test_only_for_administrators_of_the_system(self):
        for user_name in ("owner", "employee", "inbox_user", "shared_user", "manager", "portal", "public"):
            with self.subTest(user=user_name), self.assertRaises(AccessError):
                self.save(user_name, inbox_poll_seconds=120)

    def test_what_is_shown_before_anything_was_set(self):
        values = (
            self.env["res.config.settings"]
            .with_user(self.users["system"])
            .default_get(
                ["inbox_poll_seconds", "inbox_largest_email_mb", "inbox_allowed_mail_hosts", "default_sync_from"]
            )
        )
        self.assertEqual((values["inbox_poll_seconds"], values["inbox_largest_email_mb"]), (60, 500))
        self.save()
        self.assertEqual(self.env["inbox.account"]._poll_seconds(), 60)
        self.assertEqual(quarantine.largest(self.env), 500_000_000)

    def test_how_often(self):
        later = fields.Datetime.now() + timedelta(hours=2)
        accounts = self.shared | self.personal
        self.save(inbox_poll_seconds=7200)
        self.assertEqual(self.env["inbox.account"]._poll_seconds(), 7200)
        accounts.next_sync = later
        self.personal.failure_count = 3
        self.save(inbox_poll_seconds=30)
        self.assertEqual(self.env["inbox.account"]._poll_seconds(), 30)
        # Those that were put off by the longer interval are looked at soon; who is in trouble still waits.
        self.assertLess(self.shared.next_sync, fields.Datetime.now() + timedelta(minutes=1))
        self.assertEqual(self.personal.next_sync, later)
        for seconds in (14, 0, -1, 24 * 3600 + 1):
            self.assert_refused("every 15 to 86400 seconds", inbox_poll_seconds=seconds)

    def test_the_largest_email(self):
        self.save(inbox_largest_email_mb=25)
        self.assertEqual(quarantine.largest(self.env), 25_000_000)
        self.save(inbox_largest_email_mb=0)
        self.assertEqual(quarantine.largest(self.env), 0)
        settings = self.env["res.config.settings"].with_user(self.users["system"]).create({})
        self.assertEqual(settings.inbox_largest_email_mb, 0)
        for megabytes in (-1, 501):
            self.assert_refused("1 to 500 MB", inbox_largest_email_mb=megabytes)

    def test_the_period_of_new_accounts(self):
        before = self.shared.sync_from
        self.save(default_sync_from="6_months")
        account = (
            self.env["inbox.account"].with_user(self.users["inbox_user"]).create({"email": "me@northlight.example"})
        )
        self.assertEqual(account.sync_from, "6_months")
        self.assertEqual(self.shared.sync_from, before)

    def test_mail_servers_in_the_own_network(self):
        allowed = "mail.intranet, 10.1.0.0/16 10.2.0.5:1143, [fd00::1]:993, fd00::/8, bücher.intranet, localhost"
        self.save(inbox_allowed_mail_hosts=allowed)
        hosts = self.personal._adapter_settings().allowed_hosts
        self.assertEqual(hosts[:3], ("mail.intranet", "10.1.0.0/16", "10.2.0.5:1143"))
        for entry in (
            *("10.1.0.0/33", "10.1.0", "300.1.1.1", "mail intranet;", "http://mail.intranet", "mail_server..intranet"),
            *("mail.intranet:0", "mail.intranet:70000", "*.intranet", "-mail.intranet", "a@b.example"),
        ):
            with self.subTest(entry=entry):
                self.assert_refused("is no mail server that could be allowed", inbox_allowed_mail_hosts=entry)
        self.assertEqual(self.parameter("allowed_mail_hosts"), allowed)
        self.save(inbox_allowed_mail_hosts=False)
        self.assertFalse(self.personal._adapter_settings().allowed_hosts)
