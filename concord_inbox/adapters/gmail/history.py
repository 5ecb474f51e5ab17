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


class History:
    """The account's history, as far as this session needs it."""

    def __init__(self, client: Client):
        self._client = client
        self._start = 0
        self._end = 0
        self._forgotten = -1
        self._records: list[dict] = []
        self._touched: dict[int, dict[str, Touched]] = {}

    def since(self, start: int, until: int | None) -> tuple[dict[str, Touched], int]:
        """What happened to which messages after `start`, and up to where this tells it.

        :param until: where the history is known to be by now; None: nobody knows, Gmail is asked.
        :raises CursorLostError: Gmail does not know any more.
        """
        if until is not None and start >= until:
            return {}, start
        if not self._end or start < self._start:
            self._records, self._end = self._ask(start)
            self._start = start
            self._touched.clear()
        elif until is None or until > self._end:
            more, self._end = self._ask(self._end)
            self._records += more
            self._touched.clear()
        if start not in self._touched:
            self._touched[start] = _touched(record for record in self._records if int(record["id"]) > start)
        return self._touched[start], self._end

    def _ask(self, start: int) -> tuple[list[dict], int]:
        if start <= self._forgotten:
            raise CursorLostError("expired")
        query, records, end = {"startHistoryId": str(start), "maxResults": PAGE}, [], 0
        while True:
            try:
                page = self._client.call("history.list", "GET", "history", query)
            except faults.ApiError as error:
                if error.status == 404:
                    # Nor what was before: the other folders need not ask.
                    self._forgotten = start
                    raise CursorLostError("expired", server_text=error.text) from error
                raise
            records += page.get("history", [])
            # The first page's: what happens while the others are asked for may be in none of them.
            end = end or int(page.get("historyId", 0))
            token = page.get("nextPageToken")
            if not token:
                break
            if token == query.get("pageToken"):
                raise ProtocolError("bad_response", server_text="pages without end")
            query["pageToken"] = token
        # It never goes back, whatever an answer that comes from elsewhere says.
        return records, max(end, start)


def _touched(records: Iterator[dict]) -> dict[str, Touched]:
    found: dict[str, Touched] = {}
    for record in records:
        for message, (labels, added, removed) in _told(record, found).items():
            one = found[message]
            one.added |= added
            one.removed |= removed
            before = labels if labels is not None else one.labels
            # Whether Gmail tells the labels from before or after what happened, or those of today: the last word on a
            # label is what the last record did to it.
            one.labels = frozenset((before | added) - removed) if before is not None else None
    return found


def _told(record: dict, found: dict[str, Touched]) -> dict[str, tuple[frozenset[str] | None, set[str], set[str]]]:
    """Of each message in a record: its labels if they are told, those that were added, and those that were removed."""
    told: dict[str, tuple[frozenset[str] | None, set[str], set[str]]] = {}
    for kind in _KINDS:
        for change in record.get(kind, ()):
            message = change["message"]
            one = found.setdefault(message["id"], Touched())
            one.thread_id = message.get("threadId") or one.thread_id
            one.is_new |= kind == "messagesAdded"
            one.is_deleted |= kind == "messagesDeleted"
            labels, added, removed = told.setdefault(message["id"], (None, set(), set()))
            if "labelIds" in message:
                labels = frozenset(message["labelIds"])
            added |= set(change.get("labelIds", ())) if kind == "labelsAdded" else set()
            removed |= set(change.get("labelIds", ())) if kind == "labelsRemoved" else set()
            told[message["id"]] = labels, added, removed
    return told
