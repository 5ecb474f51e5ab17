"""Providers are asked to tell of new email, as their descriptions say, and what they refuse is understood."""

import json
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from odoo.addons.concord_inbox.adapters import SUBSCRIBERS, open_subscriber
from odoo.addons.concord_inbox.adapters.base import Target
from odoo.addons.concord_inbox.adapters.errors import (
    AuthenticationError,
    NetworkError,
    SubscriptionError,
    TemporaryError,
    ThrottledError,
)
from odoo.addons.concord_inbox.adapters.outlook import notices

from tests.servers.microsoft.graph import failure
from tests.servers.notified import Notified

SECRET = "the secret of this subscription"


@pytest.fixture
def notified():
    with Notified() as server:
        yield server


@pytest.fixture
def stack():
    with ExitStack() as opened:
        yield opened


# ------------------------------------------------------------ Gmail


@pytest.fixture
def watching(gmail, stack):
    return stack.enter_context(open_subscriber("gmail", gmail.settings()))


def test_gmail_is_asked_to_publish(gmail, google, watching):
    topic = google.pubsub.add_topic()
    found = watching.subscribe(Target(topic))
    assert google.calls == ["watch"]
    now = datetime.now(UTC)
    assert timedelta(days=6, hours=23) < found.expires_at - now <= timedelta(days=7, minutes=1)
    # Google's documents: once a day.
    assert timedelta(hours=23) < found.renew_at - now <= timedelta(days=1)
    assert google.pubsub.watches[gmail.email].labels == ("INBOX",)
    watching.renew(found.remote_id, Target(topic))
    watching.stop(found.remote_id)
    watching.stop(found.remote_id)
    assert google.calls == ["watch", "watch", "stop", "stop"]
    assert not google.pubsub.watches
    # Both know what it costs.
    assert gmail.quota.spent == 300


def test_gmail_publishes_to_another_topic(google, watching):
    first, second = google.pubsub.add_topic("first"), google.pubsub.add_topic("second")
    watching.subscribe(Target(first))
    google.calls.clear()
    watching.subscribe(Target(second))
    assert google.calls == ["watch", "stop", "watch"]


def test_a_topic_that_is_none(google, watching):
    topic = google.pubsub.add_topic("closed", publishers=set())
    for name in (topic, topic + "-unknown", "projects/another-project/topics/mail", "mail"):
        with pytest.raises(SubscriptionError) as caught:
            watching.subscribe(Target(name))
        assert (caught.value.reason, caught.value.details["address"]) == ("topic", name)


def test_gmail_is_away(google, watching, gmail):
    topic = google.pubsub.add_topic()
    for status, kind in ((503, TemporaryError), (429, ThrottledError)):
        google.fail("/watch", status, {"error": {"code": status, "message": "later"}})
        with pytest.raises(kind):
            watching.subscribe(Target(topic))
    google.revoke(gmail.email)
    gmail.tokens.token = lambda refused="": "void"
    with pytest.raises(AuthenticationError):
        watching.subscribe(Target(topic))


# ------------------------------------------------------------ Outlook


@pytest.fixture
def subscriber(outlook, stack):
    values = {"tokens": outlook.tokens, "api": outlook.service.url, "timeout": 15.0}
    settings = type(outlook.adapter()._settings)(outlook.email, outlook.email, **values)
    return stack.enter_context(open_subscriber("outlook", settings))


def test_graph_asks_whose_address_it_is(outlook, subscriber, notified):
    found = subscriber.subscribe(Target(notified.url, SECRET))
    assert len(notified.requests) == 2
    [known] = outlook.service.graph.subscriptions.of(outlook.email)
    assert (known.value["id"], known.folder, known.value["clientState"]) == (found.remote_id, "inbox", SECRET)
    left = found.expires_at - datetime.now(UTC)
    # Below what Graph allows today (10,080 minutes) and did before (4,230).
    assert timedelta(minutes=4190) < left <= timedelta(minutes=4200)
    assert timedelta(minutes=2090) < found.renew_at - datetime.now(UTC) < timedelta(minutes=2110)

    known.expires = known.expires.replace(year=known.expires.year + 1)
    known.is_paused = True
    again = subscriber.renew(found.remote_id, Target(notified.url))
    assert again.remote_id == found.remote_id
    assert not known.is_paused
    assert known.expires - datetime.now(UTC) <= timedelta(minutes=4200)

    subscriber.stop(found.remote_id)
    assert not outlook.service.graph.subscriptions.known
    subscriber.stop(found.remote_id)
    with pytest.raises(SubscriptionError) as caught:
        subscriber.renew(found.remote_id, Target(notified.url))
    assert caught.value.reason == "gone"


def test_what_graph_posts_is_read(outlook, subscriber, notified):
    found = subscriber.subscribe(Target(notified.url, SECRET))
    graph = outlook.service.graph.subscriptions
    assert graph.tell(outlook.email, times=3) == [202]
    assert graph.event(outlook.email, "missed") == [202]
    told = [notices.read(body) for body in notified.bodies]
    assert told[0] == [notices.Notice(found.remote_id, SECRET)] * 3
    assert told[1] == [notices.Notice(found.remote_id, SECRET, notices.MISSED)]
    assert SECRET not in repr(told)
    # Of other folders nothing is told.
    assert graph.tell(outlook.email, "drafts") == []


def test_an_address_that_is_not_ours(outlook, subscriber, notified):
    notified.answers = False
    with pytest.raises(SubscriptionError) as caught:
        subscriber.subscribe(Target(notified.url, SECRET))
    assert caught.value.reason == "unreachable"
    assert "Response must exactly match" in caught.value.details["server_text"]
    with pytest.raises(SubscriptionError, match="unreachable"):
        subscriber.subscribe(Target("http://127.0.0.1:9/nobody", SECRET))
    assert not outlook.service.graph.subscriptions.known


def test_graph_refuses(outlook, subscriber, notified):
    for status, code, kind, reason in (
        (403, "ErrorAccessDenied", SubscriptionError, "refused"),
        (400, "InvalidRequest", SubscriptionError, "refused"),
        (429, "TooManyRequests", ThrottledError, "throttled"),
        (503, "ServiceUnavailable", TemporaryError, "unavailable"),
    ):
        outlook.service.fail("/subscriptions", failure(status, code, f"not like {SECRET}"))
        with pytest.raises(kind) as caught:
            subscriber.subscribe(Target(notified.url, SECRET))
        assert caught.value.reason == reason
        # Graph may repeat what it was shown.
        assert SECRET not in f"{caught.value} {caught.value.details}"
    outlook.service.fail("/subscriptions")
    with pytest.raises(NetworkError):
        subscriber.subscribe(Target(notified.url, SECRET))


def test_the_stand_in_takes_what_graph_takes(outlook, notified):
    """What our code does not do, and Graph would refuse."""
    outlook.service.add_shared("info@example.com", members=[outlook.email])
    client = outlook.adapter()._client
    good = {
        "changeType": "created",
        "notificationUrl": notified.url,
        "resource": "me/mailFolders('inbox')/messages",
        "expirationDateTime": f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
        "clientState": SECRET,
    }
    late = f"{datetime.now(UTC) + timedelta(minutes=10_090):%Y-%m-%dT%H:%M:%SZ}"
    for changed in (
        {"expirationDateTime": late},
        {"changeType": "created,moved"},
        {"clientState": "x" * 129},
        {"notificationUrl": "http://odoo.example.com/"},
        {"resource": "me/mailFolders('inbox')"},
        {"colour": "blue"},
        {"resource": "users/info@example.com/mailFolders('inbox')/messages"},
    ):
        with pytest.raises(Exception, match=r"40[03] "):
            client.call("POST", "/subscriptions", value=good | changed)
    assert len(outlook.service.violations) == 6  # that of the shared mailbox is a refusal
    outlook.service.violations.clear()
    client.call("POST", "/subscriptions", value=good)


# ------------------------------------------------------------ what is posted


def test_what_is_no_notification():
    good = {"subscriptionId": "a", "clientState": "b"}
    assert notices.read(json.dumps({"value": [good]}).encode()) == [notices.Notice("a", "b")]
    for value in (
        *(None, [], {}, [None], [{}], [good | {"subscriptionId": 1}], [good | {"clientState": ["b"]}]),
        *([good | {"clientState": "b" * 300}], [good | {"lifecycleEvent": {}}], [good] * 1001, "good"),
        [good | {"subscriptionId": "a\0"}],
    ):
        with pytest.raises(ValueError, match="no notification"):
            notices.read(json.dumps({"value": value}).encode())
    for content in (b"", b"{}", b"[]", b"null", b"\xff", b'{"value": [' + b"[" * 100_000):
        with pytest.raises(ValueError, match="no notification"):
            notices.read(content)


def test_every_provider_that_can_tell():
    assert set(SUBSCRIBERS) == {"gmail", "outlook"}
