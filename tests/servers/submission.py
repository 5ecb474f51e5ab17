"""A submission server (aiosmtpd) that keeps what it gets."""

import ssl

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from .dovecot import free_port


class Submission:
    """Runs from `__enter__` to `__exit__` on a free port of 127.0.0.1.

    :param users: user -> password.
    :param context: TLS from the start; `starttls`: TLS on demand.
    :param mechanisms: of AUTH that are offered; none: no AUTH at all.

    Attributes: `port`, `envelopes` (aiosmtpd's), `logins` (users that tried).
    """

    host = "127.0.0.1"

    def __init__(
        self,
        users: dict[str, str],
        *,
        context: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
        mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN"),
    ):
        self.port = free_port()
        self.envelopes: list[Envelope] = []
        self.logins: list[str] = []
        self._users = users
        options = {
            "authenticator": self._authenticate if mechanisms else None,
            "auth_require_tls": bool(starttls),
            "auth_exclude_mechanism": [name for name in ("PLAIN", "LOGIN") if name not in mechanisms],
            "tls_context": starttls,
            "require_starttls": False,
            "decode_data": False,
            "enable_SMTPUTF8": True,
        }
        self._controller = _Controller(self, hostname=self.host, port=self.port, ssl_context=context)
        self._controller.options = options

    def __enter__(self) -> "Submission":
        self._controller.start()
        return self

    def __exit__(self, *exc_info) -> None:
        self._controller.stop()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        return "250 kept"

    def _authenticate(self, _server, _session, _envelope, _mechanism: str, data) -> AuthResult:
        user = data.login.decode()
        self.logins.append(user)
        good = self._users.get(user) == data.password.decode()
        return AuthResult(success=good, handled=False)


class _Controller(Controller):
    options: dict

    def factory(self) -> SMTP:
        return SMTP(self.handler, **self.options)
