"""Strings that every consumer downstream can take: PostgreSQL, XML, JSON, a line of a list."""

import re

# NUL and lone surrogates are refused by PostgreSQL, the other control characters by XML. Nobody can see them anyway.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
_BREAKS = re.compile("\r\n?|\u2028|\u2029|\x85")
_SPACES = re.compile(r"\s+")


def storable(text: str) -> str:
    """Return `text` with line breaks as ``\\n`` and without what cannot be stored (surrogates become U+FFFD)."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text  # most texts, and this is the cheapest way to know
    if "\r" in text or not text.isascii():
        text = _BREAKS.sub("\n", text)
    text = _CONTROLS.sub("", text)
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def one_line(text: str, limit: int = 10_000) -> str:
    """Return `text` on a single line without space around it, cut to `limit` characters."""
    if not (text.isascii() and text.isprintable()):
        text = _SPACES.sub(" ", storable(text))
    elif "  " in text:
        text = " ".join(text.split())
    return text.strip()[:limit].rstrip()
