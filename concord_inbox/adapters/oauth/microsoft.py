"""Microsoft: msal, as a confidential client with its cache of tokens serialised.

`Credentials.renewal` is JSON: msal's ``cache``, and the ``scopes`` that a refresh asks for.
"""

import json
import logging
import time
import warnings
from collections.abc import Mapping

import msal

from ..errors import AppConfigurationError, AuthenticationError, ProtocolError, SignInError, TemporaryError
from . import web
from .base import Begun, Client, Credentials, SignedIn

NAME = "Microsoft"

LOGIN = "https://login.microsoftonline.com"
GRAPH = "https://graph.microsoft.com"
ANY_TENANT = "common"

#: msal itself adds openid, profile and offline_access.
SCOPES = ("User.Read", "Mail.ReadWrite", "Mail.Send")
SHARED_SCOPES = (*SCOPES, "Mail.ReadWrite.Shared", "Mail.Send.Shared")

#: The number after AADSTS (learn.microsoft.com/entra/identity-platform/reference-error-codes) -> why a sign-in failed.
_REFUSALS = {
    "65004": "consent_refused",
    **dict.fromkeys(("90093", "90094", "900941", "650051", "650052"), "admin_consent"),
    **dict.fromkeys(("50020", "50034", "50128", "50177", "500212", "90072", "50194"), "wrong_tenant"),
    **dict.fromkeys(("53000", "53001", "53002", "53003", "53004", "50105"), "blocked"),
    **dict.fromkeys(("500113", "500116", "500119"), "unverified_app"),
}
_CLIENT_NUMBERS = frozenset(
    ("700016", "7000215", "7000222", "7000218", "7000112", "50011", "650053", "90002", "900023", "500011")
)
_CLIENT_ERRORS = frozenset(("invalid_client", "unauthorized_client", "invalid_scope", "unsupported_grant_type"))
_SIGN_IN_AGAIN = frozenset(("interaction_required", "login_required", "consent_required"))
#: What comes with `invalid_grant` when it is the user who is wanted (msal documents these as the suberrors to act on).
_SUBERRORS = frozenset(("basic_action", "additional_action", "user_password_expired", "consent_required"))

# A form that Microsoft's page posts to us comes without the cookie of the session (SameSite=Lax), so that nobody could
# tell whose sign-in it is. Code and state in the address are good once, and for nobody without the verifier.
warnings.filterwarnings("ignore", "response_mode='form_post' is recommended", module="msal")

# At level DEBUG it writes down each code with its verifier.
logging.getLogger("msal.token_cache").addFilter(lambda record: record.levelno > logging.DEBUG)


def scopes(shared: bool) -> tuple[str, ...]:
    """What is asked for: the shared mailboxes' permissions only where there is one."""
    return SHARED_SCOPES if shared else SCOPES


def begin(client: Client, redirect_uri: str, state: str, address: str, shared: bool = False) -> Begun:
    """See `adapters.oauth`. `shared`: `address` is a mailbox that nobody signs in to; a member of it does."""
    flow = _application(client).initiate_auth_code_flow(
        list(scopes(shared)),
        redirect_uri=redirect_uri,
        state=state,
        login_hint=None if shared else address,
        # Of those who are signed in at this browser, one of them is asked for, instead of taking the only one.
        prompt="select_account" if shared else None,
    )
    if "error" in flow:
        raise _refusal(flow)
    return Begun(_detour(client, flow["auth_uri"]), flow)


def finish(client: Client, flow: dict, answer: Mapping[str, str]) -> SignedIn:
    """See `adapters.oauth`; the caller has checked the state, msal does so once more, and the nonce."""
    if answer.get("error"):
        raise _refusal(answer)
    cache = msal.SerializableTokenCache()
    try:
        told = _application(client, cache).acquire_token_by_auth_code_flow(flow, dict(answer))
    except (ValueError, RuntimeError):
        # msal's words for an answer, or an id token, that does not belong to this flow.
        raise SignInError("failed", provider=NAME) from None
    if "error" in told:
        raise _refusal(told)
    granted = {scope.rpartition("/")[2].lower() for scope in str(told.get("scope") or "").split()}
    wanted = tuple(scope for scope in SHARED_SCOPES if scope in flow["scope"])
    if missing := [scope for scope in wanted if scope.lower() not in granted]:
        raise SignInError("missing_scopes", provider=NAME, server_text=", ".join(missing))
    claims = told.get("id_token_claims") or {}
    _check_tenant(client, claims)
    credentials = _credentials(told, cache, wanted)
    if not any(cache.search(msal.TokenCache.CredentialType.REFRESH_TOKEN)):
        raise SignInError("no_offline_access", provider=NAME)
    return _who(client, claims, credentials)


def refresh(client: Client, credentials: Credentials) -> Credentials:
    """See `adapters.oauth`."""
    try:
        kept = json.loads(credentials.renewal)
    except ValueError:
        raise AuthenticationError("signed_out", provider=NAME) from None
    cache = msal.SerializableTokenCache()
    cache.deserialize(kept["cache"])
    application = _application(client, cache)
    accounts = application.get_accounts()
    told = accounts and application.acquire_token_silent_with_error(
        kept["scopes"], account=accounts[0], force_refresh=True
    )
    if not told:
        raise AuthenticationError("signed_out", provider=NAME)
    if "error" in told:
        raise _refresh_error(told)
    return _credentials(told, cache, kept["scopes"])


def revoke(_client: Client, _credentials: Credentials) -> None:
    """Microsoft offers no address for that: who forgets the tokens has done all."""


# ------------------------------------------------------------ msal


def _application(
    client: Client, cache: msal.SerializableTokenCache | None = None
) -> msal.ConfidentialClientApplication:
    tenant = client.tenant or ANY_TENANT
    try:
        return msal.ConfidentialClientApplication(
            client.client_id,
            client_credential=client.client_secret,
            authority=f"{LOGIN}/{tenant}",
            token_cache=cache,
            http_client=_Http(client),
            # The address is a constant: nobody need be asked whether it is Microsoft's.
            instance_discovery=False,
        )
    except ValueError:
        # Nothing is published for this tenant.
        raise AppConfigurationError("unknown_tenant", provider=NAME, tenant=tenant) from None


class _Http:
    """msal's way to the network: with our bounds and errors, and to the stand-in where there is one.

    msal wants https addresses of a host that it knows; so it is told Microsoft's own in either direction.
    """

    def __init__(self, client: Client):
        self._client = client

    def get(self, url, params=None, headers=None, **_more):
        return self._request("GET", url, params=params, headers=headers)

    def post(self, url, params=None, data=None, headers=None, **_more):
        return self._request("POST", url, params=params, data=data, headers=headers)

    def close(self):
        """There is nothing to close: see `web.request`."""

    def _request(self, method, url, **arguments):
        answer = web.request(method, _detour(self._client, url), **arguments)
        if self._client.base:
            answer.text = answer.text.replace(self._client.base.rstrip("/"), LOGIN)
        return answer


def _detour(client: Client, url: str) -> str:
    if not client.base:
        return url
    for origin in (LOGIN, GRAPH):
        if url.startswith(f"{origin}/"):
            return client.base.rstrip("/") + url.removeprefix(origin)
    return url


def _credentials(told: dict, cache: msal.SerializableTokenCache, wanted) -> Credentials:
    if not told.get("access_token"):
        raise ProtocolError("bad_response", host=NAME)
    renewal = json.dumps({"cache": cache.serialize(), "scopes": list(wanted)})
    return Credentials(told["access_token"], time.time() + float(told.get("expires_in") or 0), renewal)


# ------------------------------------------------------------ what Microsoft says


def _numbers(told: Mapping) -> list[str]:
    numbers = [str(number) for number in told.get("error_codes") or ()]
    text = str(told.get("error_description") or "")
    if text.startswith("AADSTS"):
        numbers.append(text[6:].partition(":")[0])
    return numbers


def _said(told: Mapping) -> str:
    """The sentence without the traces for Microsoft's own people."""
    text = str(told.get("error_description") or told.get("error") or "")
    return text.partition(" Trace ID:")[0].partition("\r")[0]


def _refusal(told: Mapping) -> Exception:
    error, numbers, said = str(told.get("error")), _numbers(told), _said(told)
    for number in numbers:
        if reason := _REFUSALS.get(number):
            return SignInError(reason, provider=NAME, server_text=said)
    if error in _CLIENT_ERRORS or _CLIENT_NUMBERS.intersection(numbers):
        return _client_error(error, numbers, said)
    if error in ("server_error", "temporarily_unavailable"):
        return TemporaryError("unavailable", host=NAME, server_text=said)
    reason = {"access_denied": "consent_refused", "consent_required": "admin_consent"}.get(error, "failed")
    return SignInError(reason, provider=NAME, server_text=said)


def _refresh_error(told: Mapping) -> Exception:
    error, numbers, said = str(told.get("error")), _numbers(told), _said(told)
    if error in _CLIENT_ERRORS or _CLIENT_NUMBERS.intersection(numbers):
        return _client_error(error, numbers, said)
    if error in _SIGN_IN_AGAIN or told.get("suberror") in _SUBERRORS:
        return AuthenticationError("interaction_required", provider=NAME, server_text=said)
    if error == "invalid_grant":
        return AuthenticationError("signed_out", provider=NAME, server_text=said)
    return TemporaryError("unavailable", host=NAME, server_text=said)


def _client_error(error: str, numbers: list[str], said: str) -> AppConfigurationError:
    reason = "secret_expired" if "7000222" in numbers else error
    return AppConfigurationError(reason, provider=NAME, server_text=said)


def _check_tenant(client: Client, claims: Mapping) -> None:
    """Where the tenant was set by its id, nobody of another one gets in, whatever the page let pass."""
    tenant = client.tenant.lower()
    if tenant.count("-") == 4 and str(claims.get("tid") or "").lower() != tenant:
        raise SignInError("wrong_tenant", provider=NAME)


def _who(client: Client, claims: Mapping, credentials: Credentials) -> SignedIn:
    """The addresses of whoever signed in: the name to sign in with need not be one that emails are sent to."""
    url = _detour(client, f"{GRAPH}/v1.0/me")
    told = web.request(
        "GET",
        url,
        params={"$select": "mail,userPrincipalName,proxyAddresses"},
        headers={"Authorization": f"Bearer {credentials.access_token}"},
    ).json()
    aliases = [str(alias)[5:] for alias in told.get("proxyAddresses") or () if str(alias).lower().startswith("smtp:")]
    names = [told.get("mail"), told.get("userPrincipalName"), claims.get("preferred_username"), *aliases]
    found = [str(name) for name in names if name and "@" in str(name)]
    if not found:
        raise SignInError("no_address", provider=NAME)
    return SignedIn(found[0], frozenset(name.lower() for name in found), credentials)
