"""Rich text as Outlook sends it (MS-OXRTFCP, MS-OXRTFEX): decompressed, and read for its text or the HTML within."""

import re
import struct

from . import charsets
from .clean import storable

MAX_SIZE = 2 * 1024 * 1024  # bytes of rich text that are read

_START = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20"
    b"\\b\\i\\u\\tab\\tx"
)
_WINDOW = 4096
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,9})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
_CODEPAGE = re.compile(rb"\\ansicpg(\d{3,5})")
#: Groups whose text is no text of the message.
_HIDDEN = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr listtable "
    b"listoverridetable generator themedata datastore xmlnstbl rsidtbl fldinst mmathPr".split()
)
_CHARACTERS = {
    b"par": "\n", b"line": "\n", b"row": "\n", b"page": "\n", b"sect": "\n", b"tab": "\t", b"cell": "\t",
    b"emdash": "\u2014", b"endash": "\u2013", b"lquote": "\u2018", b"rquote": "\u2019", b"ldblquote": "\u201c",
    b"rdblquote": "\u201d", b"bullet": "\u2022", b"emspace": " ", b"enspace": " ",
}  # fmt: skip
_SYMBOLS = {b"~": "\u00a0", b"_": "-", b"{": "{", b"}": "}", b"\\": "\\", b"\n": "\n", b"\r": "\n"}


def decompress(data: bytes) -> bytes:
    """Undo the compression of PidTagRtfCompressed; of much, the first `MAX_SIZE` bytes.

    :raises ValueError: it is not compressed rich text.
    """
    if len(data) < 16:
        raise ValueError("cut off")
    _size, raw_size, kind, _crc = struct.unpack_from("<II4sI", data)
    if kind == b"MELA":
        return data[16 : 16 + min(raw_size, MAX_SIZE)]
    if kind != b"LZFu":
        raise ValueError("unknown compression")
    wanted = min(raw_size, MAX_SIZE)
    out = bytearray(_START)
    position, end = 16, len(data)
    while position < end and len(out) - len(_START) < wanted:
        control = data[position]
        position += 1
        for bit in range(8):
            if position >= end:
                break
            if not control >> bit & 1:
                out.append(data[position])
                position += 1
                continue
            if position + 1 >= end:
                position = end
                break
            reference = data[position] << 8 | data[position + 1]
            position += 2
            # Places are counted within a window of 4 KiB; where the next byte goes marks the end.
            place = (len(out) - (reference >> 4)) % _WINDOW
            if place == 0 or place > len(out):
                position = end
                break
            for _step in range((reference & 15) + 2):
                out.append(out[-place])
    return bytes(out[len(_START) : len(_START) + wanted])


def read(source: bytes) -> tuple[str, bool]:
    """Return what rich text says, and whether that is HTML (which Outlook had made rich text of) instead of text."""
    source = source[:MAX_SIZE]
    return _Reader(source).read(source)


class _Reader:
    def __init__(self, source: bytes):
        self.is_html = b"\\fromhtml1" in source[:1000]
        codepage = _CODEPAGE.search(source[:1000])
        self.charset = f"cp{int(codepage[1])}" if codepage else "cp1252"
        self.out: list[str] = []
        self.bytes = bytearray()
        self.hidden = False  # the text of this group is none of the message's
        self.is_tag = False  # this group is a piece of the HTML
        self.suppressed = False  # between \htmlrtf and \htmlrtf0: rich text only
        self.skip = 1  # characters that follow \u, for readers who do not know it
        self.skipping = 0
        self.stack: list[tuple[bool, bool, bool, int]] = []

    def read(self, source: bytes) -> tuple[str, bool]:
        starred = False
        for match in _TOKEN.finditer(source):
            word, number, code, symbol, brace, text = match.groups()
            if brace:
                self.brace(brace)
            elif word:
                self.word(word, number, starred)
            elif code:
                self.code(int(code, 16))
            elif symbol:
                if symbol == b"*":
                    starred = True
                    continue
                self.emit(_SYMBOLS.get(symbol, ""))
            elif text:
                self.text(text)
            starred = False
        self.flush()
        return storable("".join(self.out)).strip("\n"), self.is_html

    def brace(self, brace: bytes) -> None:
        self.skipping = 0
        if brace == b"{":
            if len(self.stack) < 10_000:
                self.stack.append((self.hidden, self.is_tag, self.suppressed, self.skip))
        elif self.stack:
            self.hidden, self.is_tag, self.suppressed, self.skip = self.stack.pop()

    def word(self, word: bytes, number: bytes | None, starred: bool) -> None:
        if starred:
            self.is_tag = self.is_html and word in (b"htmltag", b"mhtmltag")
            self.hidden = not self.is_tag or word == b"mhtmltag"
        elif word in _HIDDEN:
            self.hidden = True
        elif word == b"htmlrtf":
            self.suppressed = number != b"0"
        elif word == b"uc":
            self.skip = int(number or 1)
        elif word == b"u" and number:
            self.emit(chr(int(number) & 0xFFFF))
            self.skipping = self.skip
        elif word in _CHARACTERS:
            self.emit(_CHARACTERS[word])

    def code(self, value: int) -> None:
        if self.skipping:
            self.skipping -= 1
        elif self.shown:
            self.bytes.append(value)

    def text(self, text: bytes) -> None:
        if self.skipping:
            text, self.skipping = text[self.skipping :], max(0, self.skipping - len(text))
        if self.shown:
            self.bytes += text

    def emit(self, text: str) -> None:
        if self.shown:
            self.flush()
            self.out.append(text)

    @property
    def shown(self) -> bool:
        return not (self.hidden or self.suppressed)

    def flush(self) -> None:
        if self.bytes:
            self.out.append(charsets.decode(bytes(self.bytes), self.charset)[0])
            self.bytes.clear()
