"""A small web server on a free port of the loopback, whose answers a function makes; it can be told to fail."""

import json
import socket
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Request:
    """What a client asked for.

    :param query: names and values of the address, in their order; `headers`: by lower-case name.
    """

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes = field(repr=False, default=b"")

    def form(self) -> list[tuple[str, str]]:
        """The fields of a posted form."""
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)


@dataclass
class Response:
    """What it gets."""

    status: int
    body: bytes = field(repr=False, default=b"")
    headers: dict[str, str] = field(default_factory=dict)


def json_response(content: object, status: int = 200, **headers: str) -> Response:
    """A JSON document; `headers` with `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, json.dumps(content).encode(), {"Content-Type": "application/json; charset=UTF-8", **named})


@dataclass
class Fault:
    """What goes wrong with the next requests whose ``METHOD path`` contains `where`.

    :param answer: given in place of the right one; None: the connection is cut without an answer.
    :param times: how often; `skip`: requests that pass before.
    :param after: the request is carried out, and only then it goes wrong.
    :param delay: seconds before anything is answered.
    """

    where: str
    answer: Response | None = None
    times: int = 1
    skip: int = 0
    after: bool = False
    delay: float = 0.0


class WebServer:
    """Serves `answer()`, which a subclass has, from `__enter__` to `__exit__`. Several requests at a time.

    Attributes: `url` without a slash at its end; `requests`: what was asked for, as ``METHOD path``.
    """

    def __init__(self):
        self.requests: list[str] = []
        self.faults: list[Fault] = []
        self.lock = threading.RLock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc_info) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server.cut()
        self._thread.join()

    def answer(self, request: Request) -> Response:
        raise NotImplementedError

    def fail(self, where: str, status: int | None = None, body: object = None, **options) -> None:
        """Have the next requests whose ``METHOD path`` contains `where` fail; the options are those of `Fault`.

        :param status, body: the answer; without a status the connection is cut.
        """
        headers = options.pop("headers", {})
        answer = None if status is None else json_response(body, status)
        if answer:
            answer.headers.update(headers)
        with self.lock:
            self.faults.append(Fault(where, answer, **options))

    def fault(self, what: str) -> Fault | None:
        """The fault that `what` (``METHOD path``) meets, used up by that."""
        with self.lock:
            for fault in self.faults:
                if fault.where not in what:
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if not fault.times:
                    self.faults.remove(fault)
                return fault
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    owner: WebServer

    def __init__(self, *arguments):
        self._open: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request, client_address) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def cut(self) -> None:
        """End connections that clients keep open."""
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request, client_address) -> None:
        """Clients that leave early are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave as one packet, and at once.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        owner = self.server.owner
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            # Whoever leaves before all is said has said nothing.
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, parts.path, parse_qsl(parts.query, keep_blank_values=True), headers, body)
        what = f"{request.method} {request.path}"
        with owner.lock:
            owner.requests.append(what)
        fault = owner.fault(what)
        if fault:
            time.sleep(fault.delay)
        if not fault or fault.after or (fault.delay and fault.answer is None):
            response = owner.answer(request)
        if fault and not (fault.delay and fault.answer is None):
            response = fault.answer
        if response is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._reply(response)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 (http.server's names)

    def _reply(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != 204:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if response.status != 204:
            self.wfile.write(response.body)

    def log_message(self, *arguments) -> None:
        """Silence: what was asked for is in `WebServer.requests`."""
