"""Many calls in one request (https://developers.google.com/workspace/gmail/api/guides/batch).

Each counts against the quota as if it were alone. The answer may be large, so that it is kept in a file, in which the
sources of emails stay until somebody wants them.
"""

import base64
import binascii
import json
import mmap
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from .. import http
from ..errors import ProtocolError
from ..spool import Spool
from . import faults
from .client import Client, Query, target
from .pacing import UNITS

#: Calls in one request: Google takes 100 and advises against more than 50.
MOST_CALLS = 50

#: Bytes of the answer to one request.
MOST_BYTES = 512 * 1024 * 1024

#: How often calls that Google had no room for are tried again within one run, and seconds before the first time.
AGAIN, WAIT = 3, 2.0

#: Bytes of a source from which on it is handed out as a file.
LARGE = 2 * 1024 * 1024

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_NAME = re.compile(rb"^content-id:\s*<?response-([^>\s]*)", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})")
_RAW = re.compile(rb'"raw"\s*:\s*"([A-Za-z0-9_\-]*)(?:=|\\u003d)*"')
# Decoded at a time: a multiple of four, of which base64 makes three bytes.
_STEP = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Raw:
    """The source of an email as it lies in an answer (base64url), decoded when it is wanted."""

    content: mmap.mmap = field(repr=False)
    start: int
    end: int

    @property
    def size(self) -> int:
        return (self.end - self.start) * 3 // 4

    def source(self) -> bytes | BinaryIO:
        """The email; a file if it is large."""
        if self.size < LARGE:
            return self._decoded(self.start, self.end)
        spool = Spool()
        for start in range(self.start, self.end, _STEP):
            spool.write(self._decoded(start, min(start + _STEP, self.end)))
        spool.seek(0)
        return spool

    def header(self) -> bytes:
        """Its beginning, at least to the empty line that ends the header."""
        found = b""
        for start in range(self.start, self.end, _STEP):
            found += self._decoded(start, min(start + _STEP, self.end))
            for empty in (b"\r\n\r\n", b"\n\n"):
                if (position := found.find(empty)) >= 0:
                    return found[: position + len(empty)]
        return found

    def _decoded(self, start: int, end: int) -> bytes:
        text = self.content[start:end]
        try:
            return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
        except binascii.Error as error:
            raise ProtocolError("bad_response", server_text=str(error)) from error


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a batch; see `Client.call()`."""

    name: str
    verb: str
    path: str
    query: Query | None = None
    body: dict | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What one call brought: a document (without the `raw` of an email, which is apart), or an error."""

    document: dict = field(default_factory=dict)
    raw: Raw | None = None
    error: faults.ApiError | None = None


class TooLargeError(Exception):
    """The answers to these calls are more than is taken at once."""


def run(client: Client, calls: Sequence[Call]) -> list[Answer]:
    """Make all calls, in as many requests as it takes; the answers are in the order of the calls.

    Calls for which there is no room, or that fail on Google's side, are tried again a few times.

    :raises ApiError: a request as a whole was refused.
    """
    answers: list[Answer] = [Answer()] * len(calls)
    waiting, wait = list(range(len(calls))), WAIT
    for attempt in range(AGAIN + 1):
        if attempt:
            time.sleep(wait)
            wait *= 2
        for start in range(0, len(waiting), MOST_CALLS):
            part = waiting[start : start + MOST_CALLS]
            for position, answer in zip(part, _request(client, [calls[one] for one in part]), strict=True):
                answers[position] = answer
        waiting = [one for one in waiting if (error := answers[one].error) and _is_passing(error)]
        if not waiting:
            break
        if any(answers[one].error.status == 401 for one in waiting):
            # The token ended while Google was at it.
            client.connection.renew()
        if any(answers[one].error.is_throttling for one in waiting):
            client.throttled()
    return answers


def _is_passing(error: faults.ApiError) -> bool:
    return error.is_temporary or error.status == 401


def _request(client: Client, calls: list[Call]) -> list[Answer]:
    try:
        return _one_request(client, calls)
    except TooLargeError:
        if len(calls) == 1:
            return [Answer(error=faults.ApiError(413, frozenset(), "too large"))]
        middle = len(calls) // 2
        return _request(client, calls[:middle]) + _request(client, calls[middle:])


def _one_request(client: Client, calls: list[Call]) -> list[Answer]:
    boundary = f"concord-{secrets.token_hex(16)}"
    content = b"".join(_written(call, number, boundary) for number, call in enumerate(calls))
    content += f"--{boundary}--\r\n".encode()
    units = sum(UNITS[call.name] for call in calls)
    with client.post_batch(units, f"multipart/mixed; boundary={boundary}", content) as response:
        match = _BOUNDARY.search(response.headers.get("Content-Type", ""))
        if not match:
            raise ProtocolError("bad_response", server_text="no parts")
        found = dict(_read(_kept(client, response), match[1].encode()))
    # Whatever is missing was not answered, which is no reason to believe that it failed for good.
    lost = Answer(error=faults.ApiError(503, frozenset(), "no answer"))
    return [found.get(number, lost) for number in range(len(calls))]


def _written(call: Call, number: int, boundary: str) -> bytes:
    body = b"" if call.body is None else json.dumps(call.body).encode()
    head = f"--{boundary}\r\nContent-Type: application/http\r\nContent-ID: <{number}>\r\n\r\n"
    head += f"{call.verb} {target(call.path, call.query)} HTTP/1.1\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body + b"\r\n"


def _kept(client: Client, response) -> mmap.mmap:
    """The answer in a file that is gone when nobody knows it any more."""
    size = 0
    with Spool() as spool:
        for chunk in client.connection.chunks(response):
            size += len(chunk)
            if size > MOST_BYTES:
                raise TooLargeError
            spool.write(chunk)
        spool.flush()
        if not size:
            raise ProtocolError("bad_response", server_text="no parts")
        return mmap.mmap(spool.fileno(), size, access=mmap.ACCESS_READ)


def _read(content: mmap.mmap, boundary: bytes) -> Iterator[tuple[int, Answer]]:
    """Each part with the number of its call."""
    mark = b"--" + boundary
    position = content.find(mark)
    while position >= 0:
        start = position + len(mark)
        position = content.find(b"\r\n" + mark, start)
        if position < 0:
            return
        # Head of the part, head of the answer within it, and its body.
        middle = content.find(b"\r\n\r\n", start, position)
        if middle < 0:
            continue
        end = content.find(b"\r\n\r\n", middle + 4, position)
        end = position if end < 0 else end
        name = _NAME.search(content[start:middle])
        status = _STATUS.match(content[middle + 4 : end])
        if name and name[1].isdigit() and status:
            yield int(name[1]), _answer(content, content[middle + 4 : end], int(status[1]), end + 4, position)
        position += 2


def _answer(content: mmap.mmap, head: bytes, status: int, start: int, end: int) -> Answer:
    if not 200 <= status < 300:
        headers = dict(line.split(": ", 1) for line in head.decode("latin-1").splitlines()[1:] if ": " in line)
        return Answer(error=faults.read(status, content[start : min(end, start + http.MOST_OF_ERROR)], headers))
    if start >= end:
        return Answer()
    raw = _RAW.search(content, start, end)
    text = content[start : raw.start()] + b'"raw": ""' + content[raw.end() : end] if raw else content[start:end]
    try:
        document = json.loads(text) if text.strip() else {}
    except ValueError as error:
        raise ProtocolError("bad_response", server_text=str(error)) from error
    return Answer(document, Raw(content, raw.start(1), raw.end(1)) if raw else None)
