"""A bare IMAP connection for tests: sends exactly what it is told, and loads messages fast."""

import base64
import re
import socket
import ssl
from collections.abc import Sequence
from datetime import datetime

from imapclient import imap_utf7


class WireError(Exception):
    """The server said NO or BAD; the text is its answer."""


class Wire:
    """A connection to (host, port), by TLS if a context is given. Usable as context manager."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None = None, timeout: float = 60.0):
        self._socket = socket.create_connection((host, port), timeout=timeout)
        if context:
            self._socket = context.wrap_socket(self._socket, server_hostname=host)
        self._file = self._socket.makefile("rb")
        self._number = 0
        self._file.readline()

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *exc_info) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def login(self, user: str, password: str) -> None:
        """AUTHENTICATE PLAIN with an initial response."""
        token = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        self.command(f"AUTHENTICATE PLAIN {token}".encode())

    def command(self, line: bytes) -> bytes:
        """Send `line` (it may hold non-synchronising literals) and return the whole answer.

        :raises WireError: NO or BAD.
        """
        self._number += 1
        tag = b"w%d" % self._number
        self._socket.sendall(tag + b" " + line + b"\r\n")
        answer = []
        while True:
            row = self._file.readline()
            answer.append(row)
            if not row:
                raise WireError("the server closed the connection")
            if literal := re.search(rb"\{(\d+)\}\r\n$", row):
                answer.append(self._file.read(int(literal[1])))
            elif row.startswith(tag + b" "):
                if not row.startswith(tag + b" OK"):
                    raise WireError(row.decode(errors="replace").strip())
                return b"".join(answer)

    def append(
        self, folder: str, rows: Sequence[tuple[bytes, Sequence[str], datetime | None]], batch: int = 500
    ) -> list[int]:
        """MULTIAPPEND of (source, flags, date); the folder is made if it is missing. Returns the UIDs."""
        name = quote(folder)
        uids = []
        for start in range(0, len(rows), batch):
            line = b"APPEND " + name + b"".join(_literal(*row) for row in rows[start : start + batch])
            try:
                answer = self.command(line)
            except WireError as error:
                if "TRYCREATE" not in str(error):
                    raise
                self.command(b"CREATE " + name)
                answer = self.command(line)
            uids += _uids(answer)
        return uids


def quote(folder: str) -> bytes:
    """A folder's name as a quoted string in modified UTF-7 (RFC 3501, 5.1.3)."""
    return b'"' + imap_utf7.encode(folder).replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _literal(source: bytes, flags: Sequence[str], date: datetime | None) -> bytes:
    stamp = b""
    if date is not None:
        stamp = b' "' + date.astimezone().strftime("%d-%b-%Y %H:%M:%S %z").encode() + b'"'
    return b" (" + " ".join(flags).encode() + b")" + stamp + b" {%d+}\r\n" % len(source) + source


def _uids(answer: bytes) -> list[int]:
    code = re.search(rb"\[APPENDUID \d+ ([\d,:]+)\]", answer)
    uids = []
    for part in code[1].decode().split(",") if code else ():
        first, _, last = part.partition(":")
        uids += range(int(first), int(last or first) + 1)
    return uids
