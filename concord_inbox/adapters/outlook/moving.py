"""Messages moved to another folder, or copied there. A moved one keeps its id; a copy is another message."""

from collections.abc import Iterable

from ..base import Moved, RemoteFolder, RemoteId
from ..errors import AdapterError, CursorLostError, QuotaError
from . import batch, changes, looking
from .client import Client, query_of, quoted
from .faults import GraphError, translate
from .folders import id_of

_WHERE = query_of(select="id,parentFolderId,internetMessageId")


class Mover:
    """Moves or copies messages from one folder to another, see `base.Adapter.move`.

    :param again: the same was tried before, and nobody knows how it ended.
    """

    def __init__(
        self,
        client: Client,
        folder: RemoteFolder,
        target: RemoteFolder,
        target_cursor: dict | None,
        again: bool,
    ):
        self._client = client
        self._folder = folder
        self._target = target
        self._target_cursor = target_cursor
        self._again = again
        self._ids: dict[RemoteId, RemoteId | None] = {}
        self._gone: set[RemoteId] = set()
        self._refused: set[RemoteId] = set()
        self._text = ""

    def move(self, ids: Iterable[RemoteId]) -> Moved:
        """Move. Whoever moved one elsewhere meanwhile meant that: it is gone."""
        ids = list(dict.fromkeys(ids))
        places = {item["id"]: item.get("parentFolderId") for item in looking.anywhere(self._client, ids, _WHERE)}
        here = [one for one in ids if places.get(one) == id_of(self._folder)]
        for one in ids:
            if self._again and places.get(one) == id_of(self._target):
                # What was tried before came about.
                self._ids[one] = one
            elif one not in here:
                self._gone.add(one)
        return self._run("move", here)

    def copy(self, ids: Iterable[RemoteId]) -> Moved:
        """Copy."""
        ids = list(dict.fromkeys(ids))
        items = {item["id"]: item for item in looking.items(self._client, self._folder, ids, _WHERE)}
        self._gone.update(one for one in ids if one not in items)
        due = [one for one in ids if one in items]
        if self._again:
            due = [one for one in due if not self._was_copied(one, items[one].get("internetMessageId"))]
        return self._run("copy", due)

    def _was_copied(self, one: RemoteId, message_id: str | None) -> bool:
        """Whether the attempt before made a copy, of those that came to the target after its cursor."""
        if not message_id:
            return False
        found = [item["id"] for item in looking.find(self._client, self._target, message_id, _WHERE)]
        new = self._news()
        found = [other for other in found if other != one and other not in self._ids.values()]
        if new is not None:
            found = [other for other in found if other in new]
        if found:
            self._ids[one] = found[-1]
        return bool(found)

    def _news(self) -> frozenset[RemoteId] | None:
        """What came into the target since its cursor was made; None: nobody knows."""
        cursor = self._target_cursor
        if not cursor or "delta" not in cursor or cursor.get("folder") != id_of(self._target):
            return None
        try:
            return changes.news_ids(self._client, self._target, cursor)
        except GraphError as error:
            if not error.is_lost:
                raise
            return None

    def _run(self, action: str, ids: list[RemoteId]) -> Moved:
        parts = [
            batch.Part(
                one,
                "POST",
                f"{self._client.user}/messages/{quoted(one)}/{action}",
                {"destinationId": id_of(self._target)},
            )
            for one in ids
        ]
        try:
            for answer in batch.run(self._client, parts):
                self._take(answer)
        except GraphError as error:
            raise self._failed(translate(error, self._folder)) from error
        except AdapterError as error:
            raise self._failed(error) from error
        return self._result()

    def _take(self, answer: batch.Answer) -> None:
        if not answer.error:
            self._ids[answer.key] = answer.body["id"]
            return
        error = answer.error
        if error.status in (401, 500, 502, 503, 504):
            raise error
        found = translate(error, self._target)
        if isinstance(found, QuotaError):
            raise found
        if not error.is_missing:
            self._refused.add(answer.key)
            self._text = error.server_text
        elif looking.present(self._client, self._folder, [answer.key]):
            # It is there: what is missing is the target.
            raise found
        else:
            self._gone.add(answer.key)

    def _failed(self, error: AdapterError) -> AdapterError:
        error.done = self._result()
        return error

    def _result(self) -> Moved:
        return Moved(self._ids, frozenset(self._gone), refused=frozenset(self._refused), server_text=self._text)


def check_cursor(folder: RemoteFolder, cursor: dict | None) -> None:
    """:raises CursorLostError: `cursor` is of another folder, which had the same path."""
    if cursor and cursor.get("folder") not in (None, id_of(folder)):
        raise CursorLostError("expired")
