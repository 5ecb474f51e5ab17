"""Proposing servers by RPC: who may ask, what is answered at once, and the sentences."""

import contextlib
import time
import unittest.mock

from odoo.addons.concord_inbox.adapters import discovery
from odoo.addons.concord_inbox.adapters.base import Endpoint
from odoo.addons.concord_inbox.adapters.discovery import usual_names
from odoo.addons.concord_inbox.models import inbox_account_discovery
from odoo.exceptions import AccessError
from odoo.tests import tagged

from dev.ports import free_port
from tests.models.common import InboxCase
from tests.servers.publishing import publishing

CONFIG = b"""<clientConfig version="1.1"><emailProvider id="firm.example">
<incomingServer type="imap"><hostname>in.firm.example</hostname><port>143</port><socketType>STARTTLS</socketType>
<username>%EMAILLOCALPART%</username></incomingServer>
<outgoingServer type="smtp"><hostname>out.firm.example</hostname><port>25</port><socketType>plain</socketType>
<username>%EMAILLOCALPART%</username></outgoingServer></emailProvider></clientConfig>"""
URL = "autoconfig.firm.example/mail/config-v1.1.xml"


@tagged("post_install", "-at_install")
class TestDiscovery(InboxCase):
    def setUp(self):
        super().setUp()
        fresh = discovery.Searches()
        self.enterContext(unittest.mock.patch.object(inbox_account_discovery, "_searches", fresh))
        self.accounts = self.env["inbox.account"].with_user(self.users["inbox_user"])

    @contextlib.contextmanager
    def world(self):
        """`firm.example`, whose web server tells where its mail servers are; yields the web server."""
        closed = {service: ((free_port(), "ssl"),) for service in ("imap", "smtp")}
        with unittest.mock.patch.object(usual_names, "PORTS", closed), publishing({URL: CONFIG}) as web:
            yield web

    def answer(self, accounts, email):
        """Ask as the browser does, until there is an answer."""
        until = time.monotonic() + 30
        while (answer := accounts.propose_servers(email))["state"] == "pending":
            self.assertLess(time.monotonic(), until)
            time.sleep(0.05)
        return answer

    def test_well_known_providers_are_answered_at_once(self):
        answer = self.accounts.propose_servers("Anna <anna@gmx.de>")
        self.assertEqual(answer["state"], "found")
        self.assertEqual(
            answer["values"],
            {
                "connection_type": "imap",
                "username": "",
                "imap_host": "imap.gmx.net",
                "imap_port": 993,
                "imap_encryption": "ssl",
                "smtp_host": "mail.gmx.net",
                "smtp_port": 465,
                "smtp_encryption": "ssl",
            },
        )
        self.assertIn("GMX", answer["sentence"])
        self.assertIn("IMAP", answer["hint"])
        self.assertTrue(answer["hint_url"].startswith("https://"))

    def test_google_and_microsoft_say_why(self):
        for email, kind, company in (
            ("anna@gmail.com", "gmail", "Google"),
            ("anna@hotmail.com", "outlook", "Microsoft"),
        ):
            # Nobody can sign in before an administrator has set that up.
            answer = self.accounts.propose_servers(email)
            self.assertEqual(answer["values"]["connection_type"], "imap")
            self.assertIn(company, answer["sentence"])
            self.env["inbox.provider.client"]._set_up(kind, client_id="id", client_secret="secret")
            answer = self.accounts.propose_servers(email)
            self.assertEqual(answer["values"]["connection_type"], kind)
            self.assertIn(f"belong to {company}", answer["sentence"])

    def test_a_provider_without_imap(self):
        answer = self.accounts.propose_servers("anna@tuta.com")
        self.assertNotIn("imap_host", answer["values"])
        self.assertIn("forward", answer["hint"])

    def test_what_is_no_address(self):
        for email in ("", False, "anna", "anna@", "a@b@", "anna@[127.0.0.1]"):
            self.assertEqual(self.accounts.propose_servers(email), {"state": "unknown"})

    def test_the_first_answer_does_not_wait_for_the_network(self):
        with self.world():
            accounts = self.accounts.with_user(self.users["manager"])
            self.assertEqual(accounts.propose_servers("anna@firm.example"), {"state": "pending"})
            answer = self.answer(accounts, "anna@firm.example")
        self.assertEqual(answer["source"], "autoconfig")
        self.assertEqual(
            (answer["values"]["imap_host"], answer["values"]["imap_port"], answer["values"]["username"]),
            ("in.firm.example", 143, "anna"),
        )
        self.assertIn("autoconfig.firm.example", answer["sentence"])
        self.assertIn("not encrypted", answer["warning"])

    def test_a_user_does_not_look_into_the_own_network(self):
        with self.world() as web:
            self.assertEqual(self.answer(self.accounts, "anna@firm.example")["source"], "guess")
            self.assertEqual(web.requests, [])
            # What an inbox manager found there is no answer for a user.
            manager = self.accounts.with_user(self.users["manager"])
            self.assertEqual(self.answer(manager, "anna@firm.example")["source"], "autoconfig")
            self.assertEqual(self.answer(self.accounts, "anna@firm.example")["source"], "guess")
            allowed = f"autoconfig.firm.example:{web.port}"
            self.env["ir.config_parameter"].set_param("concord_inbox.allowed_mail_hosts", allowed)
            self.assertEqual(self.answer(self.accounts, "anna@firm.example")["source"], "autoconfig")

    def test_who_may_ask(self):
        for name in ("employee", "portal", "public"):
            with self.assertRaises(AccessError):
                self.env["inbox.account"].with_user(self.users[name]).propose_servers("anna@gmx.de")

    def test_too_many_questions_are_answered_by_the_usual_names(self):
        with self.world(), unittest.mock.patch.object(discovery.background, "MOST_PER_OWNER", 1):
            self.answer(self.accounts, "anna@firm.example")
            answer = self.accounts.propose_servers("anna@other.example")
            self.assertEqual((answer["source"], answer["values"]["imap_host"]), ("guess", "imap.other.example"))
            self.assertIn("other.example", answer["sentence"])

    def test_nothing_is_stored(self):
        before = self.env["inbox.account"].search_count([])
        self.accounts.propose_servers("anna@gmx.de")
        self.assertEqual(self.env["inbox.account"].search_count([]), before)
        self.assertTrue(self.env["inbox.account"].propose_servers._readonly)

    def test_every_source_and_hint_has_a_sentence(self):
        for source in ("provider", "mx", "autoconfig", "autodiscover", "srv", "probe", "guess"):
            for kind in ("imap", "gmail", "outlook"):
                endpoint = Endpoint("a.example", 993, "ssl")
                proposal = discovery.Proposal(kind, endpoint, None, source=source, why="Why")
                self.assertTrue(self.accounts._say_source(proposal, "firm.example"))
                self.assertFalse(self.accounts._say_warning(proposal))
        for hint in discovery.proposal.HINTS:
            self.assertTrue(self.accounts._say_hint(discovery.Proposal("imap", None, None, hint=hint), "firm.example"))
