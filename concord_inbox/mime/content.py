"""What a leaf of a large message holds: left in the message's file, and decoded in pieces whenever it is wanted."""

import hashlib
import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from . import transfer

STEP = 256 * 1024  # bytes read at once

#: Bytes that are in memory, or where in the file they are: the first one and how many.
Segment = bytes | tuple[int, int]


class Content:
    """The bytes of a leaf, its transfer encoding undone. Readable as long as the file is open, by one at a time.

    Attributes: `size` in bytes, `sha1` in hexadecimal.

    :param segments: what the leaf's encoded bytes consist of.
    :param encoding: as `transfer.encoding_of` returns it.
    :param defects: gets what is odd about the encoding.
    """

    def __init__(self, file: BinaryIO, segments: Sequence[Segment], encoding: str, defects: list[str]):
        self._file = file
        self._segments = segments
        self._encoding = encoding
        self.size = 0
        digest = hashlib.sha1(usedforsecurity=False)
        for piece in transfer.decode_pieces(self._encoded, encoding, defects):
            digest.update(piece)
            self.size += len(piece)
        self.sha1 = digest.hexdigest()

    @classmethod
    def whole(cls, file: BinaryIO) -> "Content":
        """All of a file, as it stands."""
        return cls(file, [(0, file.seek(0, io.SEEK_END))], "", [])

    def __bool__(self) -> bool:
        return self.size > 0

    def __bytes__(self) -> bytes:
        return b"".join(self.pieces())

    def pieces(self) -> Iterator[bytes]:
        """The bytes in pieces of moderate size."""
        return transfer.decode_pieces(self._encoded, self._encoding, [])

    def head(self, size: int) -> bytes:
        """The first `size` bytes."""
        head = bytearray()
        for piece in self.pieces():
            head += piece
            if len(head) >= size:
                break
        return bytes(head[:size])

    def _encoded(self) -> Iterator[bytes]:
        for segment in self._segments:
            if isinstance(segment, bytes):
                yield segment
                continue
            position, length = segment
            end = position + length
            while position < end:
                # Somebody else may have read in between.
                self._file.seek(position)
                piece = self._file.read(min(STEP, end - position))
                if not piece:
                    raise OSError("the file of the message has become shorter")
                position += len(piece)
                yield piece


def head(content: bytes | Content, size: int) -> bytes:
    """The first `size` bytes of what a leaf holds."""
    return content[:size] if isinstance(content, bytes) else content.head(size)


def size(content: bytes | Content) -> int:
    """How many bytes a leaf holds."""
    return len(content) if isinstance(content, bytes) else content.size
