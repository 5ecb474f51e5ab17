"""All the ways to find a domain's mail servers, asked side by side."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from ..base import Endpoint, Settings
from . import autoconfig, autodiscover, names, providers, usual_names
from .address import Mailbox
from .proposal import Proposal

#: Seconds for everything. What has not answered by then is not waited for.
LIFETIME = 6.0

# Who holds the mail of these decides the connection type, whatever else the domain publishes.
_OWN_TYPES = ("gmail", "outlook")


def search(mailbox: Mailbox, allow_any_address: bool = False, allowed_hosts: tuple[str, ...] = ()) -> Proposal:
    """The best settings that can be found within `LIFETIME`; in the end the usual names. Raises nothing.

    :param allow_any_address: an administrator asks: the domain's own names may lead into the own network.
    :param allowed_hosts: as in `Settings`.
    """
    if proposal := providers.known(mailbox):
        return proposal
    settings = Settings(
        email=mailbox.address,
        username="",
        password="",
        incoming=Endpoint("", 0, "none"),
        allow_any_address=allow_any_address,
        allowed_hosts=allowed_hosts,
    )
    return _Search(settings, mailbox).result()


class _Search:
    def __init__(self, settings: Settings, mailbox: Mailbox):
        self._mailbox = mailbox
        self._answers: dict[object, object] = {}
        self._changed = threading.Condition()
        domain = mailbox.ascii_domain
        self._ask("mx", lambda: providers.by_exchangers(mailbox, names.mail_exchangers(domain)))
        self._documents = autoconfig.urls(mailbox)
        for url in self._documents:
            self._ask(url, lambda url=url: autoconfig.find(settings, mailbox, url))
        self._ask("autodiscover", lambda: autodiscover.find(settings, mailbox))
        for name in ("imaps", "imap", "submissions", "submission"):
            self._ask(name, lambda name=name: names.services(name, domain))
        self._probes: dict[str, list[object]] = {"imap": [], "smtp": []}
        for service, position, question in usual_names.probes(settings, mailbox):
            self._probes[service].append((service, position))
            self._ask((service, position), question)
        self._deadline = time.monotonic() + LIFETIME

    def result(self) -> Proposal:
        proposal = self._first() or usual_names.guess(self._mailbox)
        if not proposal.outgoing and proposal.incoming:
            outgoing = self._probed("smtp") or usual_names.guess(self._mailbox).outgoing
            proposal = replace(proposal, outgoing=outgoing)
        return providers.with_hint(proposal)

    def _ask(self, key: object, question: Callable) -> None:
        def work():
            answer = None
            try:
                answer = question()
            finally:
                with self._changed:
                    self._answers[key] = answer
                    self._changed.notify_all()

        # Daemons: whoever does not answer in time must not keep the process from ending either.
        threading.Thread(target=work, name="mail-settings", daemon=True).start()

    def _answer(self, key: object):
        """What was answered, waiting for it; None when nothing was in time."""
        with self._changed:
            self._changed.wait_for(lambda: key in self._answers, timeout=max(self._deadline - time.monotonic(), 0))
            return self._answers.get(key)

    def _first(self) -> Proposal | None:
        """The answer of the most trustworthy of those that have one."""
        provider = self._answer("mx")
        if provider and provider.connection_type in _OWN_TYPES:
            return provider
        for key in (*self._documents, "autodiscover"):
            if proposal := self._answer(key):
                return proposal
        return self._from_records() or provider or self._from_probes()

    def _from_records(self) -> Proposal | None:
        """By SRV records (RFC 6186): TLS from the start is preferred (RFC 8314)."""
        incoming = self._service(("imaps", "ssl"), ("imap", "starttls"))
        if not incoming:
            return None
        outgoing = self._service(("submissions", "ssl"), ("submission", "starttls"))
        return Proposal("imap", incoming, outgoing, source="srv", why=self._mailbox.domain)

    def _service(self, *kinds: tuple[str, str]) -> Endpoint | None:
        for name, encryption in kinds:
            if found := self._answer(name):
                return Endpoint(found[0].host, found[0].port, encryption)
        return None

    def _from_probes(self) -> Proposal | None:
        incoming, outgoing = self._probed("imap"), self._probed("smtp")
        return Proposal("imap", incoming, outgoing, source="probe", why=incoming.host) if incoming else None

    def _probed(self, service: str) -> Endpoint | None:
        """The first candidate that answers; one whose certificate is not to be trusted only if there is no other."""
        found = []
        for key in self._probes[service]:
            if answer := self._answer(key):
                if answer[0] == 0:
                    return answer[1]
                found.append(answer[1])
        return found[0] if found else None
