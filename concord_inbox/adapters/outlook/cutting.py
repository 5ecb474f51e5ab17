"""Emails too large for one request, cut in pieces: the files taken out of the MIME source, which stays an email.

The source is read once, line by line; of a large email no more than a piece is in memory.
"""

import base64
import binascii
import email
import io
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import policy
from typing import BinaryIO

from ..spool import Spool

#: A line is not read further than this at once; no boundary is so long.
LINE = 64 * 1024
STEP = 57 * 1024


@dataclass(slots=True)
class File:
    """A file that comes with an email.

    :param start, end: where its encoded content is in the source.
    :param cut_from, cut_to: what is to be left out of the source when the file is.
    """

    name: str
    mimetype: str
    content_id: str
    is_inline: bool
    encoding: str
    start: int = 0
    end: int = 0
    cut_from: int = 0
    cut_to: int = 0


@dataclass(slots=True)
class _Scan:
    boundaries: list[bytes] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    current: File | None = None


def files_of(source: BinaryIO) -> list[File]:
    """The files in a source, in their order."""
    scan, header, part, in_header = _Scan(), bytearray(), 0, True
    source.seek(0)
    offset, previous = 0, b""
    while line := source.readline(LINE):
        whole = previous.endswith(b"\n") or not previous
        if whole and line.startswith(b"--") and (level := _level(scan.boundaries, line)) is not None:
            depth, closes = level
            _close(scan, offset, previous)
            del scan.boundaries[depth + (0 if closes else 1) :]
            header, part, in_header = bytearray(), offset, not closes
        elif in_header:
            if line in (b"\r\n", b"\n"):
                _open(scan, bytes(header), part, offset + len(line))
                in_header = False
            elif len(header) < 16 * LINE:
                header += line
        offset += len(line)
        previous = line
    _close(scan, offset, b"")
    return scan.files


def _level(boundaries: list[bytes], line: bytes) -> tuple[int, bool] | None:
    """Which boundary a line is, and whether the one that ends its part; None: it is none."""
    text = line.rstrip()
    for depth in reversed(range(len(boundaries))):
        if text == b"--" + boundaries[depth]:
            return depth, False
        if text == b"--" + boundaries[depth] + b"--":
            return depth, True
    return None


def _open(scan: _Scan, header: bytes, part: int, start: int) -> None:
    parsed = email.message_from_bytes(header, policy=policy.default)
    mimetype = parsed.get_content_type()
    boundary = parsed.get_boundary()
    if mimetype.startswith("multipart/") and boundary:
        scan.boundaries.append(boundary.encode("ascii", "replace"))
        return
    name, disposition = parsed.get_filename() or "", parsed.get_content_disposition()
    content_id = str(parsed.get("content-id") or "").strip().strip("<>")
    if not scan.boundaries or (mimetype.startswith("text/") and disposition != "attachment" and not name):
        return
    encoding = str(parsed.get("content-transfer-encoding") or "").strip().lower()
    is_inline = bool(content_id) and disposition != "attachment"
    name = name or _name(mimetype, len(scan.files) + 1)
    scan.current = File(name, mimetype, content_id, is_inline, encoding, start, start, part, start)


def _name(mimetype: str, number: int) -> str:
    subtype = re.sub(r"[^a-z0-9]", "", mimetype.partition("/")[2]) or "bin"
    return f"file-{number}.{'eml' if mimetype == 'message/rfc822' else subtype}"


def _close(scan: _Scan, offset: int, previous: bytes) -> None:
    """What was open ends before the line at `offset`, whose line break belongs to the boundary."""
    if scan.current:
        ending = 2 if previous.endswith(b"\r\n") else int(previous.endswith(b"\n"))
        scan.current.end, scan.current.cut_to = max(scan.current.start, offset - ending), offset
        scan.files.append(scan.current)
        scan.current = None


def without(source: BinaryIO, size: int, files: list[File]) -> bytes:
    """The source of `size` bytes without `files`."""
    rest, position = bytearray(), 0
    for one in sorted(files, key=lambda one: one.cut_from):
        rest += _read(source, position, one.cut_from)
        position = one.cut_to
    return bytes(rest + _read(source, position, size))


def content(source: BinaryIO, one: File) -> tuple[BinaryIO, int]:
    """The decoded content of a file, and its size in bytes."""
    target = Spool()
    for piece in _decoded(source, one):
        target.write(piece)
    size = target.tell()
    target.seek(0)
    return target, size


def _decoded(source: BinaryIO, one: File) -> Iterator[bytes]:
    if one.encoding == "quoted-printable":
        decoded = io.BytesIO()
        quopri.decode(io.BytesIO(_read(source, one.start, one.end)), decoded)
        yield decoded.getvalue()
        return
    rest, position = b"", one.start
    while position < one.end:
        source.seek(position)
        piece = source.read(min(STEP, one.end - position))
        if not piece:
            break
        position += len(piece)
        if one.encoding != "base64":
            yield piece
            continue
        rest += re.sub(rb"[^A-Za-z0-9+/=]", b"", piece)
        usable = len(rest) // 4 * 4
        yield _base64(rest[:usable])
        rest = rest[usable:]
    if rest:
        yield _base64(rest + b"=" * (-len(rest) % 4))


def _base64(text: bytes) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


def _read(source: BinaryIO, start: int, end: int) -> bytes:
    source.seek(start)
    return source.read(end - start)
