"""Takes the password out of what a server says: some repeat in a refusal the very command that they refuse."""

import base64
import contextlib
from collections.abc import Iterator

from .base import Settings
from .errors import AdapterError


@contextlib.contextmanager
def hidden_password(settings: Settings) -> Iterator[None]:
    """Whatever `AdapterError` leaves this block bears no trace of the password of `settings`."""
    try:
        yield
    except AdapterError as error:
        error.hide(_forms(settings.username, settings.password))
        raise


def hidden(settings: Settings, text: str) -> str:
    """`text` without a trace of the password of `settings`."""
    for form in _forms(settings.username, settings.password):
        text = text.replace(form, "•••")
    return text


def _forms(username: str, password: str) -> list[str]:
    """The password as it goes over the wire, the longest first: in SASL PLAIN (RFC 4616), in base64, quoted, plain."""
    if not password:
        return []
    plain = f"\0{username}\0{password}"
    quoted = password.replace("\\", "\\\\").replace('"', '\\"')
    return [*(base64.b64encode(text.encode()).decode() for text in (plain, password)), quoted, password]
