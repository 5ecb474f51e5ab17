"""Signing in at a provider instead of having a password (OAuth 2.0): begin, finish, refresh, revoke.

Each provider is a module with these functions; none knows the ORM, none keeps state:

- ``begin(client, redirect_uri, state, address, shared)``: where to send the browser, as `Begun`.
- ``finish(client, flow, answer)``: what the provider sent the browser back with becomes a `SignedIn`.
- ``refresh(client, credentials)``: new `Credentials` for those whose access token is too old or was refused.
- ``revoke(client, credentials)``: the provider forgets what was granted, where it offers that.

They raise `errors.SignInError` (this sign-in led to nothing), `AuthenticationError` (somebody has to sign in again),
`AppConfigurationError` (the installation's client is not set up right), `TemporaryError`, what `http.broken()` makes of
a connection, `ProtocolError` for what is no answer, and nothing else.
"""

from . import google, microsoft
from .base import Begun, Client, Credentials, SignedIn

#: connection type -> the module of its provider.
PROVIDERS = {"gmail": google, "outlook": microsoft}
