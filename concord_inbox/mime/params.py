"""Values with parameters: Content-Type and Content-Disposition (RFC 2045 5.1, RFC 2183, RFC 2231)."""

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from . import charsets
from .clean import one_line
from .encoded_words import decode_words

_LONGEST = 32_768  # characters of such a header that are looked at
_WORD = re.compile(
    r"\s*[\"']?([A-Za-z0-9][A-Za-z0-9!#$&^_.+/-]{0,200})[\"']?(?:\s*\([^()]{0,200}\)|\s*,|\s+(?=[A-Za-z*0-9]{1,100}=))"
)
_PARAMETER = re.compile(r';\s*([^\s=;"]{1,100})\s*=\s*(?:"(?:"(?=[^";]+""))?((?:[^"\\]|\\.)*)"?|([^;]*))', re.DOTALL)
_SECTION = re.compile(r"^(.+?)(?:\*(\d{1,4}))?(\*)?$")
_ESCAPED = re.compile(r'\\(["\\])')


def parse(value: str) -> tuple[str, dict[str, str]]:
    """Split `value` into its first word in lower case and its parameters, decoded, by lower-case name.

    The first of several parameters of one name wins. The dictionary is not to be changed. Never fails.
    """
    return _parse_short(value) if len(value) < 80 else _parse(value)


def _parse(value: str) -> tuple[str, dict[str, str]]:
    value = value[:_LONGEST]
    head, semicolon, rest = value.partition(";")
    word = head.strip().strip("\"'").lower()
    if found := _WORD.match(head):
        # A comment, or another sign than the semicolon or none before the parameters.
        word, rest = found[1].lower(), f"{head[found.end() :]};{rest}"
    elif not semicolon:
        return one_line(word, 200), {}
    plain: dict[str, str] = {}
    sections: dict[str, list[tuple[int, bool, str]]] = {}
    for match in _PARAMETER.finditer(";" + rest):
        name, quoted, bare = match.groups()
        text = _ESCAPED.sub(r"\1", quoted) if quoted is not None else bare.strip().strip("'\"")
        name, number, star = _SECTION.match(name.lower()).groups()
        if number is None and star is None:
            plain.setdefault(name, text)
        else:
            sections.setdefault(name, []).append((int(number or 0), bool(star), text))
    params = {name: one_line(decode_words(text)) for name, text in plain.items()}
    # RFC 2231's form carries the charset; the plain one beside it is for older readers.
    params |= {name: one_line(_join(parts)) for name, parts in sections.items()}
    return one_line(word, 200), params


# The same few values stand in most emails.
_parse_short = lru_cache(maxsize=1024)(_parse)


def _join(parts: list[tuple[int, bool, str]]) -> str:
    """Join the sections of one value (RFC 2231 3 and 4), in the order of their numbers."""
    charset = ""
    data = b""
    for position, (_number, extended, piece) in enumerate(sorted(parts, key=lambda part: part[0])):
        if extended:
            if position == 0 and piece.count("'") >= 2:
                charset = piece.partition("'")[0]
            data += unquote_to_bytes(piece.split("'", 2)[2] if position == 0 and piece.count("'") >= 2 else piece)
        else:
            data += piece.encode("utf-8", "replace")
    text = charsets.decode(data, charset or "utf-8")[0]
    # Seen in the wild: an encoded word, or plain percent escapes, cut into sections.
    return decode_words(text)
