"""What the name service says of a domain's mail: SRV records (RFC 6186, RFC 8314) and MX."""

from dataclasses import dataclass

import dns.exception
import dns.name
import dns.resolver

#: Seconds for one question, all name servers and tries of them included.
LIFETIME = 3.0


@dataclass(frozen=True, slots=True)
class Service:
    """The target of an SRV record."""

    host: str
    port: int


def services(name: str, domain: str) -> list[Service]:
    """The targets of ``_name._tcp.domain``, the preferred first; [] where there is none or nobody answers.

    :param name: ``imaps``, for one.
    :param domain: ASCII.
    """
    records = _ask(f"_{name}._tcp.{domain}", "SRV")
    records.sort(key=lambda record: (record.priority, -record.weight))
    # RFC 2782: the root as target says that the domain decidedly has no such service.
    return [Service(_text(record.target), record.port) for record in records if record.target != dns.name.root]


def mail_exchangers(domain: str) -> list[str]:
    """The hosts that take the domain's mail, the preferred first, ASCII and in lower case; [] where nobody answers."""
    records = _ask(domain, "MX")
    records.sort(key=lambda record: record.preference)
    return [_text(record.exchange) for record in records if record.exchange != dns.name.root]


def resolver() -> dns.resolver.Resolver:
    """The machine's name servers, as its configuration names them now."""
    return dns.resolver.Resolver()


def _ask(name: str, kind: str) -> list:
    try:
        # Absolute: a search list of the machine would otherwise make strangers of the domain's own names.
        return list(resolver().resolve(dns.name.from_text(f"{name}."), kind, lifetime=LIFETIME, search=False))
    except (dns.exception.DNSException, OSError, UnicodeError, ValueError):
        return []


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
