"""winmail.dat files as Outlook makes them, for tests."""

import struct
from datetime import UTC, datetime

NAMED = 0x8100  # the number of a property whose name is in its data


def attribute(name: int, data: bytes, level: int = 1, kind: int = 6) -> bytes:
    """An attribute with its sum."""
    return struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def properties(*items: tuple[int, int, bytes]) -> bytes:
    """MAPI's properties: kind, name and bytes of each."""
    out = struct.pack("<I", len(items))
    for kind, name, data in items:
        out += struct.pack("<HH", kind, name)
        if name == NAMED:
            out += data + b"\0" * (-len(data) % 4)
            continue
        if name >= 0x8000:
            out += b"\x11" * 16 + struct.pack("<II", 0, 0x8501)
        if kind in (0x1E, 0x1F, 0x0D, 0x102):
            out += struct.pack("<II", 1, len(data)) + data + b"\0" * (-len(data) % 4)
        else:
            out += data + b"\0" * (-len(data) % 4)
    return out


def unicode(name: int, text: str) -> tuple[int, int, bytes]:
    """A property that is text."""
    return 0x1F, name, (text + "\0").encode("utf-16-le")


def winmail(*attributes: bytes, codepage: int = 1252) -> bytes:
    """A winmail.dat of these attributes."""
    head = struct.pack("<IH", 0x223E9F78, 1) + attribute(0x9006, struct.pack("<I", 0x10000), kind=8)
    return head + attribute(0x9007, struct.pack("<II", codepage, 0)) + b"".join(attributes)


def message(*items: tuple[int, int, bytes]) -> bytes:
    """The properties of the message."""
    return attribute(0x9003, properties(*items))


def file(title: bytes, content: bytes, *items: tuple[int, int, bytes]) -> bytes:
    """A file: its short title, what is in it, and its properties."""
    out = attribute(0x9002, b"\1\0" + b"\xff" * 12, 2) + attribute(0x8010, title + b"\0", 2, 1)
    return out + attribute(0x800F, content, 2) + (attribute(0x9005, properties(*items), 2) if items else b"")


def stored_rtf(rich: bytes) -> bytes:
    """Rich text, framed and not compressed."""
    return struct.pack("<II4sI", len(rich) + 12, len(rich), b"MELA", 0) + rich


def named(kind: int, group: str, number: int, data: bytes) -> tuple[int, int, bytes]:
    """A property that is known by a set (as hexadecimal, as it stands in the file) and a number."""
    if kind in (0x1E, 0x1F, 0x0D, 0x102):
        data = struct.pack("<II", 1, len(data)) + data
    return kind, NAMED, bytes.fromhex(group) + struct.pack("<II", 0, number) + data


def moment(when: datetime) -> bytes:
    """As Windows counts time."""
    return struct.pack("<Q", int((when - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000)
