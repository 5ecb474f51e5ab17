"""The web server below the stand-in for Microsoft: requests in, answers out, faults when a test asks for them."""

import json
import re
import ssl
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

from ..tls import Certificate


@dataclass
class Request:
    """What a client asked for. `path` is decoded and without the query, `target` is what the client sent; the names of
    headers are lower-case; `parameters` are those of the query.
    """

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = field(repr=False, default=b"")

    def __post_init__(self):
        parts = urlsplit(self.target)
        self.path = unquote(parts.path)
        self.query = parts.query
        self.parameters = dict(parse_qsl(parts.query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form that was sent."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def cookies(self) -> dict[str, str]:
        pairs = (part.strip().partition("=") for part in self.headers.get("cookie", "").split(";"))
        return {name: value for name, _, value in pairs}


@dataclass
class Response:
    """An answer; the server adds its length, unless it is to lie about that."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = field(repr=False, default=b"")

    @classmethod
    def json(cls, value: object, status: int = 200, headers: dict[str, str] | None = None) -> "Response":
        return cls(status, {"Content-Type": "application/json", **(headers or {})}, json.dumps(value).encode())

    @classmethod
    def html(cls, page: str, status: int = 200, headers: dict[str, str] | None = None) -> "Response":
        return cls(status, {"Content-Type": "text/html; charset=utf-8", **(headers or {})}, page.encode())

    @classmethod
    def redirect(cls, location: str, headers: dict[str, str] | None = None) -> "Response":
        return cls(302, {"Location": location, **(headers or {})})


class DropError(Exception):
    """End the connection without an answer."""


def drop(_request: Request) -> Response:
    """For `WebServer.fail()`: the connection ends without an answer, and nothing was done."""
    raise DropError


@dataclass
class Fault:
    """Something that goes wrong with requests whose "METHOD /path" fits `pattern`, `times` times.

    :param after: the request is carried out first; only its answer is replaced.
    :param spare: so many requests that fit are left alone before.
    """

    pattern: re.Pattern
    answer: Callable[[Request], Response]
    times: int
    after: bool
    spare: int


class WebServer:
    """Serves `handle()` on a free port of the loopback, each connection in a thread of its own, one request at a time.

    Attributes: `url` (without a slash at the end); `requests`: all that came in, in order; `violations`: what
    should not have.

    :param certificate: speak TLS.
    """

    def __init__(self, certificate: Certificate | None = None):
        self.requests: list[Request] = []
        self.violations: list[str] = []
        self.lock = threading.RLock()
        self._faults: list[Fault] = []
        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.certificate, certificate.key)
        self._server = _Server(self, context)
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc_info) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fail(
        self,
        pattern: str,
        answer: Response | Callable[[Request], Response] = drop,
        *,
        times: int = 1,
        after: bool = False,
        spare: int = 0,
    ) -> None:
        """The next `times` requests whose "METHOD /path?query" fits the regular expression `pattern` get `answer`.

        :param after: once they were carried out, so that only their answers are lost.
        :param spare: but for the first so many.
        """
        make = answer if callable(answer) else lambda _request: answer
        self._faults.append(Fault(re.compile(pattern), make, times, after, spare))

    def handle(self, request: Request) -> Response:
        """Answer a request; for a subclass."""
        raise NotImplementedError

    def answer(self, request: Request) -> Response:
        """What `handle()` says, or the fault that a test asked for."""
        fault = self.fault(request)
        if fault and not fault.after:
            return fault.answer(request)
        response = self.handle(request)
        return fault.answer(request) if fault else response

    def fault(self, request: Request) -> Fault | None:
        """The fault that this request runs into; it counts as used."""
        with self.lock:
            for fault in self._faults:
                if not fault.times or not fault.pattern.search(f"{request.method} {request.target}"):
                    continue
                if fault.spare:
                    fault.spare -= 1
                    return None
                fault.times -= 1
                return fault
        return None


def hang(seconds: float) -> Callable[[Request], Response]:
    """For `WebServer.fail()`: nothing comes for so long, then the connection ends."""

    def wait(_request: Request) -> Response:
        time.sleep(seconds)
        raise DropError

    return wait


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # The last connections end when their clients do, which may be after the test.
    block_on_close = False
    request_queue_size = 64

    def __init__(self, web: WebServer, context: ssl.SSLContext | None):
        self.web = web
        self.context = context
        super().__init__(("127.0.0.1", 0), _Handler)

    def finish_request(self, request, client_address) -> None:
        if self.context:
            # In the thread of the connection: a client that does not greet holds up nobody else.
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address) -> None:
        """Connections that end are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        web = self.server.web
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            # Whoever leaves before all is said, because he was killed for one, has said nothing.
            self.close_connection = True
            return
        request = Request(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        web.requests.append(request)
        try:
            response = web.answer(request)
        except DropError:
            self.close_connection = True
            return
        except Exception:  # noqa: BLE001 (a mistake of the stand-in's shall not look like one of the client's)
            web.violations.append(traceback.format_exc())
            response = Response.json(
                {"error": {"code": "InternalServerError", "message": web.violations[-1][-300:]}}, 500
            )
        headers = {"Content-Length": str(len(response.body)), **response.headers}
        phrase = HTTPStatus(response.status).phrase
        head = [f"HTTP/1.1 {response.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        content = b"" if self.command == "HEAD" else response.body
        self.wfile.write("\r\n".join([*head, "", ""]).encode() + content)
        # One that promises more than it has ends early.
        self.close_connection |= headers["Content-Length"] != str(len(response.body))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve  # noqa: N815 (names of http.server)

    def log_message(self, *_arguments) -> None:
        """Silence."""
