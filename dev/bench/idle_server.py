"""An IMAP server that holds as many waiting connections as one likes, and writes down who came when.

Each real server process that waits takes an inotify instance, of which an ordinary Linux gives a user 128; what is
measured is our side of the connection anyway. It speaks TLS, AUTHENTICATE PLAIN, EXAMINE, NOTIFY and IDLE.
"""

import asyncio
import base64
import ssl
import threading
import time
from collections import defaultdict

CAPABILITIES = b"IMAP4rev1 SASL-IR LITERAL+ AUTH=PLAIN IDLE NOTIFY CONDSTORE ENABLE"
ANSWERS = {
    b"CAPABILITY": b"* CAPABILITY " + CAPABILITIES + b"\r\n",
    b"EXAMINE": b"* FLAGS (\\Seen)\r\n* 1 EXISTS\r\n* OK [UIDVALIDITY 1]\r\n* OK [UIDNEXT 2]\r\n",
}


class IdleServer:
    """Listens on `port` of 127.0.0.1 between `start()` and `stop()`; both may be called again.

    Attributes: `logins` and `renewals`, each with the moments (`time.monotonic()`) of all so far.
    """

    def __init__(self, context: ssl.SSLContext):
        self.port = 0
        self.logins: list[float] = []
        self.renewals: list[float] = []
        self._context = context
        self._waiting: dict[str, set[asyncio.StreamWriter]] = defaultdict(set)
        self._everyone: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    @property
    def waiting(self) -> int:
        """How many connections are in IDLE."""
        return sum(map(len, list(self._waiting.values())))

    def start(self) -> None:
        self._call(self._start())

    def stop(self) -> None:
        """Refuse new connections and cut those that there are."""
        self._call(self._stop())

    def push(self, user: str, line: bytes = b"* 2 EXISTS\r\n") -> None:
        """Tell all connections of `user` something."""
        self._loop.call_soon_threadsafe(lambda: [writer.write(line) for writer in self._waiting[user]])

    def _call(self, work) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _start(self) -> None:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=self._context, backlog=1024, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        self._server.close()
        for writer in list(self._everyone):
            writer.transport.abort()
        await asyncio.sleep(0.1)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        user = ""
        self._everyone.add(writer)
        try:
            writer.write(b"* OK [CAPABILITY " + CAPABILITIES + b"] hello\r\n")
            while line := await reader.readline():
                tag, _, command = line.rstrip().partition(b" ")
                word = command.partition(b" ")[0].upper()
                if word == b"AUTHENTICATE":
                    user = base64.b64decode(command.split(b" ")[-1]).split(b"\0")[1].decode()
                    self.logins.append(time.monotonic())
                    writer.write(tag + b" OK [CAPABILITY " + CAPABILITIES + b"] in\r\n")
                elif word == b"LOGOUT":
                    break
                elif word == b"IDLE":
                    await self._idle(user, tag, reader, writer)
                else:
                    writer.write(ANSWERS.get(word, b"") + tag + b" OK done\r\n")
        except (OSError, ssl.SSLError):
            pass
        finally:
            self._everyone.discard(writer)
            writer.close()

    async def _idle(self, user: str, tag: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"+ idling\r\n")
        self._waiting[user].add(writer)
        try:
            done = await reader.readline()
        finally:
            self._waiting[user].discard(writer)
        if done:
            self.renewals.append(time.monotonic())
            writer.write(tag + b" OK done\r\n")
