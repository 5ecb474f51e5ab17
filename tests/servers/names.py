"""A name server, over UDP as real ones, and the names of its zone for this process."""

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Iterator
from unittest import mock

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset


class NameServer:
    """Answers from `records` on a free port of 127.0.0.1, from `__enter__` to `__exit__`.

    :param records: name -> type -> data as a zone file has it: ``{"a.example": {"A": ["127.0.0.1"]}}``. A list within
        the list are answers to be given one after the other, the last for ever.

    Attributes: `questions`, each as ``(name, type)``; `mute`: names that get no answer.
    """

    def __init__(self, records: dict[str, dict[str, list]] | None = None):
        self.records = records or {}
        self.questions: list[tuple[str, str]] = []
        self.mute: set[str] = set()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "NameServer":
        self._thread.start()
        return self

    def __exit__(self, *exc_info) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"end", ("127.0.0.1", self.port))
        self._thread.join(5)
        assert not self._thread.is_alive()
        self._socket.close()

    def resolver(self) -> dns.resolver.Resolver:
        """A resolver that asks this server and no other."""
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = self.port
        return resolver

    @contextlib.contextmanager
    def installed(self) -> Iterator["NameServer"]:
        """Have this process find what lies in ``example`` here, and only here."""
        from odoo.addons.concord_inbox.adapters.discovery import names

        system = socket.getaddrinfo

        def getaddrinfo(host, port, *arguments, **named):
            if not isinstance(host, str) or not host.endswith(".example"):
                return system(host, port, *arguments, **named)
            return [
                (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)
                for family, kind, rest in ((socket.AF_INET, "A", ()), (socket.AF_INET6, "AAAA", (0, 0)))
                for found in self._addresses(host, kind)
                for address in [(found, port, *rest)]
            ] or self._not_found()

        with mock.patch.object(socket, "getaddrinfo", getaddrinfo), mock.patch.object(names, "resolver", self.resolver):
            yield self

    @staticmethod
    def _not_found():
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    def _addresses(self, host: str, kind: str) -> list[str]:
        try:
            return [record.to_text() for record in self.resolver().resolve(f"{host}.", kind, lifetime=10)]
        except dns.exception.DNSException:
            return []

    def _serve(self) -> None:
        while True:
            data, client = self._socket.recvfrom(4096)
            if data == b"end":
                return
            query = dns.message.from_wire(data)
            question = query.question[0]
            name = question.name.to_text(omit_final_dot=True).lower()
            kind = dns.rdatatype.to_text(question.rdtype)
            self.questions.append((name, kind))
            if name in self.mute:
                continue
            answer = dns.message.make_response(query)
            answer.flags |= dns.flags.RA
            if name not in self.records:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            elif found := self._next(name, kind):
                answer.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, found))
            self._socket.sendto(answer.to_wire(), client)

    def _next(self, name: str, kind: str) -> list[str]:
        found = self.records[name].get(kind, [])
        if found and isinstance(found[0], list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found


def zone(domain: str, *hosts: str, address: str = "127.0.0.1", **records) -> dict[str, dict[str, list]]:
    """Records of a domain whose `hosts` (without the domain; '' for itself) are at `address`.

    :param records: of other types at the domain itself (``MX=[...]``).
    """
    kind = "AAAA" if ipaddress.ip_address(address).version == 6 else "A"
    found = {f"{host}.{domain}".lstrip("."): {kind: [address]} for host in hosts}
    found[domain] = found.get(domain, {}) | records
    return found
