"""What the tests of the adapters share: mailboxes on servers of several shapes, settings, messages."""

import itertools
from contextlib import ExitStack
from dataclasses import replace

from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.base import Adapter, Endpoint, RemoteFolder, Settings

from tests.servers.dovecot import Dovecot

_numbers = itertools.count(1)


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
        """Deliver messages; returns their UIDs."""
        return self.server.append(self.user, folder, messages, **arguments)


def settings(port: int, encryption: str = "none", user: str = "anna", **changes) -> Settings:
    """Settings for a server of the tests."""
    incoming = Endpoint("127.0.0.1", port, encryption)
    values = {"password": "secret", "allow_any_address": True, "timeout": 10.0, "incoming": incoming, **changes}
    return Settings(email=user, username=user, **values)


def inbox(adapter: Adapter) -> RemoteFolder:
    """The INBOX as listed now."""
    return next(folder for folder in adapter.folders() if folder.role == "inbox")


def named(adapter: Adapter, path: str) -> RemoteFolder:
    """The folder of this path as listed now."""
    return next(folder for folder in adapter.folders() if folder.path == path)


def message(number: int = 1, size: int = 0) -> bytes:
    """A small email, padded to about `size` bytes."""
    text = f"Subject: number {number}\r\nMessage-ID: <{number}@example.com>\r\n\r\nHello {number}\r\n".encode()
    return text + (b"x" * 70 + b"\r\n") * (size // 72)
