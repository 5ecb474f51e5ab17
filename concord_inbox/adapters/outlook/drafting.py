"""Emails put into the mailbox from MIME. Graph makes each of them a draft.

A request holds 4 MB, and MIME goes into it in base64. What is larger goes without its files, largest first, and these
follow: by an upload session, or in a request of their own.
"""

import base64
import io
from collections.abc import Iterable
from typing import BinaryIO
from urllib.parse import urlsplit

from ..base import RemoteId
from ..errors import AdapterError, ProtocolError
from . import cutting
from .client import Client, query_of, quoted
from .faults import GraphError
from .folders import lacks_action

#: Bytes of MIME in one request: 4 MB in base64, with some room.
LARGEST = 2_950_000
#: A file of so many bytes has an upload session, and goes in pieces of so many.
SESSION, PIECE = 2_900_000, 9 * 327_680
#: Where Graph has large files sent to, which the token is not shown to.
UPLOAD_HOSTS = (".office.com", ".office365.com", ".outlook.com", ".microsoft.com", ".office365.us", ".office.cn")


def create(client: Client, source: bytes | BinaryIO) -> dict:
    """Make a draft of `source`, in the folder for drafts, which is the only one that takes MIME; returns it as Graph
    describes it.

    :raises GraphError: 413 where it does not fit, whatever is taken out of it.
    """
    size = _size(source)
    path = f"{client.user}/messages"
    if size <= LARGEST:
        return _post(client, path, source if isinstance(source, bytes) else _whole(source))
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    apart: list[cutting.File] = []
    rest = size
    for one in sorted(cutting.files_of(file), key=lambda one: one.cut_to - one.cut_from, reverse=True):
        if rest <= LARGEST:
            break
        apart.append(one)
        rest -= one.cut_to - one.cut_from
    if rest > LARGEST:
        raise GraphError(413, "RequestBodyTooLarge", "the text alone is too large", method="POST")
    draft = _post(client, path, cutting.without(file, size, apart))
    try:
        for one in sorted(apart, key=lambda one: one.cut_from):
            content, length = cutting.content(file, one)
            with content:
                attach(client, draft["id"], one, content, length)
    except (GraphError, AdapterError):
        discard(client, draft["id"])
        raise
    return draft


def discard(client: Client, remote_id: RemoteId) -> None:
    """Delete what was begun and is not wanted any more, if that can be done; never what went out after all."""
    path = f"{client.user}/messages/{quoted(remote_id)}"
    try:
        if client.get(path, query_of(select="isDraft")).get("isDraft"):
            _delete(client, path)
    except (GraphError, AdapterError):
        # It stays among the drafts, where whoever wrote it may delete it.
        return


def forget(client: Client, message_id: str) -> None:
    """Delete the drafts that bear this Message-ID. What went out is no draft, and lies elsewhere.

    :raises GraphError, NetworkError, AuthenticationError, ProtocolError:
    """
    literal = message_id.replace("'", "''")
    query = query_of(filter=f"internetMessageId eq '{literal}'", select="id,isDraft")
    for item in client.get(f"{client.user}/mailFolders/drafts/messages", query).get("value") or ():
        if item.get("isDraft"):
            _delete(client, f"{client.user}/messages/{quoted(item['id'])}")


def _delete(client: Client, path: str) -> None:
    try:
        client.call("POST", f"{path}/permanentDelete")
    except GraphError as error:
        if lacks_action(error):
            client.call("DELETE", path)
        elif not error.is_missing:
            raise


def attach(client: Client, remote_id: RemoteId, one: cutting.File, content: BinaryIO, size: int) -> None:
    """Add a file to a message."""
    path = f"{client.user}/messages/{quoted(remote_id)}/attachments"
    facts = {"name": one.name, "contentType": one.mimetype, "isInline": one.is_inline}
    if one.content_id:
        facts["contentId"] = one.content_id
    if size < SESSION:
        value = {
            "@odata.type": "#microsoft.graph.fileAttachment",
            **facts,
            "contentBytes": base64.b64encode(content.read()).decode(),
        }
        client.call("POST", path, value=value)
        return
    item = {"attachmentType": "file", "size": size, **facts}
    session = client.call("POST", f"{path}/createUploadSession", value={"AttachmentItem": item})
    url = _upload_url(client, session.get("uploadUrl") or "")
    for start, piece in _pieces(content):
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Range": f"bytes {start}-{start + len(piece) - 1}/{size}",
        }
        client.put(url, piece, headers)


def _post(client: Client, path: str, source: bytes) -> dict:
    return client.send("POST", path, "", base64.b64encode(source), {"Content-Type": "text/plain"})


def _pieces(content: BinaryIO) -> Iterable[tuple[int, bytes]]:
    start = 0
    while piece := content.read(PIECE):
        yield start, piece
        start += len(piece)


def _upload_url(client: Client, url: str) -> str:
    """:raises ProtocolError: it is none of Microsoft's."""
    own, other = urlsplit(client.root), urlsplit(url)
    host = f".{(other.hostname or '').lower()}"
    is_own = (own.scheme, own.netloc) == (other.scheme, other.netloc)
    if not is_own and not (other.scheme == "https" and host.endswith(UPLOAD_HOSTS)):
        raise ProtocolError("bad_response", server_text="a place for files elsewhere", host=other.hostname or "")
    return url


def _size(source: bytes | BinaryIO) -> int:
    return len(source) if isinstance(source, bytes) else source.seek(0, io.SEEK_END)


def _whole(source: BinaryIO) -> bytes:
    source.seek(0)
    return source.read()
