"""The Gmail adapter: `base.Adapter` upon the modules of this package."""

import contextlib
import logging
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
    message_id_field,
    nobody_asks,
    tell_nobody,
)
from ..errors import FolderGoneError, InvalidInputError, ProtocolError
from . import changes, faults, sending
from .client import Client
from .history import History
from .labels import Labels
from .messages import Messages
from .places import Place
from .storing import Storer
from .writing import Writer

_logger = logging.getLogger(__name__)


class GmailAdapter:
    """Gmail's API, see `base.Adapter` for the methods. One thread at a time, but for sending."""

    has_uids = False
    #: Gmail names an email by an id that is the same under all labels, and never another's.
    has_email_ids = True
    leaves_drafts = False

    def __init__(self, settings: Settings):
        self._client = Client(settings)
        self._sender = sending.Sender(settings)
        self._labels = Labels(self._client)
        self._history = History(self._client)
        self._messages = Messages(self._client, settings)
        self._email = settings.email

    def __enter__(self) -> "GmailAdapter":
        return self

    def __exit__(self, *exc_info) -> None:
        self._client.close()
        self._sender.close()

    # ------------------------------------------------------------ the account

    def check_incoming(self, tell: Tell = tell_nobody) -> list[RemoteFolder]:
        folders = self.folders()
        tell("login", {"user": self._email})
        tell("folders", {"count": sum(folder.selectable for folder in folders)})
        return folders

    def check_outgoing(self, tell: Tell = tell_nobody) -> None:
        self._sender.identities()
        tell("login", {"user": self._email, "size_limit": sending.LARGEST})

    def send(self, envelope: Envelope, begun: Begun = nobody_asks) -> Delivery:
        return self._sender.send(envelope, begun)

    def forget_unsent(self, message_id: str) -> None:
        """An email leaves at once, or not at all: nothing is left behind."""

    def size_limit(self) -> int:
        return sending.LARGEST

    def identities(self) -> list[RemoteIdentity]:
        return self._sender.identities()

    def folders(self) -> list[RemoteFolder]:
        with _translated():
            return self._labels.look().folders

    def colors(self) -> dict[str, str] | None:
        with _translated():
            return self._labels.colors()

    def watch(self, folders: Iterable[str] = ()) -> Watch | None:
        # Gmail holds no connection open for that: it tells by requests to us, see `subscribing`.
        return None

    # ------------------------------------------------------------ reading

    def changes(self, folder: RemoteFolder, cursor: dict | None, since: datetime | None) -> Iterator[Changes]:
        with _translated(folder):
            place = self._labels.place(folder)
            known = int(folder.status["history"]) if folder.status else None
            # A look that begins now must know where the history was before it.
            begin = known if known is not None else self._labels.look().history_id
            look = changes.FolderChanges(self._history, self._messages, place, known, cursor, since)
            yield from look.run(begin)

    def describe(self, folder: RemoteFolder, cursor: dict, ids: Iterable[RemoteId]) -> list[RemoteCopy]:
        with _translated(folder):
            return self._messages.copies(self._labels.place(folder), ids)

    def could_be(self, folder: RemoteFolder, cursor: dict) -> bool:
        return bool(folder.status) and folder.status["label"] == cursor.get("label")

    def fetch(self, folder: RemoteFolder, copies: Iterable[RemoteCopy]) -> Iterator[list[RawMessage]]:
        with _translated(folder):
            yield from self._messages.fetch([copy.remote_id for copy in copies])

    def header_blocks(self, folder: RemoteFolder, copies: Iterable[RemoteCopy]) -> Iterator[list[RawMessage]]:
        with _translated(folder):
            yield from self._messages.header_blocks([copy.remote_id for copy in copies])

    def inventory(
        self, folder: RemoteFolder, cursor: dict | None, since: datetime | None
    ) -> Iterator[list[RemoteCopy]]:
        with _translated(folder):
            yield from changes.listed(self._messages, self._labels.place(folder), since)

    def count(self, folder: RemoteFolder, since: datetime | None) -> int | None:
        with _translated(folder):
            return changes.count(self._messages, self._labels.place(folder), since)

    def message_ids(self, folder: RemoteFolder, ids: Iterable[RemoteId]) -> dict[RemoteId, bytes]:
        with _translated(folder):
            place = self._labels.place(folder)
            found = self._messages.header(ids, "Message-ID")
            return {
                message: message_id_field(value) for message, (labels, value) in found.items() if place.holds(labels)
            }

    def find(self, folder: RemoteFolder, message_id: str) -> tuple[dict, list[RemoteCopy]]:
        with _translated(folder):
            place = self._labels.place(folder)
            cursor = self._now(folder, place)
            wanted = message_id.strip().strip("<>")
            if not wanted or not wanted.isascii() or not wanted.isprintable() or " " in wanted:
                return cursor, []
            query = {"q": f"rfc822msgid:{wanted}", **place.listing}
            copies = self._messages.copies(place, [message for message, _thread in self._messages.ids(query)])
            return cursor, sorted(copies, key=lambda copy: (copy.internal_date, copy.remote_id))

    # ------------------------------------------------------------ changing

    def present(self, folder: RemoteFolder, cursor: dict, ids: Iterable[RemoteId]) -> frozenset[RemoteId]:
        with _translated(folder):
            return self._writer(folder, cursor).present(ids)

    def held(self, folder: RemoteFolder, cursor: dict | None = None) -> Held:
        with _translated(folder):
            place = self._labels.place(folder)
            now = self._now(replace(folder, status=None), place)
            if cursor is None:
                return Held(frozenset(message for message, _thread in self._messages.ids(place.listing)), now)
            return self._writer(folder, cursor).held(int(now["history"]))

    def set_keywords(
        self,
        folder: RemoteFolder,
        cursor: dict,
        ids: Iterable[RemoteId],
        add: frozenset[str] = frozenset(),
        remove: frozenset[str] = frozenset(),
    ) -> Written:
        _check_words(add | remove)
        with _translated(folder):
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
        # Labels are what they are told to be, however often: what an attempt before moved has left by the history.
        with _translated(folder):
            return self._writer(folder, cursor).move(ids, target, self._labels.place(target))

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
        with _translated(folder):
            return self._writer(folder, cursor).copy(ids, target, self._labels.place(target))

    def delete(
        self, folder: RemoteFolder, cursor: dict, ids: Iterable[RemoteId], *, everywhere: bool = False
    ) -> Removed:
        with _translated(folder):
            return self._writer(folder, cursor).delete(ids, everywhere=everywhere)

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
        _check_words(keywords)
        with _translated(folder):
            storer = Storer(self._client, self._history, self._messages, folder, self._labels.place(folder))
            if again and (found := storer.appended(source, cursor)):
                return found
            return storer.append(source, keywords, internal_date)

    # ------------------------------------------------------------ folders

    def create_folder(self, name: str, parent: RemoteFolder | None = None) -> RemoteFolder:
        _check_words([name])
        with _translated():
            if parent:
                self._labels.look()
            return self._labels.create(name, parent)

    def rename_folder(self, folder: RemoteFolder, name: str, parent: RemoteFolder | None = None) -> RemoteFolder:
        _check_words([name])
        with _translated():
            return self._labels.rename(folder, name, parent)

    def delete_folder(self, folder: RemoteFolder) -> None:
        with _translated(folder):
            place = self._labels.own_place(folder)
            if only_here := self._only_in(place):
                self._writer(folder, self._now(replace(folder, status=None), place)).delete(only_here, everywhere=True)
            self._labels.delete(folder)

    # ------------------------------------------------------------

    def _writer(self, folder: RemoteFolder, cursor: dict) -> Writer:
        place = self._labels.place(folder)
        return Writer(self._client, self._history, self._messages, folder, place, cursor)

    def _only_in(self, place: Place) -> frozenset[str]:
        """What lies in no other folder than this one, but All Mail."""
        found = {message for message, _thread in self._messages.ids(place.listing)}
        for other in self._labels.others(place) if found else ():
            both = {"labelIds": [place.label, other.label]}
            found -= {message for message, _thread in self._messages.ids(both)}
        return frozenset(found)

    def _now(self, folder: RemoteFolder, place: Place) -> dict:
        """A cursor that says what ids mean, and how long they have done so."""
        history = folder.status["history"] if folder.status else str(self._labels.look().history_id)
        return {"label": place.label, "history": history}


@contextlib.contextmanager
def _translated(folder: RemoteFolder | None = None):
    """What only this package understands must not leave it.

    :param folder: the one that is looked at.
    """
    try:
        yield
    except faults.ApiError as error:
        if folder and error.names_label:
            raise FolderGoneError("gone", path=folder.path, server_text=error.text) from error
        raise error.meaning() from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        # An answer that lacks what every answer has.
        _logger.warning("Gmail's API answered otherwise than it is described", exc_info=True)
        raise ProtocolError("bad_response", provider=faults.PROVIDER, server_text=repr(error)) from error


def _check_words(words: Iterable[str]) -> None:
    for word in words:
        if any(mark in word for mark in "\r\n\0"):
            raise InvalidInputError("control_character")
