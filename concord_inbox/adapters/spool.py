"""Large messages in temporary files instead of memory."""

import contextlib
import io
import tempfile

#: Bytes of the copies between files.
STEP = 256 * 1024


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
