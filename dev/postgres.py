"""PostgreSQL: the server that `PGHOST` names, else a private cluster in `.dev/pg`.

The private cluster is shared by all processes of the checkout that use it at the same time. Each of them holds the
lock `pg-users` together with the others; a keeper (`dev/postgres_keeper.py`) waits until it can have that lock alone,
and then stops the cluster. So nothing is left behind, however the users end.
"""

import contextlib
import functools
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from . import debian, locks, paths, ports, steps, users

USER = "odoo"
PASSWORD_FILE = paths.POSTGRES / "password"
PORT_FILE = paths.POSTGRES / "port"
SOCKETS = paths.POSTGRES / "socket"
UNPACKED = paths.DEV / "debian-postgresql"

# A database that many write to, as in production (every commit reaches the disk), in modest memory.
SETTINGS = """
listen_addresses = '127.0.0.1'
max_connections = 200
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off
fsync = on
synchronous_commit = on
timezone = 'UTC'
log_timezone = 'UTC'
log_min_messages = warning
logging_collector = off
log_checkpoints = off
"""


@contextlib.contextmanager
def running() -> Iterator[dict[str, str]]:
    """PostgreSQL for the time of the `with`.

    :returns: the environment variables (PGHOST, ...) that lead libpq and Odoo to it; PATH with its client programs.
    """
    if os.environ.get("PGHOST"):
        binaries = _binaries()
        yield _with_path({}, binaries)
        return
    binaries = _binaries() or _unpack()
    try:
        with contextlib.ExitStack() as stack:
            # In this order: the keeper, who has `pg-users` alone while it stops the cluster, never wants `pg-start`.
            with locks.exclusive("pg-start"):
                stack.enter_context(locks.shared("pg-users"))
                data = _data_folder(binaries)
                if not (data / "PG_VERSION").exists():
                    _initialise(binaries, data)
                if not _answers():
                    _start(binaries, data)
            yield _with_path(_connection(), binaries)
    finally:
        _wait_until_stopped()


def _connection() -> dict[str, str]:
    return {
        "PGHOST": str(SOCKETS) if _socket_is_reachable() else "127.0.0.1",
        "PGPORT": PORT_FILE.read_text(),
        "PGUSER": USER,
        "PGPASSWORD": PASSWORD_FILE.read_text(),
    }


def _socket_is_reachable() -> bool:
    """Whether the kernel takes the path of the socket (107 bytes with its name): not in a deep checkout."""
    return len(os.fsencode(SOCKETS)) < 85


def _with_path(environment: dict[str, str], binaries: Path | None) -> dict[str, str]:
    if binaries:
        environment["PATH"] = f"{binaries}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        environment |= _library_path(binaries)
    return environment


# ------------------------------------------------------------------ programs


def _binaries() -> Path | None:
    """The folder of PostgreSQL's programs, the newest version first; the one the cluster was made with if possible."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *UNPACKED.glob("usr/lib/postgresql/*/bin")]
    if found := shutil.which("initdb"):
        folders.append(Path(found).resolve().parent)
    versions = {_major(folder): folder for folder in folders if (folder / "postgres").exists()}
    made = next((path.name for path in paths.POSTGRES.glob("*") if (path / "PG_VERSION").exists()), None)
    return versions.get(made) or (versions[max(versions, key=int)] if versions else None)


@functools.cache
def _major(binaries: Path) -> str:
    shown = subprocess.run(
        [binaries / "postgres", "--version"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **_library_path(binaries)},
    )
    found = re.search(r"\) (\d+)", shown.stdout)
    return found[1] if found else "0"


def _unpack() -> Path:
    if not shutil.which("apt-get"):
        raise steps.SetupError("PostgreSQL is missing: install its server (on Debian: postgresql) or set PGHOST.")
    debian.unpack(debian.fetch_with_dependencies(["postgresql"]), UNPACKED)
    binaries = _binaries()
    if not binaries:
        raise steps.SetupError("Debian's package postgresql holds no server: install PostgreSQL or set PGHOST.")
    return binaries


def _library_path(binaries: Path) -> dict[str, str]:
    """Where an unpacked PostgreSQL finds the libraries that were unpacked with it."""
    if UNPACKED not in binaries.parents:
        return {}
    folders = [str(path) for path in UNPACKED.glob("usr/lib/*-linux-gnu*")]
    return {"LD_LIBRARY_PATH": os.pathsep.join([*folders, os.environ.get("LD_LIBRARY_PATH", "")]).rstrip(os.pathsep)}


# ------------------------------------------------------------------- cluster


def _data_folder(binaries: Path) -> Path:
    """The cluster's folder, named by PostgreSQL's major version, whose format it has."""
    return paths.POSTGRES / _major(binaries)


def _initialise(binaries: Path, data: Path) -> None:
    steps.say("Making the PostgreSQL cluster")
    for folder in (paths.POSTGRES, SOCKETS):
        folder.mkdir(parents=True, exist_ok=True)
    if not PASSWORD_FILE.exists():
        PASSWORD_FILE.touch(mode=0o600)
        PASSWORD_FILE.write_text(secrets.token_urlsafe(24))
    SOCKETS.chmod(0o755)
    _give(SOCKETS)
    _make(binaries, data, PASSWORD_FILE.read_text())


def _make(binaries: Path, data: Path, password_text: str) -> None:
    """Make a cluster in the folder `data`."""
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    _give(data)
    password = data.with_suffix(".initial-password")
    password.touch(mode=0o600)
    password.write_text(password_text)
    _give(password)
    try:
        steps.run(
            [
                *_as_owner(data.parent),
                binaries / "initdb",
                f"--pgdata={data}",
                f"--username={USER}",
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
            ],
            what="Making the PostgreSQL cluster",
            env={**os.environ, **_library_path(binaries)},
            cwd="/",
        )
    except BaseException:
        shutil.rmtree(data, ignore_errors=True)
        raise
    finally:
        password.unlink()
    with (data / "postgresql.conf").open("a") as file:
        file.write(SETTINGS)


def _start(binaries: Path, data: Path) -> None:
    port = _choose_port()
    log = paths.LOGS / "postgres.log"
    log.touch()
    sockets = SOCKETS if _socket_is_reachable() else ""
    # PostgreSQL must not outlive its keeper: SIGINT is its fast and orderly end.
    command = [
        *_as_owner(paths.POSTGRES, "--pdeathsig=SIGINT"),
        binaries / "postgres",
        "-D",
        data,
        "-p",
        port,
        "-k",
        sockets,
    ]
    keeper = subprocess.Popen(
        [sys.executable, "-m", "dev.postgres_keeper", *map(str, command)],
        stdin=subprocess.DEVNULL,
        stdout=log.open("ab"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
        cwd=paths.ROOT,
        env={**os.environ, **_library_path(binaries)},
    )
    deadline = time.monotonic() + 60
    while not _answers():
        if keeper.poll() is not None or time.monotonic() > deadline:
            tail = "\n".join(log.read_text(errors="replace").strip().splitlines()[-8:])
            raise steps.SetupError(f"PostgreSQL does not start; the end of {log}:\n{tail}")
        time.sleep(0.05)


def _answers() -> bool:
    """Whether the cluster of this checkout takes connections."""
    if not PORT_FILE.exists() or locks.is_free("pg-keeper"):
        return False
    binaries = _binaries()
    connection = _connection()
    command = [binaries / "pg_isready", "-q", "-h", connection["PGHOST"], "-p", connection["PGPORT"]]
    return subprocess.run(command, check=False, env={**os.environ, **_library_path(binaries)}).returncode == 0


def _wait_until_stopped() -> None:
    """After the last user: give the keeper the time to stop the cluster. Returns at once while others use it."""
    deadline = time.monotonic() + 60
    while not locks.is_free("pg-keeper") and time.monotonic() < deadline:
        if not locks.is_free("pg-users") and locks.is_free("pg-users", locks.shared):
            return
        time.sleep(0.05)


def _choose_port() -> int:
    """The port of last time if it is free, else another free one; recorded."""
    last = int(PORT_FILE.read_text()) if PORT_FILE.exists() else 0
    port = last if last and ports.is_free(last) else ports.free_port()
    PORT_FILE.write_text(str(port))
    return port


# ------------------------------------------------------------ one more, for tests


class Restartable:
    """A cluster of a test's own, from `__enter__` to `__exit__`, that may lose its power.

    :param folder: empty; root must give one that other users may enter.

    Attributes: `variables`, the environment that leads to it.
    """

    def __init__(self, folder: Path):
        self._binaries = _binaries() or _unpack()
        self._data = folder / _major(self._binaries)
        password = secrets.token_urlsafe(24)
        _make(self._binaries, self._data, password)
        self.variables = _with_path(
            {
                "PGHOST": "127.0.0.1",
                "PGPORT": str(ports.free_port()),
                "PGUSER": USER,
                "PGPASSWORD": password,
                "PGOPTIONS": "",
            },
            self._binaries,
        )
        self._server: subprocess.Popen | None = None

    def __enter__(self) -> "Restartable":
        self._start()
        return self

    def __exit__(self, *exc_info) -> None:
        self._stop(signal.SIGINT)

    def restart(self) -> None:
        """What `pg_ctl restart -m immediate` does: nobody is waited for, and nothing tidied up."""
        self._stop(signal.SIGQUIT)
        self._start()

    def _stop(self, how: signal.Signals) -> None:
        self._server.send_signal(how)
        self._server.wait(60)

    def _start(self) -> None:
        port = self.variables["PGPORT"]
        command = [*_as_owner(self._data.parent, "--pdeathsig=SIGINT"), self._binaries / "postgres", "-D", self._data]
        command += ["-p", port, "-k", ""]
        environment = {**os.environ, **self.variables}
        with self._data.with_suffix(".log").open("ab") as log:
            self._server = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=environment,
            )
        deadline = time.monotonic() + 60
        asking = [self._binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", port]
        while subprocess.run(asking, check=False, env=environment).returncode:
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise steps.SetupError(f"PostgreSQL does not start:\n{self._data.with_suffix('.log').read_text()}")
            time.sleep(0.05)


# ------------------------------------------------------------ its own user


def _owner() -> pwd.struct_passwd | None:
    """The user that the cluster belongs to when root starts it (PostgreSQL refuses root), else None."""
    try:
        return users.substitute("postgres", "nobody")
    except KeyError:
        raise steps.SetupError(
            "PostgreSQL does not run as root, and there is neither a user postgres nor nobody: make one of them."
        ) from None


def _give(path: Path) -> None:
    if owner := _owner():
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _as_owner(folder: Path, *options: str) -> list[str]:
    return users.prefix(_owner(), folder, *options)
