"""Strings that every consumer downstream can take: PostgreSQL, XML, JSON, a line of a list."""

import re

# NUL and lone surrogates are refused by PostgreSQL, the other control characters by XML. Nobody can see them anyway.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROL_BYTES = bytes((*range(9), 11, 12, *range(14, 32), 127))
_BREAKS = re.compile("\u2028|\u2029|\x85")
_SPACES = re.compile(r"\s+")


def storable(text: str) -> str:
    """Return `text` with line breaks as ``\\n`` and without what cannot be stored (surrogates become U+FFFD)."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if "\r" in text:
        text = text.replace("\r", "\n")
    if text.isascii():
        # Most texts, and long ones: bytes are looked through ten times faster than characters.
        data = text.encode("ascii")
        kept = data.translate(None, _CONTROL_BYTES)
        return text if len(kept) == len(data) else kept.decode("ascii")
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", _BREAKS.sub("\n", text)))


def one_line(text: str, limit: int = 10_000) -> str:
    """Return `text` on a single line without space around it, cut to `limit` characters."""
    if not (text.isascii() and text.isprintable()):
        text = _SPACES.sub(" ", storable(text))
    elif "  " in text:
        text = " ".join(text.split())
    return text.strip()[:limit].rstrip()
