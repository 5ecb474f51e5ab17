"""A web server with TLS that publishes documents, good and bad, under several names."""

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .tcp import TcpServer


@dataclass
class Request:
    """What a client asked for; `path` is without the query."""

    method: str
    host: str
    path: str
    query: str
    body: bytes = field(repr=False, default=b"")


#: A document, a status with a Location or '', or a function that does as it likes with the connection.
Answer = bytes | tuple[int, str] | Callable[[socket.socket], None]


class Https(TcpServer):
    """Answers by `documents`: URL without scheme and query (``autoconfig.example.com/mail/x.xml``) -> answer; else 404.

    Attribute `requests`: everything that was asked for.
    """

    def __init__(self, context: ssl.SSLContext, documents: dict[str, Answer] | None = None):
        super().__init__(context)
        self.documents = documents if documents is not None else {}
        self.requests: list[Request] = []

    def serve(self, connection: socket.socket) -> None:
        lines = connection.makefile("rb")
        method, target, _version = lines.readline().decode().split()
        headers = {}
        while line := lines.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        body = lines.read(int(headers.get("content-length", 0)))
        path, _, query = target.partition("?")
        self.requests.append(Request(method, headers["host"], path, query, body))
        answer = self.documents.get(headers["host"] + path, (404, ""))
        if callable(answer):
            answer(connection)
            return
        status, location = answer if isinstance(answer, tuple) else (200, "")
        content = answer if isinstance(answer, bytes) else b"nothing here"
        head = [f"HTTP/1.1 {status} x", f"Content-Length: {len(content)}"] + [f"Location: {location}"] * bool(location)
        connection.sendall("\r\n".join([*head, "", ""]).encode() + content)


def endless(connection: socket.socket) -> None:
    """A document that has no end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n<clientConfig>")
    while True:
        connection.sendall(b" " * 65536)


def endless_head(connection: socket.socket) -> None:
    """Headers that have no end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")


def drip(connection: socket.socket) -> None:
    """One byte after the other, just often enough that nobody thinks the server is gone."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b" ")
        time.sleep(0.05)
