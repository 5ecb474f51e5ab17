"""Gmail: what goes wrong, and how it is told; tokens, quotas, and connections."""

import contextlib
import socket

import pytest
from odoo.addons.concord_inbox.adapters import http
from odoo.addons.concord_inbox.adapters.base import SEEN, Envelope
from odoo.addons.concord_inbox.adapters.errors import (
    AppConfigurationError,
    AuthenticationError,
    CertificateError,
    CursorLostError,
    DeliveryUnknownError,
    NetworkError,
    ProtocolError,
    TemporaryError,
    ThrottledError,
)

from tests.adapters.gmail import Follower, Tokens, email, named
from tests.servers.https import Https, endless
from tests.servers.tcp import TcpServer, server_context
from tests.servers.tls import make_certificate


def error_body(code: int, reason: str) -> dict:
    """How Google says it."""
    return {"error": {"code": code, "message": reason, "errors": [{"reason": reason, "domain": "usageLimits"}]}}


# ------------------------------------------------------------ tokens


def test_a_refused_token_is_replaced_once(gmail, google):
    adapter = gmail.adapter()
    first = gmail.tokens.current
    google.expire(gmail.email)
    assert adapter.folders()
    assert gmail.tokens.refused == [first]
    google.fail("POST /batch", 401, times=2)
    with pytest.raises(AuthenticationError) as caught:
        adapter.folders()
    assert caught.value.reason == "refused"


def test_sending_with_a_refused_token(gmail, google):
    adapter, begun = gmail.adapter(), []
    google.expire(gmail.email)
    adapter.send(Envelope(gmail.email, ("bob@example.com",), email()), lambda: begun.append(1))
    assert len(gmail.box.sent) == 1
    assert begun == [1]


def test_no_error_bears_the_token(gmail, google):
    token = gmail.tokens.current
    google.fail("POST /batch", 400, error_body(400, f"Bearer {token}"))
    with pytest.raises(ProtocolError) as caught:
        gmail.adapter().folders()
    assert "Bearer •••" in str(caught.value)
    assert token not in str(caught.value) + repr(caught.value.__dict__)


def test_an_account_without_tokens(gmail):
    with pytest.raises(AuthenticationError):
        gmail.adapter(tokens=None).folders()


def test_what_was_not_allowed_at_the_sign_in(gmail, google):
    tokens = Tokens(google, gmail.email, ("https://www.googleapis.com/auth/gmail.labels", "openid"))
    adapter = gmail.adapter(tokens=tokens)
    with pytest.raises(AuthenticationError) as caught:
        adapter.check_incoming()
    assert caught.value.reason == "missing_scopes"
    with pytest.raises(AuthenticationError) as caught:
        adapter.check_outgoing()
    assert caught.value.reason == "missing_scopes"


def test_the_way_is_told(gmail):
    told = []
    adapter = gmail.adapter()
    adapter.check_incoming(lambda step, facts: told.append((step, facts)))
    adapter.check_outgoing(lambda step, facts: told.append((step, facts)))
    assert told == [
        ("login", {"user": gmail.email}),
        ("folders", {"count": 6}),
        ("login", {"user": gmail.email, "size_limit": 36_700_160}),
    ]


def test_a_token_that_ends_within_a_batch(gmail, google):
    message = gmail.box.deliver(email())
    inbox = Follower(gmail, "INBOX")
    google.fail(f"part GET /gmail/v1/users/me/messages/{message}", 401, error_body(401, "authError"))
    inbox.look()
    assert set(inbox.sources) == {message}
    assert len(gmail.tokens.refused) == 1


# ------------------------------------------------------------ Google's own trouble


@pytest.mark.parametrize(
    ("status", "reason", "error", "told"),
    [
        (429, "rateLimitExceeded", ThrottledError, "throttled"),
        (403, "rateLimitExceeded", ThrottledError, "throttled"),
        (403, "userRateLimitExceeded", ThrottledError, "throttled"),
        (403, "dailyLimitExceeded", ThrottledError, "throttled"),
        (403, "accessNotConfigured", AppConfigurationError, "api_disabled"),
        (403, "domainPolicy", AuthenticationError, "account_disabled"),
        (400, "failedPrecondition", AuthenticationError, "account_disabled"),
        (403, "forbidden", AuthenticationError, "refused"),
        (500, "backendError", TemporaryError, "unavailable"),
        (503, "backendError", TemporaryError, "unavailable"),
        (400, "badRequest", ProtocolError, "bad_response"),
        (404, "notFound", ProtocolError, "bad_response"),
    ],
)
def test_refusals(gmail, google, status, reason, error, told):
    google.fail("POST /batch", status, error_body(status, reason), headers={"Retry-After": "7"})
    with pytest.raises(error) as caught:
        gmail.adapter().folders()
    assert caught.value.reason == told
    if isinstance(caught.value, TemporaryError):
        assert caught.value.retry_after == 7


def test_calls_without_room_are_made_again(gmail, google, gmail_clock):
    ids = [gmail.box.deliver(email(number)) for number in range(5)]
    for message in ids[:2]:
        google.fail(f"part GET /gmail/v1/users/me/messages/{message}", 429, error_body(429, "rateLimitExceeded"))
    inbox = Follower(gmail, "INBOX")
    inbox.look()
    assert set(inbox.sources) == set(ids)
    assert gmail_clock.slept
    # The calls that went well were not made again.
    assert gmail.quota.calls["messages.get"] == 5


def test_no_room_for_long(gmail, google):
    message = gmail.box.deliver(email())
    inbox = Follower(gmail, "INBOX")
    google.fail(f"part GET /gmail/v1/users/me/messages/{message}", 429, error_body(429, "rateLimitExceeded"), times=8)
    with pytest.raises(ThrottledError):
        inbox.look()
    inbox.look()
    assert set(inbox.sources) == {message}


def test_others_spend_of_the_same_share(gmail, google, gmail_clock):
    # As if another process had read for a minute; nobody here knows of that.
    ids = [gmail.box.deliver(email(number)) for number in range(60)]
    while gmail.quota.take("messages.send"):
        pass
    inbox = Follower(gmail, "INBOX")
    for _try in range(9):
        try:
            inbox.look()
            break
        except ThrottledError:
            gmail_clock.sleep(20)
    assert set(inbox.sources) == set(ids)
    assert gmail.quota.refusals
    gmail.quota.refusals = 0


def test_the_pace_keeps_under_the_quota(gmail, gmail_clock):
    ids = [gmail.box.add(email(number), ("INBOX",)).id for number in range(700)]
    inbox = Follower(gmail, "INBOX")
    inbox.look()
    assert set(inbox.sources) == set(ids)
    # 14,000 units and a few at 65 a second, but for those that may be spent at once.
    assert 190 < sum(gmail_clock.slept) < 210
    # What somebody does meanwhile does not wait.
    gmail_clock.slept.clear()
    adapter = gmail.adapter()
    adapter.set_keywords(named(adapter, "INBOX"), inbox.cursor, ids[:1], frozenset({SEEN}))
    assert not gmail_clock.slept
    # Another session of this process knows what was spent.
    gmail.stored.clear()
    Follower(gmail, "INBOX").look(pieces=1)
    assert gmail_clock.slept


def test_an_answer_that_never_comes_and_one_that_is_lost(gmail, google):
    hasty, adapter = gmail.adapter(timeout=0.2, last_patience=0.2), gmail.adapter()
    google.fail("POST /batch", delay=0.6)
    with pytest.raises(NetworkError) as caught:
        hasty.folders()
    assert caught.value.reason == "timeout"
    google.fail("POST /batch")
    with pytest.raises(NetworkError) as caught:
        adapter.folders()
    assert caught.value.reason == "cut"
    # What only asks is asked again at once.
    gmail.box.deliver(email())
    inbox = named(adapter, "INBOX")
    google.fail("GET /gmail/v1/users/me/messages")
    assert list(adapter.changes(inbox, None, None))
    google.fail("messages/send", delay=0.6)
    with pytest.raises(DeliveryUnknownError):
        hasty.send(Envelope(gmail.email, ("bob@example.com",), email()))


def test_a_lost_answer_does_no_harm(gmail, google):
    message = gmail.box.deliver(email())
    inbox = Follower(gmail, "INBOX")
    inbox.look()
    adapter = gmail.adapter()
    folder = named(adapter, "INBOX")
    google.fail("POST /batch", after=True)
    with pytest.raises(NetworkError):
        adapter.set_keywords(folder, inbox.cursor, [message], frozenset({SEEN}))
    adapter.set_keywords(folder, inbox.cursor, [message], frozenset({SEEN}))
    assert gmail.labels(message) == {"INBOX"}


# ------------------------------------------------------------ connections


def test_nobody_is_there(gmail):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    for api, reason in ((f"http://127.0.0.1:{port}", "refused"), ("http://nowhere.invalid", "host_not_found")):
        with pytest.raises(NetworkError) as caught:
            gmail.adapter(api=api).folders()
        assert caught.value.reason == reason


def test_a_certificate_that_is_not_trusted(gmail, tmp_path):
    certificate = make_certificate(tmp_path)
    with Https(server_context(certificate)) as server, pytest.raises(CertificateError):
        gmail.adapter(api=f"https://127.0.0.1:{server.port}").folders()


def plain(status: int, head: str, content: bytes):
    """A server's answer, whatever was asked for."""

    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        text = f"HTTP/1.1 {status} x\r\n{head}Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
        connection.sendall(text.encode() + content)

    return answer


class Answering(TcpServer):
    """Answers everybody by `answer`."""

    def __init__(self, answer):
        super().__init__()
        self.serve = answer
        self.url = f"http://{self.host}:{self.port}"


@pytest.mark.parametrize(
    "answer",
    [
        plain(302, "Location: https://elsewhere.example/\r\n", b""),
        plain(200, "Content-Type: text/html\r\n", b"<html>Sign in to the network</html>"),
        plain(200, "Content-Type: multipart/mixed; boundary=x\r\n", b""),
        plain(200, "Content-Type: application/json\r\n", b"[1]"),
    ],
)
def test_something_else_answers(gmail, answer):
    with Answering(answer) as server:
        for ask in (gmail.adapter(api=server.url).folders, gmail.adapter(api=server.url).identities):
            with pytest.raises((ProtocolError, TemporaryError)):
                ask()


@pytest.mark.parametrize("part", ["labels", "profile", "history", "messages"])
@pytest.mark.parametrize(
    "content",
    [
        {"labels": [3], "historyId": "many", "history": [{"id": "x"}], "messages": [{}]},
        {"labels": 3, "historyId": [], "history": [{"id": "9", "labelsAdded": [{}]}], "messages": "abc"},
        {"labels": [{"id": {}}], "historyId": {}, "history": {"a": 1}, "messages": [{"id": 3}]},
    ],
)
def test_an_answer_of_another_shape(gmail, google, part, content):
    inbox = Follower(gmail, "INBOX")
    inbox.look()
    gmail.box.deliver(email())
    for where in (f"part GET /gmail/v1/users/me/{part}", f"GET /gmail/v1/users/me/{part}"):
        google.fail(where, 200, content)
        with contextlib.suppress(ProtocolError, StopIteration):
            inbox.look()
        with contextlib.suppress(ProtocolError, CursorLostError, StopIteration):
            list(gmail.adapter().changes(named(gmail.adapter(), "INBOX"), None, None))
        google.faults.clear()
    inbox.look()
    assert len(inbox.copies) == 1


def test_an_endless_answer(gmail, monkeypatch):
    monkeypatch.setattr(http, "LARGEST", 1_000_000)

    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        endless(connection)

    with Answering(answer) as server, pytest.raises(ProtocolError):
        gmail.adapter(api=server.url).identities()


def test_answers_that_are_too_large_together_come_in_parts(gmail, monkeypatch):
    from odoo.addons.concord_inbox.adapters.gmail import batching

    ids = [gmail.box.deliver(email(number, size=40_000)) for number in range(12)]
    monkeypatch.setattr(batching, "MOST_BYTES", 200_000)
    inbox = Follower(gmail, "INBOX")
    inbox.look()
    assert set(inbox.sources) == set(ids)
