"""Requests to Graph: the token shown with each of them, one connection kept open, bounded answers, links followed
nowhere but where they belong.
"""

import contextlib
import json
import ssl
from collections.abc import Iterator
from urllib.parse import quote, unquote, urlsplit

import requests
import urllib3

from .. import http
from ..base import Settings
from ..errors import AppConfigurationError, AuthenticationError, CertificateError, NetworkError, ProtocolError
from .faults import GraphError

API = "https://graph.microsoft.com"
VERSION = "/v1.0"

#: The id of a message stays what it is when the message is moved. To be asked for with every request.
IMMUTABLE = 'IdType="ImmutableId"'

#: Bytes of an answer that is no email: a batch of small emails is the largest.
LARGEST = 64 * 1024 * 1024
STEP = 64 * 1024

_HAS_NO_EFFECT = ("GET",)


class _Bearer(requests.auth.AuthBase):
    """The token, in a place where no .netrc of the machine takes precedence."""

    def __init__(self, token: str):
        self._token = token

    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Client:
    """Graph for one mailbox, in one thread at a time.

    Attributes: `user`: path of the mailbox below the API, ``/me`` or ``/users/<address>`` (a shared mailbox);
    `timeout`: seconds to wait for the server at any one time.
    """

    def __init__(self, settings: Settings):
        self._settings = settings
        api = (settings.api or API).rstrip("/")
        self.root = f"{api}{VERSION}"
        shared = settings.email and settings.username and settings.email.lower() != settings.username.lower()
        self.user = f"/users/{quoted(settings.email)}" if shared else "/me"
        self.timeout = settings.timeout
        self._session = requests.Session()
        self._token = ""

    def close(self) -> None:
        """End the connection."""
        self._session.close()

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
            return _json(_whole(response))

    @contextlib.contextmanager
    def open(
        self,
        method: str,
        path: str,
        query: str = "",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Iterator[requests.Response]:
        """An answer that is to be read bit by bit, by `pieces()`."""
        url = f"{self.root}{path}?{query}" if query else f"{self.root}{path}"
        response = self._authorised(method, url, body, {"Prefer": IMMUTABLE, **(headers or {})})
        with contextlib.closing(response):
            if response.status_code >= 300:
                raise self.without_token(_error(response, method))
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

    def without_token(self, error: GraphError) -> GraphError:
        """`error`, should the server have repeated in it what it was shown."""
        if self._token:
            error.code, error.text = (text.replace(self._token, "•••") for text in (error.code, error.text))
            error.args = (f"{error.status} {error.code}: {error.text}",)
        return error

    def put(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict]:
        """Send a piece of a large file to an address that bears its own permission: the token stays here."""
        with _network_errors():
            response = self._session.request(
                "PUT",
                url,
                data=body,
                headers=headers,
                timeout=self.timeout,
                allow_redirects=False,
                stream=True,
                # Without this the session would look for a password of the machine's.
                auth=lambda request: request,
            )
        with contextlib.closing(response):
            if response.status_code >= 300:
                raise _error(response, "PUT")
            with _network_errors():
                return response.status_code, _json(_whole(response))

    def _authorised(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> requests.Response:
        tokens = self._settings.tokens
        if not tokens:
            raise AppConfigurationError("no_tokens")
        self._token = tokens.token()
        response = self._request(method, url, body, headers)
        if response.status_code != 401:
            return response
        with contextlib.closing(response):
            refusal = self.without_token(_error(response, method))
        self._token = tokens.token(refused=self._token)
        response = self._request(method, url, body, headers)
        if response.status_code == 401:
            response.close()
            raise AuthenticationError("refused", server_text=refusal.server_text)
        return response

    def _request(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> requests.Response:
        try:
            return self._once(method, url, body, headers)
        except NetworkError as error:
            # The server may have ended a connection that was idle.
            if error.reason != "cut" or method not in _HAS_NO_EFFECT:
                raise
        return self._once(method, url, body, headers)

    def _once(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> requests.Response:
        with _network_errors():
            return self._session.request(
                method,
                url,
                data=body,
                headers=headers,
                auth=_Bearer(self._token),
                timeout=self.timeout,
                allow_redirects=False,
                stream=True,
                verify=not self._settings.allow_insecure_certificate,
            )


def quoted(text: str) -> str:
    """`text` as one part of a path."""
    return quote(text, safe="")


def query_of(**options: str) -> str:
    """``select="id"`` -> ``$select=id``, encoded as Graph takes it (no ``+`` for a space)."""
    return "&".join(f"${name}={quote(text, safe='()/,=:')}" for name, text in options.items() if text)


def pieces(response: requests.Response) -> Iterator[bytes]:
    """The body of an answer, as it comes."""
    with _network_errors():
        yield from response.iter_content(STEP)


def _whole(response: requests.Response) -> bytes:
    body = bytearray()
    for piece in pieces(response):
        body += piece
        if len(body) > LARGEST:
            raise ProtocolError("bad_response", server_text="an answer without end")
    return bytes(body)


def _json(body: bytes) -> dict:
    if not body:
        return {}
    try:
        value = json.loads(body)
    except ValueError as error:
        raise ProtocolError("bad_response", server_text=body[:200].decode("utf-8", "replace")) from error
    if not isinstance(value, dict):
        raise ProtocolError("bad_response", server_text="no object")
    return value


def _error(response: requests.Response, method: str) -> GraphError:
    """What a refusal says. Anything may be in its body: a page of a proxy, too."""
    try:
        with _network_errors():
            body = response.raw.read(STEP, decode_content=True)
        value = json.loads(body)
    except (NetworkError, ValueError, urllib3.exceptions.HTTPError):
        value = {}
    return error_of(response.status_code, value, response.headers, method)


def error_of(status: int, value: object, headers: dict, method: str) -> GraphError:
    """The same of a refusal's parts, as a batch has them."""
    error = value.get("error") if isinstance(value, dict) else None
    error = error if isinstance(error, dict) else {}
    wait = next((text for name, text in headers.items() if name.lower() == "retry-after"), None)
    code, text = str(error.get("code") or ""), str(error.get("message") or f"HTTP {status}")
    return GraphError(status, code, text, http.retry_after(wait), method)


@contextlib.contextmanager
def _network_errors() -> Iterator[None]:
    try:
        yield
    except (requests.exceptions.SSLError, ssl.SSLError) as error:
        raise CertificateError("untrusted", host="", fingerprint="", server_text=str(error)) from error
    except requests.exceptions.ConnectTimeout as error:
        raise NetworkError("timeout") from error
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise NetworkError("timeout") from error
    except requests.exceptions.ConnectionError as error:
        raise NetworkError(_reason(error)) from error
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise NetworkError("cut", server_text=type(error).__name__) from error


def _reason(error: Exception) -> str:
    """What kept the connection from being made or from lasting."""
    text = repr(error)
    if "NameResolutionError" in text or "getaddrinfo" in text:
        return "host_not_found"
    if "Read timed out" in text:
        return "timeout"
    if "Connection refused" in text:
        return "refused"
    return "unreachable" if "NewConnectionError" in text else "cut"
