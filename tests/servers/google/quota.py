"""What Google counts: units for each method, within a minute (published for projects made since May 2026)."""

from collections import deque
from collections.abc import Callable

#: https://developers.google.com/workspace/gmail/api/reference/quota
UNITS = {
    "getProfile": 1,
    "history.list": 2,
    "labels.list": 1,
    "labels.get": 1,
    "labels.create": 5,
    "labels.patch": 5,
    "labels.update": 5,
    "labels.delete": 5,
    "messages.list": 5,
    "messages.get": 20,
    "messages.modify": 5,
    "messages.batchModify": 50,
    "messages.batchDelete": 50,
    "messages.delete": 10,
    "messages.trash": 5,
    "messages.untrash": 5,
    "messages.insert": 25,
    "messages.import": 25,
    "messages.send": 100,
    "drafts.create": 10,
    "drafts.update": 15,
    "drafts.delete": 10,
    "drafts.get": 20,
    "drafts.list": 5,
    "drafts.send": 100,
    "settings.sendAs.list": 1,
    "settings.sendAs.get": 1,
    "messages.attachments.get": 20,
    "watch": 100,
    "stop": 50,
}

MINUTE = 60.0


class Quota:
    """One user's share.

    Attributes: `limit` units a minute; `spent` in all; `refusals`: how often it was too much; `calls`: name -> how
    often.
    """

    def __init__(self, now: Callable[[], float], limit: int = 6000):
        self.limit = limit
        self.spent = 0
        self.refusals = 0
        self.calls: dict[str, int] = {}
        self._now = now
        self._window: deque[tuple[float, int]] = deque()

    def take(self, name: str) -> bool:
        """Whether there is room for one call; counts it."""
        units, now = UNITS[name], self._now()
        while self._window and self._window[0][0] <= now - MINUTE:
            self._window.popleft()
        if sum(spent for _moment, spent in self._window) + units > self.limit:
            self.refusals += 1
            return False
        self._window.append((now, units))
        self.spent += units
        self.calls[name] = self.calls.get(name, 0) + 1
        return True
