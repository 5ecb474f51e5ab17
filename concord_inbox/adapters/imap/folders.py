"""Making, renaming and deleting folders, with the subscriptions kept in step (RFC 3501, 6.3.3 to 6.3.7)."""

import contextlib
import re
from dataclasses import replace

from ..base import RemoteFolder
from ..errors import AdapterError, ChangeRefusedError, InvalidInputError, TemporaryError
from . import faults
from .listing import Names
from .responses import ParseError, parse
from .session import Session
from .tree import decode
from .wire import encode_folder, quote


class Folders:
    """The folders of a mailbox.

    :param names: as the last listing found them; kept up to date.
    """

    def __init__(self, session: Session, names: Names):
        self._session = session
        self._names = names

    def create(self, name: str, parent: RemoteFolder | None) -> RemoteFolder:
        """See `base.Adapter`."""
        path, written = self._place(name, parent)
        self._run(path, b"CREATE", quote(written))
        self._subscribe([], [written])
        self._names.by_path[path] = written
        return RemoteFolder(path, name, parent.path if parent else None, subscribed=True)

    def rename(self, folder: RemoteFolder, name: str, parent: RemoteFolder | None) -> RemoteFolder:
        """See `base.Adapter`."""
        self._refuse_inbox(folder)
        path, written = self._place(name, parent)
        old = self._written(folder)
        if written == old:
            return folder
        delimiter = self._names.delimiter.encode()
        below = old + delimiter
        if delimiter and written.startswith(below):
            raise ChangeRefusedError("bad_name", path=path)
        subscribed = [each for each in self._subscriptions() if each == old or (delimiter and each.startswith(below))]
        self._session.begin_closing()
        self._run(path, b"RENAME", quote(old), quote(written))
        self._subscribe([*subscribed, old], [written, *(written + each.removeprefix(old) for each in subscribed)])
        for known in [each for each in self._names.by_path if each.startswith(folder.path)]:
            if (raw := self._names.by_path[known]) == old or (delimiter and raw.startswith(below)):
                del self._names.by_path[known]
                moved = written + raw.removeprefix(old)
                self._names.by_path[decode(moved)] = moved
        return replace(
            folder, path=path, name=name, parent_path=parent.path if parent else None, subscribed=True, status=None
        )

    def delete(self, folder: RemoteFolder) -> None:
        """See `base.Adapter`."""
        self._refuse_inbox(folder)
        written = self._written(folder)
        self._session.begin_closing()
        self._run(folder.path, b"DELETE", quote(written))
        self._subscribe([written], [])
        self._names.by_path.pop(folder.path, None)

    def _place(self, name: str, parent: RemoteFolder | None) -> tuple[str, bytes]:
        """A new folder's path, and as the server writes it.

        :raises ChangeRefusedError: no name for a folder.
        """
        if re.search(r"[\r\n\0]", name):
            raise InvalidInputError("control_character", field="name")
        delimiter = self._names.delimiter
        refused = ChangeRefusedError("bad_name", path=name)
        # What cannot be printed would be listed under another name; what the lists take for wildcards, by accident.
        if not name.strip() or not name.isprintable() or re.search(r"[%*]", name):
            raise refused
        if (delimiter and delimiter in name) or (parent and not delimiter):
            raise refused
        if parent is None:
            written = self._names.prefix + encode_folder(name)
        else:
            written = self._written(parent) + delimiter.encode() + encode_folder(name)
        if written.upper() == b"INBOX":
            raise ChangeRefusedError("exists", path=name)
        return decode(written), written

    def _written(self, folder: RemoteFolder) -> bytes:
        return self._names.by_path.get(folder.path) or encode_folder(folder.path)

    @staticmethod
    def _refuse_inbox(folder: RemoteFolder) -> None:
        # RENAME of the INBOX would move its messages away (RFC 3501, 6.3.5).
        if folder.path.upper() == "INBOX":
            raise ChangeRefusedError("fixed", path=folder.path)

    def _run(self, path: str, *parts: bytes) -> None:
        try:
            self._session.run(*parts)
        except faults.RefusedError as refused:
            raise _folder_fault(refused, path) from None

    def _subscriptions(self) -> list[bytes]:
        """The names that the user subscribed to; none if the server does not say."""
        try:
            rows = self._session.run(b"LSUB", b'""', b'"*"').rows("LSUB")
        except faults.RefusedError:
            return []
        found = []
        for row in rows:
            with contextlib.suppress(ParseError, IndexError):
                attributes, _delimiter, name = parse(row)[:3]
                if isinstance(name, bytes) and b"\\Noselect" not in (attributes or ()):
                    found.append(name)
        return found

    def _subscribe(self, old: list[bytes], new: list[bytes]) -> None:
        """Give subscriptions up and take others, in one go. A server that refuses is left alone: the folder is what
        was asked for."""
        commands = [(b"UNSUBSCRIBE", name) for name in dict.fromkeys(old)]
        commands += [(b"SUBSCRIBE", name) for name in dict.fromkeys(new)]
        for start in range(0, len(commands), 50):
            tags = [self._session.begin(word, quote(name)) for word, name in commands[start : start + 50]]
            for tag in tags:
                try:
                    self._session.finish(tag)
                except faults.RefusedError:
                    continue
                except TemporaryError:
                    if not self._session.is_open:
                        # The folder is as it was wanted, all the same.
                        return


def _folder_fault(refused: faults.RefusedError, path: str) -> AdapterError:
    error = faults.change(refused.answer, path)
    if refused.answer.code == "CANNOT" and error.reason == "refused":
        return ChangeRefusedError("bad_name", **error.details)
    return error
