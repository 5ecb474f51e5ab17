"""News of the folders as the server pushes them, on a socket that nobody waits at: of the INBOX (IDLE, RFC 2177), and
of all that matter where the server offers it (NOTIFY, RFC 5465).

Login and opening are the `Session`'s, and wait as everything there does. From then on the socket is this module's
alone, since imaplib can only wait: hundreds of these are looked after by one thread, see `base.Watch`.
"""

import contextlib
import random
import re
import socket
import ssl
import time
from collections.abc import Iterable

from ..base import Settings
from ..errors import NetworkError, ProtocolError, TemporaryError
from . import faults
from .session import Session
from .wire import Answer, quote

#: Seconds after which IDLE is begun anew. Servers hang up after 30 minutes of silence, some routers after 15.
RENEW_AFTER = 14 * 60
#: Seconds of silence after which the kernel asks whether the other side is still there.
PROBE_AFTER = 120
#: Bytes taken at once; and how often in a row, lest one mailbox keep the others waiting.
BLOCK, BLOCKS = 65_536, 16
#: Bytes of one line, or of one literal, that no server has any reason to push.
LIMIT = 1024 * 1024

#: Folders named in one command, and bytes of their names; where there are more the server is asked for all folders.
#: Dovecot takes 100, and no server has to take a line of more than 8 kB (RFC 7162, 4).
NAMES, NAMES_SIZE = 100, 6_000

# STATUS and LIST are pushed by NOTIFY alone. VANISHED takes the place of EXPUNGE once QRESYNC is enabled.
_NEWS = re.compile(rb"\* (?:\d+ (?:EXISTS|EXPUNGE|FETCH)\b|(?:VANISHED|STATUS|LIST)\b)", re.IGNORECASE)
_OVERFLOW = re.compile(rb"\* (?:OK|NO) \[NOTIFICATIONOVERFLOW\b", re.IGNORECASE)
_EVENTS = b"(MessageNew MessageExpunge FlagChange)"
_LITERAL = re.compile(rb"\{(\d+)\+?\}$")
_CODE = re.compile(r"\[([^\] ]+)[^\]]*\]\s*")


def begin(session: Session, settings: Settings, names: Iterable[bytes]) -> "ImapWatch | None":
    """Open the INBOX for reading only and watch it; None when the server does not offer IDLE.

    :param session: gives its connection away; its next command dials anew.
    :param names: of other folders to watch, as the server writes them. A server without NOTIFY watches the INBOX alone.
    """
    if not session.offers("IDLE"):
        return None
    session.examine(b"INBOX", "INBOX")
    if session.offers("NOTIFY"):
        _notify(session, [name for name in names if name.upper() != b"INBOX"])
        if not session.is_open:
            # It hung up on what it offers.
            session.examine(b"INBOX", "INBOX")
    where = {"host": settings.incoming.host, "port": settings.incoming.port}
    return ImapWatch(session.release(), settings.timeout, where)


def _notify(session: Session, names: list[bytes]) -> None:
    """Ask for the events of the open folder, of those called `names`, and for folders that come, go and are renamed.

    A server that refuses tells of the open folder all the same, by IDLE.
    """
    selected = b"(selected " + _EVENTS + b")"
    named = b" ".join(quote(name) for name in names)
    if len(names) > NAMES or len(named) > NAMES_SIZE or b"&" in named or not named.isascii():
        # Dovecot 2.3 takes an encoded name for one that is written so. Those not followed wake somebody in vain then,
        # which costs a round trip.
        others = [b"(personal " + _EVENTS[:-1] + b" MailboxName))"]
    else:
        # Where several groups match a folder, the first one counts (RFC 5465, 5).
        others = [b"(mailboxes (" + named + b") " + _EVENTS + b")"] if named else []
        others.append(b"(personal (MailboxName))")
    for groups in ([selected, *others], [selected, *others[:-1]]):
        try:
            session.run(b"NOTIFY", b"SET", *groups)
            return
        except faults.RefusedError:
            # It may dislike the last group alone: not every server can tell of names.
            continue
        except (TemporaryError, ProtocolError):
            return


class ImapWatch:
    """One IDLE after the other on a socket that is logged in and has a folder open; see `base.Watch`.

    :param timeout: seconds to wait for each answer.
    :param where: what errors tell of the server.
    """

    def __init__(self, connection: socket.socket, timeout: float, where: dict):
        self._socket = connection
        self._timeout = timeout
        self._where = where
        self._received = b""
        self._to_skip = 0  # bytes of a literal that are still to come
        self._literal = False  # the line at hand goes on after a literal
        self._number = 0
        self._is_ending = False  # DONE was sent
        self._is_idling = False  # the server said that it waits
        # What came before was for the session, which looked at nothing: whoever watches has to look once.
        self._news = True
        connection.setblocking(False)
        _probe_when_silent(connection)
        try:
            self._idle()
        except BaseException:
            connection.close()
            raise
        #: `time.monotonic()` of when `proceed()` has to be called although nothing came. At once for the first time:
        #: TLS may have decrypted more than was asked for, and the socket alone does not show that.
        self.deadline = time.monotonic()
        self._answer_due = self.deadline + timeout

    def fileno(self) -> int:
        """The socket's, for `selectors`."""
        return self._socket.fileno()

    def proceed(self) -> bool:
        """See `base.Watch.proceed()`."""
        more = self._receive()
        now = time.monotonic()
        if not self._is_idling and now >= self._answer_due:
            raise NetworkError("timeout", **self._where)
        if self._is_idling and now >= self._answer_due:
            # RFC 2177: nothing else may be said before the server has answered to this.
            self._send(b"DONE\r\n")
            self._is_idling, self._is_ending = False, True
            self._answer_due = now + self._timeout
        self.deadline = now if more else self._answer_due
        news, self._news = self._news, False
        return news

    def close(self) -> None:
        """Say goodbye, wait for nothing, close."""
        with contextlib.suppress(OSError):
            self._socket.sendall((b"DONE\r\n" if self._is_idling else b"") + b"bye LOGOUT\r\n")
        self._socket.close()

    # ------------------------------------------------------------- the socket

    def _send(self, data: bytes) -> None:
        try:
            # A few bytes always fit, unless nothing has been acknowledged for long.
            self._socket.sendall(data)
        except OSError as error:
            raise NetworkError("cut", **self._where) from error

    def _receive(self) -> bool:
        """Take what came; return whether there may be more.

        To the last byte, since what TLS holds decrypted does not make the socket readable again.
        """
        for _round in range(BLOCKS):
            try:
                data = self._socket.recv(BLOCK)
            except (BlockingIOError, ssl.SSLWantReadError, InterruptedError):
                return False
            except OSError as error:
                raise NetworkError("timeout" if isinstance(error, TimeoutError) else "cut", **self._where) from error
            if not data:
                raise NetworkError("cut", **self._where)
            self._take(data)
        return True

    # --------------------------------------------------------------- the lines

    def _take(self, data: bytes) -> None:
        skipped = min(self._to_skip, len(data))
        self._to_skip -= skipped
        self._received += data[skipped:]
        while b"\n" in self._received:
            line, _, self._received = self._received.partition(b"\n")
            line = line.rstrip(b"\r")
            continues, self._literal = self._literal, False
            if literal := _LITERAL.search(line):
                self._literal = True
                self._to_skip = self._bounded(int(literal[1]))
                skipped = min(self._to_skip, len(self._received))
                self._to_skip -= skipped
                self._received = self._received[skipped:]
            if not continues:
                self._line(line)
        self._bounded(len(self._received))

    def _bounded(self, size: int) -> int:
        if size > LIMIT:
            raise ProtocolError("bad_response", server_text=f"{size} bytes while idle", **self._where)
        return size

    def _line(self, line: bytes) -> None:
        if _NEWS.match(line):
            self._news = True
        elif _OVERFLOW.match(line):
            # From now on it tells nothing that was asked for (RFC 5465, 5.8): whoever watches begins anew.
            raise TemporaryError("over_limit", server_text=_text(line), **self._where)
        elif line[:5].upper() == b"* BYE":
            raise faults.bye(_text(line[5:]), **self._where)
        elif line.startswith(b"+") and not self._is_ending:
            self._is_idling = True
            self._answer_due = time.monotonic() + RENEW_AFTER * random.uniform(0.8, 1)  # noqa: S311 (jitter)
        elif line.startswith(self._tag + b" "):
            self._answered(line)

    def _answered(self, line: bytes) -> None:
        status, _, text = _text(line[len(self._tag) :]).partition(" ")
        if self._is_ending and status.upper() != "BAD":
            self._is_ending = False
            self._idle()
            self._answer_due = time.monotonic() + self._timeout
            return
        code = _CODE.match(text)
        answer = Answer(status.upper(), code[1].upper() if code else "", text[code.end() :] if code else text)
        if passing := faults.passing(answer.code, answer.text, **self._where):
            raise passing
        if self._is_idling or self._is_ending or answer.status == "NO":
            # It does not want to be watched any more, for now.
            raise TemporaryError("unavailable", server_text=text, **self._where)
        # It offers what it does not know.
        raise ProtocolError("bad_response", server_text=text, **self._where)

    def _idle(self) -> None:
        self._number += 1
        self._send(self._tag + b" IDLE\r\n")

    @property
    def _tag(self) -> bytes:
        return b"W%d" % self._number


def _probe_when_silent(connection: socket.socket) -> None:
    """Have the kernel find out that the other side is gone, which nothing else would before the next renewal."""
    # Not every system can: then the renewal finds out.
    with contextlib.suppress(OSError, AttributeError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in (("TCP_KEEPIDLE", PROBE_AFTER), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").strip()
