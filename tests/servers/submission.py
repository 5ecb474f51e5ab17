"""A submission server (aiosmtpd) that keeps what it gets, refuses what it is told to, and has accidents."""

import asyncio
import contextlib
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from dev.ports import free_port

GREYLISTED = "450 4.2.0 <{}>: Greylisted, try again in 300 seconds"


@dataclass
class Incident:
    """One thing that goes wrong once.

    :param at: where: ``EHLO``, ``AUTH``, ``MAIL``, ``RCPT``, ``DATA`` (before each is carried out), ``TEXT`` (while the
        email comes in), ``END`` (the final dot has come, and nothing is stored) or ``STORED`` (and the email is kept).
    :param does: ``cut`` ends the connection, ``hang`` says nothing any more, until the client leaves; anything else is
        what the server answers instead. After a 421 it ends the connection.
    :param after: for ``TEXT``: the bytes of the email that come in first; for the others: how often it goes well first.
    """

    at: str
    does: str
    after: int = 0
    #: Whether it happened.
    done: bool = False


class Submission:
    """Runs from `__enter__` to `__exit__` on a free port of 127.0.0.1.

    :param users: user -> password.
    :param context: TLS from the start; `starttls`: TLS on demand.
    :param mechanisms: of AUTH that are offered; none: no AUTH at all.
    :param size_limit: the largest email in bytes; 0: none is told.
    :param utf8, eight_bit, pipelining: whether these extensions are offered.
    :param keep: called with each email and the user who is logged in, in a thread, before it is acknowledged: delivers
        it. When it raises an OSError or ValueError, the email is refused for now.

    Attributes: `port`; `envelopes` (aiosmtpd's) that were taken, in their order; `logins` (users that tried);
    `connections` (how many there were). May be changed while it runs: `incidents` to come; `refused_senders` and
    `refused_recipients` (address -> answer); `refused_text` (the answer to any email); `greylist` (how often each
    recipient is told to come later) and `drip` (seconds between the bytes of each answer).
    """

    host = "127.0.0.1"

    def __init__(
        self,
        users: dict[str, str],
        *,
        context: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
        mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN"),
        size_limit: int = 32 * 1024 * 1024,
        utf8: bool = True,
        eight_bit: bool = True,
        pipelining: bool = True,
        keep: Callable[[Envelope, str], None] | None = None,
    ):
        self.port = free_port()
        self.envelopes: list[Envelope] = []
        self.logins: list[str] = []
        self.connections = 0
        self.incidents: list[Incident] = []
        self.refused_senders: dict[str, str] = {}
        self.refused_recipients: dict[str, str] = {}
        self.refused_text = ""
        self.greylist = 0
        self.drip = 0.0
        self._users = users
        self._keep = keep
        self._met: Counter[str] = Counter()
        self._changed = threading.Condition()
        self._hidden = {name for name, offered in (("8BITMIME", eight_bit), ("AUTH", mechanisms)) if not offered}
        self._pipelining = pipelining
        options = {
            "authenticator": self._authenticate if mechanisms else None,
            "auth_require_tls": bool(starttls),
            "auth_exclude_mechanism": [name for name in ("PLAIN", "LOGIN") if name not in mechanisms],
            "tls_context": starttls,
            "require_starttls": False,
            "decode_data": False,
            "enable_SMTPUTF8": utf8,
            "data_size_limit": size_limit or None,
        }
        self._controller = _Controller(self, hostname=self.host, port=self.port, ssl_context=context)
        self._controller.options = options

    def __enter__(self) -> "Submission":
        self._controller.start()
        # aiosmtpd tries whether it answers.
        self.connections = 0
        return self

    def __exit__(self, *exc_info) -> None:
        self._controller.stop()

    def sources(self) -> list[bytes]:
        """The emails that were taken."""
        return [envelope.original_content for envelope in self.envelopes]

    def wait_for(self, count: int, timeout: float = 60.0) -> None:
        """Wait until so many emails were taken."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.envelopes) >= count, timeout), "no email came"

    # -------------------------------------------------------- aiosmtpd's hooks

    async def handle_EHLO(self, _server, session: Session, _envelope, hostname: str, responses: list[str]) -> list[str]:
        session.host_name = hostname
        lines = [line for line in responses if line[4:].split(" ")[0] not in self._hidden]
        return [*lines[:-1], "250-PIPELINING", lines[-1]] if self._pipelining else lines

    async def handle_MAIL(self, _server, _session, envelope: Envelope, address: str, options: list[str]) -> str:
        if address in self.refused_senders:
            return self.refused_senders[address]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(self, _server, _session, envelope: Envelope, address: str, options: list[str]) -> str:
        if address in self.refused_recipients:
            return self.refused_recipients[address]
        self._met[address] += 1
        if self._met[address] <= self.greylist:
            return GREYLISTED.format(address)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: "_Smtp", session: Session, envelope: Envelope) -> str:
        if answer := await server.happens("END"):
            return answer
        if self.refused_text:
            return self.refused_text
        try:
            # In a thread, which does it to the end although the client leaves.
            await asyncio.to_thread(self._store, envelope, session.auth_data)
        except (OSError, ValueError) as error:
            return f"451 4.3.0 not now: {error}".splitlines()[0]
        return await server.happens("STORED") or f"250 2.0.0 kept as {len(self.envelopes)}"

    def _store(self, envelope: Envelope, user: str) -> None:
        if self._keep:
            self._keep(envelope, user)
        with self._changed:
            self.envelopes.append(envelope)
            self._changed.notify_all()

    def _authenticate(self, _server, _session, _envelope, _mechanism: str, data) -> AuthResult:
        user = data.login.decode()
        self.logins.append(user)
        good = self._users.get(user) == data.password.decode()
        return AuthResult(success=good, handled=False, auth_data=user)


class _Controller(Controller):
    options: dict

    def factory(self) -> SMTP:
        return _Smtp(self.handler, **self.options)


class _Smtp(SMTP):
    """One connection, with its accidents."""

    event_handler: Submission
    #: Bytes of an email that came in so far; None: none is coming.
    _text: int | None = None

    def connection_made(self, transport) -> None:
        self.event_handler.connections += self.transport is None
        super().connection_made(transport)

    def _next(self, at: str) -> Incident | None:
        return next((each for each in self.event_handler.incidents if each.at == at and not each.done), None)

    async def happens(self, at: str) -> str:
        """The answer that an incident here gives, if any; does not return from the others."""
        incident = self._next(at)
        if not incident:
            return ""
        if at != "TEXT" and incident.after:
            incident.after -= 1
            return ""
        incident.done = True
        if incident.does == "cut":
            self.transport.abort()
        if incident.does in ("cut", "hang"):
            # Until the client has left.
            await asyncio.Event().wait()
        return incident.does

    async def push(self, status) -> None:
        if not status:
            await asyncio.Event().wait()
        status = status.encode() if isinstance(status, str) else status
        if status.startswith(b"354"):
            self._text = 0
        if self.event_handler.drip:
            for byte in status:
                self._writer.write(bytes((byte,)))
                await self._writer.drain()
                await asyncio.sleep(self.event_handler.drip)
            status = b""
        await super().push(status)

    async def _carry_out(self, name: str, command: Callable, arg) -> None:
        answer = await self.happens(name)
        if not answer:
            await command(arg)
            return
        await self.push(answer)
        if answer.startswith("421"):
            self.transport.close()

    async def smtp_EHLO(self, hostname: str) -> None:
        await self._carry_out("EHLO", super().smtp_EHLO, hostname)

    async def smtp_AUTH(self, arg: str) -> None:
        await self._carry_out("AUTH", super().smtp_AUTH, arg)

    async def smtp_MAIL(self, arg: str | None) -> None:
        await self._carry_out("MAIL", super().smtp_MAIL, arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        await self._carry_out("RCPT", super().smtp_RCPT, arg)

    async def smtp_DATA(self, arg: str) -> None:
        try:
            await self._carry_out("DATA", super().smtp_DATA, arg)
        finally:
            self._text = None

    def data_received(self, data: bytes) -> None:
        if self._text is not None and (incident := self._next("TEXT")):
            self._text += len(data)
            if self._text > incident.after:
                incident.done = True
                self._break_off(incident.does)
                return
        super().data_received(data)

    def _break_off(self, does: str) -> None:
        if does == "cut":
            self.transport.abort()
        elif does == "hang":
            self.transport.pause_reading()
        else:
            self.transport.write(does.encode() + b"\r\n")
            self.transport.close()

    def eof_received(self) -> bool:
        # What a client said before it left is done, as good servers do.
        asyncio.StreamReaderProtocol.eof_received(self)
        return self.session.ssl is None and self.transport.get_extra_info("sslcontext") is None

    async def handle_exception(self, error: Exception) -> str:
        if not isinstance(error, asyncio.IncompleteReadError):
            return await super().handle_exception(error)
        # The client has left, and nothing it said is left to be done.
        with contextlib.suppress(AttributeError):
            self.transport.abort()
        return ""
