"""One connection of an account to its IMAP server: dialled when first needed, again after it broke, logged in.

Whatever breaks comes out as one of `adapters.errors`, or as `faults.RefusedError` where the server said NO or BAD to a
command and only its sender knows what that means.
"""

import contextlib
import imaplib
import re
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..base import Settings, Tell, tell_nobody
from ..dial import Dialer
from ..errors import (
    AuthenticationError,
    ChangeRefusedError,
    CursorLostError,
    EncryptionError,
    FolderGoneError,
    ProtocolError,
    TemporaryError,
)
from ..hiding import hidden_password
from . import faults
from .login import authenticate
from .spool import Interrupted
from .wire import Answer, Client, quote

#: Seconds before a refused login is tried once more: servers in trouble refuse good passwords, too.
SECOND_LOGIN_AFTER = 0.5
#: Bytes of a literal that is sent before the server asks for it. LITERAL- (RFC 7888) allows no more; LITERAL+ does, but
#: a server can only refuse a large message before it was sent if it is asked.
UNASKED_LITERAL = 4096


#: Commands, each by its parts.
Questions = Sequence[Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Opened:
    """What the server tells when it opens a folder; `uidnext` and `modseq` are None when it does not.

    `flags` are those that messages bear there, `permanent` those that may be changed (``\\*`` for new ones); None when
    the server does not say.
    """

    name: bytes
    uidvalidity: int
    uidnext: int | None
    exists: int
    modseq: int | None
    mailboxid: str | None = None
    writable: bool = False
    flags: tuple[bytes, ...] = ()
    permanent: tuple[bytes, ...] | None = None


class Session:
    """The connection of one account.

    Attributes: `capabilities` (upper-case, known after the first command), `opened` (the folder that is open),
    `interrupted` (what came of a large message when the connection broke the last time), `keeps_appended_flags` (APPEND
    is known to set the flags that it names), `tell` (who is told of the steps on the way to the server).
    """

    def __init__(self, settings: Settings):
        self._settings = settings
        self.tell: Tell = tell_nobody
        self._client: Client | None = None
        self._condstore_refused = False
        self._qresync_refused = False
        self._unknown: set[str] = set()
        self._enabled: frozenset[bytes] | None = None
        self.capabilities: frozenset[str] = frozenset()
        self.opened: Opened | None = None
        self.interrupted: Interrupted | None = None
        self.keeps_appended_flags = False

    # ---------------------------------------------------------------- commands

    def offers(self, *names: str) -> bool:
        """Whether the server offers one of these capabilities. Dials if need be."""
        self.connect()
        return any(name in self.capabilities for name in names)

    def do_without(self, *names: str) -> None:
        """The server offers these capabilities and turned out not to know them: they count as not offered."""
        self._unknown.update(names)
        self.capabilities -= self._unknown

    def begin(self, *parts: bytes) -> bytes:
        """Send a command, see `Wire.begin()`."""
        self.connect()
        with self._guarded():
            return self._client.wire.begin(*parts)

    def finish(self, tag: bytes) -> Answer:
        """The answer to a command that was begun.

        :raises RefusedError: NO or BAD, which carries what data came before.
        :raises TemporaryError: NO or BAD for a reason that passes.
        """
        with self._guarded():
            answer = self._client.wire.finish(tag)
        if self._enabled is None:
            # ENABLE was sent first of all, so that its answer is among what came by now.
            self._enabled = frozenset(b" ".join(answer.data.get("ENABLED", ())).upper().split())
        if answer.status == "OK":
            return answer
        raise faults.passing(answer.code, answer.text, **self._where) or faults.RefusedError(answer)

    def abandon(self) -> None:
        """Forget the commands under way, see `Wire.abandon()`."""
        if self._client:
            self._client.wire.abandon()

    def run(self, *parts: bytes) -> Answer:
        """Send a command and wait for its answer."""
        return self.finish(self.begin(*parts))

    def examine(self, name: bytes, path: str) -> Opened:
        """Open a folder for reading only, so that nothing that follows can mark a message.

        :param name: as the server writes it; `path` is for the error.
        :raises FolderGoneError, TemporaryError:
        """
        return self._open(b"EXAMINE", name, path)

    def examine_and_ask(self, name: bytes, path: str, questions: Questions) -> Iterator[Answer | None]:
        """Open a folder for reading only and ask about it at once, in one round trip.

        Where opening fails no folder is open (RFC 3501, 6.3.1), and whatever a server answers then to the questions, it
        is not looked at.

        :param questions: commands that only read. Two of them may be answered in a jumble, so that the responses have
            to tell what belongs to which.
        :returns: the answers, each read when it is taken; None for a question that was refused. Whoever does not take
            all of them calls `abandon()`.
        :raises FolderGoneError, TemporaryError:
        """
        return self._answers(self._open_and_begin(b"EXAMINE", name, path, questions))

    def _answers(self, tags: list[bytes]) -> Iterator[Answer | None]:
        for tag in tags:
            try:
                yield self.finish(tag)
            except faults.RefusedError:
                yield None

    def select(self, name: bytes, path: str, uidvalidity: int | None) -> Opened:
        """Have a folder open for changing it, and be sure that its UIDs mean what they meant.

        :param uidvalidity: what the caller's UIDs belong to; None if it has none.
        :raises CursorLostError: the folder's UIDVALIDITY is not the given one any more.
        :raises ChangeRefusedError: the server opens it for reading only.
        :raises FolderGoneError, TemporaryError:
        """
        if not self._has_open(name) or not self.opened.writable:
            was_connected = self.is_open
            try:
                self._open(b"SELECT", name, path)
            except TemporaryError as error:
                # The server may have hung up long ago. Nothing has been changed yet, so a new connection is as good.
                if self.is_open or not was_connected or error.reason not in ("cut", "bye"):
                    raise
                self._open(b"SELECT", name, path)
        self._check(path, uidvalidity)
        if not self.opened.writable:
            raise ChangeRefusedError("read_only", path=path)
        return self.opened

    def ensure(self, name: bytes, path: str, uidvalidity: int | None) -> None:
        """Have a folder open for reading only, and be sure that its UIDs mean what they meant.

        :raises CursorLostError: the folder's UIDVALIDITY is not the given one any more.
        """
        if not self._has_open(name) or self.opened.writable:
            self.examine(name, path)
        self._check(path, uidvalidity)

    def ensure_any(self, name: bytes, path: str, uidvalidity: int | None) -> bool:
        """As `ensure()`, but a folder that is open for changing will do. Returns whether it was open before."""
        was_open = self._has_open(name)
        if not was_open:
            self.examine(name, path)
        self._check(path, uidvalidity)
        return was_open

    def has_changed(self, name: bytes) -> None:
        """What the server told of a folder when it opened it is not true any more."""
        if self._has_open(name):
            self.opened = replace(self.opened, modseq=None)

    def _has_open(self, name: bytes) -> bool:
        return self.is_open and self.opened is not None and self.opened.name == name

    def _check(self, path: str, uidvalidity: int | None) -> None:
        if uidvalidity is not None and self.opened.uidvalidity != uidvalidity:
            raise CursorLostError("uidvalidity", path=path)

    def _open(self, command: bytes, name: bytes, path: str) -> Opened:
        self._open_and_begin(command, name, path)
        return self.opened

    def _open_and_begin(self, command: bytes, name: bytes, path: str, questions: Questions = ()) -> list[bytes]:
        self.opened = None
        condstore = (b"(CONDSTORE)",) if self.has_condstore else ()
        opening = self.begin(command, quote(name), *condstore)
        tags = [self.begin(*question) for question in questions]
        try:
            answer = self.finish(opening)
        except faults.RefusedError as refused:
            self.abandon()
            if not condstore or refused.answer.status != "BAD":
                raise faults.folder(refused.answer, path) from None
            self._condstore_refused = True
            return self._open_and_begin(command, name, path, questions)
        self._client.wire.state = "SELECTED"
        self.opened = Opened(
            name=name,
            uidvalidity=answer.number("UIDVALIDITY") or 0,
            uidnext=answer.number("UIDNEXT"),
            exists=answer.number("EXISTS") or 0,
            # There is no sequence 0 (RFC 7162, 3.1.2.1), but servers that say it.
            modseq=(answer.number("HIGHESTMODSEQ") or None) if condstore else None,
            mailboxid=_mailboxid(answer),
            writable=command == b"SELECT" and answer.code != "READ-ONLY" and "READ-ONLY" not in answer.data,
            flags=_flags(answer, "FLAGS") or (),
            permanent=_flags(answer, "PERMANENTFLAGS"),
        )
        return tags

    def begin_closing(self) -> None:
        """Close the folder that is open, if one is. Nobody waits for the answer."""
        if not self.is_open or not self.opened:
            return
        if self.offers("UNSELECT"):
            self.begin(b"UNSELECT")
        else:
            # CLOSE leaves a folder opened by EXAMINE as it is; of others it expunges what anybody flagged as deleted.
            # If it cannot be opened so, none is open any more.
            with contextlib.suppress(FolderGoneError, TemporaryError):
                if self.opened.writable:
                    self.examine(self.opened.name, "")
                self.begin(b"CLOSE")
        self.opened = None

    @property
    def is_open(self) -> bool:
        """Whether there is a connection that works as far as is known."""
        return self._client is not None

    @property
    def has_condstore(self) -> bool:
        """Whether changes can be asked for by their modification sequence (RFC 7162)."""
        return not self._condstore_refused and self.offers("CONDSTORE", "QRESYNC")

    @property
    def has_qresync(self) -> bool:
        """Whether the server tells what vanished since a modification sequence (RFC 7162, 3.2.6)."""
        return (
            self.has_condstore
            and self._offers_qresync()
            and not self._qresync_refused
            and (self._enabled is None or b"QRESYNC" in self._enabled)
        )

    def give_up_qresync(self) -> None:
        """The server offers it, and does not know it."""
        self._qresync_refused = True

    def _offers_qresync(self) -> bool:
        return "QRESYNC" in self.capabilities and bool(self.capabilities & {"ENABLE", "IMAP4REV2"})

    # -------------------------------------------------------------- connection

    @property
    def _where(self) -> dict:
        return {"host": self._settings.incoming.host, "port": self._settings.incoming.port}

    def connect(self) -> None:
        """Dial and log in, unless that is done.

        :raises AuthenticationError: the server refused twice, each time on a connection of its own.
        """
        if self._client:
            return
        refused = None
        for second in (False, True):
            if second:
                time.sleep(SECOND_LOGIN_AFTER)
            self._client = self._dial()
            try:
                with hidden_password(self._settings), self._guarded():
                    self._login(self._client, second)
                self.tell("login", {"user": self._settings.username})
                return
            except AuthenticationError as error:
                self.drop()
                if error.reason == "no_mechanism":
                    raise
                refused = error
            except BaseException:
                self.drop()
                raise
        raise refused

    def close(self) -> None:
        """Say goodbye and close; harmless when nothing is open."""
        if self._client and not self._client.wire.busy:
            # Nobody needs the answer, so nobody waits for it.
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                self._client.wire.begin(b"LOGOUT")
                self._client.wire.flush()
        self.drop()

    def release(self) -> socket.socket:
        """Give the connection away, logged in and with the folder open that is open, to somebody who speaks on it alone
        from now on. The next command here dials anew.
        """
        self.connect()
        client, self._client, self.opened = self._client, None, None
        return client.wire.sock

    def drop(self) -> None:
        """Close without a word. The next command dials anew."""
        client, self._client, self.opened = self._client, None, None
        if client:
            _shut(client)

    @contextlib.contextmanager
    def _guarded(self):
        """After any of these errors nobody knows what the server says next: the connection is given up."""
        try:
            yield
        except (imaplib.IMAP4.error, OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            client = self._client
            self.interrupted = client.wire.interrupted if client else None
            said = client.wire.untagged_responses.get("BYE") if client else None
            self.drop()
            raise self._fault(error, said) from error
        except TemporaryError:
            self.drop()
            raise

    def _fault(self, error: Exception, said: list | None) -> Exception:
        text = error.args[0] if error.args else ""
        text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
        if said or text.startswith("* BYE"):
            text = said[-1].decode("utf-8", "replace") if said else text.removeprefix("* BYE")
            return faults.bye(text.strip(), **self._where)
        if isinstance(error, OSError):
            return self._dialer().network_error(error)
        if isinstance(error, imaplib.IMAP4.abort) and ("EOF" in text or "socket error" in text):
            return self._dialer().network_error(ConnectionError())
        return ProtocolError("bad_response", server_text=text[:200], **self._where)

    def _dialer(self) -> Dialer:
        return Dialer(self._settings, self._settings.incoming, "imap", self.tell)

    def _dial(self) -> Client:
        dialer = self._dialer()
        connection = dialer.connect()
        try:
            with self._guarded():
                client = Client(dialer.host, connection, dialer.encryption == "ssl", self._settings.timeout)
        except ProtocolError as error:
            raise ProtocolError("not_imap", field="imap_port", **error.details) from error
        except BaseException:
            connection.close()
            raise
        self.tell("greet", {"server": _greeting(client)})
        if dialer.encryption == "starttls":
            self._start_tls(client, dialer)
        return client

    def _start_tls(self, client: Client, dialer: Dialer) -> None:
        refused = EncryptionError("starttls_not_offered", field="imap_encryption", **self._where)
        try:
            # A server that greets as if one were logged in already (PREAUTH) cannot start TLS any more.
            if client.wire.state != "NONAUTH":
                raise refused
            if not client.has_capability("STARTTLS"):
                client.wire.ask_capabilities()
            if not client.has_capability("STARTTLS"):
                raise refused
            client.starttls(dialer.context())
            dialer.tell_encrypted(client.wire.sock)
        except OSError as error:
            _shut(client)
            raise dialer.tls_error(error) from error
        except imaplib.IMAP4.abort as error:
            _shut(client)
            raise dialer.network_error(ConnectionError()) from error
        except imaplib.IMAP4.error as error:
            _shut(client)
            raise refused from error
        except EncryptionError:
            _shut(client)
            raise

    # ------------------------------------------------------------------- login

    def _login(self, client: Client, second: bool) -> None:
        answer = None
        if client.wire.state != "AUTH":
            answer = authenticate(client, self._settings, second, self._where)
            client.wire.state = "AUTH"
        # Many servers tell with the login what they offer after it; imapclient asks those that do not.
        if answer and "CAPABILITY" in answer.data:
            client.wire.untagged_responses["CAPABILITY"] = answer.data["CAPABILITY"]
        self.capabilities = frozenset(name.decode("ascii", "replace") for name in client.capabilities()) - self._unknown
        client.wire.untagged_responses.clear()
        if self.capabilities & {"LITERAL+", "LITERAL-"}:
            client.wire.unasked_literals = UNASKED_LITERAL
        self._enabled = None
        if self._offers_qresync():
            # Only before a folder is open (RFC 5161, 3.1). It goes out with the first command.
            client.wire.begin(b"ENABLE", b"QRESYNC")


def _shut(client: Client) -> None:
    """Close without a word; what is closed or broken already is no matter."""
    with contextlib.suppress(OSError, imaplib.IMAP4.error):
        client.shutdown()


def _greeting(client: Client) -> str:
    """What the server calls itself when it greets, without the capabilities."""
    text = client.wire.greeting.decode("utf-8", "replace")
    return re.sub(r"^\* \w+ *(\[[^]]*\])? *", "", text).strip()[:200]


def _mailboxid(answer: Answer) -> str | None:
    """MAILBOXID (RFC 8474, 4.1)."""
    for item in reversed(answer.data.get("MAILBOXID", ())):
        if isinstance(item, bytes) and (match := re.match(rb"\(([^()\s]+)\)", item)):
            return match[1].decode("ascii", "replace")
    return None


def _flags(answer: Answer, kind: str) -> tuple[bytes, ...] | None:
    """The flags of the last FLAGS or PERMANENTFLAGS; None when there are none to read, or not to their end."""
    for item in reversed(answer.data.get(kind, ())):
        if isinstance(item, bytes) and item.strip().startswith(b"(") and item.strip().endswith(b")"):
            return tuple(item.strip()[1:-1].split())
    return None
