"""The IMAP server hoodiecrow (npm), which looks like Gmail: X-GM-EXT-1 and a tree of folders below ``[Gmail]``."""

import json
from pathlib import Path

from dev import paths

from .single import SingleUserServer

SCRIPT = Path(__file__).with_suffix(".cjs")


class Hoodiecrow(SingleUserServer):
    """A running hoodiecrow that keeps its mail in memory. Root's PATH has `node`; `./test` installs the rest."""

    def command(self, port: int, user: str, password: str) -> list[str | Path]:
        package = paths.HOODIECROW / "node_modules" / "hoodiecrow-imap"
        return ["node", SCRIPT, json.dumps({"package": str(package), "port": port, "user": user, "password": password})]
