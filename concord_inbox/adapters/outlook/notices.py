"""What Graph posts to us: changeNotificationCollection, of which nothing but whose it is and what it is about is read.

https://learn.microsoft.com/graph/api/resources/changenotificationcollection
"""

import json
from dataclasses import dataclass, field

#: The most that Graph is let tell at a time; it posts some hundred bytes for each change.
MOST = 1000
LONGEST = 256  # characters of an id, a secret or a word

#: What happens to a subscription, and not in the mailbox.
REMOVED, REAUTHORIZE, MISSED = "subscriptionRemoved", "reauthorizationRequired", "missed"


@dataclass(frozen=True, slots=True)
class Notice:
    """:param event: '' for something that happened in the mailbox, else one of the words above (or another one)."""

    remote_id: str
    secret: str = field(repr=False)
    event: str = ""


def read(content: bytes) -> list[Notice]:
    """The notices in the body of a request.

    :raises ValueError: it is none of Graph's.
    """
    try:
        items = json.loads(content)["value"]
        if not isinstance(items, list) or not 0 < len(items) <= MOST:
            raise ValueError
        return [_notice(item) for item in items]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # Without what was wrong: the secret may be in it.
        raise ValueError("no notification of Graph's") from None


def _notice(item: dict) -> Notice:
    return Notice(_text(item["subscriptionId"]), _text(item.get("clientState")), _text(item.get("lifecycleEvent")))


def _text(value: str | None) -> str:
    text = "" if value is None else value
    if not isinstance(text, str) or len(text) > LONGEST or not text.isprintable():
        raise ValueError
    return text
