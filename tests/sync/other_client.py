"""What another client does to a mailbox, by commands that need no extension to be advertised."""

import re

from tests.servers.dovecot import Dovecot
from tests.servers.wire import WireError, quote

_NEW = re.compile(rb"\[COPYUID \d+ ([\d,:]+)")


class OtherClient:
    """Another client of `user`; each method is a session of its own, since the server may restart between any two."""

    def __init__(self, server: Dovecot, user: str):
        self._server = server
        self._user = user

    def folders(self) -> list[str]:
        client = self._server.client(self._user)
        try:
            return [name for flags, _delimiter, name in client.list_folders() if b"\\Noselect" not in flags]
        finally:
            client.logout()

    def content(self) -> dict[tuple[str, int], tuple[str, frozenset[str]]]:
        """(path, UID) -> Message-ID and flags, of all that nobody marked as deleted."""
        client = self._server.client(self._user)
        found = {}
        try:
            for flags, _delimiter, path in client.list_folders():
                if b"\\Noselect" in flags:
                    continue
                client.select_folder(path, readonly=True)
                uids = client.search("UNDELETED")
                for uid, row in (client.fetch(uids, ["FLAGS", "ENVELOPE"]) if uids else {}).items():
                    words = frozenset(flag.decode() for flag in row[b"FLAGS"]) - {"\\Recent"}
                    found[path, uid] = (row[b"ENVELOPE"].message_id.decode(), words)
        finally:
            client.logout()
        return found

    def flag(self, path: str, uid: int, flag: str, add: bool) -> None:
        self._do(path, b"UID STORE %d %sFLAGS (%s)" % (uid, b"+" if add else b"-", flag.encode()))

    def move(self, path: str, uid: int, target: str) -> bool:
        """Return whether it was there to be moved."""
        return bool(_NEW.search(self._do(path, b"UID MOVE %d %s" % (uid, quote(target)))))

    def copy(self, path: str, uid: int, target: str) -> bool:
        """Return whether it was there to be copied."""
        return bool(_NEW.search(self._do(path, b"UID COPY %d %s" % (uid, quote(target)))))

    def delete(self, path: str, uid: int) -> None:
        self._do(path, b"UID STORE %d +FLAGS (\\Deleted)" % uid, b"UID EXPUNGE %d" % uid)

    def create_folder(self, path: str) -> None:
        self._do(None, b"CREATE " + quote(path))

    def rename_folder(self, path: str, name: str) -> None:
        self._do(None, b"RENAME %s %s" % (quote(path), quote(name)))

    def delete_folder(self, path: str) -> None:
        self._do(None, b"DELETE " + quote(path))

    def _do(self, path: str | None, *commands: bytes) -> bytes:
        """What the server answers to the last one; b"" if it refuses one, since the folder may have gone meanwhile."""
        with self._server.wire(self._user) as wire:
            answer = b""
            try:
                for command in ([b"SELECT " + quote(path)] if path else []) + list(commands):
                    answer = wire.command(command)
            except WireError:
                return b""
            return answer
