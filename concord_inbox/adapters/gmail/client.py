"""Requests to Gmail's API, one after the other on one connection, each within the quota and with a token."""

import io
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO
from urllib.parse import quote

import requests

from .. import http
from ..base import Settings
from ..spool import STEP
from . import faults
from .pacing import UNITS, pace_of

API = "https://gmail.googleapis.com"

#: A value, or several of the same name.
Query = Mapping[str, str | int | bool | Sequence[str]]


class Client:
    """Speaks for one account. One thread at a time; connects when there is something to say.

    Attribute `connection`: to read an answer bit by bit, and to tell that a token was refused.

    :param patience: seconds for each answer; None: as the settings have it.
    """

    def __init__(self, settings: Settings, patience: float | None = None):
        self._base = (settings.api or API).rstrip("/")
        timeout = (settings.timeout, settings.timeout if patience is None else patience)
        self.connection = http.Connection(self._base, settings.tokens, timeout)
        self._pace = pace_of(self._base, settings.email)

    def close(self) -> None:
        self.connection.close()

    def call(self, name: str, verb: str, path: str, query: Query | None = None, body: dict | None = None) -> dict:
        """One call; returns what was answered, {} for nothing.

        :param name: of the method, as `pacing.UNITS` has it.
        :param path: below the user (``messages/17``); its parts are quoted already.
        :raises ApiError: any other answer than 2xx.
        """
        self._pace.take(UNITS[name])
        headers, content = {}, None
        if body is not None:
            headers, content = {"Content-Type": "application/json"}, json.dumps(body).encode()
        with self._exchange(verb, target(path, query), headers, content) as response:
            return self.connection.document(response)

    def upload(
        self,
        name: str,
        path: str,
        query: Query,
        metadata: dict,
        source: bytes | BinaryIO,
        last: Callable[[], None] = lambda: None,
    ) -> dict:
        """A call that brings an email, as it is and not within JSON (``uploadType=multipart``).

        :param last: called just before the last bytes leave; whatever it raises keeps them back.
        :raises ApiError:
        """
        self._pace.take(UNITS[name])
        boundary = f"concord-{secrets.token_hex(16)}"
        head = (
            f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{json.dumps(metadata)}\r\n"
            f"--{boundary}\r\nContent-Type: message/rfc822\r\n\r\n"
        )
        address = "/upload" + target(path, {**query, "uploadType": "multipart"})
        headers = {"Content-Type": f"multipart/related; boundary={boundary}"}
        tail = f"\r\n--{boundary}--"
        with self._exchange(
            "POST", address, headers, lambda: _Body(head.encode(), source, tail.encode(), last)
        ) as response:
            return self.connection.document(response)

    def post_batch(self, units: int, content_type: str, content: bytes) -> requests.Response:
        """Many calls at once; the answer is not read yet, and is to be closed by who gets it.

        :raises ApiError:
        """
        self._pace.take(units)
        return self._exchange("POST", "/batch/gmail/v1", {"Content-Type": content_type}, content)

    def throttled(self) -> None:
        """A call was too much, though this process kept its pace."""
        self._pace.is_over()

    def _exchange(self, verb: str, address: str, headers: dict, content: http.Content) -> requests.Response:
        response = self.connection.request(verb, self._base + address, headers, content)
        if 200 <= response.status_code < 300:
            return response
        with response:
            said = self.connection.without_token(self.connection.beginning(response).decode("utf-8", "replace"))
            error = faults.read(response.status_code, said.encode(), dict(response.headers))
        if error.is_throttling:
            self.throttled()
        raise error


def target(path: str, query: Query | None = None) -> str:
    """Path and query of the address of something that the user has."""
    pairs = []
    for name, value in (query or {}).items():
        values = value if isinstance(value, (list, tuple)) else [value]
        pairs += [f"{name}={quote(_text(one), safe='')}" for one in values]
    return f"/gmail/v1/users/me/{path}" + (f"?{'&'.join(pairs)}" if pairs else "")


def _text(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Body:
    """Head, email and tail as one file, so that an email in a file is never read into memory whole."""

    def __init__(self, head: bytes, source: bytes | BinaryIO, tail: bytes, last: Callable[[], None]):
        source = io.BytesIO(source) if isinstance(source, (bytes, bytearray)) else source
        self._length = len(head) + _size(source) + len(tail)
        self._pieces: list[BinaryIO] = [io.BytesIO(head), source, io.BytesIO(tail)]
        self._last = last

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        while found := self.read(STEP):
            yield found

    def read(self, size: int = STEP) -> bytes:
        """The next bytes; the end of a piece ends what is read."""
        while self._pieces:
            if found := self._pieces[0].read(size):
                if len(self._pieces) == 1:
                    self._last()
                return found
            self._pieces.pop(0)
        return b""


def _size(file: BinaryIO) -> int:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    return size
