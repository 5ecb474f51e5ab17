"""The usual names of a domain's mail servers, and at which of them one answers."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

from ..base import Endpoint, Settings
from ..dial import Dialer
from ..errors import AdapterError, CertificateError
from .address import Mailbox
from .proposal import Proposal

#: Seconds for each step of a probe: to connect, for TLS, for the greeting.
PATIENCE = 2.5

_NAMES = {"imap": ("imap", "mail"), "smtp": ("smtp", "mail")}
PORTS = {"imap": ((993, "ssl"), (143, "starttls")), "smtp": ((465, "ssl"), (587, "starttls"))}


def guess(mailbox: Mailbox) -> Proposal:
    """The usual names; asks nobody."""
    incoming, outgoing = (
        # As people write it: the dialler knows how the name service does.
        Endpoint(f"{service}.{mailbox.domain}", *PORTS[service][0])
        for service in ("imap", "smtp")
    )
    return Proposal("imap", incoming, outgoing, source="guess")


def candidates(service: str, mailbox: Mailbox) -> list[Endpoint]:
    """Where a server is looked for, the better place first. `service` is ``imap`` or ``smtp``."""
    pairs = itertools.product(PORTS[service], _NAMES[service])
    return [Endpoint(f"{name}.{mailbox.domain}", port, encryption) for (port, encryption), name in pairs]


def probes(
    settings: Settings, mailbox: Mailbox
) -> Iterator[tuple[str, int, Callable[[], tuple[int, Endpoint] | None]]]:
    """A question for each candidate, as service, position and function; see `probe()` for what it returns."""
    for service in ("imap", "smtp"):
        for position, endpoint in enumerate(candidates(service, mailbox)):
            yield service, position, lambda endpoint=endpoint, service=service: probe(settings, endpoint, service)


def probe(settings: Settings, endpoint: Endpoint, service: str) -> tuple[int, Endpoint] | None:
    """Dial, and listen for the greeting; nothing is said.

    :returns: 0 and the endpoint where a server answers; 1 where its certificate is not to be trusted; else None.
    """
    settings = replace(settings, timeout=PATIENCE, allow_insecure_certificate=False)
    try:
        dialer = Dialer(settings, endpoint, service)
        with dialer.connect() as connection:
            greeting = connection.recv(100)
    except CertificateError:
        return 1, endpoint
    except (AdapterError, OSError):
        return None
    greets = greeting.startswith(b"* ") if service == "imap" else greeting.startswith(b"220")
    return (0, endpoint) if greets else None
