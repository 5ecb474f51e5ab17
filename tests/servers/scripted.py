"""An IMAP server, and an SMTP server, that say what a test tells them: for what no good server does."""

import re
import socket
import ssl
from collections.abc import Callable

from .tcp import TcpServer

#: What a script gives for a command: untagged lines (the tagged OK is added), a whole answer with "{tag}" in it, or
#: None to hang up.
Answer = str | bytes | None


class ScriptedImap(TcpServer):
    """Answers each command by the longest of `script`'s keys that it begins with (``UID FETCH``), else by plain OK.

    :param script: key -> answer, or a function of the command's arguments that returns one.
    :param after_login: what CAPABILITY tells once somebody logged in.

    Attribute `commands`: every command received, without its tag.
    """

    def __init__(
        self,
        script: dict[str, Answer | Callable[[str], Answer]] | None = None,
        *,
        greeting: str = "* OK hello",
        capabilities: str = "IMAP4rev1 SASL-IR AUTH=PLAIN",
        after_login: str = "IMAP4rev1",
        context: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
    ):
        super().__init__(context)
        self.script = script or {}
        self.commands: list[str] = []
        self._greeting = greeting
        self._before = capabilities + (" STARTTLS" if starttls else "")
        self._after = after_login
        self._starttls = starttls

    def serve(self, connection: socket.socket) -> None:
        connection.sendall(self._greeting.encode() + b"\r\n")
        lines = connection.makefile("rb")
        capabilities = self._before
        while line := lines.readline():
            tag, _, command = _text(line).strip().partition(" ")
            while literal := re.search(r"\{(\d+)(\+?)\}$", command):
                if not literal[2]:
                    connection.sendall(b"+ go on\r\n")
                command += _text(lines.read(int(literal[1]))) + _text(lines.readline()).rstrip()
            self.commands.append(command)
            word = command.upper()
            key = max((key for key in self.script if word.startswith(key)), key=len, default=None)
            if key:
                answer = self.script[key]
                answer = answer(command) if callable(answer) else answer
                if answer is None:
                    return
            elif word.startswith("CAPABILITY"):
                answer = f"* CAPABILITY {capabilities}"
            elif word == "LOGOUT":
                return
            else:
                answer = ""
            connection.sendall(_complete(answer, tag))
            if word.startswith(("LOGIN", "AUTHENTICATE")):
                capabilities = self._after
            if word == "STARTTLS" and self._starttls:
                connection = self._starttls.wrap_socket(connection, server_side=True)
                self.remember(connection)
                lines = connection.makefile("rb")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _complete(answer: str | bytes, tag: str) -> bytes:
    answer = answer.encode() if isinstance(answer, str) else answer
    if b"{tag}" in answer:
        answer = answer.replace(b"{tag}", tag.encode())
    else:
        answer += (b"\r\n" if answer and not answer.endswith(b"\n") else b"") + f"{tag} OK done".encode()
    return answer if answer.endswith(b"\r\n") else answer + b"\r\n"


class ScriptedSmtp(TcpServer):
    """Answers each SMTP command by its first word: ``{"EHLO": "250-x\\r\\n250 AUTH PLAIN", "AUTH": "535 no"}``; None to
    hang up. Where DATA is answered by 354, the key ``.`` is the end of the email.
    """

    def __init__(self, script: dict[str, str | None], greeting: str = "220 hello"):
        super().__init__()
        self.script = script
        self.commands: list[str] = []
        self._greeting = greeting

    def serve(self, connection: socket.socket) -> None:
        connection.sendall(self._greeting.encode() + b"\r\n")
        lines = connection.makefile("rb")
        in_text = False
        while line := lines.readline():
            if in_text and line != b".\r\n":
                continue
            command = line.decode().strip()
            self.commands.append(command)
            answer = self.answer(command)
            if answer is None:
                return
            in_text = command == "DATA" and answer.startswith(b"354")
            connection.sendall(answer)

    def answer(self, command: str) -> bytes | None:
        """What is said to a command."""
        answer = self.script.get(command.split(" ", maxsplit=1)[0].upper(), "250 fine")
        return None if answer is None else answer.encode() + b"\r\n"


class Silent(TcpServer):
    """Takes connections and never says a word."""

    def serve(self, connection: socket.socket) -> None:
        while connection.recv(1000):
            pass
