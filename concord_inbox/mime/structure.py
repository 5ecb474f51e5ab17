"""The tree of a message's parts (RFC 2045, RFC 2046).

The standard library's parser finds the parts, for no other one was as faithful on real email (docs/mime.md). It is
used through its public hook, the class of the nodes, which bounds the depth and the number of parts and keeps embedded
messages as they are: they become files, and their bytes must not change.
"""

import binascii
import email.parser
import email.policy
import re
from dataclasses import dataclass, field
from email.message import Message

from . import params
from .headers import Headers

MAX_DEPTH = 12
MAX_PARTS = 1000
MAX_DAMAGED = 1000  # lines of uuencode

_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
# A line that separates parts, told by the field that follows it at once.
_SEPARATOR = re.compile(rb"^--([^\r\n]{1,200}?)[ \t]*\r?\n(?:[!-9;-~]+:[^\n]*\n){0,5}?content-[a-z-]+:", re.I | re.M)
_QP_LONE = re.compile(rb"=(?![0-9A-Fa-f]{2}|\r?\n|\Z)")
_QP_BLANKS = re.compile(rb"=[ \t]{1,76}(?=\r?\n)")
_BASE64_JUNK = re.compile(rb"[^A-Za-z0-9+/=]+")
_UU_BEGIN = re.compile(rb"^begin[ \t]+[0-7]{3,4}[ \t]+[^\r\n]+\r?\n", re.M)


@dataclass(slots=True)
class Part:
    """A node of the tree: a leaf with its content, or a multipart with `children`.

    :param content: the leaf's bytes, its transfer encoding undone.
    """

    mimetype: str
    params: dict[str, str]
    headers: Headers
    disposition: str = ""
    disposition_params: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    children: list["Part"] | None = None

    @property
    def content_id(self) -> str:
        """The Content-ID without its angle brackets, as ``cid:`` URLs name it (RFC 2392)."""
        return "".join(self.headers.get("content-id").strip("<> ").split())[:500]


def build(headers: Headers, body: bytes, defects: list[str]) -> Part:
    """Make the tree of a message; what is odd is appended to `defects`. Never fails."""
    part = _part(headers, "text/plain")
    if part.mimetype.startswith("multipart/"):
        _Builder(defects).fill(part, body, 0)
    else:
        part.content = decode_transfer(body, headers, defects)
    return part


def _part(headers: Headers, default: str) -> Part:
    mimetype, parameters = params.parse(headers.raw("content-type"))
    if not _TYPE.fullmatch(mimetype):
        # RFC 2045 5.2 takes what is missing or broken for plain text; a broken name of a file is no text, though.
        mimetype = "text/html" if mimetype in ("html", "text/htm") else default
        if mimetype == default and default == "text/plain" and parameters.get("name"):
            mimetype = "application/octet-stream"
    disposition, disposition_params = params.parse(headers.raw("content-disposition"))
    return Part(mimetype, parameters, headers, disposition, disposition_params)


class _Builder:
    """Makes the parts below a multipart, and keeps count of them."""

    def __init__(self, defects: list[str]):
        self.defects = defects
        self.count = 0
        self.dropped = 0

    def fill(self, part: Part, body: bytes, level: int) -> None:
        """Give the multipart `part` its children, or make a leaf of it when there are none to be found."""
        tree = _Tree(self, part, part.params.get("boundary"), level)
        root = tree.read(body)
        if not root.is_multipart():
            # The boundary is missing or another one than declared, so take the one that the text uses.
            if found := _SEPARATOR.search(body):
                tree = _Tree(self, part, found[1].decode("ascii", "surrogateescape"), level)
                root = tree.read(body)
                self.defects.append("multipart with another boundary than declared")
            if not root.is_multipart():
                self.defects.append("multipart without parts")
                part.mimetype, part.content = "text/plain", body
                part.params = {key: value for key, value in part.params.items() if key == "charset"}
                return
        self.defects.extend(sorted(tree.defects()))
        self.convert(part, root)
        if level == 0 and self.dropped:
            self.defects.append(f"more than {MAX_PARTS} parts: {self.dropped} left out")

    def convert(self, part: Part, node: "_Node") -> None:
        """Turn what the standard parser found below `part` into parts."""
        part.children = []
        for child in node.get_payload():
            converted = child.part()
            part.children.append(converted)
            if child.is_multipart():
                self.convert(converted, child)
                continue
            content = _bytes(child.get_payload() or "")
            if not converted.mimetype.startswith("multipart/"):
                converted.content = decode_transfer(content, converted.headers, self.defects)
            elif child.level < MAX_DEPTH:
                self.fill(converted, content, child.level)
            else:
                self.defects.append(f"parts nested deeper than {MAX_DEPTH}")
                converted.mimetype, converted.content = "application/octet-stream", content


def _bytes(text: str) -> bytes:
    return text.encode("ascii", "surrogateescape")


class _Tree:
    """One run of the standard parser over the body of a multipart."""

    def __init__(self, builder: _Builder, part: Part, boundary: str | None, level: int):
        self.builder = builder
        self.top = part
        self.boundary = boundary or None
        self.level = level
        self.nodes: list[_Node] = []

    def read(self, body: bytes) -> "_Node":
        parser = email.parser.BytesFeedParser(self._node)
        parser.feed(b"\n")  # an empty header: it has been read already, and better
        parser.feed(body)
        return parser.close()

    def defects(self) -> set[str]:
        """Name what the parser found odd."""
        return {type(defect).__name__.removesuffix("Defect") for node in self.nodes for defect in node.defects}

    def _node(self, policy: email.policy.Policy = email.policy.compat32) -> "_Node":
        return _Node(self, policy)


class _Node(Message):
    """A node as the standard parser builds it, which sees multiparts within the bounds and leaves otherwise."""

    def __init__(self, tree: _Tree, policy: email.policy.Policy):
        super().__init__(policy=policy)
        self.tree = tree
        self.level = tree.level
        self._part: Part | None = None

    def part(self) -> Part:
        """Read the headers; not to be called before they are complete."""
        if self._part is None:
            fields = ((_bytes(name), _bytes(value)) for name, value in self.raw_items())
            self._part = _part(Headers(fields, self.tree.top.headers.charset), self.get_default_type())
        return self._part

    def get_content_type(self) -> str:
        mimetype = self.tree.top.mimetype if self.level == self.tree.level else self.part().mimetype
        # Embedded messages too are leaves: they become files, whose bytes must not change.
        return mimetype if mimetype.startswith("multipart/") and self.level < MAX_DEPTH else "application/octet-stream"

    def get_content_maintype(self) -> str:
        return self.get_content_type().partition("/")[0]

    def get_boundary(self, failobj: str | None = None) -> str | None:
        return (self.tree.boundary if self.level == self.tree.level else self.part().params.get("boundary")) or failobj

    def get_payload(self, i: int | None = None, decode: bool = False) -> "str | list[_Node]":
        # As it stands: the inherited method would decode 8-bit text, by a charset that is only claimed.
        return self._payload

    def attach(self, payload: "_Node") -> None:
        payload.level = self.level + 1
        if self.get_content_type() == "multipart/digest":
            payload.set_default_type("message/rfc822")  # the parser forgets it where the digest has no fields
        if self._payload is None:
            self._payload = []
        if self.tree.builder.count < MAX_PARTS:
            self.tree.builder.count += 1
            self.tree.nodes.append(payload)
            self._payload.append(payload)
        else:
            self.tree.builder.dropped += 1


def decode_transfer(data: bytes, headers: Headers, defects: list[str]) -> bytes:
    """Undo the Content-Transfer-Encoding (RFC 2045 section 6) as far as it goes; an unknown one means none."""
    encoding = headers.raw("content-transfer-encoding").split(";")[0].strip().strip("\"'").lower()
    if encoding == "quoted-printable":
        # An "=" that encodes nothing stands for itself; blanks that end a line were added on the way (RFC 2045 6.7).
        return binascii.a2b_qp(_QP_LONE.sub(b"=3D", _QP_BLANKS.sub(b"=", data) if b"= " in data else data))
    if encoding == "base64":
        return _decode_base64(data, defects)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _decode_uu(data, defects)
    if encoding not in ("", "7bit", "8bit", "binary"):
        defects.append(f"unknown transfer encoding {encoding[:40]!r}")
    return data


def _decode_base64(data: bytes, defects: list[str]) -> bytes:
    data = _BASE64_JUNK.sub(b"", data)
    # What follows the padding was added on the way (the footer of a mailing list) and is no base64.
    end = data.find(b"=")
    if end >= 0:
        if data[end:].strip(b"="):
            defects.append("text after the end of base64")
        data = data[:end]
    if len(data) % 4 == 1:
        defects.append("base64 cut off")
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def _decode_uu(data: bytes, defects: list[str]) -> bytes:
    begin = _UU_BEGIN.search(data)
    if not begin:
        defects.append("uuencode without its first line")
        return data
    return decode_uu_lines(data[begin.end() :].splitlines())


def decode_uu_lines(lines: list[bytes]) -> bytes:
    """Decode the lines between ``begin`` and ``end``, passing over those that are damaged."""
    out = []
    damaged = 0
    for line in lines:
        if damaged > MAX_DAMAGED:
            break
        if line.strip() in (b"end", b"`", b""):
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Encoders disagree on the padding of the last line: take what its first character announces.
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                damaged += 1
    return b"".join(out)
