"""Google's quota, kept under by waiting before a call and not by running into refusals.

Published for projects made since May 2026: 6,000 units a minute for each user, and so many units for each method.
https://developers.google.com/workspace/gmail/api/reference/quota
"""

import threading
import time

#: Method -> units.
UNITS = {
    "getProfile": 1,
    "history.list": 2,
    "labels.list": 1,
    "labels.get": 1,
    "labels.create": 5,
    "labels.patch": 5,
    "labels.delete": 5,
    "messages.list": 5,
    "messages.get": 20,
    "messages.modify": 5,
    "messages.batchModify": 50,
    "messages.batchDelete": 50,
    "messages.delete": 10,
    "messages.insert": 25,
    "messages.send": 100,
    "drafts.create": 10,
    "drafts.list": 5,
    "drafts.delete": 10,
    "settings.sendAs.list": 1,
    "watch": 100,
    "stop": 50,
}

#: Units that may be spent at once, and that come back in a second.
BURST = 1200
RATE = 65.0

#: What costs so little does not wait behind what costs much (a click behind a first look), up to so many units in all.
#: Within any minute all of it is 5,600 units at most: the rest is for the account's other processes, of which this one
#: knows nothing.
SMALL, RESERVE = 100, 500


class Pace:
    """One user's share, as far as this process spends it. For several threads."""

    def __init__(self):
        self._lock = threading.Lock()
        self._left = float(BURST)
        self._moment = time.monotonic()

    def take(self, units: int) -> None:
        """Wait until there is room for `units`, which are one request's."""
        with self._lock:
            now = time.monotonic()
            self._left = min(BURST, self._left + (now - self._moment) * RATE) - units
            self._moment = now
            wait = (-self._left - (RESERVE if units <= SMALL else 0)) / RATE
        if wait > 0:
            time.sleep(wait)

    def is_over(self) -> None:
        """Google says that it is too much, so others spend of the same share: nothing is left for now."""
        with self._lock:
            self._left = min(self._left, 0.0)


_paces: dict[tuple[str, str], Pace] = {}
_lock = threading.Lock()


def pace_of(api: str, user: str) -> Pace:
    """The one of a user, whoever asks in this process."""
    with _lock:
        return _paces.setdefault((api, user.casefold()), Pace())
