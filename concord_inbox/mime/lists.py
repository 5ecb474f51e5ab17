"""The mailing list that an email came by."""

import re
from urllib.parse import unquote

from .addresses import normalize_address
from .clean import one_line
from .headers import Headers

# The first address of several; "NO" says that nobody may write to the list.
_MAILTO = re.compile(r"<\s*mailto:([^<>?\s]{1,500})", re.IGNORECASE)


def list_post(headers: Headers) -> str:
    """Where all of the list are written to (RFC 2369 section 3.4); '' where there is none, or nobody may."""
    if not (found := _MAILTO.search(headers.raw("list-post"))):
        return ""
    address = one_line(unquote(found[1]))
    return address if normalize_address(address) == address.lower() else ""
