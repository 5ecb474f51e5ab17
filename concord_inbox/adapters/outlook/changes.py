"""What happened in a folder (`messages/delta`).

A walk begins with all that the folder holds, page after page, and ends with a link that brings what happened since. A
cursor is such a link with what it is good for; its keys:

``folder``  the id of the folder. One of the same path that was made anew has another id.
``since``   the limit of time that Graph keeps to in this walk; None: it tells the whole folder, and what is older is
            left out here.
``first``   the limit of the first look. Of trash and spam, what is older and was there then is left out for good.
``next``    the next page of a walk that is under way; ``told`` how many messages it brought, of so many ``expected``.
``texts``   of the folder for drafts: each draft's id, and what tells its versions apart.
``delta``   what happened since the walk came to its end.
``lost``    the link before was not good any more: the next walk begins from the start, and says what is there.

Graph gives no more than 5,000 messages of a walk with a limit of time, and its link says nothing of the others. Then
another walk is begun that has no limit. So it is with trash and spam from the start: what lay there when the account
was connected is left out, but what is moved there later is followed, however old it is.

A folder's walk tells a message that was moved away as removed, as it does one that was deleted, and the one of the
other folder brings it: its id stays the same.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from ..base import Changes, KnownEmails, RemoteCopy, RemoteFolder, RemoteId
from ..errors import ProtocolError
from . import looking
from .client import Client, query_of
from .faults import GraphError
from .folders import id_of, path_of
from .records import SELECT, SELECT_DRAFTS, copy_of, newer_than, text_key, text_of

#: Messages asked for at a time.
PAGE = 200
#: About so many Graph tells of a walk with a limit.
LIMIT = 4900
#: Where the first look leaves out more than later ones do.
WHOLE = ("trash", "junk")
#: No walk has more pages: it would lead in a circle.
MOST_PAGES = 100_000

Page = tuple[list[dict], str, bool]


class FolderChanges:
    """One look at one folder, see `base.Adapter.changes`.

    :param known: what is stored of emails, see `base.Settings`.
    """

    def __init__(
        self,
        client: Client,
        folder: RemoteFolder,
        cursor: dict | None,
        since: datetime | None,
        known: KnownEmails | None = None,
    ):
        self._known = known
        self._client = client
        self._folder = folder
        self._since = since
        self._limit = text_of(since) if since else None
        self._cursor = cursor or {}
        self._has_drafts = folder.role == "drafts"

    def run(self) -> Iterator[Changes]:
        """The pieces.

        :raises GraphError: also one that says that the links of this walk are good for nothing.
        """
        if self._cursor and not self._fits(self._cursor):
            yield from self._restart()
            return
        cursor = self._cursor or self._begin()
        try:
            yield from (piece for piece, _ids in self._walk(cursor)) if "next" in cursor else self._news(cursor)
        except GraphError as error:
            if not error.is_lost:
                raise
            yield from self._restart()

    def _fits(self, cursor: dict) -> bool:
        """Whether the walk of `cursor` was one over this folder, and not over less than is wanted now."""
        if not self._is_same(cursor) or cursor.get("lost"):
            return False
        before = cursor.get("since")
        return not before or bool(self._limit and before <= self._limit)

    def _is_same(self, cursor: dict) -> bool:
        return cursor.get("folder") == id_of(self._folder)

    # ------------------------------------------------------------ a walk

    def _begin(self, whole: bool = False) -> dict:
        """The cursor of a walk that begins. The newest come first."""
        since = None if whole or self._folder.role in WHOLE else self._since
        expected = self._folder.total or 0
        if since and expected:
            expected = looking.count(self._client, self._folder, since)
        options = query_of(filter=newer_than(since), orderby="receivedDateTime desc")
        select = SELECT_DRAFTS if self._has_drafts else SELECT
        start = f"{path_of(self._client, self._folder)}/messages/delta?{select}&{options}"
        goes_on = self._folder.role in WHOLE and self._is_same(self._cursor)
        first = self._cursor.get("first") if goes_on else self._limit
        own = {"folder": id_of(self._folder), "since": text_of(since) if since else None, "first": first}
        if self._has_drafts:
            own["texts"] = self._cursor.get("texts", {}) if self._is_same(self._cursor) else {}
        return {**own, "next": start, "told": 0, "expected": expected}

    def _walk(self, cursor: dict) -> Iterator[tuple[Changes, list[RemoteId]]]:
        """Piece after piece, each with the link to what follows it; and the ids of all that its page tells as there."""
        own = {name: cursor[name] for name in ("folder", "since", "first", "texts") if name in cursor}
        told, expected, link = cursor["told"], cursor["expected"], cursor["next"]
        for items, following, is_last in self._pages(link):
            ids = [item["id"] for item in items if "@removed" not in item]
            told += len(ids)
            after = {**own, "next": following, "told": told, "expected": expected}
            is_cut = is_last and own["since"] and told >= LIMIT
            if is_cut:
                # What is beyond is not told, and never will be by this link.
                after = self._begin(whole=True)
            elif is_last:
                after = {**own, "delta": following}
            changes = Changes(
                after,
                arrived=self._not_left_out(self._wanted(items), own["first"]),
                vanished=frozenset(item["id"] for item in items if "@removed" in item),
                total=self._folder.total,
                remaining=0 if is_last and not is_cut else max(0, after["expected"] - after["told"]),
            )
            self._compare_texts(changes, items, own)
            yield changes, ids
            if is_cut:
                yield from self._walk(after)
                return

    def _not_left_out(self, copies: list[RemoteCopy], first: str | None) -> list[RemoteCopy]:
        """Those that are not older than the first look's limit, and those that are stored: they were moved here since,
        which no link told when the one before was good no more."""
        older = [copy.email_id for copy in copies if copy.email_id and _is_older(copy, first)]
        known = self._known(older) if older and self._known else ()
        return [copy for copy in copies if not _is_older(copy, first) or copy.email_id in known]

    def _restart(self) -> Iterator[Changes]:
        """From the start; what is there is known, and is not fetched again. Until the end is reached there is no going
        on from a piece: what is there must be known as a whole."""
        begun = self._begin()
        lost = {name: begun[name] for name in ("folder", "since", "first")} | {"lost": True}
        present: set[RemoteId] = set()
        for changes, ids in self._walk(begun):
            present = (present | set(ids)) - changes.vanished
            changes.vanished = frozenset()
            if "delta" in changes.cursor:
                changes.present = frozenset(present)
            else:
                texts = {"texts": changes.cursor["texts"]} if self._has_drafts else {}
                changes.cursor = {**lost, **texts}
            yield changes

    # ------------------------------------------------------------ what is new

    def _news(self, cursor: dict) -> Iterator[Changes]:
        for items, following, is_last in self._pages(cursor["delta"]):
            # A message may be told twice, and be gone and there again: what is told last counts.
            latest = {item["id"]: item for item in items}
            removed = [remote_id for remote_id, item in latest.items() if "@removed" in item]
            arrived = self._wanted(latest.values())
            vanished = frozenset(removed) - self._still_here(removed)
            # Until the last page the old link stays good for all of it.
            changes = Changes(dict(cursor), arrived=arrived, vanished=vanished, total=self._folder.total)
            self._compare_texts(changes, latest.values(), cursor)
            if is_last:
                changes.cursor["delta"] = following
            if arrived or vanished or changes.cursor != self._cursor:
                yield changes
            cursor = {**cursor, **({"texts": changes.cursor["texts"]} if self._has_drafts else {})}

    def _compare_texts(self, changes: Changes, items: Iterable[dict], own: dict) -> None:
        """Which drafts were written on since they were told; `own` and the cursor of the piece remember what they are.

        Such a draft is not to be known by its id, which is that of the version before.
        """
        if not self._has_drafts:
            return
        before = own.get("texts", {})
        now = {item["id"]: text_key(item) for item in items if "@removed" not in item}
        rewritten = {one for one, key in now.items() if before.get(one, key) != key}
        changes.rewritten = frozenset(copy.remote_id for copy in changes.arrived if copy.remote_id in rewritten)
        changes.arrived = [
            replace(copy, email_id=None) if copy.remote_id in rewritten else copy for copy in changes.arrived
        ]
        own["texts"] = {one: key for one, key in (before | now).items() if one not in changes.vanished}
        changes.cursor["texts"] = own["texts"]

    def _still_here(self, removed: list[RemoteId]) -> frozenset[RemoteId]:
        """Those that are in the folder all the same: they came back, and the next look says so."""
        return looking.present(self._client, self._folder, removed) if removed else frozenset()

    # ------------------------------------------------------------ pages

    def _wanted(self, items) -> list[RemoteCopy]:
        copies = [copy_of(item) for item in items if "@removed" not in item]
        copies = [
            copy for copy in copies if not self._since or copy.internal_date >= self._since.replace(microsecond=0)
        ]
        # One that a page names twice is as it is told last.
        copies = list({copy.remote_id: copy for copy in copies}.values())
        return sorted(copies, key=lambda copy: copy.internal_date, reverse=True)

    def _pages(self, link: str) -> Iterator[Page]:
        """Items, the link to what follows, and whether that is for the next time."""
        for _ in range(MOST_PAGES):
            page = self._client.get(link, page_size=PAGE)
            items = page.get("value") or []
            if following := page.get("@odata.nextLink"):
                link = self._client.link(following)
                yield items, link, False
            elif following := page.get("@odata.deltaLink"):
                yield items, self._client.link(following), True
                return
            else:
                raise ProtocolError("bad_response", server_text="a page that leads nowhere")
        raise ProtocolError("bad_response", server_text="pages without end")


def _is_older(copy: RemoteCopy, limit: str | None) -> bool:
    return bool(limit) and text_of(copy.internal_date) < limit


def news_ids(client: Client, folder: RemoteFolder, cursor: dict) -> frozenset[RemoteId]:
    """Ids of what came into the folder, or changed there, after `cursor` was made; the cursor stays good.

    :raises GraphError: also one that says that the link is good for nothing.
    """
    found: set[RemoteId] = set()
    link = cursor["delta"]
    for _ in range(MOST_PAGES):
        page = client.get(link, page_size=PAGE)
        found |= {item["id"] for item in page.get("value") or () if "@removed" not in item}
        following = page.get("@odata.nextLink")
        if not following:
            return frozenset(found)
        link = client.link(following)
    raise ProtocolError("bad_response", server_text="pages without end")


def could_be(handle: dict | None, cursor: dict) -> bool:
    """See `base.Adapter.could_be`: a folder keeps its id whatever it is called, and wherever it is."""
    return bool(handle) and handle["id"] == cursor.get("folder")
