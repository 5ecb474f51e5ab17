"""Requests to Graph: immutable ids asked for with each of them, links followed nowhere but where they belong."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from urllib.parse import quote, unquote, urlsplit

import requests

from .. import http
from ..base import Settings
from ..errors import ProtocolError
from .faults import GraphError

API = "https://graph.microsoft.com"
VERSION = "/v1.0"

#: The id of a message stays what it is when the message is moved. To be asked for with every request.
IMMUTABLE = 'IdType="ImmutableId"'


class Client:
    """Graph for one mailbox, in one thread at a time.

    Attributes: `user`: path of the mailbox below the API, ``/me`` or ``/users/<address>`` (a shared mailbox);
    `root`: the API's address; `connection`: to read an answer bit by bit.
    """

    def __init__(self, settings: Settings):
        api = (settings.api or API).rstrip("/")
        self.root = f"{api}{VERSION}"
        shared = settings.email and settings.username and settings.email.lower() != settings.username.lower()
        self.user = f"/users/{quoted(settings.email)}" if shared else "/me"
        self.connection = http.Connection(self.root, settings.tokens, settings.timeout)

    def close(self) -> None:
        """End the connection."""
        self.connection.close()

    def get(self, path: str, query: str = "", page_size: int = 0) -> dict:
        """An object or a page.

        :param path: below the API (``/me/messages``).
        :param query: encoded.
        :param page_size: how many objects a page shall have at most.
        :raises GraphError, NetworkError, AuthenticationError, ProtocolError:
        """
        prefer = f"{IMMUTABLE}, odata.maxpagesize={page_size}" if page_size else IMMUTABLE
        return self.call("GET", path, query, headers={"Prefer": prefer})

    def call(
        self, method: str, path: str, query: str = "", value: object = None, headers: dict[str, str] | None = None
    ) -> dict:
        """Send a request with JSON, or none, and read the JSON of the answer ({} where there is none)."""
        headers = dict(headers or {})
        body = None
        if value is not None:
            body = json.dumps(value).encode()
            headers["Content-Type"] = "application/json"
        return self.send(method, path, query, body, headers)

    def send(self, method: str, path: str, query: str, body: bytes | None, headers: dict[str, str]) -> dict:
        """The same with a body that is encoded already."""
        with self.open(method, path, query, body, headers) as response:
            return self.connection.document(response)

    @contextlib.contextmanager
    def open(
        self,
        method: str,
        path: str,
        query: str = "",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Iterator[requests.Response]:
        """An answer that is to be read bit by bit, by `connection.chunks()`."""
        url = f"{self.root}{path}?{query}" if query else f"{self.root}{path}"
        response = self.connection.request(method, url, {"Prefer": IMMUTABLE, **(headers or {})}, body)
        with contextlib.closing(response):
            self._check(response, method)
            yield response

    def link(self, link: str) -> str:
        """A link of Graph's as a path below the API, which the token may be shown to.

        :raises ProtocolError: it leads elsewhere.
        """
        own, other = urlsplit(self.root), urlsplit(link)
        path = unquote(other.path)
        is_own = (own.scheme, own.netloc.lower()) == (other.scheme, other.netloc.lower())
        if not is_own or not path.startswith(f"{own.path}/") or {".", ".."} & set(path.split("/")):
            raise ProtocolError("bad_response", server_text="a link that leads elsewhere", host=other.hostname or "")
        return f"{other.path.removeprefix(own.path)}?{other.query}"

    def put(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict]:
        """Send a piece of a large file to an address that bears its own permission: the token stays here."""
        with contextlib.closing(self.connection.send("PUT", url, headers, body)) as response:
            self._check(response, "PUT")
            return response.status_code, self.connection.document(response)

    def _check(self, response: requests.Response, method: str) -> None:
        if response.status_code < 300:
            return
        try:
            value = json.loads(self.connection.beginning(response))
        except ValueError:
            value = {}
        raise self.error_of(response.status_code, value, response.headers, method)

    def error_of(self, status: int, value: object, headers: Mapping[str, str], method: str) -> GraphError:
        """What a refusal says, of its parts, as a batch has them. Anything may be in its body, the token, too."""
        error = value.get("error") if isinstance(value, dict) else None
        error = error if isinstance(error, dict) else {}
        wait = next((text for name, text in headers.items() if name.lower() == "retry-after"), None)
        code, text = str(error.get("code") or ""), str(error.get("message") or f"HTTP {status}")
        code, text = map(self.connection.without_token, (code, text))
        return GraphError(status, code, text, http.retry_after(wait), method)


def quoted(text: str) -> str:
    """`text` as one part of a path."""
    return quote(text, safe="")


def query_of(**options: str) -> str:
    """``select="id"`` -> ``$select=id``, encoded as Graph takes it (no ``+`` for a space)."""
    return "&".join(f"${name}={quote(text, safe='()/,=:')}" for name, text in options.items() if text)
