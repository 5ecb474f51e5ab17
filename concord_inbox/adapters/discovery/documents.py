"""Documents that a domain publishes, over HTTPS: bounded in time, in size and in where they may lead.

Whoever owns the domain of an address decides what is answered here, so it is treated as a stranger's: certificates are
verified, a redirection leads to HTTPS on the usual port and nowhere else, and each hop is checked on the address that
is dialled.
"""

import http.client
import io
import socket
import time
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from lxml import etree

from ..allowed import AllowList, is_public
from ..base import Endpoint, Settings
from ..dial import Dialer
from ..errors import AdapterError, HostNotAllowedError
from .address import ascii_host

HTTPS_PORT = 443
LARGEST = 256 * 1024  # bytes
MOST_REDIRECTIONS = 3
#: Seconds for a document, all redirections included.
LIFETIME = 4.0

_HEADERS_AND_BODY = LARGEST + 64 * 1024


class NoDocumentError(Exception):
    """There is nothing to read at this address, or it must not be read."""


class HttpsDialer(Dialer):
    """Dials a web server, on the one port that it may have, by the rules for mail servers."""

    def __init__(self, settings: Settings, host: str):
        super().__init__(settings, Endpoint(host, HTTPS_PORT, "ssl"), "https")

    def _permitted(self, addresses: list[tuple]) -> list[tuple]:
        # An exception for mail servers is none for the web servers beside them: it must name this port.
        allowed = AllowList(self._settings.allowed_hosts)
        permitted = [
            row for row in addresses if is_public(row[4][0]) or allowed.has_port(self.host, row[4][0], HTTPS_PORT)
        ]
        if not permitted:
            raise HostNotAllowedError("private_address", **self.where)
        return permitted


def fetch(settings: Settings, url: str, body: bytes | None = None) -> etree._Element:
    """The XML document at `url`, by POST if there is a `body` to send, else by GET.

    :param settings: which addresses may be dialled. The freedom of whoever typed the address is not that of whoever
        answers: a redirection reaches public addresses and the administrator's exceptions only.
    :raises NoDocumentError: for every reason.
    """
    deadline = time.monotonic() + LIFETIME
    for hop in range(MOST_REDIRECTIONS + 1):
        allowed = replace(
            settings,
            allow_any_address=settings.allow_any_address and hop == 0,
            allow_insecure_certificate=False,
        )
        try:
            status, location, content = _request(allowed, url, body, deadline)
        except (AdapterError, OSError, http.client.HTTPException, ValueError) as error:
            raise NoDocumentError(url) from error
        if status == 200:
            return parse(content)
        if status not in (301, 302, 303, 307, 308) or not location:
            break
        try:
            url = urljoin(url, location)
        except ValueError:
            break
    raise NoDocumentError(url)


def parse(content: bytes) -> etree._Element:
    """XML of a stranger: no entities, no document type, nothing fetched from elsewhere.

    :raises NoDocumentError: it is not XML, or has a document type.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NoDocumentError("not XML") from error
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise NoDocumentError("a document type")
    return root


def children(element: etree._Element, name: str) -> list[etree._Element]:
    """The children of this local name, in whichever namespace and case."""
    found = [child for child in element if isinstance(child.tag, str)]
    return [child for child in found if etree.QName(child).localname.lower() == name.lower()]


def text(element: etree._Element, name: str) -> str:
    """The text of the first child of this name, '' if there is none."""
    found = children(element, name)
    return (found[0].text or "").strip() if found else ""


def _request(settings: Settings, url: str, body: bytes | None, deadline: float) -> tuple[int, str, bytes]:
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.username is not None or parts.port not in (None, 443):
        raise NoDocumentError(url)
    host = ascii_host(parts.hostname or "")
    if host is None or not url.isprintable():
        raise NoDocumentError(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii() or any(character.isspace() for character in path):
        raise NoDocumentError(url)
    remaining = max(deadline - time.monotonic(), 0.01)
    connection = HttpsDialer(replace(settings, timeout=remaining), host).connect()
    try:
        head = [
            f"{'GET' if body is None else 'POST'} {path} HTTP/1.1",
            f"Host: [{host}]" if ":" in host else f"Host: {host}",
            "Connection: close",
            "Accept: text/xml, application/xml",
            "Accept-Encoding: identity",
            *([] if body is None else ["Content-Type: text/xml; charset=utf-8", f"Content-Length: {len(body)}"]),
        ]
        connection.settimeout(max(deadline - time.monotonic(), 0.01))
        connection.sendall("\r\n".join([*head, "", ""]).encode() + (body or b""))
        response = http.client.HTTPResponse(_Readable(connection, deadline), method="GET" if body is None else "POST")
        response.begin()
        if response.status != 200:
            return response.status, response.getheader("Location") or "", b""
        content = response.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise NoDocumentError("too large")
        return 200, "", content
    finally:
        connection.close()


class _Readable:
    """What http.client takes for a socket."""

    def __init__(self, connection: socket.socket, deadline: float):
        self._reader = io.BufferedReader(_Bounded(connection, deadline))

    def makefile(self, _mode: str) -> io.BufferedReader:
        return self._reader


class _Bounded(io.RawIOBase):
    """The bytes of a socket, until there were too many of them or it took too long, however slowly they drip."""

    def __init__(self, connection: socket.socket, deadline: float):
        super().__init__()
        self._connection = connection
        self._deadline = deadline
        self._left = _HEADERS_AND_BODY

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        remaining = self._deadline - time.monotonic()
        if remaining <= 0 or self._left <= 0:
            raise TimeoutError
        self._connection.settimeout(remaining)
        count = self._connection.recv_into(buffer, min(len(buffer), self._left))
        self._left -= count
        return count
