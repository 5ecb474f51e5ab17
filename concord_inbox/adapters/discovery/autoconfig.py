"""Settings that a domain publishes in Mozilla's format.

https://www.ietf.org/archive/id/draft-bucksch-autoconfig-02.html
"""

from urllib.parse import quote

from lxml import etree

from ..base import Endpoint, Settings
from . import documents
from .address import Mailbox, ascii_host, is_below
from .proposal import Proposal

_ENCRYPTIONS = {"ssl": "ssl", "tls": "ssl", "starttls": "starttls", "plain": "none"}
_PREFERRED = ("ssl", "starttls", "none")


def urls(mailbox: Mailbox) -> list[str]:
    """Where the document may be, the better place first."""
    return [
        f"https://autoconfig.{mailbox.ascii_domain}/mail/config-v1.1.xml?emailaddress={quote(mailbox.address)}",
        f"https://{mailbox.ascii_domain}/.well-known/autoconfig/mail/config-v1.1.xml",
    ]


def find(settings: Settings, mailbox: Mailbox, url: str) -> Proposal | None:
    """What the document at `url` says, None if there is none that says anything."""
    try:
        root = documents.fetch(settings, url)
    except documents.NoDocumentError:
        return None
    return read(root, mailbox, url.split("/")[2])


def read(root: etree._Element, mailbox: Mailbox, why: str) -> Proposal | None:
    """The best of the servers in a document: encrypted from the start, else by STARTTLS, else not at all."""
    for provider in documents.children(root, "emailProvider"):
        incoming = _best(documents.children(provider, "incomingServer"), "imap", mailbox)
        if not incoming:
            continue
        outgoing = _best(documents.children(provider, "outgoingServer"), "smtp", mailbox)
        return Proposal(
            connection_type=_connection_type(incoming[0].host),
            incoming=incoming[0],
            outgoing=outgoing and outgoing[0],
            username=incoming[1],
            source="autoconfig",
            why=why,
        )
    return None


def _connection_type(host: str) -> str:
    if host in ("imap.gmail.com", "imap.googlemail.com"):
        return "gmail"
    return "outlook" if is_below(host, "office365.com") or host == "imap-mail.outlook.com" else "imap"


def _best(servers: list[etree._Element], kind: str, mailbox: Mailbox) -> tuple[Endpoint, str] | None:
    found = [
        (endpoint, _username(server, mailbox))
        for server in servers
        if (server.get("type") or "").lower() == kind and (endpoint := _endpoint(server, mailbox))
    ]
    # The order of the document decides among equals.
    return min(found, key=lambda each: _PREFERRED.index(each[0].encryption), default=None)


def _endpoint(server: etree._Element, mailbox: Mailbox) -> Endpoint | None:
    host = ascii_host(_filled(documents.text(server, "hostname"), mailbox))
    port = documents.text(server, "port")
    encryption = _ENCRYPTIONS.get(documents.text(server, "socketType").lower())
    if not host or not encryption or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        return None
    return Endpoint(host, int(port), encryption)


def _username(server: etree._Element, mailbox: Mailbox) -> str:
    name = _filled(documents.text(server, "username"), mailbox)
    return "" if name.lower() == mailbox.address.lower() or not name.isprintable() or len(name) > 320 else name


def _filled(text: str, mailbox: Mailbox) -> str:
    for placeholder, value in (
        ("%EMAILADDRESS%", mailbox.address),
        ("%EMAILLOCALPART%", mailbox.local),
        ("%EMAILDOMAIN%", mailbox.domain),
    ):
        text = text.replace(placeholder, value)
    return text
