"""Google: the authorisation-code flow with PKCE, and google-auth for what follows.

The flow is our own: it is one address for the browser and one POST. google-auth-oauthlib would bring oauthlib and
requests-oauthlib, which take a scope that the user left out for an error unless an environment variable of the whole
process says otherwise, and refuse the loopback addresses of stand-ins unless another one does.

Who signed in is asked of the userinfo endpoint with the new access token, over the same TLS as the token came: no
signature need be checked then, and no key fetched.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from datetime import UTC
from urllib.parse import urlencode

import google.auth.exceptions
import google.auth.transport
import google.oauth2.credentials

from ..errors import AppConfigurationError, AuthenticationError, ProtocolError, SignInError, TemporaryError
from . import web
from .base import Begun, Client, Credentials, SignedIn

NAME = "Google"

AUTHORIZE = "https://accounts.google.com/o/oauth2/v2/auth"
TOKEN = "https://oauth2.googleapis.com/token"  # noqa: S105 (an address)
REVOKE = "https://oauth2.googleapis.com/revoke"
USERINFO = "https://openidconnect.googleapis.com/v1/userinfo"

#: The one scope for the mailbox: what `gmail.modify` lacks is deleting for good (users.messages.delete, batchDelete),
#: which the inbox offers, and there is none between the two.
MAIL = "https://mail.google.com/"
SCOPES = ("openid", "email", MAIL)

#: What Google says when it is this installation's client that is wrong.
_CLIENT_ERRORS = frozenset(
    "invalid_client unauthorized_client deleted_client disabled_client redirect_uri_mismatch invalid_scope "
    "unsupported_grant_type".split()
)
_REFUSALS = {
    "access_denied": "consent_refused",
    "admin_policy_enforced": "admin_consent",
    "org_internal": "wrong_tenant",
    "app_not_verified": "unverified_app",
}


def scopes(_shared: bool) -> tuple[str, ...]:
    """What is asked for."""
    return SCOPES


def begin(client: Client, redirect_uri: str, state: str, address: str, shared: bool = False) -> Begun:
    """See `adapters.oauth`. `shared` means nothing here: Gmail has no such mailboxes."""
    verifier = secrets.token_urlsafe(64)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    parameters = {
        "client_id": client.client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": " ".join(SCOPES),
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        # A refresh token comes with offline access only, and for sure only when consent is asked for anew.
        "access_type": "offline",
        "prompt": "consent",
        "login_hint": address,
    }
    flow = {"redirect_uri": redirect_uri, "verifier": verifier}
    return Begun(f"{_at(client, AUTHORIZE)}?{urlencode(parameters)}", flow)


def finish(client: Client, flow: dict, answer: Mapping[str, str]) -> SignedIn:
    """See `adapters.oauth`; the caller has checked the state."""
    if error := answer.get("error"):
        raise _refusal(error, answer.get("error_description", ""))
    told = _post(
        client,
        TOKEN,
        {
            "grant_type": "authorization_code",
            "code": answer.get("code", ""),
            "redirect_uri": flow["redirect_uri"],
            "code_verifier": flow["verifier"],
            "client_id": client.client_id,
            "client_secret": client.client_secret,
        },
    )
    if error := told.get("error"):
        raise _refusal(str(error), str(told.get("error_description") or ""))
    if not told.get("access_token"):
        raise ProtocolError("bad_response", host=NAME)
    expires_at = time.time() + float(told.get("expires_in") or 0)
    credentials = Credentials(told["access_token"], expires_at, told.get("refresh_token") or "")
    try:
        _check_granted(told)
        address = _who(client, credentials.access_token)
    except SignInError:
        revoke(client, credentials)
        raise
    return SignedIn(address, frozenset((address.lower(),)), credentials)


def refresh(client: Client, credentials: Credentials) -> Credentials:
    """See `adapters.oauth`."""
    if not credentials.renewal:
        raise AuthenticationError("signed_out", provider=NAME)
    google_credentials = google.oauth2.credentials.Credentials(
        token=None,
        refresh_token=credentials.renewal,
        token_uri=_at(client, TOKEN),
        client_id=client.client_id,
        client_secret=client.client_secret,
    )
    transport = _Transport()
    try:
        google_credentials.refresh(transport)
    except google.auth.exceptions.GoogleAuthError:
        raise _refresh_error(transport.told) from None
    expiry = google_credentials.expiry  # naive, UTC
    expires_at = expiry.replace(tzinfo=UTC).timestamp() if expiry else 0.0
    return Credentials(google_credentials.token, expires_at, google_credentials.refresh_token)


def revoke(client: Client, credentials: Credentials) -> None:
    """See `adapters.oauth`. A token that Google does not know (any more) is as good as revoked."""
    _post(client, REVOKE, {"token": credentials.renewal or credentials.access_token})


def _at(client: Client, url: str) -> str:
    """A published address, or the same path on the stand-in."""
    if not client.base:
        return url
    return client.base.rstrip("/") + "/" + url.split("/", 3)[3]


def _post(client: Client, url: str, fields: dict) -> dict:
    return web.request("POST", _at(client, url), data=fields).json()


def _refusal(error: str, text: str) -> Exception:
    if error in _CLIENT_ERRORS:
        return AppConfigurationError(error, provider=NAME, server_text=text)
    if error in ("server_error", "temporarily_unavailable"):
        return TemporaryError("unavailable", host=NAME, server_text=text)
    said = f"{error}: {text}" if text else error
    return SignInError(_REFUSALS.get(error, "failed"), provider=NAME, server_text=said)


def _refresh_error(told: dict) -> Exception:
    code, text = str(told.get("error") or ""), str(told.get("error_description") or "")
    if code in _CLIENT_ERRORS:
        return AppConfigurationError(code, provider=NAME, server_text=text)
    if code:
        # invalid_grant: revoked, expired, the password changed, or the organisation wants a sign-in now and then.
        reason = "interaction_required" if told.get("error_subtype") == "invalid_rapt" else "signed_out"
        return AuthenticationError(reason, provider=NAME, server_text=text)
    return TemporaryError("unavailable", host=NAME)


def _check_granted(told: dict) -> None:
    if MAIL not in str(told.get("scope") or "").split():
        raise SignInError("missing_scopes", provider=NAME)
    if not told.get("refresh_token"):
        raise SignInError("no_offline_access", provider=NAME)


def _who(client: Client, access_token: str) -> str:
    headers = {"Authorization": f"Bearer {access_token}"}
    told = web.request("GET", _at(client, USERINFO), headers=headers).json()
    address = told.get("email")
    if not address or not told.get("email_verified"):
        raise SignInError("no_address", provider=NAME)
    return str(address)


class _Transport(google.auth.transport.Request):
    """google-auth's way to the network, so that it has our bounds and our errors.

    Attribute `told`: the last answer; google-auth's exceptions do not always carry it.
    """

    told: dict = {}

    def __call__(self, url, method="GET", body=None, headers=None, timeout=None, **_more):
        answer = web.request(method, url, data=body, headers=headers)
        self.told = answer.json()
        return answer
