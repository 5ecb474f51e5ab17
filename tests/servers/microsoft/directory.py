"""Who is known to the stand-in for Microsoft, what they allowed the application, and the tokens that say so."""

import secrets
import time
import uuid
from dataclasses import dataclass, field

#: Permissions of the published reference that the stand-in knows, without those of OpenID Connect.
GRAPH_SCOPES = frozenset(
    """User.Read Mail.Read Mail.ReadWrite Mail.Send Mail.ReadWrite.Shared Mail.Send.Shared
    MailboxSettings.Read""".split()
)
OPENID_SCOPES = frozenset(("openid", "profile", "email", "offline_access"))

GRAPH = "https://graph.microsoft.com"
#: What the application asks for, for tests of what comes after the signing in.
ALL_SCOPES = ("User.Read", "Mail.ReadWrite", "Mail.Send", "Mail.ReadWrite.Shared", "Mail.Send.Shared")


@dataclass
class User:
    """Somebody who can sign in, or (without a password) a shared mailbox.

    :param aliases: further addresses that reach the user and may be sent from.
    :param members: who may read, write and send as a shared mailbox.
    :param consents: what the user allowed the application.
    :param enabled: whether an administrator lets them sign in.
    :param interaction: the next refresh wants the user in front of a browser (a second factor).
    :param mailbox: whether there is one (a licence).
    """

    email: str
    password: str
    tenant: str
    aliases: tuple[str, ...] = ()
    members: set[str] = field(default_factory=set)
    senders: set[str] = field(default_factory=set)
    consents: set[str] = field(default_factory=set)
    enabled: bool = True
    interaction: bool = False
    mailbox: bool = True
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def name(self) -> str:
        return self.email.partition("@")[0].replace(".", " ").title()

    @property
    def addresses(self) -> frozenset[str]:
        return frozenset(address.lower() for address in (self.email, *self.aliases))


@dataclass
class Token:
    """An access or refresh token; `expires` is a time as `time.time()` has it."""

    email: str
    scopes: frozenset[str]
    expires: float
    audience: str = GRAPH
    revoked: bool = False

    @property
    def valid(self) -> bool:
        return not self.revoked and time.time() < self.expires


class Directory:
    """Users and tokens. Attribute `rotation`: a refresh token that was used is void (Microsoft lets it live on)."""

    def __init__(self):
        self.tenant = str(uuid.uuid4())
        self.users: dict[str, User] = {}
        self.access: dict[str, Token] = {}
        self.refresh: dict[str, Token] = {}
        self.token_lifetime = 3600.0
        self.rotation = False

    def add_user(self, email: str, password: str = "secret", aliases: tuple[str, ...] = (), tenant: str = "") -> User:
        """Somebody new.

        :param tenant: the id of the organisation, if it is not the one that the application is registered in.
        """
        user = self.users[email.lower()] = User(email, password, tenant or self.tenant, tuple(aliases))
        return user

    def add_shared(self, email: str, members: tuple[str, ...] = (), senders: tuple[str, ...] | None = None) -> User:
        """A mailbox that nobody signs in to, but `members` may open, and `senders` (None: the members) send as."""
        user = self.add_user(email, password="")
        user.members = {member.lower() for member in members}
        user.senders = user.members if senders is None else {sender.lower() for sender in senders}
        return user

    def find(self, address: str) -> User | None:
        """Who is reached by this address, or bears this id."""
        address = address.lower()
        return self.users.get(address) or next(
            (user for user in self.users.values() if address in user.addresses or address == user.id), None
        )

    def issue(self, email: str, scopes: frozenset[str], audience: str = GRAPH) -> str:
        """An access token."""
        token = f"EwB{secrets.token_urlsafe(48)}"
        self.access[token] = Token(email.lower(), scopes, time.time() + self.token_lifetime, audience)
        return token

    def issue_refresh(self, email: str, scopes: frozenset[str]) -> str:
        """A refresh token, good for 90 days."""
        token = f"M.C5{secrets.token_urlsafe(48)}"
        self.refresh[token] = Token(email.lower(), scopes, time.time() + 90 * 86400)
        return token

    def token_for(self, email: str, scopes: tuple[str, ...] = ALL_SCOPES, audience: str = GRAPH) -> str:
        """An access token, for tests that do not sign in."""
        return self.issue(email, frozenset(scopes), audience)

    def expire(self, email: str) -> None:
        """The access tokens of a user have had their time; refresh tokens stay good."""
        for token in self.access.values():
            if token.email == email.lower():
                token.expires = 0

    def revoke(self, email: str) -> None:
        """The user (or an administrator) takes back all that was allowed; every token is void."""
        for token in (*self.access.values(), *self.refresh.values()):
            if token.email == email.lower():
                token.revoked = True
        self.users[email.lower()].consents.clear()
