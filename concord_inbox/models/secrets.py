"""Encryption of passwords, tokens and client secrets at rest.

The keys are never in the database, so that a stolen dump opens no mailbox. They are looked for in the environment
(``CONCORD_INBOX_KEY``), in the server's configuration (``concord_inbox_key``), and else in a file in the server's data
directory, which is made on first use and which only the server's user can read.

There may be several keys, separated by commas or white space: the first encrypts, all decrypt. So a new one is put in
front, everything is encrypted again with it (`rotate()`), and the old one is taken away.
"""

import fcntl
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from odoo.exceptions import UserError
from odoo.tools import SQL, LazyTranslate, config

from ..sync.lease import in_transaction

_logger = logging.getLogger(__name__)
_lt = LazyTranslate(__name__)

KEY_FILE = "concord_inbox.key"

#: Every stored field that holds a secret: model -> fields.
FIELDS = {
    "inbox.account": ("password_encrypted",),
    "inbox.account.token": ("access_token_encrypted", "renewal_encrypted"),
    "inbox.provider.client": ("client_secret_encrypted",),
    "inbox.sign.in": ("flow_encrypted", "grant_encrypted"),
}

#: Secrets that are encrypted again in one transaction.
BATCH = 100

_UNREADABLE = _lt(
    "The stored password or sign-in cannot be decrypted with this server's key. Please enter the password again, or"
    " sign in again."
)
_NOTHING_TO_DECRYPT_WITH = _lt(
    "This server has no key for stored passwords: neither in CONCORD_INBOX_KEY (environment) nor as concord_inbox_key"
    " (configuration) nor in the file concord_inbox.key (Odoo's data directory)."
)
_NO_KEY = _lt(
    "The password cannot be stored: there is no key to encrypt it with, and Odoo cannot make one, since it may not"
    " write in its data directory. The server's administrator sets one in the environment variable CONCORD_INBOX_KEY"
    " or as concord_inbox_key in Odoo's configuration file, and restarts Odoo; the manual (docs/administration.md) says"
    " how to make it."
)
_BAD_KEY = _lt(
    "The key for stored passwords is not valid. In CONCORD_INBOX_KEY (environment), concord_inbox_key (configuration)"
    " or the file concord_inbox.key (Odoo's data directory), each key must be 32 bytes in URL-safe base64; several are"
    " separated by commas, the one to encrypt with first."
)


class SecretError(UserError):
    """A secret can be neither read nor stored. The message says what to do; `sentence` is it for `env._()` in anybody
    else's language."""

    def __init__(self, env, sentence):
        super().__init__(env._(sentence))
        self.sentence = sentence


class KeyConfiguredError(Exception):
    """The keys are in the environment or the configuration, and not the program's to change."""


@dataclass(slots=True)
class Rotation:
    """What `rotate()` did: numbers of secrets, and `unreadable`: (model, id) of those that no key decrypts."""

    done: int = 0
    current: int = 0  # were encrypted with the first key already
    unreadable: list[tuple[str, int]] = field(default_factory=list)


def encrypt(env, secret: str) -> str:
    """Return `secret` as a Fernet token.

    :raises SecretError: there is no valid key.
    """
    return _fernet(env, _keys(env) or _make_first_key(env)).encrypt(secret.encode()).decode("ascii")


def decrypt(env, token: str) -> str:
    """Return the secret inside `token`.

    :raises SecretError: the token was made with another key (the database came from elsewhere, the key was lost).
    """
    # No key is made here: one that is merely not at hand, on a disk that is not mounted, must not be replaced.
    keys = _keys(env)
    if not keys:
        raise SecretError(env, _UNREADABLE)
    try:
        return _fernet(env, keys).decrypt(token.encode("ascii")).decode()
    except InvalidToken:
        raise SecretError(env, _UNREADABLE) from None


def rotate(env) -> Rotation:
    """Encrypt every secret of the database with the first key; commits as it goes.

    Killed anywhere, it goes on where it stopped when it is run again. A secret that is changed meanwhile is left alone:
    whoever changes it encrypts it with the first key.

    :raises SecretError: there is no valid key.
    """
    keys = _keys(env)
    if not keys:
        raise SecretError(env, _NOTHING_TO_DECRYPT_WITH)
    first, every = Fernet(_valid(env, keys)[0]), _fernet(env, keys)
    result = Rotation()
    for model, names in FIELDS.items():
        for name in names:
            for batch in _batches(env, env[model]._table, name):
                changed = []
                for record_id, token in batch:
                    if _is_made_with(first, token):
                        result.current += 1
                        continue
                    try:
                        changed.append((record_id, token, every.rotate(token.encode("ascii")).decode("ascii")))
                    except InvalidToken:
                        result.unreadable.append((model, record_id))
                in_transaction(
                    env, lambda table=env[model]._table, name=name, rows=changed: _put(env, table, name, rows)
                )
                result.done += len(changed)
    env.invalidate_all()
    return result


def add_key(env) -> int:
    """Make a new key and put it in front of those in the file, so that it encrypts from now on; return how many keys
    there are then.

    :raises KeyConfiguredError: the keys are not in the file.
    :raises SecretError: the file cannot be written, or holds no valid key.
    """
    if _configured():
        raise KeyConfiguredError
    path = _path()
    try:
        with _alone(path):
            keys = [Fernet.generate_key(), *_valid(env, _split(_read(env, path)))]
            _write(path, b"\n".join(keys) + b"\n", os.replace)
    except OSError as error:
        _logger.warning("No key for stored passwords can be made: %s", error)
        raise SecretError(env, _NO_KEY) from None
    return len(keys)


# ------------------------------------------------------------ keys


def _keys(env) -> list[bytes]:
    return _split((_configured() or "").encode()) or _split(_read(env, _path()))


def _configured() -> str:
    return (os.environ.get("CONCORD_INBOX_KEY") or config.get("concord_inbox_key") or "").strip(", \t\r\n")


def _split(text: bytes) -> list[bytes]:
    return [key for key in re.split(rb"[\s,]+", text) if key]


def _valid(env, keys: list[bytes]) -> list[bytes]:
    try:
        for key in keys:
            Fernet(key)
    except ValueError:
        raise SecretError(env, _BAD_KEY) from None
    return keys


def _fernet(env, keys: list[bytes]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in _valid(env, keys)])


def _path() -> Path:
    return Path(config["data_dir"]) / KEY_FILE


def _read(env, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        _logger.warning("The key for stored passwords cannot be read: %s", error)
        raise SecretError(env, _BAD_KEY) from None


def _make_first_key(env) -> list[bytes]:
    path = _path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Linked into place: of two processes that start at once one wins, and both read the same key.
        _write(path, Fernet.generate_key() + b"\n", os.link)
    except FileExistsError:
        pass
    except OSError as error:
        _logger.warning("No key for stored passwords can be made: %s", error)
        raise SecretError(env, _NO_KEY) from None
    return _split(_read(env, path))


def _write(path: Path, content: bytes, put) -> None:
    """Write aside, so that nobody ever reads half a file, then `put(draft, path)`."""
    draft = path.with_name(f"{KEY_FILE}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        put(draft, path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep others from changing the file: a key that one has encrypted with must not be lost to another's write."""
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


# ------------------------------------------------------------ rotation


def _is_made_with(fernet: Fernet, token: str) -> bool:
    try:
        fernet.decrypt(token.encode("ascii"))
    except InvalidToken:
        return False
    return True


def _batches(env, table: str, name: str) -> Iterator[list[tuple[int, str]]]:
    last = 0
    while batch := env.execute_query(
        SQL(
            """SELECT id, %(name)s FROM %(table)s
                WHERE id > %(last)s AND %(name)s IS NOT NULL ORDER BY id LIMIT %(limit)s""",
            name=SQL.identifier(name),
            table=SQL.identifier(table),
            last=last,
            limit=BATCH,
        )
    ):
        last = batch[-1][0]
        yield batch


def _put(env, table: str, name: str, rows: list[tuple[int, str, str]]) -> None:
    for record_id, before, after in rows:
        env.cr.execute(
            SQL(
                "UPDATE %s SET %s = %s WHERE id = %s AND %s = %s",
                SQL.identifier(table),
                SQL.identifier(name),
                after,
                record_id,
                SQL.identifier(name),
                before,
            )
        )
