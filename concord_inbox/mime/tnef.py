"""winmail.dat: what Outlook wraps an email in for other Outlooks (MS-OXTNEF), unpacked.

Read here and not by a library: the one for Python (tnefparse, last released in 2021) takes quadratic time on files made
for that, cuts zeros off the ends of files and fails on names in other charsets.
"""

import struct
from dataclasses import dataclass, field

from . import calendars, charsets, meetings, rtf
from .bounds import Cut
from .clean import one_line, storable

#: Types under which it is sent.
TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
MAX_SIZE = 32 * 1024 * 1024  # bytes that are unpacked
MAX_FILES = 500
MAX_PROPERTIES = 10_000  # of a message or a file
MAX_DEPTH = 3  # of messages within messages

_SIGNATURE = b"\x78\x9f\x3e\x22"
_BODY, _ATTACH_DATA, _ATTACH_TITLE, _ATTACH_START = 0x800C, 0x800F, 0x8010, 0x9002
_MESSAGE_PROPERTIES, _ATTACH_PROPERTIES, _CODEPAGE, _CLASS = 0x9003, 0x9005, 0x9007, 0x8008
# MAPI's properties (MS-OXPROPS).
_P_BODY, _P_RTF, _P_HTML, _P_CODEPAGE, _P_SUBJECT = 0x1000, 0x1009, 0x1013, 0x3FDE, 0x0037
_P_DATA, _P_NAME, _P_LONG_NAME, _P_DISPLAY_NAME = 0x3701, 0x3704, 0x3707, 0x3001
_P_MIMETYPE, _P_CONTENT_ID, _P_CLASS = 0x370E, 0x3712, 0x001A
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING, _UNICODE, _OBJECT = 0x1E, 0x1F, 0x0D
_VARIABLE = frozenset({_STRING, _UNICODE, _OBJECT, 0x102, 0x00})
_MULTIPLE = 0x1000
# What an embedded message begins with, IID_IMessage; the data of other objects follow 16 bytes as well.
_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")


class BrokenError(ValueError):
    """It is no TNEF, or cut off or damaged before anything could be had of it."""


@dataclass(slots=True)
class File:
    """A file that was wrapped; names and types as they are written, '' where there is none."""

    name: str = ""
    mimetype: str = ""
    content: bytes = b""
    content_id: str = ""


@dataclass(slots=True)
class Unpacked:
    """What was wrapped. `html` is not sanitised; `defect` says what could not be read."""

    text: str = ""
    html: str = ""
    subject: str = ""
    files: list[File] = field(default_factory=list)
    defect: str = ""


def unpack(data: bytes) -> Unpacked:
    """Unpack a winmail.dat as far as it can be read.

    :raises BrokenError: nothing can be had of it. No other error, whatever is in it.
    """
    return _Reader(0, [MAX_FILES]).read(data)


class _Reader:
    """Reads one message. `left` is how many files may still come, shared with the messages within it."""

    def __init__(self, depth: int, left: list[int]):
        self.depth = depth
        self.left = left
        self.codepage = ""
        self.kind = ""  # of message
        self.result = Unpacked()
        self.file: File | None = None

    def read(self, data: bytes) -> Unpacked:
        if not data.startswith(_SIGNATURE):
            raise BrokenError("no TNEF")
        position, count = 6, 0
        while position + 9 <= len(data):
            _level, name, _kind, length = struct.unpack_from("<BHHI", data, position)
            position += 9
            if length > len(data) - position:
                self.result.defect = "winmail.dat cut off"
                break
            self.attribute(name, data[position : position + length])
            position += length + 2  # a sum of the bytes follows, which many programs get wrong
            count += 1
            if count > MAX_PROPERTIES:
                self.result.defect = Cut(f"winmail.dat of more than {MAX_PROPERTIES} attributes")
                break
        self.end_file()
        if not count:
            raise BrokenError("nothing in it")
        return self.result

    def attribute(self, name: int, data: bytes) -> None:
        if name == _CODEPAGE and len(data) >= 4:
            self.codepage = _charset(struct.unpack_from("<I", data)[0])
        elif name == _CLASS:
            self.kind = one_line(self.text(data))
        elif name == _BODY:
            self.result.text = self.result.text or self.text(data)
        elif name == _MESSAGE_PROPERTIES:
            self.message_properties(self.properties(data))
        elif name == _ATTACH_START:
            self.end_file()
            self.file = File()
        elif self.file and name == _ATTACH_TITLE:
            self.file.name = self.file.name or one_line(self.text(data))
        elif self.file and name == _ATTACH_DATA:
            self.file.content = data
        elif self.file and name == _ATTACH_PROPERTIES:
            self.file_properties(self.file, self.properties(data))

    def end_file(self) -> None:
        file, self.file = self.file, None
        if file and (file.content or file.name):
            if self.left[0] <= 0:
                self.result.defect = Cut(f"more than {MAX_FILES} files in winmail.dat")
                return
            self.left[0] -= 1
            self.result.files.append(file)

    def message_properties(self, found: dict[meetings.Property, tuple[int, bytes]]) -> None:
        result = self.result
        if _P_CODEPAGE in found and len(found[_P_CODEPAGE][1]) >= 4:
            internet = _charset(struct.unpack_from("<I", found[_P_CODEPAGE][1])[0])
        else:
            internet = self.codepage
        result.text = self.string(found, _P_BODY) or result.text
        result.subject = one_line(self.string(found, _P_SUBJECT))
        self.meeting(found)
        if _P_HTML in found:
            kind, data = found[_P_HTML]
            result.html = self.string(found, _P_HTML) if kind in (_STRING, _UNICODE) else _decoded(data, internet)
        if _P_RTF in found and not result.html:
            try:
                content, is_html = rtf.read(rtf.decompress(found[_P_RTF][1]))
            except ValueError:
                result.defect = "RTF that cannot be read"
            else:
                if is_html:
                    result.html = content
                else:
                    result.text = result.text or content

    def meeting(self, found: dict[meetings.Property, tuple[int, bytes]]) -> None:
        """What it is about, as a file that shows as a card and that calendars take."""
        kind = one_line(self.string(found, _P_CLASS)) or self.kind
        event = meetings.read(kind, found, lambda name: one_line(self.string(found, name)), self.result.subject)
        if event:
            self.result.files.append(File("invite.ics", "text/calendar", calendars.written(event)))

    def file_properties(self, file: File, found: dict[meetings.Property, tuple[int, bytes]]) -> None:
        names = (self.string(found, code) for code in (_P_LONG_NAME, _P_NAME, _P_DISPLAY_NAME))
        file.name = one_line(next(filter(None, names), file.name))
        file.mimetype = one_line(self.string(found, _P_MIMETYPE)).lower()
        file.content_id = one_line(self.string(found, _P_CONTENT_ID)).strip("<>")
        kind, data = found.get(_P_DATA, (0, b""))
        if kind != _OBJECT:
            file.content = data or file.content
        elif data.startswith(_MESSAGE) and self.depth < MAX_DEPTH:
            self.embedded(file, data[16:])
        else:
            file.content = data[16:]

    def embedded(self, file: File, data: bytes) -> None:
        """A message within the message: its text becomes a file, and its files are files beside it."""
        try:
            inner = _Reader(self.depth + 1, self.left).read(data)
        except BrokenError:
            file.content = data
            return
        file.name = f"{file.name or inner.subject or 'message'}{'.html' if inner.html else '.txt'}"
        file.mimetype = "text/html" if inner.html else "text/plain"
        file.content = (inner.html or inner.text).encode()
        self.result.files += inner.files
        self.result.defect = self.result.defect or inner.defect

    def properties(self, data: bytes) -> dict[meetings.Property, tuple[int, bytes]]:
        """Property -> its type and its first value, of those that could be read."""
        found: dict[meetings.Property, tuple[int, bytes]] = {}
        try:
            position = 4
            for _number in range(min(struct.unpack_from("<I", data)[0], MAX_PROPERTIES)):
                kind, name = struct.unpack_from("<HH", data, position)
                position += 4
                if name >= 0x8000:
                    # The number is one of this message only.
                    name, position = _name(data, position)
                value, position = _value(data, position, kind)
                found.setdefault(name, (kind & ~_MULTIPLE, value))
        except (struct.error, BrokenError):
            self.result.defect = "winmail.dat with properties that cannot be read"
        return found

    def string(self, found: dict[meetings.Property, tuple[int, bytes]], name: meetings.Property) -> str:
        kind, data = found.get(name, (0, b""))
        if kind == _UNICODE:
            return storable(data.decode("utf-16-le", "replace").rstrip("\0"))
        return self.text(data) if kind == _STRING else ""

    def text(self, data: bytes) -> str:
        return _decoded(data.rstrip(b"\0"), self.codepage)


def _decoded(data: bytes, charset: str) -> str:
    return storable(charsets.decode(data, charset)[0])


def _charset(codepage: int) -> str:
    special = {65001: "utf-8", 20127: "ascii", 28591: "iso-8859-1", 28605: "iso-8859-15", 50220: "iso-2022-jp",
               20866: "koi8-r", 21866: "koi8-u", 51932: "euc-jp", 54936: "gb18030"}  # fmt: skip
    return special.get(codepage) or f"cp{codepage}"


def _name(data: bytes, position: int) -> tuple[tuple[bytes, int], int]:
    """What a property with a name of its own is identified by (-1 for one in words), and where its value begins."""
    kind, value = struct.unpack_from("<II", data, position + 16)
    end = position + 24 + (0 if kind == 0 else _padded(value))
    return (data[position : position + 16], value if kind == 0 else -1), end


def _value(data: bytes, position: int, kind: int) -> tuple[bytes, int]:
    """The first value of a property, and where the next property begins."""
    plain = kind & ~_MULTIPLE
    count = 1
    if kind & _MULTIPLE or plain in _VARIABLE:
        count = struct.unpack_from("<I", data, position)[0]
        position += 4
    if plain in _FIXED:
        return data[position : position + _FIXED[plain]], position + count * _FIXED[plain]
    if plain not in _VARIABLE:
        raise BrokenError(f"type {plain}")
    first = b""
    for number in range(count):
        length = struct.unpack_from("<I", data, position)[0]
        position += 4
        if position + length > len(data):
            raise BrokenError("a value that goes beyond the end")
        if number == 0:
            first = data[position : position + length]
        position += _padded(length)
    return first, position


def _padded(length: int) -> int:
    return (length + 3) & ~3
