"""What a database would hold after the pieces of `changes()`, kept as strictly as the contract allows."""

import json

from odoo.addons.concord_inbox.adapters.base import Adapter, Changes, RemoteFolder

from tests.adapters.common import inbox


class Store:
    """The copies of one folder (id -> keywords) and its cursor."""

    def __init__(self):
        self.copies: dict[int, frozenset[str]] = {}
        self.cursor: dict | None = None
        self.pieces: list[Changes] = []
        self.resets = 0

    def apply(self, piece: Changes) -> None:
        if piece.reset:
            self.copies.clear()
            self.resets += 1
        for copy in piece.arrived:
            assert copy.remote_id not in self.copies, "reported twice"
            self.copies[copy.remote_id] = copy.keywords
        uids = [copy.remote_id for copy in piece.arrived]
        assert uids == sorted(uids, reverse=True), "newest first"
        assert len(uids) <= 1000
        for uid, keywords in piece.keywords.items():
            assert uid in self.copies or self.cursor["backfill"] is None
            if uid in self.copies:
                self.copies[uid] = keywords
        for uid in piece.vanished:
            self.copies.pop(uid, None)
        if piece.present is not None:
            self.copies = {uid: keywords for uid, keywords in self.copies.items() if uid in piece.present}
        # Whatever cannot be written to the database must fail here.
        self.cursor = json.loads(json.dumps(piece.cursor))
        self.pieces.append(piece)

    def sync(
        self, adapter: Adapter, since=None, folder: RemoteFolder | None = None, stop_after: int | None = None
    ) -> int:
        """One run; with `stop_after` it ends as if killed after so many pieces. Returns how many pieces came."""
        count = 0
        for piece in adapter.changes(folder or inbox(adapter), self.cursor, since):
            if count == stop_after:
                break
            self.apply(piece)
            count += 1
        return count


def on_server(client, folder: str = "INBOX") -> dict[int, frozenset[str]]:
    """What another mail program sees in a folder, in the adapter's words."""
    client.select_folder(folder, readonly=True)
    uids = client.search("ALL")
    found = {}
    for start in range(0, len(uids), 500):
        for uid, row in client.fetch(uids[start : start + 500], ["FLAGS"]).items():
            flags = {flag.decode().lstrip("\\").lower() for flag in row[b"FLAGS"]}
            found[uid] = frozenset(flags - {"recent"})
    # Of a folder opened for reading CLOSE expunges nothing either.
    client.close_folder()
    return found


def visible(client, folder: str = "INBOX") -> dict[int, frozenset[str]]:
    """As `on_server()`, without what is marked as deleted and counts as gone."""
    return {uid: keywords for uid, keywords in on_server(client, folder).items() if "deleted" not in keywords}
