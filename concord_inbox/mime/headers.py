"""The header block: where it ends, its fields, its fingerprint (RFC 5322 section 2.2)."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from . import charsets
from .bounds import Cut
from .clean import one_line, storable
from .encoded_words import decode_words

MAX_BLOCK = 256 * 1024  # bytes of a header block that are read
LONGEST = 1024 * 1024  # bytes of a header block that are told from a body, and that count for a fingerprint
MAX_VALUE = 64 * 1024  # bytes of one value
CR_ONLY = "lines end in CR"
CR_TWICE = "lines end in CR CR LF"
MANY_CR = re.compile(rb"\r\r+\n")

_END = re.compile(rb"\n\r?\n")
# A field with the lines it is folded over. A name may be followed by blanks (RFC 5322 section 4.5).
_FIELD = re.compile(rb"^([!-9;-~]{1,200})[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)\n?", re.MULTILINE)
_ENVELOPE = re.compile(rb">?From ")
# After a line that is no field, only a field that everybody knows proves that the header goes on.
_KNOWN = re.compile(
    rb"^(?:received|return-path|delivered-to|from|to|cc|subject|date|message-id|reply-to|sender|references|in-reply-to"
    rb"|mime-version|content-[a-z-]+|list-[a-z-]+|x-[a-z0-9-]+|precedence|errors-to|status|dkim-signature)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
# Of a part no other fields mean anything.
_CONTENT = re.compile(rb"^content-[a-z-]+[ \t]*:", re.IGNORECASE | re.MULTILINE)
_MESSAGE_ID = re.compile(r"<([^<>]+)>")
_BLANK = re.compile(r"\s+")


class Headers:
    """The fields of one header block.

    :param fields: names in any case and values as they stand, folded perhaps, in the order written.
    :param charset: what 8-bit bytes without a declaration are in, as far as known (the text's charset, usually).
    """

    def __init__(self, fields: Iterable[tuple[bytes, bytes]], charset: str = ""):
        self.charset = charset
        self._values: dict[str, list[bytes]] = {}
        for name, value in fields:
            self._values.setdefault(name.lower().decode("ascii", "replace"), []).append(value)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __bool__(self) -> bool:
        return bool(self._values)

    def count(self, name: str) -> int:
        """How many fields bear the name, which is in lower case as everywhere here."""
        return len(self._values.get(name, ()))

    def raw(self, name: str) -> str:
        """Return the first value as text, its encoded words untouched; '' when there is none."""
        values = self._values.get(name)
        return self._text(values[0]) if values else ""

    def raw_all(self, name: str) -> list[str]:
        """Return all values as text, their encoded words untouched."""
        return [self._text(value) for value in self._values.get(name, ())]

    def get(self, name: str) -> str:
        """Return the first value decoded, on one line; '' when there is none."""
        return one_line(decode_words(self.raw(name)))

    def _text(self, value: bytes) -> str:
        value = value[:MAX_VALUE].strip()
        if b"\n" in value:
            value = value.replace(b"\r\n", b"").replace(b"\n", b"")
        if value.isascii() and b"\x1b" not in value:
            return storable(value.decode("ascii"))
        return storable(charsets.decode(value, self.charset)[0])


def header_of(source: bytes | BinaryIO) -> bytes:
    """Return the header block of `source` without the empty line that ends it; all of `source` if none does.

    Of a file, no more than `LONGEST` bytes.
    """
    if not isinstance(source, bytes):
        source = _beginning(source)
    if source.startswith((b"\n", b"\r\n")):
        return b""
    end = _END.search(source)
    return source[: end.start() + 1] if end else source


def _beginning(file: BinaryIO) -> bytes:
    """Enough of `file` to hold its header block."""
    file.seek(0)
    beginning = b""
    while len(beginning) < LONGEST and (piece := file.read(MAX_VALUE)):
        beginning += piece
        if _END.search(beginning, max(0, len(beginning) - len(piece) - 2)):
            break
    return beginning[:LONGEST]


def fingerprint(header: bytes, size: int) -> str:
    """Return what copies of one email have in common: 32 hex digits over its header block and its size.

    :param header: as `header_of` or the server gives it; kinds of line breaks and empty lines at the end do not count.
    :param size: of the whole source in bytes, as the server counts.
    """
    lines = header[:LONGEST].replace(b"\r\n", b"\n").rstrip(b"\r\n")
    return hashlib.blake2b(lines + b"\0%d" % size, digest_size=16).hexdigest()


def message_id(header: bytes) -> str:
    """Return the first Message-ID in a header block with its angle brackets, '' when there is none.

    One that is empty is none. Lines that are no fields are passed over, so that the answer for a block does not depend
    on what follows it.
    """
    return first_message_id(parse_block(header)[0])


def first_message_id(fields: Iterable[tuple[bytes, bytes]]) -> str:
    """Return what `message_id` returns, of fields."""
    for name, value in fields:
        if name.lower() == b"message-id":
            ids = message_ids(decode_words(Headers([(name, value)]).raw("message-id")), keep_bare=True)
            if ids:
                return ids[0]
    return ""


def message_ids(value: str, keep_bare: bool = False) -> tuple[str, ...]:
    """Return the message ids in a value (RFC 5322 section 3.6.4) with their angle brackets, each once, in order.

    :param keep_bare: take a value without any angle brackets for one id.
    """
    found = [_BLANK.sub("", match) for match in _MESSAGE_ID.findall(value)]
    if not found and keep_bare:
        found = [_BLANK.sub("", value).strip("<>")]
    # Bytes count, not characters: an index of the database takes no more than some 2,700 of them.
    cut = (item.encode("utf-8", "ignore")[:900].decode("utf-8", "ignore") for item in found)
    return tuple(dict.fromkeys(f"<{item}>" for item in cut if item))


def parse_block(block: bytes) -> tuple[list[tuple[bytes, bytes]], int | None]:
    """Split a header block into its fields, values as they stand.

    :return: the fields, and where in `block` the first line stands that is none (None: all are fields).
    """
    if len(block) > MAX_BLOCK:
        block = block[: block.rfind(b"\n", 0, MAX_BLOCK) + 1 or MAX_BLOCK]
    fields: list[tuple[bytes, bytes]] = []
    junk = None
    end = 0
    for match in _FIELD.finditer(block):
        if junk is None and match.start() != end:
            junk = _junk(block, end, match.start())
        end = match.end()
        fields.append(match.groups())
    if junk is None and end < len(block):
        junk = _junk(block, end, len(block))
    return fields, junk


def _junk(block: bytes, start: int, end: int) -> int | None:
    """Return where between fields something stands that is neither blank nor the line that separates mboxes' emails."""
    between = block[start:end]
    if start == 0 and _ENVELOPE.match(between):
        start = between.find(b"\n") + 1 or end
        between = between[start:]
    return start + len(between) - len(between.lstrip()) if between.strip() else None


def header_fields(source: bytes) -> list[tuple[str, str]]:
    """Return all fields of a source's header with their values decoded, in the order written."""
    return [
        (name.decode("ascii", "replace"), Headers([(name, value)]).get(name.decode("ascii", "replace").lower()))
        for name, value in split(source).fields
    ]


def source_text(source: bytes) -> str:
    """Return a source as text, to be looked at: bytes that are no UTF-8 are taken for what they most likely are."""
    return storable(charsets.decode(source, "")[0]).replace("\r\n", "\n")


def ends_twice(beginning: bytes) -> bool:
    """Whether lines end in CR CR LF, as after a program that took CR LF for LF: the first two do."""
    first = beginning.find(b"\n")
    return (
        beginning[max(0, first - 2) : first] == b"\r\r"
        and beginning[: beginning.find(b"\n", first + 1)][-2:] == b"\r\r"
    )


@dataclass(slots=True)
class Split:
    """A source in two.

    :param fields: as `parse_block` returns them.
    :param message_id: as `message_id` finds it in what servers take for the header block.
    :param defects: what was odd.
    """

    fields: list[tuple[bytes, bytes]]
    body: bytes
    message_id: str
    defects: list[str]


def split(source: bytes) -> Split:
    """Split a source into header fields and body, also where the line between them is missing or stands too early."""
    original = source
    defects = []
    if b"\n" not in source[:MAX_BLOCK] and b"\r" in source:
        source = source.replace(b"\r", b"\n")
        defects.append(CR_ONLY)
    elif ends_twice(source[:MAX_BLOCK]):
        source = MANY_CR.sub(b"\r\n", source)
        defects.append(CR_TWICE)
    stripped = source.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n \t\0")
    if len(stripped) != len(source):
        source = stripped
        defects.append("blank before the header")
    found = _split(source, _KNOWN)
    found.defects[:0] = defects
    found.message_id = message_id(header_of(original)) if found.defects else first_message_id(found.fields)
    return found


def split_part(source: bytes) -> Split:
    """Split a part of a message; one that begins with an empty line has no fields. No id is looked for."""
    return _split(source, _CONTENT)


def _split(source: bytes, proof: re.Pattern[bytes]) -> Split:
    """:param proof: a field that shows, after a line that is none, that the header goes on."""
    defects = []
    block = header_of(source)
    body = source[len(block) :]
    body = body[2:] if body.startswith(b"\r\n") else body[1:]
    if len(block) > MAX_BLOCK:
        defects.append(Cut(f"header block of {len(block)} bytes cut"))
    fields, junk = parse_block(block)
    if junk is not None:
        if proof.search(block, junk):
            defects.append("lines in the header that are no fields")
        else:
            defects.append("no empty line after the header" if fields else "no header")
            fields, _junk = parse_block(block[:junk])
            body = source[junk:]
    return Split(fields, body, "", defects)
