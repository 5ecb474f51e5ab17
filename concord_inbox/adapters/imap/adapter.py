"""The IMAP adapter: `base.Adapter` upon the modules of this package."""

import contextlib
from collections.abc import Iterable, Iterator
from datetime import datetime

from .. import smtp
from ..base import Changes, RawMessage, RemoteCopy, RemoteFolder, RemoteId, Settings
from ..errors import ProtocolError, TemporaryError
from .box import Box
from .changes import FolderChanges
from .faults import RefusedError
from .listing import list_folders
from .responses import ParseError
from .session import Session
from .sources import Sources
from .wire import encode_folder


class ImapAdapter:
    """IMAP for reading and SMTP for sending, see `base.Adapter` for the methods.

    The connection is made by the first method that needs it and, after it broke, by the next one. One thread at a
    time; a generator of this adapter may be left at any point, and the next method does what is needed.
    """

    def __init__(self, settings: Settings):
        self._settings = settings
        self._session = Session(settings)
        self._names: dict[str, bytes] = {}
        self._uidvalidities: dict[str, int] = {}

    def __enter__(self) -> "ImapAdapter":
        return self

    def __exit__(self, *exc_info) -> None:
        self._session.close()

    def check_incoming(self) -> list[RemoteFolder]:
        return self.folders()

    def check_outgoing(self) -> None:
        smtp.check(self._settings)

    def folders(self) -> list[RemoteFolder]:
        with _translated():
            folders, self._names = list_folders(self._session)
            return folders

    def changes(self, folder: RemoteFolder, cursor: dict | None, since: datetime | None) -> Iterator[Changes]:
        with _translated():
            for piece in FolderChanges(self._box(folder), folder.status, cursor, since).run():
                self._uidvalidities[folder.path] = piece.cursor["uidvalidity"]
                yield piece

    def fetch(self, folder: RemoteFolder, copies: Iterable[RemoteCopy]) -> Iterator[list[RawMessage]]:
        uidvalidity = self._uidvalidities.get(folder.path) or (folder.status or {}).get("uidvalidity")
        with _translated():
            yield from Sources(self._session, folder, self._name(folder), uidvalidity, copies).run()

    def headers(self, folder: RemoteFolder, since: datetime | None) -> Iterator[list[tuple[RemoteId, bytes]]]:
        with _translated():
            yield from self._box(folder).headers(since)

    def _box(self, folder: RemoteFolder) -> Box:
        return Box(self._session, folder.path, self._name(folder))

    def _name(self, folder: RemoteFolder) -> bytes:
        """The folder's name as the server writes it, which `folder.path` alone does not always tell."""
        return self._names.get(folder.path) or encode_folder(folder.path)


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
