"""The IMAP server pymap (PyPI), which offers OBJECTID and MOVE and gives out UIDVALIDITYs that need all 32 bits."""

import sys
from pathlib import Path

from .single import SingleUserServer


class Pymap(SingleUserServer):
    """A running pymap that keeps its mail in memory."""

    def command(self, port: int, user: str, password: str) -> list[str | Path]:
        program = Path(sys.executable).with_name("pymap")
        users = ["--demo-user", user, "--demo-password", password]
        return [program, "--host", self.host, "--port", str(port), "--no-tls", "dict", *users]
