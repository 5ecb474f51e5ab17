"""One email to its recipients, and for certain: sent, not sent, or nobody knows; several through one session."""

import re
import smtplib
from collections.abc import Iterable, Iterator
from itertools import islice

import idna

from ..base import Begun, Delivery, Envelope, Refusal, Settings, nobody_asks
from ..errors import DeliveryUnknownError, InvalidInputError, NetworkError, SendRefusedError, TemporaryError
from . import answers
from .session import Session, log_in
from .wire_form import measure, pieces

#: Recipients that are told at once where the server takes several commands together: few enough that neither side's
#: buffers fill up while the other waits (RFC 2920, 3.1).
TOGETHER = 50
#: Seconds to hear why the server broke off.
LAST_WORDS = 1.0


class Sender:
    """Sends emails one after the other; `close()` ends it.

    The session outlives an email that the server took: the next one needs no greeting, encryption and login. After
    anything else it is given up.
    """

    def __init__(self, settings: Settings):
        self._settings = settings
        self._session: Session | None = None

    def send(self, envelope: Envelope, begun: Begun = nobody_asks) -> Delivery:
        """See `base.Adapter.send()`."""
        recipients = tuple(dict.fromkeys(envelope.recipients))
        for address in (envelope.sender, *recipients):
            _check(address)
        if not recipients:
            raise SendRefusedError("no_recipients")
        if not self._settings.outgoing:
            raise SendRefusedError("no_server", field="smtp_host")
        if not (self._session and self._session.is_ready()):
            self.close()
            return self._send(log_in(self._settings), envelope, recipients, begun)
        transaction = _Transaction(self._session, self._settings, envelope, recipients, begun)
        try:
            return self._run(transaction)
        except TemporaryError as error:
            if transaction.has_begun or (transaction.is_introduced and not isinstance(error, NetworkError)):
                raise
        # So many emails and no more in one session, or one that ended just now: the email is not the reason.
        return self._send(log_in(self._settings), envelope, recipients, begun)

    def _send(self, session: Session, envelope: Envelope, recipients: tuple[str, ...], begun: Begun) -> Delivery:
        self._session = session
        return self._run(_Transaction(session, self._settings, envelope, recipients, begun))

    def _run(self, transaction: "_Transaction") -> Delivery:
        try:
            with self._session.translated():
                return transaction.run()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._session:
            self._session.close()
            self._session = None


def _check(address: str) -> None:
    """Nothing may end the command, or the address and begin a parameter of the command."""
    if any(ord(character) < 32 or ord(character) == 127 for character in address):
        raise InvalidInputError("control_character", address=address)
    # A quoted local part may hold them (RFC 5321, 4.1.2).
    quoted = re.match(r'"(?:[^"\\]|\\.)*"@', address)
    if any(character in '<> "' for character in address[quoted.end() if quoted else 0 :]):
        raise InvalidInputError("bad_address", address=address)


class _Transaction:
    """One email in a session.

    Attributes: `is_introduced`, the server has said what it thinks of the sender and all recipients; `has_begun`, the
    final dot was about to leave.
    """

    is_introduced = has_begun = False

    def __init__(
        self, session: Session, settings: Settings, envelope: Envelope, recipients: tuple[str, ...], begun: Begun
    ):
        self._session = session
        self._server = session.server
        self._settings = settings
        self._envelope = envelope
        self._recipients = recipients
        self._begun = begun
        self._size, self._is_ascii = measure(envelope.source)

    def run(self) -> Delivery:
        self._server.patience = self._settings.patience
        mail, addresses = self._commands()
        accepted, rejected = self._introduce(mail, addresses)
        self.is_introduced = True
        if not accepted:
            raise self._nobody(rejected)
        self._begin()
        self._write()
        return Delivery(frozenset(accepted), rejected, self._end(), self._session.size_limit)

    # -------------------------------------------------------------- envelope

    def _commands(self) -> tuple[str, list[str]]:
        """MAIL, and each recipient as the server gets it."""
        if 0 < self._session.size_limit < self._size:
            raise self._too_large()
        sender, *addresses = map(_with_ascii_domain, (self._envelope.sender, *self._recipients))
        needs_utf8 = self._envelope.needs_utf8 or not all(each.isascii() for each in (sender, *addresses))
        mail = f"MAIL FROM:<{sender}>"
        if self._server.has_extn("size"):
            mail += f" SIZE={self._size}"
        if self._server.has_extn("8bitmime") and not (self._is_ascii and not needs_utf8):
            mail += " BODY=8BITMIME"
        if needs_utf8:
            if not self._server.has_extn("smtputf8"):
                raise self._session.error(SendRefusedError, "no_utf8", None)
            mail += " SMTPUTF8"
        self._server.command_encoding = "utf-8" if needs_utf8 else "ascii"
        return mail, addresses

    def _introduce(self, mail: str, addresses: list[str]) -> tuple[list[str], dict[str, Refusal]]:
        """Tell sender and recipients; return who is accepted and who is not."""
        commands = [mail, *(f"RCPT TO:<{address}>" for address in addresses)]
        replies = self._dialogue(commands)
        code, text = next(replies)
        if not 200 <= code < 300:
            raise self._refused(code, text, "sender_refused")
        accepted, rejected = [], {}
        for recipient, (code, text) in zip(self._recipients, replies, strict=True):
            if 200 <= code < 300:
                accepted.append(recipient)
            elif code == 421 or not 400 <= code < 600:
                raise self._session.answer_error(code, text)
            else:
                words = self._session.words(text)
                permanent = answers.is_permanent(code, words)
                wait = None if permanent else answers.retry_after(words)
                rejected[recipient] = Refusal(code, words, permanent, wait)
        return accepted, rejected

    def _dialogue(self, commands: Iterable[str]) -> Iterator[tuple[int, bytes]]:
        """The reply to each command. DATA is never among those told together: a server that accepted nobody and
        takes it nevertheless would have to be given an empty email.
        """
        together = TOGETHER if self._server.has_extn("pipelining") else 1
        commands = iter(commands)
        while group := list(islice(commands, together)):
            self._server.send("".join(f"{command}\r\n" for command in group))
            for _command in group:
                yield self._server.getreply()

    def _nobody(self, rejected: dict[str, Refusal]) -> Exception:
        first = next(iter(rejected.values()))
        if all(refusal.is_permanent for refusal in rejected.values()):
            return self._session.error(SendRefusedError, "recipients_refused", None, first.text, rejected=rejected)
        # Some of them for good: the others decide whether it is tried again.
        words = next(refusal.text for refusal in rejected.values() if not refusal.is_permanent)
        waits = [refusal.retry_after for refusal in rejected.values() if refusal.retry_after]
        return self._session.busy(words, retry_after=max(waits, default=None), rejected=rejected)

    # --------------------------------------------------------------- content

    def _begin(self) -> None:
        code, text = self._server.docmd("DATA")
        if code != 354:
            raise self._refused(code, text, "content_refused")
        self._session.in_data = True

    def _write(self) -> None:
        """All of it, and the final dot. Whatever fails here, the server has no whole email, and nothing was sent."""
        try:
            for piece in self._pieces():
                if self._server.is_speaking():
                    break
                self._server.write(piece)
            else:
                return
        except smtplib.SMTPServerDisconnected:
            if not self._has_last_words():
                raise
        # Why it speaks before it has the whole; it will not get the rest.
        self._server.patience = min(LAST_WORDS, self._settings.patience)
        raise self._refused(*self._server.getreply(), "content_refused")

    def _pieces(self) -> Iterator[bytes]:
        """The text, and the final dot, without which the server must not keep any of it (RFC 5321, 4.1.1.4)."""
        yield from pieces(self._envelope.source)
        if not self._server.is_speaking():
            self.has_begun = True
            self._begun()
        yield b".\r\n"

    def _has_last_words(self) -> bool:
        try:
            return self._server.is_speaking()
        except smtplib.SMTPServerDisconnected:
            return False

    def _end(self) -> str:
        """What the server says of the whole email.

        :raises DeliveryUnknownError: nothing that could be understood.
        """
        self._server.patience = self._settings.last_patience
        try:
            code, text = self._server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise self._session.error(DeliveryUnknownError, "unknown", "host") from error
        self._session.in_data = False
        words = self._session.words(text)
        if 200 <= code < 300:
            return words
        if 400 <= code < 600:
            raise self._refused(code, text, "content_refused")
        raise self._session.error(DeliveryUnknownError, "unknown", "host", words)

    # --------------------------------------------------------------- refusals

    def _refused(self, code: int, text: bytes, reason: str) -> Exception:
        """What a refusal means of which nobody is to get the email."""
        words = self._session.words(text)
        if not 500 <= code < 600:
            return self._session.answer_error(code, text)
        if answers.is_quota(words):
            return self._session.busy(words)
        if answers.is_too_large(code, words):
            return self._too_large(words)
        if answers.is_utf8_trouble(words):
            reason = "no_utf8"
        return self._session.error(SendRefusedError, reason, None, words)

    def _too_large(self, words: str = "") -> Exception:
        limit = self._session.size_limit
        return self._session.error(SendRefusedError, "too_large", None, words, size=self._size, limit=limit)


def _with_ascii_domain(address: str) -> str:
    """The domain in letters that every server knows (RFC 5890), where the rest of the address is ASCII."""
    local, at, domain = address.rpartition("@")
    if not at or domain.isascii() or not local.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError:
        return address
