"""smtplib over a socket that is connected already, with an end to every wait."""

import smtplib
import socket
import ssl
import time

#: Bytes of a line, and of all the lines of a reply, that are taken.
LONGEST_LINE = 8192
LONGEST_REPLY = 128 * 1024


class Server(smtplib.SMTP):
    """The server at the other end, for commands and replies.

    :param host: the name that the certificate must bear, for STARTTLS.

    Attribute `patience`: seconds for a whole reply, and for what is written at once, however slowly the bytes come.
    Each method raises `smtplib.SMTPException`, of it `SMTPServerDisconnected` when the connection broke or the time was
    up; a TimeoutError is the latter's cause then.
    """

    def __init__(self, host: str, connection: socket.socket, timeout: float):
        self._connection = connection
        self._heard = bytearray()
        self.patience = timeout
        # The name for EHLO is the address literal (RFC 5321, 4.1.3): a look-up of the machine's own name may hang,
        # and tells strangers more than they need.
        address = connection.getsockname()[0].partition("%")[0]
        literal = f"[IPv6:{address}]" if ":" in address else f"[{address}]"
        super().__init__(local_hostname=literal, timeout=timeout)
        self._host = host

    def _get_socket(self, host, port, timeout) -> socket.socket:
        return self._connection

    def starttls(self, **arguments):
        answer = super().starttls(**arguments)
        # What somebody slipped in before the encryption began (RFC 3207, 6) is not heard after it.
        self._heard.clear()
        return answer

    def send(self, data: str | bytes) -> None:
        self.write(data.encode(self.command_encoding) if isinstance(data, str) else data)

    def write(self, data: bytes) -> None:
        """Send all of `data`. When it fails, the last byte at least did not leave."""
        deadline = time.monotonic() + self.patience
        rest = memoryview(data)
        try:
            while rest:
                self._wait_until(deadline)
                rest = rest[self.sock.send(rest) :]
        except OSError as error:
            raise smtplib.SMTPServerDisconnected(f"Connection unexpectedly closed: {error}") from error

    def getreply(self) -> tuple[int, bytes]:
        """One reply: its code, and the text of its lines. The code is -1 for what is no reply at all."""
        deadline = time.monotonic() + self.patience
        lines: list[bytes] = []
        while True:
            line = self._line(deadline)
            lines.append(line[4:].strip())
            if not (line[:3].isdigit() and len(line[:3]) == 3):
                return -1, b"\n".join(lines)
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(lines)
            if sum(map(len, lines)) > LONGEST_REPLY:
                raise smtplib.SMTPResponseException(500, b"Reply too long.")

    def is_speaking(self) -> bool:
        """Whether a reply has begun to come in that was not waited for. Never waits."""
        try:
            self.sock.settimeout(0)
            data = self.sock.recv(LONGEST_LINE)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return bool(self._heard)
        except OSError as error:
            raise smtplib.SMTPServerDisconnected(f"Connection unexpectedly closed: {error}") from error
        if not data:
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        self._heard += data
        return True

    def _line(self, deadline: float) -> bytes:
        while True:
            line, end, rest = self._heard.partition(b"\n")
            if end:
                self._heard = rest
                return bytes(line)
            if len(self._heard) > LONGEST_LINE:
                raise smtplib.SMTPResponseException(500, b"Line too long.")
            try:
                self._wait_until(deadline)
                data = self.sock.recv(LONGEST_LINE)
            except OSError as error:
                raise smtplib.SMTPServerDisconnected(f"Connection unexpectedly closed: {error}") from error
            if not data:
                raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
            self._heard += data

    def _wait_until(self, deadline: float) -> None:
        if not self.sock:
            raise ConnectionError("not connected")
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.sock.settimeout(left)
