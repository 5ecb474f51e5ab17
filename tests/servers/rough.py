"""A TCP proxy for IMAP without TLS that has accidents: it cuts, drips, pauses, and swallows answers.

`rough_smtp` is the same for SMTP.
"""

import contextlib
import re
import select
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from .tcp import TcpServer

_COMMAND = re.compile(rb"(\S+) (?:UID )?(MOVE|COPY|STORE|EXPUNGE|APPEND)\b", re.IGNORECASE)
#: Whatever changes something.
ANY = b"any command"
#: Seconds that a server may take to finish what it was told before its client left.
PATIENCE = 20


@dataclass
class Accident:
    """One thing that goes wrong once.

    :param kind: ``cut`` ends the connection, ``pause`` and ``drip`` slow it down, ``kill`` calls the proxy's `on_kill`,
        ``swallow`` lets a command through and keeps the answer to it, then ends the connection.
    :param command: what it waits for: MOVE, COPY, STORE, EXPUNGE, APPEND or `ANY` of these (`rough_smtp` has its own);
        None: it does not wait.
    :param up: it happens to what the client says, else to what the server says.
    :param after: bytes that pass in that direction first: of the command, or of what the server says after it.
    :param whole: swallow all that the server says of the command, not only the line that ends the answer.
    """

    kind: str
    command: bytes | None = None
    up: bool = False
    after: int = 0
    whole: bool = False
    #: Whether it happened.
    done: bool = False

    def waits_for(self, name: bytes) -> bool:
        return self.command in (name, ANY)

    def __str__(self) -> str:
        where = f" of {self.command.decode()}" if self.command else ""
        happened = "" if self.done else " (did not happen)"
        return f"{self.kind} after {self.after} bytes {'up' if self.up else 'down'}{where}{happened}"


class Over(Exception):  # noqa: N818 (no error)
    """The connection ends."""


class Passage:
    """One connection through `proxy`. What it means is what `say()` and `hear()` make of the lines."""

    def __init__(self, proxy: "RoughProxy", client: socket.socket, server: socket.socket):
        self._proxy = proxy
        self.client = client
        self.server = server
        # Accident -> bytes that passed since it waits no more for its command.
        self._waiting = {id(each): (each, None if each.command else 0) for each in proxy.plan if not each.done}

    def run(self) -> None:
        said = b""
        while True:
            ready, _, _ = select.select([self.client, self.server], [], [])
            if self.server in ready:
                data = self.server.recv(65536)
                if not data:
                    return
                self.hear(data)
            if self.client in ready:
                data = self.client.recv(65536)
                if not data:
                    return
                said += data
                # Whole lines, so that each command is seen at its start.
                *lines, said = said.split(b"\n")
                for line in lines:
                    self.say(line + b"\n")

    def say(self, line: bytes) -> None:
        """The client says `line`."""
        raise NotImplementedError

    def hear(self, data: bytes) -> None:
        """The server says `data`."""
        raise NotImplementedError

    def pass_command(self, name: bytes, line: bytes) -> Accident | None:
        """Tell the server a command, with what happens to it; return the accident that swallows the answer."""
        self._arm(name, up=True)
        self.pass_on(self.server, line, up=True)
        self._arm(name, up=False)
        for accident, _passed in self._waiting.values():
            if accident.kind == "swallow" and accident.waits_for(name) and not accident.done:
                accident.done = True
                return accident
        return None

    def _arm(self, name: bytes, up: bool) -> None:
        for key, (accident, passed) in self._waiting.items():
            if passed is None and accident.waits_for(name) and accident.up == up and accident.kind != "swallow":
                self._waiting[key] = (accident, 0)

    def pass_on(self, target: socket.socket, data: bytes, up: bool) -> None:
        """Pass `data` on, with what happens on the way."""
        due = []
        for key, (accident, passed) in self._waiting.items():
            if accident.done or accident.up != up or passed is None or accident.kind == "swallow":
                continue
            if passed + len(data) > accident.after:
                due.append((accident.after - passed, accident))
            self._waiting[key] = (accident, passed + len(data))
        sent = 0
        for position, accident in sorted(due, key=lambda pair: pair[0]):
            accident.done = True
            target.sendall(data[sent:position])
            sent = max(sent, position)
            if accident.kind == "cut":
                raise Over
            if accident.kind == "kill":
                self._proxy.on_kill()
            elif accident.kind == "pause":
                time.sleep(0.1)
            elif accident.kind == "drip":
                for number in range(sent, min(sent + 100, len(data))):
                    target.sendall(data[number : number + 1])
                    time.sleep(0.001)
                sent = min(sent + 100, len(data))
        target.sendall(data[sent:])


class _ImapPassage(Passage):
    def __init__(self, proxy: "RoughProxy", client: socket.socket, server: socket.socket):
        super().__init__(proxy, client, server)
        self._swallowing: Accident | None = None
        self._heard = self._tag = b""

    def say(self, line: bytes) -> None:
        command = _COMMAND.match(line)
        if not command:
            self.pass_on(self.server, line, up=True)
        elif accident := self.pass_command(command[2].upper(), line):
            self._swallowing, self._tag = accident, command[1] + b" "

    def hear(self, data: bytes) -> None:
        if not self._swallowing:
            self.pass_on(self.client, data, up=False)
            return
        *lines, self._heard = (self._heard + data).split(b"\n")
        for line in lines:
            if line.startswith(self._tag):
                raise Over
            if not self._swallowing.whole:
                self.client.sendall(line + b"\n")


class RoughProxy(TcpServer):
    """Passes everything on to (host, port), but for the accidents of `plan`, which happen once each.

    What reached the server is done by it: when a client leaves, the server gets the time to finish. `settled()` waits
    for that.

    Attributes: `plan`; `on_kill`, called in a thread of the proxy.
    """

    passage: type[Passage] = _ImapPassage

    def __init__(self, port: int, host: str = "127.0.0.1"):
        super().__init__()
        self._target = (host, port)
        self._busy = 0
        self._changed = threading.Condition()
        self.plan: list[Accident] = []
        self.on_kill: Callable[[], None] = lambda: None

    def settled(self) -> None:
        """Wait until no connection is left, and so nothing under way."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._busy, 2 * PATIENCE), "a connection does not end"

    def serve(self, connection: socket.socket) -> None:
        with self._changed:
            self._busy += 1
        try:
            with contextlib.closing(socket.create_connection(self._target)) as server:
                self.remember(server)
                for each in (connection, server):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with contextlib.suppress(OSError, Over):
                    self.passage(self, connection, server).run()
                _hang_up(connection)
                _await_end(server)
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _await_end(server: socket.socket) -> None:
    """Have the server finish what it was told: it hangs up when it read all."""
    with contextlib.suppress(OSError):
        server.settimeout(PATIENCE)
        server.shutdown(socket.SHUT_WR)
        while server.recv(65536):
            pass
