"""Addresses that are written to: whether they are any, how they go over the wire, lists of them that were pasted."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import idna

from . import addresses
from .clean import one_line
from .errors import ComposeError
from .outgoing import Outgoing

MAX_LOCAL, MAX_ADDRESS = 64, 254  # bytes (RFC 5321 section 4.5.3.1, RFC 3696 erratum 1690)
MAX_PASTED = 1_000_000  # characters

_ATEXT = r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]"
_DOT_ATOM = re.compile(rf"{_ATEXT}+(?:\.{_ATEXT}+)*")
# Old systems gave such addresses out, against RFC 5321; their servers take them.
_LOOSE_DOTS = re.compile(rf"(?:{_ATEXT}|\.)+")
_QUOTED = re.compile(r'"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*"')
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_LITERAL = re.compile(r"\[(?:\d{1,3}(?:\.\d{1,3}){3}|IPv6:[0-9a-fA-F:.]{2,45})\]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")


@dataclass(frozen=True, slots=True)
class Pasted:
    """One entry of a list of addresses; `email` is what stood there, where it is none."""

    name: str
    email: str
    is_valid: bool


def wire_address(email: str, field: str = "to") -> str:
    """Return the address as SMTP and the headers are given it.

    The domain is in its A-label form (IDNA) where the local part is ASCII; where it is not, both stay as they are and
    the server has to know SMTPUTF8.

    :param field: for the error.
    :raises ComposeError: ``bad_address``.
    """
    local, domain = _split(email, field)
    return f"{local}@{_ascii_domain(domain) if local.isascii() else domain}"


def is_address(email: str) -> bool:
    """Whether an email can be addressed so: a local part, and a domain with a dot (or ``localhost``)."""
    try:
        _split(email, "to")
    except ComposeError:
        return False
    return True


def needs_smtputf8(what: Outgoing | Iterable[str]) -> bool:
    """Whether the server has to know SMTPUTF8 (RFC 6531) to take an email with these addresses.

    :param what: the email, or addresses without their names.
    """
    emails = (mailbox.email for mailbox in what.mailboxes) if isinstance(what, Outgoing) else what
    return any(not email.rpartition("@")[0].isascii() for email in emails)


def ascii_domain(domain: str) -> str:
    """Return a domain's A-label form, in lower case.

    :raises ComposeError: ``bad_address``.
    """
    if not _is_domain(domain):
        raise ComposeError("bad_address", "domain", domain)
    return _ascii_domain(domain)


def _split(email: str, field: str) -> tuple[str, str]:
    local, at, domain = email.rpartition("@")
    fine = (
        bool(at)
        and (bool(_LOOSE_DOTS.fullmatch(local)) or bool(_QUOTED.fullmatch(local)))
        and local.isprintable()
        and not _INVISIBLE.search(email)
        and len(local.encode("utf-8", "replace")) <= MAX_LOCAL
        and len(email.encode("utf-8", "replace")) <= MAX_ADDRESS
        and _is_domain(domain)
    )
    if not fine:
        raise ComposeError("bad_address", field, email)
    return local, domain


def _is_domain(domain: str) -> bool:
    if domain.startswith("["):
        return bool(_LITERAL.fullmatch(domain))
    if "." not in domain and domain.lower() != "localhost":
        return False
    try:
        labels = _ascii_domain(domain).split(".")
    except UnicodeError:
        return False
    # A last label of digits only would be a mistyped IP address.
    return all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()


@lru_cache(maxsize=4096)
def _ascii_domain(domain: str) -> str:
    """As `ascii_domain`; raises UnicodeError (of which IDNAError is one)."""
    if domain.isascii():
        return domain.lower()
    return idna.encode(domain, uts46=True).decode("ascii")


def parse_addresses(text: str) -> list[Pasted]:
    """Read a list that somebody pasted or typed: separated by commas, semicolons, line breaks or tabs.

    Names with commas are told apart where they stand in quotes or before an address in angle brackets. What is no
    address is kept with `is_valid` False. Nobody is there twice.
    """
    found: dict[str, Pasted] = {}
    for line in re.split(r"[\r\n\t\v\f\x85\u2028\u2029]+", _INVISIBLE.sub("", text[:MAX_PASTED])):
        for entry in _entries(one_line(line.replace("，", ",").replace("；", ";"), 50_000)):
            found.setdefault(addresses.normalize_address(entry.email) or entry.email, entry)
    return list(found.values())


def _entries(line: str) -> list[Pasted]:
    if not line:
        return []
    read = [address for address in addresses.parse(line) if "@" in address.email]
    is_whole = line.count("@") == len(read) and not _leftover(line, len(read))
    if read and is_whole and all(is_address(address.email) for address in read):
        return [Pasted(address.name, address.email, True) for address in read]
    return [entry for piece in _pieces(line) for word in _words(piece) if (entry := _entry(word))]


def _leftover(line: str, count: int) -> bool:
    """Whether more than `count` pieces between separators hold something that is no part of an address."""
    pieces = _pieces(line)
    return len(pieces) > count and any("@" not in piece for piece in pieces) and "<" not in line


def _pieces(line: str) -> list[str]:
    """Cut at separators that stand neither in quotes nor in angle brackets, nor within a bare name before brackets."""
    pieces = re.findall(r'(?:"(?:[^"\\]|\\.)*"|<[^<>]*>|[^,;])+', line)
    joined: list[str] = []
    for piece in map(str.strip, pieces):
        # `Doe, John <j@example.org>`
        if joined and "@" not in joined[-1] and "<" in piece:
            joined[-1] = f"{joined[-1]}, {piece}"
        elif piece:
            joined.append(piece)
    return joined


def _words(piece: str) -> list[str]:
    """Addresses with nothing but blanks between them, each for itself."""
    words = piece.split()
    return words if len(words) > 1 and all(map(is_address, words)) else [piece]


def _entry(piece: str) -> Pasted | None:
    piece = piece.strip("\"' ") if piece.count('"') != 2 else piece
    read = [address for address in addresses.parse(piece) if "@" in address.email]
    if len(read) == 1:
        return Pasted(read[0].name, read[0].email, is_address(read[0].email))
    return Pasted("", piece, is_address(piece)) if piece else None
