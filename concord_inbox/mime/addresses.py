"""Addresses of headers (RFC 5322 section 3.4, and what is sent instead), and how they are compared."""

import email.utils
import re
from functools import lru_cache

from .clean import one_line
from .encoded_words import decode_words
from .types import Address

MAX_ADDRESSES = 2000  # of one email

_SIMPLE = re.compile(
    r'(?:"([^"\\<>]*)"|([^"<>()@,;:\\]*))\s?<([^\s<>()@,;:"\\\[\]]+@[^\s<>()@,;:"\\\[\]]+)>$|'
    r'([^\s<>()@,;:"\\\[\]]+@[^\s<>()@,;:"\\\[\]]+)$'
)
_TOKEN = re.compile(
    r'(?P<word>=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=)|"(?P<quoted>(?:[^"\\]|\\.){0,300})"|\((?P<comment>(?:[^()\\]|\\.|\((?:[^()\\]|\\.){0,300}\)){0,300})\)'
    r"|<(?P<angle>[^<>]*)>|(?P<mark>[,;:])|(?P<text>[^\s\"(<,;:]+)|(?P<space>\s+)|(?P<other>.)",
    re.DOTALL,
)
_PLAIN_ADDRESS = re.compile(r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]+@[a-zA-Z0-9.-]*[a-zA-Z0-9-]")
_FOUND = re.compile(r"[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,63}")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# Written by a machine that reads no answers.
_NO_REPLY = re.compile(
    r"no[._-]?reply|not[._-]?reply|"
    # These mean it only where they stand alone, or beside what a tag or a number separates.
    r"(?:^|[.+_=-])(?:no[._-]?(?:responda|responder|responde|contestar)|n(?:ao|e)[._-]?(?:responda|pas[._-]?repondre)"
    r"|nicht[._-]?antworten|keine?[._-]?antwort|never[._-]?reply|mailer[._-]?daemon|postmaster|bounced?|bounces"
    r"|mail[._-]?delivery(?:[._-]?(?:system|subsystem))?|null|devnull)(?:$|[.+_=\d-])"
)
# SRS and VERP: an address that was made for one email, not one that somebody has.
_RETURN_PATH = re.compile(r"^(?:srs[01][=+-]|prvs=|btv1==|bounces?[+-]|msprvs\d?=)")

ROLES = {"from": "from", "to": "to", "cc": "cc", "bcc": "bcc", "reply-to": "reply_to"}


def parse(value: str, role: str = "to") -> list[Address]:
    """Read the addresses of one header value whose encoded words are not decoded yet. Never fails.

    What is no address at all (a name alone) is left out; a local user (``root``) is an address without domain.
    """
    return list(_parse_short(value, role) if len(value) < 200 else _parse(value, role))


def _parse(value: str, role: str) -> list[Address]:
    value = value.strip()
    if len(value) < 1000 and (match := _SIMPLE.match(value)):
        quoted, name, angle, bare = match.groups()
        return [_address(role, quoted or name or "", angle or bare)]
    found = _Reader(value, role).addresses
    if "=?" in value and not any(address.email_normalized for address in found):
        # The whole header was encoded, addresses and all.
        decoded = decode_words(value)
        if decoded != value and "@" in decoded:
            return _Reader(decoded, role).addresses
    return found


# A mailbox names the same few people again and again.
_parse_short = lru_cache(maxsize=4096)(_parse)


def _address(role: str, name: str, email_: str) -> Address:
    name = one_line(decode_words(name), 500)
    email_ = one_line(email_ if "@" in email_ else decode_words(email_), 500)
    if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1].strip()
    if name == email_:
        name = ""
    return Address(role, name, email_, normalize_address(email_))


class _Reader:
    """Reads a list of addresses in one pass over its tokens, taking commas within bare names for what they are."""

    def __init__(self, value: str, role: str):
        self.role = role
        self.addresses: list[Address] = []
        self._start()
        for match in _TOKEN.finditer(value):
            if len(self.addresses) >= MAX_ADDRESSES:
                return
            self._take(match.lastgroup, match[match.lastgroup])
        self._finish()

    def _start(self) -> None:
        self.pieces: list[str] = [""]  # what stood between commas, so far without an address in angle brackets
        self.comments: list[str] = []
        self.angle: str | None = None

    def _take(self, kind: str, text: str) -> None:
        if kind == "angle":
            if self.angle is not None:  # the comma between two addresses is missing
                self._finish()
            self.angle = text
        elif kind == "mark":
            self._mark(text)
        elif kind == "comment":
            self.comments.append(_ESCAPED.sub(r"\1", text))
        elif kind != "other":
            if self.angle is not None and kind != "space":
                self._finish()
            # A quoted string is kept apart by NULs: it may be the local part of an address ("a b"@example.org).
            self.pieces[-1] += f"\0{_ESCAPED.sub(chr(92) + '1', text)}\0" if kind == "quoted" else text

    def _mark(self, mark: str) -> None:
        if mark == ":" and self.angle is None:
            # The name of a group, or `mailto:`; neither is part of an address.
            self._start()
        elif mark == ";" or self.angle is not None or "@" in self.pieces[-1]:
            self._finish()
        elif mark == ",":
            self.pieces.append("")

    def _finish(self) -> None:
        pieces, comments, angle = self.pieces, self.comments, self.angle
        self._start()
        if angle is not None:
            email_ = _route_removed("".join(angle.split()) if "@" in angle else angle.strip())
            name = ", ".join(piece.replace("\0", "").strip() for piece in pieces if piece.strip("\0 \t"))
            if not email_ and "@" in name:  # `a@example.org <>`
                name, email_ = "", name.strip()
            if email_ and not email_.endswith(":;"):
                self.addresses.append(_address(self.role, name or " ".join(comments), email_))
            return
        for piece in pieces:
            self._bare(piece.strip(), comments)

    def _bare(self, piece: str, comments: list[str]) -> None:
        name = " ".join(comments)
        if "\0@" in piece:
            local, _, domain = piece.rpartition("\0@")
            before, _, local = local.rpartition("\0")
            self.addresses.append(_address(self.role, before.replace("\0", "") or name, f'"{local}"@{domain}'))
            return
        words = piece.replace("\0", " ").split()
        if "@" in piece:
            # `Name name@example.org`: the brackets are missing.
            position = next(index for index, word in enumerate(words) if "@" in word)
            others = " ".join(words[:position] + words[position + 1 :])
            self.addresses.append(_address(self.role, others or name, _unwrapped(words[position])))
        elif words and _PLAIN_ADDRESS.fullmatch(name):
            # `Name (name@example.org)`
            self.addresses.append(_address(self.role, " ".join(words), name))
        elif len(words) == 1 and "\0" not in piece and "=?" not in piece and words[0].strip("<>"):
            self.addresses.append(_address(self.role, name, words[0]))


def _unwrapped(word: str) -> str:
    """An address without quotes and brackets around it."""
    word = word.strip("'<>\"")
    return word[1:-1] if word.startswith("[") and word.endswith("]") else word


def _route_removed(email_: str) -> str:
    """Remove what an address may carry in front of it: a source route (RFC 5322 section 4.4) or a URL's scheme."""
    if email_[:7].lower() == "mailto:":
        email_ = email_[7:]
    if email_.startswith("@") and ":" in email_:
        email_ = email_.rpartition(":")[2]
    return email_.strip("'\"") if email_.count('"') != 2 else email_


def normalize_address(email_: str) -> str:
    """Return the form in which two addresses are compared, '' when `email_` is not exactly one address.

    It has to be the one that Odoo keeps in `res.partner.email_normalized` (``odoo.tools.email_normalize``): the domain
    in lower case and otherwise as written, the local part in lower case only where it is ASCII.
    """
    email_ = email_.strip()
    if not _PLAIN_ADDRESS.fullmatch(email_):
        if "@" not in email_:
            return ""
        found = _found(email_)
        if len(found) != 1:
            return ""
        email_ = found[0]
    local, at, domain = email_.rpartition("@")
    return (local.lower() if local.isascii() else local) + at + domain.lower()


def _pairs(texts: list[str]) -> list[tuple[str, str]]:
    # Newer Pythons refuse what they find ambiguous; Odoo switches that off, and so its answers would differ.
    try:
        if hasattr(email.utils, "supports_strict_parsing"):
            return email.utils.getaddresses(texts, strict=False)
        return email.utils.getaddresses(texts)
    except (RecursionError, IndexError, ValueError):  # hundreds of nested comments
        return []


def _found(text: str) -> list[str]:
    found = [address for _name, address in _pairs([text[:2000]]) if "@" in address]
    if any(address.startswith("@") for address in found):
        found = _FOUND.findall(text) or found
    return [_without_spaces(address) for address in found]


def _without_spaces(address: str) -> str:
    """`name local@domain`, brackets forgotten: the last piece with an @ is the address."""
    if " " not in address:
        return address
    pieces = [piece for _name, piece in _pairs([address.replace(" ", ",")]) if "@" in piece]
    return pieces[-1] if pieces else address


def is_no_reply(email_normalized: str) -> bool:
    """Say whether nobody reads what is sent to this (normalised) address: no-reply, mailer-daemon, bounces, ..."""
    local = email_normalized.rpartition("@")[0]
    return bool(_NO_REPLY.search(local) or _RETURN_PATH.match(local))
