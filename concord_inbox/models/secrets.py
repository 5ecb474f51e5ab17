"""Encryption of passwords at rest.

The key is never in the database, so that a stolen dump opens no mailbox. It is looked for in the environment
(``CONCORD_INBOX_KEY``), in the server's configuration (``concord_inbox_key``), and else in a file in the server's data
directory, which is made on first use and which only the server's user can read.
"""

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from odoo import _
from odoo.exceptions import UserError
from odoo.tools import config

KEY_FILE = "concord_inbox.key"


def encrypt(secret: str) -> str:
    """Return `secret` as a Fernet token."""
    return _fernet().encrypt(secret.encode()).decode("ascii")


def decrypt(token: str) -> str:
    """Return the secret inside `token`.

    :raises UserError: the token was made with another key (the database came from elsewhere).
    """
    try:
        return _fernet().decrypt(token.encode("ascii")).decode()
    except InvalidToken:
        raise UserError(
            _("The stored password cannot be read with this server's key. Enter the password again.")
        ) from None


def _fernet() -> Fernet:
    try:
        return Fernet(_key())
    except ValueError:
        raise UserError(
            _(
                "The key for stored passwords is not valid: CONCORD_INBOX_KEY (environment) or concord_inbox_key "
                "(configuration) must be 32 bytes in URL-safe base64."
            )
        ) from None


def _key() -> bytes:
    configured = os.environ.get("CONCORD_INBOX_KEY") or config.get("concord_inbox_key")
    if configured:
        return configured.encode()
    path = Path(config["data_dir"]) / KEY_FILE
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return _make_key_file(path)


def _make_key_file(path: Path) -> bytes:
    # Written aside and linked into place: of two workers that start at once one wins, and both read the same key.
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{KEY_FILE}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(Fernet.generate_key())
            handle.flush()
            os.fsync(handle.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
    return path.read_bytes()
