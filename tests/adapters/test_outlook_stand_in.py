"""The stand-in for Microsoft's sign-in is as strict as the real one where our own code could be wrong."""

import base64
import hashlib
import html
import re
import socket
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.servers.microsoft import Microsoft

REDIRECT = "http://127.0.0.1:8069/inbox/oauth/microsoft"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
SCOPE = "openid profile offline_access https://graph.microsoft.com/Mail.ReadWrite"


@pytest.fixture
def microsoft():
    with Microsoft() as microsoft:
        microsoft.redirect_uris.add(REDIRECT)
        microsoft.add_user("anna@example.com", "secret", aliases=["sales@example.com"])
        yield microsoft


def authorize(microsoft, session=None, tenant="common", **changes) -> requests.Response:
    parameters = {
        "client_id": microsoft.client_id,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "scope": SCOPE,
        "state": "s1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    url = f"{microsoft.url}/{tenant}/oauth2/v2.0/authorize"
    return (session or requests).get(url, params=parameters, allow_redirects=False, timeout=5)


def press(microsoft, session, page: requests.Response, **fields) -> requests.Response:
    """Fill in the form of a page and send it."""
    flow = html.unescape(re.search(r'name="flow" value="([^"]*)"', page.text)[1])
    return session.post(f"{microsoft.url}/signin", {"flow": flow, **fields}, allow_redirects=False, timeout=5)


def answer(response: requests.Response) -> dict[str, str]:
    """What the browser carries back to the application."""
    assert response.status_code == 302, response.text
    location = response.headers["Location"]
    assert location.startswith(f"{REDIRECT}?")
    return dict(parse_qsl(urlsplit(location).query))


def sign_in(microsoft, session=None, consent="accept", **changes) -> dict[str, str]:
    session = session or requests.Session()
    page = authorize(microsoft, session, **changes)
    page = press(microsoft, session, page, loginfmt="anna@example.com", passwd="secret")
    return answer(press(microsoft, session, page, consent=consent))


def redeem(microsoft, code: str, **changes) -> requests.Response:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
        "client_id": microsoft.client_id,
        "client_secret": microsoft.client_secret,
        **changes,
    }
    return requests.post(f"{microsoft.url}/common/oauth2/v2.0/token", fields, timeout=5)


def refresh(microsoft, token: str, **changes) -> requests.Response:
    return redeem(microsoft, "", **{"grant_type": "refresh_token", "refresh_token": token, **changes})


def refused(response: requests.Response) -> tuple[str, int]:
    return response.json()["error"], response.json()["error_codes"][0]


def test_whoever_signs_in_and_consents_gets_tokens_once(microsoft):
    back = sign_in(microsoft)
    assert back["state"] == "s1"
    tokens = redeem(microsoft, back["code"]).json()
    assert tokens["access_token"] and tokens["refresh_token"] and tokens["scope"] == "Mail.ReadWrite openid profile"
    payload = tokens["id_token"].split(".")[1]
    assert b'"preferred_username": "anna@example.com"' in base64.urlsafe_b64decode(payload + "==")
    assert refused(redeem(microsoft, back["code"])) == ("invalid_grant", 54005)
    assert microsoft.violations == []


def test_a_wrong_password_keeps_the_page_and_says_so(microsoft):
    session = requests.Session()
    page = press(microsoft, session, authorize(microsoft, session), loginfmt="anna@example.com", passwd="wrong")
    assert "Your account or password is incorrect" in page.text
    page = press(microsoft, session, page, loginfmt="anna@example.com", passwd="secret")
    assert "Permissions requested" in page.text


def test_a_browser_that_is_signed_in_chooses_or_passes(microsoft):
    session = requests.Session()
    sign_in(microsoft, session)
    assert answer(authorize(microsoft, session))["code"]
    page = authorize(microsoft, session, prompt="select_account")
    assert "Pick an account" in page.text and "anna@example.com" in page.text
    assert answer(press(microsoft, session, page, account="anna@example.com"))["code"]
    assert (
        "Password" in press(microsoft, session, authorize(microsoft, session, prompt="select_account"), account="").text
    )


def test_refusing_consent_is_told_to_the_application(microsoft):
    assert sign_in(microsoft, consent="cancel")["error"] == "access_denied"
    microsoft.sign_in.approval_needed = True
    back = sign_in(microsoft, consent="back")
    assert back["error"] == "consent_required" and "AADSTS90094" in back["error_description"]


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"redirect_uri": "https://evil.example.com/"}, "AADSTS50011"),
        ({"client_id": "somebody"}, "AADSTS700016"),
        ({"tenant": "elsewhere"}, "AADSTS90002"),
        ({"scope": ""}, "AADSTS900144"),
    ],
)
def test_what_is_wrong_with_the_application_stays_on_the_page(microsoft, changes, number):
    response = authorize(microsoft, **changes)
    assert response.status_code == 400 and number in response.text


def test_a_user_of_another_organisation_does_not_get_into_this_one(microsoft):
    microsoft.add_user("bob@other.example", tenant="other-tenant")
    session = requests.Session()
    page = authorize(microsoft, session, tenant=microsoft.tenant)
    response = press(microsoft, session, page, loginfmt="bob@other.example", passwd="secret")
    assert response.status_code == 400 and "AADSTS50020" in response.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "wrong"}, ("invalid_grant", 501481)),
        ({"redirect_uri": f"{REDIRECT}/"}, ("invalid_client", 500112)),
        ({"client_secret": "wrong"}, ("invalid_client", 7000215)),
        ({"client_secret": ""}, ("invalid_client", 7000218)),
        ({"client_id": "other"}, ("unauthorized_client", 700016)),
        ({"code": "made-up"}, ("invalid_grant", 9002313)),
        ({"grant_type": "password"}, ("unsupported_grant_type", 70003)),
    ],
)
def test_a_code_is_for_one_client_one_address_and_one_verifier(microsoft, changes, error):
    assert refused(redeem(microsoft, **{"code": sign_in(microsoft)["code"], **changes})) == error


def test_codes_expire(microsoft):
    microsoft.sign_in.code_lifetime = -1
    assert refused(redeem(microsoft, sign_in(microsoft)["code"])) == ("invalid_grant", 70008)


def test_refreshing_lasts_until_it_is_revoked(microsoft):
    tokens = redeem(microsoft, sign_in(microsoft)["code"]).json()
    renewed = refresh(microsoft, tokens["refresh_token"]).json()
    assert renewed["access_token"] != tokens["access_token"] and renewed["refresh_token"] != tokens["refresh_token"]
    # The old one lives on, as Microsoft's do, unless the test wants otherwise.
    assert refresh(microsoft, tokens["refresh_token"]).ok
    microsoft.directory.rotation = True
    assert refresh(microsoft, tokens["refresh_token"]).ok
    assert refused(refresh(microsoft, tokens["refresh_token"])) == ("invalid_grant", 50173)
    microsoft.directory.users["anna@example.com"].interaction = True
    assert refused(refresh(microsoft, renewed["refresh_token"])) == ("interaction_required", 50076)
    microsoft.directory.users["anna@example.com"].interaction = False
    asks_more = refresh(microsoft, renewed["refresh_token"], scope="Mail.Send")
    assert refused(asks_more) == ("invalid_grant", 65001)
    microsoft.revoke("anna@example.com")
    assert refused(refresh(microsoft, renewed["refresh_token"])) == ("invalid_grant", 50173)


def test_a_sign_in_without_pkce_or_with_unknown_parameters_is_recorded(microsoft):
    assert answer(authorize(microsoft, code_challenge=""))["error"] == "invalid_request"
    authorize(microsoft, access_type="offline")
    assert microsoft.violations == ["authorize: no PKCE with S256", "authorize: unknown parameter access_type"]


def test_who_dies_in_the_middle_of_a_request_has_asked_for_nothing(microsoft):
    """What was killed while it spoke did nothing that the service would not allow."""
    parts = urlsplit(microsoft.url)
    with socket.create_connection((parts.hostname, parts.port), 5) as connection:
        connection.sendall(b"POST /v1.0/$batch HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1000) == b""
    assert not microsoft.violations
    assert not microsoft.requests
