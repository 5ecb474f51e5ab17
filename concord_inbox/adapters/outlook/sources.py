"""The sources of messages (MIME, `$value`): small ones many in one request, large ones each by itself into a file.

Header blocks are the beginnings of sources, and no more of these is read than is needed: what Graph tells as
``internetMessageHeaders`` is not the block byte for byte, and nothing at all of drafts and of what was sent.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from ..base import RawMessage, RemoteCopy, RemoteFolder, RemoteId
from ..errors import MessageUnavailableError
from ..spool import Spool
from . import batch
from .client import Client, quoted
from .faults import GraphError
from .records import SIZE_UNIT

#: Sources in one request, none of which is larger than half a `SIZE_UNIT`, as far as Graph knows.
TOGETHER = 20
#: What is larger comes as a file.
IN_MEMORY = 2 * 1024 * 1024
#: A header block is no longer than this.
LONGEST_HEADER = 1024 * 1024
_HEADER_END = re.compile(rb"\r?\n\r?\n")
#: Header blocks handed out together.
HEADERS = 50


def fetch(client: Client, copies: Iterable[RemoteCopy]) -> Iterator[list[RawMessage]]:
    """See `base.Adapter.fetch`."""
    refused: dict[RemoteId, str] = {}
    small: list[RemoteId] = []
    for copy in copies:
        if copy.size >= SIZE_UNIT:
            if source := _single(client, copy.remote_id, refused):
                yield [RawMessage(copy.remote_id, source)]
            continue
        small.append(copy.remote_id)
        if len(small) == TOGETHER:
            yield from _group(client, small, refused)
            small = []
    yield from _group(client, small, refused)
    if refused:
        first, text = next(iter(refused.items()))
        raise MessageUnavailableError("refused", remote_id=first, remote_ids=tuple(refused), server_text=text)


def header_blocks(client: Client, folder: RemoteFolder, copies: Iterable[RemoteCopy]) -> Iterator[list[RawMessage]]:
    """See `base.Adapter.header_blocks`."""
    found: list[RawMessage] = []
    for copy in copies:
        try:
            with client.open("GET", _path(client, copy.remote_id)) as response:
                found.append(RawMessage(copy.remote_id, _head(client.connection.chunks(response))))
        except GraphError as error:
            if error.is_busy or error.status in (401, 500, 502, 503, 504):
                raise
        if len(found) == HEADERS:
            yield found
            found = []
    if found:
        yield found


def _path(client: Client, remote_id: RemoteId) -> str:
    return f"{client.user}/messages/{quoted(remote_id)}/$value"


def _group(client: Client, ids: list[RemoteId], refused: dict[RemoteId, str]) -> Iterator[list[RawMessage]]:
    if len(ids) < 2:
        found = [RawMessage(one, source) for one in ids if (source := _single(client, one, refused))]
    else:
        found = []
        for answer in batch.run(client, [batch.Part(one, "GET", _path(client, one)) for one in ids]):
            if answer.error:
                _note(answer.key, answer.error, refused)
            elif source := _decoded(answer.body):
                found.append(RawMessage(answer.key, source))
            else:
                refused[answer.key] = "nothing is in it"
    if found:
        yield found


def _single(client: Client, remote_id: RemoteId, refused: dict[RemoteId, str]) -> bytes | BinaryIO | None:
    try:
        with client.open("GET", _path(client, remote_id)) as response:
            source = _spooled(client.connection.chunks(response))
    except GraphError as error:
        _note(remote_id, error, refused)
        return None
    if not source:
        refused[remote_id] = "nothing is in it"
    return source


def _note(remote_id: RemoteId, error: GraphError, refused: dict[RemoteId, str]) -> None:
    """One that is gone is left out; one that is refused is told in the end; all else is nobody's fault."""
    if error.is_missing:
        return
    if error.is_busy or error.status in (401, 403, 500, 502, 503, 504):
        raise error
    refused[remote_id] = error.server_text


def _spooled(chunks: Iterator[bytes]) -> bytes | BinaryIO:
    """The bytes, or a file of them that is gone when it is closed or forgotten."""
    head = bytearray()
    for chunk in chunks:
        head += chunk
        if len(head) > IN_MEMORY:
            break
    else:
        return bytes(head)
    file = Spool.of(bytes(head))
    for chunk in chunks:
        file.write(chunk)
    file.seek(0)
    return file


def _head(chunks: Iterator[bytes]) -> bytes:
    block = bytearray()
    for chunk in chunks:
        block += chunk
        if end := _HEADER_END.search(block):
            return bytes(block[: end.end()])
        if len(block) > LONGEST_HEADER:
            break
    return bytes(block)


def _decoded(body: object) -> bytes:
    """A source as a batch has it: in base64. A colon is in every header and in no base64."""
    if not isinstance(body, str):
        return b""
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return body.encode()
