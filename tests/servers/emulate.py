"""The emulator of Google by others (npm's `@inbox-zero/emulate`), with what it lacks made up for where that is little.

It is a process of its own, and this a server in front of it. What is passed on is passed on as it is, but for:

- ``users.getProfile``, which it does not have: made of what its history says;
- batches: it answers without Content-IDs and forgets the bodies of their parts, so each part is asked for by itself;
- addresses: Google's ``/token`` and ``/v1/userinfo`` are ``/oauth2/token`` and ``/oauth2/v2/userinfo`` there;
- ids of messages, which have ``_`` and ``-`` there, and are letters and digits alone at Google;
- uploads, which are JSON for it: it takes all parts together for the email.
"""

import base64
import hashlib
import json
import re
import subprocess
import tempfile
import time
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

from dev import paths

from .google import multipart
from .google.web import Request, Response, WebServer, json_response

CLIENT_ID, CLIENT_SECRET, REDIRECT = "concord", "secret of the client", "http://localhost:1/back"
PROGRAM = paths.EMULATE / "node_modules" / "@inbox-zero" / "emulate" / "dist" / "index.js"
SECONDS_TO_START = 60
_ELSEWHERE = {"/token": "/oauth2/token", "/v1/userinfo": "/oauth2/v2/userinfo", "/revoke": "/oauth2/revoke"}
_ID = re.compile(r"\bmsg_[\w-]{16}(?![\w-])")
_PROFILE = "/gmail/v1/users/me/profile"


class Emulate(WebServer):
    """One provider's services of the emulator, for one user, as a context manager.

    Attributes: `url`: where to reach Google's; `own`: where the emulator itself is.
    """

    def __init__(self, port: int, email: str, service: str = "google"):
        """:param port: a free one; the emulator wants to be told. `service`: ``google`` or ``microsoft``."""
        super().__init__()
        self._service = service
        self.email = email
        self._port = port
        self._ids: dict[str, str] = {}
        self.own = f"http://localhost:{port}"

    def __enter__(self):
        seed = {
            self._service: {
                "users": [{"email": self.email, "name": "Anna"}],
                "oauth_clients": [
                    {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uris": [REDIRECT]}
                ],
            }
        }
        self._folder = tempfile.TemporaryDirectory(prefix="emulate-")
        file = Path(self._folder.name) / "seed.json"
        file.write_text(json.dumps(seed))
        self._process = subprocess.Popen(
            ["node", PROGRAM, "--port", str(self._port), "--service", self._service, "--seed", file],
            cwd=self._folder.name,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            try:
                requests.get(self.own, timeout=5)
                break
            except requests.RequestException:
                time.sleep(0.1)
        return super().__enter__()

    def __exit__(self, *exc_info) -> None:
        super().__exit__(*exc_info)
        self._process.terminate()
        self._process.wait(20)
        self._folder.cleanup()

    def sign_in(self, url: str) -> dict:
        """Press the user's button on the emulator's page; what it sends the browser back with."""
        page = requests.get(url, timeout=30).text
        for form in re.findall(r"<form.*?</form>", page, re.DOTALL):
            fields = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}
            if fields["email"] == self.email:
                action = re.search(r'action="([^"]*)"', form)[1]
                answer = requests.post(self.own + action, data=fields, allow_redirects=False, timeout=30)
                return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
        raise AssertionError(page)

    def answer(self, request: Request) -> Response:
        if request.path == _PROFILE:
            return self._profile(request)
        if request.path.startswith("/upload/"):
            request = _as_json(request)
        if request.path == "/batch/gmail/v1":
            token = {"authorization": request.headers.get("authorization", "")}
            inner = multipart.inner_requests(request)
            return multipart.join([(name, self.answer(_with(one, token))) for name, one in inner])
        return self._passed_on(request)

    def _profile(self, request: Request) -> Response:
        history = Request("GET", "/gmail/v1/users/me/history", [("startHistoryId", "1")], request.headers)
        found = json.loads(self._passed_on(history).body)
        return json_response({"emailAddress": self.email, "historyId": found["historyId"]})

    def _passed_on(self, request: Request) -> Response:
        path = self._theirs(_ELSEWHERE.get(request.path, request.path))
        kept = {name: value for name, value in request.headers.items() if name in ("authorization", "content-type")}
        query = f"?{urlencode(request.query)}" if request.query else ""
        answer = requests.request(
            request.method,
            f"{self.own}{path}{query}",
            data=self._theirs(request.body.decode()).encode(),
            headers=kept,
            allow_redirects=False,
            timeout=30,
        )
        headers = {name: answer.headers[name] for name in ("Content-Type", "Location") if name in answer.headers}
        return Response(answer.status_code, _ID.sub(self._ours, answer.text).encode(), headers)

    def _ours(self, found: re.Match) -> str:
        """A name for one of its ids."""
        name = "m" + hashlib.sha256(found[0].encode()).hexdigest()[:15]
        self._ids[name] = found[0]
        return name

    def _theirs(self, text: str) -> str:
        return re.sub(r"\bm[0-9a-f]{15}\b", lambda found: self._ids.get(found[0], found[0]), text)


def _as_json(request: Request) -> Request:
    """The same call with the email within JSON, as Google takes it, too."""
    [(_head, metadata), (_other, media)] = multipart.parts(request, "related")
    value = json.loads(metadata)
    holder = value.setdefault("message", {}) if request.path.endswith("/drafts") else value
    holder["raw"] = base64.urlsafe_b64encode(media).decode()
    headers = {**request.headers, "content-type": "application/json"}
    query = [pair for pair in request.query if pair[0] != "uploadType"]
    return Request(request.method, request.path.removeprefix("/upload"), query, headers, json.dumps(value).encode())


def _with(request: Request, headers: dict[str, str]) -> Request:
    return Request(request.method, request.path, request.query, {**request.headers, **headers}, request.body)
