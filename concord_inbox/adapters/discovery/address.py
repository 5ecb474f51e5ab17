"""The address to find servers for."""

import ipaddress
import re
from dataclasses import dataclass

import idna

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address taken apart.

    :param address: as the user wrote it, with the domain in lower case.
    :param local: what is before the last ``@``.
    :param domain: what is behind it, in lower case, as people write it.
    :param ascii_domain: the domain as the name service knows it (IDNA).
    """

    address: str
    local: str
    domain: str
    ascii_domain: str


def parse_address(text: str) -> Mailbox | None:
    """Take an address apart; None when servers cannot be looked for: no address, or no domain behind it."""
    local, at, domain = text.strip().rpartition("@")
    domain = domain.rstrip(".").lower()
    address = f"{local}@{domain}"
    if not (local and at) or len(address) > 320 or not address.isprintable() or " " in address:
        return None
    if (ascii_domain := ascii_host(domain)) is None or is_literal(ascii_domain):
        return None
    return Mailbox(address, local, domain, ascii_domain)


def ascii_host(host: str) -> str | None:
    """A host name or IP address (brackets around IPv6 allowed) as the name service takes it; None if it is neither."""
    host = host.strip().rstrip(".").lower()
    if is_literal(host.strip("[]")):
        return host.strip("[]")
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except idna.IDNAError:
            return None
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        return None
    return host


def is_literal(host: str) -> bool:
    """Whether it is an IP address instead of a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_below(host: str, suffix: str) -> bool:
    """Whether `host` is the domain `suffix` or a name in it; both ASCII and in lower case."""
    return host == suffix or host.endswith(f".{suffix}")
