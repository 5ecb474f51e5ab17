"""The mailing lists that an email came by, and the way out of them."""

import re
from urllib.parse import unquote

from .addresses import normalize_address
from .clean import one_line
from .headers import Headers

# "NO" says that nobody may write to the list.
_MAILTO = re.compile(r"<\s*mailto:([^<>?\s]{1,500})", re.IGNORECASE)
_WAY_OUT = re.compile(r"<\s*((?:mailto:[^<>?\s]+@|https?://[^<>/?#\s]+)[^<>]*)>", re.IGNORECASE)
LONGEST_URI = 4000  # characters


def list_post(headers: Headers) -> str:
    """Where all of the list are written to (RFC 2369 section 3.4); '' where there is none, or nobody may.

    The first address of several.
    """
    found = _MAILTO.search(headers.raw("list-post"))
    return _address(found[1]) if found else ""


def list_addresses(headers: Headers) -> frozenset[str]:
    """Where one writes to all of the lists that the email came through, normalised."""
    found = [_address(match) for value in headers.raw_all("list-post") for match in _MAILTO.findall(value)]
    found += headers.raw_all("x-beenthere")
    return frozenset(map(normalize_address, found)) - {""}


def unsubscribe(headers: Headers) -> tuple[str, ...]:
    """The addresses by which one leaves the list (RFC 2369 section 3.2): one of the web, one of mail, or none."""
    found: dict[bool, str] = {}
    for value in headers.raw_all("list-unsubscribe"):
        for written in _WAY_OUT.findall(value):
            uri = "".join(written.split())
            if len(uri) <= LONGEST_URI and uri.isprintable():
                found.setdefault(uri[:7].lower() == "mailto:", uri)
    return tuple(found[is_mail] for is_mail in sorted(found))


def is_one_click(headers: Headers) -> bool:
    """Whether the sender says that one request to that address of the web is enough (RFC 8058)."""
    return headers.raw("list-unsubscribe-post").replace(" ", "").lower() == "list-unsubscribe=one-click"


def _address(quoted: str) -> str:
    """What a mailto: address stands for; '' where that is no single address."""
    address = one_line(unquote(quoted))
    return address if normalize_address(address) == address.lower() else ""
