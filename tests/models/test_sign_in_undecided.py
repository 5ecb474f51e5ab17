"""What a provider granted and nobody uses is given back; never what others live on."""

import unittest.mock
from datetime import timedelta

import pytest
from odoo import fields
from odoo.addons.concord_inbox.adapters.errors import TemporaryError
from odoo.addons.concord_inbox.adapters.oauth import PROVIDERS, google
from odoo.addons.concord_inbox.models.inbox_account_sign_in import WrongAddressError
from odoo.addons.concord_inbox.models.inbox_sign_in import KEPT, StateError
from odoo.exceptions import UserError

from .sign_in import ANNA, KINDS, WORD, SignInCase

BOB = "bob@firm.example"


class TestUndecided(SignInCase):
    def undecided(self, account, email=BOB):
        """Somebody else than the account's address signed in; the row that holds what that brought, and its token."""
        with pytest.raises(WrongAddressError) as caught:
            self.come_back(account, self.at_provider(account, email))
        return caught.value.sign_in, caught.value.found.credentials.access_token

    def end(self, *rows):
        """Whatever time these had is over, and the cron comes by."""
        for row in rows:
            row.expires_at = fields.Datetime.now()
        self.env.flush_all()
        self.env["inbox.sign.in"]._cron_end()

    def test_nobody_decides(self):
        for kind in KINDS:
            row, token = self.undecided(self.account(kind))
            triggers = self.env["ir.cron.trigger"].search(
                [("cron_id", "=", self.env.ref("concord_inbox.ir_cron_end_sign_ins").id)]
            )
            self.assertIn(row.expires_at, triggers.mapped("call_at"))
            self.env["inbox.sign.in"]._cron_end()
            self.assertTrue(row.grant_encrypted, "there is still time")
            with unittest.mock.patch.object(PROVIDERS[kind], "revoke", wraps=PROVIDERS[kind].revoke) as revoke:
                self.end(row)
            self.assertEqual(revoke.call_count, 1)
            self.assertFalse(row.grant_encrypted)
            if kind == "gmail":
                self.assertFalse(self.google.sign_in.access(token))
            with pytest.raises(StateError):
                row.account_id.with_user(row.user_id)._use_address(row.id, WORD)

    def test_no_transaction_is_open_while_the_provider_is_told(self):
        row, _token = self.undecided(self.account("gmail"))
        done = []
        for name in ("execute", "commit"):
            self.enterContext(unittest.mock.patch.object(self.env.cr, name, self.noting(done, name)))
        self.enterContext(unittest.mock.patch.object(google, "revoke", self.noting(done, "revoke")))
        self.end(row)
        self.assertEqual(done[done.index("revoke") - 1], "commit")

    def noting(self, done, name):
        real = getattr(self.env.cr, name, None)

        def note(*arguments, **options):
            done.append(name)
            return real and real(*arguments, **options)

        return note

    def test_the_provider_is_away(self):
        row, token = self.undecided(self.account("gmail"))
        with unittest.mock.patch.object(google, "revoke", side_effect=TemporaryError("unavailable")):
            self.end(row)
        self.assertTrue(row.grant_encrypted)
        self.end(row)
        self.assertFalse(row.grant_encrypted or self.google.sign_in.access(token))
        # For a day, and not for ever.
        row, _token = self.undecided(self.account("gmail"))
        with unittest.mock.patch.object(google, "revoke", side_effect=TemporaryError("unavailable")):
            row.expires_at = fields.Datetime.now() - KEPT - timedelta(minutes=1)
            self.env["inbox.sign.in"]._cron_end()
        self.assertFalse(row.exists())

    def test_what_an_account_lives_on_is_not_revoked(self):
        row, _token = self.undecided(self.account("gmail"))
        _account, tokens = self.bobs()
        self.end(row)
        self.assertFalse(row.grant_encrypted)
        self.assertTrue(self.google.sign_in.access(tokens.token()))

    def bobs(self):
        account = self.account("gmail", user="manager", account_type="shared", email=BOB)
        self.come_back(account, self.at_provider(account, BOB))
        return account, account._adapter_settings().tokens

    def test_what_somebody_is_still_asked_about_is_not_revoked(self):
        first, _token = self.undecided(self.account("gmail"))
        second, token = self.undecided(self.account("gmail", user="manager", account_type="shared"))
        self.end(first)
        self.assertTrue(self.google.sign_in.access(token))
        account, _tokens = self.bobs()
        account.unlink()
        self.env.cr.postcommit.run()
        self.assertTrue(self.google.sign_in.access(token))
        self.end(second)
        self.assertFalse(self.google.sign_in.access(token))

    def test_beginning_anew_gives_it_up(self):
        account = self.account("gmail")
        row, token = self.undecided(account)
        self.begin(account)
        with pytest.raises(StateError):
            account._use_address(row.id, WORD)
        self.env["inbox.sign.in"]._cron_end()
        self.assertFalse(self.google.sign_in.access(token))

    def test_the_address_cannot_be_taken(self):
        account = self.account("gmail")
        row, token = self.undecided(account)
        account.sudo().state = "paused"
        with pytest.raises(UserError, match="fixed"):
            account._use_address(row.id, WORD)
        self.env["inbox.sign.in"]._cron_end()
        self.assertFalse(self.google.sign_in.access(token))
        # Of a connected account it is not even asked.
        _row, token = self.undecided(account)
        self.env["inbox.sign.in"]._cron_end()
        self.assertFalse(self.google.sign_in.access(token))

    def test_the_account_is_deleted(self):
        account = self.account("gmail")
        _row, token = self.undecided(account)
        account.unlink()
        self.assertTrue(self.google.sign_in.access(token), "not before it is committed")
        self.env.cr.postcommit.run()
        self.assertFalse(self.google.sign_in.access(token))

    def test_the_account_is_deleted_while_the_provider_is_asked(self):
        account = self.account("gmail")
        answer, finish, tokens = self.at_provider(account), google.finish, []

        def too_slow(*arguments):
            found = finish(*arguments)
            tokens.append(found.credentials.access_token)
            account.sudo().unlink()
            return found

        with (
            unittest.mock.patch.object(google, "finish", too_slow),
            pytest.raises(StateError, match="account_gone"),
        ):
            account.env["inbox.account"]._come_back("gmail", answer, WORD)
        self.assertFalse(self.google.sign_in.access(tokens[0]))

    def test_without_the_key_it_is_forgotten_all_the_same(self):
        row, _token = self.undecided(self.account("gmail"))
        row.grant_encrypted = "no token of ours"
        self.end(row)
        self.assertFalse(row.grant_encrypted)


class TestAnotherMailbox(SignInCase):
    def test_a_sign_in_does_not_outlive_the_address_that_it_was_for(self):
        for values in ({"email": BOB}, {"connection_type": "outlook"}):
            account, tokens = self.signed_in("gmail")
            token = tokens.token()
            account.write({"name": "Renamed", "email": ANNA})
            self.assertTrue(account.is_signed_in)
            account.write(values)
            self.assertFalse(account.is_signed_in)
            self.env.cr.postcommit.run()
            self.assertFalse(self.google.sign_in.access(token))
        account, _tokens = self.signed_in("outlook")
        account.is_shared_mailbox = True  # other permissions have to be asked for
        self.assertFalse(account.is_signed_in)

    def test_the_mailbox_of_a_connected_account_keeps_its_sign_in(self):
        account, tokens = self.signed_in("gmail")
        account.sudo().state = "connected"
        with self.assertRaisesRegex(UserError, "fixed"), self.env.cr.savepoint():
            account.email = BOB
        self.env.cr.postcommit.run()
        self.assertTrue(self.google.sign_in.access(tokens.token()))
