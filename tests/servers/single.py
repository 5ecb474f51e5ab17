"""What mail servers that know a single user have in common: a process for each user, and plain IMAP to reach it."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from dev.ports import free_port


class SingleUserServer:
    """A server that starts afresh, with an empty mailbox, for each user that is added.

    Offers what the tests use of `dovecot.Dovecot`. `command()` and `has_started()` are the subclasses' own.
    """

    host = "127.0.0.1"
    separator = "/"
    prefix = ""

    def __init__(self):
        self.ports: dict[str, int] = {}
        self._password = ""
        self._process: subprocess.Popen | None = None

    def command(self, port: int, user: str, password: str) -> list[str | Path]:
        """The command line that serves `user` on `port`."""
        raise NotImplementedError

    def start(self) -> None:
        """Nothing runs before there is a user."""

    def stop(self) -> None:
        """End the process. Harmless when none runs."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def add_user(self, user: str, password: str, timeout: float = 30.0) -> None:
        """Serve `user`, and nobody else any more."""
        self.stop()
        self.ports["imap"] = port = free_port()
        self._password = password
        self._process = subprocess.Popen(
            [str(part) for part in self.command(port, user, password)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + timeout
        while True:
            with contextlib.suppress(OSError), socket.create_connection((self.host, port), timeout=2) as connection:
                if connection.recv(1):
                    return
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{type(self).__name__} does not answer on port {port}")
            time.sleep(0.02)

    def client(self, user: str) -> IMAPClient:
        """An `imapclient.IMAPClient` that is logged in; the caller logs out."""
        client = IMAPClient(self.host, self.ports["imap"], ssl=False, timeout=30)
        client.plain_login(user, self._password)
        return client

    def append(
        self,
        user: str,
        folder: str,
        messages: Iterable[bytes],
        flags: Iterable[str] = (),
        date: datetime | None = None,
    ) -> None:
        """Put messages into a folder, which is made if missing."""
        client = self.client(user)
        try:
            with contextlib.suppress(IMAPClientError):
                client.create_folder(folder)
            for message in messages:
                client.append(folder, message, tuple(flags), date)
        finally:
            client.shutdown()
