"""Which addresses an account may dial: a host field must not open the installation's own network.

Decided on the address that is dialled and not on the name, since a name may point anywhere, and differently each time
that it is asked for.
"""

import ipaddress
import re
from collections.abc import Iterable

#: IMAP, SMTP and submission, with and without TLS from the start (RFC 8314), and the usual second submission port.
MAIL_PORTS = frozenset({25, 143, 465, 587, 993, 2525})

# RFC 6052: such an IPv6 address reaches the IPv4 address in its last 32 bits.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"  # RFC 1123, and the letters of RFC 5890
_NAME = rf"{_LABEL}(?:\.{_LABEL})*"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public Internet, counting the IPv4 address that an IPv6 one may wrap."""
    return all(part.is_global and not part.is_multicast for part in _unwrapped(_parse(address)))


def is_entry(text: str) -> bool:
    """Whether `text` is something that an `AllowList` can make sense of."""
    entry = _entry(text)
    if not entry:
        return False
    target, port = entry
    fits = not isinstance(target, str) or (
        # What looks like an address or a network and is none allows nothing; a name of digits alone is an address.
        re.fullmatch(_NAME, target) is not None and re.search(r"[^\d.]", target) is not None
    )
    return fits and (port is None or 0 < port < 65536)


class AllowList:
    """The administrator's exceptions: ``host``, ``address`` or ``network/bits``, each with ``:port`` if wished.

    A port written down is allowed for that entry besides the mail ports. Entries that make no sense allow nothing.
    """

    def __init__(self, entries: Iterable[str]):
        self._entries = [entry for text in entries if (entry := _entry(text))]

    def has_address(self, host: str, address: str) -> bool:
        """Whether `address`, which `host` (ASCII, lower case) resolved to, is excepted from `is_public()`."""
        return any(_fits(target, host, address) for target, _port in self._entries)

    def has_port(self, host: str, address: str, port: int) -> bool:
        """Whether `port` is excepted from `MAIL_PORTS` for this host or address."""
        return any(named == port and _fits(target, host, address) for target, named in self._entries)


def _parse(address: str) -> Address:
    return ipaddress.ip_address(address.partition("%")[0])


def _unwrapped(address: Address) -> list[Address]:
    found = [address]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return [address.ipv4_mapped]
        if address in _NAT64:
            found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address.sixtofour:
            found.append(address.sixtofour)
        if address.teredo:
            found.append(address.teredo[1])
    return found


def _entry(text: str) -> tuple[str | ipaddress.IPv4Network | ipaddress.IPv6Network, int | None] | None:
    text = text.strip().lower()
    port = None
    if not _network(text) and (match := re.fullmatch(r"(.+):(\d{1,5})", text)):
        text, port = match[1], int(match[2])
    text = text.strip("[]").rstrip(".")
    return (_network(text) or text, port) if text else None


def _network(text: str):
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _fits(target, host: str, address: str) -> bool:
    if isinstance(target, str):
        return target == host
    parsed = _parse(address)
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return parsed.version == target.version and parsed in target
