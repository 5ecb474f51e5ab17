"""The shipped table of well-known providers, `providers.json`: one line each.

``domains``: of addresses; one that begins with a dot stands for all names below it. ``mx``: names at or below which the
servers are that take the mail of customers' own domains. ``imap``, ``smtp``: host, port, encryption; ``{mx}`` as host
is the first of those servers. ``username``: ``local`` where the login is what is before the ``@``. ``type``: the
connection type, if it is not imap. ``hint``, ``url``: see `Proposal`.
"""

import functools
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ..base import Endpoint
from .address import Mailbox, is_below
from .proposal import Proposal


def known(mailbox: Mailbox) -> Proposal | None:
    """The settings of the provider that the address itself names, None if the table does not know it."""
    domain = mailbox.ascii_domain
    by_domain = _table()[0]
    provider = by_domain.get(domain)
    while not provider and "." in domain:
        domain = domain.partition(".")[2]
        provider = by_domain.get(f".{domain}")
    return _proposal(provider, mailbox, "provider") if provider else None


def by_exchangers(mailbox: Mailbox, hosts: Iterable[str]) -> Proposal | None:
    """The settings of the provider that takes the domain's mail, None if the table does not know it.

    :param hosts: the domain's mail exchangers, the preferred first.
    """
    for host in hosts:
        matching = [(suffix, each) for suffix, each in _table()[1].items() if is_below(host, suffix)]
        if matching:
            _suffix, provider = max(matching, key=lambda each: len(each[0]))
            return _proposal(provider, mailbox, "mx", host)
    return None


def with_hint(proposal: Proposal) -> Proposal:
    """The proposal with what the table knows of the login at its server, however the server was found."""
    provider = proposal.incoming and _table()[2].get(proposal.incoming.host)
    if not provider or proposal.hint:
        return proposal
    return replace(proposal, hint=provider.get("hint", ""), hint_url=provider.get("url", ""))


def _proposal(provider: dict, mailbox: Mailbox, source: str, exchanger: str = "") -> Proposal:
    incoming, outgoing = (
        Endpoint(row[0].replace("{mx}", exchanger), row[1], row[2]) if row else None
        for row in (provider.get("imap"), provider.get("smtp"))
    )
    return Proposal(
        connection_type=provider.get("type", "imap"),
        incoming=incoming,
        outgoing=outgoing,
        username=mailbox.local if provider.get("username") == "local" else "",
        source=source,
        why=provider["name"],
        hint=provider.get("hint", ""),
        hint_url=provider.get("url", ""),
    )


@functools.cache
def _table() -> tuple[dict[str, dict], dict[str, dict], dict[str, dict]]:
    """The providers by domain of an address, by name of the mail exchangers, and by IMAP host."""
    providers = json.loads(Path(__file__).with_name("providers.json").read_text("utf-8"))
    by_domain = {domain: provider for provider in providers for domain in provider.get("domains", ())}
    by_mx = {suffix: provider for provider in providers for suffix in provider.get("mx", ())}
    by_host = {provider["imap"][0]: provider for provider in reversed(providers) if "imap" in provider}
    return by_domain, by_mx, by_host
