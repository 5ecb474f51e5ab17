"""Pictures that the HTML names by their Content-Location (RFC 2557) instead of by their Content-ID."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urldefrag, urljoin

from .clean import one_line
from .structure import Part

# What addresses are relative to where nothing gives a base: RFC 2557 says "thismessage:/", which urljoin does not know.
_BASE = "http://thismessage/"
_LONGEST = 2000  # characters of an address
_MOST = 20_000  # addresses of one HTML that are compared
_BASE_TAG = re.compile(r"<base\b[^<>]{0,500}?\bhref\s*=\s*[\"']?([^\"'<>\s]{1,2000})", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?P<start>\b(?:src|background)\s*=\s*)(?:\"(?P<double>[^\"<>]{1,2000})\"|'(?P<single>[^'<>]{1,2000})'"
    r"|(?P<bare>[^\s\"'<>]{1,2000}))|(?P<url>\burl\(\s*[\"']?)(?P<target>[^\"'()<>\s]{1,2000})",
    re.IGNORECASE,
)


class Pictures:
    """The pictures of a message that have a Content-Location.

    :param root: the message, whose parts get a Content-ID where they have none.
    """

    def __init__(self, root: Part):
        self._ids: dict[str, str] = {}
        self._bases: dict[int, str] = {}
        for number, (part, base) in enumerate(_leaves(root, _BASE)):
            own = _location(part)
            if own and part.mimetype.startswith("image/"):
                if not part.content_id:
                    part.given_id = f"location-{number}"
                self._ids.setdefault(_resolved(base, own), part.content_id)
            self._bases[id(part)] = _resolved(base, own) if own else base

    def __bool__(self) -> bool:
        return bool(self._ids)

    def named(self, html: str, part: Part) -> str:
        """Return the HTML of `part` with the Content-IDs of these pictures in place of their addresses."""
        tag = _BASE_TAG.search(html)
        base = (
            _resolved(self._bases.get(id(part), _BASE), unescape(tag[1])) if tag else self._bases.get(id(part), _BASE)
        )

        def renamed(match: re.Match) -> str:
            address = match["double"] or match["single"] or match["bare"] or match["target"]
            found = self._ids.get(_resolved(base, unescape(address).strip()))
            if not found:
                return match[0]
            return f"{match['url']}cid:{found}" if match["url"] else f'{match["start"]}"cid:{found}"'

        return _ADDRESS.sub(renamed, html, count=_MOST)


def of(root: Part) -> Pictures | None:
    """The pictures by location of a message; None where there are none, as in nearly all."""
    if root.children is None or not any(
        "content-location" in part.headers and part.mimetype.startswith("image/") for part, _base in _leaves(root, "")
    ):
        return None
    return Pictures(root)


def _leaves(part: Part, base: str) -> Iterator[tuple[Part, str]]:
    """The leaves below `part`, each with the address that its own is relative to."""
    if part.children is None:
        yield part, base
        return
    if base and (own := _location(part)):
        base = _resolved(base, own)
    for child in part.children:
        yield from _leaves(child, base)


def _location(part: Part) -> str:
    # Long ones are folded, at places where no blank was (RFC 2557 section 4.4).
    value = part.headers.get("content-location") or part.headers.get("content-base")
    return "".join(one_line(value).split())[:_LONGEST]


def _resolved(base: str, address: str) -> str:
    try:
        return urldefrag(urljoin(base, address))[0] if base else address
    except ValueError:
        return address
