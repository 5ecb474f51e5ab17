"""Whether it is Google who posts, and what Gmail tells."""

import base64
import json

import pytest
from odoo.addons.concord_inbox.adapters.gmail import push

from tests.servers.google import Google

AUDIENCE = "https://odoo.example.com/concord_inbox/notify/google"
SENDER = "push@concord-project.iam.gserviceaccount.com"


@pytest.fixture(scope="module")
def pubsub():
    with Google() as server:
        server.pubsub.url = server.url
        server.pubsub.server = server
        yield server.pubsub


@pytest.fixture
def known(pubsub):
    return push.Certificates(pubsub.url)


def shown(pubsub, **changes) -> str:
    return f"Bearer {pubsub.token(changes.pop('audience', AUDIENCE), changes.pop('account', SENDER), **changes)}"


def test_google(pubsub, known):
    push.verify(shown(pubsub), AUDIENCE, SENDER, known)
    push.verify(shown(pubsub, iss="accounts.google.com"), AUDIENCE, SENDER.upper(), known)
    # Asked once.
    pubsub.server.requests.clear()
    for _number in range(3):
        push.verify(shown(pubsub), AUDIENCE, SENDER, known)
    assert pubsub.server.requests == []
    assert known.has("google-1")


def _unsigned(pubsub):
    head, claims, _signature = shown(pubsub, header={"alg": "none"}).removeprefix("Bearer ").split(".")
    return f"Bearer {head}.{claims}."


def _by_the_certificate(pubsub):
    """Signed with what everybody knows, should somebody take it for a password."""
    return shown(pubsub, header={"alg": "HS256"})


@pytest.mark.parametrize(
    "authorization",
    [
        lambda pubsub: "",
        lambda pubsub: "Bearer ",
        lambda pubsub: "Bearer a.b.c",
        lambda pubsub: "Bearer " + "a" * 9000,
        lambda pubsub: "Bearer éa.b.c",
        lambda pubsub: "Basic " + shown(pubsub).removeprefix("Bearer "),
        lambda pubsub: shown(pubsub)[:-8] + "AAAAAAAA",
        lambda pubsub: shown(pubsub, audience="https://odoo.example.com/"),
        lambda pubsub: shown(pubsub, aud=None),
        lambda pubsub: shown(pubsub, account="somebody@another-project.iam.gserviceaccount.com"),
        lambda pubsub: shown(pubsub, email=None),
        lambda pubsub: shown(pubsub, email_verified=False),
        lambda pubsub: shown(pubsub, iss="https://evil.example"),
        lambda pubsub: shown(pubsub, exp=1_700_000_000, iat=1_699_996_400),
        lambda pubsub: shown(pubsub, iat=4_000_000_000, exp=4_000_003_600),
        lambda pubsub: shown(pubsub, exp=None),
        lambda pubsub: shown(pubsub, exp="soon"),
        lambda pubsub: shown(pubsub, key="forged-1"),
        # Another key under the name of Google's.
        lambda pubsub: shown(pubsub, key="forged-1", header={"kid": "google-1"}),
        lambda pubsub: shown(pubsub, header={"kid": None}),
        lambda pubsub: shown(pubsub, header={"kid": ["google-1"]}),
        lambda pubsub: shown(pubsub, header={"alg": "ES256"}),
        _unsigned,
        _by_the_certificate,
    ],
)
def test_somebody_else(pubsub, known, authorization):
    push.verify(shown(pubsub), AUDIENCE, SENDER, known)
    with pytest.raises(push.NotGoogleError) as caught:
        push.verify(authorization(pubsub), AUDIENCE, SENDER, known)
    assert not str(caught.value)


@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES256", "", None])
def test_a_token_that_google_would_not_sign_so_is_not_looked_at(pubsub, algorithm):
    with pytest.raises(push.NotGoogleError):
        push.key_of(shown(pubsub, header={"alg": algorithm}))


def test_nobody_is_set_up(pubsub, known):
    with pytest.raises(push.NotGoogleError):
        push.verify(shown(pubsub, account=""), AUDIENCE, "", known)


def test_strangers_do_not_have_us_ask_google(pubsub, known, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(push.time, "monotonic", lambda: now[0])
    pubsub.server.requests.clear()
    for number in range(20):
        with pytest.raises(push.NotGoogleError):
            push.verify(shown(pubsub, key="forged-1", header={"kid": f"key-{number}"}), AUDIENCE, SENDER, known)
    assert pubsub.server.requests == ["GET /oauth2/v1/certs"]
    # A key that is new is found all the same, a minute later.
    token = shown(pubsub, key="google-2")
    now[0] += push.ASK_EVERY + 1
    push.verify(token, AUDIENCE, SENDER, known)
    assert len(pubsub.server.requests) == 2


def test_google_cannot_be_asked(pubsub, known, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(push.time, "monotonic", lambda: now[0])
    pubsub.server.fail("/certs")
    with pytest.raises(push.NotNowError):
        push.verify(shown(pubsub), AUDIENCE, SENDER, known)
    # Not each request waits for that anew.
    pubsub.server.requests.clear()
    with pytest.raises(push.NotNowError):
        push.verify(shown(pubsub), AUDIENCE, SENDER, known)
    assert pubsub.server.requests == []
    now[0] += push.ASK_EVERY + 1
    push.verify(shown(pubsub), AUDIENCE, SENDER, known)
    # What is known does for as long as Google is away.
    now[0] += push.KEEP + 1
    assert not known.has("google-1")
    for status, body in ((503, {}), (200, {"keys": []}), (404, {"google-1": "nonsense"})):
        pubsub.server.fail("/certs", status, body)
        push.verify(shown(pubsub), AUDIENCE, SENDER, known)
        now[0] += push.ASK_EVERY + 1


def test_what_gmail_tells(pubsub):
    assert push.read(pubsub.envelope("Anna@gmail.example", 2**60)) == push.Told("anna@gmail.example", 2**60)
    data = base64.b64encode(b'{"emailAddress": "b@example.com", "historyId": "77"}~~~'[:-3]).decode()
    assert push.read(json.dumps({"message": {"data": data}}).encode()) == push.Told("b@example.com", 77)


@pytest.mark.parametrize(
    "told",
    [
        *(None, [], {}, {"emailAddress": "a@b.example"}, {"historyId": 1}, {"emailAddress": 7, "historyId": 1}),
        *({"emailAddress": "", "historyId": 1}, {"emailAddress": "a" * 400, "historyId": 1}),
        *({"emailAddress": "a@b.example", "historyId": -1}, {"emailAddress": "a@b.example", "historyId": "x"}),
        {"emailAddress": "a@b.example", "historyId": 2**70},
    ],
)
def test_what_gmail_does_not_tell(told):
    data = base64.urlsafe_b64encode(json.dumps(told).encode()).decode()
    with pytest.raises(ValueError, match="nothing of Gmail"):
        push.read(json.dumps({"message": {"data": data}}).encode())


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b'{"message": {}}', b'{"message": {"data": "!"}}', b'{"message": {"data": 5}}', b"\xff"],
)
def test_what_is_no_envelope(content):
    with pytest.raises(ValueError, match="nothing of Gmail"):
        push.read(content)
