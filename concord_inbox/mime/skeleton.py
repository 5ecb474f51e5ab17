"""A large message without the inner part of its leaves, small enough for the parser.

The parser looks for two things in a body: lines that begin with ``--``, and the empty line after the header that
follows one. So whatever lies between is taken out in one pass through the file, and a token left in its place that
occurs nowhere else. The tree that the parser makes of the rest is the one that it would make of the whole, and leaves
with tokens are read from the file.
"""

import io
import re
import secrets
import tempfile
from typing import BinaryIO

from . import headers, params
from .bounds import Cut
from .content import Segment

STEP = 1024 * 1024  # bytes read at once
LONGEST_LINE = 300  # bytes of a boundary with its dashes
KEPT = 1024  # bytes of a body that stay before what is taken out
END = 32  # and behind it: each multipart that was never closed takes the line break before the end, at most two bytes
RUN = 4096  # bytes that are worth taking out
LINE = 1000  # bytes that a line which begins with "--" weighs beside its own: the parser may make a part of it
#: Once so many bytes have stayed, only lines that begin with a boundary count, and not any that begins with "--"; and
#: once so many, none does: the rest of the file is in the last leaf.
ANY_LINE, MOST = 3 * 1024 * 1024, 8 * 1024 * 1024
MAX_BOUNDARIES = 200  # that are looked for then

_LINE = re.compile(rb"(?<=[\r\n])--")
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_BLANK = b"\r\n \t\0"
_BOM = b"\xef\xbb\xbf"


class Skeleton:
    """The skeleton of the message in `file`.

    Attributes: `text`, what the parser shall read; `file`, to be kept open; `defects`, what was odd.
    """

    def __init__(self, file: BinaryIO):
        self.defects: list[str] = []
        self.file = self._with_line_feeds(file)
        self._size = self.file.seek(0, io.SEEK_END)
        self._reader = _Reader(self.file, self._size)
        self._token = secrets.token_hex(16).encode()
        self._spans: list[tuple[int, int]] = []
        self._kept: list[bytes] = []
        self._weight = 0
        self._build()
        self.text = b"".join(self._kept)
        del self._reader, self._kept

    def segments(self, data: bytes) -> list[Segment]:
        """What a piece of the skeleton consists of; empty when nothing was taken out of it."""
        if self._token not in data:
            return []
        pieces = re.split(rb"%s:(\d+);" % self._token, data)
        return [self._spans[int(piece)] if number % 2 else piece for number, piece in enumerate(pieces)]

    def _with_line_feeds(self, file: BinaryIO) -> BinaryIO:
        """The file, or a copy with other line breaks when it has odd ones, as `headers.split` sees to in memory."""
        file.seek(0)
        beginning = file.read(headers.MAX_BLOCK)
        twice = headers.ends_twice(beginning)
        if b"\n" in beginning and not twice:
            return file
        # Closed when it is forgotten.
        copy = tempfile.TemporaryFile()  # noqa: SIM115
        file.seek(0)
        if twice:
            self.defects.append(headers.CR_TWICE)
        rest = b""
        for piece in iter(lambda: file.read(STEP), b""):
            if twice:
                # What follows a CR decides on it.
                whole = (rest + piece).rstrip(b"\r")
                rest = (rest + piece)[len(whole) :]
                copy.write(headers.MANY_CR.sub(b"\r\n", whole))
                continue
            if b"\r" in piece and not self.defects:
                self.defects.append(headers.CR_ONLY)
            copy.write(piece.replace(b"\r", b"\n"))
        copy.write(rest)
        return copy

    def _build(self) -> None:
        position = self._skip_blank()
        pattern = _LINE
        boundaries: set[str] = set()
        while position < self._size:
            following = self._reader.find(pattern, position + 2, self._size)
            end = self._size if following is None else following
            declared = _boundary(self._keep(position, end))
            position = end
            if self._weight > MOST:
                self.defects.append(Cut(f"structure of more than {MOST} bytes: the rest is not divided"))
                self._take_out(position, self._size)
                return
            is_new = declared and declared not in boundaries and len(boundaries) < MAX_BOUNDARIES
            if is_new:
                boundaries.add(declared)
            if self._weight > ANY_LINE and (is_new or pattern is _LINE):
                pattern = _beginning(boundaries)

    def _skip_blank(self) -> int:
        """Keep a little of the blanks at the start, which mean nothing; return where they end."""
        position = len(_BOM) if self._reader.read(0, len(_BOM)) == _BOM else 0
        while piece := self._reader.read(position, position + STEP):
            stripped = len(piece) - len(piece.lstrip(_BLANK))
            position += stripped
            if stripped < len(piece):
                break
        if position:
            self._add(self._reader.read(0, min(position, KEPT)))
        return position

    def _keep(self, start: int, end: int) -> bytes:
        """Keep what lies between two lines that count but for the inner part of the body; return its beginning."""
        self._weight += LINE
        if end - start > KEPT + END + RUN:
            limit = min(end, start + headers.MAX_BLOCK * 4)
            empty = self._reader.find(_EMPTY_LINE, start, limit)
            inner = (limit if empty is None else empty) + KEPT
            if end - END - inner >= RUN:
                head = self._add(self._reader.read(start, inner))
                self._take_out(inner, end - END)
                self._add(self._reader.read(end - END, end))
                return head
        return self._add(self._reader.read(start, end))

    def _add(self, data: bytes) -> bytes:
        self._kept.append(data)
        self._weight += len(data)
        return data

    def _take_out(self, start: int, end: int) -> None:
        if end > start:
            self._add(b"%s:%d;" % (self._token, len(self._spans)))
            self._spans.append((start, end - start))


def _boundary(head: bytes) -> str:
    """The boundary that the header block at the beginning of `head` declares, '' if none; its first line may be one."""
    if b"oundary" not in head and b"OUNDARY" not in head:
        return ""
    fields, _junk = headers.parse_block(headers.header_of(head))
    return params.parse(headers.Headers(fields).raw("content-type"))[1].get("boundary", "")


def _beginning(boundaries: set[str]) -> re.Pattern[bytes]:
    """Finds the lines that begin with one of these boundaries."""
    if not boundaries:
        return re.compile(rb"(?!)")
    return re.compile(rb"(?<=[\r\n])--(?:%s)" % b"|".join(re.escape(item.encode()) for item in sorted(boundaries)))


class _Reader:
    """Reads here and there in a file, with what was read last at hand."""

    def __init__(self, file: BinaryIO, size: int):
        self._file = file
        self._size = size
        self._base = 0
        self._data = b""

    def read(self, start: int, end: int) -> bytes:
        if self._base <= start and end <= self._base + len(self._data):
            return self._data[start - self._base : end - self._base]
        self._file.seek(start)
        return self._file.read(end - start)

    def find(self, pattern: re.Pattern[bytes], start: int, end: int) -> int | None:
        """Where the first match at `start` or later begins; None: there is none before `end`."""
        while start < end:
            if not self._base < start < self._base + len(self._data) - LONGEST_LINE:
                # With the byte before, as patterns look at it.
                self._base = max(0, start - 1)
                self._file.seek(self._base)
                self._data = self._file.read(STEP)
            reached = self._base + len(self._data)
            match = pattern.search(self._data, start - self._base)
            if match:
                place = self._base + match.start()
                return place if place < end else None
            if reached >= self._size:
                return None
            # What matches may begin here and end in what was not read yet.
            start = max(start + 1, reached - LONGEST_LINE)
        return None
