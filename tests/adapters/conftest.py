"""Dovecot in several shapes, a fresh user for each test, and adapters for them."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from odoo.addons.concord_inbox.adapters import open_adapter, smtp
from odoo.addons.concord_inbox.adapters.base import Adapter, Endpoint, RemoteFolder, Settings
from odoo.addons.concord_inbox.adapters.imap import session

from tests.servers.dovecot import Dovecot

#: What a bare server does not offer.
LATER_EXTENSIONS = (
    *("LIST-STATUS", "LIST-EXTENDED", "SPECIAL-USE", "CONDSTORE", "QRESYNC", "ESEARCH", "NAMESPACE"),
    *("SASL-IR", "LITERAL+", "UIDPLUS", "MOVE", "ENABLE"),
)

SHAPES = {
    "full": {},
    "bare": {"mail_format": "maildir", "separator": ".", "prefix": "INBOX.", "hide": LATER_EXTENSIONS},
    "mdbox": {"mail_format": "mdbox", "hide": ("ESEARCH", "LIST-STATUS")},
}

_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    """A second login at once: the pause between the two is for servers in trouble."""
    monkeypatch.setattr(session, "SECOND_LOGIN_AFTER", 0)
    monkeypatch.setattr(smtp, "SECOND_LOGIN_AFTER", 0)


@pytest.fixture(scope="session")
def dovecots() -> Iterator[Callable[[str], Dovecot]]:
    """Starts each shape of server when it is first asked for."""
    running: dict[str, Dovecot] = {}
    with ExitStack() as stack:

        def get(shape: str) -> Dovecot:
            if shape not in running:
                running[shape] = stack.enter_context(Dovecot(**SHAPES[shape]))
            return running[shape]

        yield get


@pytest.fixture
def dovecot(dovecots) -> Dovecot:
    """A server that offers all that Dovecot can."""
    return dovecots("full")


@pytest.fixture(params=SHAPES)
def any_dovecot(request, dovecots) -> Dovecot:
    """Each shape in turn."""
    return dovecots(request.param)


class Mailbox:
    """A user of a server: what the tests do to it, and what an adapter sees of it."""

    def __init__(self, server: Dovecot, stack: ExitStack):
        self.server = server
        self.user = f"user{next(_numbers)}@example.com"
        self._stack = stack
        server.add_user(self.user, "secret")
        # Folders beside the INBOX are named as the server's namespace wants.
        self.prefix = server.prefix
        self.separator = server.separator
        self._client = None

    @property
    def settings(self) -> Settings:
        return settings(self.server.ports["imap"], user=self.user)

    def adapter(self, **changes) -> Adapter:
        """An adapter, closed at the end of the test."""
        return self._stack.enter_context(open_adapter("imap", replace(self.settings, **changes)))

    @property
    def client(self):
        """Somebody else's mail program."""
        if not self._client:
            self._client = self.server.client(self.user)
            self._stack.callback(self._client.shutdown)
        return self._client

    def append(self, folder: str, messages, **arguments) -> list[int]:
        return self.server.append(self.user, folder, messages, **arguments)


@pytest.fixture
def mailbox(dovecot) -> Iterator[Mailbox]:
    with ExitStack() as stack:
        yield Mailbox(dovecot, stack)


@pytest.fixture
def any_mailbox(any_dovecot) -> Iterator[Mailbox]:
    with ExitStack() as stack:
        yield Mailbox(any_dovecot, stack)


def settings(port: int, encryption: str = "none", user: str = "anna", **changes) -> Settings:
    """Settings for a server of the tests."""
    incoming = Endpoint("127.0.0.1", port, encryption)
    values = {"password": "secret", "allow_any_address": True, "timeout": 10.0, "incoming": incoming, **changes}
    return Settings(email=user, username=user, **values)


def inbox(adapter: Adapter) -> RemoteFolder:
    """The INBOX as listed now."""
    return next(folder for folder in adapter.folders() if folder.role == "inbox")


def message(number: int = 1, size: int = 0) -> bytes:
    """A small email, padded to about `size` bytes."""
    text = f"Subject: number {number}\r\nMessage-ID: <{number}@example.com>\r\n\r\nHello {number}\r\n".encode()
    return text + b"x" * 70 * (size // 72) + (b"\r\n" if size else b"")
