"""Graph tells of what happens in an inbox by requests to us, as long as a subscription lasts (`notices` reads them).

https://learn.microsoft.com/graph/api/resources/subscription
"""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ..base import Settings, Subscription, Target
from ..errors import AdapterError, ProtocolError, SubscriptionError
from .client import Client, quoted
from .faults import GraphError, translate, understood

PROVIDER = "Microsoft"

#: Graph lets subscriptions to messages live for 10,080 minutes at most, and until 2024 for 4,230, as some of its clouds
#: may still do. This is below both, and what nobody renews is soon gone.
LIFETIME = timedelta(minutes=4200)

#: The inbox alone, which is what people wait for, as with IDLE: otherwise Graph would tell of every draft that is saved
#: as well, here too. All else is found by the next look. Of a shared mailbox Graph tells none of its members, whatever
#: they were granted: only an application that may read every mailbox.
RESOURCE = "me/mailFolders('inbox')/messages"
CHANGES = "created,updated,deleted"


class OutlookSubscriber:
    """See `base.Subscriber`."""

    is_one_for_mailbox = False

    def __init__(self, settings: Settings):
        self._client = Client(settings)

    def __enter__(self) -> "OutlookSubscriber":
        return self

    def __exit__(self, *exc_info) -> None:
        self._client.close()

    def subscribe(self, target: Target) -> Subscription:
        """Before it answers, Graph asks our address whether it is ours, twice: once for what happens to messages and
        once for what happens to the subscription."""
        value = {
            "changeType": CHANGES,
            "notificationUrl": target.address,
            "lifecycleNotificationUrl": target.address,
            "resource": RESOURCE,
            "clientState": target.secret,
            "expirationDateTime": _end(),
        }
        with self._translated(target):
            return _read(self._client.call("POST", "/subscriptions", value=value))

    def renew(self, remote_id: str, target: Target) -> Subscription:
        """It also says anew who may read the mailbox (``reauthorizationRequired``)."""
        with self._translated(target):
            path = f"/subscriptions/{quoted(remote_id)}"
            return _read(self._client.call("PATCH", path, value={"expirationDateTime": _end()}))

    def stop(self, remote_id: str) -> None:
        try:
            with self._translated(Target("")):
                self._client.call("DELETE", f"/subscriptions/{quoted(remote_id)}")
        except SubscriptionError as error:
            if error.reason != "gone":
                raise

    @contextlib.contextmanager
    def _translated(self, target: Target) -> Iterator[None]:
        try:
            with understood():
                yield
        except GraphError as error:
            raise _hidden(_meaning(error, target), target) from None


def _meaning(error: GraphError, target: Target) -> AdapterError:
    facts = {"provider": PROVIDER, "address": target.address, "server_text": error.server_text}
    if error.is_missing:
        return SubscriptionError("gone", **facts)
    if error.status == 400 and "validation" in error.server_text.lower():
        return SubscriptionError("unreachable", **facts)
    if error.status in (400, 403):
        return SubscriptionError("refused", **facts)
    return translate(error)


def _hidden(error: AdapterError, target: Target) -> AdapterError:
    """Graph may repeat what it was shown."""
    if target.secret:
        error.hide([target.secret])
    return error


def _end() -> str:
    return (datetime.now(UTC) + LIFETIME).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")


def _read(value: dict) -> Subscription:
    text, remote_id = value["expirationDateTime"], value["id"]
    if not isinstance(remote_id, str) or not remote_id:
        raise ProtocolError("bad_response", server_text="a subscription without an id")
    # Graph writes seven digits of a second, of which Python takes six.
    expires_at = datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    now = datetime.now(UTC)
    return Subscription(remote_id, expires_at, now + (expires_at - now) / 2)
