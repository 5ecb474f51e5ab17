"""Labels of messages, and their deletion: what `base.Adapter` calls keywords, moves and copies.

A message that Gmail has in several places is one message. Whether it still is where the caller knows it, the history
tells for little; that somebody moves it in the very moment does no harm, since labels are added and taken one by one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from ..base import DRAFT, FLAGGED, SEEN, Held, Moved, RemoteFolder, Removed, Written
from ..errors import AdapterError, CursorLostError, FolderGoneError
from . import batching, faults
from .batching import Call
from .client import Client
from .history import History
from .messages import Messages
from .pacing import UNITS
from .places import ALL, APART, DRAFTS, FIXED, SENT, STARRED, TRASH, UNREAD, Place

#: Messages in one change of many: the most that Gmail takes.
MOST = 1000

#: From so many on, one change of many costs less than one for each.
FEW = UNITS["messages.batchModify"] // UNITS["messages.modify"]

#: So many are asked for one by one; whether more are where they were is taken from the history, which costs little.
LOOKED_AT = 25


@dataclass(frozen=True, slots=True)
class Change:
    """Labels to be added and taken."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    @property
    def body(self) -> dict:
        named = {"addLabelIds": list(self.add), "removeLabelIds": list(self.remove)}
        return {name: labels for name, labels in named.items() if labels}


class Writer:
    """Changes messages of one folder.

    :param place: what lies in the folder.
    :param cursor: the folder's; what its ids were when it was made.
    """

    def __init__(
        self, client: Client, history: History, messages: Messages, folder: RemoteFolder, place: Place, cursor: dict
    ):
        if cursor["label"] != place.label:
            raise CursorLostError("expired", path=folder.path)
        self._client = client
        self._history = history
        self._messages = messages
        self._folder = folder
        self._place = place
        self._cursor = cursor

    # ------------------------------------------------------------ where they are

    def present(self, ids: Iterable[str]) -> frozenset[str]:
        """Those of `ids` that are in the folder."""
        ids = list(dict.fromkeys(ids))
        if len(ids) <= LOOKED_AT:
            return self._asked(ids)
        there, _gone = self._still(ids)
        return frozenset(there)

    def held(self, history_id: int) -> Held:
        """Everything that is in the folder and was there at the cursor.

        :param history_id: where the history was before.
        """
        there = frozenset(message for message, _thread in self._messages.ids(self._place.listing))
        touched, _end = self._history.since(int(self._cursor["history"]), None)
        late = {
            message for message, one in touched.items() if one.is_new or self._place.entered(one.added, one.removed)
        }
        return Held(there - late, {"label": self._place.label, "history": str(history_id)})

    def _asked(self, ids: list[str]) -> frozenset[str]:
        """Those of `ids` that are in the folder, from Gmail itself."""
        if len(ids) <= LOOKED_AT:
            return frozenset(copy.remote_id for copy in self._messages.copies(self._place, ids))
        return frozenset(message for message, _thread in self._messages.ids(self._place.listing)) & frozenset(ids)

    def _gone(self) -> frozenset[str]:
        """What left the folder since the cursor was made."""
        touched, _end = self._history.since(int(self._cursor["history"]), None)
        return frozenset(message for message, one in touched.items() if one.may_have_left(self._place))

    def _still(self, ids: Iterable[str]) -> tuple[list[str], frozenset[str]]:
        """Those that are where they were, and those that are not."""
        ids = list(dict.fromkeys(ids))
        try:
            gone = self._gone() & set(ids) if ids else frozenset()
        except CursorLostError:
            # A folder that is not followed has an old cursor, and its messages are named as ever.
            gone = frozenset(ids) - self._asked(ids)
        return [message for message in ids if message not in gone], gone

    # ------------------------------------------------------------ keywords

    def set_keywords(self, ids: Iterable[str], add: frozenset[str], remove: frozenset[str]) -> Written:
        """See `base.Adapter`."""
        ids = list(dict.fromkeys(ids))
        unsupported = (add | remove) - {SEEN, FLAGGED}
        if DRAFT in unsupported and self._place.label == DRAFTS and DRAFT not in remove:
            # What it says is so already.
            unsupported -= {DRAFT}
        adding = [UNREAD] * (SEEN in remove) + [STARRED] * (FLAGGED in add)
        removing = [UNREAD] * (SEEN in add) + [STARRED] * (FLAGGED in remove)
        refused, text = self._change(ids, Change(tuple(adding), tuple(removing)))
        return Written(
            confirmed=frozenset(ids) - refused,
            refused=refused,
            unsupported=frozenset(unsupported),
            cursor=self._cursor,
            server_text=text,
        )

    # ------------------------------------------------------------ moves

    def move(self, ids: Iterable[str], target: RemoteFolder, place: Place) -> Moved:
        """See `base.Adapter`: the label of the target is added, and that of this folder taken."""
        there, gone = self._still(ids)
        refused: frozenset[str] = frozenset()
        add = () if not place.label or place.label in FIXED else (place.label,)
        remove = () if not self._place.label or self._place.label in FIXED else (self._place.label,)
        if place == self._place:
            return Moved({message: message for message in there}, gone)
        if place.label in FIXED:
            # What was sent is so for ever, but may have been thrown away: it is taken back from there.
            bearing = self._messages.look_up(there)
            refused = frozenset(
                message for message in there if message not in bearing or place.label not in bearing[message].labels
            )
            there = [message for message in there if message not in refused]
        return self._moved(there, gone, refused, Change(add, remove), target)

    def copy(self, ids: Iterable[str], target: RemoteFolder, place: Place) -> Moved:
        """See `base.Adapter`. There is no copy of what is thrown away, nor of what was sent."""
        there, gone = self._still(ids)
        if place.label in APART | FIXED or self._place.label in APART:
            return Moved(gone=gone, refused=frozenset(there), server_text="")
        return self._moved(there, gone, frozenset(), Change((place.label,) if place.label else ()), target)

    def _moved(
        self, ids: list[str], gone: frozenset[str], refused: frozenset[str], change: Change, target: RemoteFolder
    ) -> Moved:
        done: dict[str, str] = {}
        text = ""
        try:
            for part in _parts(ids):
                failed, said = self._change(part, change, target)
                refused, text = refused | failed, said or text
                done |= {message: message for message in part if message not in failed}
        except (AdapterError, faults.ApiError) as error:
            meaning = error.meaning() if isinstance(error, faults.ApiError) else error
            meaning.done = Moved(done, gone, refused=refused, server_text=text)
            raise meaning from error
        return Moved(done, gone, shown=self._shown(done, change), refused=refused, server_text=text)

    def _shown(self, ids: Iterable[str], change: Change) -> frozenset[str]:
        """What was moved away and is here still: All Mail, and Sent, show it wherever else it is."""
        stays = self._place.label in (ALL, *FIXED) and not set(change.add) & APART
        return frozenset(ids) if stays else frozenset()

    # ------------------------------------------------------------ deletion

    def delete(self, ids: Iterable[str], *, everywhere: bool) -> Removed:
        """See `base.Adapter`."""
        there, gone = self._still(ids)
        if not there:
            return Removed(gone)
        label = self._place.label
        if label == DRAFTS:
            return self._discard(there, gone)
        if everywhere or label in APART:
            return self._delete_for_good(there, gone)
        if not label or label == SENT:
            return Removed(gone, refused=frozenset(there))
        refused, text = self._change(there, Change(remove=(label,)))
        return Removed(gone | (frozenset(there) - refused), refused=refused, server_text=text)

    def _delete_for_good(self, ids: list[str], gone: frozenset[str]) -> Removed:
        done: frozenset[str] = frozenset()
        for part in _parts(ids):
            try:
                self._delete_part(part)
            except faults.ApiError as error:
                if error.status != 403 or error.is_throttling:
                    raise
                # Whoever signed in did not allow it. What is in the trash is gone by itself after 30 days.
                if self._place.label not in APART:
                    self._change(part, Change((TRASH,)))
                return Removed(gone | done, refused=frozenset(ids) - done, server_text=error.text)
            done |= frozenset(part)
        return Removed(gone | done)

    def _delete_part(self, ids: list[str]) -> None:
        if len(ids) * UNITS["messages.delete"] >= UNITS["messages.batchDelete"]:
            self._client.call("messages.batchDelete", "POST", "messages/batchDelete", body={"ids": ids})
            return
        calls = [Call("messages.delete", "DELETE", f"messages/{quote(message, safe='')}") for message in ids]
        self._refused(ids, batching.run(self._client, calls))

    def _discard(self, ids: list[str], gone: frozenset[str]) -> Removed:
        """Delete drafts, which have ids of their own besides those of their messages."""
        drafts = self._drafts(set(ids))
        found = [message for message in ids if message in drafts]
        calls = [Call("drafts.delete", "DELETE", f"drafts/{quote(drafts[message], safe='')}") for message in found]
        refused, text = self._refused(found, batching.run(self._client, calls))
        return Removed(gone | (frozenset(ids) - refused), refused=refused, server_text=text)

    def _drafts(self, ids: set[str]) -> dict[str, str]:
        """Message -> draft; asks until all are found."""
        found: dict[str, str] = {}
        query: dict = {"maxResults": 500}
        while True:
            page = self._client.call("drafts.list", "GET", "drafts", query)
            found |= {one["message"]["id"]: one["id"] for one in page.get("drafts", ())}
            token = page.get("nextPageToken")
            if not token or token == query.get("pageToken") or ids <= found.keys():
                return found
            query["pageToken"] = token

    # ------------------------------------------------------------ calls

    def _change(self, ids: list[str], change: Change, target: RemoteFolder | None = None) -> tuple[frozenset[str], str]:
        """Change the labels of messages; returns those for which Gmail refuses it, and why. Gone ones are no matter."""
        if not change.body:
            return frozenset(), ""
        refused: frozenset[str] = frozenset()
        text = ""
        for part in _parts(ids):
            try:
                failed, said = self._change_part(part, change)
            except faults.ApiError as error:
                if error.names_label:
                    path = (target or self._folder).path
                    raise FolderGoneError("gone", path=path, server_text=error.text) from error
                raise
            refused, text = refused | failed, said or text
        return refused, text

    def _change_part(self, ids: list[str], change: Change) -> tuple[frozenset[str], str]:
        if len(ids) > FEW:
            try:
                body = {"ids": ids, **change.body}
                self._client.call("messages.batchModify", "POST", "messages/batchModify", body=body)
            except faults.ApiError as error:
                if error.status not in (400, 404) or error.names_label:
                    raise
                # Perhaps for one of them alone: then each has to be told by itself.
            else:
                return frozenset(), ""
        calls = [
            Call("messages.modify", "POST", f"messages/{quote(message, safe='')}/modify", body=change.body)
            for message in ids
        ]
        return self._refused(ids, batching.run(self._client, calls))

    @staticmethod
    def _refused(ids: list[str], answers: list[batching.Answer]) -> tuple[frozenset[str], str]:
        """What Gmail refused of single calls, and why; the first that may succeed later, or concerns all, is raised."""
        refused, text = set(), ""
        for message, answer in zip(ids, answers, strict=True):
            error = answer.error
            if not error or error.status == 404:
                continue
            if error.status != 400 or error.names_label:
                raise error
            refused.add(message)
            text = error.text
        return frozenset(refused), text


def _parts(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + MOST] for start in range(0, len(ids), MOST)]
