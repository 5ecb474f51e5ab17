"""The servers' side: one adapter for each connection type, and the registry that names them.

A new connection type is a class with the methods of `base.Adapter` and one line in `ADAPTERS`.
"""

from .base import Adapter, Settings
from .gmail import GmailAdapter
from .imap import ImapAdapter
from .outlook import OutlookAdapter

#: connection type -> class, called with the account's `Settings`.
ADAPTERS: dict[str, type] = {"imap": ImapAdapter, "gmail": GmailAdapter, "outlook": OutlookAdapter}


def open_adapter(connection_type: str, settings: Settings) -> Adapter:
    """An adapter for one account. Nothing is dialled before its first method is called; leave it by `with`.

    :raises KeyError: no such connection type.
    """
    return ADAPTERS[connection_type](settings)
