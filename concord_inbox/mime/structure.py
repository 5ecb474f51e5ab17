"""The tree of a message's parts (RFC 2045, RFC 2046).

A multipart is cut at its boundary before anybody looks at what lies within: so the outer of two equal boundaries wins,
and an inner multipart that was never closed ends with the part it is in. Depth and number of parts are bounded.
Embedded messages stay as they are: they become files, and their bytes must not change.

The standard library's parser finds the same parts (tests/mime/test_structure.py holds them side by side), in several
times as long: it looks at every line, and makes a regular expression of every boundary (docs/mime.md).
"""

import re
from dataclasses import dataclass, field, replace

from . import cms, params, transfer
from . import headers as header_block
from .bounds import Budget, Cut
from .content import Content, size
from .headers import Headers
from .skeleton import Skeleton

MAX_DEPTH = 12
MAX_PARTS = 1000

_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_LATE_FIELDS = re.compile(
    rb"(?:\s{0,10}\n)?content-type:[^\n]{3,500}\n(?:[!-9;-~]{1,60}:[^\n]{0,500}\n|[ \t][^\n]{0,500}\n){0,20}\r?\n", re.I
)
# A line that separates parts, told by the field that follows it at once.
_OTHER_SEPARATOR = re.compile(
    rb"^--([^\r\n]{1,200}?)[ \t]*\r?\n(?:[!-9;-~]+:[^\n]*\n){0,5}?content-[a-z-]+:", re.I | re.M
)
# What may follow a boundary on its line (RFC 2046 section 5.1.1).
_END_OF_SEPARATOR = re.compile(rb"(--)?[ \t]*(?:\r\n|\r|\n|\Z)")
_LINE_BREAKS = (b"\r\n", b"\n", b"\r")


@dataclass(slots=True)
class Part:
    """A node of the tree: a leaf with its content, or a multipart with `children`.

    :param content: the leaf's bytes, its transfer encoding undone; of a large message, what finds them in its file.
    :param given_id: a Content-ID for what has none of its own and is shown within the text nevertheless.
    """

    mimetype: str
    params: dict[str, str]
    headers: Headers
    disposition: str = ""
    disposition_params: dict[str, str] = field(default_factory=dict)
    content: bytes | Content = b""
    children: list["Part"] | None = None
    given_id: str = ""

    @property
    def content_id(self) -> str:
        """The Content-ID without its angle brackets, as ``cid:`` URLs name it (RFC 2392)."""
        return "".join(self.headers.get("content-id").strip("<> ").split())[:500] or self.given_id


def build(
    headers: Headers,
    body: bytes,
    defects: list[str],
    skeleton: Skeleton | None = None,
    budget: Budget | None = None,
) -> Part:
    """Make the tree of a message; what is odd is appended to `defects`. Never fails.

    :param skeleton: what `body` belongs to when the message is a large one.
    :param budget: the time for what signatures wrap; to divide the rest takes next to none.
    """
    part = _part(headers, "text/plain")
    builder = _Builder(defects, budget or Budget(), skeleton)
    if part.mimetype.startswith("multipart/"):
        builder.fill(part, body, 0)
    else:
        part.content = builder.content(body, transfer.encoding_of(headers))
        builder.open(part, 0)
    return part


def _part(headers: Headers, default: str) -> Part:
    mimetype, parameters = params.parse(headers.raw("content-type"))
    if not _TYPE.fullmatch(mimetype):
        # RFC 2045 5.2 takes what is missing or broken for plain text; a broken name of a file is no text, though.
        mimetype = "text/html" if mimetype in ("html", "text/htm") else default
        if mimetype == default and default == "text/plain" and parameters.get("name"):
            mimetype = "application/octet-stream"
    # An email whose headers are in UTF-8 (RFC 6532), or that was an article of Usenet, is an email.
    mimetype = "message/rfc822" if mimetype in ("message/global", "message/news") else mimetype
    disposition, disposition_params = params.parse(headers.raw("content-disposition"))
    return Part(mimetype, parameters, headers, disposition, disposition_params)


class _Builder:
    """Makes the parts below a multipart, and keeps count of them."""

    def __init__(self, defects: list[str], budget: Budget, skeleton: Skeleton | None):
        self.defects = defects
        self.budget = budget
        self.skeleton = skeleton
        self.count = 0
        self.dropped = 0

    def fill(self, part: Part, body: bytes, level: int) -> None:
        """Give the multipart `part` its children, or make a leaf of it when there are none to be found."""
        pieces, is_closed = cut(body, part.params.get("boundary", "").encode("utf-8", "surrogateescape"))
        # The boundary is missing or another one than declared: take the one that the text uses.
        if pieces is None and (used := _OTHER_SEPARATOR.search(body)):
            pieces, is_closed = cut(body, used[1])
            self.defects.append("multipart with another boundary than declared")
        if pieces is None:
            self.defects.append("multipart without parts")
            part.mimetype, part.content = "text/plain", self.content(body)
            part.params = {key: value for key, value in part.params.items() if key == "charset"}
            return
        if not is_closed:
            self.defects.append("multipart without its end")
        part.children = []
        for piece in pieces:
            if self.count < MAX_PARTS:
                self.count += 1
                part.children.append(self._child(part, piece, level + 1))
            else:
                self.dropped += 1
        if level == 0 and self.dropped:
            self.defects.append(Cut(f"more than {MAX_PARTS} parts: {self.dropped} left out"))

    def _child(self, parent: Part, piece: bytes, level: int) -> Part:
        split = header_block.split_part(piece)
        default = "message/rfc822" if parent.mimetype == "multipart/digest" else "text/plain"
        if not split.fields and default == "text/plain" and _LATE_FIELDS.match(split.body):
            # An empty line too many between the boundary and the header.
            split = header_block.split_part(split.body.lstrip(b"\r\n"))
        self.defects.extend(split.defects)
        part = _part(Headers(split.fields, parent.headers.charset), default)
        if not part.mimetype.startswith("multipart/"):
            part.content = self.content(split.body, transfer.encoding_of(part.headers))
            self.open(part, level)
        elif level < MAX_DEPTH:
            self.fill(part, split.body, level)
        else:
            self.defects.append(Cut(f"parts nested deeper than {MAX_DEPTH}"))
            part.mimetype, part.content = "application/octet-stream", self.content(split.body)
        return part

    def open(self, part: Part, level: int) -> None:
        """Have what an S/MIME signature wraps beside the file that wraps it, where `part` is such a file."""
        if part.mimetype not in cms.TYPES or level >= MAX_DEPTH:
            return
        if size(part.content) > cms.MAX_SIZE:
            self.defects.append(Cut(f"signed content of {size(part.content)} bytes not opened"))
            return
        if self.budget.is_spent:
            self.defects.append(Cut("no time left for signed content"))
            return
        _kind, signed = cms.read(bytes(part.content))
        if not signed.strip():
            return
        split = header_block.split(signed)
        inner = _part(Headers(split.fields, part.headers.charset), "text/plain")
        if inner.mimetype.startswith("multipart/"):
            self.fill(inner, split.body, level + 1)
        else:
            inner.content = self.content(split.body, transfer.encoding_of(inner.headers))
            self.open(inner, level + 1)
        part.children = [inner, replace(part)]
        part.mimetype, part.content = "multipart/x-opened", b""

    def content(self, data: bytes, encoding: str = "") -> bytes | Content:
        """What a leaf holds, its transfer encoding undone."""
        if self.skeleton and (segments := self.skeleton.segments(data)):
            return Content(self.skeleton.file, segments, encoding, self.defects)
        return transfer.decode(data, encoding, self.defects)


def cut(body: bytes, boundary: bytes) -> tuple[list[bytes] | None, bool]:
    """Cut the body of a multipart at its boundary (RFC 2046 section 5.1.1).

    The line break before a boundary belongs to the boundary. What lies before the first and behind the last is left
    out. An end that parts follow is none: it is that of a multipart within, which has the same boundary.

    :return: the pieces, headers and all, or None when there is no such boundary; and whether the last one closes it.
    """
    boundary = boundary.rstrip()
    separator = b"--" + boundary
    pieces: list[bytes] = []
    start = None
    ended = False
    place = body.find(separator) if boundary else -1
    while place >= 0:
        following = place + len(separator)
        # Within a line it is text.
        if (place == 0 or body[place - 1] in b"\r\n") and (end := _END_OF_SEPARATOR.match(body, following)):
            if start is not None and start < place:
                pieces.append(_without_break(body[start:place]))
            following = end.end()
            if end[1]:
                if start is None and not ended:
                    return None, False
                start, ended = None, True
            elif not ended or _OTHER_SEPARATOR.match(body, place):
                start, ended = following, False
        place = body.find(separator, following)
    if start is None:
        return (pieces, True) if ended else (None, False)
    if start < len(body):
        pieces.append(_without_break(body[start:]))
    return pieces, False


def _without_break(piece: bytes) -> bytes:
    for line_break in _LINE_BREAKS:
        if piece.endswith(line_break):
            return piece[: -len(line_break)]
    return piece
