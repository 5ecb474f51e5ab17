"""Labels as folders: the listing, and changes of the labels themselves.

A label ``a/b`` is shown below ``a``, whether or not there is a label ``a``. Of Gmail's own labels those are folders
that hold messages as folders do; the others are keywords, or Gmail's opinion of an email.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

from ..base import RemoteFolder
from ..errors import ChangeRefusedError, FolderGoneError
from . import batching, faults
from .batching import Call
from .client import Client
from .places import ALL, DRAFTS, INBOX, SENT, SPAM, TRASH, Place

#: Gmail's own labels that are folders: id -> name and role. The order is that of the listing.
SYSTEM = {
    INBOX: ("INBOX", "inbox"),
    DRAFTS: ("Drafts", "drafts"),
    SENT: ("Sent", "sent"),
    SPAM: ("Spam", "junk"),
    TRASH: ("Trash", "trash"),
    ALL: ("All Mail", "all"),
}

SEPARATOR = "/"
_COLOR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Listing:
    """What one look at the account told.

    :param folders: as `base.Adapter.folders()` returns them.
    :param history_id: where the account's history was then.
    """

    folders: list[RemoteFolder]
    history_id: int


class Labels:
    """The account's labels, as this session saw them last."""

    def __init__(self, client: Client):
        self._client = client
        self._ids: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def look(self) -> Listing:
        """Ask for all labels, and in the same request for where the history is: when nothing changed, that is all that
        is asked for in a session.
        """
        labels, profile = _answered(
            batching.run(self._client, [Call("labels.list", "GET", "labels"), Call("getProfile", "GET", "profile")])
        )
        history_id = int(profile.get("historyId", 0))
        folders = self._folders(labels.get("labels", []), history_id)
        self._ids = {folder.path: folder.status["label"] for folder in folders if folder.status}
        return Listing(folders, history_id)

    def place(self, folder: RemoteFolder) -> Place:
        """What lies in a folder.

        :raises FolderGoneError:
        """
        if not self._ids:
            self.look()
        if folder.path not in self._ids:
            raise FolderGoneError("gone", path=folder.path)
        return Place(self._ids[folder.path])

    def own_place(self, folder: RemoteFolder) -> Place:
        """The same of a label of the user's own.

        :raises ChangeRefusedError: it is Gmail's.
        """
        place = self.place(folder)
        if place.label in SYSTEM:
            raise ChangeRefusedError("fixed", path=folder.path)
        return place

    def others(self, place: Place) -> list[Place]:
        """All other folders that a message may be in beside `place`, but All Mail."""
        apart = (place.label, ALL, TRASH, SPAM)
        return [Place(label) for label in dict.fromkeys(self._ids.values()) if label not in apart]

    def colors(self) -> dict[str, str]:
        """See `base.Adapter.colors()`. The listing does not tell them."""
        own = {path: label for path, label in self._ids.items() if label in self._names}
        calls = [Call("labels.get", "GET", f"labels/{quote(label, safe='')}") for label in own.values()]
        found = {}
        for path, answer in zip(own, batching.run(self._client, calls), strict=True):
            # One that was deleted meanwhile has none.
            color = str((answer.document.get("color") or {}).get("backgroundColor", "")).lower()
            if _COLOR.fullmatch(color):
                found[path] = color
        return found

    def create(self, name: str, parent: RemoteFolder | None) -> RemoteFolder:
        """See `base.Adapter.create_folder()`."""
        whole = self._whole_name(name, parent)
        body = {"name": whole, "labelListVisibility": "labelShow", "messageListVisibility": "show"}
        try:
            label = self._client.call("labels.create", "POST", "labels", body=body)
        except faults.ApiError as error:
            raise _refusal(error, whole) from error
        self._ids[whole], self._names[label["id"]] = label["id"], whole
        return _folder(whole, label["id"])

    def rename(self, folder: RemoteFolder, name: str, parent: RemoteFolder | None) -> RemoteFolder:
        """See `base.Adapter.rename_folder()`. Everything else of the labels stays, colours too."""
        self.look()
        old, new = self._own_name(folder), self._whole_name(name, parent)
        if new.startswith(old + SEPARATOR):
            raise ChangeRefusedError("bad_name", path=new)
        # The label itself, where there is one, before those below: should it be refused, nothing has changed.
        below = sorted(
            (named for named in self._names.items() if (named[1] + SEPARATOR).startswith(old + SEPARATOR)),
            key=lambda named: named[1],
        )
        if not below:
            raise FolderGoneError("gone", path=folder.path)
        for label, own in below:
            whole = new + own[len(old) :]
            try:
                self._client.call("labels.patch", "PATCH", f"labels/{quote(label, safe='')}", body={"name": whole})
            except faults.ApiError as error:
                raise _refusal(error, whole) from error
            self._names[label] = whole
            self._ids.pop(own, None)
            self._ids[whole] = label
        return _folder(new, self._ids.get(new))

    def delete(self, folder: RemoteFolder) -> None:
        """Delete the label alone. Its messages lie where else they lie, at least in All Mail."""
        label = self.own_place(folder).label
        try:
            self._client.call("labels.delete", "DELETE", f"labels/{quote(label, safe='')}")
        except faults.ApiError as error:
            if error.status == 404:
                raise FolderGoneError("gone", path=folder.path, server_text=error.text) from error
            raise _refusal(error, folder.path) from error
        del self._ids[folder.path]
        self._names.pop(label, None)

    def _own_name(self, folder: RemoteFolder) -> str:
        """The name of the user's own label, or of a mere node."""
        if not folder.selectable:
            return folder.path
        return self._names[self.own_place(folder).label]

    def _whole_name(self, name: str, parent: RemoteFolder | None) -> str:
        above = self._own_name(parent) + SEPARATOR if parent else ""
        if SEPARATOR in name or not name.strip():
            raise ChangeRefusedError("bad_name", path=above + name)
        return above + name

    def _folders(self, labels: list[dict], history_id: int) -> list[RemoteFolder]:
        found = {label["id"]: label for label in labels if label.get("id")}
        own = {label: str(row.get("name", label)) for label, row in found.items() if row.get("type") != "system"}
        self._names = own
        folders: dict[str, RemoteFolder] = {}
        for label, (name, role) in SYSTEM.items():
            if label == ALL or label in found:
                folders[name] = _folder(name, label, role=role, history_id=history_id)
        nodes: dict[str, RemoteFolder] = {}
        for label, name in own.items():
            path = name if name not in folders else f"{name} ({label})"
            nodes[path] = _folder(path, label, history_id=history_id)
        for path in list(nodes):
            while (path := _parent(path) or "") and path not in nodes and path not in folders:
                nodes[path] = _folder(path, None)
        return [*folders.values(), *(nodes[path] for path in sorted(nodes, key=_order))]


def _parent(path: str) -> str | None:
    above, separator, name = path.rpartition(SEPARATOR)
    return above if separator and above.strip(SEPARATOR + " ") and name.strip() else None


def _order(path: str) -> list[tuple[str, str]]:
    return [(part.casefold(), part) for part in path.split(SEPARATOR)]


def _folder(path: str, label: str | None, *, role: str | None = None, history_id: int = 0) -> RemoteFolder:
    above = None if role else _parent(path)
    status = None if label is None else {"label": label, "history": str(history_id)}
    return RemoteFolder(
        path=path,
        name=path[len(above) + 1 :] if above else path,
        parent_path=above,
        role=role,
        selectable=label is not None,
        status=status,
    )


def _answered(answers: list[batching.Answer]) -> list[dict]:
    for answer in answers:
        if answer.error:
            raise answer.error
    return [answer.document for answer in answers]


def _refusal(error: faults.ApiError, path: str) -> Exception:
    """What it means that a label cannot be as it was wished."""
    if error.status == 409:
        return ChangeRefusedError("exists", path=path, server_text=error.text)
    if error.status == 404:
        return FolderGoneError("gone", path=path, server_text=error.text)
    if error.status == 400:
        reason = "exists" if "exists" in error.text else "bad_name"
        return ChangeRefusedError(reason, path=path, server_text=error.text)
    return error.meaning()
