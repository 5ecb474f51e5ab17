"""The outgoing side of an account: SMTP submission (RFC 6409), over a socket that `dial` made."""

import base64
import contextlib
import smtplib
import socket
import time
from collections.abc import Iterator

from .base import Settings
from .dial import Dialer
from .errors import (
    AdapterError,
    AuthenticationError,
    EncryptionError,
    InvalidInputError,
    ProtocolError,
    TemporaryError,
    ThrottledError,
)

#: Seconds before a refused login is tried once more, on a new connection.
SECOND_LOGIN_AFTER = 0.5


def check(settings: Settings) -> None:
    """Log in for sending and send nothing.

    :raises AuthenticationError: twice refused; ``no_mechanism`` where the server takes no login at all.
    :raises AdapterError: whatever else `dial` or the server has against it.
    """
    with connected(settings):
        pass


@contextlib.contextmanager
def connected(settings: Settings) -> Iterator[smtplib.SMTP]:
    """A session that is logged in, closed at the end."""
    refused = None
    for second in (False, True):
        if second:
            time.sleep(SECOND_LOGIN_AFTER)
        try:
            session = _Session(settings)
            break
        except AuthenticationError as error:
            if error.reason == "no_mechanism":
                raise
            refused = error
    else:
        raise refused
    try:
        yield session.server
    finally:
        session.close()


class _Server(smtplib.SMTP):
    """smtplib over a ready socket. `host` is the name that the certificate must bear, for STARTTLS."""

    def __init__(self, host: str, connection: socket.socket, timeout: float):
        self._connection = connection
        # The name for EHLO is the address literal (RFC 5321, 4.1.3): a look-up of the machine's own name may hang,
        # and tells strangers more than they need.
        address = connection.getsockname()[0].partition("%")[0]
        literal = f"[IPv6:{address}]" if ":" in address else f"[{address}]"
        super().__init__(local_hostname=literal, timeout=timeout)
        self._host = host

    def _get_socket(self, host, port, timeout) -> socket.socket:
        return self._connection


class _Session:
    def __init__(self, settings: Settings):
        self._settings = settings
        self._endpoint = settings.outgoing
        self._dialer = Dialer(settings, settings.outgoing, "smtp")
        user, password = self._credentials()
        connection = self._dialer.connect()
        self.server = _Server(self._dialer.host, connection, settings.timeout)
        try:
            with self._translated():
                self._greet(connection)
                if self._dialer.encryption == "starttls":
                    self._start_tls()
                self._log_in(user, password)
        except BaseException:
            self.server.close()
            connection.close()
            raise

    def close(self) -> None:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            self.server.quit()
        self.server.close()

    @contextlib.contextmanager
    def _translated(self):
        try:
            yield
        except smtplib.SMTPServerDisconnected as error:
            # smtplib calls a timeout a disconnection, too.
            timed_out = isinstance(error.__context__, TimeoutError)
            raise self._dialer.network_error(TimeoutError() if timed_out else ConnectionError()) from error
        except smtplib.SMTPResponseException as error:
            raise self._answer_error(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, ValueError) as error:
            raise self._error(ProtocolError, "bad_response", "port", str(error)) from error
        except OSError as error:
            raise self._dialer.network_error(error) from error

    def _error(self, kind: type[AdapterError], reason: str, field: str, text: str | bytes = "") -> AdapterError:
        text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        if field not in ("password", "username"):
            field = self._dialer.field(field)
        return kind(reason, field=field, server_text=text.replace("\n", " "), **self._dialer.where)

    def _answer_error(self, code: int, text: bytes) -> AdapterError:
        """What a reply other than success means outside of the login."""
        if code == 421 or 400 <= code < 500:
            words = text.lower() if isinstance(text, bytes) else text.lower().encode()
            if b"rate" in words or b"too many" in words or b"throttl" in words:
                return self._error(ThrottledError, "throttled", "host", text)
            return self._error(TemporaryError, "unavailable", "host", text)
        return self._error(ProtocolError, "bad_response", "port", text)

    def _credentials(self) -> tuple[bytes, bytes]:
        for field in ("username", "password"):
            if any(character in getattr(self._settings, field) for character in "\r\n\0"):
                raise InvalidInputError("control_character", field=field)
        return self._settings.username.encode(), self._settings.password.encode()

    def _greet(self, connection: socket.socket) -> None:
        code, text = self.server.connect(self._dialer.host, self._endpoint.port)
        if code != 220:
            if 400 <= code < 600:
                raise self._error(TemporaryError, "unavailable", "host", text)
            raise self._error(ProtocolError, "not_smtp", "port", text)
        self.server.ehlo_or_helo_if_needed()

    def _start_tls(self) -> None:
        if not self.server.has_extn("starttls"):
            raise self._error(EncryptionError, "starttls_not_offered", "encryption")
        try:
            code, text = self.server.starttls(context=self._dialer.context())
        except smtplib.SMTPResponseException as error:
            raise self._error(EncryptionError, "starttls_not_offered", "encryption", error.smtp_error) from error
        except OSError as error:
            if isinstance(error, smtplib.SMTPException):
                raise
            raise self._dialer.tls_error(error) from error
        if code != 220:
            raise self._error(EncryptionError, "starttls_not_offered", "encryption", text)
        self.server.ehlo_or_helo_if_needed()

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
            raise self._error(EncryptionError, "login_disabled", "encryption")
        else:
            raise self._error(AuthenticationError, "no_mechanism", "host")
        if code not in (235, 503):
            raise self._login_error(code, text)

    def _login_error(self, code: int, text: bytes) -> AdapterError:
        if code in (530, 538):
            return self._error(EncryptionError, "login_disabled", "encryption", text)
        if code == 504:
            return self._error(AuthenticationError, "no_mechanism", "host", text)
        if not 500 <= code < 600:
            return self._answer_error(code, text)
        words = text.lower()
        if b"5.7.9" in words or b"application-specific password" in words or b"app password" in words:
            return self._error(AuthenticationError, "app_password_needed", "password", text)
        if code == 534 or b"disabled" in words:
            return self._error(AuthenticationError, "account_disabled", "password", text)
        return self._error(AuthenticationError, "refused", "password", text)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
