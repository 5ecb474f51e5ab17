"""Mailboxes to measure with: generated emails, in a Dovecot; accounts for them; a proxy that makes a server distant."""

import base64
import contextlib
import email.message
import email.utils
import heapq
import itertools
import random
import select
import socket
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from dev import corpus
from tests.servers.dovecot import Dovecot
from tests.servers.tcp import TcpServer

PASSWORD = "bench"  # noqa: S105 (a server that lives for this run, on this machine alone)
#: All of an account that goes back for six months.
PERIOD = timedelta(days=150)
#: Bytes of a generated email, and of how many one has a file.
SMALLEST, LARGEST, WITH_FILE = 2000, 20_000, 10
PEOPLE = 5000

_WORDS = ["".join(letters) for letters in itertools.product("bdfgklmnprst", "aeiou", "lmnrst", "aeiou")]


def generated(count: int, seed: int = 0) -> Iterator[tuple[bytes, tuple[str, ...], datetime]]:
    """So many emails of the last months with the time of their reception, the oldest first.

    But for the times always the same for a seed: 2 to 20 kB each, every tenth with a file, a third of them answers;
    half of them read.
    """
    chance = random.Random(seed)  # noqa: S311 (the same each time)
    newest = datetime.now(UTC).replace(microsecond=0)
    for number in range(count):
        date = newest - PERIOD * ((count - number) / count)
        yield _email(chance, number, date), ("\\Seen",) if number % 2 else (), date


def _email(chance: random.Random, number: int, date: datetime) -> bytes:
    message = email.message.EmailMessage()
    person = chance.randrange(PEOPLE)
    message["From"] = f"Person {person} <person{person}@company{person % 400}.example>"
    message["To"] = "Sales <sales@northlight.example>"
    message["Subject"] = " ".join(chance.choices(_WORDS, k=5))
    message["Date"] = email.utils.format_datetime(date)
    message["Message-ID"] = f"<{number}@bench.example>"
    if number % 3 == 2:
        message["In-Reply-To"] = message["References"] = f"<{number - 2}@bench.example>"
    size = chance.randrange(SMALLEST, LARGEST) - 500
    has_file = number % WITH_FILE == 0
    words = chance.choices(_WORDS, k=max(20, (size // 3 if has_file else size // 2) // 5))
    text = "\n".join(" ".join(words[at : at + 12]) for at in range(0, len(words), 12))
    message.set_content(text)
    html = "".join(f"<p style='color:#333'>{line}</p>" for line in text.splitlines())
    message.add_alternative(f"<html><body>{html}</body></html>", subtype="html")
    if has_file:
        data = chance.randbytes(size // 4)
        message.add_attachment(data, maintype="application", subtype="pdf", filename=f"offer-{number}.pdf")
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def large(megabytes: int) -> bytes:
    """One email with a file of so many millions of bytes."""
    data = base64.encodebytes(random.Random(megabytes).randbytes(megabytes * 1_000_000 * 3 // 4))  # noqa: S311
    head = (
        "From: Person 1 <person1@company1.example>\r\nTo: sales@northlight.example\r\nSubject: A large file\r\n"
        f"Message-ID: <large{megabytes}.{time.monotonic_ns()}@bench.example>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: application/octet-stream; name=large.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + data.replace(b"\n", b"\r\n")


def address(name: str) -> str:
    """The address, and login, of a mailbox."""
    return f"{name}@northlight.example"


def fill(server: Dovecot, user: str, emails: Iterable, folder: str = "INBOX", at_once: int = 2000) -> None:
    """Make the user if need be, and put the emails into the folder, so many at a time."""
    if not server.has_user(user):
        server.add_user(user, PASSWORD)
    emails = iter(emails)
    while some := list(itertools.islice(emails, at_once)):
        server.append(user, folder, some)


def fill_with_corpus(server: Dovecot, user: str) -> None:
    """The public corpus, each of its groups a folder."""
    for group in corpus.groups():
        fill(server, user, corpus.emails(group), group)


def settings(user: str, port: int) -> dict:
    """What an account of the user's has, all of whose history is wanted and whose folders are all followed."""
    return {
        "email": user,
        "account_type": "shared",
        "imap_host": "127.0.0.1",
        "imap_port": port,
        "imap_encryption": "none",
        "password": PASSWORD,
        "sync_from": "6_months",
    }


class DistantServer(TcpServer):
    """Passes everything on to (host, port), each byte `delay` seconds later in either direction, at any speed."""

    def __init__(self, port: int, delay: float, host: str = "127.0.0.1"):
        super().__init__()
        self._target, self._delay = (host, port), delay

    def serve(self, connection: socket.socket) -> None:
        with contextlib.closing(socket.create_connection(self._target)) as server:
            self.remember(server)
            for one in (connection, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            other = {connection: server, server: connection}
            under_way: list[tuple[float, int, socket.socket, bytes]] = []
            numbers = itertools.count()
            while True:
                wait = max(0.0, under_way[0][0] - time.monotonic()) if under_way else None
                ready, _, _ = select.select([connection, server], [], [], wait)
                for source in ready:
                    data = source.recv(262_144)
                    heapq.heappush(under_way, (time.monotonic() + self._delay, next(numbers), other[source], data))
                while under_way and under_way[0][0] <= time.monotonic():
                    _when, _number, target, data = heapq.heappop(under_way)
                    if not data:
                        return
                    target.sendall(data)
