"""The IMAP adapter: `base.Adapter` upon the modules of this package."""

import contextlib
from collections.abc import Iterable, Iterator
from datetime import datetime

from .. import smtp
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
    Written,
    nobody_asks,
    tell_nobody,
)
from ..errors import MessageUnavailableError, ProtocolError, TemporaryError
from . import watching
from .appending import append
from .box import Box
from .changes import FolderChanges, could_be
from .faults import RefusedError
from .finding import find
from .folders import Folders
from .listing import Names, list_folders
from .moving import Mover
from .responses import ParseError
from .retrying import Place, appended
from .session import Session
from .sources import Sources
from .wire import encode_folder
from .writing import Writer


class ImapAdapter:
    """IMAP for reading and SMTP for sending, see `base.Adapter` for the methods.

    The connection is made by the first method that needs it and, after it broke, by the next one. One thread at a
    time; a generator of this adapter may be left at any point, and the next method does what is needed.
    """

    has_uids = True
    # Servers that offer EMAILID or X-GM-MSGID are believed as far as their headers agree: see sync/recognise.py.
    has_email_ids = False
    leaves_drafts = False

    def __init__(self, settings: Settings):
        self._settings = settings
        self._session = Session(settings)
        self._sender = smtp.Sender(settings)
        self._names = Names()
        self._listed = False
        self._uidvalidities: dict[str, int] = {}

    def __enter__(self) -> "ImapAdapter":
        return self

    def __exit__(self, *exc_info) -> None:
        try:
            self._sender.close()
        finally:
            self._session.close()

    def check_incoming(self, tell: Tell = tell_nobody) -> list[RemoteFolder]:
        self._session.tell = tell
        try:
            folders = self.folders()
        finally:
            self._session.tell = tell_nobody
        tell("folders", {"count": sum(folder.selectable for folder in folders)})
        return folders

    def check_outgoing(self, tell: Tell = tell_nobody) -> None:
        smtp.check(self._settings, tell)

    def send(self, envelope: Envelope, begun: Begun = nobody_asks) -> Delivery:
        return self._sender.send(envelope, begun)

    def forget_unsent(self, message_id: str) -> None:
        """An email leaves at once, or not at all: nothing is left behind."""

    def size_limit(self) -> int:
        return smtp.size_limit(self._settings)

    def identities(self) -> list[RemoteIdentity]:
        return []

    def folders(self) -> list[RemoteFolder]:
        with _translated():
            folders, self._names = list_folders(self._session)
            self._listed = True
            return folders

    def colors(self) -> dict[str, str] | None:
        return None

    def changes(self, folder: RemoteFolder, cursor: dict | None, since: datetime | None) -> Iterator[Changes]:
        with _translated():
            for piece in FolderChanges(self._box(folder), folder.status, cursor, since).run():
                self._uidvalidities[folder.path] = piece.cursor["uidvalidity"]
                yield piece

    def describe(self, folder: RemoteFolder, cursor: dict, ids: Iterable[RemoteId]) -> list[RemoteCopy]:
        with _translated():
            return self._box(folder).look_up(cursor["uidvalidity"], ids)

    def could_be(self, folder: RemoteFolder, cursor: dict) -> bool:
        return could_be(folder.status, cursor)

    def fetch(self, folder: RemoteFolder, copies: Iterable[RemoteCopy]) -> Iterator[list[RawMessage]]:
        with _translated():
            yield from self._sources(folder, copies).run()

    def header_blocks(self, folder: RemoteFolder, copies: Iterable[RemoteCopy]) -> Iterator[list[RawMessage]]:
        with _translated():
            try:
                yield from self._sources(folder, copies, b"HEADER").run()
            except MessageUnavailableError:
                # They are left out, which is what the caller is told of them.
                return

    def inventory(
        self, folder: RemoteFolder, cursor: dict | None, since: datetime | None
    ) -> Iterator[list[RemoteCopy]]:
        box = self._box(folder)
        with _translated():
            for batch in box.inventory(cursor, since):
                self._uidvalidities[folder.path] = box.uidvalidity
                yield batch

    def count(self, folder: RemoteFolder, since: datetime | None) -> int | None:
        return None

    def message_ids(self, folder: RemoteFolder, ids: Iterable[RemoteId]) -> dict[RemoteId, bytes]:
        with _translated():
            return self._box(folder).message_ids(self._uidvalidities.get(folder.path), ids)

    def find(self, folder: RemoteFolder, message_id: str) -> tuple[dict, list[RemoteCopy]]:
        with _translated():
            return find(self._session, self._box(folder), message_id)

    def present(self, folder: RemoteFolder, cursor: dict, ids: Iterable[RemoteId]) -> frozenset[RemoteId]:
        with _translated():
            return self._writer(folder, cursor).present(ids, undeleted=True)

    def held(self, folder: RemoteFolder, cursor: dict | None = None) -> Held:
        with _translated():
            return self._box(folder).held(cursor)

    def set_keywords(
        self,
        folder: RemoteFolder,
        cursor: dict,
        ids: Iterable[RemoteId],
        add: frozenset[str] = frozenset(),
        remove: frozenset[str] = frozenset(),
    ) -> Written:
        ids = list(ids)
        with _translated():
            try:
                return self._writer(folder, cursor).set_keywords(ids, add, remove)
            except TemporaryError as error:
                if error.reason != "cut":
                    raise
            # Saying it twice does no harm.
            return self._writer(folder, cursor).set_keywords(ids, add, remove)

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
        with _translated():
            return self._mover(folder, cursor, target, target_cursor, again).move(ids)

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
        with _translated():
            return self._mover(folder, cursor, target, target_cursor, again).copy(ids)

    def delete(
        self, folder: RemoteFolder, cursor: dict, ids: Iterable[RemoteId], *, everywhere: bool = False
    ) -> Removed:
        # Each copy is a message of its own.
        with _translated():
            return self._writer(folder, cursor).delete(ids)

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
        place = Place(folder, self._name(folder), cursor)
        with _translated():
            if again and (found := appended(self._session, place, source)):
                return found
            return append(self._session, place, source, keywords, internal_date)

    def create_folder(self, name: str, parent: RemoteFolder | None = None) -> RemoteFolder:
        with _translated():
            return self._folders().create(name, parent)

    def rename_folder(self, folder: RemoteFolder, name: str, parent: RemoteFolder | None = None) -> RemoteFolder:
        with _translated():
            return self._folders().rename(folder, name, parent)

    def delete_folder(self, folder: RemoteFolder) -> None:
        with _translated():
            self._folders().delete(folder)

    def watch(self, folders: Iterable[str] = ()) -> watching.ImapWatch | None:
        names = [self._names.by_path.get(path) or encode_folder(path) for path in folders]
        with _translated():
            return watching.begin(self._session, self._settings, names)

    def _folders(self) -> Folders:
        if not self._listed:
            # How the server separates and begins its names.
            self.folders()
        return Folders(self._session, self._names)

    def _sources(self, folder: RemoteFolder, copies: Iterable[RemoteCopy], section: bytes = b"") -> Sources:
        uidvalidity = self._uidvalidities.get(folder.path) or (folder.status or {}).get("uidvalidity")
        return Sources(self._session, folder, self._name(folder), uidvalidity, copies, section)

    def _writer(self, folder: RemoteFolder, cursor: dict) -> Writer:
        return Writer(self._session, folder, self._name(folder), cursor)

    def _mover(self, folder: RemoteFolder, cursor: dict, target: RemoteFolder, target_cursor, again: bool) -> Mover:
        place = Place(target, self._name(target), target_cursor)
        return Mover(self._session, self._writer(folder, cursor), folder, place, again)

    def _box(self, folder: RemoteFolder) -> Box:
        return Box(self._session, folder.path, self._name(folder))

    def _name(self, folder: RemoteFolder) -> bytes:
        """The folder's name as the server writes it, which `folder.path` alone does not always tell."""
        return self._names.by_path.get(folder.path) or encode_folder(folder.path)


@contextlib.contextmanager
def _translated():
    """What only this package understands must not leave it."""
    try:
        yield
    except RefusedError as refused:
        if refused.answer.status == "NO":
            raise TemporaryError("unavailable", server_text=refused.text) from refused
        raise ProtocolError("bad_response", server_text=refused.text) from refused
    except ParseError as error:
        raise ProtocolError("bad_response", server_text=str(error)) from error
