"""Transfer encodings undone (RFC 2045 section 6), of what is in memory and of what passes through in pieces.

Both ways give the same bytes and the same defects.
"""

import binascii
import io
import itertools
import re
from collections.abc import Callable, Iterable, Iterator

from .headers import Headers

MAX_DAMAGED = 1000  # lines of uuencode
LONGEST_LINE = 1024 * 1024  # bytes of quoted-printable or uuencode that are waited for; what exceeds them is cut

_QP_LONE = re.compile(rb"=(?![0-9A-Fa-f]{2}|\r?\n|\Z)")
_QP_BLANKS = re.compile(rb"=[ \t\r]{1,76}(?=\r?\n)")
_BASE64_JUNK = re.compile(rb"[^A-Za-z0-9+/=]+")
# A first line of words with blanks between them, which encoded text has none of.
_WORDS = re.compile(rb"\s{0,100}[^\r\n]{0,100}?[A-Za-z]{2,}[,.;:!?]? [A-Za-z]{2,}[,.;:!?]? [A-Za-z]")
# Lines before an empty one that are no base64, and above base64: the rest of a header with a broken line.
_LEFT_OVER = re.compile(
    rb"\s*(?:[A-Za-z0-9+/]*[^A-Za-z0-9+/=\r\n][^\r\n]*\r?\n)+[ \t]*\r?\n(?=[A-Za-z0-9+/]{4,}=*[ \t]*(?:[\r\n]|\Z))"
)
_UU_BEGIN = re.compile(rb"^begin[ \t]+[0-7]{3,4}[ \t]+[^\r\n]+\r?\n", re.M)

_UU = frozenset({"x-uuencode", "uuencode", "x-uue", "uue"})
_ALIASES = {
    "base-64": "base64", "base 64": "base64", "b64": "base64", "quotedprintable": "quoted-printable",
    "quoted printable": "quoted-printable", "quoted_printable": "quoted-printable", "qp": "quoted-printable",
    "8 bit": "8bit", "8-bit": "8bit", "8bits": "8bit", "7 bit": "7bit", "7-bit": "7bit", "7bits": "7bit", "none": "",
    "plain": "", "8859-1": "8bit",
}  # fmt: skip
_NONE = frozenset({"", "7bit", "8bit", "binary"})

_NO_BEGIN = "uuencode without its first line"
_CUT_OFF = "base64 cut off"
_BEFORE_START = "text before the start of base64"
_AFTER_END = "text after the end of base64"
_NO_BASE64 = "base64 that is none"
_LOOKED_AT = 512  # bytes by which base64 is told from text


def encoding_of(headers: Headers) -> str:
    """Return what Content-Transfer-Encoding says, '' when there is none."""
    encoding = headers.raw("content-transfer-encoding").split(";")[0].split("(")[0].strip().strip("\"'").lower()
    return _ALIASES.get(encoding, encoding)


def decode(data: bytes, encoding: str, defects: list[str]) -> bytes:
    """Undo `encoding` as far as it goes; an unknown one means none."""
    if encoding == "quoted-printable":
        return _decode_qp(data)
    if encoding == "base64":
        return _decode_base64(data, defects)
    if encoding in _UU:
        begin = _UU_BEGIN.search(data)
        if begin:
            return b"".join(decode_uu_lines(data[begin.end() :].splitlines()))
        defects.append(_NO_BEGIN)
        return data
    _check_known(encoding, defects)
    return data


def decode_pieces(read: Callable[[], Iterable[bytes]], encoding: str, defects: list[str]) -> Iterator[bytes]:
    """As `decode`, for what does not fit into memory.

    :param read: gives the pieces, from the start each time.
    """
    if encoding == "quoted-printable":
        yield from map(_decode_qp, _whole_lines(read()))
    elif encoding == "base64":
        yield from _base64_pieces(read(), defects)
    elif encoding in _UU:
        yield from _uu_pieces(read, defects)
    else:
        _check_known(encoding, defects)
        yield from read()


def _check_known(encoding: str, defects: list[str]) -> None:
    if encoding not in _NONE:
        defects.append(f"unknown transfer encoding {encoding[:40]!r}")


def _decode_qp(data: bytes) -> bytes:
    # An "=" that encodes nothing stands for itself; blanks that end a line were added on the way (RFC 2045 6.7),
    # and so was a CR by programs that took CR LF for LF.
    if b"= " in data or b"=\t" in data or b"=\r\r" in data:
        data = _QP_BLANKS.sub(b"=", data)
    return binascii.a2b_qp(_QP_LONE.sub(b"=3D", data))


def _whole_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces that end where a line does."""
    rest = b""
    for piece in pieces:
        rest += piece
        end = rest.rfind(b"\n") + 1
        if not end and len(rest) > LONGEST_LINE:
            # Before what may be encoded, if anything is.
            end = len(rest[: rest.rfind(b"=", 0, -100)].rstrip(b"=")) or len(rest) - 100
        if end:
            yield rest[:end]
            rest = rest[end:]
    if rest:
        yield rest


def _decode_base64(data: bytes, defects: list[str]) -> bytes:
    data = _from_start(data, defects)
    if _WORDS.match(data[:_LOOKED_AT]):
        defects.append(_NO_BASE64)
        return data
    return _decode_base64_rest(data, defects)


def _from_start(data: bytes, defects: list[str]) -> bytes:
    if found := _LEFT_OVER.match(data[:_LOOKED_AT]):
        defects.append(_BEFORE_START)
        return data[found.end() :]
    return data


def _decode_base64_rest(data: bytes, defects: list[str]) -> bytes:
    data = _BASE64_JUNK.sub(b"", data)
    # What follows the padding was added on the way (the footer of a mailing list) and is no base64.
    end = data.find(b"=")
    if end >= 0:
        if data[end:].strip(b"="):
            defects.append(_AFTER_END)
        data = data[:end]
    if len(data) % 4 == 1:
        defects.append(_CUT_OFF)
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def _base64_pieces(pieces: Iterable[bytes], defects: list[str]) -> Iterator[bytes]:
    rest, ended, more = b"", False, False
    pieces = iter(pieces)
    start = b""
    while len(start) < _LOOKED_AT and (piece := next(pieces, b"")):
        start += piece
    start = _from_start(start, defects)
    if _WORDS.match(start[:_LOOKED_AT]):
        defects.append(_NO_BASE64)
        yield start
        yield from pieces
        return
    for piece in itertools.chain([start], pieces):
        data = _BASE64_JUNK.sub(b"", piece)
        end = -1 if ended else data.find(b"=")
        if ended or end >= 0:
            more = more or bool(data[max(end, 0) :].strip(b"="))
            data = b"" if ended else data[:end]
            ended = True
        data = rest + data
        whole = len(data) - len(data) % 4
        rest = data[whole:]
        if whole:
            yield binascii.a2b_base64(data[:whole])
    if more:
        defects.append(_AFTER_END)
    if rest and (decoded := _decode_base64_rest(rest, defects)):
        yield decoded


def _uu_pieces(read: Callable[[], Iterable[bytes]], defects: list[str]) -> Iterator[bytes]:
    lines = (line for block in _whole_lines(read()) for line in io.BytesIO(block))
    if any(_UU_BEGIN.match(line) for line in lines):
        yield from decode_uu_lines(part for line in lines for part in line.splitlines())
    else:
        defects.append(_NO_BEGIN)
        yield from read()


def decode_uu_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Decode the lines between ``begin`` and ``end``, passing over those that are damaged."""
    damaged = 0
    for line in lines:
        if damaged > MAX_DAMAGED:
            break
        if line.strip() in (b"end", b"`", b""):
            break
        try:
            yield binascii.a2b_uu(line)
        except binascii.Error:
            # Encoders disagree on the padding of the last line: take what its first character announces.
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                yield binascii.a2b_uu(line[:length])
            except binascii.Error:
                damaged += 1
