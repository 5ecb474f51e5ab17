"""Connecting an account: what works, and for each thing that does not, the sentence that names the field to change."""

import contextlib
import os
import tempfile
import unittest.mock

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from dev.ports import free_port
from tests.servers.dovecot import Dovecot
from tests.servers.submission import Submission
from tests.servers.tcp import server_context
from tests.servers.tls import make_certificate

USER = "sales@northlight.example"
PASSWORD = "pässword"


@tagged("post_install", "-at_install")
class TestConnection(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        cls.certificates = {
            "trusted": make_certificate(folder, name="trusted"),
            "self_signed": make_certificate(folder, name="self_signed", self_signed=True),
            "expired": make_certificate(folder, name="expired", expired=True),
            "wrong_name": make_certificate(folder, ["mail.elsewhere.example"], name="wrong_name"),
        }
        trusted = {"SSL_CERT_FILE": str(cls.certificates["trusted"].authority)}
        stack.enter_context(unittest.mock.patch.dict(os.environ, trusted))
        cls.servers = {}
        for name, certificate in cls.certificates.items():
            dovecot = stack.enter_context(Dovecot(certificate=certificate))
            dovecot.add_user(USER, PASSWORD)
            cls.servers[name] = dovecot
        cls.servers["plain"] = stack.enter_context(Dovecot(tls=False))
        cls.servers["plain"].add_user(USER, PASSWORD)
        cls.smtp = {}
        for encryption, name in (
            ("ssl", "trusted"),
            ("starttls", "trusted"),
            ("ssl", "self_signed"),
            ("ssl", "expired"),
        ):
            argument = {"ssl": "context", "starttls": "starttls"}[encryption]
            server = Submission({USER: PASSWORD}, **{argument: server_context(cls.certificates[name])})
            cls.smtp[encryption, name] = stack.enter_context(server)
        cls.smtp["none"] = stack.enter_context(Submission({USER: PASSWORD}))

    def account(self, **values):
        trusted = self.servers["trusted"].ports
        return self.env["inbox.account"].create(
            {
                "email": USER,
                "account_type": "shared",
                "password": PASSWORD,
                "imap_host": "127.0.0.1",
                "imap_port": trusted["imaps"],
                "imap_encryption": "ssl",
                "smtp_host": "127.0.0.1",
                "smtp_port": self.smtp["ssl", "trusted"].port,
                "smtp_encryption": "ssl",
                **values,
            }
        )

    def assert_refused(self, *parts, **values):
        """Test and connect fail with a sentence that has each of `parts`, and leave nothing behind."""
        account = self.account(**values)
        for action in ("action_test_connection", "action_connect"):
            with self.assertRaises(UserError) as caught:
                getattr(account, action)()
            sentence = caught.exception.args[0]
            for part in parts:
                self.assertIn(part, sentence)
            self.assertNotIn(account._adapter_settings().password or "-", sentence)
        self.assertEqual((account.state, account.sync_since), ("draft", False))
        self.assertFalse(account.folder_ids)

    def test_every_encryption_works(self):
        ports = self.servers["trusted"].ports
        for encryption, port, smtp in (
            ("ssl", ports["imaps"], self.smtp["ssl", "trusted"]),
            ("starttls", ports["imap"], self.smtp["starttls", "trusted"]),
            ("none", ports["imap"], self.smtp["none"]),
        ):
            account = self.account(
                imap_port=port, imap_encryption=encryption, smtp_port=smtp.port, smtp_encryption=encryption
            )
            action = account.action_test_connection()
            self.assertEqual(action["params"]["type"], "success")
            self.assertEqual(account.state, "draft", "a test connects nothing")
            self.assertIn("inbox", account.folder_ids.mapped("role"))
            account.action_connect()
            self.assertEqual(account.state, "connected")
            self.assertTrue(account.sync_since and account.next_sync)

    def test_an_account_that_only_receives(self):
        account = self.account(smtp_host=False, smtp_port=False)
        self.assertIn("nothing can be sent", account.action_test_connection()["params"]["message"])
        account.action_connect()
        self.assertEqual(account.state, "connected")

    def test_a_user_name_that_is_not_the_address(self):
        self.servers["trusted"].add_user("northlight-17", PASSWORD)
        with Submission({"northlight-17": PASSWORD}) as smtp:
            account = self.account(username="northlight-17", smtp_port=smtp.port, smtp_encryption="none")
            account.action_test_connection()

    def test_wrong_password(self):
        self.assert_refused("refuses the user name or the password", "Password", "IMAP", password="wrong")
        with Submission({USER: "another"}) as smtp:
            self.assert_refused(
                "refuses the user name or the password", "Password", "SMTP", smtp_port=smtp.port, smtp_encryption="none"
            )

    def test_wrong_host(self):
        self.assert_refused("no-such.invalid", "does not exist", "IMAP Server", imap_host="no-such.invalid")
        self.assert_refused("no-such.invalid", "does not exist", "SMTP Server", smtp_host="no-such.invalid")

    def test_wrong_port(self):
        closed = free_port()
        self.assert_refused("does not accept connections", str(closed), "IMAP Port", imap_port=closed)
        self.assert_refused("does not accept connections", str(closed), "SMTP Port", smtp_port=closed)

    def test_another_protocol(self):
        self.assert_refused(
            "is not an IMAP server", "IMAP Port", imap_port=self.smtp["none"].port, imap_encryption="none"
        )
        self.assert_refused(
            "is not an SMTP server",
            "SMTP Port",
            smtp_port=self.servers["trusted"].ports["imap"],
            smtp_encryption="none",
        )

    def test_wrong_encryption(self):
        ports = self.servers["trusted"].ports
        self.assert_refused("not encrypted from the start", "IMAP Encryption", imap_port=ports["imap"])
        self.assert_refused(
            "is encrypted from the start", "IMAP Encryption", imap_port=ports["imaps"], imap_encryption="starttls"
        )
        self.assert_refused(
            "does not offer STARTTLS",
            "IMAP Encryption",
            imap_port=self.servers["plain"].ports["imap"],
            imap_encryption="starttls",
        )
        self.assert_refused("not encrypted from the start", "SMTP Encryption", smtp_port=self.smtp["none"].port)
        self.assert_refused(
            "does not offer STARTTLS",
            "SMTP Encryption",
            smtp_port=self.smtp["none"].port,
            smtp_encryption="starttls",
        )

    def test_certificates(self):
        for name, says in (
            ("self_signed", "is self-signed"),
            ("expired", "has expired"),
            ("wrong_name", "is for another name"),
        ):
            server = self.servers[name]
            parts = (says, "Allow non-secure certificate", server.certificate.fingerprint)
            self.assert_refused(*parts, imap_port=server.ports["imaps"])
            self.assert_refused(*parts, imap_port=server.ports["imap"], imap_encryption="starttls")
            allowed = self.account(imap_port=server.ports["imaps"], allow_insecure_certificate=True)
            allowed.action_test_connection()
        for name in ("self_signed", "expired"):
            smtp = self.smtp["ssl", name]
            self.assert_refused("SMTP Server", "Allow non-secure certificate", smtp_port=smtp.port)

    def test_what_is_missing_is_named(self):
        self.assert_refused("Please fill in", "IMAP Server", imap_host=False)
        self.assert_refused("Please fill in", "Password", password=False)
        self.assert_refused("control character", password="one\r\ntwo")

    def test_google_and_microsoft_want_somebody_to_sign_in(self):
        for connection_type, provider in (("gmail", "Google"), ("outlook", "Microsoft")):
            self.assert_refused(f"Sign in with {provider} first", connection_type=connection_type)

    def test_what_is_no_address_is_refused(self):
        for wrong in ("sales", "sales@", "a b", ""):
            with self.assertRaises(Exception):  # noqa: B017 (an empty one is refused by the database)
                self.account(email=wrong)

    def test_a_user_cannot_reach_into_the_own_network(self):
        user = self.env["res.users"].create(
            {
                "name": "u",
                "login": "inbox_connection_user",
                "group_ids": [(6, 0, self.env.ref("concord_inbox.group_inbox_user").ids)],
            }
        )
        values = {"account_type": "personal", "user_id": user.id}
        account = self.account(**values).with_user(user)
        account.imap_host = "localhost"
        with self.assertRaises(UserError) as caught:
            account.action_test_connection()
        self.assertIn("not an address on the public Internet", caught.exception.args[0])
        self.env["ir.config_parameter"].set_param(
            "concord_inbox.allowed_mail_hosts", f"localhost:{account.imap_port}, 127.0.0.1:{account.smtp_port}"
        )
        account.action_test_connection()

    def test_authentication_failure_switches_off_and_tells_once(self):
        manager = self.env.ref("base.user_admin")
        account = self.account()
        account.action_connect()
        account.password = "changed on the server"
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            account = account.with_env(account.env(cr=cr))
            account._sync()
            account.invalidate_recordset()
            self.assertEqual(account.state, "auth_failed")
            self.assertIn("refuses the user name or the password", account.last_error)
            self.assertTrue(account.folder_ids)
            notices = account.env["mail.message"].search([("subject", "like", "needs to be connected again")])
            self.assertEqual(len(notices), 1)
            self.assertIn(manager.partner_id.id, notices.notified_partner_ids.ids)
            account._sync()
            self.assertEqual(len(notices.search([("subject", "like", "needs to be connected again")])), 1)
            since = account.sync_since
            self.assertEqual(account.action_reconnect()["res_id"], account.id)
            account.password = PASSWORD
            account.action_connect()
            self.assertEqual((account.state, account.last_error, account.sync_since), ("connected", False, since))

    def test_trouble_that_passes_switches_nothing_off(self):
        account = self.account()
        account.action_connect()
        account.imap_port = free_port()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            account = account.with_env(account.env(cr=cr))
            account._sync()
            account.invalidate_recordset()
            self.assertEqual(account.state, "connected")
            self.assertIn("does not accept connections", account.last_error)
            self.assertEqual(account.failure_count, 1)
            self.assertGreater(account.next_sync, account.env.cr.now())
            account.imap_port = self.servers["trusted"].ports["imaps"]
            account._sync()
            account.invalidate_recordset()
            self.assertEqual((account.last_error, account.failure_count), (False, 0))
