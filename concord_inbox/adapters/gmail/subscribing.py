"""Gmail tells of what happens in an inbox by publishing to a topic of Cloud Pub/Sub, which posts it to us (`push`).

https://developers.google.com/workspace/gmail/api/guides/push: a watch ends after seven days and is to be renewed every
day; there is one for each user and project.
"""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ..base import Settings, Subscription, Target
from ..errors import ProtocolError, SubscriptionError
from . import faults
from .client import Client

RENEW_EVERY = timedelta(days=1)

#: The inbox alone, which is what people wait for, as with IDLE: without this Gmail would tell of every draft that is
#: saved as well, here too. All else is found by the next look.
LABELS = ("INBOX",)


class GmailSubscriber:
    """See `base.Subscriber`. The name of the topic is the target's address; there is no secret."""

    is_one_for_mailbox = True

    def __init__(self, settings: Settings):
        self._client = Client(settings)

    def __enter__(self) -> "GmailSubscriber":
        return self

    def __exit__(self, *exc_info) -> None:
        self._client.close()

    def subscribe(self, target: Target) -> Subscription:
        with _translated(target.address):
            try:
                return self._watch(target)
            except faults.ApiError as error:
                # One that was made for another topic, of which nobody here knows any more.
                if error.status != 400 or "/stop" not in error.text:
                    raise
            self._client.call("stop", "POST", "stop")
            return self._watch(target)

    def renew(self, remote_id: str, target: Target) -> Subscription:
        """To Gmail, it is the same as to begin."""
        return self.subscribe(target)

    def stop(self, remote_id: str) -> None:
        with _translated(""):
            self._client.call("stop", "POST", "stop")

    def _watch(self, target: Target) -> Subscription:
        body = {"topicName": target.address, "labelIds": list(LABELS), "labelFilterBehavior": "include"}
        told = self._client.call("watch", "POST", "watch", body=body)
        expires_at = datetime.fromtimestamp(int(told["expiration"]) / 1000, UTC)
        return Subscription("", expires_at, datetime.now(UTC) + RENEW_EVERY)


@contextlib.contextmanager
def _translated(topic: str) -> Iterator[None]:
    try:
        yield
    except faults.ApiError as error:
        words = error.text.lower()
        if error.status in (400, 403, 404) and ("topic" in words or "pubsub" in words):
            raise SubscriptionError("topic", provider=faults.PROVIDER, address=topic, server_text=error.text) from error
        raise error.meaning() from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ProtocolError("bad_response", provider=faults.PROVIDER, server_text=repr(error)) from error
