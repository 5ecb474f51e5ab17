"""The stand-ins for Google and Microsoft beside an Odoo under test, and accounts that sign in there."""

import contextlib
import unittest.mock

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged
from odoo.tools import config

from tests.servers.browsing import sign_in
from tests.servers.google import Google
from tests.servers.microsoft import Microsoft

from .common import InboxCase

PASSWORD = "secret of the provider"
ANNA, INFO = "anna@firm.example", "info@firm.example"
KINDS = ("gmail", "outlook")
#: What a browser's session is bound by.
WORD = "the word of the session"


@tagged("post_install", "-at_install")
class SignInCase(InboxCase):
    """`self.google` and `self.microsoft`, set up as a system administrator does that; commits are taken back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.google, cls.microsoft = stack.enter_context(Google()), stack.enter_context(Microsoft())
        cls.fakes = {"gmail": cls.google, "outlook": cls.microsoft}
        options = {
            "concord_inbox_google_url": cls.google.url,
            "concord_inbox_microsoft_url": cls.microsoft.url,
        }
        stack.enter_context(unittest.mock.patch.dict(config.options, options))
        clients = cls.env["inbox.provider.client"]
        for kind, fake in cls.fakes.items():
            fake.redirect_uris.add(clients._redirect_uri(kind))
            clients._set_up(kind, client_id=fake.client_id, client_secret=fake.client_secret)

    def setUp(self):
        super().setUp()
        for fake in self.fakes.values():
            fake.add_user(ANNA, PASSWORD)
            fake.add_user("bob@firm.example", PASSWORD)
        self.enterContext(self.enter_registry_test_mode())
        self.env = api.Environment(self.enterContext(self.registry.cursor()), SUPERUSER_ID, {})

    def save(self, user="system", **values):
        """Save the general settings with these values, as the user; return them."""
        settings = self.as_user(user)["res.config.settings"].create(values)
        settings.execute()
        self.env.invalidate_all()
        return settings

    def tearDown(self):
        super().tearDown()
        for fake in self.fakes.values():
            self.assertFalse(fake.violations)

    def as_user(self, name):
        return self.env(user=self.users[name].id)

    def account(self, kind, user="owner", **values):
        values = {"email": ANNA, "connection_type": kind, **values}
        return self.as_user(user)["inbox.account"].create(values)

    def begin(self, account, word=WORD):
        return self.env(user=account.env.uid)["inbox.sign.in"]._begin(account, word)

    def at_provider(self, account, email=ANNA, word=WORD, **choices):
        """What the provider sends the browser back with."""
        return sign_in(self.begin(account, word), email, PASSWORD, **choices)

    def come_back(self, account, answer, word=WORD):
        return account.env["inbox.account"]._come_back(account.sudo().connection_type, answer, word)

    def signed_in(self, kind, **values):
        """An account whose owner signed in, with its `AccountTokens`."""
        account = self.account(kind, **values)
        self.come_back(account, self.at_provider(account))
        return account, account._adapter_settings().tokens

    def row(self, account):
        self.env.invalidate_all()
        return self.env["inbox.account.token"]._of(account)

    def make_old(self, account):
        """The access token that is stored has had its time."""
        self.row(account).expires_at = "2026-01-01 00:00:00"
        self.env.flush_all()
