"""An email as it goes over the wire: measured, and cut into pieces, without ever being whole in memory twice."""

import io
import re
from collections.abc import Iterator
from typing import BinaryIO

#: Bytes that are read and written together.
PIECE = 64 * 1024
_LINE_END = re.compile(rb"\r\n|\r|\n")


def measure(source: bytes | BinaryIO) -> tuple[int, bool]:
    """How many bytes it has, and whether all of them are ASCII."""
    size, is_ascii = 0, True
    for piece in _read(source):
        size += len(piece)
        is_ascii = is_ascii and piece.isascii()
    return size, is_ascii


def pieces(source: bytes | BinaryIO) -> Iterator[bytes]:
    """The email up to and without the final dot (RFC 5321, 4.5.2).

    Every line ends in CRLF, for a bare CR or LF can hide a second email from one server that the next one sees (RFC
    5321, 2.3.8); a dot that begins a line is doubled.
    """
    begins_line, held = True, b""
    for read in _read(source):
        known = held + read
        # Whether a CR ends a line by itself is known only with the next byte.
        held = b"\r" if known.endswith(b"\r") else b""
        piece = _with_line_ends(known.removesuffix(held))
        if not piece:
            continue
        stuffed = piece.replace(b"\r\n.", b"\r\n..")
        yield b"." + stuffed if begins_line and piece.startswith(b".") else stuffed
        begins_line = piece.endswith(b"\r\n")
    if held or not begins_line:
        yield b"\r\n"


def _with_line_ends(piece: bytes) -> bytes:
    if piece.count(b"\r\n") == piece.count(b"\n") == piece.count(b"\r"):
        return piece
    return _LINE_END.sub(b"\r\n", piece)


def _read(source: bytes | BinaryIO) -> Iterator[bytes]:
    # A file over bytes shares them.
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    file.seek(0)
    while piece := file.read(PIECE):
        yield piece
