"""What providers post to us: who is believed, what it leads to, and that strangers learn nothing and cost little."""

import json
import unittest.mock
from datetime import timedelta

from odoo import fields
from odoo.addons.concord_inbox.adapters.gmail import push
from odoo.addons.concord_inbox.controllers import notifications
from odoo.addons.concord_inbox.models import inbox_subscription, notification_settings
from odoo.addons.concord_inbox.models.inbox_subscription import BusyError
from odoo.tests import HttpCase, tagged, test_cursor
from odoo.tools import config

from tests.servers.google import Google

from .common import InboxCase
from .test_secrets_stay import everything_logged

MICROSOFT, GOOGLE = "/concord_inbox/notify/microsoft", "/concord_inbox/notify/google"
ACCOUNT = "push@concord-project.iam.gserviceaccount.com"
SECRET, ANOTHER = "the secret of Anna's subscription", "the secret of Bob's"
ANNA, BOB = "anna@firm.example", "bob@firm.example"


@tagged("post_install", "-at_install")
class TestNotifications(InboxCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.google = cls.enterClassContext(Google())
        options = {"concord_inbox_google_url": cls.google.url}
        cls.enterClassContext(unittest.mock.patch.dict(config.options, options))
        parameters = cls.env["ir.config_parameter"]
        parameters.set_param(notification_settings.PUSH_ACCOUNT, ACCOUNT)
        for parameter in notification_settings.SWITCHES.values():
            parameters.set_param(parameter, "1")
        cls.audience = notification_settings.address(cls.env, "gmail")
        cls.accounts, cls.rows = {}, {}
        for name, kind, address, secret in (
            ("anna", "outlook", ANNA, SECRET),
            ("bob", "outlook", BOB, ANOTHER),
            ("gmail", "gmail", ANNA, ""),
            ("shared gmail", "gmail", ANNA, ""),
            ("other gmail", "gmail", BOB, ""),
        ):
            user = {"account_type": "shared"} if name.startswith("shared") else {"user_id": cls.users["owner"].id}
            account = cls.make_account(address, connection_type=kind, **user)
            cls.accounts[name] = account
            cls.rows[name] = cls.env["inbox.subscription"].create(
                {
                    "account_id": account.id,
                    "remote_id": f"id of {name}" if kind == "outlook" else "",
                    "address": address,
                    "secret_hash": inbox_subscription._hash(secret) if secret else False,
                    "expires_at": fields.Datetime.now() + timedelta(days=2),
                    "attend_at": fields.Datetime.now() + timedelta(days=1),
                }
            )

    def setUp(self):
        super().setUp()
        self.later = fields.Datetime.now().replace(microsecond=0) + timedelta(hours=2)
        for account in self.accounts.values():
            account.next_sync = self.later
        self.env.flush_all()
        # The certificates of another test's Google.
        self.enterContext(unittest.mock.patch.dict(push._certificates, clear=True))

    # ------------------------------------------------------------ what is posted

    def post(self, path, content, **headers):
        """The status, after it was looked for what an answer must not have."""
        content = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {"Content-Type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        self.env.flush_all()
        answer = self.opener.post(self.base_url() + path, data=content, headers=headers, timeout=60)
        self.env.invalidate_all()
        self.assertNotIn("Set-Cookie", answer.headers)
        if answer.status_code != 413:
            self.assertEqual(answer.content, b"")
        return answer.status_code

    def notice(self, name="anna", secret=SECRET, **more):
        return {
            "subscriptionId": f"id of {name}",
            "clientState": secret,
            "changeType": "created",
            "resource": "Users/x/Messages/y",
            "tenantId": "84bd8158-6d4d-4958-8b9f-9d6445542f95",
            **more,
        }

    def microsoft(self, *items):
        return self.post(MICROSOFT, {"value": items})

    def gmail(self, address=ANNA, history=100, account=ACCOUNT, **claims):
        token = self.google.pubsub.token(claims.pop("audience", self.audience), account, **claims)
        return self.post(GOOGLE, self.google.pubsub.envelope(address, history), Authorization=f"Bearer {token}")

    def due(self):
        """The names of the accounts that are to be looked at now, or in some seconds."""
        soon = fields.Datetime.now() + timedelta(minutes=1)
        self.env.invalidate_all()
        return {name for name, account in self.accounts.items() if account.next_sync <= soon}

    def triggers(self, name):
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", self.env.ref(f"concord_inbox.{name}").id)])

    # ------------------------------------------------------------ Microsoft

    def test_graph_asks_whose_address_it_is(self):
        for token in ("Validation: Testing & more=ö+/%41", "<script>alert(1)</script>"):
            answer = self.opener.post(self.base_url() + MICROSOFT, params={"validationToken": token}, timeout=60)
            self.assertEqual((answer.status_code, answer.text), (200, token))
            self.assertEqual(answer.headers["Content-Type"], "text/plain; charset=utf-8")
            self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
            self.assertIn("sandbox", answer.headers["Content-Security-Policy"])
        for token in ("", "x" * 3000, "a\r\nb"):
            answer = self.opener.post(self.base_url() + MICROSOFT, params={"validationToken": token}, timeout=60)
            self.assertEqual((answer.status_code, answer.content), (400, b""))

    def test_graph_tells(self):
        before = self.triggers("ir_cron_sync_slot_1")
        self.assertEqual(self.microsoft(self.notice()), 202)
        self.assertEqual(self.due(), {"anna"})
        self.assertGreater(self.triggers("ir_cron_sync_slot_1"), before)
        self.assertEqual(self.accounts["anna"].write_uid, self.env.ref("base.user_root"))

    def test_many_are_one(self):
        before = self.triggers("ir_cron_sync_slot_1")
        self.assertEqual(self.microsoft(*[self.notice()] * 200), 202)
        first = self.rows["anna"].told_at
        # The next may come while the run is at work: it leads to one more, some seconds later, and no more than that.
        self.accounts["anna"].next_sync = self.later
        for _time in range(5):
            self.assertEqual(self.microsoft(self.notice()), 202)
        self.env.invalidate_all()
        self.assertEqual(self.accounts["anna"].next_sync, first + inbox_subscription.EVERY)
        self.assertEqual(self.rows["anna"].told_at, first + inbox_subscription.EVERY)
        self.assertLessEqual(self.triggers("ir_cron_sync_slot_1"), before + 2)

    def test_a_look_that_is_due_is_left_as_it_is(self):
        account, due = self.accounts["anna"], fields.Datetime.now() - timedelta(minutes=5)
        account.next_sync = due
        self.microsoft(self.notice())
        self.assertEqual(account.next_sync, due)
        # But one that has begun may have seen nothing of it.
        self.rows["anna"].told_at = False
        self.env.cr.execute("UPDATE inbox_account SET lease_token = 'x' WHERE id = %s", [account.id])
        self.env.invalidate_all()
        self.microsoft(self.notice())
        self.assertGreater(account.next_sync, due)

    def test_who_waits_after_a_failure_goes_on_waiting(self):
        self.accounts["anna"].failure_count = 3
        self.assertEqual(self.microsoft(self.notice()), 202)
        self.assertFalse(self.due())

    def test_strangers_lead_to_nothing_and_learn_nothing(self):
        statuses = {
            self.microsoft(*items)
            for items in (
                [self.notice(secret="wrong")],
                [self.notice(secret="")],
                [self.notice(clientState=None)],
                [self.notice("nobody")],
                [self.notice("anna", ANOTHER)],
                [self.notice("bob", SECRET)],
                [self.notice(secret="wrong", lifecycleEvent="missed")],
                [self.notice(secret="wrong", lifecycleEvent="subscriptionRemoved")],
                [self.notice(secret=inbox_subscription._hash(SECRET))],
                # One without a secret is told nothing by Graph at all.
                [self.notice(subscriptionId="", clientState="")],
            )
        }
        self.assertEqual(statuses, {202})
        self.assertFalse(self.due())
        self.assertTrue(all(row.expires_at for row in self.rows.values()))
        # What is right counts, whatever comes beside it.
        self.microsoft(self.notice("bob", SECRET), self.notice(secret="wrong"), self.notice())
        self.assertEqual(self.due(), {"anna"})

    def test_every_secret_is_compared_in_the_same_way(self):
        compared = []
        real = inbox_subscription.hmac.compare_digest

        def compare(one, other):
            compared.append((len(one), len(other)))
            return real(one, other)

        with unittest.mock.patch.object(inbox_subscription.hmac, "compare_digest", compare):
            self.microsoft(self.notice(), self.notice("nobody"), self.notice(secret="x"))
        self.assertEqual(compared, [(64, 64)] * 3)

    def test_what_is_no_notification(self):
        for content in (b"", b"{}", b"[]", b"not json", b"\xff\xfe", {"value": []}, {"value": [{}]}, {"value": "x"}):
            self.assertEqual(self.post(MICROSOFT, content), 400)
        self.assertEqual(self.post(MICROSOFT, b"value=1", Content_Type="application/x-www-form-urlencoded"), 400)
        large = json.dumps({"value": [self.notice(resource="x" * notifications.LARGEST)]}).encode()
        for kind in ("application/json", "application/x-www-form-urlencoded", "text/plain"):
            self.assertEqual(self.post(MICROSOFT, large, Content_Type=kind), 413)
        self.assertFalse(self.due())
        for method in ("get", "put", "head"):
            answer = getattr(self.opener, method)(self.base_url() + MICROSOFT, timeout=60)
            self.assertIn(answer.status_code, (404, 405))

    def test_the_account_is_not_at_work(self):
        self.accounts["anna"].state = "auth_failed"
        self.rows["bob"].is_ending = True
        self.assertEqual(self.microsoft(self.notice(), self.notice("bob", ANOTHER)), 202)
        self.assertFalse(self.due())
        # That its subscription has ended is noted all the same.
        self.assertEqual(self.microsoft(self.notice(lifecycleEvent="subscriptionRemoved")), 202)
        self.assertFalse(self.rows["anna"].expires_at)

    def test_the_setting_is_off(self):
        parameters = self.env["ir.config_parameter"]
        for kind in ("outlook", "gmail"):
            parameters.set_param(notification_settings.SWITCHES[kind], "0")
        self.assertEqual((self.microsoft(self.notice()), self.gmail()), (404, 404))
        answer = self.opener.post(self.base_url() + MICROSOFT, params={"validationToken": "x"}, timeout=60)
        self.assertEqual(answer.status_code, 404)
        self.assertFalse(self.due())

    def test_what_happens_to_subscriptions(self):
        row, before = self.rows["anna"], self.triggers("ir_cron_attend_subscriptions")
        self.assertEqual(self.microsoft(self.notice(lifecycleEvent="missed")), 202)
        self.assertEqual(self.due(), {"anna"})
        self.assertEqual(self.triggers("ir_cron_attend_subscriptions"), before)
        # Neither of these is about an email.
        self.accounts["anna"].next_sync = self.later
        self.assertEqual(self.microsoft(self.notice(lifecycleEvent="reauthorizationRequired")), 202)
        self.assertLessEqual(row.attend_at, fields.Datetime.now())
        self.assertTrue(row.expires_at)
        self.assertEqual(self.microsoft(self.notice(lifecycleEvent="subscriptionRemoved"), self.notice()), 202)
        self.assertFalse(row.expires_at)
        self.assertGreater(self.triggers("ir_cron_attend_subscriptions"), before)
        self.assertFalse(self.due())

    def test_the_account_is_being_written(self):
        with unittest.mock.patch.object(type(self.accounts["anna"]), "_look_at", side_effect=BusyError):
            self.assertEqual((self.microsoft(self.notice()), self.gmail()), (503, 503))
        self.assertFalse(self.rows["anna"].told_at or self.rows["gmail"].history)

    # ------------------------------------------------------------ Google

    def test_gmail_tells(self):
        before = self.triggers("ir_cron_sync_slot_1")
        self.assertEqual(self.gmail(ANNA.upper()), 204)
        # Each account here that follows this mailbox, and nobody else's.
        self.assertEqual(self.due(), {"gmail", "shared gmail"})
        self.assertGreater(self.triggers("ir_cron_sync_slot_1"), before)

    def test_what_gmail_tells_again(self):
        self.gmail(history=2**40)
        for row in self.rows.values():
            row.told_at = False
        self.accounts["gmail"].next_sync = self.accounts["shared gmail"].next_sync = self.later
        for history in (2**40, 2**40 - 1, 5):
            self.assertEqual(self.gmail(history=history), 204)
        self.assertFalse(self.due())
        self.assertEqual(self.gmail(history=2**40 + 1), 204)
        self.assertEqual(self.due(), {"gmail", "shared gmail"})

    def test_somebody_else_than_google(self):
        for claims in (
            {"audience": "https://elsewhere.example"},
            {"account": "somebody@another-project.iam.gserviceaccount.com"},
            {"key": "forged-1"},
            {"key": "forged-1", "header": {"kid": "google-1"}},
            {"exp": 1_700_000_000, "iat": 1_699_990_000},
            {"header": {"alg": "none"}},
            {"iss": "https://evil.example"},
        ):
            with self.subTest(claims=claims):
                self.assertEqual(self.gmail(**claims), 401)
        content = self.google.pubsub.envelope(ANNA, 100)
        self.assertEqual(self.post(GOOGLE, content), 401)
        self.assertEqual(self.post(GOOGLE, content, Authorization="Basic YTpi"), 401)
        # Not even what is wrong in another way is told to somebody else.
        self.assertEqual(self.post(GOOGLE, b"nonsense"), 401)
        self.assertFalse(self.due())

    def test_google_tells_of_nobody(self):
        self.assertEqual(self.gmail("nobody@firm.example"), 204)
        self.assertFalse(self.due())
        token = f"Bearer {self.google.pubsub.token(self.audience, ACCOUNT)}"
        for content in (b"", b"{}", b'{"message": {"data": "x"}}'):
            self.assertEqual(self.post(GOOGLE, content, Authorization=token), 400)
        large = b" " * (notifications.LARGEST + 1)
        self.assertEqual(self.post(GOOGLE, large, Authorization=token), 413)

    def test_google_cannot_be_asked(self):
        self.google.fail("/oauth2/v1/certs")
        self.assertEqual(self.gmail(), 503)
        self.assertFalse(self.due())

    def test_no_transaction_waits_for_google(self):
        """The certificates are fetched with none open."""
        cursor = test_cursor.TestCursor
        real, statement, commit = push.web.request, cursor.execute, cursor.commit

        def request(*arguments, **options):
            self.assertLessEqual(options["timeout"], 5)
            steps.append("network")
            return real(*arguments, **options)

        def execute(cr, *arguments, **options):
            steps.append("statement")
            return statement(cr, *arguments, **options)

        steps = []
        with (
            unittest.mock.patch.object(push.web, "request", request),
            unittest.mock.patch.object(cursor, "commit", lambda cr: steps.append("commit") or commit(cr)),
            unittest.mock.patch.object(cursor, "execute", execute),
        ):
            self.assertEqual(self.gmail(), 204)
        asked = steps.index("network")
        self.assertEqual(steps[asked - 1], "commit")

    # ------------------------------------------------------------ both

    def test_strangers_cost_little(self):
        """None of what they send is looked for in the database, but for the id of a subscription."""
        self.microsoft(self.notice())
        self.gmail()
        executed = []
        real = type(self.env["inbox.subscription"]).search

        def search(model, *arguments, **options):
            executed.append(arguments)
            return real(model, *arguments, **options)

        with unittest.mock.patch.object(type(self.env["inbox.subscription"]), "search", search):
            for content in (b"nonsense", b"{}", {"value": [{}]}):
                self.post(MICROSOFT, content)
                self.post(GOOGLE, content)
            self.gmail(key="forged-1")
            self.assertFalse(executed)
            self.microsoft(*[self.notice(f"nobody {number}", "x") for number in range(300)])
            self.assertEqual(len(executed), 1)
        with everything_logged() as lines:
            self.post(MICROSOFT, b"nonsense")
            self.gmail(key="forged-1")
        self.assertTrue(lines)
        # Which databases there are is Odoo's own question, now and then.
        queries = [line for line in lines if line.startswith("odoo.sql_db") and "query:" in line]
        self.assertFalse([line for line in queries if "from pg_database" not in line])

    def test_nothing_of_it_is_written_down(self):
        token = self.google.pubsub.token(self.audience, ACCOUNT)
        with everything_logged() as lines:
            self.microsoft(self.notice(), self.notice(secret="a secret that is wrong"))
            self.post(MICROSOFT, json.dumps({"value": [{"clientState": SECRET}]}).encode())
            self.post(GOOGLE, self.google.pubsub.envelope(ANNA, 100), Authorization=f"Bearer {token}")
            self.post(GOOGLE, self.google.pubsub.envelope(ANNA, 100), Authorization=f"Bearer {token}x")
        self.assertTrue(lines)
        for word in (SECRET, "a secret that is wrong", token, token.rpartition(".")[2]):
            self.assertFalse([line for line in lines if word in line], word)
