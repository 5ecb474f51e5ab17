"""imaplib's connection, over a socket that is open already and with commands that may overlap (RFC 3501, 5.5).

What such commands bring is mixed: Dovecot turns to the next FETCH while the output of the first is stuck. So whoever
has two of them under way must tell from the responses themselves what belongs to which.
"""

import imaplib
import re
import socket
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from imapclient import IMAPClient, imap_utf7

from ..errors import InvalidInputError, TemporaryError
from ..spool import Spool
from .spool import Interrupted

# One line may hold the UIDs of a whole folder; imaplib gives up at a megabyte, which 100,000 messages can fill.
imaplib._MAXLINE = max(imaplib._MAXLINE, 64 * 1024 * 1024)

#: Bytes of one literal; a server that announces more is not believed, since the room is reserved before it comes.
LITERAL_LIMIT = 512 * 1024 * 1024

#: Bytes of a literal that are sent, or taken in for a file, at once.
SLICE = 256 * 1024

#: A message of more bytes goes to a file instead of memory, and every part of one; all do once one answer has brought
#: more than `HELD`.
SPOOLED = 2 * 1024 * 1024
HELD = 16 * 1024 * 1024

#: One response: texts and literals in turn, beginning and ending with a text. Of messages a literal may be a file.
Pieces = list[bytes | Spool]

_MESSAGE = re.compile(rb"BODY\[\](<\d+>)? ?\{\d+\}$", re.IGNORECASE)
_CAPABILITIES = re.compile(rb"\[CAPABILITY ([^\]]*)\]", re.IGNORECASE)
#: One of these shows that a list is meant to tell how one may log in.
_COMPLETE = frozenset({"AUTH=PLAIN", "LOGINDISABLED", "STARTTLS"})
_CODE = re.compile(rb"\[([^\] ]+)(?: ([^\]]*))?\]\s*")


class Literal(bytes):
    """An argument that is sent as a literal, since a quoted string cannot hold it."""


@dataclass(slots=True)
class Answer:
    """All that came with one command.

    :param status: ``OK``, ``NO`` or ``BAD``.
    :param code: the response code without brackets and arguments, upper-case, or ''.
    :param data: the untagged responses by type (``FETCH``, ``EXISTS``, ``UIDNEXT``, ...), as imaplib keeps them.
    """

    status: str
    code: str
    text: str
    data: dict[str, list] = field(default_factory=dict, repr=False)

    def rows(self, kind: str) -> list[Pieces]:
        """The responses of one type, each in one piece."""
        rows, row = [], []
        for item in self.data.get(kind, ()):
            if isinstance(item, tuple):
                row += item
            elif item is not None:
                rows.append([*row, item])
                row = []
        return rows

    def take(self, kind: str) -> Iterator[Pieces]:
        """As `rows()`, but each is given away, so that it takes no room once it was looked at."""
        items = self.data.pop(kind, [])
        items.reverse()
        row: Pieces = []
        while items:
            item = items.pop()
            if isinstance(item, tuple):
                row += item
            elif item is not None:
                yield [*row, item]
                row = []

    def number(self, kind: str) -> int | None:
        """The last number told for ``EXISTS``, ``UIDNEXT`` and the like."""
        for item in reversed(self.data.get(kind, ())):
            if isinstance(item, bytes) and (match := re.match(rb"\d+", item.strip())):
                return int(match[0])
        return None


class Wire(imaplib.IMAP4):
    """A connection to a server that has been dialled.

    :param host: the name that the server's certificate must bear, for STARTTLS.

    Attributes: `unasked_literals` (literals of up to so many bytes are sent without asking, RFC 7888; 0: none),
    `greeting` (the server's first line), `interrupted` (the large message during which the connection broke).
    """

    greeting = b""

    def __init__(self, host: str, connection: socket.socket):
        self._connection = connection
        self._under_way: deque[bytes] = deque()
        self._unsent = b""
        self._abandoned = False
        self._held = 0
        self.unasked_literals = 0
        self.interrupted: Interrupted | None = None
        super().__init__(host)

    def _create_socket(self, timeout=None) -> socket.socket:
        return self._connection

    def _get_capabilities(self) -> None:
        # A greeting that tells them saves asking (RFC 3501, 7.1); once, since nothing counts that was said before TLS.
        self.greeting = self.greeting or self.welcome or b""
        told = _CAPABILITIES.search(self.welcome or b"")
        self.welcome = None
        names = told[1].decode("ascii", "replace").upper().split() if told else []
        if "IMAP4REV1" in names and _COMPLETE.intersection(names):
            self.untagged_responses.pop("CAPABILITY", None)
            self.capabilities = tuple(names)
        else:
            super()._get_capabilities()

    def ask_capabilities(self) -> None:
        """Do not rely on what the greeting told."""
        super()._get_capabilities()

    def read(self, size: int) -> bytes | Spool:
        if size > LITERAL_LIMIT:
            raise self.abort(f"a literal of {size} bytes")
        # imaplib has matched the line that announces the literal.
        line = self.mo.string if self.mo else b""
        if (message := _MESSAGE.search(line)) and (message[1] or size > min(SPOOLED, HELD - self._held)):
            return self._spool(line, size)
        self._held += size
        return super().read(size)

    def _spool(self, line: bytes, size: int) -> Spool:
        try:
            spool = Spool()
            missing = size
            while missing:
                try:
                    piece = super().read(min(SLICE, missing))
                    if not piece:
                        raise self.abort("socket error: EOF")
                except (OSError, self.abort):
                    self.interrupted = Interrupted(line, size, spool)
                    raise
                spool.write(piece)
                missing -= len(piece)
            spool.seek(0)
        except OSError as error:
            if self.interrupted:
                raise
            # Not the connection's fault: there is no room for temporary files.
            raise TemporaryError("unavailable", server_text=str(error)) from error
        return spool

    @property
    def busy(self) -> bool:
        """Whether answers are still to come that nobody took."""
        return bool(self._under_way)

    def begin(self, *parts: bytes) -> bytes:
        """Begin a command of `parts` (joined by spaces). It is sent with those begun before it when the first answer is
        waited for, or at `flush()`: in one packet, they cost one round trip.

        :returns: the tag to hand to `finish()`.
        :raises InvalidInputError: CR, LF or NUL in a part.
        """
        for part in parts:
            if re.search(rb"\0" if isinstance(part, Literal) else rb"[\r\n\0]", part):
                raise InvalidInputError("control_character")
        if self._abandoned:
            self._drain()
        tag = self._new_tag()
        line = tag
        for part in parts:
            if not isinstance(part, Literal):
                line += b" " + part
            elif len(part) <= self.unasked_literals:
                line += b" {%d+}\r\n" % len(part) + part
            else:
                self._unsent += line + b" {%d}\r\n" % len(part)
                if not self._await_continuation(tag):
                    # The answer is there already: the server does not want the rest.
                    self._under_way.append(tag)
                    return tag
                self._send_slowly(part)
                line = b""
        self._unsent += line + b"\r\n"
        self._under_way.append(tag)
        return tag

    def _send_slowly(self, data: bytes) -> None:
        """Send much: without another copy in memory, and with the time limit for each slice instead of the whole."""
        view = memoryview(data)
        for start in range(0, len(view), SLICE):
            self.send(view[start : start + SLICE])

    def flush(self) -> None:
        """Send what was begun."""
        if self._unsent:
            unsent, self._unsent = self._unsent, b""
            self.send(unsent)

    def finish(self, tag: bytes) -> Answer:
        """The answer of a command, with all that came untagged since the last answer was taken. The commands begun
        before it are waited for, too; whether they succeeded is not told any more."""
        self.flush()
        while self._under_way:
            current = self._under_way.popleft()
            status, data = self._get_tagged_response(current)
            if current == tag:
                return self._answer(status, data[-1] or b"")
        raise self.abort("no such command is under way")

    def abandon(self) -> None:
        """Nobody wants the answers that are still to come: they are thrown away before the next command is sent."""
        self._abandoned = self.busy

    def _drain(self) -> None:
        self._abandoned = False
        if self._under_way:
            self.finish(self._under_way[-1])

    def _answer(self, status: str, line: bytes) -> Answer:
        data, self.untagged_responses = self.untagged_responses, {}
        self._held = 0
        code = ""
        if match := _CODE.match(line):
            code, line = match[1].decode("ascii", "replace").upper(), line[match.end() :]
        return Answer(status, code, line.decode("utf-8", "replace").strip(), data)

    def continue_with(self, line: bytes) -> None:
        """Wait until the server asks for more of the command begun last, and send `line` to it.

        Does nothing when the server answered the command already.
        """
        if self._await_continuation(self._under_way[-1]):
            self.send(line + b"\r\n")

    def _await_continuation(self, tag: bytes) -> bool:
        self.flush()
        # A server may say anything untagged before it asks, and the answers to the commands before this one.
        while self._get_response() is not None:
            if self.tagged_commands.get(tag):
                return False
        return True


class Client(IMAPClient):
    """imapclient upon a `Wire`: what it offers is used wherever nothing has to overlap.

    :param secured: the socket speaks TLS already.
    """

    def __init__(self, host: str, connection: socket.socket, secured: bool, timeout: float):
        self._connection = connection
        super().__init__(host, ssl=secured, timeout=timeout)
        # imapclient has imaplib describe every line to its logger, which costs more than reading it.
        self._imap.debug = 0

    def _create_IMAP4(self) -> Wire:  # noqa: N802 (imapclient calls it so)
        return Wire(self.host, self._connection)

    @property
    def wire(self) -> Wire:
        return self._imap


def quote(text: bytes) -> bytes:
    """A string as an argument: quoted, or a literal where it holds more than ASCII.

    :raises InvalidInputError: CR, LF or NUL in it.
    """
    if re.search(rb"[\r\n\0]", text):
        raise InvalidInputError("control_character")
    if not text.isascii():
        return Literal(text)
    return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def encode_folder(path: str) -> bytes:
    """A folder's path in modified UTF-7 (RFC 3501, 5.1.3).

    :raises InvalidInputError: CR, LF or NUL in it. They would be harmless on the wire, and in no folder's name.
    """
    if re.search(r"[\r\n\0]", path):
        raise InvalidInputError("control_character")
    return bytes(imap_utf7.encode(path))
