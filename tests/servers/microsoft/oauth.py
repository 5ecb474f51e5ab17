"""The sign-in of the stand-in for Microsoft: OAuth 2.0 and OpenID Connect as login.microsoftonline.com (v2.0) has them.

Errors bear the numbers (AADSTS…) that the real service is known to answer with. It is stricter than the real one where
that one is lax: parameters that it does not know, and a sign-in without PKCE or `state`, are violations.
"""

import base64
import functools
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from . import pages
from .directory import GRAPH, GRAPH_SCOPES, OPENID_SCOPES, Directory, User
from .web import Request, Response

#: msal sends X-AnchorMailbox with a login_hint.
AUTHORIZE = frozenset(
    """client_id response_type redirect_uri response_mode scope state nonce prompt login_hint domain_hint
    code_challenge code_challenge_method client_info claims X-AnchorMailbox""".split()
)
TOKEN = frozenset(
    """client_id client_secret grant_type code redirect_uri code_verifier scope refresh_token client_info
    claims""".split()
)
PROMPTS = ("", "login", "select_account", "consent", "none")
COOKIE = "ESTSAUTH"


class OAuthError(Exception):
    """An error for the application.

    :param code: the number after AADSTS.
    """

    def __init__(self, error: str, code: int, text: str, status: int = 400, **more: str):
        super().__init__(text)
        self.error, self.code, self.status, self.more = error, code, status, more
        self.text = f"AADSTS{code}: {text}"

    def fields(self) -> dict:
        """The answer's body."""
        trace = secrets.token_hex(16)
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        description = f"{self.text} Trace ID: {trace} Correlation ID: {trace} Timestamp: {now}"
        more = {"error_codes": [self.code], "timestamp": now, "trace_id": trace, "correlation_id": trace}
        return {"error": self.error, "error_description": description, **more, **self.more}


class PageError(Exception):
    """An error that only the person in front of the browser sees."""


@dataclass
class Flow:
    """One way through the pages of the sign-in."""

    tenant: str
    parameters: dict[str, str]
    scopes: list[str]
    email: str = ""
    begun: float = field(default_factory=time.time)


@dataclass
class Code:
    """An authorisation code."""

    flow: Flow
    expires: float
    used: bool = False


class SignIn:
    """Answers what is below ``/{tenant}/oauth2``, ``/{tenant}/v2.0``, ``/{tenant}/discovery`` and ``/signin``.

    Attributes a test may change: `client_id`, `client_secret`, `redirect_uris`, `code_lifetime` (seconds),
    `approval_needed` (only an administrator can consent), `application` (the name on the consent page),
    `withheld` (permissions that are not granted though they were consented to).
    """

    def __init__(self, directory: Directory, violations: list[str]):
        self.directory = directory
        self.violations = violations
        self.client_id = "5d8f2c9e-0000-4000-8000-c0c0c0c0c0c0"
        self.client_secret = secrets.token_urlsafe(20)
        self.redirect_uris: set[str] = set()
        self.application = "Concord Inbox"
        self.code_lifetime = 600.0
        self.approval_needed = False
        self.withheld: set[str] = set()
        self._flows: dict[str, Flow] = {}
        self._codes: dict[str, Code] = {}
        self._sessions: dict[str, list[str]] = {}

    def handle(self, request: Request, url: str) -> Response | None:
        """The answer, or None if the address is not one of the sign-in."""
        self._url = url
        if request.path == "/signin" and request.method == "POST":
            return self._guarded(self._step, request)
        tenant, _, rest = request.path.lstrip("/").partition("/")
        endpoints = {
            ("GET", "oauth2/v2.0/authorize"): self._authorize,
            ("POST", "oauth2/v2.0/token"): self._token,
            ("GET", "oauth2/v2.0/logout"): lambda _tenant, _request: Response.html(pages.page("Signed out", "")),
            ("GET", "v2.0/.well-known/openid-configuration"): self._configuration,
            ("GET", "discovery/v2.0/keys"): lambda _tenant, _request: Response.json({"keys": [_public_key()]}),
            ("GET", "discovery/instance"): self._instance,
        }
        if endpoint := endpoints.get((request.method, rest)):
            return self._guarded(endpoint, tenant, request)
        return None

    def _guarded(self, endpoint, *arguments) -> Response:
        try:
            return endpoint(*arguments)
        except PageError as error:
            return Response.html(pages.failure(str(error)), 400)
        except OAuthError as error:
            return Response.json(error.fields(), error.status)

    # What the browser sees

    def _authorize(self, tenant: str, request: Request) -> Response:
        given = request.parameters
        self._known(given, AUTHORIZE, "authorize")
        for name in ("client_id", "response_type", "redirect_uri", "scope"):
            if not given.get(name):
                raise PageError(f"AADSTS900144: The request must contain the following parameter: '{name}'.")
        self._tenant(tenant, PageError)
        if given["client_id"] != self.client_id:
            raise PageError(
                f"AADSTS700016: Application with identifier '{given['client_id']}' was not found in the directory."
            )
        if given["redirect_uri"] not in self.redirect_uris:
            raise PageError(
                f"AADSTS50011: The redirect URI '{given['redirect_uri']}' specified in the request does not match the "
                f"redirect URIs configured for the application '{self.client_id}'."
            )
        flow = Flow(tenant, given, given["scope"].split())
        try:
            self._check(flow)
        except OAuthError as error:
            return self._back(flow, error)
        key = secrets.token_urlsafe(16)
        self._flows[key] = flow
        return self._first_page(key, flow, self._sessions.get(request.cookies.get(COOKIE, ""), []))

    def _check(self, flow: Flow) -> None:
        given = flow.parameters
        if given["response_type"] != "code":
            raise OAuthError(
                "unsupported_response_type", 70005, "The response_type is not enabled for the application."
            )
        if given.get("response_mode", "query") not in ("query", "form_post"):
            raise OAuthError("invalid_request", 70005, "response_mode is not supported.")
        if given.get("prompt", "") not in PROMPTS:
            raise OAuthError("invalid_request", 90023, "Unsupported 'prompt' value.")
        if not given.get("code_challenge") or given.get("code_challenge_method") != "S256":
            self.violations.append("authorize: no PKCE with S256")
            raise OAuthError("invalid_request", 9002325, "Proof Key for Code Exchange is required.")
        if not given.get("state"):
            self.violations.append("authorize: no state")
        self._scopes(flow.scopes)

    def _scopes(self, scopes: list[str]) -> frozenset[str]:
        """The names of permissions, without the address of the API before them."""
        names = [scope.removeprefix(f"{GRAPH}/") for scope in scopes]
        for name in names:
            if name not in GRAPH_SCOPES | OPENID_SCOPES | {".default"}:
                raise OAuthError(
                    "invalid_client",
                    650053,
                    f"The application '{self.application}' asked for scope '{name}' that doesn't exist.",
                )
        return frozenset(names)

    def _first_page(self, key: str, flow: Flow, signed_in: list[str]) -> Response:
        prompt, hint = flow.parameters.get("prompt", ""), flow.parameters.get("login_hint", "")
        silent = [email for email in signed_in if not hint or email.lower() == hint.lower()]
        if prompt in ("", "consent", "none") and len(silent) == 1:
            flow.email = silent[0]
            return self._signed_in(key, flow)
        if prompt == "none":
            return self._back(flow, OAuthError("login_required", 50058, "No user is signed in."))
        if prompt != "login" and signed_in:
            return Response.html(pages.choose(key, signed_in))
        return Response.html(pages.sign_in(key, hint))

    def _step(self, request: Request) -> Response:
        """Somebody sent one of the pages."""
        form = request.form
        key = form.get("flow", "")
        flow = self._flows.get(key)
        if not flow or time.time() > flow.begun + 3600:
            raise PageError("AADSTS165000: Invalid request: the request tokens do not match the user context.")
        session = request.cookies.get(COOKIE, "")
        if "account" in form:
            if form["account"] not in self._sessions.get(session, []):
                return Response.html(pages.sign_in(key))
            flow.email = form["account"]
            return self._signed_in(key, flow)
        if "consent" in form:
            return self._consented(key, flow, form["consent"])
        user = self.directory.find(form.get("loginfmt", "").strip())
        if not user or not user.password:
            text = "We couldn't find an account with that username."
            return Response.html(pages.sign_in(key, form.get("loginfmt", ""), text))
        if form.get("passwd") != user.password:
            text = "Your account or password is incorrect."
            return Response.html(pages.sign_in(key, user.email, text))
        self._admit(flow, user)
        flow.email = user.email
        user.interaction = False
        if session not in self._sessions:
            session = secrets.token_urlsafe(16)
        accounts = self._sessions.setdefault(session, [])
        if user.email not in accounts:
            accounts.append(user.email)
        response = self._signed_in(key, flow)
        response.headers["Set-Cookie"] = f"{COOKIE}={session}; Path=/; HttpOnly"
        return response

    def _admit(self, flow: Flow, user: User) -> None:
        if not user.enabled:
            raise PageError("AADSTS50057: The user account is disabled.")
        if flow.tenant not in ("common", "organizations") and user.tenant != self.directory.tenant:
            raise PageError(
                f"AADSTS50020: User account '{user.email}' from identity provider does not exist in tenant "
                f"'{flow.tenant}' and cannot access the application '{self.client_id}' in that tenant."
            )

    def _signed_in(self, key: str, flow: Flow) -> Response:
        user = self.directory.find(flow.email)
        self._admit(flow, user)
        wanted = self._scopes(flow.scopes)
        if wanted <= user.consents and flow.parameters.get("prompt") != "consent":
            return self._finish(key, flow)
        if flow.parameters.get("prompt") == "none":
            return self._back(flow, OAuthError("interaction_required", 65001, "The user has not consented."))
        if self.approval_needed:
            return Response.html(pages.approval(key, self.application))
        return Response.html(pages.consent(key, user.email, self.application, sorted(wanted)))

    def _consented(self, key: str, flow: Flow, answer: str) -> Response:
        if not flow.email:
            raise PageError("AADSTS50058: Nobody is signed in.")
        if answer == "accept" and not self.approval_needed:
            self.directory.find(flow.email).consents |= self._scopes(flow.scopes)
            return self._finish(key, flow)
        del self._flows[key]
        if self.approval_needed:
            text = (
                f"An administrator has set a policy that prevents you from granting {self.application} the permissions"
            )
            return self._back(flow, OAuthError("consent_required", 90094, f"{text} it is requesting."))
        text = "User declined to consent to access the app."
        return self._back(flow, OAuthError("access_denied", 65004, text, error_subcode="cancel"))

    def _finish(self, key: str, flow: Flow) -> Response:
        del self._flows[key]
        code = f"1.A{secrets.token_urlsafe(32)}"
        self._codes[code] = Code(flow, time.time() + self.code_lifetime)
        answer = {"code": code, "session_state": secrets.token_hex(16)}
        if flow.parameters.get("client_info"):
            answer["client_info"] = self._client_info(self.directory.find(flow.email))
        return self._back(flow, answer)

    def _back(self, flow: Flow, answer: dict[str, str] | OAuthError) -> Response:
        """Send the browser to the application."""
        if isinstance(answer, OAuthError):
            fields = answer.fields()
            told = ("error", "error_description", "error_subcode")
            answer = {name: fields[name] for name in told if name in fields}
        if flow.parameters.get("state"):
            answer["state"] = flow.parameters["state"]
        target = flow.parameters["redirect_uri"]
        if flow.parameters.get("response_mode") == "form_post":
            return Response.html(pages.post(target, answer))
        return Response.redirect(f"{target}{'&' if '?' in target else '?'}{urlencode(answer)}")

    # What the application asks

    def _token(self, tenant: str, request: Request) -> Response:
        form = request.form
        self._known(form, TOKEN, "token")
        self._tenant(tenant, functools.partial(OAuthError, "invalid_request", 90002))
        self._client(form, request.headers.get("authorization", ""))
        if form.get("grant_type") == "authorization_code":
            flow = self._redeem(form)
            email, scopes, nonce = flow.email, self._scopes(flow.scopes), flow.parameters.get("nonce")
        elif form.get("grant_type") == "refresh_token":
            email, scopes = self._refreshed(form)
            nonce = None
        else:
            text = "The app requested an unsupported grant type."
            raise OAuthError("unsupported_grant_type", 70003, text)
        return Response.json(self._tokens(email, scopes, nonce, "client_info" in form))

    def _client(self, form: dict[str, str], authorization: str) -> None:
        client, secret = form.get("client_id", ""), form.get("client_secret", "")
        if authorization.startswith("Basic "):
            client, _, secret = base64.b64decode(authorization[6:]).decode().partition(":")
        if client != self.client_id:
            text = f"Application with identifier '{client}' was not found in the directory."
            raise OAuthError("unauthorized_client", 700016, text)
        if not secret:
            text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
            raise OAuthError("invalid_client", 7000218, text, 401)
        if not secrets.compare_digest(secret, self.client_secret):
            text = f"Invalid client secret provided for app '{client}'."
            raise OAuthError("invalid_client", 7000215, text, 401)

    def _redeem(self, form: dict[str, str]) -> Flow:
        code = self._codes.get(form.get("code", ""))
        if not code:
            raise OAuthError("invalid_grant", 9002313, "Invalid request. Request is malformed or invalid.")
        if code.used:
            raise OAuthError("invalid_grant", 54005, "OAuth2 Authorization code was already redeemed.")
        # Whoever shows a code has one attempt.
        code.used = True
        if time.time() > code.expires:
            raise OAuthError("invalid_grant", 70008, "The provided authorization code or refresh token has expired.")
        given = code.flow.parameters
        if form.get("redirect_uri") != given["redirect_uri"]:
            text = "The reply address does not match the reply address provided when requesting Authorization code."
            raise OAuthError("invalid_client", 500112, text)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if _encoded(digest) != given["code_challenge"]:
            text = "The Code_Verifier does not match the code_challenge supplied in the authorization request."
            raise OAuthError("invalid_grant", 501481, text)
        return code.flow

    def _refreshed(self, form: dict[str, str]) -> tuple[str, frozenset[str]]:
        token = self.directory.refresh.get(form.get("refresh_token", ""))
        if not token:
            raise OAuthError("invalid_grant", 9002313, "Invalid request. Request is malformed or invalid.")
        if token.revoked:
            text = "The provided grant has expired due to it being revoked, a fresh auth token is needed."
            raise OAuthError("invalid_grant", 50173, text, suberror="bad_token")
        if not token.valid:
            text = "The refresh token has expired due to inactivity."
            raise OAuthError("invalid_grant", 700082, text)
        user = self.directory.users[token.email]
        if not user.enabled:
            raise OAuthError("invalid_grant", 50057, "The user account is disabled.")
        if user.interaction:
            text = "Due to a configuration change made by your administrator, you must use multi-factor authentication."
            raise OAuthError("interaction_required", 50076, text, suberror="basic_action")
        asked = self._scopes(form.get("scope", "").split())
        if not asked <= token.scopes | OPENID_SCOPES:
            text = "The user or administrator has not consented to use the application."
            raise OAuthError("invalid_grant", 65001, text, suberror="consent_required")
        if self.directory.rotation:
            token.revoked = True
        return token.email, token.scopes

    def _tokens(self, email: str, scopes: frozenset[str], nonce: str | None, client_info: bool) -> dict:
        user = self.directory.find(email)
        granted = scopes - self.withheld
        lifetime = int(self.directory.token_lifetime)
        answer = {
            "token_type": "Bearer",
            "scope": " ".join(sorted(granted - {"offline_access"})),
            "expires_in": lifetime,
            "ext_expires_in": lifetime,
            "access_token": self.directory.issue(email, granted & GRAPH_SCOPES),
        }
        if "offline_access" in granted:
            answer["refresh_token"] = self.directory.issue_refresh(email, granted)
        if "openid" in granted:
            answer["id_token"] = self._id_token(user, granted, nonce)
        if client_info:
            answer["client_info"] = self._client_info(user)
        return answer

    def _id_token(self, user: User, scopes: frozenset[str], nonce: str | None) -> str:
        now = int(time.time())
        claims = {
            "aud": self.client_id,
            "iss": f"{self._url}/{user.tenant}/v2.0",
            "iat": now - 300,
            "nbf": now - 300,
            "exp": now + 3600,
            "oid": user.id,
            "sub": hashlib.sha256(f"{user.id}{self.client_id}".encode()).hexdigest(),
            "tid": user.tenant,
            "ver": "2.0",
        }
        if "profile" in scopes:
            claims |= {"name": user.name, "preferred_username": user.email}
        if "email" in scopes:
            claims["email"] = user.email
        if nonce:
            claims["nonce"] = nonce
        return _signed(claims)

    def _client_info(self, user: User) -> str:
        return _encoded(json.dumps({"uid": user.id, "utid": user.tenant}).encode())

    # What libraries ask

    def _configuration(self, tenant: str, _request: Request) -> Response:
        self._tenant(tenant, functools.partial(OAuthError, "invalid_tenant", 90002))
        known = tenant if tenant == self.directory.tenant else "{tenantid}"
        base = f"{self._url}/{tenant}"
        return Response.json(
            {
                "issuer": f"{self._url}/{known}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "response_types_supported": ["code"],
                "response_modes_supported": ["query", "form_post"],
                "scopes_supported": sorted(OPENID_SCOPES),
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            }
        )

    def _instance(self, _tenant: str, request: Request) -> Response:
        authority = request.parameters.get("authorization_endpoint", "").removesuffix("/oauth2/v2.0/authorize")
        if not authority.startswith(f"{self._url}/"):
            raise OAuthError("invalid_instance", 50049, "Unknown or invalid instance.")
        endpoint = f"{authority}/v2.0/.well-known/openid-configuration"
        return Response.json({"tenant_discovery_endpoint": endpoint, "api-version": "1.1", "metadata": []})

    def _tenant(self, tenant: str, error) -> None:
        """Refuse organisations that nobody knows."""
        if tenant not in ("common", "organizations", self.directory.tenant):
            text = f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
            raise error(f"AADSTS90002: {text}" if error is PageError else text)

    def _known(self, given: dict[str, str], known: frozenset[str], endpoint: str) -> None:
        for name in given.keys() - known:
            self.violations.append(f"{endpoint}: unknown parameter {name}")


@functools.cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _public_key() -> dict[str, str]:
    numbers = _key().public_key().public_numbers()
    return {
        "kty": "RSA",
        "use": "sig",
        "kid": "stand-in",
        "n": _encoded(numbers.n.to_bytes(256, "big")),
        "e": _encoded(numbers.e.to_bytes(3, "big")),
    }


def _signed(claims: dict) -> str:
    head = {"typ": "JWT", "alg": "RS256", "kid": "stand-in"}
    text = ".".join(_encoded(json.dumps(part).encode()) for part in (head, claims))
    return f"{text}.{_encoded(_key().sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
