"""The test of a connection in a browser: each thing that can be wrong is shown at the step where it went wrong."""

import contextlib
import os
import tempfile
import unittest.mock

from odoo import Command
from odoo.tests import HttpCase, tagged

from dev.ports import free_port
from tests.servers.dovecot import Dovecot
from tests.servers.submission import Submission
from tests.servers.tcp import server_context
from tests.servers.tls import make_certificate

USER = "anna@firm.example"
PASSWORD = "secret"

SCRIPT = """
    const wait = async (find, what) => {
        for (let tries = 0; tries < 1200; tries++) {
            const found = find();
            if (found) return found;
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        throw new Error("not found: " + what);
    };
    const one = (selector, text) => wait(
        () => [...document.querySelectorAll(selector)].find((el) => !text || el.textContent.includes(text)),
        selector + " " + (text || "")
    );
    (async () => {
        (await one("button[name=action_show_connection_test]")).click();
        %s
        (await one(".modal-footer .btn-primary", "Back to the settings")).click();
        await wait(() => !document.querySelector(".modal"), "the dialog is closed");
        console.log("test successful");
    })().catch((error) => console.error(error.message));
"""


@tagged("post_install", "-at_install")
class TestConnectionTest(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        certificate = make_certificate(folder)
        cls.untrusted = make_certificate(folder, name="untrusted", self_signed=True)
        stack.enter_context(unittest.mock.patch.dict(os.environ, {"SSL_CERT_FILE": str(certificate.authority)}))
        cls.imap = stack.enter_context(Dovecot(certificate=certificate))
        cls.imap.add_user(USER, PASSWORD)
        context = server_context(certificate)
        cls.smtp = stack.enter_context(Submission({USER: PASSWORD}, context=context))
        cls.smtp_untrusted = stack.enter_context(Submission({USER: PASSWORD}, context=server_context(cls.untrusted)))
        cls.env["res.users"].create(
            {
                "name": "Anna",
                "login": "anna_tests",
                "password": "anna_password",
                "group_ids": [Command.link(cls.env.ref("concord_inbox.group_inbox_manager").id)],
            }
        )

    def account(self, **values):
        return self.env["inbox.account"].create(
            {
                "email": USER,
                "account_type": "shared",
                "password": PASSWORD,
                "imap_host": "127.0.0.1",
                "imap_port": self.imap.ports["imaps"],
                "smtp_host": "127.0.0.1",
                "smtp_port": self.smtp.port,
                **values,
            }
        )

    def assert_shown(self, failed, *sentences, **values):
        """The test fails at the steps `failed` of receiving and of sending (None: it works), and says `sentences`."""
        account = self.account(**values)
        lines = ["const columns = await wait(() => document.querySelectorAll('.modal section'), 'columns');"]
        for number, step in enumerate(failed):
            last = ("folders", "login")[number]
            wanted = f"[data-name={step}][data-state=failed]" if step else f"[data-name={last}][data-state=done]"
            lines.append(
                f"await wait(() => columns[{number}]?.querySelector('{wanted}'), 'server {number}: {wanted}');"
            )
            if step and step != last:
                lines.append(f"if (!columns[{number}].querySelector('[data-name={last}][data-state=not_reached]'))")
                lines.append(f"    throw new Error('{last} of {number} was not reached');")
        lines = ["await one('.modal section');", *lines]
        lines += [f'await one(".o_inbox_advice", "{sentence}");' for sentence in sentences]
        lines.append('await one(".modal .alert-danger", "nothing else was stored");')
        url = f"/odoo/inbox-accounts/{account.id}"
        self.browser_js(url, SCRIPT % "\n".join(lines), login="anna_tests", timeout=180)
        self.env.invalidate_all()
        self.assertFalse(account.folder_ids)
        self.assertEqual(account.state, "draft")

    def test_wrong_password(self):
        self.assert_shown(("login", "login"), "refuses the user name or the password", password="wrong")

    def test_wrong_port(self):
        closed = free_port()
        self.assert_shown(("connect", None), f"does not accept connections on port {closed}", imap_port=closed)

    def test_wrong_encryption(self):
        self.assert_shown(
            ("encrypt", "greet"),
            "is not encrypted from the start. Choose STARTTLS in the field IMAP Encryption",
            "is encrypted from the start. Choose SSL/TLS in the field SMTP Encryption",
            imap_port=self.imap.ports["imap"],
            smtp_encryption="starttls",
        )

    def test_certificate_that_is_not_trusted(self):
        self.assert_shown(
            (None, "encrypt"),
            "is self-signed",
            self.untrusted.fingerprint,
            "Allow non-secure certificate",
            smtp_port=self.smtp_untrusted.port,
        )

    def test_no_such_server(self):
        self.assert_shown(("resolve", None), "does not exist", imap_host="no-such.invalid")
