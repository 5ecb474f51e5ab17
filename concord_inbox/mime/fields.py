"""Header fields, written: folded lines of ASCII (RFC 5322, RFC 2047, RFC 2231); nothing can be smuggled into them."""

import binascii
import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from .errors import ComposeError
from .outgoing import Mailbox
from .recipients import wire_address

WIDTH = 78  # characters of a line that are wanted
LONGEST = 998  # bytes of a line that are allowed
_WORD = 75  # characters of an encoded word that are allowed

_ATOMS = re.compile(r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+(?: [a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_NAME = re.compile(r"[!-9;-~]{1,70}")
_TOKEN = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*")
#: In a phrase only these stand for themselves (RFC 2047 section 5, rule 3).
_Q_SAFE = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!*+-/")


def checked(value: str, field: str) -> str:
    """Return `value` with tabs as blanks, fit for a header.

    :raises ComposeError: ``control_character``, when it holds a line break or another control character.
    """
    value = value.replace("\t", " ")
    # Zl and Zp are line breaks too for programs that ask Unicode, Cs is no character at all.
    if not value.isprintable() and any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in value):
        raise ComposeError("control_character", field, value)
    return value


def unstructured(name: str, value: str) -> bytes:
    """A field of free text, such as a subject."""
    value = checked(value, name.lower()).strip()
    if value.isascii() and "=?" not in value and max(map(len, value.split(" "))) < 400:
        return _folded(name, re.findall(r" *[^ ]+", value) or [""])
    return _folded(name, [f" {word}" for word in encoded_words(value, len(name) + 2)])


def structured(name: str, tokens: Iterable[str]) -> bytes:
    """A field of tokens in ASCII that may be folded between any two of them, such as message ids."""
    tokens = [checked(token, name.lower()) for token in tokens]
    if not all(token.isascii() and len(token) < LONGEST - 100 for token in tokens):
        raise ComposeError("bad_header", name.lower(), " ".join(tokens))
    return _folded(name, [f" {token}" for token in tokens])


def mailboxes(name: str, people: Iterable[Mailbox]) -> bytes:
    """A field of addresses; in UTF-8 where one of them needs SMTPUTF8 (RFC 6532)."""
    field = name.lower()
    pieces: list[str] = []
    for person in people:
        if pieces:
            pieces[-1] += ","
        words = _phrase(checked(person.name, field).strip(), len(name) + 2)
        address = wire_address(checked(person.email.strip(), field), field)
        pieces += [f" {word}" for word in words] + [f" <{address}>" if words else f" {address}"]
    return _folded(name, pieces)


def further(name: str, value: str) -> bytes:
    """Any other field.

    :raises ComposeError: ``bad_header`` for what is no name of a field.
    """
    if not _NAME.fullmatch(name):
        raise ComposeError("bad_header", "headers", name)
    return unstructured(name, value)


def parameterised(name: str, value: str, parameters: Iterable[tuple[str, str]]) -> bytes:
    """A field with parameters, whose values are tokens or go into quotes."""
    pieces = [f" {value}"]
    for key, text in parameters:
        pieces[-1] += ";"
        pieces += [f" {key}={text if _TOKEN.fullmatch(text) or key.endswith('*') else _quoted(text)}"]
    return _folded(name, pieces)


def file_name(name: str) -> list[tuple[str, str]]:
    """The parameter ``filename`` of Content-Disposition, in RFC 2231's form where plain ASCII does not do."""
    if len(name) <= 60 and _is_plain(name):
        return [("filename", name)]
    pieces = list(_percent_pieces(name, 50))
    if len(pieces) == 1:
        return [("filename*", f"utf-8''{pieces[0]}")]
    return [(f"filename*{number}*", ("" if number else "utf-8''") + piece) for number, piece in enumerate(pieces)]


def fallback_name(name: str) -> list[tuple[str, str]]:
    """The parameter ``name`` of Content-Type for readers that do not know RFC 2231, Outlook among them.

    An encoded word within quotes is against the letter of RFC 2047; everybody writes and reads it.
    """
    if len(name) < 300 and _is_plain(name):
        return [("name", name)]
    return [("name", "\r\n ".join(encoded_words(name, 8)))]


def _is_plain(name: str) -> bool:
    """Whether everybody reads `name` in quotes as it stands; not all know escapes."""
    return name.isascii() and not any(mark in name for mark in ('"', "\\", ";", "=?"))


def encoded_words(text: str, before: int = 0) -> list[str]:
    """Cut `text` into encoded words that each hold whole characters and, with their line, fit into `WIDTH`.

    :param before: characters on the line in front of the first.
    """
    data = text.encode("utf-8")
    plain = sum(byte in _Q_SAFE or byte == 0x20 for byte in data)
    is_q = len(data) + 2 * (len(data) - plain) <= (len(data) + 2) // 3 * 4
    words: list[str] = []
    current = b""
    limit = max(20, min(_WORD, WIDTH - 1 - before) - len("=?utf-8?q??="))
    for char in _clusters(text):
        encoded = char.encode("utf-8")
        if current and _length(current + encoded, is_q) > limit:
            words.append(_word(current, is_q))
            current = b""
            limit = _WORD - len("=?utf-8?q??=") - 1
        current += encoded
    if current:
        words.append(_word(current, is_q))
    return words


def _clusters(text: str) -> Iterator[str]:
    """Characters with the marks that belong to them: some readers join words with a blank. Short ones only."""
    cluster = ""
    for char in text:
        joins = unicodedata.combining(char) or char in "\u200d\ufe0f" or cluster.endswith("\u200d")
        if cluster and (not joins or len(cluster) > 3):
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def _length(data: bytes, is_q: bool) -> int:
    if not is_q:
        return (len(data) + 2) // 3 * 4
    return sum(1 if byte in _Q_SAFE or byte == 0x20 else 3 for byte in data)


def _word(data: bytes, is_q: bool) -> str:
    if not is_q:
        return f"=?utf-8?b?{binascii.b2a_base64(data, newline=False).decode('ascii')}?="
    text = "".join("_" if byte == 0x20 else chr(byte) if byte in _Q_SAFE else f"={byte:02X}" for byte in data)
    return f"=?utf-8?q?{text}?="


def _phrase(name: str, before: int) -> list[str]:
    if not name:
        return []
    if not name.isascii() or "=?" in name or len(name) > 200:
        return encoded_words(name, before)
    # What is not in quotes may be folded at its blanks.
    return name.split(" ") if _ATOMS.fullmatch(name) else [_quoted(name)]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _percent_pieces(text: str, width: int) -> Iterator[str]:
    piece = ""
    for char in text:
        encoded = quote(char, safe="!#$&+-.^_`{|}~")
        if piece and len(piece) + len(encoded) > width:
            yield piece
            piece = ""
        piece += encoded
    yield piece


def _folded(name: str, pieces: list[str]) -> bytes:
    """Put pieces, each with the blanks in front of it, on lines."""
    lines = [f"{name}:"]
    for position, piece in enumerate(pieces):
        # The first stays on the line of the name: some readers take an empty first line for an empty field.
        if position and len(lines[-1]) + len(piece.partition("\r\n")[0]) > WIDTH:
            lines.append("")
        lines[-1] += (" " + piece.lstrip(" ")) if not position else piece
    block = "\r\n".join(lines).encode("utf-8") + b"\r\n"
    if any(len(line) > LONGEST for line in block.split(b"\r\n")):
        raise ComposeError("bad_header", name.lower(), block.decode("utf-8"))
    return block
