"""The demo's SMTP server: takes mail from those who log in and delivers it into Dovecot's mailboxes by LMTP."""

import asyncio
import logging
import smtplib
import ssl
import warnings
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Delivery:
    """Handler of aiosmtpd that passes each email on by LMTP (RFC 2033).

    :param lmtp: (host, port) of the server with the mailboxes.
    :param users: addresses that have a mailbox there.
    :param elsewhere: the mailbox for all other recipients.
    """

    def __init__(self, lmtp: tuple[str, int], users: set[str], elsewhere: str):
        self._lmtp = lmtp
        self._users = users
        self._elsewhere = elsewhere

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """As usual with providers: who logs in sends as themselves only."""
        if address.lower() != session.auth_data:
            return f"553 5.7.1 <{address}>: not an address of {session.auth_data}"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        recipients = {to.lower() if to.lower() in self._users else self._elsewhere for to in envelope.rcpt_tos}
        try:
            await asyncio.to_thread(self._deliver, envelope.mail_from, sorted(recipients), envelope.original_content)
        except (OSError, smtplib.SMTPException) as error:
            return f"451 4.3.0 could not be delivered: {error}".splitlines()[0]
        return "250 2.0.0 delivered"

    def _deliver(self, sender: str, recipients: list[str], content: bytes) -> None:
        with smtplib.LMTP(*self._lmtp) as lmtp:
            # One by one: LMTP answers for each recipient, of which smtplib reads the first answer only.
            for recipient in recipients:
                lmtp.sendmail(sender, recipient, content)


class Login:
    """Authenticator of aiosmtpd: every user has the same password. The session remembers who logged in."""

    def __init__(self, users: set[str], password: str):
        self._users = users
        self._password = password.encode()

    def __call__(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data) -> AuthResult:
        """Answer whether user and password fit."""
        if isinstance(data, LoginPassword):
            user = data.login.decode(errors="replace").lower()
            if user in self._users and data.password == self._password:
                return AuthResult(success=True, auth_data=user)
        return AuthResult(success=False, handled=False)


def servers(
    host: str, starttls_port: int, tls_port: int, certificate: Path, key: Path, delivery: Delivery, login: Login
) -> list[Controller]:
    """The two servers, not yet started: STARTTLS (submission) and TLS from the first byte (submissions, RFC 8314)."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    common = {
        "hostname": host,
        "authenticator": login,
        "auth_required": True,
        "data_size_limit": 50 * 1024 * 1024,
        "ident": "Northlight ESMTP",
    }
    # It warns that passwords travel without TLS, because it does not see that of `ssl_context`.
    warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    return [
        Controller(delivery, port=starttls_port, tls_context=context, require_starttls=True, **common),
        Controller(delivery, port=tls_port, ssl_context=context, auth_require_tls=False, **common),
    ]
