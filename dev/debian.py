"""Debian packages without installing them: downloaded by apt, which verifies them against the signed index, kept in
`.dev/downloads` with their SHA-256, and unpacked with `dpkg -x`.

apt gets lists and a cache of its own under `.dev/apt`, so nothing of the machine's changes and root is not needed.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from . import paths, steps

APT = paths.DEV / "apt"
SUMS = paths.DOWNLOADS / "SHA256SUMS"
KEYRINGS = ("debian-archive-keyring.gpg", "debian-archive-keyring.pgp")


def fetch(packages: Iterable[str], suites: Iterable[str]) -> list[Path]:
    """Download `packages` (`name` or `name/suite`) of Debian's `suites`, without what they depend on.

    Verified copies that were kept are used again without asking the network.

    :returns: the paths of the .deb files, in the order of `packages`.
    """
    packages = list(packages)
    kept = [_kept(package) for package in packages]
    if all(kept):
        return kept
    _need("apt-get", "apt")
    options = _own_sources(tuple(suites))
    steps.say(f"Reading Debian's package lists ({', '.join(suites)})")
    steps.run(["apt-get", *options, "update"], what="Reading Debian's package lists")
    wanted = [package for package, path in zip(packages, kept, strict=True) if not path]
    steps.say(f"Downloading {', '.join(package.partition('/')[0] for package in wanted)}")
    steps.run(["apt-get", *options, "download", *wanted], what="Downloading from Debian", cwd=paths.DOWNLOADS)
    known = _index_sums(options, wanted)
    for package in wanted:
        name = package.partition("/")[0]
        path = max(paths.DOWNLOADS.glob(f"{name}_*.deb"), key=lambda found: found.stat().st_mtime)
        digest = _sha256(path)
        if digest not in known:
            path.unlink()
            raise steps.SetupError(f"{path.name} is not what Debian's signed index announces; run this again.")
        _record(package, digest, path)
    return [_kept(package) for package in packages]


def fetch_source(package: str, suite: str) -> Path:
    """Download the upstream archive of a source package of Debian's `suite`, without Debian's changes.

    :returns: its path; a verified copy that was kept is used again.
    """
    owner = f"{package}/{suite}/source"
    if kept := _kept(owner):
        return kept
    _need("apt-get", "apt")
    options = _own_sources((suite,), "deb-src")
    steps.run(["apt-get", *options, "update"], what="Reading Debian's lists of sources")
    before = set(paths.DOWNLOADS.iterdir())
    command = ["apt-get", *options, "source", "--download-only", "--tar-only", package]
    steps.run(command, what=f"Downloading the source of {package}", cwd=paths.DOWNLOADS)
    # apt has compared it with the signed index; what lay there already it leaves as it is.
    found = [path for path in paths.DOWNLOADS.iterdir() if ".orig.tar." in path.name and path not in before]
    found = found or list(paths.DOWNLOADS.glob(f"{package}_*.orig.tar.*"))
    if not found:
        raise steps.SetupError(f"Debian's source of {package} has no archive.")
    _record(owner, _sha256(found[0]), found[0])
    return found[0]


def content(deb: Path) -> bytes:
    """The files of a package as a tar archive."""
    _need("dpkg-deb", "dpkg")
    done = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], capture_output=True, check=False)
    if done.returncode:
        raise steps.SetupError(f"{deb.name} is damaged.")
    return done.stdout


def fetch_with_dependencies(packages: Iterable[str]) -> list[Path]:
    """Download `packages` of the machine's own Debian release and what they need that is not installed."""
    _need("apt-get", "apt")
    options = [*_own_state(), "-o", "Debug::NoLocking=1"]
    steps.say("Reading the package lists of this machine's Debian release")
    steps.run(["apt-get", *options, "update"], what="Reading the package lists")
    names = list(packages)
    steps.say(f"Downloading {', '.join(names)}")
    command = ["apt-get", *options, "install", "--download-only", "--yes", "--no-install-recommends", *names]
    steps.run(command, what=f"Downloading {', '.join(names)}", env={**os.environ, "LC_ALL": "C"})
    return sorted((APT / "cache" / "archives").glob("*.deb"))


def unpack(debs: Iterable[Path], target: Path) -> None:
    """Unpack packages into the folder `target`, which becomes complete at once or not at all.

    Links to `/...` are made to point into `target`, where the same file lies if its package is among `debs`.
    """
    _need("dpkg", "dpkg")
    new = target.with_name(target.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for deb in debs:
        steps.run(["dpkg", "-x", deb, new], what=f"Unpacking {deb.name}")
    for folder, folders, files in os.walk(new):
        for name in (*folders, *files):
            path = Path(folder, name)
            if path.is_symlink() and os.readlink(path).startswith("/"):
                inside = new / os.readlink(path).lstrip("/")
                path.unlink()
                path.symlink_to(os.path.relpath(inside, path.parent))
    shutil.rmtree(target, ignore_errors=True)
    new.rename(target)


def _own_state() -> list[str]:
    for part in ("lists/partial", "cache/archives/partial"):
        (APT / part).mkdir(parents=True, exist_ok=True)
    options = {
        "Dir::State::Lists": APT / "lists",
        "Dir::Cache": APT / "cache",
        "Dir::Etc::AptListChanges": "/dev/null",
        # As root apt would download as the user _apt, who may not enter every checkout.
        "APT::Sandbox::User": "root" if os.geteuid() == 0 else "",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "APT::Update::Post-Invoke": "",
        "APT::Update::Post-Invoke-Success": "",
    }
    return [word for key, value in options.items() for word in ("-o", f"{key}={value}")]


def _own_sources(suites: tuple[str, ...], kinds: str = "deb") -> list[str]:
    keyring = next((path for name in KEYRINGS if (path := Path("/usr/share/keyrings", name)).exists()), None)
    if not keyring:
        raise steps.SetupError("Debian's keys are missing: install the package debian-archive-keyring.")
    options = _own_state()
    source = APT / "debian.sources"
    source.write_text(
        f"Types: {kinds}\nURIs: {_mirror()}\nSuites: {' '.join(suites)}\nComponents: main\nSigned-By: {keyring}\n"
    )
    return [*options, "-o", f"Dir::Etc::SourceList={source}", "-o", "Dir::Etc::SourceParts=/dev/null"]


def _mirror() -> str:
    """The Debian mirror that the machine itself uses."""
    folder = Path("/etc/apt")
    for path in (folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))):
        if path.suffix not in (".list", ".sources") or not path.is_file():
            continue
        for line in path.read_text(errors="replace").splitlines():
            found = re.match(r"(?:URIs:|deb(?:\s+\[.*?\])?)\s+(https?://\S+/debian)/?(?:\s|$)", line)
            if found:
                return found[1]
    raise steps.SetupError(
        "apt knows no mirror of Debian: name one in /etc/apt/sources.list.d, or set ODOO_HOME to an Odoo 19."
    )


def _index_sums(options: list[str], packages: list[str]) -> set[str]:
    """The SHA-256 of `packages` as the signed index has them."""
    names = [package.partition("/")[0] for package in packages]
    shown = steps.run(["apt-cache", *options, "show", *names], what="Asking Debian's index")
    return set(re.findall(r"^SHA256: ([0-9a-f]{64})$", shown, re.MULTILINE))


def _kept(package: str) -> Path | None:
    """The file kept for `package`, if it still has the digest that was recorded."""
    for line in SUMS.read_text().splitlines() if SUMS.exists() else ():
        digest, name, owner = line.split()
        path = paths.DOWNLOADS / name
        if owner == package and path.exists() and _sha256(path) == digest:
            return path
    return None


def _record(package: str, digest: str, path: Path) -> None:
    lines = SUMS.read_text().splitlines() if SUMS.exists() else []
    lines = [line for line in lines if line.split()[2] != package]
    SUMS.write_text("\n".join([*lines, f"{digest} {path.name} {package}", ""]))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _need(program: str, package: str) -> None:
    if not shutil.which(program):
        raise steps.SetupError(
            f"This machine has no {program}: set ODOO_HOME to an Odoo 19 and PGHOST to a PostgreSQL server, "
            f"or use a Debian-like system (package {package})."
        )


def install(packages: list[str], why: str) -> None:
    """Install packages of the machine's release; possible for root only.

    :raises SetupError: for others, with a sentence that names the packages.
    """
    names = " ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise steps.SetupError(f"{why}: install {names} (on Debian: sudo apt-get install {names}).")
    steps.say(f"Installing {names}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    # The machine's lists are refreshed only when they do not know the packages.
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=environment, check=False)
    if done.returncode:
        steps.run(["apt-get", "update"], what="Reading the package lists", env=environment)
        steps.run(command, what=f"Installing {names}", env=environment)
