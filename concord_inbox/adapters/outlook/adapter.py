"""The Outlook adapter: `base.Adapter` upon the modules of this package."""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from ..base import (
    Begun,
    Changes,
    Delivery,
    Envelope,
    Held,
    Moved,
    RawMessage,
    RemoteCopy,
    RemoteFolder,
    RemoteId,
    RemoteIdentity,
    Removed,
    Settings,
    Tell,
    Watch,
    Written,
    nobody_asks,
    tell_nobody,
)
from ..errors import CursorLostError, InvalidInputError
from . import appending, changes, drafting, folders, looking, sending, sources, writing
from .client import Client, query_of
from .faults import GraphError, translated
from .moving import Mover, check_cursor
from .records import SELECT, copy_of, newer_than

#: Messages listed at a time.
PAGE = 200
#: Ids, of which many more fit.
MANY = 1000


class OutlookAdapter:
    """Microsoft Graph for reading and sending, see `base.Adapter` for the methods.

    One thread at a time, but for `send()`, `check_outgoing()` and `size_limit()`, which have a connection of their own.
    """

    has_uids = False
    # What is moved keeps it; a copy is another email to Exchange.
    has_email_ids = True
    leaves_drafts = True

    def __init__(self, settings: Settings):
        self._settings = settings
        self._client = Client(settings)
        self._sender: Client | None = None

    def __enter__(self) -> "OutlookAdapter":
        return self

    def __exit__(self, *exc_info) -> None:
        self._client.close()
        if self._sender:
            self._sender.close()

    def check_incoming(self, tell: Tell = tell_nobody) -> list[RemoteFolder]:
        found = self.folders()
        tell("login", {"user": self._settings.username})
        tell("folders", {"count": len(found)})
        return found

    def check_outgoing(self, tell: Tell = tell_nobody) -> None:
        """That a token may send is told by nothing but sending; what is tried is that the place for drafts is there."""
        with self._sending() as client, translated():
            client.get(f"{client.user}/mailFolders/drafts", query_of(select="id"))
        tell("login", {"user": self._settings.username, "size_limit": self.size_limit()})

    def send(self, envelope: Envelope, begun: Begun = nobody_asks) -> Delivery:
        with self._sending() as client:
            return sending.send(client, envelope, begun, self._settings.last_patience)

    def forget_unsent(self, message_id: str) -> None:
        _refuse_control(message_id)
        with self._sending() as client, translated():
            drafting.forget(client, message_id)

    def size_limit(self) -> int:
        return 0

    def identities(self) -> list[RemoteIdentity]:
        """The mailbox and its aliases. Of a shared mailbox nobody but an administrator is told what aliases it has."""
        own = self._settings.email
        query = query_of(select="displayName,mail,userPrincipalName,proxyAddresses")
        with translated():
            try:
                user = self._client.get(self._client.user, query)
            except GraphError as error:
                if not error.is_denied:
                    raise
                return [RemoteIdentity(own, is_default=True)]
        proxies = [str(address) for address in user.get("proxyAddresses") or ()]
        aliases = [address[5:] for address in proxies if address.lower().startswith("smtp:")]
        main = user.get("mail") or user.get("userPrincipalName") or own
        addresses = {address.lower(): address for address in reversed((own, main, *aliases))}
        name = user.get("displayName") or ""
        return [RemoteIdentity(one, name, one.lower() == own.lower()) for one in reversed(addresses.values())]

    def folders(self) -> list[RemoteFolder]:
        with translated():
            return folders.list_folders(self._client)

    def colors(self) -> dict[str, str] | None:
        return None

    def changes(self, folder: RemoteFolder, cursor: dict | None, since: datetime | None) -> Iterator[Changes]:
        with translated(folder):
            yield from changes.FolderChanges(self._client, folder, cursor, since, self._settings.known).run()

    def describe(self, folder: RemoteFolder, cursor: dict, ids: Iterable[RemoteId]) -> list[RemoteCopy]:
        check_cursor(folder, cursor)
        with translated(folder):
            return looking.look_up(self._client, folder, ids)

    def could_be(self, folder: RemoteFolder, cursor: dict) -> bool:
        return changes.could_be(folder.handle, cursor)

    def fetch(self, folder: RemoteFolder, copies: Iterable[RemoteCopy]) -> Iterator[list[RawMessage]]:
        with translated(folder):
            yield from sources.fetch(self._client, copies)

    def header_blocks(self, folder: RemoteFolder, copies: Iterable[RemoteCopy]) -> Iterator[list[RawMessage]]:
        with translated(folder):
            yield from sources.header_blocks(self._client, folder, copies)

    def inventory(
        self, folder: RemoteFolder, cursor: dict | None, since: datetime | None
    ) -> Iterator[list[RemoteCopy]]:
        check_cursor(folder, cursor)
        query = f"{SELECT}&{query_of(filter=newer_than(since), orderby='receivedDateTime desc')}"
        with translated(folder):
            for page in looking.everything(self._client, folder, query, PAGE):
                if page:
                    yield [copy_of(item) for item in page]

    def count(self, folder: RemoteFolder, since: datetime | None) -> int | None:
        with translated(folder):
            return looking.count(self._client, folder, since)

    def message_ids(self, folder: RemoteFolder, ids: Iterable[RemoteId]) -> dict[RemoteId, bytes]:
        with translated(folder):
            return looking.message_ids(self._client, folder, ids)

    def watch(self, _folders: Iterable[str] = ()) -> Watch | None:
        """Graph holds no connection open for that: it tells by requests to us, see `subscribing`."""
        return None

    def find(self, folder: RemoteFolder, message_id: str) -> tuple[dict, list[RemoteCopy]]:
        _refuse_control(message_id)
        with translated(folder):
            found = looking.find(self._client, folder, message_id)
            return {"folder": folders.id_of(folder)}, [copy_of(item) for item in found]

    def present(self, folder: RemoteFolder, cursor: dict, ids: Iterable[RemoteId]) -> frozenset[RemoteId]:
        check_cursor(folder, cursor)
        with translated(folder):
            return looking.present(self._client, folder, ids)

    def held(self, folder: RemoteFolder, cursor: dict | None = None) -> Held:
        """What the folder told as new or changed since `cursor` is left out: it may be either."""
        if cursor is not None:
            check_cursor(folder, cursor)
            if "delta" not in cursor:
                raise CursorLostError("expired")
        with translated(folder):
            pages = looking.everything(self._client, folder, query_of(select="id"), MANY)
            ids = frozenset(item["id"] for page in pages for item in page)
            if cursor:
                ids -= changes.news_ids(self._client, folder, cursor)
            return Held(ids, {"folder": folders.id_of(folder)})

    def set_keywords(
        self,
        folder: RemoteFolder,
        cursor: dict,
        ids: Iterable[RemoteId],
        add: frozenset[str] = frozenset(),
        remove: frozenset[str] = frozenset(),
    ) -> Written:
        _refuse_control(*add, *remove)
        check_cursor(folder, cursor)
        with translated(folder):
            return writing.set_keywords(self._client, folder, cursor, ids, add, remove)

    def move(
        self,
        folder: RemoteFolder,
        cursor: dict,
        ids: Iterable[RemoteId],
        target: RemoteFolder,
        target_cursor: dict | None = None,
        *,
        again: bool = False,
    ) -> Moved:
        check_cursor(folder, cursor)
        with translated(folder):
            return Mover(self._client, folder, target, target_cursor, again).move(ids)

    def copy(
        self,
        folder: RemoteFolder,
        cursor: dict,
        ids: Iterable[RemoteId],
        target: RemoteFolder,
        target_cursor: dict | None = None,
        *,
        again: bool = False,
    ) -> Moved:
        check_cursor(folder, cursor)
        with translated(folder):
            return Mover(self._client, folder, target, target_cursor, again).copy(ids)

    def delete(
        self, folder: RemoteFolder, cursor: dict, ids: Iterable[RemoteId], *, everywhere: bool = False
    ) -> Removed:
        # Each copy is a message of its own.
        check_cursor(folder, cursor)
        with translated(folder):
            return writing.delete(self._client, folder, ids)

    def append(
        self,
        folder: RemoteFolder,
        cursor: dict | None,
        source: bytes,
        keywords: frozenset[str] = frozenset(),
        internal_date: datetime | None = None,
        *,
        again: bool = False,
    ) -> RemoteId | None:
        return appending.append(self._client, folder, source, keywords, internal_date, again)

    def create_folder(self, name: str, parent: RemoteFolder | None = None) -> RemoteFolder:
        return folders.create(self._client, name, parent)

    def rename_folder(self, folder: RemoteFolder, name: str, parent: RemoteFolder | None = None) -> RemoteFolder:
        return folders.rename(self._client, folder, name, parent)

    def delete_folder(self, folder: RemoteFolder) -> None:
        folders.delete(self._client, folder)

    @contextlib.contextmanager
    def _sending(self) -> Iterator[Client]:
        if not self._sender:
            self._sender = Client(replace(self._settings, timeout=self._settings.patience))
        self._sender.timeout = self._settings.patience
        yield self._sender


def _refuse_control(*texts: str) -> None:
    if any(character in text for text in texts for character in "\r\n\0"):
        raise InvalidInputError("control_character")
