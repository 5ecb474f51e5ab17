"""Accounts that sign in at Google or Microsoft: whose sign-in it is, what is refused, what becomes of the tokens."""

import json
import unittest.mock
from datetime import timedelta

import pytest
from odoo import fields
from odoo.addons.concord_inbox.adapters import ADAPTERS
from odoo.addons.concord_inbox.adapters.errors import (
    AppConfigurationError,
    AuthenticationError,
    CertificateError,
    EncryptionError,
    NetworkError,
    SignInError,
    TemporaryError,
    ThrottledError,
)
from odoo.addons.concord_inbox.models import secrets, sign_in_messages
from odoo.addons.concord_inbox.models.inbox_account_sign_in import WrongAddressError
from odoo.addons.concord_inbox.models.inbox_account_token import AccountTokens
from odoo.addons.concord_inbox.models.inbox_sign_in import StateError
from odoo.addons.concord_inbox.sync import send
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import config

from tests.servers.browsing import Blocked
from tests.sync.sending import make_ready

from .sign_in import ANNA, INFO, KINDS, PASSWORD, WORD, SignInCase
from .test_secrets_stay import everything_logged


class TestComingBack(SignInCase):
    def assert_refused(self, reason, account, answer, word=WORD, said=""):
        with pytest.raises(StateError) as caught:
            self.come_back(account, answer, word)
        self.assertEqual(caught.value.reason, reason)
        self.assertIn(said, sign_in_messages.of_state(account.env, reason))
        self.assertFalse(self.row(account))

    def test_signing_in(self):
        for kind in KINDS:
            account = self.account(kind)
            self.assertFalse(account.is_signed_in)
            with self.assertRaisesRegex(UserError, "Sign in with"), self.with_adapter(kind):
                account.action_test_connection()
            self.assertEqual(self.come_back(account, self.at_provider(account)), account)
            account.invalidate_recordset()
            self.assertTrue(account.is_signed_in and account.signed_in_at)
            self.assertEqual((account.signed_in_as, account.state), (ANNA, "draft"))
            settings = account._adapter_settings()
            self.assertEqual((settings.email, settings.username, settings.incoming), (ANNA, ANNA, None))
            self.assertEqual(settings.api, self.fakes[kind].url)
            self.assertNotIn(settings.tokens.token(), repr(settings))
            account.unlink()

    def with_adapter(self, kind):
        """As if the connection type were there already."""
        return unittest.mock.patch.dict(ADAPTERS, {kind: lambda settings: None})

    def test_a_state_is_good_once(self):
        for kind in KINDS:
            account = self.account(kind)
            answer = self.at_provider(account)
            self.come_back(account, answer)
            self.row(account).unlink()
            self.assert_refused("used", account, answer, said="works once")
            # A refusal uses it up as well.
            answer = self.at_provider(account)
            self.assert_refused("other_session", account, answer, word="another word", said="another browser")
            self.assert_refused("used", account, answer)

    def test_a_state_that_is_none(self):
        account = self.account("gmail")
        answer = self.at_provider(account)
        self.assert_refused("missing", account, {"code": answer["code"]}, said="without that")
        self.assert_refused("unknown", account, {**answer, "state": answer["state"][:-1]}, said="Nobody began")

    def test_a_state_that_is_too_old(self):
        account = self.account("gmail")
        answer = self.at_provider(account)
        pending = self.env["inbox.sign.in"].search([("account_id", "=", account.id)])
        self.assertLess(pending.expires_at - fields.Datetime.now(), timedelta(minutes=11))
        pending.expires_at = fields.Datetime.now() - timedelta(seconds=1)
        self.assert_refused("expired", account, answer, said="ten minutes")
        pending.expires_at -= timedelta(days=2)
        self.env["inbox.sign.in"]._cron_end()
        self.assertFalse(pending.exists())

    def test_another_user(self):
        account = self.account("gmail", user="manager", account_type="shared")
        answer = self.at_provider(account)
        # Who may write the account as well, with the same word, and an attacker who has his own session.
        for user in ("system", "owner"):
            with pytest.raises(StateError) as caught:
                self.as_user(user)["inbox.account"]._come_back("gmail", answer, WORD)
            self.assertEqual(caught.value.reason, "other_user" if user == "system" else "used")
        self.assertFalse(self.row(account))

    def test_another_provider(self):
        account = self.account("gmail")
        answer = self.at_provider(account)
        with pytest.raises(StateError) as caught:
            account._come_back("outlook", answer, WORD)
        self.assertEqual(caught.value.reason, "other_provider")

    def test_an_account_that_changed_meanwhile(self):
        account = self.account("gmail")
        answer = self.at_provider(account)
        account.connection_type = "outlook"
        with pytest.raises(StateError) as caught:
            account._come_back("gmail", answer, WORD)
        self.assertEqual(caught.value.reason, "account_gone")
        # Its owner may no longer change it.
        account = self.account("gmail", user="manager", account_type="shared")
        answer = self.at_provider(account)
        self.env["res.users"].browse(self.users["manager"].id).group_ids = self.env.ref("base.group_user")
        self.env.flush_all()
        self.env.invalidate_all()
        self.assert_refused("account_gone", account, answer)

    def test_who_may_begin(self):
        account = self.account("gmail")
        for user in ("inbox_user", "manager", "system", "employee", "portal"):
            with self.assertRaises(AccessError):
                account.with_user(self.users[user]).action_sign_in()
        with self.assertRaisesRegex(AccessError, "browser"):
            account.action_sign_in()
        with self.assertRaisesRegex(UserError, "password"):
            self.shared.with_env(self.env).action_sign_in()

    def test_the_flow_is_stored_encrypted_and_the_state_not_at_all(self):
        account = self.account("outlook")
        answer = self.at_provider(account)
        row = self.env["inbox.sign.in"].search([("account_id", "=", account.id)])
        self.env.flush_all()
        self.env.cr.execute("SELECT row_to_json(sign_in)::text FROM inbox_sign_in sign_in WHERE id = %s", [row.id])
        (stored,) = self.env.cr.fetchone()
        for word in (answer["state"], WORD, row._flow()["code_verifier"]):
            self.assertNotIn(word, stored)

    # ------------------------------------------------------------ what providers refuse

    def test_consent_is_refused(self):
        for kind in KINDS:
            account = self.account(kind)
            with pytest.raises(SignInError) as caught:
                self.come_back(account, self.at_provider(account, refuse=True))
            self.assertIn("did not allow access", account._explain(caught.value))
            self.assertFalse(self.row(account))
            account.unlink()

    def test_each_refusal_has_its_own_sentence(self):
        account = self.account("gmail")
        reasons = ("consent_refused", "missing_scopes", "admin_consent", "wrong_tenant", "unverified_app", "blocked")
        reasons += ("no_offline_access", "no_address", "failed")
        said = {account._explain(SignInError(reason, provider="Google")) for reason in reasons}
        self.assertEqual(len(said), len(reasons))
        self.assertTrue(all("Google" in sentence for sentence in said))
        reasons = ("not_set_up", "secret_expired", "unknown_tenant", "invalid_client", "api_disabled")
        said = {account._explain(AppConfigurationError(reason, provider="Google")) for reason in reasons}
        self.assertEqual(len(said), len(reasons))

    def test_no_sentence_names_servers_or_passwords(self):
        account = self.account("outlook")
        for error in (
            *(AuthenticationError(reason) for reason in ("refused", "account_disabled", "missing_scopes")),
            *(NetworkError(reason, host="x") for reason in ("timeout", "refused", "host_not_found", "cut")),
            *(ThrottledError("throttled"), TemporaryError("unavailable")),
            *(CertificateError(reason, host="x", fingerprint="") for reason in ("untrusted", "self_signed", "expired")),
            EncryptionError("tls_failed", host="x"),
        ):
            said = account._explain(error)
            self.assertIn("Microsoft", said)
            self.assertNotRegex(said, "IMAP|SMTP|[Pp]assword[ .]and|User Name|field")

    def test_the_mailbox_is_unticked(self):
        account = self.account("gmail")
        with pytest.raises(SignInError) as caught:
            self.come_back(account, self.at_provider(account, leave_out=("mail.google.com",)))
        self.assertIn("leave every box", account._explain(caught.value))

    def test_who_does_not_come_back_is_told_why(self):
        account = self.account("gmail")
        self.assertFalse(account.is_sign_in_lost)
        answer = self.at_provider(account)
        account.invalidate_recordset()
        self.assertTrue(account.is_sign_in_lost)
        self.come_back(account, answer)
        account.invalidate_recordset()
        self.assertFalse(account.is_sign_in_lost)

    def test_an_account_of_another_organisation(self):
        """Microsoft says so on its own page, from which nobody is sent back."""
        self.microsoft.add_user("eve@elsewhere.example", PASSWORD, tenant="11111111-2222-3333-4444-555555555555")
        self.env["inbox.provider.client"]._set_up("outlook", tenant=self.microsoft.tenant)
        account = self.account("outlook", email="eve@elsewhere.example")
        with pytest.raises(Blocked, match="AADSTS50020"):
            self.at_provider(account, "eve@elsewhere.example")
        account.invalidate_recordset()
        self.assertTrue(account.is_sign_in_lost)
        self.assertIn("does not exist in an organisation", account.get_view(view_type="form")["arch"])

    # ------------------------------------------------------------ another address

    def test_another_address_signed_in(self):
        for kind in KINDS:
            account = self.account(kind)
            with pytest.raises(WrongAddressError) as caught:
                self.come_back(account, self.at_provider(account, "bob@firm.example"))
            self.assertFalse(self.row(account))
            held = caught.value.sign_in
            self.assertNotIn("bob@firm", held.grant_encrypted)
            for user, word, reason in (("owner", "other", "other_session"), ("manager", WORD, "other_user")):
                with self.assertRaises(StateError) as refused:
                    self.as_user(user)["inbox.account"]._use_address(held.id, word)
                self.assertEqual(refused.exception.reason, reason)
            account._use_address(held.id, WORD)
            self.assertEqual((account.email, account.signed_in_as), ("bob@firm.example", "bob@firm.example"))
            with self.assertRaises(StateError):
                account._use_address(held.id, WORD)
            account.unlink()

    def test_the_mailbox_of_a_connected_account_stays(self):
        account, _tokens = self.signed_in("gmail")
        with pytest.raises(WrongAddressError) as caught:
            self.come_back(account, self.at_provider(account, "bob@firm.example"))
        account.sudo().state = "auth_failed"
        with self.assertRaisesRegex(UserError, "fixed"):
            account._use_address(caught.value.sign_in.id, WORD)
        self.assertEqual((account.email, account.signed_in_as), (ANNA, ANNA))

    def test_the_same_mailbox_written_otherwise(self):
        self.google.add_user("anna.smith@gmail.com", PASSWORD)
        account = self.account("gmail", email="AnnaSmith@googlemail.com")
        self.come_back(account, self.at_provider(account, "anna.smith@gmail.com"))
        self.assertTrue(self.row(account))
        self.microsoft.add_user("info+1@firm.example", PASSWORD)
        account = self.account("outlook", email=INFO)
        with pytest.raises(WrongAddressError):
            self.come_back(account, self.at_provider(account, "info+1@firm.example"))

    def test_a_shared_mailbox_of_microsoft(self):
        self.microsoft.add_shared(INFO, members=(ANNA,))
        account = self.account("outlook", email=INFO, is_shared_mailbox=True)
        self.come_back(account, self.at_provider(account))
        settings = account._adapter_settings()
        self.assertEqual((settings.email, settings.username, account.signed_in_as), (INFO, ANNA, ANNA))
        account.sudo().state = "connected"
        with self.assertRaisesRegex(UserError, "fixed"):
            account.is_shared_mailbox = False

    def test_a_shared_mailbox_is_synchronised_and_sent_from_by_a_member(self):
        self.microsoft.add_shared(INFO, members=(ANNA,))
        box = self.microsoft.mailbox(INFO)
        box.add(b"From: Ada <ada@customer.example>\r\nTo: info@firm.example\r\nSubject: To all of you\r\n\r\nHello\r\n")
        self.microsoft.mailbox(ANNA).add(b"Subject: To Anna alone\r\n\r\nHello\r\n")
        account = self.account("outlook", user="manager", account_type="shared", email=INFO, is_shared_mailbox=True)
        self.come_back(account, self.at_provider(account))
        account.action_connect()
        account = account.sudo()
        self.assertIsNone(account._sync()[account.id].error)
        emails = self.env["inbox.message"].search([("account_id", "=", account.id)])
        self.assertEqual(emails.mapped("subject"), ["To all of you"])
        make_ready(self.env, account, "An offer", ("bob@firm.example",), sender=INFO)
        send.run(account)
        (sent,) = box.inside(box.known("sentitems").id)
        self.assertEqual(sent.values["from"]["emailAddress"]["address"], INFO)
        got = self.microsoft.mailbox("bob@firm.example")
        self.assertEqual([one.values["subject"] for one in got.messages.values()], ["An offer"])


class TestTokens(SignInCase):
    def test_a_token_is_kept_until_it_is_too_old(self):
        for kind in KINDS:
            account, tokens = self.signed_in(kind)
            first = tokens.token()
            with self.assertQueryCount(0):
                self.assertEqual(tokens.token(), first)
            self.make_old(account)
            again = account._adapter_settings().tokens.token()
            self.assertNotEqual(again, first)
            # Another process, whose settings are from before, takes what is stored instead of renewing it once more.
            stale = account._adapter_settings().tokens
            object.__setattr__(stale, "first", (first, 0.0))
            self.assertEqual(stale.token(), again)
            account.unlink()

    def test_a_refused_token_is_renewed_once(self):
        for kind in KINDS:
            account, tokens = self.signed_in(kind)
            first = tokens.token()
            self.fakes[kind].expire(ANNA)
            second = tokens.token(refused=first)
            self.assertNotEqual(second, first)
            self.assertEqual(tokens.token(), second)
            self.assertEqual(tokens.token(refused=first), second)
            account.unlink()

    def test_rotated_refresh_tokens_are_stored_with_what_they_brought(self):
        self.enterContext(unittest.mock.patch.object(self.google.sign_in, "rotates", True))
        self.enterContext(unittest.mock.patch.object(self.microsoft.directory, "rotation", True))
        for kind in KINDS:
            account, _tokens = self.signed_in(kind)
            seen = {self.row(account)._credentials().renewal}
            for _time in range(3):
                self.make_old(account)
                account._adapter_settings().tokens.token()
                seen.add(self.row(account)._credentials().renewal)
            self.assertEqual(len(seen), 4)
            account.unlink()

    def test_what_was_granted_is_taken_back(self):
        for kind in KINDS:
            account, _tokens = self.signed_in(kind)
            self.make_old(account)
            self.fakes[kind].revoke(ANNA)
            with pytest.raises(AuthenticationError) as caught:
                account._adapter_settings().tokens.token()
            self.assertIn("Re-Connect", account._explain(caught.value))
            account.unlink()

    def test_nothing_of_it_is_written_down(self):
        for kind in KINDS:
            account = self.account(kind)
            with everything_logged() as lines:
                answer = self.at_provider(account)
                self.come_back(account, answer)
                tokens = account._adapter_settings().tokens
                hidden = {answer["code"], tokens.token(), *self.refresh_tokens(account)}
                self.make_old(account)
                hidden.add(tokens.token(refused=tokens.token()))
                account._forget_sign_in()
                self.env.cr.postcommit.run()
                self.env.cr.commit()
            hidden |= {self.fakes[kind].client_secret, WORD}
            # What the stand-ins and the browser of this test say is theirs.
            said = [line for line in lines if not line.startswith("urllib3")]
            self.assertTrue(any("odoo.sql_db" in line for line in said), "debug logging is on")
            self.assertFalse([line[:300] for line in said for word in hidden if word in line])
            of_tokens = [line for line in lines if line.startswith("urllib3") and "token" in line]
            self.assertFalse([line for line in of_tokens for word in hidden if word in line])
            account.unlink()

    def refresh_tokens(self, account):
        renewal = self.row(account)._credentials().renewal
        if account.connection_type == "gmail":
            return [renewal]
        kept = json.loads(json.loads(renewal)["cache"])
        return [one["secret"] for one in kept["RefreshToken"].values()]

    def test_nobody_signed_in(self):
        account = self.account("gmail")
        with self.assertRaises(AuthenticationError):
            account._adapter_settings().tokens.token()

    def test_a_provider_that_is_away_changes_nothing(self):
        account, _tokens = self.signed_in("gmail")
        self.make_old(account)
        before = self.row(account)._credentials()
        tokens = account._adapter_settings().tokens
        refused = TemporaryError("unavailable")
        with (
            unittest.mock.patch("odoo.addons.concord_inbox.adapters.oauth.google.refresh", side_effect=refused),
            self.assertRaises(TemporaryError),
        ):
            tokens.token()
        self.assertEqual(self.row(account)._credentials(), before)
        self.assertTrue(tokens.token())

    def test_settings_are_the_same_while_the_account_is(self):
        account, tokens = self.signed_in("gmail")
        self.make_old(account)
        self.assertEqual(account._adapter_settings().tokens, tokens)


class TestTrouble(SignInCase):
    """What a run meets: an adapter that does nothing but show its token stands for the real ones."""

    def setUp(self):
        super().setUp()

        class Asks:
            def __init__(self, settings):
                self.settings = settings

            def __enter__(self):
                return self

            def __exit__(self, *exc_info):
                pass

            def folders(self):
                self.settings.tokens.token()
                raise TemporaryError("unavailable", host="nothing is behind")

            identities = folders

        self.enterContext(unittest.mock.patch.dict(ADAPTERS, dict.fromkeys(KINDS, Asks)))

    def connected(self, kind, **values):
        account, _tokens = self.signed_in(kind, **values)
        account.sudo().write({"state": "connected", "sync_since": "2026-01-01", "connected_at": "2026-01-01"})
        self.make_old(account)
        return account.sudo()

    def told(self, user, subject):
        return self.env["mail.message"].search_count(
            [("subject", "ilike", subject), ("notified_partner_ids", "in", self.users[user].partner_id.ids)]
        )

    def test_a_sign_in_that_is_void_leads_to_re_connect(self):
        for kind in KINDS:
            account = self.connected(kind)
            self.fakes[kind].revoke(ANNA)
            account._sync()
            self.assertEqual((account.state, account.trouble), ("auth_failed", "authentication"))
            self.assertIn("Re-Connect", account.last_error)
            self.assertTrue(self.told("owner", "connected again"))
            with unittest.mock.patch.object(
                type(account), "action_sign_in", return_value={"type": "ir.actions.act_url"}
            ):
                self.assertEqual(account.action_reconnect()["type"], "ir.actions.act_url")
            account.unlink()

    def test_the_organisation_wants_to_see_the_user_again(self):
        self.enterContext(unittest.mock.patch.object(self.google.sign_in, "refusal", ("invalid_grant", "invalid_rapt")))
        for kind in KINDS:
            account = self.connected(kind)
            self.microsoft.directory.find(ANNA).interaction = True
            account._sync()
            self.assertEqual((account.state, account.trouble), ("auth_failed", "authentication"))
            self.assertIn("wants the user to sign in again", account.last_error)
            account.unlink()

    def test_signing_in_during_a_run_is_not_undone_by_its_failure(self):
        account = self.connected("gmail")
        self.google.revoke(ANNA)

        def too_late(self, error):
            raise AssertionError("switched off")

        def sign_in_again(tokens, refused=""):
            account.signed_in_at = fields.Datetime.now() + timedelta(seconds=5)
            self.env.flush_all()
            self.env.cr.commit()
            raise AuthenticationError("signed_out", provider="Google")

        self.patch(type(account), "_authentication_failed", too_late)
        with unittest.mock.patch(
            "odoo.addons.concord_inbox.models.inbox_account_token.AccountTokens.token", sign_in_again
        ):
            account._sync()
        self.assertEqual(account.state, "connected")

    def test_the_administrators_are_told_what_only_they_can_mend(self):
        account = self.connected("outlook")
        secret = "changed at Microsoft"
        with unittest.mock.patch.object(self.microsoft.sign_in, "client_secret", secret):
            account._sync()
        self.assertEqual((account.state, account.trouble), ("connected", "application"))
        self.assertEqual(self.told("system", "Signing in with Microsoft"), 1)
        account = self.connected("gmail")
        refused = AppConfigurationError("api_disabled", provider="Google", server_text="accessNotConfigured")
        with unittest.mock.patch.object(AccountTokens, "token", side_effect=refused):
            account._sync()
        self.assertEqual((account.state, account.trouble), ("connected", "application"))
        self.assertRegex(account.last_error, "Gmail API is not enabled.*accessNotConfigured")
        self.assertEqual(self.told("system", "Signing in with Google"), 1)

    def test_the_administrators_are_told_once_for_all_accounts(self):
        accounts = self.connected("gmail") | self.connected(
            "gmail", account_type="shared", user="manager", email="Anna@firm.example", name="Team"
        )
        secret, self.google.sign_in.client_secret = self.google.sign_in.client_secret, "changed at Google"
        self.addCleanup(setattr, self.google.sign_in, "client_secret", secret)
        accounts._sync()
        accounts.write({"failing_since": False, "trouble": False})
        accounts._sync()
        self.assertEqual(accounts.mapped("state"), ["connected", "connected"])
        self.assertEqual(accounts.mapped("trouble"), ["application", "application"])
        self.assertIn("client ID and secret", accounts[0].last_error)
        self.assertEqual(self.told("system", "Signing in with Google"), 1)
        self.assertFalse(self.told("owner", "Signing in") or self.told("owner", "attention"))
        # The next trouble is told again, since somebody has done something about this one.
        self.env["inbox.provider.client"]._set_up("gmail", client_secret="typed wrong")
        accounts.write({"failing_since": False, "trouble": False})
        accounts._sync()
        self.assertEqual(self.told("system", "Signing in with Google"), 2)


class TestEnds(SignInCase):
    def test_disconnecting_revokes_at_google(self):
        account, tokens = self.signed_in("gmail")
        token = tokens.token()
        account.sudo().state = "connected"
        account.action_disconnect()
        self.assertFalse(self.row(account))
        self.assertTrue(self.google.sign_in.access(token), "not before it is committed")
        self.env.cr.postcommit.run()
        self.assertFalse(self.google.sign_in.access(token))

    def test_what_another_account_needs_is_not_revoked(self):
        account, tokens = self.signed_in("gmail")
        other, others = self.signed_in("gmail", user="manager", account_type="shared")
        account.unlink()
        self.env.cr.postcommit.run()
        self.assertTrue(self.google.sign_in.access(tokens.token()))
        other.unlink()
        self.env.cr.postcommit.run()
        self.assertFalse(self.google.sign_in.access(others.token()))

    def test_deleting_and_handing_over_forget(self):
        for end in (
            lambda account: account._delete_but_linked(),
            lambda account: account._hand_over(self.env["res.users"].browse(self.users["inbox_user"].id)),
            lambda account: account.unlink(),
        ):
            account, _tokens = self.signed_in("outlook")
            end(account.sudo())
            self.assertFalse(self.env["inbox.account.token"].search([]))

    def test_a_copy_of_an_account_has_not_signed_in(self):
        account, _tokens = self.signed_in("outlook")
        copied = account.copy({"email": INFO})
        self.assertFalse(copied.is_signed_in or copied.signed_in_at)
        for name in account._fields:
            self.assertFalse("token" in name and name != "lease_token", name)

    def test_without_the_key_it_is_forgotten_all_the_same(self):
        account, _tokens = self.signed_in("gmail")
        self.row(account).renewal_encrypted = "no token of ours"
        account.unlink()
        self.assertFalse(self.env["inbox.account.token"].search([]))

    def test_a_new_key(self):
        account, tokens = self.signed_in("gmail")
        token, count = tokens.token(), 0
        for model, names in secrets.FIELDS.items():
            count += sum(self.env[model].search_count([(name, "!=", False)]) for name in names)
        found = secrets.rotate(self.env)
        self.assertEqual((found.done + found.current, found.unreadable), (count, []))
        self.assertEqual(account._adapter_settings().tokens.token(), token)


class TestClients(SignInCase):
    def test_only_system_administrators(self):
        for user in ("owner", "manager", "employee", "portal", "public"):
            with self.assertRaises(AccessError):
                self.save(user, inbox_google_client_id="x")
            for model in ("inbox.provider.client", "inbox.account.token", "inbox.sign.in"):
                with self.assertRaises(AccessError):
                    self.as_user(user)[model].search([])
        # Not even they read what is stored.
        for model in ("inbox.provider.client", "inbox.account.token", "inbox.sign.in"):
            with self.assertRaises(AccessError):
                self.as_user("system")[model].search_read([])

    def test_secrets_are_only_written(self):
        settings = self.save(
            inbox_google_client_id=" new id ",
            inbox_google_client_secret="geheim",
            inbox_microsoft_tenant="firm.example",
        )
        clients = self.env["inbox.provider.client"]
        self.assertEqual(clients._client("gmail").client_secret, "geheim")
        self.assertEqual(
            (clients._client("gmail").client_id, clients._of("outlook").tenant), ("new id", "firm.example")
        )
        self.assertNotIn("geheim", repr(settings.read()))
        self.assertTrue(settings.inbox_google_has_secret)
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT row_to_json(settings)::text FROM res_config_settings settings
                UNION SELECT row_to_json(client)::text FROM inbox_provider_client client"""
        )
        self.assertNotIn("geheim", repr(self.env.cr.fetchall()))
        # Left empty, it stays.
        self.save(inbox_google_client_id="new id")
        self.assertEqual(clients._client("gmail").client_secret, "geheim")
        self.assertEqual(settings.inbox_google_redirect, clients._redirect_uri("gmail"))

    def test_what_is_no_tenant(self):
        for tenant in ("firm.example/evil", "a?b", "//evil.example", "a b"):
            with self.assertRaisesRegex(ValidationError, "no tenant"):
                self.save(inbox_microsoft_tenant=tenant)

    def test_nobody_reaches_the_addresses_of_the_provider_from_within(self):
        with unittest.mock.patch.dict(config.options, {"concord_inbox_google_url": ""}):
            self.env["ir.config_parameter"].set_param("concord_inbox_google_url", "https://evil.example")
            self.env["ir.config_parameter"].set_param("concord_inbox.google_url", "https://evil.example")
            self.assertEqual(self.env["inbox.provider.client"]._client("gmail").base, "")

    def test_what_is_not_set_up(self):
        self.save(inbox_google_client_id=False)
        account = self.account("gmail")
        self.assertFalse(account.can_sign_in)
        with pytest.raises(AppConfigurationError) as caught:
            self.begin(account)
        self.assertIn("is not set up here", account._explain(caught.value))

    def test_what_is_proposed(self):
        accounts = self.as_user("owner")["inbox.account"]
        for address, kind in (("anna@gmail.com", "gmail"), ("anna@hotmail.com", "outlook")):
            self.assertEqual(accounts.propose_servers(address)["values"]["connection_type"], kind)
        self.save(inbox_google_client_id=False, inbox_microsoft_client_id=False)
        for address in ("anna@gmail.com", "anna@hotmail.com"):
            answer = accounts.propose_servers(address)
            self.assertEqual(answer["values"]["connection_type"], "imap")
            self.assertTrue(answer["values"]["imap_host"] and answer["hint"])
