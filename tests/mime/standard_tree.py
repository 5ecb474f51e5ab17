"""The parts that the standard library's parser finds, in the words of `mime.structure`, to be held against it.

It is given its public hook, the class of the nodes: nodes are multiparts within the bounds, and leaves otherwise, as
embedded messages are.
"""

import email.parser
import email.policy
from email.message import Message

from odoo.addons.concord_inbox.mime import headers, params, structure


def read(source: bytes) -> tuple:
    """Return (type, raw content or list of children)."""
    split = headers.split(source)
    own = headers.Headers(split.fields)
    mimetype, parameters = params.parse(own.raw("content-type"))

    def make(policy=email.policy.compat32):
        return _Node(policy, mimetype, parameters.get("boundary"))

    parser = email.parser.BytesFeedParser(make)
    parser.feed(b"\n")  # an empty header: the message's own has been read
    parser.feed(split.body)
    return _tree(parser.close())


def _tree(node: "_Node") -> tuple:
    payload = node.get_payload()
    if isinstance(payload, list):
        return node.kind(), [_tree(child) for child in payload]
    return node.kind(), (payload or "").encode("ascii", "surrogateescape")


class _Node(Message):
    def __init__(self, policy, mimetype: str, boundary: str | None):
        super().__init__(policy=policy)
        self.level = 0
        self._mimetype, self._boundary = mimetype, boundary

    def _part(self) -> structure.Part:
        fields = [(name.encode(), value.encode("ascii", "surrogateescape")) for name, value in self.raw_items()]
        return structure._part(headers.Headers(fields), self.get_default_type())

    def kind(self) -> str:
        return self._part().mimetype if self.level else self._mimetype

    def get_content_type(self) -> str:
        kind = self.kind()
        return kind if kind.startswith("multipart/") and self.level < structure.MAX_DEPTH else "application/x"

    def get_content_maintype(self) -> str:
        return self.get_content_type().partition("/")[0]

    def get_boundary(self, failobj=None):
        return (self._part().params.get("boundary") if self.level else self._boundary) or failobj

    def get_payload(self, i=None, decode=False):
        return self._payload

    def attach(self, payload: "_Node") -> None:
        payload.level = self.level + 1
        if self.get_content_type() == "multipart/digest":
            payload.set_default_type("message/rfc822")
        self._payload = [*(self._payload or []), payload]
