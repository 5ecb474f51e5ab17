"""Where everything is. All that the project makes at run time lives in `.dev/` of the checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEV = ROOT / ".dev"

ADDON = ROOT / "concord_inbox"
DATA = DEV / "data"  # Odoo's data_dir: filestore, sessions
DOWNLOADS = DEV / "downloads"
HOODIECROW = DEV / "hoodiecrow"  # a mail server for tests
EMULATE = DEV / "emulate"  # an emulator of Google and Microsoft for the thorough tests
LOCKS = DEV / "locks"
LOGS = DEV / "logs"
MAIL = DEV / "mail"
NODE = DEV / "node"  # linters for JavaScript
CORPUS = DEV / "corpus"
CORPORA = DEV / "corpora"  # messages that other projects carry
ODOO = DEV / "odoo"
POSTGRES = DEV / "pg"
STAMPS = DEV / "stamps"
VENV = DEV / "venv"
PYTHON = VENV / "bin" / "python"


def make_folders() -> None:
    """Make the folders that several steps write to."""
    for path in (DEV, DATA, DOWNLOADS, LOCKS, LOGS, STAMPS):
        path.mkdir(parents=True, exist_ok=True)
