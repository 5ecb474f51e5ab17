"""Logging in to an IMAP server (RFC 3501, 6.2)."""

import base64

from ..base import Settings
from ..errors import AuthenticationError, EncryptionError, InvalidInputError
from . import faults
from .wire import Answer, Client, Literal, quote


def authenticate(client: Client, settings: Settings, second: bool, where: dict) -> Answer:
    """Log in the best way that the server offers.

    :param second: a login was refused before, so that another way may come first.
    :param where: details for the errors.
    :raises AuthenticationError, TemporaryError, EncryptionError, InvalidInputError:
    """
    # As imaplib asked for them before the login, and again after STARTTLS.
    offered = frozenset(client.wire.capabilities)
    if "LOGINDISABLED" in offered and settings.incoming.encryption == "none":
        raise EncryptionError("login_disabled", field="imap_encryption", **where)
    user, password = _value(settings, "username"), _value(settings, "password")
    ways = [_plain] if "AUTH=PLAIN" in offered else []
    ways += [_plain_login] if "LOGINDISABLED" not in offered else []
    if not ways:
        raise AuthenticationError("no_mechanism", field="imap_host", **where)
    if second and password.isascii():
        # Some servers offer PLAIN and fail at it.
        ways.reverse()
    for position, way in enumerate(ways, 1):
        answer = way(client, user, password, "SASL-IR" in offered)
        if answer.status == "OK":
            return answer
        if position == len(ways) or not faults.is_mechanism_refused(answer):
            break
    raise faults.login(answer, **where)


def _value(settings: Settings, field: str) -> bytes:
    value = getattr(settings, field)
    if any(character in value for character in "\r\n\0"):
        raise InvalidInputError("control_character", field=field)
    return value.encode()


def _plain(client: Client, user: bytes, password: bytes, at_once: bool) -> Answer:
    """AUTHENTICATE PLAIN in UTF-8 (RFC 4616), in one step where the server allows it (RFC 4959)."""
    token = base64.b64encode(b"\0" + user + b"\0" + password)
    if at_once:
        return client.wire.finish(client.wire.begin(b"AUTHENTICATE", b"PLAIN", token))
    tag = client.wire.begin(b"AUTHENTICATE", b"PLAIN")
    client.wire.continue_with(token)
    return client.wire.finish(tag)


def _plain_login(client: Client, user: bytes, password: bytes, _at_once: bool) -> Answer:
    arguments = [quote(value) if value.isascii() else Literal(value) for value in (user, password)]
    return client.wire.finish(client.wire.begin(b"LOGIN", *arguments))
