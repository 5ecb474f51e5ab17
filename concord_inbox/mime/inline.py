"""Pictures within the text: addresses for the editor on one side, ``cid:`` for the email on the other (RFC 2392)."""

import re
from collections.abc import Callable, Mapping
from html import escape, unescape
from urllib.parse import quote, unquote

_SOURCE = re.compile(r"(<img\b[^<>]*?\ssrc=)(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_CID = re.compile(r"\bcid:([^\s\"'<>()]{1,500})", re.IGNORECASE)
_ATTACHMENT = re.compile(r"^(?:https?://[^/]+)?/web/(?:image|content)/(?:ir\.attachment/)?(\d{1,12})(?=[-/?#]|$)")


def with_cids(html: str, content_ids: Mapping[str | int, str]) -> str:
    """Return `html` with the pictures it shows by address referring to parts of the email.

    :param content_ids: content ids by the pictures' addresses, or by the ids of Odoo's attachments, whose addresses
        (``/web/image/ID…``, ``/web/content/ID…``) are recognised in all their forms.
    """

    def source(address: str) -> str:
        content_id = content_ids.get(address)
        if content_id is None and (found := _ATTACHMENT.match(address)):
            content_id = content_ids.get(int(found[1])) or content_ids.get(found[1])
        return f"cid:{quote(content_id, safe='@.-_+=!$&~')}" if content_id else address

    return _rewritten(html, source)


def without_cids(html: str, addresses: Mapping[str, str]) -> str:
    """Return `html` with the pictures that are parts of the email referring to addresses the editor can show.

    :param addresses: addresses by content id, without angle brackets.
    """

    def source(address: str) -> str:
        if address[:4].lower() != "cid:":
            return address
        content_id = address[4:]
        return addresses.get(content_id) or addresses.get(unquote(content_id)) or address

    return _rewritten(html, source)


def content_ids_of(html: str) -> set[str]:
    """The content ids that `html` refers to, by pictures and by backgrounds."""
    found = map(unescape, _CID.findall(html))
    return {name for content_id in found for name in (content_id, unquote(content_id))}


def _rewritten(html: str, source: Callable[[str], str]) -> str:
    def rewrite(match: re.Match) -> str:
        address = unescape(match[2][1:-1]).strip()
        new = source(address)
        return match[0] if new == address else f'{match[1]}"{escape(new)}"'

    return _SOURCE.sub(rewrite, html)
