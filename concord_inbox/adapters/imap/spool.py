"""Large messages on their way from the wire, in temporary files instead of memory."""

import contextlib
import io
import re
import tempfile
from dataclasses import dataclass

#: Bytes of the copies between files.
STEP = 256 * 1024

_UID = re.compile(rb"[( ]UID (\d+)[) ]", re.IGNORECASE)
_ORIGIN = re.compile(rb"BODY\[\]<(\d+)>", re.IGNORECASE)


class Spool(io.BufferedRandom):
    """A temporary file without a name: it is gone when it is closed or forgotten, or when the process dies."""

    def __init__(self):
        super().__init__(tempfile.TemporaryFile(buffering=0))  # noqa: SIM115 (closed by `__del__`)

    def __del__(self):
        # There is nothing to close where the file could not be made.
        with contextlib.suppress(ValueError):
            self.close()

    @classmethod
    def of(cls, data: "bytes | Spool") -> "Spool":
        """`data` in a file, the position at its end, unless it is one already."""
        if isinstance(data, cls):
            return data
        spool = cls()
        spool.write(data)
        return spool

    def size(self) -> int:
        """Bytes written so far; leaves the position at the end."""
        return self.seek(0, io.SEEK_END)


@dataclass(slots=True)
class Interrupted:
    """What came of a message before the connection broke.

    :param line: the response up to the literal.
    :param announced: bytes of the whole literal.
    """

    line: bytes
    announced: int
    spool: Spool

    @property
    def uid(self) -> int | None:
        """Whose it is; None when the server says so behind the literal only."""
        match = _UID.search(self.line)
        return int(match[1]) if match else None

    @property
    def origin(self) -> int | None:
        """Where in the message the literal begins (RFC 3501, 7.4.2); None when the whole was coming."""
        match = _ORIGIN.search(self.line)
        return int(match[1]) if match else None
