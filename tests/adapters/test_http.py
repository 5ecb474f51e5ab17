"""What the providers' services have in common: when to come back, and what a broken connection means."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from odoo.addons.concord_inbox.adapters import http
from odoo.addons.concord_inbox.adapters.base import Settings
from odoo.addons.concord_inbox.adapters.errors import CertificateError, EncryptionError, NetworkError, ProtocolError
from odoo.addons.concord_inbox.adapters.gmail.client import Client as Gmail
from odoo.addons.concord_inbox.adapters.oauth import web
from odoo.addons.concord_inbox.adapters.outlook.client import Client as Graph

from dev.ports import free_port
from tests.servers.https import Https, endless
from tests.servers.tcp import TcpServer, server_context
from tests.servers.tls import make_certificate


class Tokens:
    def token(self, refused=""):
        return "the token"


#: Who asks -> how something is asked for at the address `url`, with `seconds` of patience.
ASKING = {
    "Gmail": lambda url, seconds: Gmail(settings(url, seconds)).call("getProfile", "GET", "profile"),
    "Outlook": lambda url, seconds: Graph(settings(url, seconds)).get("/me"),
    "signing in": lambda url, seconds: web.request("GET", f"{url}/me"),
}


def settings(url, seconds):
    return Settings("anna@firm.example", "anna@firm.example", tokens=Tokens(), api=url, timeout=seconds)


class Answering(TcpServer):
    """Whatever was asked for, it does `answer` with the connection."""

    def __init__(self, answer):
        super().__init__()
        self.serve = answer


def half(connection):
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")


def silent(connection):
    connection.recv(65536)
    connection.recv(65536)


def without_end(connection):
    connection.recv(65536)
    endless(connection)


@pytest.fixture(params=ASKING)
def ask(request, monkeypatch):
    monkeypatch.setattr(web, "LARGEST", 1_000_000)
    monkeypatch.setattr(http, "LARGEST", 1_000_000)

    def ask(url, error, seconds=10.0):
        monkeypatch.setattr(web, "TIMEOUT", seconds)
        with pytest.raises(error) as caught:
            ASKING[request.param](url, seconds)
        assert caught.value.details["host"]
        assert "the token" not in repr(caught.value.__dict__)
        return caught.value.reason

    return ask


def test_whoever_asks_gets_the_same_of_a_broken_connection(ask):
    assert ask(f"http://127.0.0.1:{free_port()}", NetworkError) == "refused"
    assert ask("http://nowhere.invalid", NetworkError) == "host_not_found"
    for answer, error, reason in (
        (half, NetworkError, "cut"),
        (silent, NetworkError, "timeout"),
        (without_end, ProtocolError, "bad_response"),
    ):
        with Answering(answer) as server:
            seconds = 0.3 if answer is silent else 10.0
            assert ask(f"http://127.0.0.1:{server.port}", error, seconds) == reason


def test_whoever_asks_tells_nothing_to_somebody_who_cannot_prove_who_he_is(ask, tmp_path):
    with Https(server_context(make_certificate(tmp_path))) as server:
        assert ask(f"https://127.0.0.1:{server.port}", CertificateError) in ("self_signed", "untrusted")
    with Answering(half) as server:
        assert ask(f"https://127.0.0.1:{server.port}", EncryptionError) == "tls_failed"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("120", 120.0), ("1.5", 1.5), ("-3", 0.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0)),
        *(("soon", None), ("", None), (None, None), ("inf", None), ("nan", None)),
    ],
)
def test_retry_after(text, seconds):
    assert http.retry_after(text) == seconds


def test_retry_after_a_date():
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 80 < http.retry_after(then) <= 90
