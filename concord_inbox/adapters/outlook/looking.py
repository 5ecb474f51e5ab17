"""Single messages, asked for by their ids: many in one request.

An id stays good when its message is moved: whether the message is in the folder that is meant is asked with it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from ..base import RemoteCopy, RemoteFolder, RemoteId, message_id_field
from . import batch
from .client import Client, query_of, quoted
from .folders import id_of, path_of
from .records import SELECT, copy_of, newer_than


def look_up(client: Client, folder: RemoteFolder, ids: Iterable[RemoteId]) -> list[RemoteCopy]:
    """Those of `ids` that are in the folder, as they are now."""
    return [copy_of(item) for item in items(client, folder, ids, SELECT)]


def present(client: Client, folder: RemoteFolder, ids: Iterable[RemoteId]) -> frozenset[RemoteId]:
    """Those of `ids` that are in the folder now."""
    return frozenset(item["id"] for item in items(client, folder, ids, query_of(select="id,parentFolderId")))


def message_ids(client: Client, folder: RemoteFolder, ids: Iterable[RemoteId]) -> dict[RemoteId, bytes]:
    """The Message-ID header of those of `ids` that are in the folder."""
    found = items(client, folder, ids, query_of(select="id,parentFolderId,internetMessageId"))
    return {item["id"]: message_id_field((item.get("internetMessageId") or "").encode()) for item in found}


def items(client: Client, folder: RemoteFolder, ids: Iterable[RemoteId], query: str) -> Iterator[dict]:
    """What Graph says of those of `ids` that are in the folder; `query` selects ``parentFolderId``, too."""
    for item in anywhere(client, ids, query):
        if item.get("parentFolderId") == id_of(folder):
            yield item


def anywhere(client: Client, ids: Iterable[RemoteId], query: str) -> Iterator[dict]:
    """What Graph says of those of `ids` that there are.

    :raises GraphError: another refusal than that there is none.
    """
    parts = [
        batch.Part(remote_id, "GET", f"{client.user}/messages/{quoted(remote_id)}?{query}")
        for remote_id in dict.fromkeys(ids)
    ]
    for answer in batch.run(client, parts):
        if not answer.error:
            yield answer.body
        elif not answer.error.is_missing:
            raise answer.error


def find(client: Client, folder: RemoteFolder, message_id: str, query: str = SELECT) -> list[dict]:
    """The messages in the folder that bear this Message-ID, the oldest first."""
    literal = message_id.replace("'", "''")
    condition = query_of(filter=f"internetMessageId eq '{literal}'")
    page = client.get(f"{path_of(client, folder)}/messages", f"{query}&{condition}")
    return sorted(page.get("value") or (), key=lambda item: item.get("createdDateTime") or "")


def count(client: Client, folder: RemoteFolder, since: datetime | None) -> int:
    """How many messages the folder holds that were received since."""
    query = query_of(filter=newer_than(since), select="id", top="1", count="true")
    return int(client.get(f"{path_of(client, folder)}/messages", query)["@odata.count"])


def everything(client: Client, folder: RemoteFolder, query: str, page_size: int) -> Iterator[list[dict]]:
    """All that the folder holds, in pages."""
    page = client.get(f"{path_of(client, folder)}/messages", f"{query}&{query_of(top=str(page_size))}")
    while True:
        yield page.get("value") or []
        link = page.get("@odata.nextLink")
        if not link:
            return
        page = client.get(client.link(link))
