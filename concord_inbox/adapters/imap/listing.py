"""The folders of a mailbox: one round trip for all of them and what they hold, as far as the server allows it."""

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..base import RemoteFolder
from ..errors import TemporaryError
from . import faults
from .responses import ParseError, identity, parse
from .session import Session
from .tree import Listed, arrange
from .wire import Answer, Pieces, quote

_STATUS_ITEMS = {
    b"MESSAGES": "messages",
    b"UIDNEXT": "uidnext",
    b"UIDVALIDITY": "uidvalidity",
    b"UNSEEN": "unseen",
    b"HIGHESTMODSEQ": "modseq",
    b"MAILBOXID": "mailboxid",
}

#: STATUS commands sent ahead of the answers; more could fill both sides' buffers, each then waiting for the other.
BURST = 50

_NAMED_NIL = re.compile(rb"NIL\b(?!.*\bNIL\b)", re.IGNORECASE)
_BROKEN_LIST = re.compile(rb'\(([^)]*)\) +(NIL|"\\?[^"]*") +(.*)', re.DOTALL | re.IGNORECASE)


@dataclass(slots=True)
class Names:
    """How the server writes the folders' names.

    :param by_path: each path's name.
    :param delimiter: between the parts of a name, '' if there are no parts.
    :param prefix: of all the user's folders but the INBOX.
    """

    by_path: dict[str, bytes] = field(default_factory=dict)
    delimiter: str = ""
    prefix: bytes = b""


def list_folders(session: Session) -> tuple[list[RemoteFolder], Names]:
    """All folders, parents before children and the INBOX first, and how the server writes their names."""
    # Of the folder that is open, a server tells what this session has seen, which may be long ago.
    session.begin_closing()
    extended = session.offers("LIST-EXTENDED", "LIST-STATUS")
    # All commands go out together, so that they cost one round trip.
    if session.offers("NAMESPACE"):
        # Whether it succeeds is not looked at: then the names themselves tell.
        session.begin(b"NAMESPACE")
    listing = session.begin(b"LIST", b'""', b'"*"', *(_returns(session) if extended else ()))
    try:
        answer = session.finish(listing)
    except faults.RefusedError as refused:
        if not extended:
            raise
        session.do_without("LIST-EXTENDED", "LIST-STATUS")
        namespaces = refused.answer.rows("NAMESPACE")
        extended, answer = False, session.run(b"LIST", b'""', b'"*"')
        # Where one word was empty, others may be, and servers hang up on too many wrong commands.
        _try_status(session, _rows(answer))
    else:
        namespaces = answer.rows("NAMESPACE")
    listed = _rows(answer)
    if extended and session.offers("LIST-STATUS"):
        for name, status in _statuses(answer).items():
            if name in listed:
                listed[name].status = status
    else:
        _ask_each(session, listed)
    prefix = _personal_prefix(namespaces, listed.values())
    folders, names = arrange(list(listed.values()), prefix, extended)
    return folders, Names(names, next((row.delimiter for row in listed.values() if row.delimiter), ""), prefix)


def _returns(session: Session) -> list[bytes]:
    options = [b"SUBSCRIBED"]
    if session.offers("SPECIAL-USE"):
        options.append(b"SPECIAL-USE")
    if session.offers("LIST-STATUS"):
        options.append(b"STATUS " + _status_items(session))
    return [b"RETURN", b"(" + b" ".join(options) + b")"]


def _status_items(session: Session) -> bytes:
    offered = {b"HIGHESTMODSEQ": session.has_condstore, b"MAILBOXID": session.offers("OBJECTID")}
    return b"(" + b" ".join(name for name in _STATUS_ITEMS if offered.get(name, True)) + b")"


def _try_status(session: Session, listed: dict[bytes, Listed]) -> None:
    """Ask for one STATUS, and do without what the server does not know."""
    folder = next((folder for folder in listed.values() if folder.selectable), None)
    for unknown in (("OBJECTID",), ("CONDSTORE", "QRESYNC"), ()) if folder else ():
        try:
            session.run(b"STATUS", quote(folder.name), _status_items(session))
            return
        except faults.RefusedError as refused:
            if refused.answer.status != "BAD":
                return
            session.do_without(*unknown)


def _ask_each(session: Session, listed: dict[bytes, Listed]) -> None:
    """STATUS of every folder, many commands under way at a time. A folder that refuses stays without status."""
    items = _status_items(session)
    waiting: deque[tuple[Listed, bytes]] = deque()
    unknown = False

    def take() -> None:
        nonlocal unknown
        folder, tag = waiting.popleft()
        try:
            found = _statuses(session.finish(tag))
        except (faults.RefusedError, TemporaryError) as error:
            unknown |= isinstance(error, faults.RefusedError) and error.answer.status == "BAD"
            # A folder that is locked just now is its own matter, a broken connection is everybody's.
            if not session.is_open:
                raise
            return
        for name, status in found.items():
            # The server may write the name in another way than it lists it.
            (listed.get(name) or folder).status = status

    for folder in listed.values():
        if folder.selectable:
            waiting.append((folder, session.begin(b"STATUS", quote(folder.name), items)))
            if len(waiting) == BURST:
                take()
    while waiting:
        take()
    if unknown and (session.has_condstore or session.offers("OBJECTID")):
        # It offers more than it knows.
        session.do_without("OBJECTID", "CONDSTORE", "QRESYNC")
        _ask_each(session, {name: folder for name, folder in listed.items() if folder.status is None})


def _rows(answer: Answer) -> dict[bytes, Listed]:
    found = {}
    for row in answer.rows("LIST"):
        try:
            attributes, delimiter, name = parse(row)[:3]
        except (ParseError, ValueError):
            # A name with a quotation mark that was not escaped, for one.
            match = _BROKEN_LIST.fullmatch(b"".join(row).strip())
            if not match:
                continue
            attributes, delimiter, name = match[1].split(), match[2].strip(b'"')[-1:], match[3].strip(b'"')
            delimiter = None if match[2].upper() == b"NIL" else delimiter
        if name is None:
            # Where a name is due, NIL is one (RFC 9051, 9: astring).
            name = _NAMED_NIL.search(b"".join(row))[0]
        if not isinstance(name, bytes) or not isinstance(attributes, list):
            continue
        names = frozenset(item.decode("ascii", "replace").lower() for item in attributes if isinstance(item, bytes))
        found[name] = Listed(name, names, (delimiter or b"").decode("ascii", "replace"))
    return found


def _statuses(answer: Answer) -> dict[bytes, dict]:
    found = {}
    for row in answer.rows("STATUS"):
        try:
            name, values = parse(row)[:2]
            if name is None:
                name = row[0].split()[0]
            # What the server does not know, some call NIL.
            numbers = {key: value for key, value in zip(values[::2], values[1::2], strict=True) if value is not None}
            found[name] = {
                _STATUS_ITEMS[key.upper()]: identity(value) if key.upper() == b"MAILBOXID" else int(value)
                for key, value in numbers.items()
            }
        except (ParseError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return found


def _personal_prefix(namespaces: list[Pieces], listed: Iterable[Listed]) -> bytes:
    """What all the user's own folders but the INBOX begin with, e.g. ``INBOX.`` (RFC 2342)."""
    try:
        return parse(namespaces[0])[0][0][0]
    except (ParseError, LookupError, TypeError):
        others = [folder for folder in listed if not folder.is_inbox]
        prefixes = {b"INBOX" + folder.delimiter.encode() for folder in others}
        prefix = prefixes.pop() if len(prefixes) == 1 else b""
        return prefix if all(folder.name.upper().startswith(prefix) for folder in others) else b""
