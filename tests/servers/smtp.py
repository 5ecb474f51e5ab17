"""A real SMTP server for tests (aiosmtpd): logs in one user, with TLS, STARTTLS or neither."""

import ssl
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from .dovecot import free_port
from .tcp import server_context
from .tls import Certificate


class Smtp:
    """An SMTP server between `__enter__` and `__exit__`, on a free loopback port: `port`.

    :param encryption: ``ssl``, ``starttls`` or ``none``.
    :param certificate: for the first two.
    """

    host = "127.0.0.1"

    def __init__(self, user: str, password: str, encryption: str = "none", certificate: Certificate | None = None):
        self._login = (user.encode(), password.encode())
        self._encryption = encryption
        self._context = server_context(certificate) if certificate else None
        self.port = free_port()

    def __enter__(self) -> "Smtp":
        self._controller = _Controller(
            object(),
            hostname=self.host,
            port=self.port,
            ssl_context=self._context if self._encryption == "ssl" else None,
            tls_context=self._context if self._encryption == "starttls" else None,
            authenticator=self._authenticate,
            auth_require_tls=self._encryption == "starttls",
        )
        self._controller.start()
        return self

    def __exit__(self, *exc_info) -> None:
        self._controller.stop()

    def _authenticate(self, _server, _session, _envelope, _mechanism, data) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == self._login, handled=False)


class _Controller(Controller):
    """aiosmtpd does not pass the context for STARTTLS on."""

    def __init__(self, handler, *, tls_context: ssl.SSLContext | None, **options):
        self._tls_context = tls_context
        super().__init__(handler, **options)

    def factory(self):
        with warnings.catch_warnings():
            # A server that takes passwords without TLS is one of the cases.
            warnings.simplefilter("ignore")
            return SMTP(self.handler, tls_context=self._tls_context, require_starttls=False, **self.SMTP_kwargs)
