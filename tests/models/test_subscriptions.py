"""Providers that tell of new email: made, renewed and stopped at the right time, and what goes wrong harms nothing."""

from contextlib import contextmanager
from datetime import timedelta

from odoo import fields
from odoo.addons.concord_inbox.adapters.outlook import notices
from odoo.addons.concord_inbox.models import notification_settings
from odoo.exceptions import AccessError, ValidationError
from odoo.modules.neutralize import get_neutralization_queries

from tests.servers.microsoft.graph import failure
from tests.servers.notified import Notified

from .sign_in import ANNA, INFO, KINDS, SignInCase
from .test_secrets_stay import everything_logged

ACCOUNT = "push@concord-project.iam.gserviceaccount.com"
LATER = timedelta(days=20)


class NotifiedCase(SignInCase):
    """Both providers shall tell, at the address of `notified`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.notified = cls.enterClassContext(Notified())

    def setUp(self):
        super().setUp()
        self.graph, self.pubsub = self.microsoft.graph.subscriptions, self.google.pubsub
        self.graph.known.clear()
        self.pubsub.watches.clear()
        self.notified.answers = True
        self.topic = self.pubsub.add_topic(endpoint=self.notified.url, account=ACCOUNT)
        self.parameters = self.env["ir.config_parameter"]
        self.parameters.set_param("web.base.url", self.notified.url)
        for kind, fake in self.fakes.items():
            fake.redirect_uris.add(self.env["inbox.provider.client"]._redirect_uri(kind))
        self.parameters.set_param(notification_settings.TOPIC, self.topic)
        self.parameters.set_param(notification_settings.PUSH_ACCOUNT, ACCOUNT)
        self.switch("1")
        self.subscriptions = self.env["inbox.subscription"]
        self.cron = self.env.ref("concord_inbox.ir_cron_attend_subscriptions")

    def switch(self, value, *kinds):
        for kind in kinds or KINDS:
            self.parameters.set_param(notification_settings.SWITCHES[kind], value)

    def connected(self, kind, **values):
        account, _tokens = self.signed_in(kind, **values)
        account.sudo().write({"state": "connected", "sync_since": "2026-01-01", "connected_at": "2026-01-01"})
        return account.with_env(self.env)

    def attend(self):
        """What the cron does, whatever is wanted of it."""
        self.subscriptions._cron_attend()
        self.env.invalidate_all()

    def of(self, account):
        return self.subscriptions._of(account)

    def told_of(self, kind, address=ANNA):
        return len(self.graph.of(address)) if kind == "outlook" else int(address in self.pubsub.watches)

    @contextmanager
    def triggers(self, name="ir_cron_attend_subscriptions", wanted=True):
        """The cron is woken meanwhile, or is not."""
        cron = self.env.ref(f"concord_inbox.{name}")
        count = self.env["ir.cron.trigger"].search_count
        before = count([("cron_id", "=", cron.id)])
        yield
        self.assertEqual(count([("cron_id", "=", cron.id)]) > before, wanted)


class TestSubscriptions(NotifiedCase):
    def test_off_by_default(self):
        self.parameters.search([("key", "in", list(notification_settings.SWITCHES.values()))]).unlink()
        for kind in KINDS:
            account = self.connected(kind)
            self.attend()
            self.assertFalse(self.of(account))
            self.assertFalse(account.notification_text)
            self.assertFalse(self.told_of(kind))

    def test_made_and_renewed(self):
        for kind in KINDS:
            account = self.connected(kind)
            account.next_sync = fields.Datetime.now() + LATER
            self.attend()
            row = self.of(account)
            self.assertEqual((self.told_of(kind), row.failure_count, row.error), (1, 0, False))
            self.assertIn("tells of new email at once", account.notification_text)
            self.assertFalse(account.has_notification_trouble)
            # What came before was told to nobody.
            self.assertLessEqual(account.next_sync, fields.Datetime.now())
            self.assertGreater(row.expires_at - row.attend_at, timedelta(hours=24))
            # Nothing to do until then.
            before, requests = row.attend_at, len(self.fakes[kind].requests)
            self.attend()
            self.assertEqual((row.attend_at, len(self.fakes[kind].requests)), (before, requests))
            remote_id, secret = row.remote_id, row.secret_hash
            row.write({"attend_at": fields.Datetime.now(), "expires_at": row.expires_at - timedelta(hours=1)})
            ends = row.expires_at
            self.attend()
            self.assertGreater(row.expires_at, ends)
            self.assertEqual((row.remote_id, row.secret_hash, self.told_of(kind)), (remote_id, secret, 1))

    def test_connecting_begins_it(self):
        account, _tokens = self.signed_in("outlook")
        self.patch(type(account), "_test_connection", lambda _account: None)
        with self.triggers():
            account.action_connect()
        self.attend()
        self.assertEqual(self.told_of("outlook"), 1)
        # After the login was refused for a while, the provider may have ended it: that is seen at once.
        self.graph.known.clear()
        account.sudo().state = "auth_failed"
        account.action_connect()
        self.attend()
        self.assertEqual(self.told_of("outlook"), 1)
        imap = self.shared.with_env(self.env)
        imap.state = "paused"
        with self.triggers(wanted=False):
            imap.action_connect()

    def test_the_secret_is_nobodys(self):
        with everything_logged() as lines:
            account = self.connected("outlook")
            self.attend()
            [known] = self.graph.of(ANNA)
            secret = known.value["clientState"]
            self.subscriptions._told_by_microsoft([notices.Notice(known.value["id"], secret)])
            self.env.flush_all()
            self.env.cr.execute("SELECT row_to_json(row)::text FROM inbox_subscription row")
            stored = repr(self.env.cr.fetchall())
            account.sudo().action_disconnect()
            self.env.cr.postcommit.run()
        self.assertGreaterEqual(len(secret), 40)
        self.assertTrue(lines)
        self.assertFalse([line for line in lines if secret in line])
        self.assertIn(known.value["id"], stored)
        self.assertNotIn(secret, stored)

    # ------------------------------------------------------------ the end

    def test_disconnecting_stops_it(self):
        for kind in KINDS:
            account = self.connected(kind)
            self.attend()
            account.sudo().action_disconnect()
            self.assertFalse(self.of(account))
            # While the transaction may still be rolled back, nothing is told.
            self.assertEqual(self.told_of(kind), 1)
            self.env.cr.postcommit.run()
            self.assertEqual(self.told_of(kind), 0)
            self.attend()
            self.assertFalse(self.of(account))

    def test_with_a_token_that_is_too_old(self):
        for kind in KINDS:
            account = self.connected(kind)
            self.attend()
            self.make_old(account)
            self.fakes[kind].expire(ANNA)
            account.sudo().action_disconnect()
            self.env.cr.postcommit.run()
            self.assertEqual(self.told_of(kind), 0)

    def test_every_other_end(self):
        for end in (
            lambda account: account.unlink(),
            lambda account: account._delete_but_linked(),
            lambda account: account._hand_over(self.env["res.users"].browse(self.users["inbox_user"].id)),
        ):
            account = self.connected("outlook")
            self.attend()
            self.assertEqual(self.told_of("outlook"), 1)
            end(account.sudo())
            self.env.cr.postcommit.run()
            self.assertEqual((self.told_of("outlook"), self.subscriptions.search_count([])), (0, 0))

    def test_the_owner_is_archived(self):
        for kind in KINDS:
            account = self.connected(kind)
            self.attend()
            with self.triggers():
                account.sudo()._pause("archived")
            self.attend()
            self.assertEqual((self.told_of(kind), self.of(account)), (0, self.subscriptions))
            # Who comes back is told of again.
            account.state = "connected"
            self.attend()
            self.assertEqual(self.told_of(kind), 1)
            account.unlink()
            self.env.cr.postcommit.run()

    def test_switching_it_off_stops_all(self):
        accounts = [self.connected(kind) for kind in KINDS]
        self.attend()
        settings = self.as_user("system")["res.config.settings"].create({})
        settings.write({f"inbox_notify_{kind}": False for kind in KINDS})
        with self.triggers():
            settings.execute()
        self.attend()
        self.assertFalse(self.subscriptions.search([]))
        for kind, account in zip(KINDS, accounts, strict=True):
            self.assertEqual((self.told_of(kind), account.state), (0, "connected"))

    def test_a_provider_that_is_away_is_told_later(self):
        account = self.connected("outlook")
        self.attend()
        self.switch("0")
        self.microsoft.fail("DELETE /v1.0/subscriptions")
        self.attend()
        row = self.of(account)
        self.assertTrue(row.is_ending and row.attend_at > fields.Datetime.now())
        self.attend()
        self.assertEqual(self.told_of("outlook"), 1)
        row.attend_at = fields.Datetime.now()
        self.attend()
        self.assertEqual((self.told_of("outlook"), self.of(account)), (0, self.subscriptions))

    def test_two_accounts_of_one_mailbox(self):
        """Gmail has one watch for each user: it goes on for the other account."""
        first = self.connected("gmail")
        second = self.connected("gmail", user="manager", account_type="shared")
        self.attend()
        self.patch(type(first), "_revoke_after_commit", lambda *_arguments: None)
        first.sudo().action_disconnect()
        self.env.cr.postcommit.run()
        self.assertEqual((self.told_of("gmail"), len(self.of(second))), (1, 1))
        second.sudo().action_disconnect()
        self.env.cr.postcommit.run()
        self.assertEqual(self.told_of("gmail"), 0)

    def test_a_copy_of_the_database(self):
        self.connected("outlook")
        self.attend()
        self.env.flush_all()
        for query in get_neutralization_queries(["concord_inbox"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.env.registry.clear_all_caches()
        self.assertFalse(self.subscriptions.search([]))
        self.assertFalse(notification_settings.kinds(self.env))
        self.assertFalse(self.cron.active)

    # ------------------------------------------------------------ what goes wrong

    def test_what_cannot_be_made_harms_nothing(self):
        self.notified.answers = False
        self.pubsub.topics[self.topic].publishers.clear()
        for kind, said in (("outlook", "did not find this Odoo at"), ("gmail", "Gmail cannot publish to the topic")):
            account = self.connected(kind)
            self.attend()
            row = self.of(account)
            self.assertIn(said, row.error)
            self.assertIn(said, account.notification_text)
            self.assertTrue(account.has_notification_trouble)
            self.assertEqual((account.state, account.failure_count, account.trouble), ("connected", 0, False))
            # Again, later and later.
            waits = []
            for _time in range(9):
                waits.append(row.attend_at - fields.Datetime.now())
                row.attend_at = fields.Datetime.now()
                self.attend()
            self.assertGreater(waits[0], timedelta(minutes=4))
            self.assertGreater(waits[1], 1.8 * waits[0])
            self.assertLessEqual(waits[-1], timedelta(hours=6))
        # Who sets it up is told what is wrong, and of no account.
        summary = self.subscriptions._summary("gmail")
        self.assertIn("0 of 1", summary)
        self.assertIn("Gmail cannot publish", summary)
        self.assertNotIn(ANNA, summary)
        self.notified.answers = True
        self.pubsub.add_topic()
        self.subscriptions.search([]).attend_at = fields.Datetime.now()
        self.attend()
        for kind in KINDS:
            self.assertEqual(self.told_of(kind), 1)
            self.assertIn("1 of 1", self.subscriptions._summary(kind))
        self.assertFalse(any(self.subscriptions.search([]).mapped("error")))

    def test_the_wait_that_is_asked_for(self):
        account = self.connected("outlook")
        self.microsoft.fail("/subscriptions", failure(429, "TooManyRequests", "later", {"Retry-After": "3000"}))
        self.attend()
        self.assertGreater(self.of(account).attend_at - fields.Datetime.now(), timedelta(seconds=2900))

    def test_one_that_fails_does_not_keep_the_others(self):
        first = self.connected("gmail")
        second = self.connected("outlook")

        def broken(account):
            if account.connection_type == "gmail":
                raise ValueError("nobody has thought of that")
            return adapter_settings(account)

        adapter_settings = type(first)._adapter_settings
        self.patch(type(first), "_adapter_settings", broken)
        with self.assertLogs("odoo.addons.concord_inbox.models.inbox_subscription", "ERROR"):
            self.attend()
        self.assertIn("Something unexpected", self.of(first).error)
        self.assertGreater(self.of(first).attend_at, fields.Datetime.now())
        self.assertTrue(self.of(second).expires_at)

    def test_a_provider_that_is_away_is_asked_once(self):
        first = self.connected("outlook")
        second = self.connected("outlook", user="manager", account_type="shared")
        gmail = self.connected("gmail")
        self.microsoft.fail("POST /v1.0/subscriptions", times=5)
        self.addCleanup(self.microsoft._faults.clear)
        self.microsoft.requests.clear()
        self.attend()
        asked = [one for one in self.microsoft.requests if one.path == "/v1.0/subscriptions"]
        self.assertEqual(len(asked), 1)
        self.assertEqual(sorted((self.of(first) | self.of(second)).mapped("failure_count")), [0, 1])
        self.assertTrue(self.of(gmail).expires_at)

    def test_who_signed_out_meanwhile(self):
        account = self.connected("outlook")
        self.microsoft.revoke(ANNA)
        self.make_old(account)
        self.attend()
        self.assertIn("Re-Connect", self.of(account).error)
        self.assertEqual(account.state, "connected")  # its next run will find out

    def test_what_the_provider_forgot_is_made_anew(self):
        account = self.connected("outlook")
        self.attend()
        row = self.of(account)
        before = row.remote_id
        self.graph.known.clear()
        row.attend_at = fields.Datetime.now()
        account.next_sync = fields.Datetime.now() + LATER
        self.attend()
        self.assertEqual(self.told_of("outlook"), 1)
        self.assertNotEqual(row.remote_id, before)
        self.assertLessEqual(account.next_sync, fields.Datetime.now())

    def test_another_address_and_another_topic(self):
        accounts = {kind: self.connected(kind) for kind in KINDS}
        self.attend()
        other = self.pubsub.add_topic("other", endpoint=self.notified.url, account=ACCOUNT)
        self.parameters.set_param(notification_settings.TOPIC, other)
        self.parameters.set_param("web.base.url", self.notified.url + "/odoo")
        self.attend()
        self.assertEqual(self.pubsub.watches[ANNA].topic, other)
        [known] = self.graph.of(ANNA)
        self.assertIn("/odoo/concord_inbox/notify/microsoft", known.value["notificationUrl"])
        self.assertEqual({self.of(account).failure_count for account in accounts.values()}, {0})

    def test_disconnected_while_it_is_made(self):
        account = self.connected("outlook")
        made = self.graph._create

        def create(*arguments):
            # As another process would do it.
            self.subscriptions.search([]).unlink()
            self.env.flush_all()
            return made(*arguments)

        self.patch(self.graph, "_create", create)
        self.attend()
        self.assertEqual((self.told_of("outlook"), self.of(account)), (0, self.subscriptions))

    def test_shared_mailboxes_are_looked_at_as_before(self):
        self.microsoft.add_shared(INFO, members=[ANNA])
        account = self.account("outlook", email=INFO, is_shared_mailbox=True)
        self.come_back(account, self.at_provider(account))
        account.sudo().state = "connected"
        self.attend()
        self.assertFalse(self.of(account))
        self.assertIn("does not tell of new email in shared mailboxes", account.notification_text)

    def test_who_sees_what(self):
        account = self.connected("outlook")
        self.attend()
        for user in ("owner", "manager", "system", "employee", "portal", "public"):
            with self.assertRaises(AccessError):
                self.as_user(user)["inbox.subscription"].search_read([])
            with self.assertRaises(AccessError):
                self.of(account).with_user(self.users[user]).sudo(False).read(["secret_hash"])
        for user in ("inbox_user", "manager", "system", "employee"):
            with self.assertRaises(AccessError):
                account.with_user(self.users[user]).read(["notification_text"])
        self.assertTrue(account.with_user(self.users["owner"]).read(["notification_text"])[0]["notification_text"])


class TestNotificationSettings(NotifiedCase):
    def test_only_system_administrators(self):
        for user in ("owner", "manager", "employee", "portal", "public"):
            with self.assertRaises(AccessError):
                self.save(user, inbox_notify_outlook=True)

    def test_what_is_shown_and_stored(self):
        settings = self.save(inbox_notify_gmail=True, inbox_notify_outlook=False, inbox_google_topic=f" {self.topic} ")
        self.assertEqual(notification_settings.kinds(self.env), ["gmail"])
        self.assertEqual(notification_settings.topic(self.env), self.topic)
        self.assertEqual(settings.inbox_google_push_address, f"{self.notified.url}/concord_inbox/notify/google")
        self.assertEqual(settings.inbox_microsoft_notify_address, f"{self.notified.url}/concord_inbox/notify/microsoft")
        shown = self.as_user("system")["res.config.settings"].create({})
        self.assertEqual((shown.inbox_notify_gmail, shown.inbox_notify_outlook), (True, False))

    def test_what_is_missing_or_wrong(self):
        for said, values in (
            ("enter the topic", {"inbox_google_topic": False}),
            ("enter the topic", {"inbox_google_push_account": False}),
            ("no full name of a topic", {"inbox_google_topic": "my-topic"}),
            ("no full name of a topic", {"inbox_google_topic": "projects/concord-project/topics/x y"}),
            ("no service account", {"inbox_google_push_account": "anna@gmail.com"}),
        ):
            with self.assertRaisesRegex(ValidationError, said):
                self.save(inbox_notify_gmail=True, **values)

    def test_an_address_that_nobody_reaches(self):
        # Without the stand-ins, for which the loopback is the right place.
        self.patch(type(self.env["inbox.provider.client"]), "_base", lambda *_arguments: "")
        self.parameters.set_param(notification_settings.SWITCHES["outlook"], "0")
        for base in (
            *("http://odoo.example.com", "https://localhost", "https://localhost:8069", "https://odoo", "https://"),
            *("https://10.1.2.3", "https://127.0.0.1", "https://[::1]", "https://[fd00::1]:8443", ""),
            *("https://192.168.1.5", "https://odoo.intranet", "https://a.local.", "ftp://odoo.example.com"),
        ):
            self.parameters.set_param("web.base.url", base)
            with self.subTest(base=base), self.assertRaisesRegex(ValidationError, "reachable from the Internet"):
                self.save(inbox_notify_gmail=False, inbox_notify_outlook=True)
        for base in ("https://odoo.example.com", "https://odoo.example.com:8443/", "https://8.8.8.8"):
            self.parameters.set_param("web.base.url", base)
            self.save(inbox_notify_gmail=False, inbox_notify_outlook=False)
            self.save(inbox_notify_gmail=False, inbox_notify_outlook=True)
        # Once it is on, other settings can be saved whatever becomes of the address.
        self.parameters.set_param("web.base.url", "http://odoo.example.com")
        self.save(inbox_notify_gmail=False, inbox_notify_outlook=True)
