"""The tree of a message's parts (RFC 2045, RFC 2046).

The standard library's parser finds the parts, for no other one was as faithful on real email (docs/mime.md). It is
used through its public hook, the class of the nodes, which bounds the depth and the number of parts and keeps embedded
messages as they are: they become files, and their bytes must not change.
"""

import email.parser
import email.policy
import re
from dataclasses import dataclass, field, replace
from email.message import Message

from . import cms, params, transfer
from . import headers as header_block
from .bounds import Budget, Cut
from .content import Content, size
from .headers import Headers
from .skeleton import Skeleton

MAX_DEPTH = 12
MAX_PARTS = 1000
_MOST_ENDS = 20  # of one multipart

_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_LATE_FIELDS = re.compile(
    rb"(?:\s{0,10}\n)?content-type:[^\n]{3,500}\n(?:[!-9;-~]{1,60}:[^\n]{0,500}\n|[ \t][^\n]{0,500}\n){0,20}\r?\n", re.I
)
# A line that separates parts, told by the field that follows it at once.
_SEPARATOR = re.compile(rb"^--([^\r\n]{1,200}?)[ \t]*\r?\n(?:[!-9;-~]+:[^\n]*\n){0,5}?content-[a-z-]+:", re.I | re.M)


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


def build(headers: Headers, body: bytes, defects: list[str], budget: Budget, skeleton: Skeleton | None = None) -> Part:
    """Make the tree of a message; what is odd is appended to `defects`. Never fails.

    :param skeleton: what `body` belongs to when the message is a large one.
    """
    part = _part(headers, "text/plain")
    builder = _Builder(defects, budget, skeleton)
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
                part.mimetype, part.content = "text/plain", self.content(body)
                part.params = {key: value for key, value in part.params.items() if key == "charset"}
                return
        self.defects.extend(sorted(tree.defects()))
        self.convert(part, root)
        self.go_on(part, tree, root)
        if level == 0 and self.dropped:
            self.defects.append(Cut(f"more than {MAX_PARTS} parts: {self.dropped} left out"))

    def go_on(self, part: Part, tree: "_Tree", root: "_Node") -> None:
        """Have the parts that follow the end: multiparts in each other of one boundary end too early."""
        for _end in range(_MOST_ENDS):
            rest = _bytes(root.epilogue or "")
            found = _SEPARATOR.search(rest)
            if not found or found[1].decode("ascii", "surrogateescape") != tree.boundary or self.budget.is_spent:
                return
            self.defects.append("parts after the end of a multipart")
            tree = _Tree(self, part, tree.boundary, tree.level)
            root = tree.read(rest[found.start() :])
            before = part.children or []
            self.convert(part, root)
            part.children = before + part.children

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
            if not converted.headers and converted.mimetype == "text/plain" and _LATE_FIELDS.match(content):
                # An empty line too many between the boundary and the header.
                split = header_block.split(content)
                converted, content = _part(Headers(split.fields, part.headers.charset), "text/plain"), split.body
                part.children[-1] = converted
            if not converted.mimetype.startswith("multipart/"):
                converted.content = self.content(content, transfer.encoding_of(converted.headers))
                self.open(converted, child.level)
            elif child.level < MAX_DEPTH and not self.budget.is_spent:
                self.fill(converted, content, child.level)
            else:
                deep = child.level >= MAX_DEPTH
                self.defects.append(Cut(f"parts nested deeper than {MAX_DEPTH}" if deep else "no time left for parts"))
                converted.mimetype, converted.content = "application/octet-stream", self.content(content)

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
