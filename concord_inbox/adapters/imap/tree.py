"""From the rows of a LIST to a tree of folders with names, parents and roles. Talks to nobody."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from imapclient import imap_utf7

from ..base import ROLES, RemoteFolder
from .roles import guesses

# RFC 6154, and the names that Gmail's XLIST had for the same.
_ATTRIBUTE_ROLES = {
    "\\drafts": "drafts",
    "\\sent": "sent",
    "\\trash": "trash",
    "\\junk": "junk",
    "\\spam": "junk",
    "\\archive": "archive",
    "\\all": "all",
    "\\allmail": "all",
    "\\flagged": "flagged",
    "\\starred": "flagged",
}


@dataclass(slots=True)
class Listed:
    """One row of a LIST. `name` is as the server writes it, `attributes` are lower-case, '' is no delimiter."""

    name: bytes
    attributes: frozenset[str]
    delimiter: str
    status: dict | None = None

    @property
    def is_inbox(self) -> bool:
        return self.name.upper() == b"INBOX"

    @property
    def selectable(self) -> bool:
        return not self.attributes & {"\\noselect", "\\nonexistent"}


@dataclass(slots=True)
class _Node:
    folder: RemoteFolder
    above: list[str]
    attributes: frozenset[str] = field(default_factory=frozenset)


def arrange(listed: list[Listed], prefix: bytes, told_subscribed: bool) -> tuple[list[RemoteFolder], dict[str, bytes]]:
    """The folders, parents before children and the INBOX first, and each path's name as the server writes it.

    A parent that the server does not list is added as a mere node.

    :param prefix: of the personal namespace; what bears it counts as being at the top.
    :param told_subscribed: whether the listing says what the user subscribed to.
    """
    inbox = next((decode(row.name) for row in listed if row.is_inbox), "INBOX")
    names: dict[str, bytes] = {}
    nodes: dict[str, _Node] = {}
    for row in listed:
        path = decode(row.name)
        if path in names:
            # Two names that read alike: as the server writes it, this one differs.
            path = row.name.decode("ascii", "backslashreplace")
        names[path] = row.name
        above, name = _place(path, row.delimiter, "" if row.is_inbox else decode(prefix), inbox)
        folder = RemoteFolder(
            path=path,
            name=name,
            parent_path=above[-1] if above else None,
            selectable=row.selectable,
            total=(row.status or {}).get("messages") if row.selectable else None,
            subscribed="\\subscribed" in row.attributes if told_subscribed else None,
            status=row.status if row.selectable else None,
        )
        nodes[path] = _Node(folder, above, row.attributes)
    for node in list(nodes.values()):
        for depth, path in enumerate(node.above):
            if path not in nodes:
                above = node.above[:depth]
                name = _place(path, _delimiter(listed), decode(prefix), inbox)[1]
                parent = above[-1] if above else None
                nodes[path] = _Node(RemoteFolder(path, name, parent, selectable=False), above)
    roles = _roles(nodes)
    folders = [replace(node.folder, role=roles.get(path)) for path, node in nodes.items()]

    def order(folder: RemoteFolder) -> list[tuple]:
        chain = [*nodes[folder.path].above, folder.path]
        return [(path.upper() != "INBOX", path.casefold(), path) for path in chain]

    return sorted(folders, key=order), names


def decode(name: bytes) -> str:
    """A folder's name as people write it (RFC 3501, 5.1.3). Names that break the rules stay legible, and never fail."""
    if not name.isascii():
        # Raw UTF-8 where modified UTF-7 is due.
        text = name.decode("utf-8", "replace")
    else:
        try:
            text = imap_utf7.decode(name)
            # Half a surrogate pair would be refused by the database.
            text.encode()
        except ValueError:
            text = name.decode("ascii")
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _delimiter(listed: Iterable[Listed]) -> str:
    return next((row.delimiter for row in listed if row.delimiter), "")


def _place(path: str, delimiter: str, prefix: str, inbox: str) -> tuple[list[str], str]:
    """The paths above a folder from the top, and its own name."""
    head, own = "", path
    if prefix and path.upper().startswith(prefix.upper()) and len(path) > len(prefix):
        head, own = path[: len(prefix)], path[len(prefix) :]
    if not delimiter:
        return [], own
    parts = (own.rstrip(delimiter) or own).split(delimiter)
    above = [head + delimiter.join(parts[:count]) for count in range(1, len(parts))]
    return [inbox if part.upper() == "INBOX" else part for part in above if part.strip(delimiter)], parts[-1] or own


def _roles(nodes: dict[str, _Node]) -> dict[str, str]:
    """path -> role: what the server says, else what the names suggest; each role for one folder, the topmost."""
    roles = {path: "inbox" for path in nodes if path.upper() == "INBOX"}

    def give(candidates: Callable[[_Node], Iterable[tuple[str, int]]]) -> None:
        taken = set(roles.values())
        found: dict[str, list[tuple[int, int, str]]] = {}
        for path, node in nodes.items():
            if path not in roles and node.folder.selectable:
                for role, rank in candidates(node):
                    found.setdefault(role, []).append((len(node.above), rank, path))
        for role in ROLES:
            best = min((row for row in found.get(role, ()) if row[2] not in roles), default=None)
            if best and role not in taken:
                roles[best[2]] = role

    def told(node: _Node) -> list[tuple[str, int]]:
        return [(role, 0) for attribute, role in _ATTRIBUTE_ROLES.items() if attribute in node.attributes]

    def guessed(node: _Node) -> list[tuple[str, int]]:
        # "Projects/Archive" is somebody's own; "[Provider]/Spam" and "INBOX/Trash" are what they seem.
        parent = nodes[node.above[-1]] if node.above else None
        usual = not parent or parent.folder.path.upper() == "INBOX" or parent.folder.path.startswith("[")
        return guesses(node.folder.name) if usual else []

    give(told)
    give(guessed)
    return roles
