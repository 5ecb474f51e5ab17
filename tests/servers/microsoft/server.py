"""The stand-in as the tests start it."""

from collections.abc import Iterable

from ..tls import Certificate
from .delta import Deltas
from .directory import ALL_SCOPES, Directory, User
from .graph import Graph
from .mailbox import Mailbox
from .oauth import SignIn
from .web import Request, Response, WebServer


class Microsoft(WebServer):
    """Sign-in at ``{url}/{tenant}/oauth2/v2.0/...``, Graph at ``{url}/v1.0/...``. Use it by `with`.

    Attributes: `violations`: what the real service does not know or would not let pass, to be asserted empty;
    `directory`, `sign_in` and `graph`: users and tokens, the pages, the mailboxes, for tests that change what these do.

    :param certificate: speak TLS (msal takes no other authority).
    """

    def __init__(self, certificate: Certificate | None = None):
        super().__init__(certificate)
        self.directory = Directory()
        self.sign_in = SignIn(self.directory, self.violations)
        self.graph = Graph(self.directory, self.violations)

    @property
    def client_id(self) -> str:
        return self.sign_in.client_id

    @client_id.setter
    def client_id(self, value: str) -> None:
        self.sign_in.client_id = value

    @property
    def client_secret(self) -> str:
        return self.sign_in.client_secret

    @client_secret.setter
    def client_secret(self, value: str) -> None:
        self.sign_in.client_secret = value

    @property
    def redirect_uris(self) -> set[str]:
        return self.sign_in.redirect_uris

    @property
    def tenant(self) -> str:
        """The id of the organisation that the application is registered in."""
        return self.directory.tenant

    def add_user(self, email: str, password: str = "secret", aliases: Iterable[str] = (), tenant: str = "") -> User:
        """Somebody who signs in with this password; see `Directory.add_user`."""
        return self.directory.add_user(email, password, tuple(aliases), tenant)

    def add_shared(self, email: str, members: Iterable[str] = (), senders: Iterable[str] | None = None) -> User:
        """A shared mailbox; see `Directory.add_shared`."""
        return self.directory.add_shared(email, tuple(members), None if senders is None else tuple(senders))

    def revoke(self, email: str) -> None:
        """All that the user allowed is taken back: refreshing fails with ``invalid_grant``."""
        self.directory.revoke(email)

    def expire(self, email: str) -> None:
        """The user's access tokens have expired; refreshing works."""
        self.directory.expire(email)

    def token_for(self, email: str, scopes: Iterable[str] = ALL_SCOPES) -> str:
        """An access token for Graph, for tests that do not sign in."""
        return self.directory.token_for(email, tuple(scopes))

    def mailbox(self, email: str) -> Mailbox:
        """What somebody has, for what others do to it."""
        return self.graph.mailbox(email)

    def delta(self, email: str) -> Deltas:
        """How the delta queries over somebody's mailbox behave."""
        return self.graph.delta(email)

    def handle(self, request: Request) -> Response:
        response = self.graph.handle(request, self.url, self.fault)
        if not response:
            with self.lock:
                response = self.sign_in.handle(request, self.url)
        return response or Response.json({"error": {"code": "ResourceNotFound", "message": "Resource not found."}}, 404)
