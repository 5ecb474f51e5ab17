"""Google on one address: who signs in, and Gmail's API, with every request and answer held against its description."""

import json

from . import discovery, errors, multipart
from .api import Api, Call
from .mailbox import Mailbox
from .oauth import AccessToken, SignIn
from .pubsub import PubSub
from .quota import Quota
from .web import Request, Response, WebServer, json_response

#: As Google documents it, and as its own library for Python asks.
BATCH = ("/batch/gmail/v1", "/batch")
_PREFIXES = ("/gmail/v1/", "/upload/gmail/v1/")


class Google(WebServer):
    """Google as a context manager: `url` is the base of all its addresses.

    Attributes: `sign_in`: what it knows of users; `api`: how it answers where there is room; `pubsub`: topics, and what
    is posted from them; `violations`: what clients did that Google's descriptions do not allow; a test wants it
    empty. `calls`: the methods that were called, in order,
    those within a batch as well.
    """

    def __init__(self):
        super().__init__()
        self.sign_in = SignIn()
        self.violations = self.sign_in.violations
        self.client_id = self.sign_in.client_id
        self.client_secret = self.sign_in.client_secret
        self.redirect_uris = self.sign_in.redirect_uris
        self.revoke = self.sign_in.revoke
        self.expire = self.sign_in.expire
        self.token_for = self.sign_in.token_for
        self.refresh_token_for = self.sign_in.refresh_token_for
        self.pubsub = PubSub(self.sign_in.now)
        self.api = Api(self.pubsub)
        self.calls: list[str] = []
        self._mailboxes: dict[str, Mailbox] = {}
        self._quotas: dict[str, Quota] = {}

    def add_user(self, email: str, password: str = "google-secret", aliases: tuple[str, ...] = ()) -> Mailbox:
        """Somebody with a mailbox."""
        with self.lock:
            self.sign_in.add_user(email, password, aliases)
            self._mailboxes[email] = Mailbox(email, tuple(aliases))
            self._quotas[email] = Quota(self.sign_in.now)
            return self._mailboxes[email]

    def mailbox(self, email: str) -> Mailbox:
        """What a user has. Hold `lock` where requests may be under way."""
        return self._mailboxes[email]

    def quota(self, email: str) -> Quota:
        """What a user spends."""
        return self._quotas[email]

    def push(self, email: str, label: str = "INBOX", **changes) -> int | None:
        """Have Pub/Sub tell that something happened in a mailbox; see `PubSub.push`."""
        return self.pubsub.push(email, self._mailboxes[email].history_id, label, **changes)

    def answer(self, request: Request) -> Response:
        with self.lock:
            if (request.method, request.path) == ("GET", "/oauth2/v1/certs"):
                return self.pubsub.certificates()
            if response := self.sign_in.answer(request):
                return response
            if request.path not in BATCH and not request.path.startswith(_PREFIXES):
                return json_response({"error": {"code": 404, "message": "Not Found"}}, 404)
            try:
                access = self._access(request)
                if request.path in BATCH:
                    return self._batch(request, access)
                return self._call(request, access)
            except errors.ApiError as error:
                self._note(request, error)
                return error.response()

    def _access(self, request: Request) -> AccessToken:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        access = self.sign_in.access(token) if scheme == "Bearer" else None
        if not access:
            raise errors.invalid_credentials()
        return access

    def _batch(self, request: Request, access: AccessToken) -> Response:
        if request.method != "POST" or request.query:
            raise errors.invalid("A batch is posted")
        return multipart.join([(name, self._inner(inner, access)) for name, inner in multipart.inner_requests(request)])

    def _inner(self, request: Request, access: AccessToken) -> Response:
        if fault := self.fault(f"part {request.method} {request.path}"):
            return fault.answer
        try:
            if not request.path.startswith("/gmail/v1/"):
                raise errors.invalid("Only calls without media may be in a batch")
            return self._call(request, access)
        except errors.ApiError as error:
            self._note(request, error)
            return error.response()

    def _call(self, request: Request, access: AccessToken) -> Response:
        description = discovery.gmail()
        found = description.find(request.method, request.path)
        if not found:
            self.violations.append(f"{request.method} {request.path}: no such method")
            raise errors.ApiError(404, "Not Found", "notFound")
        method, path = found
        self.calls.append(method.name)
        if problems := description.query_problems(method, request.query):
            raise _refused(problems)
        if path.pop("userId") not in ("me", access.email):
            raise errors.ApiError(403, f"Delegation denied for {access.email}", "forbidden")
        if not method.scopes & access.scopes:
            raise errors.insufficient_scopes()
        if not self._quotas[access.email].take(method.name):
            raise errors.too_much()
        body, media = self._body(method, request)
        query: dict[str, list[str]] = {}
        for name, value in request.query:
            query.setdefault(name, []).append(value)
        answer = self.api.call(method.name, Call(self._mailboxes[access.email], path, query, body, media))
        if method.response is None:
            return Response(204)
        if problems := description.problems(method.response, answer):
            self.violations += [f"the stand-in's own answer: {problem}" for problem in problems]
        return json_response(answer)

    def _body(self, method: discovery.Method, request: Request) -> tuple[dict, bytes | None]:
        content, media = request.body, None
        if method.upload:
            if dict(request.query).get("uploadType") != "multipart":
                raise errors.invalid("This stand-in takes uploadType=multipart")
            [(metadata, content), (head, media)] = multipart.parts(request, "related")
            if not metadata.get("content-type", "").startswith("application/json"):
                raise _refused(["The first part of an upload is its metadata"])
            if head.get("content-type") != "message/rfc822":
                raise errors.ApiError(400, "Media type is not supported. Valid: message/rfc822", "badContent")
            if len(media) > method.max_size:
                raise errors.ApiError(413, "Request Too Large", "uploadTooLarge")
        if method.request is None:
            if content:
                raise _refused(["A body where there is none"])
            return {}, media
        if not method.upload and not request.headers.get("content-type", "").startswith("application/json"):
            raise _refused(["The body is not application/json"])
        try:
            body = json.loads(content)
        except ValueError:
            raise errors.invalid("Invalid JSON payload received.") from None
        if problems := discovery.gmail().problems(method.request, body):
            raise _refused(problems)
        return body, media

    def _note(self, request: Request, error: errors.ApiError) -> None:
        if getattr(error, "is_violation", False):
            self.violations.append(f"{request.method} {request.path}: {error.message}")


def _refused(problems: list[str]) -> errors.ApiError:
    """For what the description does not allow, and no client may try."""
    error = errors.invalid("; ".join(problems))
    error.is_violation = True
    return error
