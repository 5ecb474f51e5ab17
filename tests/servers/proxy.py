"""A TCP proxy that counts round trips, and may cut the connection."""

import contextlib
import select
import socket

from .tcp import TcpServer


class Proxy(TcpServer):
    """Passes everything on to (host, port), coming from the address `source` if given.

    Attributes: `turns` is how often the client spoke after the server had (round trips, if nobody waits in vain);
    `connections` how many there were. Set `cut_after` to the number of the server's bytes after which the connection
    ends, None for never. Set `swallow` to what an answer of the server may hold: from then on nothing of the server
    passes any more, and the connection ends, as if the acknowledgement had got lost.
    """

    def __init__(self, port: int, host: str = "127.0.0.1", source: str | None = None):
        super().__init__()
        self._target = (host, port)
        self._source = (source, 0) if source else None
        self.turns = 0
        self.connections = 0
        self.cut_after: int | None = None
        self.swallow: bytes | None = None

    def serve(self, connection: socket.socket) -> None:
        self.connections += 1
        passed = 0
        server_spoke = True
        with contextlib.closing(socket.create_connection(self._target, source_address=self._source)) as server:
            self.remember(server)
            while True:
                ready, _, _ = select.select([connection, server], [], [])
                if server in ready:
                    data = server.recv(65536)
                    server_spoke = True
                    passed += len(data)
                    if self.swallow and self.swallow in data:
                        self.swallow = None
                        return
                    if self.cut_after is not None and passed > self.cut_after:
                        connection.sendall(data[: len(data) - (passed - self.cut_after)])
                        return
                    if not data:
                        return
                    connection.sendall(data)
                if connection in ready:
                    data = connection.recv(65536)
                    if not data:
                        return
                    self.turns += server_spoke
                    server_spoke = False
                    server.sendall(data)
