"""The folders of a mailbox: listed with one request, and changed.

Folders with a meaning have names of their own in Graph (*well-known*), which a folder does not tell: each of them is
asked for its id, in the same batch that lists the folders.
"""

from dataclasses import dataclass

from ..base import RemoteFolder
from ..errors import ChangeRefusedError, FolderGoneError, InvalidInputError, ProtocolError
from . import batch
from .client import IMMUTABLE, Client, query_of, quoted
from .faults import GraphError, translate, translated, understood

ROLES = {
    "inbox": "inbox",
    "sentitems": "sent",
    "drafts": "drafts",
    "deleteditems": "trash",
    "junkemail": "junk",
    "archive": "archive",
}
#: With all that is below them: what Outlook itself does not show among the folders for mail.
HIDDEN = (
    *("outbox", "recoverableitemsdeletions", "scheduled", "searchfolders", "syncissues", "conflicts", "localfailures"),
    *("serverfailures",),
)
#: The folder that holds the topmost ones.
ROOT = "msgfolderroot"

FIELDS = "id,displayName,parentFolderId,childFolderCount,totalItemCount,unreadItemCount,isHidden"
PAGE = 200
#: More pages than that of folders no mailbox has.
MOST_PAGES = 500


@dataclass(slots=True)
class _Node:
    id: str
    name: str
    parent: str | None
    total: int | None


def list_folders(client: Client) -> list[RemoteFolder]:
    """All folders, parents before children, the INBOX first.

    :raises GraphError, NetworkError, AuthenticationError, ProtocolError:
    """
    listing = batch.Part(
        "list",
        "GET",
        f"{client.user}/mailFolders/delta?{query_of(select=FIELDS)}",
        headers={"Prefer": f"{IMMUTABLE}, odata.maxpagesize={PAGE}"},
    )
    names = [*ROLES, *HIDDEN, ROOT]
    parts = [batch.Part(name, "GET", f"{client.user}/mailFolders/{name}?{query_of(select='id')}") for name in names]
    known: dict[str, str] = {}
    nodes: dict[str, _Node] = {}
    for answer in batch.run(client, [listing, *parts]):
        if answer.error:
            # The mailbox has no such folder, as long as nobody used it.
            if answer.key == "list" or not answer.error.is_missing:
                raise answer.error
        elif answer.key == "list":
            _read(client, answer.body, nodes)
        else:
            known[answer.body["id"]] = answer.key
    return _tree(nodes, known)


def _read(client: Client, page: dict, nodes: dict[str, _Node]) -> None:
    """Take the folders of a page, and of those that follow. Folders may be told more than once."""
    for _ in range(MOST_PAGES):
        for item in page.get("value") or ():
            if "@removed" in item or item.get("isHidden"):
                nodes.pop(item["id"], None)
                continue
            nodes[item["id"]] = _Node(
                item["id"], item.get("displayName") or "", item.get("parentFolderId"), item.get("totalItemCount")
            )
        link = page.get("@odata.nextLink")
        if not link:
            return
        page = client.get(client.link(link), page_size=PAGE)
    raise ProtocolError("bad_response", server_text="a list of folders without end")


def _tree(nodes: dict[str, _Node], known: dict[str, str]) -> list[RemoteFolder]:
    children: dict[str | None, list[_Node]] = {}
    for node in nodes.values():
        # What is below a folder that is not told is at the top: the root is among those.
        parent = node.parent if node.parent in nodes and known.get(node.parent) != ROOT else None
        children.setdefault(parent, []).append(node)
    found: list[RemoteFolder] = []

    def add(parent: _Node | None, above: RemoteFolder | None) -> None:
        order = list(ROLES)

        def place(node: _Node) -> tuple:
            name = known.get(node.id)
            return (order.index(name) if name in order else len(order), node.name.casefold(), node.id)

        for node in sorted(children.pop(parent.id if parent else None, ()), key=place):
            name = known.get(node.id)
            if name in HIDDEN or name == ROOT:
                continue
            folder = _folder(node, name, above)
            found.append(folder)
            add(node, folder)

    add(None, None)
    return found


def _folder(node: _Node, known: str | None, above: RemoteFolder | None) -> RemoteFolder:
    own = escaped(node.name)
    return RemoteFolder(
        path=f"{above.path}/{own}" if above else own,
        name=node.name,
        parent_path=above.path if above else None,
        role=ROLES.get(known or ""),
        total=node.total,
        handle={"id": node.id, "known": known},
    )


def escaped(name: str) -> str:
    """A name as a part of a path: Exchange allows the slash in names, so it is marked there."""
    return name.replace("\\", "\\\\").replace("/", "\\/")


def id_of(folder: RemoteFolder) -> str:
    """Graph's id of a folder that was listed."""
    return folder.handle["id"]


def path_of(client: Client, folder: RemoteFolder) -> str:
    """Where a folder is in the API."""
    return f"{client.user}/mailFolders/{quoted(id_of(folder))}"


def create(client: Client, name: str, parent: RemoteFolder | None) -> RemoteFolder:
    """See `base.Adapter.create_folder`."""
    _check(name)
    path = f"{path_of(client, parent)}/childFolders" if parent else f"{client.user}/mailFolders"
    try:
        item = client.call("POST", path, value={"displayName": name})
    except GraphError as error:
        raise _refusal(error, name, parent) from error
    with understood():
        return _folder(
            _Node(item["id"], item.get("displayName") or name, None, item.get("totalItemCount")), None, parent
        )


def rename(client: Client, folder: RemoteFolder, name: str, parent: RemoteFolder | None) -> RemoteFolder:
    """See `base.Adapter.rename_folder`. A folder keeps its id, and its messages theirs."""
    _check(name)
    _refuse_fixed(folder)
    path = path_of(client, folder)
    try:
        # First to where it shall be: should the other step fail, it is a folder of the old name at the right place.
        if (parent.path if parent else None) != folder.parent_path:
            target = id_of(parent) if parent else ROOT
            client.call("POST", f"{path}/move", value={"destinationId": target})
        if name != folder.name:
            client.call("PATCH", path, value={"displayName": name})
    except GraphError as error:
        raise _refusal(error, name, folder) from error
    return _folder(_Node(id_of(folder), name, None, folder.total), None, parent)


def delete(client: Client, folder: RemoteFolder) -> None:
    """See `base.Adapter.delete_folder`. Graph deletes what is below a folder with it: that is moved up before."""
    _refuse_fixed(folder)
    path = path_of(client, folder)
    with translated(folder):
        above = client.get(path, query_of(select="parentFolderId")).get("parentFolderId") or ROOT
        for child in _children(client, path):
            client.call("POST", f"{client.user}/mailFolders/{quoted(child)}/move", value={"destinationId": above})
        _remove(client, path)


def _children(client: Client, path: str) -> list[str]:
    found: list[str] = []
    page = client.get(f"{path}/childFolders", query_of(select="id", top=str(PAGE)))
    for _ in range(MOST_PAGES):
        found += [item["id"] for item in page.get("value") or ()]
        link = page.get("@odata.nextLink")
        if not link:
            return found
        page = client.get(client.link(link))
    raise ProtocolError("bad_response", server_text="a list of folders without end")


def _remove(client: Client, path: str) -> None:
    try:
        client.call("POST", f"{path}/permanentDelete")
    except GraphError as error:
        if not lacks_action(error):
            raise
        client.call("DELETE", path)


def lacks_action(error: GraphError) -> bool:
    """Whether this Graph (one of a national cloud, say) does not know the action that it was asked for."""
    return error.status in (400, 404, 405, 501) and error.code in ("BadRequest", "ResourceNotFound", "NotImplemented")


def _check(name: str) -> None:
    if any(character in name for character in "\r\n\0"):
        raise InvalidInputError("control_character")
    if not name.strip():
        raise ChangeRefusedError("bad_name", path=name)


def _refuse_fixed(folder: RemoteFolder) -> None:
    if folder.handle.get("known"):
        raise ChangeRefusedError("fixed", path=folder.path)


def _refusal(error: GraphError, name: str, folder: RemoteFolder | None) -> Exception:
    if error.is_missing:
        return FolderGoneError("gone", path=folder.path if folder else name, server_text=error.server_text)
    found = translate(error, folder)
    if isinstance(found, ChangeRefusedError):
        return ChangeRefusedError(found.reason, path=name, server_text=error.server_text)
    return found
