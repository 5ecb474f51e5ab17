"""The servers' side: one adapter for each connection type, and the registry that names them.

A new connection type is a class with the methods of `base.Adapter` and one line in `ADAPTERS`.
"""

from .base import Adapter, Settings, Subscriber
from .gmail import GmailAdapter, GmailSubscriber
from .imap import ImapAdapter
from .outlook import OutlookAdapter, OutlookSubscriber

#: connection type -> class, called with the account's `Settings`.
ADAPTERS: dict[str, type] = {"imap": ImapAdapter, "gmail": GmailAdapter, "outlook": OutlookAdapter}

#: The same of those whose providers tell of new email by requests to us.
SUBSCRIBERS: dict[str, type] = {"gmail": GmailSubscriber, "outlook": OutlookSubscriber}


def open_adapter(connection_type: str, settings: Settings) -> Adapter:
    """An adapter for one account. Nothing is dialled before its first method is called; leave it by `with`.

    :raises KeyError: no such connection type.
    """
    return ADAPTERS[connection_type](settings)


def open_subscriber(connection_type: str, settings: Settings) -> Subscriber:
    """What has the provider of one account tell of its inbox; as `open_adapter()`.

    :raises KeyError: no connection type whose provider does that.
    """
    return SUBSCRIBERS[connection_type](settings)
