"""Google's sign-in: pages for a browser, codes, tokens (RFC 6749, RFC 7636 and what Google documents of its own).

Where Google's host names differ, the paths are kept: ``/o/oauth2/v2/auth``, ``/token``, ``/revoke``, ``/tokeninfo``,
``/oauth2/v3/certs`` and ``/v1/userinfo``.
"""

import base64
import hashlib
import html
import itertools
import json
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .web import Request, Response, json_response

MAIL = "https://mail.google.com/"
_GMAIL = "https://www.googleapis.com/auth/gmail."
_USERINFO = "https://www.googleapis.com/auth/userinfo."

#: What the consent page says of each scope that may be asked for.
SCOPES = {
    "openid": "Associate you with your personal info on Google",
    "email": "See your primary Google Account email address",
    "profile": "See your personal info",
    _USERINFO + "email": "See your primary Google Account email address",
    _USERINFO + "profile": "See your personal info",
    MAIL: "Read, compose, send, and permanently delete all your email from Gmail",
    _GMAIL + "modify": "Read, compose, and send emails from your Gmail account",
    _GMAIL + "readonly": "View your email messages and settings",
    _GMAIL + "compose": "Manage drafts and send emails",
    _GMAIL + "send": "Send email on your behalf",
    _GMAIL + "insert": "Add emails into your Gmail mailbox",
    _GMAIL + "labels": "See and edit your email labels",
    _GMAIL + "metadata": "View your email message metadata such as labels and headers, but not the email body",
    _GMAIL + "settings.basic": "See, edit, create, or change your email settings and filters in Gmail",
    _GMAIL + "settings.sharing": "Manage your sensitive mail settings, including who can manage your mail",
}

#: How Google names short forms in what it grants.
_LONG = {"email": _USERINFO + "email", "profile": _USERINFO + "profile"}
_SIGN_IN = {"openid", *_LONG.values()}

#: Seconds that an access token, and a code, is good for.
TOKEN_LIFE = 3599
CODE_LIFE = 600

_AUTHORIZE = {
    *("client_id", "redirect_uri", "response_type", "scope", "access_type", "state", "include_granted_scopes"),
    *("code_challenge", "code_challenge_method", "login_hint", "prompt", "nonce", "enable_granular_consent", "hd"),
}
_NEEDED = ("client_id", "redirect_uri", "response_type", "scope")
_TOKEN = {
    "authorization_code": {"code", "client_id", "client_secret", "redirect_uri", "grant_type", "code_verifier"},
    # google-auth tells the scopes with each refresh.
    "refresh_token": {"refresh_token", "client_id", "client_secret", "grant_type", "scope"},
}


@dataclass
class User:
    """Somebody with an account at Google. `subject` is what Google calls them for ever."""

    email: str
    password: str
    aliases: tuple[str, ...]
    subject: str


@dataclass
class Grant:
    """What a user allowed the client to do, until it is revoked; `token` is the refresh token that stands for it."""

    email: str
    scopes: frozenset[str]
    token: str = ""


@dataclass
class AccessToken:
    """What the API is shown. `expires`: `time.time()`, as the fake's clock has it."""

    email: str
    scopes: frozenset[str]
    expires: float
    grant: Grant | None = None


@dataclass
class _Flow:
    """A sign-in on its way through the pages."""

    asked: dict[str, str]
    email: str = ""
    granted: frozenset[str] = frozenset()
    offline: bool = False
    code_expires: float = 0.0


class OAuthError(Exception):
    """What the token page answers as JSON."""

    def __init__(self, error: str, description: str, status: int = 400):
        super().__init__(error)
        self.response = json_response({"error": error, "error_description": description}, status)


@dataclass
class SignIn:
    """All that Google knows of users, of the one client, and of what was granted.

    Attributes that a test changes:

    - `redirect_uris`: those that are registered for the client.
    - `testers`: not None: the app is not verified, and only they may use it.
    - `rotates`: each refresh brings another refresh token, and the one before is void.
    - `late`: seconds that the fake's clock is ahead.
    - `refusal`: not None: ``(error, subtype)`` of every refresh, such as ``("invalid_grant", "invalid_rapt")``.
    """

    client_id: str = "1234567890-concord.apps.googleusercontent.com"
    client_secret: str = "GOCSPX-concord-secret"
    redirect_uris: set[str] = field(default_factory=set)
    testers: set[str] | None = None
    rotates: bool = False
    late: float = 0.0
    refusal: tuple[str, str] | None = None
    violations: list[str] = field(default_factory=list)
    users: dict[str, User] = field(default_factory=dict)

    def __post_init__(self):
        self._grants: dict[str, Grant] = {}
        self._tokens: dict[str, AccessToken] = {}
        self._flows: dict[str, _Flow] = {}
        self._codes: dict[str, _Flow] = {}
        self._spent: dict[str, Grant | None] = {}
        self._numbers = itertools.count(108_000_000_000_000_000_001)
        self._key = None

    # Users, and what the tests do to their tokens.

    def add_user(self, email: str, password: str = "google-secret", aliases: tuple[str, ...] = ()) -> User:
        """A new user."""
        self.users[email] = User(email, password, tuple(aliases), str(next(self._numbers)))
        return self.users[email]

    def now(self) -> float:
        return time.time() + self.late

    def token_for(self, email: str, scopes: tuple[str, ...] = (MAIL,)) -> str:
        """An access token as a sign-in would bring it."""
        return self._access_token(Grant(email, frozenset(scopes)), kept=False)

    def refresh_token_for(self, email: str, scopes: tuple[str, ...] = (MAIL,)) -> str:
        """A refresh token as a sign-in would bring it."""
        return self._keep(Grant(email, frozenset(scopes))).token

    def revoke(self, email: str) -> None:
        """The user takes back all that was granted."""
        for token in [token for token, grant in self._grants.items() if grant.email == email]:
            del self._grants[token]
        for token in [token for token, access in self._tokens.items() if access.email == email]:
            del self._tokens[token]

    def expire(self, email: str) -> None:
        """The access tokens of a user are too old from now on; refreshing brings new ones."""
        for access in self._tokens.values():
            if access.email == email:
                access.expires = 0.0

    def access(self, token: str) -> AccessToken | None:
        """What an access token is good for; None: nothing."""
        access = self._tokens.get(token)
        return access if access and access.expires > self.now() else None

    # Requests.

    def answer(self, request: Request) -> Response | None:
        """The answer to a request for one of the addresses of signing in; None for another's."""
        pages = {
            ("GET", "/o/oauth2/v2/auth"): self._authorize,
            ("POST", "/signin"): self._identify,
            ("POST", "/consent"): self._consent,
            ("POST", "/token"): self._token,
            ("POST", "/revoke"): self._revoke,
            ("GET", "/tokeninfo"): self._tokeninfo,
            ("GET", "/v1/userinfo"): self._userinfo,
            ("GET", "/oauth2/v3/certs"): self._certificates,
        }
        page = pages.get((request.method, request.path))
        if not page:
            return None
        try:
            return page(request)
        except OAuthError as error:
            return error.response

    # Pages.

    def _authorize(self, request: Request) -> Response:
        asked = dict(request.query)
        if unknown := sorted(set(asked) - _AUTHORIZE):
            self.violations.append(f"authorize: unknown parameters {unknown}")
        if len(asked) != len(request.query):
            return _error_page(400, "invalid_request", "A parameter is given twice.")
        if missing := [name for name in _NEEDED if not asked.get(name)]:
            return _error_page(400, "invalid_request", f"Required parameter is missing: {missing[0]}")
        if asked["client_id"] != self.client_id:
            return _error_page(401, "invalid_client", "The OAuth client was not found.")
        if asked["redirect_uri"] not in self.redirect_uris:
            return _error_page(400, "redirect_uri_mismatch", "This app sent a redirect address that is not registered.")
        if asked["response_type"] != "code":
            return _error_page(400, "unsupported_response_type", asked["response_type"])
        if unknown := [scope for scope in asked["scope"].split() if scope not in SCOPES]:
            return _error_page(400, "invalid_scope", f"Some requested scopes were invalid. {unknown}")
        if asked.get("code_challenge_method", "plain") not in ("plain", "S256"):
            return _error_page(400, "invalid_request", "code_challenge_method")
        if asked.get("access_type", "online") not in ("online", "offline"):
            return _error_page(400, "invalid_request", "access_type")
        if asked.get("prompt") == "none":
            return self._back(asked, error="interaction_required")
        flow = secrets.token_urlsafe(16)
        self._flows[flow] = _Flow(asked)
        return _sign_in_page(flow, asked.get("login_hint", ""))

    def _identify(self, request: Request) -> Response:
        fields = dict(request.form())
        name = fields.get("flow", "")
        flow = self._flows.get(name)
        if not flow:
            return _error_page(400, "invalid_request", "This page is too old.")
        user = self.users.get(fields.get("email", "").strip().lower())
        if not user or not secrets.compare_digest(fields.get("password", "").encode(), user.password.encode()):
            return _sign_in_page(name, fields.get("email", ""), "Wrong email or password.")
        if self.testers is not None and user.email not in self.testers:
            del self._flows[name]
            return _error_page(
                403,
                "access_denied",
                "Concord has not completed the Google verification process. The app is currently being tested, "
                "and can only be accessed by developer-approved testers.",
            )
        flow.email = user.email
        return _consent_page(name, user.email, flow.asked["scope"].split())

    def _consent(self, request: Request) -> Response:
        fields = request.form()
        flow = self._flows.pop(dict(fields).get("flow", ""), None)
        if not flow or not flow.email:
            return _error_page(400, "invalid_request", "This page is too old.")
        if dict(fields).get("answer") != "allow":
            return self._back(flow.asked, error="access_denied")
        asked = {_LONG.get(scope, scope) for scope in flow.asked["scope"].split()}
        # Signing in is not a matter of choice; what lies beyond is, scope by scope.
        granted = {scope for name, scope in fields if name == "scope"} & asked | asked & _SIGN_IN
        before = [grant for grant in self._grants.values() if grant.email == flow.email]
        if flow.asked.get("include_granted_scopes") == "true":
            granted |= {scope for grant in before for scope in grant.scopes}
        flow.granted = frozenset(granted)
        # Google hands out a refresh token when the user is asked for the first time, or again on purpose.
        flow.offline = flow.asked.get("access_type") == "offline" and (
            not before or "consent" in flow.asked.get("prompt", "").split()
        )
        code = f"4/0A{secrets.token_urlsafe(24)}"
        flow.code_expires = self.now() + CODE_LIFE
        self._codes[code] = flow
        return self._back(flow.asked, code=code, scope=" ".join(sorted(granted)))

    @staticmethod
    def _back(asked: dict[str, str], **answer: str) -> Response:
        if "state" in asked:
            answer = {"state": asked["state"], **answer}
        joint = "&" if "?" in asked["redirect_uri"] else "?"
        return Response(302, headers={"Location": asked["redirect_uri"] + joint + urlencode(answer)})

    # Tokens.

    def _token(self, request: Request) -> Response:
        fields = self._fields(request)
        kind = fields.get("grant_type", "")
        if kind not in _TOKEN:
            raise OAuthError("unsupported_grant_type", f"Invalid grant_type: {kind}")
        if unknown := sorted(set(fields) - _TOKEN[kind]):
            self.violations.append(f"token: unknown parameters {unknown}")
        self._check_client(request, fields)
        return self._exchange(fields) if kind == "authorization_code" else self._refresh(fields)

    def _fields(self, request: Request) -> dict[str, str]:
        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            raise OAuthError("invalid_request", "Not a form.")
        pairs = request.form()
        if len(dict(pairs)) != len(pairs):
            raise OAuthError("invalid_request", "A parameter is given twice.")
        return dict(pairs)

    def _check_client(self, request: Request, fields: dict[str, str]) -> None:
        client, secret = fields.get("client_id", ""), fields.get("client_secret", "")
        scheme, _, basic = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            client, _, secret = base64.b64decode(basic).decode().partition(":")
        if client != self.client_id:
            raise OAuthError("invalid_client", "The OAuth client was not found.", 401)
        if secret != self.client_secret:
            raise OAuthError("invalid_client", "The provided client secret is invalid.", 401)

    def _exchange(self, fields: dict[str, str]) -> Response:
        code = fields.get("code", "")
        if code in self._spent:
            # Somebody else may have used it: what it brought is void (RFC 6749, 4.1.2).
            if grant := self._spent[code]:
                self._end(grant)
            raise OAuthError("invalid_grant", "Bad Request")
        flow = self._codes.pop(code, None)
        if not flow or flow.code_expires < self.now():
            raise OAuthError("invalid_grant", "Malformed auth code.")
        self._spent[code] = None
        if fields.get("redirect_uri") != flow.asked["redirect_uri"]:
            raise OAuthError("redirect_uri_mismatch", "Bad Request")
        _check_verifier(flow.asked, fields.get("code_verifier"))
        grant = self._spent[code] = Grant(flow.email, flow.granted)
        answer = {}
        if flow.offline:
            answer["refresh_token"] = self._keep(grant).token
        answer.update(self._tokens_of(grant))
        if "openid" in grant.scopes:
            answer["id_token"] = self._id_token(grant, answer["access_token"], flow.asked.get("nonce"))
        return _no_store(answer)

    def _refresh(self, fields: dict[str, str]) -> Response:
        if self.refusal:
            error, subtype = self.refusal
            body = {"error": error, "error_description": "reauth related error"}
            return json_response({**body, **({"error_subtype": subtype} if subtype else {})}, 400)
        grant = self._grants.get(fields.get("refresh_token", ""))
        if not grant:
            raise OAuthError("invalid_grant", "Token has been expired or revoked.")
        wanted = {_LONG.get(scope, scope) for scope in fields.get("scope", "").split()}
        if wanted - grant.scopes:
            raise OAuthError("invalid_scope", "Bad Request")
        answer = self._tokens_of(grant)
        if self.rotates:
            del self._grants[grant.token]
            answer["refresh_token"] = self._keep(grant).token
        if "openid" in grant.scopes:
            answer["id_token"] = self._id_token(grant, answer["access_token"], None)
        return _no_store(answer)

    def _tokens_of(self, grant: Grant) -> dict:
        scope = " ".join(sorted(grant.scopes))
        token = self._access_token(grant)
        return {"access_token": token, "expires_in": TOKEN_LIFE, "scope": scope, "token_type": "Bearer"}

    def _access_token(self, grant: Grant, kept: bool = True) -> str:
        token = f"ya29.{secrets.token_urlsafe(32)}"
        scopes = frozenset(_LONG.get(scope, scope) for scope in grant.scopes)
        self._tokens[token] = AccessToken(grant.email, scopes, self.now() + TOKEN_LIFE, grant if kept else None)
        return token

    def _keep(self, grant: Grant) -> Grant:
        grant.token = f"1//0{secrets.token_urlsafe(32)}"
        self._grants[grant.token] = grant
        return grant

    def _end(self, grant: Grant) -> None:
        self._grants.pop(grant.token, None)
        for token in [token for token, access in self._tokens.items() if access.grant is grant]:
            del self._tokens[token]

    def _revoke(self, request: Request) -> Response:
        token = dict(request.query + request.form()).get("token", "")
        access = self._tokens.get(token)
        grant = self._grants.get(token) or (access and access.grant)
        if not grant and not access:
            raise OAuthError("invalid_token", "Token expired or revoked")
        if grant:
            self._end(grant)
        self._tokens.pop(token, None)
        return json_response({})

    # What a token tells.

    def _tokeninfo(self, request: Request) -> Response:
        access = self.access(dict(request.query).get("access_token", ""))
        if not access:
            raise OAuthError("invalid_token", "Invalid Value")
        left = int(access.expires - self.now())
        answer = {"azp": self.client_id, "aud": self.client_id, "scope": " ".join(sorted(access.scopes))}
        if _LONG["email"] in access.scopes:
            answer.update(email=access.email, email_verified="true")
        return json_response({**answer, "expires_in": str(left), "access_type": "offline"})

    def _userinfo(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        access = self.access(token) if scheme == "Bearer" else None
        if not access or ("openid" not in access.scopes and not access.scopes & set(_LONG.values())):
            raise OAuthError("invalid_request", "Invalid Credentials", 401)
        answer = {"sub": self.users[access.email].subject}
        if _LONG["email"] in access.scopes:
            answer.update(email=access.email, email_verified=True)
        return json_response(answer)

    def _id_token(self, grant: Grant, access_token: str, nonce: str | None) -> str:
        now = int(self.now())
        claims = {"iss": "https://accounts.google.com", "azp": self.client_id, "aud": self.client_id}
        claims |= {"sub": self.users[grant.email].subject, "iat": now, "exp": now + 3600}
        claims["at_hash"] = _b64(hashlib.sha256(access_token.encode()).digest()[:16])
        if _LONG["email"] in grant.scopes:
            claims |= {"email": grant.email, "email_verified": True}
        if nonce:
            claims["nonce"] = nonce
        header = {"alg": "RS256", "kid": "fake", "typ": "JWT"}
        text = ".".join(_b64(json.dumps(part).encode()) for part in (header, claims))
        return f"{text}.{_b64(self._signing_key().sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def _certificates(self, _request: Request) -> Response:
        numbers = self._signing_key().public_key().public_numbers()
        key = {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "fake"}
        return json_response({"keys": [{**key, "n": _b64_number(numbers.n), "e": _b64_number(numbers.e)}]})

    def _signing_key(self) -> rsa.RSAPrivateKey:
        # Made when it is needed: it takes a moment.
        if not self._key:
            self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return self._key


def _check_verifier(asked: dict[str, str], verifier: str | None) -> None:
    challenge = asked.get("code_challenge")
    if not challenge:
        if verifier:
            raise OAuthError("invalid_grant", "code_verifier is not needed.")
        return
    if not verifier:
        raise OAuthError("invalid_grant", "Missing code verifier.")
    if asked.get("code_challenge_method", "plain") == "S256":
        verifier = _b64(hashlib.sha256(verifier.encode()).digest())
    if not secrets.compare_digest(verifier.encode(), challenge.encode()):
        raise OAuthError("invalid_grant", "Invalid code verifier.")


def _b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _b64_number(number: int) -> str:
    return _b64(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _no_store(answer: dict) -> Response:
    return json_response(answer, Cache_Control="no-cache, no-store, max-age=0, must-revalidate")


def _page(status: int, title: str, content: str) -> Response:
    style = "body{font-family:sans-serif;max-width:28em;margin:3em auto}label{display:block;margin:.5em 0}"
    text = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{style}</style>'
        f"</head><body><h1>{title}</h1>{content}</body></html>"
    )
    return Response(status, text.encode(), {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"})


def _error_page(status: int, error: str, text: str) -> Response:
    return _page(status, "Access blocked", f"<p>{html.escape(text)}</p><p>Error {status}: {html.escape(error)}</p>")


def _sign_in_page(flow: str, email: str, problem: str = "") -> Response:
    alert = f'<p role="alert">{html.escape(problem)}</p>' if problem else ""
    return _page(
        200,
        "Sign in with Google",
        f'{alert}<form method="post" action="/signin"><input type="hidden" name="flow" value="{flow}">'
        f'<label>Email <input type="email" name="email" value="{html.escape(email)}" required></label>'
        '<label>Password <input type="password" name="password" required></label>'
        "<button>Next</button></form>",
    )


def _consent_page(flow: str, email: str, scopes: list[str]) -> Response:
    choices = "".join(
        f'<label><input type="checkbox" name="scope" value="{html.escape(scope)}" checked> {SCOPES[scope]}</label>'
        for scope in scopes
        if _LONG.get(scope, scope) not in _SIGN_IN
    )
    return _page(
        200,
        "Concord wants access to your Google Account",
        f'<p>{html.escape(email)}</p><form method="post" action="/consent">'
        f'<input type="hidden" name="flow" value="{flow}">{choices}'
        '<button name="answer" value="allow">Continue</button> <button name="answer" value="refuse">Cancel</button>'
        "</form>",
    )
