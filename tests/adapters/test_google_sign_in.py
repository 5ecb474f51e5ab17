"""The stand-in for Google's sign-in does what Google does, so that what is tested against it means something."""

import base64
import hashlib
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.servers.google import Google
from tests.servers.google.oauth import MAIL

BACK = "https://crm.example.com/back"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def google():
    with Google() as server:
        server.add_user("anna@gmail.com", "secret")
        server.redirect_uris.add(BACK)
        yield server
        assert not server.violations


def ask(google, **changes):
    """Open the first page."""
    asked = {"client_id": google.client_id, "redirect_uri": BACK, "response_type": "code", "state": "s1"}
    asked |= {"scope": f"openid email {MAIL}", "access_type": "offline", "prompt": "consent"}
    asked |= {"code_challenge": CHALLENGE, "code_challenge_method": "S256", **changes}
    asked = {name: value for name, value in asked.items() if value is not None}
    return requests.get(f"{google.url}/o/oauth2/v2/auth", params=asked, timeout=30)


def walk(google, answer="allow", email="anna@gmail.com", password="secret", scopes=(MAIL,), **changes):
    """Go through the pages; returns the last answer."""
    flow = re.search(r'name="flow" value="(.*?)"', ask(google, **changes).text)[1]
    page = requests.post(f"{google.url}/signin", {"flow": flow, "email": email, "password": password}, timeout=30)
    if 'name="answer"' not in page.text:
        return page
    fields = [("flow", flow), ("answer", answer), *(("scope", scope) for scope in scopes)]
    return requests.post(f"{google.url}/consent", fields, timeout=30, allow_redirects=False)


def told(response) -> dict[str, str]:
    """What the redirect tells."""
    assert response.headers["Location"].startswith(BACK + "?")
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["Location"]).query).items()}


def token(google, **changes):
    """Ask for tokens."""
    fields = {"client_id": google.client_id, "client_secret": google.client_secret, **changes}
    return requests.post(f"{google.url}/token", fields, timeout=30)


def exchange(google, code, **changes):
    fields = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER, **changes}
    return token(google, code=code, **fields)


def refresh(google, refresh_token, **changes):
    return token(google, grant_type="refresh_token", refresh_token=refresh_token, **changes)


def test_a_sign_in_brings_tokens(google):
    back = told(walk(google))
    assert back["state"] == "s1"
    answer = exchange(google, back["code"]).json()
    assert set(answer) == {"access_token", "expires_in", "refresh_token", "scope", "token_type", "id_token"}
    assert MAIL in answer["scope"].split()
    claims = answer["id_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert (claims["email"], claims["aud"]) == ("anna@gmail.com", google.client_id)
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    assert requests.get(f"{google.url}/v1/userinfo", headers=bearer, timeout=30).json()["email"] == "anna@gmail.com"
    assert refresh(google, answer["refresh_token"]).json()["access_token"] != answer["access_token"]


def test_what_the_user_refuses(google):
    assert told(walk(google, answer="refuse")) == {"state": "s1", "error": "access_denied"}
    assert "Wrong email or password" in walk(google, password="guess").text
    # Without the tick there is no right to the mailbox, but the sign-in succeeds.
    answer = exchange(google, told(walk(google, scopes=()))["code"]).json()
    assert MAIL not in answer["scope"].split()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "other"}, "Error 401: invalid_client"),
        ({"redirect_uri": "https://evil.example/"}, "Error 400: redirect_uri_mismatch"),
        ({"scope": "everything"}, "Error 400: invalid_scope"),
        ({"scope": None}, "Error 400: invalid_request"),
        ({"response_type": "token"}, "Error 400: unsupported_response_type"),
    ],
)
def test_a_wrong_question_gets_an_error_page(google, changes, error):
    assert error in ask(google, **changes).text


def test_unverified_app(google):
    google.sign_in.testers = {"bob@gmail.com"}
    page = walk(google)
    assert page.status_code == 403
    assert "has not completed the Google verification process" in page.text


def test_a_code_is_good_once_for_one_client_and_verifier(google):
    code = told(walk(google))["code"]
    answer = exchange(google, code).json()
    assert exchange(google, code).json()["error"] == "invalid_grant"
    # Whoever shows it twice may have stolen it: its tokens are void.
    assert refresh(google, answer["refresh_token"]).json()["error"] == "invalid_grant"
    assert exchange(google, told(walk(google))["code"], code_verifier="w" * 50).json()["error"] == "invalid_grant"
    assert exchange(google, told(walk(google))["code"], redirect_uri=BACK + "2").json()["error"] == (
        "redirect_uri_mismatch"
    )
    code = told(walk(google))["code"]
    wrong = exchange(google, code, client_secret="wrong")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    google.sign_in.late = 601
    assert exchange(google, code).json()["error"] == "invalid_grant"


def test_a_refresh_token_comes_with_the_first_consent_or_on_purpose(google):
    assert "refresh_token" in exchange(google, told(walk(google, prompt=None))["code"]).json()
    assert "refresh_token" not in exchange(google, told(walk(google, prompt=None))["code"]).json()
    assert "refresh_token" in exchange(google, told(walk(google))["code"]).json()
    assert "refresh_token" not in exchange(google, told(walk(google, access_type=None))["code"]).json()


def test_tokens_end(google):
    kept = google.refresh_token_for("anna@gmail.com")
    access = refresh(google, kept).json()["access_token"]
    assert google.sign_in.access(access)
    google.expire("anna@gmail.com")
    assert not google.sign_in.access(access)
    google.sign_in.rotates = True
    other = refresh(google, kept).json()["refresh_token"]
    assert refresh(google, kept).json()["error"] == "invalid_grant"
    access = refresh(google, other).json()
    google.revoke("anna@gmail.com")
    assert not google.sign_in.access(access["access_token"])
    assert refresh(google, access["refresh_token"]).json()["error"] == "invalid_grant"
    kept = google.refresh_token_for("anna@gmail.com")
    assert requests.post(f"{google.url}/revoke", {"token": kept}, timeout=30).status_code == 200
    assert refresh(google, kept).json()["error"] == "invalid_grant"


def test_faults(google):
    kept = google.refresh_token_for("anna@gmail.com")
    google.fail("POST /token", 503)
    assert refresh(google, kept).status_code == 503
    google.fail("POST /token")
    with pytest.raises(requests.ConnectionError):
        refresh(google, kept)
    google.sign_in.refusal = ("invalid_grant", "invalid_rapt")
    assert refresh(google, kept).json()["error_subtype"] == "invalid_rapt"
