"""A mail server with the habits of another: a proxy in front of Dovecot that rewrites lines in both directions.

It cannot do what Cyrus, Courier or GNU imap4d do, but it makes Dovecot answer as they would where they differ.
"""

import contextlib
import re
import select
import socket
from collections.abc import Callable

from .dovecot import Dovecot
from .tcp import TcpServer

_LITERAL = re.compile(rb"\{(\d+)(\+?)\}$")


class Quirk:
    """One habit; the methods see whole lines without CRLF. Each connection has an instance of its own."""

    def __init__(self, server: "QuirkyServer"):
        self.server = server

    def command(self, tag: bytes, line: bytes) -> bytes | None:
        """What the server is given for a command (its first line, without the tag), or None.

        None: the server never sees it, and `refusal` is the answer to it.
        """
        return line

    #: The tagged answer to what `command()` withheld.
    refusal = b"BAD Unknown command"

    def literal(self, data: bytes) -> bytes:
        """What the server is given for a literal; of the same length."""
        return data

    def untagged(self, line: bytes) -> bytes | None:
        """What the client is given for an untagged line, or None: nothing."""
        return line

    def tagged(self, tag: bytes, line: bytes) -> bytes:
        """What the client is given for a tagged answer; it may have untagged lines in front."""
        return line


class QuirkyProxy(TcpServer):
    """Passes IMAP on to a port of 127.0.0.1, through a quirk.

    :param quirk: makes one for each connection.
    """

    def __init__(self, port: int, quirk: Callable[[], Quirk]):
        super().__init__()
        self._target = ("127.0.0.1", port)
        self._quirk = quirk

    def serve(self, connection: socket.socket) -> None:
        quirk = self._quirk()
        with contextlib.closing(socket.create_connection(self._target)) as server:
            self.remember(server)
            to_server = _Stream(lambda line: self._to_server(quirk, connection, line), quirk.literal)
            to_client = _Stream(lambda line: self._to_client(quirk, line), lambda data: data)
            while True:
                ready, _, _ = select.select([connection, server], [], [])
                for source, stream, target in ((server, to_client, connection), (connection, to_server, server)):
                    if source in ready:
                        data = source.recv(65536)
                        if not data:
                            return
                        target.sendall(stream.feed(data))

    @staticmethod
    def _to_server(quirk: Quirk, connection: socket.socket, line: bytes) -> bytes | None:
        tag, _, command = line.partition(b" ")
        if not command:
            return line  # DONE, or an answer to a continuation
        passed = quirk.command(tag, command)
        if passed is None:
            connection.sendall(tag + b" " + quirk.refusal + b"\r\n")
            return None
        return tag + b" " + passed

    @staticmethod
    def _to_client(quirk: Quirk, line: bytes) -> bytes | None:
        if line.startswith(b"* "):
            return quirk.untagged(line)
        if line.startswith(b"+"):
            return line
        tag, _, answer = line.partition(b" ")
        return quirk.tagged(tag, line) if answer else line


class _Stream:
    """One direction: lines go through `on_line`, literals (whole) through `on_literal`."""

    def __init__(self, on_line: Callable[[bytes], bytes | None], on_literal: Callable[[bytes], bytes]):
        self._on_line = on_line
        self._on_literal = on_literal
        self._received = b""
        self._literal = 0
        self._goes_on = False  # the line at hand goes on after a literal
        self._withheld = False  # and nobody gets it

    def feed(self, data: bytes) -> bytes:
        self._received += data
        out = []
        while True:
            if self._literal:
                if len(self._received) < self._literal:
                    break
                if not self._withheld:
                    out.append(self._on_literal(self._received[: self._literal]))
                self._received = self._received[self._literal :]
                self._literal = 0
                continue
            line, newline, rest = self._received.partition(b"\r\n")
            if not newline:
                break
            self._received = rest
            if not self._goes_on:
                passed = self._on_line(line)
                self._withheld = passed is None
            else:
                passed = None if self._withheld else line
            announced = _LITERAL.search(line)
            # The literal of a command that is withheld comes only if the client does not wait for being asked.
            self._goes_on = bool(announced and (announced[2] or not self._withheld))
            self._literal = int(announced[1]) if self._goes_on else 0
            if passed is not None:
                out.append(passed + b"\r\n")
        return b"".join(out)


class QuirkyServer:
    """A Dovecot behind a `QuirkyProxy`, with what the tests use of a `Dovecot`.

    Accounts of the tests come through the proxy; `client()` and `append()` do not.

    :param quirk: a class of `Quirk`.
    :param options: of the `Dovecot`.
    """

    host = "127.0.0.1"

    def __init__(self, quirk: type[Quirk], **options):
        self.dovecot = Dovecot(**options)
        self.separator, self.prefix = self.dovecot.separator, self.dovecot.prefix
        self.ports: dict[str, int] = {}
        self.user = ""
        self._quirk = quirk
        self._proxy: QuirkyProxy | None = None

    def start(self) -> None:
        """Start both."""
        self.dovecot.start()
        self._proxy = QuirkyProxy(self.dovecot.ports["imap"], lambda: self._quirk(self))
        self._proxy.__enter__()
        self.ports["imap"] = self._proxy.port

    def stop(self) -> None:
        """End both."""
        if self._proxy:
            self._proxy.__exit__()
            self._proxy = None
        self.dovecot.stop()

    def add_user(self, user: str, password: str) -> None:
        """Make an account; quirks are told of the one made last."""
        self.user = user
        self.dovecot.add_user(user, password)

    def client(self, user: str):
        """See `Dovecot.client()`."""
        return self.dovecot.client(user)

    def append(self, *arguments, **options) -> list[int]:
        """See `Dovecot.append()`."""
        return self.dovecot.append(*arguments, **options)

    def doveadm(self, *arguments: str) -> str:
        """See `Dovecot.doveadm()`."""
        return self.dovecot.doveadm(*arguments)
