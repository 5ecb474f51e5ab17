"""A private Dovecot (2.3) for tests and the demo: IMAP, IMAPS, LMTP and, if wanted, submission on loopback ports.

    with Dovecot() as server:
        server.add_user("anna@example.com", "secret")
        server.append("anna@example.com", "INBOX", [b"Subject: Hi\\r\\n\\r\\nHello\\r\\n"])

It never runs as root: started by root, it becomes `nobody`, and what is in its folder belongs to that user.
Needs neither Odoo nor pytest.
"""

import base64
import contextlib
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from dev.ports import free_port

from . import dovecot_conf
from .tls import Certificate, make_certificate
from .wire import Wire


class DovecotError(Exception):
    """Dovecot is missing, does not start or refuses something; the text says what."""


class Dovecot:
    """A running Dovecot between `start()` and `stop()`, or within a `with`.

    :param folder: where its configuration, log and mail live; made and kept. None: a temporary one that `stop()`
        removes. Root must give one that `nobody` may enter (every folder above it needs `x` for others).
    :param ports: fixed ports by name: ``imap``, ``imaps``, ``lmtp``, ``submission``; the others are free ones.
    :param mail_format: ``sdbox`` (fastest to load), ``mdbox`` or ``maildir``.
    :param separator: between the parts of a folder's name.
    :param prefix: of all folders but the INBOX, e.g. ``INBOX.`` with separator ``.``.
    :param hide: capabilities not to offer, e.g. ``("LIST-STATUS", "CONDSTORE")``.
    :param special_use: make Drafts, Sent, Trash, Junk and Archive, with these attributes.
    :param plain_auth: passwords are taken without TLS too. False: LOGINDISABLED until STARTTLS, though not for clients
        that come from the server's own address; a `Proxy` with another `source` helps.
    :param mechanisms: of authentication, as Dovecot names them.
    :param tls: False: neither STARTTLS nor an imaps port.
    :param certificate: made for localhost when not given.
    :param submission_relay: (host, port) of an SMTP server: Dovecot then takes authenticated mail on
        ``ports["submission"]`` and passes it on there.
    :param settings: further lines for the end of the configuration.

    Attributes: `host` ("127.0.0.1"), `separator`, `prefix`; after `start()` also `ports` (all of them), `certificate`.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        folder: Path | str | None = None,
        *,
        ports: dict[str, int] | None = None,
        mail_format: str = "sdbox",
        separator: str = "/",
        prefix: str = "",
        hide: Iterable[str] = (),
        special_use: bool = True,
        plain_auth: bool = True,
        mechanisms: str = "plain login",
        tls: bool = True,
        certificate: Certificate | None = None,
        submission_relay: tuple[str, int] | None = None,
        settings: str = "",
    ):
        self._temporary = folder is None
        self.folder = Path(folder or tempfile.mkdtemp(prefix="dovecot-")).resolve()
        self.ports = dict(ports or {})
        self.certificate = certificate
        self.separator = separator
        self.prefix = prefix
        self._plain_auth = plain_auth
        self._tls = tls
        self._relay = submission_relay
        self._options = {
            "mail_format": mail_format,
            "separator": separator,
            "prefix": prefix,
            "hide": {name.upper() for name in hide},
            "special_use": special_use,
            "plain_auth": plain_auth,
            "mechanisms": mechanisms,
            "relay": submission_relay,
            "settings": settings,
        }
        self._passwords: dict[str, str] = {}
        self._process: subprocess.Popen | None = None
        self._run_folder: Path | None = None
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())

    # ------------------------------------------------------------------ life

    def __enter__(self) -> "Dovecot":
        self.start()
        return self

    def __exit__(self, *exc_info) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Process id of the master."""
        return self._process.pid

    def start(self, timeout: float = 20.0) -> None:
        """Write the configuration, start, and return when the server answers.

        :raises DovecotError: with the end of Dovecot's own log.
        """
        binary = _program("dovecot")
        self._prepare_folder()
        names = ["imap", "lmtp"]
        names += ["imaps"] if self._tls else []
        names += ["submission"] if self._relay else []
        for name in names:
            self.ports.setdefault(name, free_port())
        # A Unix socket's path may have some 100 characters, of which Dovecot's own names take 30.
        self._run_folder = Path(tempfile.mkdtemp(prefix="dovecot-run-"))
        self._run_folder.chmod(0o755)
        self._give(self._run_folder)
        self._config.write_text(
            dovecot_conf.render(
                user=self._user,
                folder=self.folder,
                run_folder=self._run_folder,
                host=self.host,
                ports={name: self.ports[name] for name in names},
                tls=self._tls,
                **self._options,
            )
        )
        with (self.folder / "stderr.log").open("ab") as log:
            self._process = subprocess.Popen(
                [binary, "-F", "-c", str(self._config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._as_user(),
            )
        deadline = time.monotonic() + timeout
        try:
            self._wait_for_greeting(self.ports["imap"], deadline)
            self._wait_for_greeting(self.ports["lmtp"], deadline)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End every process of this server. Harmless when it does not run."""
        if self._process:
            # SIGTERM lets the mail processes end what they do. The master would then sit out a second; and a process
            # that still serves a client outlives it: both are killed with their group.
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.3)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
        if self._run_folder:
            shutil.rmtree(self._run_folder, ignore_errors=True)
            self._run_folder = None
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def restart(self) -> None:
        """Stop and start with the same mail and the same ports."""
        temporary, self._temporary = self._temporary, False
        self.stop()
        self._temporary = temporary
        self.start()

    def log(self) -> str:
        """What Dovecot wrote so far."""
        files = (self.folder / "dovecot.log", self.folder / "stderr.log")
        return "".join(path.read_text(errors="replace") for path in files if path.exists())

    @property
    def _config(self) -> Path:
        return self.folder / "dovecot.conf"

    def _prepare_folder(self) -> None:
        for part in ("", "users", "mail", "tls", "rawlog"):
            path = self.folder / part
            path.mkdir(parents=True, exist_ok=True)
            self._give(path)
        if os.geteuid() == 0:
            closed = [path for path in self.folder.parents if not path.stat().st_mode & 0o001]
            if closed:
                raise DovecotError(
                    f"Dovecot runs as {self._user.pw_name}, who may not enter {closed[0]}; choose another folder."
                )
        if self._tls:
            self.certificate = self.certificate or make_certificate(self.folder / "tls")
            for source, name in ((self.certificate.certificate, "used.pem"), (self.certificate.key, "used.key")):
                self._give(Path(shutil.copy(source, self.folder / "tls" / name)))

    def _give(self, path: Path) -> None:
        """Hand `path` to the user that Dovecot runs as."""
        if os.geteuid() == 0:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _as_user(self) -> dict:
        if os.geteuid() != 0:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}

    def _wait_for_greeting(self, port: int, deadline: float) -> None:
        while True:
            with contextlib.suppress(OSError), socket.create_connection((self.host, port), timeout=2) as connection:
                if connection.recv(1):
                    return
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise DovecotError(f"Dovecot does not answer on port {port}:\n{self.log()[-3000:]}")
            time.sleep(0.01)

    # ----------------------------------------------------------------- users

    def add_user(self, user: str, password: str) -> None:
        """Make an account, or give an existing one a new password; the server knows at once."""
        if "/" in user or ":" in user or "\n" in user:
            raise ValueError(f"not a user name: {user!r}")
        path = self.folder / "users" / user
        before = path.stat().st_mtime if path.exists() else None
        secret = base64.b64encode(password.encode()).decode()
        home = self.folder / "mail" / user
        replacement = path.with_name(f".new-{user}")
        replacement.write_text(f"{user}:{{PLAIN.b64}}{secret}:{self._user.pw_uid}:{self._user.pw_gid}::{home}\n")
        self._give(replacement)
        if before:
            os.utime(replacement, (before + 2, before + 2))
        replacement.rename(path)
        if before:
            # Dovecot looks whether a file that it knows has changed once a second, and by the time stamp.
            time.sleep(1.1)
        self._passwords[user] = password

    def has_user(self, user: str) -> bool:
        """Whether `add_user()` made it."""
        return user in self._passwords

    def password(self, user: str) -> str:
        """The password given to `add_user()`."""
        return self._passwords[user]

    # ------------------------------------------------------------------ mail

    def append(
        self,
        user: str,
        folder: str,
        messages: Iterable[bytes | tuple[bytes, Iterable[str], datetime | None]],
        flags: Iterable[str] = (),
        date: datetime | None = None,
    ) -> list[int]:
        """Put messages into a folder (made if missing), some 10,000 a second, by MULTIAPPEND (RFC 3502).

        :param messages: sources with CRLF, each alone or as (source, flags, date).
        :param flags, date: IMAP flags (``\\\\Seen``) and time of reception (None: now) of those that come alone.
        :returns: their UIDs.
        """
        alone = (tuple(flags), date)
        rows = [(row, *alone) if isinstance(row, bytes) else row for row in messages]
        with self.wire(user) as wire:
            return wire.append(folder, rows)

    def client(self, user: str):
        """An `imapclient.IMAPClient` that is logged in, over TLS where there is TLS; the caller logs out."""
        from imapclient import IMAPClient  # the demo loads mail without it

        if self._tls:
            client = IMAPClient(self.host, self.ports["imaps"], ssl_context=_trusting_context(), timeout=30)
        else:
            client = IMAPClient(self.host, self.ports["imap"], ssl=False, timeout=30)
        client.plain_login(user, self._passwords[user])
        return client

    def wire(self, user: str) -> Wire:
        """A bare connection that is logged in, for what a client library would not let through."""
        port = self.ports["imap" if self._plain_auth else "imaps"]
        wire = Wire(self.host, port, None if self._plain_auth else _trusting_context())
        try:
            wire.login(user, self._passwords[user])
        except BaseException:
            wire.close()
            raise
        return wire

    def doveadm(self, *arguments: str) -> str:
        """Run Dovecot's administration tool and return what it prints.

        :raises DovecotError: with what it says when it fails.
        """
        command = [_program("doveadm"), "-c", str(self._config), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, **self._as_user())
        if done.returncode:
            raise DovecotError(f"doveadm {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def record(self, user: str) -> Path:
        """From now on, write down both directions of every IMAP session of `user` (after its login).

        :returns: the folder of the recordings: ``*.in`` holds what the clients said, ``*.out`` the answers.
        """
        path = self.folder / "rawlog" / user
        path.mkdir(exist_ok=True)
        self._give(path)
        return path


def _program(name: str) -> str:
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if not path:
        raise DovecotError(f"{name} is not installed; install dovecot-imapd, dovecot-lmtpd and dovecot-submissiond.")
    return path


def _trusting_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
