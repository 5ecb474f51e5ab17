"""Signing in at Google and Microsoft, without Odoo: the flow, each refusal, refreshing, revoking."""

import base64
import hashlib
import time
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from odoo.addons.concord_inbox.adapters.errors import (
    AppConfigurationError,
    AuthenticationError,
    NetworkError,
    ProtocolError,
    SignInError,
    TemporaryError,
)
from odoo.addons.concord_inbox.adapters.oauth import PROVIDERS, Client, google, microsoft, web

from dev.ports import free_port
from tests.servers.browsing import Blocked, sign_in
from tests.servers.google import Google
from tests.servers.microsoft import Microsoft

ADDRESS, PASSWORD = "anna@firm.example", "secret"
BACK = "http://127.0.0.1:8069/back"


class Sides:
    """A stand-in, the module under test, and the client between them."""

    def __init__(self, kind, server, tenant=""):
        self.kind, self.server = kind, server
        self.provider = PROVIDERS[kind]
        self.client = Client(server.client_id, server.client_secret, tenant, server.url)

    def begin(self, address=ADDRESS, **more):
        return self.provider.begin(self.client, BACK, "the-state", address, **more)

    def finish(self, begun, answer):
        return self.provider.finish(self.client, begun.flow, answer)

    def sign_in(self, address=ADDRESS, shared=False, **choices):
        begun = self.begin(address, shared=shared)
        return self.finish(begun, sign_in(begun.url, ADDRESS, PASSWORD, **choices))

    def refresh(self, credentials):
        return self.provider.refresh(self.client, credentials)


@pytest.fixture
def google_sides():
    with Google() as server:
        server.redirect_uris.add(BACK)
        server.add_user(ADDRESS, PASSWORD)
        yield Sides("gmail", server)
        assert not server.violations


@pytest.fixture
def microsoft_sides():
    with Microsoft() as server:
        server.redirect_uris.add(BACK)
        server.add_user(ADDRESS, PASSWORD, aliases=("a.smith@firm.example",))
        yield Sides("outlook", server)
        assert not server.violations


@pytest.fixture(params=["gmail", "outlook"])
def sides(request):
    return request.getfixturevalue({"gmail": "google_sides", "outlook": "microsoft_sides"}[request.param])


def test_signing_in_and_refreshing(sides):
    begun = sides.begin()
    answer = sign_in(begun.url, ADDRESS, PASSWORD)
    assert answer["state"] == "the-state"
    found = sides.finish(begun, answer)
    assert found.address == ADDRESS
    assert ADDRESS in found.addresses
    assert 3000 < found.credentials.expires_at - time.time() < 4000
    renewed = sides.refresh(found.credentials)
    assert renewed.access_token != found.credentials.access_token
    assert 3000 < renewed.expires_at - time.time() < 4000
    # What is shown in a log or an error names neither tokens nor secrets.
    shown = repr((begun, found, sides.client))
    for secret in (found.credentials.access_token, found.credentials.renewal, sides.client.client_secret):
        assert secret not in shown
    assert sides.refresh(renewed).access_token


def test_what_the_browser_is_sent_with(sides):
    """PKCE, the state, access while nobody is looking, and whose mailbox it is about; no secret among it."""
    begun = sides.begin()
    asked = dict(parse_qsl(urlsplit(begun.url).query))
    assert asked["code_challenge_method"] == "S256"
    verifier = begun.flow.get("verifier") or begun.flow["code_verifier"]
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert asked["code_challenge"] == digest
    assert (asked["state"], asked["redirect_uri"], asked["login_hint"]) == ("the-state", BACK, ADDRESS)
    if sides.kind == "gmail":
        assert (asked["access_type"], asked["prompt"]) == ("offline", "consent")
    else:
        assert "offline_access" in asked["scope"].split()
    for secret in (verifier, sides.client.client_secret):
        assert secret not in begun.url
    assert sides.begin().flow != begun.flow


def test_access_only_while_somebody_is_looking(sides):
    """Should the provider give no refresh token, whatever was asked for."""
    begun = sides.begin()
    if sides.kind == "outlook":
        sides.server.sign_in.withheld.add("offline_access")
    answer = sign_in(begun.url.replace("access_type=offline", "access_type=online"), ADDRESS, PASSWORD)
    with pytest.raises(SignInError) as caught:
        sides.finish(begun, answer)
    assert caught.value.reason == "no_offline_access"


def test_a_code_is_good_once(sides):
    begun = sides.begin()
    answer = sign_in(begun.url, ADDRESS, PASSWORD)
    sides.finish(begun, answer)
    with pytest.raises(SignInError) as caught:
        sides.finish(begun, answer)
    assert caught.value.reason == "failed"


def test_the_code_of_another_flow_is_no_good(sides):
    stolen = sign_in(sides.begin().url, ADDRESS, PASSWORD)
    with pytest.raises(SignInError):
        sides.finish(sides.begin(), stolen)


def test_consent_is_refused(sides):
    with pytest.raises(SignInError) as caught:
        sides.sign_in(refuse=True)
    assert caught.value.reason == "consent_refused"


def test_refresh_tokens_that_rotate(sides):
    if sides.kind == "gmail":
        sides.server.sign_in.rotates = True
    else:
        sides.server.directory.rotation = True
    first = sides.sign_in().credentials
    second = sides.refresh(first)
    assert second.renewal != first.renewal
    assert sides.refresh(second).access_token
    with pytest.raises(AuthenticationError):
        sides.refresh(first)


def test_what_was_granted_is_taken_back(sides):
    credentials = sides.sign_in().credentials
    sides.server.revoke(ADDRESS)
    with pytest.raises(AuthenticationError) as caught:
        sides.refresh(credentials)
    assert caught.value.reason == "signed_out"


def test_the_client_is_wrong(sides):
    credentials = sides.sign_in().credentials
    good, sides.client = sides.client, replace(sides.client, client_secret="wrong")
    with pytest.raises(AppConfigurationError) as caught:
        sides.refresh(credentials)
    assert caught.value.reason == "invalid_client"
    assert caught.value.details["provider"] == sides.provider.NAME
    begun = sides.begin()
    with pytest.raises(AppConfigurationError):
        sides.finish(begun, sign_in(begun.url, ADDRESS, PASSWORD))
    sides.client = good
    assert sides.refresh(credentials).access_token


def test_nobody_answers(sides):
    credentials = sides.sign_in().credentials
    sides.client = replace(sides.client, base=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(NetworkError):
        sides.refresh(credentials)


def test_nothing_was_stored(sides):
    for renewal in ("", "{}"):
        with pytest.raises((AuthenticationError, KeyError)):
            sides.refresh(google.Credentials("", 0, renewal))


# ------------------------------------------------------------ Google alone


def test_google_mailbox_unticked(google_sides):
    with pytest.raises(SignInError) as caught:
        google_sides.sign_in(leave_out=("mail.google.com",))
    assert caught.value.reason == "missing_scopes"


def test_google_revokes(google_sides):
    credentials = google_sides.sign_in().credentials
    google.revoke(google_sides.client, credentials)
    with pytest.raises(AuthenticationError):
        google_sides.refresh(credentials)
    google.revoke(google_sides.client, credentials)


def test_google_app_that_is_not_verified(google_sides):
    google_sides.server.sign_in.testers = set()
    with pytest.raises(Blocked, match="verification process"):
        google_sides.sign_in()


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        ("admin_policy_enforced", SignInError, "admin_consent"),
        ("org_internal", SignInError, "wrong_tenant"),
        ("app_not_verified", SignInError, "unverified_app"),
        ("temporarily_unavailable", TemporaryError, "unavailable"),
        ("deleted_client", AppConfigurationError, "deleted_client"),
        ("something_new", SignInError, "failed"),
    ],
)
def test_what_google_says(google_sides, error, kind, reason):
    with pytest.raises(kind) as caught:
        google_sides.finish(google_sides.begin(), {"error": error, "state": "the-state"})
    assert caught.value.reason == reason


def test_google_wants_to_see_the_user_again(google_sides):
    credentials = google_sides.sign_in().credentials
    google_sides.server.sign_in.refusal = ("invalid_grant", "invalid_rapt")
    with pytest.raises(AuthenticationError) as caught:
        google_sides.refresh(credentials)
    assert caught.value.reason == "interaction_required"


# ------------------------------------------------------------ Microsoft alone


def test_microsoft_addresses_of_a_mailbox(microsoft_sides):
    assert microsoft_sides.sign_in().addresses >= {ADDRESS, "a.smith@firm.example"}


def test_microsoft_permission_withheld(microsoft_sides):
    microsoft_sides.server.sign_in.withheld.add("Mail.Send")
    with pytest.raises(SignInError) as caught:
        microsoft_sides.sign_in()
    assert (caught.value.reason, caught.value.details["server_text"]) == ("missing_scopes", "Mail.Send")


def test_microsoft_only_an_administrator_may_consent(microsoft_sides):
    microsoft_sides.server.sign_in.approval_needed = True
    with pytest.raises(SignInError) as caught:
        microsoft_sides.sign_in(refuse=True)
    assert caught.value.reason == "admin_consent"


def test_microsoft_organisation(microsoft_sides):
    microsoft_sides.client = replace(microsoft_sides.client, tenant=microsoft_sides.server.tenant)
    assert microsoft_sides.sign_in().address == ADDRESS
    # Whatever the page let pass.
    with pytest.raises(SignInError) as caught:
        microsoft._check_tenant(microsoft_sides.client, {"tid": "00000000-0000-0000-0000-000000000000"})
    assert caught.value.reason == "wrong_tenant"
    microsoft_sides.client = replace(microsoft_sides.client, tenant="unknown.example")
    with pytest.raises(AppConfigurationError) as caught:
        microsoft_sides.begin()
    assert caught.value.reason == "unknown_tenant"


def test_microsoft_shared_mailbox(microsoft_sides):
    microsoft_sides.server.add_shared("info@firm.example", members=(ADDRESS,))
    asked = microsoft_sides.begin("info@firm.example", shared=True).url
    assert "Mail.Send.Shared" in asked
    assert "login_hint" not in asked
    assert "Shared" not in microsoft_sides.begin().url
    assert microsoft_sides.sign_in("info@firm.example", shared=True).address == ADDRESS


def test_microsoft_wants_to_see_the_user_again(microsoft_sides):
    credentials = microsoft_sides.sign_in().credentials
    microsoft_sides.server.directory.find(ADDRESS).interaction = True
    with pytest.raises(AuthenticationError) as caught:
        microsoft_sides.refresh(credentials)
    assert caught.value.reason == "interaction_required"


@pytest.mark.parametrize(
    ("error", "text", "kind", "reason"),
    [
        ("access_denied", "AADSTS50105: not assigned", SignInError, "blocked"),
        ("access_denied", "AADSTS50020: not in tenant", SignInError, "wrong_tenant"),
        ("invalid_client", "AADSTS7000222: expired", AppConfigurationError, "secret_expired"),
        ("consent_required", "AADSTS65001: no", SignInError, "admin_consent"),
        ("server_error", "", TemporaryError, "unavailable"),
        ("something_new", "", SignInError, "failed"),
    ],
)
def test_what_microsoft_says(microsoft_sides, error, text, kind, reason):
    answer = {"error": error, "error_description": text, "state": "the-state"}
    with pytest.raises(kind) as caught:
        microsoft_sides.finish(microsoft_sides.begin(), answer)
    assert caught.value.reason == reason


# ------------------------------------------------------------ the way there


def test_published_addresses():
    client = Client("id", "secret")
    begun = google.begin(client, BACK, "state", ADDRESS)
    assert begun.url.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    assert microsoft._detour(client, f"{microsoft.LOGIN}/common") == "https://login.microsoftonline.com/common"


def test_an_answer_without_end_is_not_read(monkeypatch, google_sides):
    monkeypatch.setattr(web, "LARGEST", 10)
    with pytest.raises(ProtocolError):
        google_sides.sign_in()
