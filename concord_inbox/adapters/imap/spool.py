"""Large messages on their way from the wire, and what came of one before the connection broke."""

import re
from dataclasses import dataclass

from ..spool import Spool

_UID = re.compile(rb"[( ]UID (\d+)[) ]", re.IGNORECASE)
_ORIGIN = re.compile(rb"BODY\[\]<(\d+)>", re.IGNORECASE)


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
