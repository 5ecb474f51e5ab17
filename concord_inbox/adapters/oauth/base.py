"""What goes in and out of the providers' modules."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Client:
    """What this installation is to a provider.

    :param tenant: Microsoft's: the id or a domain of the organisation, or ``common``.
    :param base: an address in place of all of the provider's published ones, for a stand-in.
    """

    client_id: str
    client_secret: str = field(repr=False)
    tenant: str = ""
    base: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that began.

    :param url: the provider's page, for the browser.
    :param flow: what `finish()` needs; JSON-serialisable, and secret (the verifier of PKCE is in it).
    """

    url: str
    flow: dict = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is stored of a sign-in.

    :param expires_at: when the access token ends, as `time.time()` has it.
    :param renewal: what brings the next access token: a refresh token, or msal's cache with the scopes.
    """

    access_token: str = field(repr=False)
    expires_at: float
    renewal: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in.

    :param address: how the provider calls them.
    :param addresses: all addresses of their own mailbox, lower-case.
    """

    address: str
    addresses: frozenset[str]
    credentials: Credentials
