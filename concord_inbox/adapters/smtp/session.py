"""A session with the submission server of an account, from the greeting to the login."""

import base64
import contextlib
import smtplib
import time
from collections.abc import Iterator

from ..base import Settings, Tell, tell_nobody
from ..dial import Dialer
from ..errors import (
    AdapterError,
    AuthenticationError,
    EncryptionError,
    InvalidInputError,
    ProtocolError,
    TemporaryError,
    ThrottledError,
    storable,
)
from ..hiding import hidden, hidden_password
from . import answers
from .server import Server

#: Seconds before a refused login is tried once more, on a new connection.
SECOND_LOGIN_AFTER = 0.5
#: Seconds for the answer to QUIT, after which nothing depends on it.
GOODBYE = 2.0


class Session:
    """Logged in from the start; `close()` ends it.

    Attributes: `server`; `in_data` is set while the server takes whatever is said for the text of an email.
    """

    in_data = False

    def __init__(self, settings: Settings, tell: Tell):
        self._settings = settings
        self._endpoint = settings.outgoing
        self._dialer = Dialer(settings, settings.outgoing, "smtp", tell)
        user, password = self._credentials()
        connection = self._dialer.connect()
        self.server = Server(self._dialer.host, connection, settings.timeout)
        try:
            with hidden_password(settings), self.translated():
                self._greet()
                tell("greet", {"server": self._said(self.server.ehlo_resp or self.server.helo_resp)})
                if self._dialer.encryption == "starttls":
                    self._start_tls()
                self._log_in(user, password)
                tell("login", {"user": settings.username, "size_limit": self.size_limit})
        except BaseException:
            self.server.close()
            connection.close()
            raise

    @property
    def size_limit(self) -> int:
        """The largest email that the server takes, in bytes (RFC 1870); 0: it does not say, or sets no limit."""
        size = self.server.esmtp_features.get("size", "")
        return int(size) if size.isascii() and size.isdigit() else 0

    def is_ready(self) -> bool:
        """Whether the server takes another email in this session; one round trip, and no error is raised."""
        self.server.patience = self._settings.timeout
        try:
            code, _text = self.server.docmd("RSET")
        except (OSError, smtplib.SMTPException):
            return False
        return code == 250

    def close(self) -> None:
        if self.in_data:
            self.server.close()
            return
        self.server.patience = min(GOODBYE, self._settings.timeout)
        with contextlib.suppress(OSError, smtplib.SMTPException):
            self.server.quit()
        self.server.close()

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        """What smtplib raises within becomes the adapters' errors."""
        try:
            yield
        except smtplib.SMTPServerDisconnected as error:
            self.server.close()
            # smtplib calls a timeout a disconnection, too.
            timed_out = isinstance(error.__context__, TimeoutError)
            raise self._dialer.network_error(TimeoutError() if timed_out else ConnectionError()) from error
        except smtplib.SMTPResponseException as error:
            raise self.answer_error(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, ValueError) as error:
            raise self.error(ProtocolError, "bad_response", "port", str(error)) from error
        except OSError as error:
            raise self._dialer.network_error(error) from error

    def words(self, text: str | bytes) -> str:
        """What the server said, in one line and without a trace of the password."""
        text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        return hidden(self._settings, storable(text.replace("\n", " ")))

    def error(
        self, kind: type[AdapterError], reason: str, field: str | None, text: str | bytes = "", **details
    ) -> AdapterError:
        """An error that tells where it happened.

        :param field: the account's field; ``host`` and the like are those of the outgoing side.
        """
        if field not in (None, "password", "username"):
            field = self._dialer.field(field)
        return kind(reason, field=field, server_text=self.words(text), **self._dialer.where, **details)

    def answer_error(self, code: int, text: bytes) -> AdapterError:
        """What a reply other than success means outside of the login."""
        if 400 <= code < 500:
            return self.busy(text)
        return self.error(ProtocolError, "bad_response", "port", text)

    def busy(self, text: str | bytes, **details) -> TemporaryError:
        """What a refusal for now means."""
        words = self.words(text)
        throttled = answers.is_throttling(words)
        kind, reason = (ThrottledError, "throttled") if throttled else (TemporaryError, "unavailable")
        return self.error(kind, reason, "host", words, **{"retry_after": answers.retry_after(words), **details})

    def _credentials(self) -> tuple[bytes, bytes]:
        for field in ("username", "password"):
            if any(character in getattr(self._settings, field) for character in "\r\n\0"):
                raise InvalidInputError("control_character", field=field)
        return self._settings.username.encode(), self._settings.password.encode()

    def _greet(self) -> None:
        code, text = self.server.connect(self._dialer.host, self._endpoint.port)
        if code != 220:
            if 400 <= code < 600:
                raise self.error(TemporaryError, "unavailable", "host", text)
            raise self.error(ProtocolError, "not_smtp", "port", text)
        self._say_hello()

    def _say_hello(self) -> None:
        """EHLO, or HELO to a server that is too old for it. One that is out of order for now has no say in which."""
        code, text = self.server.ehlo()
        if 500 <= code < 600:
            code, text = self.server.helo()
        if not 200 <= code < 300:
            raise self.answer_error(code, text)

    def _start_tls(self) -> None:
        if not self.server.has_extn("starttls"):
            raise self.error(EncryptionError, "starttls_not_offered", "encryption")
        try:
            code, text = self.server.starttls(context=self._dialer.context())
        except smtplib.SMTPResponseException as error:
            raise self.error(EncryptionError, "starttls_not_offered", "encryption", error.smtp_error) from error
        except OSError as error:
            if isinstance(error, smtplib.SMTPException):
                raise
            raise self._dialer.tls_error(error) from error
        if code != 220:
            raise self.error(EncryptionError, "starttls_not_offered", "encryption", text)
        self._dialer.tell_encrypted(self.server.sock)
        self._say_hello()

    @staticmethod
    def _said(answer: bytes | None) -> str:
        """The first line of an answer: the server's name for itself (RFC 5321, 4.1.1.1)."""
        return (answer or b"").split(b"\n")[0].decode("utf-8", "replace").strip()[:200]

    def _log_in(self, user: bytes, password: bytes) -> None:
        """AUTH PLAIN, else LOGIN, else CRAM-MD5; smtplib's own login takes ASCII only."""
        offered = self.server.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:
            code, text = self.server.docmd("AUTH", "PLAIN " + _base64(b"\0" + user + b"\0" + password))
        elif "LOGIN" in offered:
            code, text = self.server.docmd("AUTH", "LOGIN")
            for value in (user, password):
                if code == 334:
                    code, text = self.server.docmd(_base64(value))
        elif "CRAM-MD5" in offered and password.isascii() and user.isascii():
            self.server.user, self.server.password = user.decode(), password.decode()
            try:
                code, text = self.server.auth("CRAM-MD5", self.server.auth_cram_md5)
            except smtplib.SMTPAuthenticationError as error:
                code, text = error.smtp_code, error.smtp_error
        elif self._dialer.encryption == "none" and self.server.has_extn("starttls"):
            raise self.error(EncryptionError, "login_disabled", "encryption")
        else:
            raise self.error(AuthenticationError, "no_mechanism", "host")
        if code not in (235, 503):
            raise self._login_error(code, text)

    def _login_error(self, code: int, text: bytes) -> AdapterError:
        if code in (530, 538):
            return self.error(EncryptionError, "login_disabled", "encryption", text)
        if code == 504:
            return self.error(AuthenticationError, "no_mechanism", "host", text)
        if not 500 <= code < 600:
            return self.answer_error(code, text)
        words = text.lower()
        if b"5.7.9" in words or b"application-specific password" in words or b"app password" in words:
            return self.error(AuthenticationError, "app_password_needed", "password", text)
        if code == 534 or b"disabled" in words:
            return self.error(AuthenticationError, "account_disabled", "password", text)
        return self.error(AuthenticationError, "refused", "password", text)


def check(settings: Settings, tell: Tell = tell_nobody) -> None:
    """Log in for sending and send nothing.

    :raises AuthenticationError: twice refused; ``no_mechanism`` where the server takes no login at all.
    :raises AdapterError: whatever else `dial` or the server has against it.
    """
    with connected(settings, tell):
        pass


def size_limit(settings: Settings) -> int:
    """See `base.Adapter.size_limit()`."""
    if not settings.outgoing:
        return 0
    with connected(settings) as session:
        return session.size_limit


def log_in(settings: Settings, tell: Tell = tell_nobody) -> Session:
    """A session that is logged in, to be closed by the caller; a refused login is tried once more."""
    refused = None
    for second in (False, True):
        if second:
            time.sleep(SECOND_LOGIN_AFTER)
        try:
            return Session(settings, tell)
        except AuthenticationError as error:
            if error.reason == "no_mechanism":
                raise
            refused = error
    raise refused


@contextlib.contextmanager
def connected(settings: Settings, tell: Tell = tell_nobody) -> Iterator[Session]:
    """A session that is logged in, closed at the end."""
    session = log_in(settings, tell)
    try:
        yield session
    finally:
        session.close()


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
