"""Encoded words in headers (RFC 2047), in the forms that are really sent."""

import binascii
import re

from . import charsets

# Within a word anything may stand that does not begin another one: blanks (forbidden, common), question marks
# (likewise). The end is not an end when hex digits follow, for then the text holds an encoded "?" or "=" after a "?".
_WORD = re.compile(
    r"=\?[\"']?(?P<charset>[^?\s*\"<>;]{1,60})[\"']?(?:\*[^?\s]{0,40}|;[^?]{0,40})?\?(?P<how>[bBqQ])\?"
    r"(?:(?P<text>(?:(?!=\?[A-Za-z0-9][^?\s]{0,59}\?[bBqQ]\?|\?=(?![0-9A-F]{2})).)*)\?=(?![0-9A-F]{2})|(?P<cut>[^\s?<>]*)\??$)",
    re.DOTALL,
)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")


def decode_words(text: str) -> str:
    """Decode the encoded words in `text`; whatever is none stays as it is. Never fails.

    Neighbours in one charset are joined before they are decoded, because many senders cut within a character.
    """
    if "=?" not in text:
        return text
    out: list[str] = []
    charset, pending = "", b""
    end = 0
    for match in _WORD.finditer(text):
        between = text[end : match.start()]
        if end == 0 or between.strip():
            out.append(_decoded(pending, charset))
            out.append(between)
            pending = b""
        end = match.end()
        encoded = match["text"] if match["text"] is not None else match["cut"]
        data = _base64(encoded) if match["how"] in "bB" else _quoted(encoded)
        if pending and match["charset"].lower() != charset.lower():
            out.append(_decoded(pending, charset))
            pending = b""
        charset = match["charset"]
        pending += data
    out.append(_decoded(pending, charset))
    out.append(text[end:])
    return "".join(out)


def _decoded(data: bytes, charset: str) -> str:
    return charsets.decode(data, charset)[0] if data else ""


def _base64(text: str) -> bytes:
    data = _NOT_BASE64.sub(b"", text.encode("ascii", "ignore"))
    if len(data) % 4 == 1:  # one character too many or three too few: it holds no whole byte
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def _quoted(text: str) -> bytes:
    return binascii.a2b_qp(text.encode("utf-8", "replace"), header=True)
