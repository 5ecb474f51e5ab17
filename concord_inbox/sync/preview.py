"""A look at what an account would bring, before it is connected. Asks the server; stores and changes nothing.

It runs in a thread of its own, so that whoever waits for it can stop waiting; hence it knows no ORM.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from .. import mime
from ..adapters import open_adapter
from ..adapters.base import Adapter, RemoteCopy, RemoteFolder, Settings
from ..adapters.errors import NetworkError
from . import store

#: Of each folder the headers of so many emails are read at most, the newest ones.
NEWEST = 2000
#: Of an account whose provider charges for each email: of so many in all.
FEW = 50
#: Seconds after the start until which emails are counted, until which headers are read, and until which anybody waits.
COUNTING, READING, WAITING = 8.0, 15.0, 19.0
#: Seconds to wait for the server at any one time.
PATIENCE = 5.0
#: Headers that are asked for between two looks at the clock.
PORTION = 200

#: Which of the listed folders would be followed, each with the moment before which its emails are left out.
Choose = Callable[[list[RemoteFolder]], list[tuple[RemoteFolder, datetime]]]


@dataclass(slots=True)
class FolderAhead:
    """What one folder would bring.

    :param emails: how many; at least so many unless `counted`.
    :param read: of how many of them, the newest, the headers were read.
    """

    folder: RemoteFolder
    emails: int = 0
    counted: bool = False
    read: int = 0


@dataclass(slots=True)
class Ahead:
    """What an account would bring.

    :param addresses: all that the headers name, normalised.
    :param senders: address -> name of those who may be made a contact, who wrote last first.
    :param written: the same of those to whom the account wrote.
    """

    folders: list[FolderAhead] = field(default_factory=list)
    addresses: set[str] = field(default_factory=set)
    senders: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)


def look(connection_type: str, settings: Settings, choose: Choose) -> Ahead:
    """Ask the server; done within `WAITING` seconds.

    :raises AdapterError: among them a `NetworkError` when the server is too slow for any answer.
    """
    settings = replace(settings, timeout=min(settings.timeout, PATIENCE))
    pool = ThreadPoolExecutor(1, "concord_inbox_preview")
    try:
        return pool.submit(_look, connection_type, settings, choose, time.monotonic()).result(WAITING)
    except TimeoutError as error:
        where = {}
        if endpoint := settings.incoming:
            where = {"field": "imap_host", "protocol": "IMAP", "host": endpoint.host, "port": endpoint.port}
        raise NetworkError("timeout", **where) from error
    finally:
        # Whatever it still waits for, it gives up soon.
        pool.shutdown(wait=False, cancel_futures=True)


def _look(connection_type: str, settings: Settings, choose: Choose, started: float) -> Ahead:
    ahead = Ahead()
    with open_adapter(connection_type, settings) as adapter:
        newest = []
        for folder, since in choose(adapter.folders()):
            counted = FolderAhead(folder)
            ahead.folders.append(counted)
            few = FEW - sum(len(copies) for _counted, copies in newest)
            newest.append((counted, _count(adapter, counted, since, started + COUNTING, few)))
        for counted, copies in newest:
            for items in _items(adapter, counted.folder, copies, started + READING):
                counted.read += len(items)
                _take(ahead, settings.email, counted.folder.role, items)
    return ahead


def _count(adapter: Adapter, counted: FolderAhead, since: datetime, until: float, few: int) -> list[RemoteCopy]:
    """Count the emails of a folder, as far as time allows; return the newest.

    :param few: so many at most where each of them costs.
    """
    newest: list[RemoteCopy] = []
    if time.monotonic() > until:
        return newest
    told = adapter.count(counted.folder, since)
    if told is not None:
        counted.emails, counted.counted = told, True
        return next(adapter.inventory(counted.folder, None, since), [])[:few] if few > 0 else newest
    for batch in adapter.inventory(counted.folder, None, since):
        counted.emails += len(batch)
        newest += batch[: NEWEST - len(newest)]
        if time.monotonic() > until:
            return newest
    counted.counted = True
    return newest


def _items(
    adapter: Adapter, folder: RemoteFolder, copies: list[RemoteCopy], until: float
) -> Iterator[list[store.Item]]:
    waiting = iter(copies)
    while time.monotonic() < until and (portion := {copy.remote_id: copy for copy in islice(waiting, PORTION)}):
        for blocks in adapter.header_blocks(folder, portion.values()):
            yield [item for raw in blocks if (item := _item(portion[raw.remote_id], raw.source))]


def _item(copy: RemoteCopy, header: bytes) -> store.Item | None:
    try:
        return store.Item(copy, mime.parse(header), "")
    except Exception:  # noqa: BLE001 one that cannot be read is quarantined later, and tells nothing now
        return None


def _take(ahead: Ahead, own_address: str, role: str | None, items: list[store.Item]) -> None:
    for item in items:
        ahead.addresses |= {address.email_normalized for address in item.parsed.addresses} - {"", own_address}
    for people, found in ((ahead.senders, store.senders), (ahead.written, store.written_to)):
        for address, name in found({own_address}, role, items).items():
            people[address] = people.get(address) or name
