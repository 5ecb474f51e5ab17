"""From an account's endpoint to a connected socket, by TLS where asked for, or an error that says what to change.

The name is resolved once, and what was checked is what is dialled: a second answer of the name server (DNS rebinding)
cannot lead anywhere else. Encryption is never given up silently.
"""

import errno
import functools
import os
import socket
import ssl
from itertools import chain, zip_longest

import idna

from .allowed import MAIL_PORTS, AllowList, is_public
from .base import Endpoint, Settings, Tell, tell_nobody
from .certificate import describe
from .errors import (
    CertificateError,
    EncryptionError,
    HostNotAllowedError,
    InvalidInputError,
    NetworkError,
    ProtocolError,
)

#: Seconds of silence after which a server that should greet is asked whether it waits for TLS instead.
SILENCE = 1.5
#: Seconds for each further question put to a server after something failed.
PROBE = 5.0
#: Seconds for one of several addresses of a host before the next is tried.
ONE_OF_MANY = 8.0
#: Of a host's addresses, so many are tried: a stranger's name server could name hundreds that lead nowhere.
MOST_ADDRESSES = 8

# https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
_CERTIFICATE_REASONS = {9: "not_yet_valid", 10: "expired", 18: "self_signed", 62: "wrong_name", 64: "wrong_name"}


class Dialer:
    """Dials one endpoint of an account.

    :param service: ``imap`` or ``smtp``; begins the names of the account's fields.
    """

    def __init__(self, settings: Settings, endpoint: Endpoint, service: str, tell: Tell = tell_nobody):
        self._settings = settings
        self._endpoint = endpoint
        self._service = service
        self._tell = tell
        self._dialled = ""
        self.host = _ascii_host(endpoint.host, self.field("host"))
        self.encryption = endpoint.encryption

    def field(self, part: str) -> str:
        """The name of the account's field: ``host`` -> ``imap_host``."""
        return f"{self._service}_{part}"

    @property
    def where(self) -> dict:
        """What every error about this endpoint tells."""
        return {"protocol": self._service.upper(), "host": self._endpoint.host, "port": self._endpoint.port}

    def connect(self) -> socket.socket:
        """A connected socket with the account's timeout; an `ssl.SSLSocket` if the encryption is ``ssl``.

        :raises HostNotAllowedError, NetworkError, CertificateError, EncryptionError, ProtocolError:
        """
        self._addresses = self._resolve()
        self._tell("resolve", {"addresses": [row[4][0] for row in self._addresses]})
        connection = self._dial(self._settings.timeout)
        self._tell("connect", {"address": self._dialled, "port": self._endpoint.port})
        try:
            if self.encryption == "ssl":
                return self.wrap(connection)
            self._expect_greeting(connection)
            return connection
        except BaseException:
            connection.close()
            raise

    def context(self, verify: bool | None = None) -> ssl.SSLContext:
        """TLS as the account wants it; `verify` overrules the account. Shared: not to be changed."""
        return _context(not self._settings.allow_insecure_certificate if verify is None else verify, _trusted())

    def wrap(self, connection: socket.socket) -> ssl.SSLSocket:
        """Begin TLS on a connected socket."""
        try:
            secured = self.context().wrap_socket(connection, server_hostname=self.host)
        except OSError as error:
            connection.close()
            raise self.tls_error(error) from error
        self.tell_encrypted(secured)
        return secured

    def tell_encrypted(self, connection: ssl.SSLSocket) -> None:
        """Whoever watches learns of the encryption and of the certificate."""
        if self._tell is not tell_nobody:
            facts = {"version": connection.version(), "trusted": not self._settings.allow_insecure_certificate}
            self._tell("encrypt", facts | describe(connection.getpeercert(True) or b""))

    def tls_error(self, error: OSError) -> Exception:
        """What a failed handshake means; asks the server again where that tells more."""
        if isinstance(error, ssl.SSLCertVerificationError):
            return CertificateError(
                _CERTIFICATE_REASONS.get(error.verify_code, "untrusted"),
                field="allow_insecure_certificate",
                server_text=error.verify_message,
                **self._refused_certificate(),
                **self.where,
            )
        if self.encryption == "ssl" and self._speaks_plain():
            return EncryptionError("port_speaks_plain", field=self.field("encryption"), **self.where)
        if isinstance(error, ssl.SSLError):
            reason = error.reason or str(error)
            return EncryptionError("tls_failed", field=self.field("encryption"), server_text=reason, **self.where)
        return self.network_error(error)

    def network_error(self, error: OSError) -> NetworkError:
        """What an error of the socket means once it was connected."""
        reason = "timeout" if isinstance(error, TimeoutError) else "cut"
        return NetworkError(reason, field=self.field("host"), **self.where)

    # ------------------------------------------------------------- addresses

    def _resolve(self) -> list[tuple]:
        try:
            found = socket.getaddrinfo(self.host, self._endpoint.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError, OverflowError) as error:
            raise NetworkError("host_not_found", field=self.field("host"), **self.where) from error
        # IPv6 and IPv4 in turn, beginning with what the system prefers: one of them may lead nowhere.
        first = [row for row in found if row[0] == found[0][0]]
        others = [row for row in found if row[0] != found[0][0]]
        addresses = [row for row in chain.from_iterable(zip_longest(first, others)) if row]
        permitted = addresses if self._settings.allow_any_address else self._permitted(addresses)
        return permitted[:MOST_ADDRESSES]

    def _permitted(self, addresses: list[tuple]) -> list[tuple]:
        allowed = AllowList(self._settings.allowed_hosts)
        port = self._endpoint.port
        public = [row for row in addresses if is_public(row[4][0]) or allowed.has_address(self.host, row[4][0])]
        if not public:
            raise HostNotAllowedError("private_address", field=self.field("host"), **self.where)
        permitted = [row for row in public if port in MAIL_PORTS or allowed.has_port(self.host, row[4][0], port)]
        if not permitted:
            raise HostNotAllowedError("port", field=self.field("port"), **self.where)
        return permitted

    def _dial(self, timeout: float) -> socket.socket:
        failure = OSError()
        for position, (family, kind, protocol, _name, address) in enumerate(self._addresses, 1):
            connection = socket.socket(family, kind, protocol)
            try:
                connection.settimeout(timeout if position == len(self._addresses) else min(timeout, ONE_OF_MANY))
                connection.connect(address)
            except OSError as error:
                connection.close()
                failure = error
                continue
            self._dialled = address[0]
            connection.settimeout(timeout)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
        if isinstance(failure, TimeoutError):
            raise NetworkError("timeout", field=self.field("host"), **self.where) from failure
        if failure.errno == errno.ECONNREFUSED:
            raise NetworkError("refused", field=self.field("port"), **self.where) from failure
        raise NetworkError("unreachable", field=self.field("host"), **self.where) from failure

    # ---------------------------------------------------- what the port speaks

    def _expect_greeting(self, connection: socket.socket) -> None:
        """Look at the first bytes without taking them. Servers of both protocols speak first, TLS servers never do."""
        try:
            connection.settimeout(min(SILENCE, self._settings.timeout))
            greeting = connection.recv(100, socket.MSG_PEEK)
        except TimeoutError:
            if self._speaks_tls():
                raise EncryptionError("port_speaks_tls", field=self.field("encryption"), **self.where) from None
            # Merely slow: some servers make strangers wait.
            return
        except OSError as error:
            raise self.network_error(error) from error
        finally:
            connection.settimeout(self._settings.timeout)
        if greeting[:1] in (b"\x15", b"\x16"):
            raise EncryptionError("port_speaks_tls", field=self.field("encryption"), **self.where)
        if not greeting:
            raise NetworkError("cut", field=self.field("port"), **self.where)
        if not self._is_greeting(greeting):
            text = greeting.decode("ascii", "replace").splitlines()[0]
            raise ProtocolError(f"not_{self._service}", field=self.field("port"), server_text=text, **self.where)

    def _is_greeting(self, text: bytes) -> bool:
        return text.startswith(b"* ") if self._service == "imap" else text[:3].isdigit()

    def _speaks_plain(self) -> bool:
        try:
            with self._dial(min(PROBE, self._settings.timeout)) as connection:
                return self._is_greeting(connection.recv(100))
        except (OSError, NetworkError):
            return False

    def _speaks_tls(self) -> bool:
        try:
            with self._dial(min(PROBE, self._settings.timeout)) as connection:
                self.context(verify=False).wrap_socket(connection, server_hostname=self.host).close()
                return True
        except ssl.SSLError as error:
            # An alert is an answer in TLS, too.
            return "ALERT" in (error.reason or "")
        except (OSError, NetworkError):
            return False

    def _refused_certificate(self) -> dict:
        """What the certificate that was refused says, by a second connection on which nothing secret is said."""
        try:
            with self._dial(min(PROBE, self._settings.timeout)) as connection:
                if self.encryption == "starttls":
                    self._ask_for_tls(connection)
                with self.context(verify=False).wrap_socket(connection, server_hostname=self.host) as secured:
                    return describe(secured.getpeercert(True))
        except (OSError, NetworkError):
            return {"fingerprint": ""}

    def _ask_for_tls(self, connection: socket.socket) -> None:
        commands = [b"a STARTTLS\r\n"] if self._service == "imap" else [b"EHLO localhost\r\n", b"STARTTLS\r\n"]
        # Unbuffered: what follows the last line already belongs to TLS.
        with connection.makefile("rb", buffering=0) as lines:
            lines.readline(1000)
            for command in commands:
                connection.sendall(command)
                while (line := lines.readline(1000)) and (line.startswith(b"* ") or line[3:4] == b"-"):
                    pass


def _trusted() -> tuple:
    """Differs when the machine trusts other certificates than before."""
    paths = ssl.get_default_verify_paths()
    return tuple((path, os.stat(path).st_mtime_ns) for path in (paths.cafile, paths.capath) if path)


# To read all that a machine trusts takes 20 ms and most of a megabyte, too much for each of hundreds of connections.
@functools.lru_cache(maxsize=8)
def _context(verify: bool, _trusted: tuple) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _ascii_host(host: str, field: str) -> str:
    host = host.strip()
    if any(ord(character) < 32 or ord(character) == 127 for character in host):
        raise InvalidInputError("control_character", field=field)
    host = host.strip("[]").rstrip(".").lower()
    if not host:
        raise NetworkError("host_not_found", field=field, host=host)
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError as error:
        raise NetworkError("host_not_found", field=field, host=host) from error
