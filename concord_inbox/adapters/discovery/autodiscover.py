"""Settings that a domain publishes in the format of Exchange and those that speak like it ([MS-OXDSCLI], POX).

Only what is told without a login: the password is not sent to find out where it may be sent.
"""

from xml.sax.saxutils import escape

from lxml import etree

from ..base import Endpoint, Settings
from . import documents
from .address import Mailbox, ascii_host
from .proposal import Proposal

_REQUEST = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>'
    "<EMailAddress>{address}</EMailAddress><AcceptableResponseSchema>"
    "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
    "</AcceptableResponseSchema></Request></Autodiscover>"
)

#: What the usual ports speak, whatever the document calls it.
_BY_PORT = {993: "ssl", 465: "ssl", 143: "starttls", 587: "starttls", 25: "starttls"}
_DEFAULT_PORTS = {"imap": 993, "smtp": 465}


def find(settings: Settings, mailbox: Mailbox) -> Proposal | None:
    """What the domain's autodiscover service says to somebody without a password, None if nothing."""
    host = f"autodiscover.{mailbox.ascii_domain}"
    request = _REQUEST.format(address=escape(mailbox.address)).encode()
    try:
        root = documents.fetch(settings, f"https://{host}/autodiscover/autodiscover.xml", request)
    except documents.NoDocumentError:
        return None
    return read(root, mailbox, host)


def read(root: etree._Element, mailbox: Mailbox, why: str) -> Proposal | None:
    """The servers in a document, None where it has no IMAP."""
    found: dict[str, tuple[Endpoint, str]] = {}
    for response in documents.children(root, "Response"):
        for account in documents.children(response, "Account"):
            for protocol in documents.children(account, "Protocol"):
                kind = (documents.text(protocol, "Type") or protocol.get("Type") or "").lower()
                if kind in _DEFAULT_PORTS and kind not in found and (endpoint := _endpoint(protocol, kind)):
                    found[kind] = endpoint, _username(protocol, mailbox)
    if "imap" not in found:
        return None
    endpoint, username = found["imap"]
    outgoing = found["smtp"][0] if "smtp" in found else None
    return Proposal("imap", endpoint, outgoing, username, source="autodiscover", why=why)


def _endpoint(protocol: etree._Element, kind: str) -> Endpoint | None:
    host = ascii_host(documents.text(protocol, "Server"))
    port = documents.text(protocol, "Port") or str(_DEFAULT_PORTS[kind])
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        return None
    return Endpoint(host, int(port), _encryption(protocol, int(port)))


def _encryption(protocol: etree._Element, port: int) -> str:
    # Encryption, where it is told, overrules SSL, which is on unless told otherwise.
    word = documents.text(protocol, "Encryption").lower()
    if word == "none" or (not word and documents.text(protocol, "SSL").lower() == "off"):
        return "none"
    return _BY_PORT.get(port, "starttls" if word == "tls" else "ssl")


def _username(protocol: etree._Element, mailbox: Mailbox) -> str:
    name = documents.text(protocol, "LoginName")
    return "" if name.lower() == mailbox.address.lower() or not name.isprintable() or len(name) > 320 else name
