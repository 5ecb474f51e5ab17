"""What happened in the account since a folder was looked at last.

Gmail keeps one history for the whole account. A session asks for it once, and every folder finds its own part in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..errors import CursorLostError, ProtocolError
from . import faults
from .client import Client
from .places import Place

#: Records in one page: the most that Gmail gives.
PAGE = 500

_KINDS = ("messagesAdded", "messagesDeleted", "labelsAdded", "labelsRemoved")


@dataclass(slots=True)
class Touched:
    """What became of one message.

    :param labels: all that it bears now; None: the history does not tell.
    :param added, removed: labels that it got and lost meanwhile, perhaps both.
    """

    thread_id: str = ""
    labels: frozenset[str] | None = None
    is_new: bool = False
    is_deleted: bool = False
    added: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)

    def may_have_left(self, place: Place) -> bool:
        """Whether it is not in `place` any more though it may have been."""
        if self.is_deleted:
            return self.labels is None or place.holds(self.labels) or place.left(self.added, self.removed)
        if self.labels is None:
            return place.left(self.added, self.removed) and not place.entered(self.added, self.removed)
        return not place.holds(self.labels) and place.left(self.added, self.removed)


@dataclass(frozen=True, slots=True)
class _Event:
    """What one record says of one message. There may be hundreds of thousands of them.

    :param record: the record's id.
    :param labels: those that the message bears, if they are told.
    """

    record: int
    message: str
    thread_id: str
    labels: frozenset[str] | None
    added: frozenset[str]
    removed: frozenset[str]
    is_new: bool
    is_deleted: bool


class History:
    """The account's history, as far as this session needs it."""

    def __init__(self, client: Client):
        self._client = client
        self._start = 0
        self._end = 0
        self._told = 0
        self._forgotten = -1
        self._events: list[_Event] = []
        self._touched: dict[int, dict[str, Touched]] = {}

    def since(self, start: int, until: int | None) -> tuple[dict[str, Touched], int]:
        """What happened to which messages after `start`, and up to where this tells it.

        :param until: where the history is known to be by now; None: nobody knows, Gmail is asked.
        :raises CursorLostError: Gmail does not know any more.
        """
        if until is not None and start >= until:
            return {}, start
        if not self._end or start < self._start:
            self._events, self._end = self._ask(start)
            self._start = start
            self._touched.clear()
        elif until is None or until > max(self._end, self._told):
            more, self._end = self._ask(self._end)
            self._events += more
            self._touched.clear()
        # Gmail may not know yet what it has told of elsewhere; the next session asks again.
        self._told = max(self._told, until or 0)
        if start not in self._touched:
            self._touched[start] = _touched(event for event in self._events if event.record > start)
        return self._touched[start], self._end

    def _ask(self, start: int) -> tuple[list[_Event], int]:
        if start <= self._forgotten:
            raise CursorLostError("expired")
        query, events, end = {"startHistoryId": str(start), "maxResults": PAGE}, [], 0
        same: dict = {}
        while True:
            try:
                page = self._client.call("history.list", "GET", "history", query)
            except faults.ApiError as error:
                if error.status == 404:
                    # Nor what was before: the other folders need not ask.
                    self._forgotten = start
                    raise CursorLostError("expired", server_text=error.text) from error
                raise
            events += [event for record in page.get("history", ()) for event in _events(record, same)]
            # The first page's: what happens while the others are asked for may be in none of them.
            end = end or int(page.get("historyId", 0))
            token = page.get("nextPageToken")
            if not token:
                break
            if token == query.get("pageToken"):
                raise ProtocolError("bad_response", server_text="pages without end")
            query["pageToken"] = token
        # It never goes back, whatever an answer that comes from elsewhere says.
        return events, max(end, start)


def _events(record: dict, same: dict) -> Iterator[_Event]:
    """:param same: sets of labels that were met before: the same few come again and again."""

    def labels_of(changes: list[dict]) -> frozenset[str]:
        labels = frozenset(label for change in changes for label in change.get("labelIds", ()))
        return same.setdefault(labels, labels)

    by_message: dict[str, dict[str, list[dict]]] = {}
    for kind in _KINDS:
        for change in record.get(kind, ()):
            by_message.setdefault(change["message"]["id"], {}).setdefault(kind, []).append(change)
    for message, kinds in by_message.items():
        told = [change["message"] for changes in kinds.values() for change in changes]
        labels = [one for one in told if "labelIds" in one]
        yield _Event(
            record=int(record["id"]),
            message=message,
            thread_id=next((one["threadId"] for one in told if one.get("threadId")), ""),
            labels=labels_of(labels[-1:]) if labels else None,
            added=labels_of(kinds.get("labelsAdded", [])),
            removed=labels_of(kinds.get("labelsRemoved", [])),
            is_new="messagesAdded" in kinds,
            is_deleted="messagesDeleted" in kinds,
        )


def _touched(events: Iterator[_Event]) -> dict[str, Touched]:
    found: dict[str, Touched] = {}
    for event in events:
        one = found.setdefault(event.message, Touched())
        one.thread_id = event.thread_id or one.thread_id
        one.is_new |= event.is_new
        one.is_deleted |= event.is_deleted
        one.added |= event.added
        one.removed |= event.removed
        before = event.labels if event.labels is not None else one.labels
        # Whether Gmail tells the labels from before or after what happened, or those of today: the last word on a label
        # is what the last record did to it.
        one.labels = frozenset((before | event.added) - event.removed) if before is not None else None
    return found
