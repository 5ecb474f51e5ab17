"""The form that connects an account, in a browser: the servers are found while somebody types."""

import contextlib
import os
import tempfile
import unittest.mock

from odoo import Command
from odoo.addons.concord_inbox.adapters import discovery
from odoo.addons.concord_inbox.models import inbox_account_discovery
from odoo.tests import HttpCase, tagged

from tests.servers.dovecot import Dovecot
from tests.servers.publishing import publishing
from tests.servers.submission import Submission
from tests.servers.tcp import server_context
from tests.servers.tls import make_certificate

USER = "anna@firm.example"
PASSWORD = "secret"

CONFIG = """<clientConfig version="1.1"><emailProvider id="firm.example">
<incomingServer type="imap"><hostname>mail.firm.example</hostname><port>{imap}</port><socketType>SSL</socketType>
<username>%EMAILADDRESS%</username></incomingServer>
<outgoingServer type="smtp"><hostname>mail.firm.example</hostname><port>{smtp}</port><socketType>STARTTLS</socketType>
<username>%EMAILADDRESS%</username></outgoingServer></emailProvider></clientConfig>"""

HELPERS = """
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
    const type = (el, value) => {
        el.value = value;
        el.dispatchEvent(new Event("input", { bubbles: true }));
        el.dispatchEvent(new Event("change", { bubbles: true }));
    };
    const input = (name) => document.querySelector(`div[name=${name}] input`);
    const has = (name, value) => wait(() => input(name)?.value === value, `${name} is ${value}`);
    const assert = (condition, message) => { if (!condition) throw new Error(message); };
    const isShown = (name) => input(name).offsetParent !== null;
    const leave = async () => {
        document.querySelector(".o_form_button_cancel").click();
        await wait(() => !input("email")?.value, "the form is left");
    };
    const chosen = () => document.querySelector("div[name=connection_type] input:checked").dataset.value;
"""


@tagged("post_install", "-at_install")
class TestConnect(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        certificate = make_certificate(folder, ["*.firm.example"])
        stack.enter_context(unittest.mock.patch.dict(os.environ, {"SSL_CERT_FILE": str(certificate.authority)}))
        cls.imap = stack.enter_context(Dovecot(certificate=certificate))
        cls.imap.add_user(USER, PASSWORD)
        cls.smtp = stack.enter_context(Submission({USER: PASSWORD}, starttls=server_context(certificate)))
        config = CONFIG.format(imap=cls.imap.ports["imaps"], smtp=cls.smtp.port).encode()
        documents = {"autoconfig.firm.example/mail/config-v1.1.xml": config}
        cls.web = stack.enter_context(publishing(documents, "mail", certificate=certificate))
        cls.env["res.users"].create(
            {
                "name": "Anna",
                "login": "anna_connects",
                "password": "anna_password",
                "group_ids": [Command.link(cls.env.ref("concord_inbox.group_inbox_manager").id)],
            }
        )

    def setUp(self):
        super().setUp()
        self.enterContext(unittest.mock.patch.object(inbox_account_discovery, "_searches", discovery.Searches()))

    def run_in_browser(self, *steps):
        """Open the empty form and go through `steps`; each is a line of JavaScript that may await."""
        lines = "\n".join(['await one("div[name=email] input");', *steps])
        code = f"""{HELPERS}
            (async () => {{
                {lines}
                console.log("test successful");
            }})().catch((error) => console.error(error.message));
        """
        url = "/odoo/action-concord_inbox.action_connect_personal/new"
        self.browser_js(url, code, login="anna_connects", timeout=180)

    def test_from_the_address_to_a_connected_account(self):
        self.run_in_browser(
            'assert(!isShown("imap_host"), "the servers are folded away");',
            f'type(input("email"), "{USER}");',
            f'type(input("password"), "{PASSWORD}");',
            'await one(".o_inbox_servers_found", "Found at autoconfig.firm.example");',
            f'await one(".o_inbox_server", "mail.firm.example:{self.imap.ports["imaps"]} (SSL/TLS)");',
            f'await one(".o_inbox_server", "mail.firm.example:{self.smtp.port} (STARTTLS)");',
            'assert(!isShown("imap_host"), "still folded away");',
            '(await one(".o_inbox_servers_change", "Change")).click();',
            'await wait(() => isShown("imap_host"), "the fields of the servers");',
            '(await one(".o_inbox_servers_change", "Hide")).click();',
            '(await one("button[name=action_show_connection_test]")).click();',
            'await one(".modal .alert-success", "Receiving and sending work");',
            '(await one(".modal .btn-secondary", "Choose the folders first")).click();',
            '(await one("button[name=action_connect]", "Connect")).click();',
            'await one(".o_arrow_button_current", "Connected");',
        )
        account = self.env["inbox.account"].search([("email", "=", USER)])
        self.assertEqual(
            (account.state, account.imap_host, account.username), ("connected", "mail.firm.example", False)
        )

    def test_what_was_typed_stays(self):
        # Typed in the same moment as the address, so before any answer can be there.
        self.run_in_browser(
            f'type(input("email"), "{USER}");',
            'type(input("imap_host"), "typed.firm.example");',
            'await has("smtp_host", "mail.firm.example");',
            f'await has("smtp_port", "{self.smtp.port}");',
            'await one(".o_inbox_servers_found", "What you entered was left as it is");',
            'assert(input("imap_host").value === "typed.firm.example", "the host is overwritten");',
            'assert(input("imap_port").value === "993", "the port beside it is overwritten");',
            # What was proposed gives way to what is proposed for another address; what was typed does not.
            'type(input("email"), "anna@gmx.de");',
            'await has("smtp_host", "mail.gmx.net");',
            'await has("smtp_port", "465");',
            'await one(".o_inbox_servers_hint", "IMAP");',
            'assert(input("imap_host").value === "typed.firm.example", "the host is overwritten");',
            "await leave();",
        )

    def test_google_leads_to_gmail_and_says_why(self):
        self.env["inbox.provider.client"]._set_up("gmail", client_id="id", client_secret="secret")
        self.run_in_browser(
            'type(input("email"), "anna@gmail.com");',
            'await one(".o_inbox_servers_found", "belong to Google");',
            'await wait(() => chosen() === "gmail", "Gmail is chosen");',
            'document.querySelector("div[name=connection_type] input[data-value=imap]").click();',
            'await one(".o_inbox_server", "imap.gmail.com:993");',
            'await one(".o_inbox_servers_hint", "application password");',
            'type(input("email"), "bob@googlemail.com");',
            'await one(".o_inbox_servers_found", "Addresses at googlemail.com belong to Google");',
            'assert(chosen() === "imap", "what was chosen by hand stays");',
            "await leave();",
        )

    def test_nothing_is_found(self):
        self.run_in_browser(
            'type(input("email"), "anna@nowhere.example");',
            'await one(".o_inbox_servers_said", "Looking for");',
            'const said = await one(".o_inbox_servers_found", "Nothing was found out about nowhere.example");',
            'assert(!said.textContent.includes("left as it is"), "nothing was entered by hand");',
            'await has("imap_host", "imap.nowhere.example");',
            'await wait(() => isShown("imap_host"), "unfolded, to be checked");',
            "await leave();",
        )
