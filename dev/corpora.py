"""Test messages that other projects carry: the odd, the broken and the hostile that somebody once met.

They are taken from source archives on the index of Python packages and from Debian, by name and version, into
`.dev/corpora/PACKAGE/`. Without the network the tests run without them, and say so.
"""

import hashlib
import io
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import debian, paths, steps

#: Name on the index -> version, and the SHA-256 of its source archive.
PYTHON = {
    "django-mailbox": ("4.10.1", "9060a4ddc81d16aa699e266649c12eaf4f29671b5266352e2fad3043a6832b52"),
    "hyperkitty": ("1.3.12", "deb582937ec5bc9ea9c1d5d86bfb76a4da429b60e1fea6fd6964e7c667cf161d"),
    "mail-parser": ("4.8.0", "602e659b159652d378b0f9cce2d682bee692bedae72687786e2b2e52eaeb9afc"),
    "mailbits": ("0.2.3", "13140be94825d440986dee0a6e653d81d3b4df4b0059fbdb6d78ba8ccb0c4ec0"),
    "mailman": ("3.3.10", "0de478fcf326f25d931938c3744e61c5cd67596b46e5b1e3bb2abf99d5445632"),
    "talon": ("1.4.4", "263d122609747691e9f75726ea565f5da8a40146a7a81eb5883e51b8224b0e5c"),
}
SUITE = "bookworm"
DEBIAN = ("libpython3.11-testsuite",)
DEBIAN_SOURCES = ("gmime", "golang-github-jhillyerd-enmime", "libmail-deliverystatus-bounceparser-perl", "notmuch")
#: Changes when other files are taken from the archives than before.
CHOICE = "1"

_LARGEST = 8 * 1024 * 1024  # bytes of a file that is looked at
_NO_EMAILS = frozenset(
    {".py", ".pyc", ".rst", ".md", ".po", ".pot", ".c", ".h", ".pl", ".pm", ".t", ".sh", ".el", ".go", ".js", ".css"}
)
_FIELD = re.compile(rb"([A-Za-z][A-Za-z0-9-]*)[ \t]*:|[ \t]|>?From ")
_USUAL = frozenset(
    {b"from", b"to", b"subject", b"date", b"received", b"message-id", b"mime-version", b"content-type", b"return-path",
     b"delivered-to", b"content-transfer-encoding", b"reply-to", b"sender"}
)  # fmt: skip
_ENVELOPE = re.compile(rb"(?:\A|\n)From [^\n]*\b\d\d:\d\d(?::\d\d)?\b[^\n]*\n")


def ensure() -> None:
    """Fetch and unpack what is not there yet; packages that cannot be had are named and left out."""
    missing = [name for name in packages() if not _is_done(name)]
    if not missing:
        return
    steps.say(f"Fetching the test messages of {', '.join(missing)}")
    # pip waits for the network and builds the packages' descriptions: two at a time.
    with ThreadPoolExecutor(2) as pool:
        python = dict(zip(PYTHON, pool.map(lambda name: _attempt(_python, name, missing), PYTHON), strict=True))
    for name in missing:
        archive = python.get(name) or _attempt(_debian, name, set(missing) - set(PYTHON))
        if archive:
            _unpack(name, archive)


def packages() -> list[str]:
    """The names of all packages that messages are taken from."""
    return sorted((*PYTHON, *DEBIAN, *DEBIAN_SOURCES))


def emails() -> Iterator[tuple[str, bytes]]:
    """Each message that is there, with its package and file as a name."""
    for package in packages():
        folder = paths.CORPORA / package
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            yield f"{package}/{path.name}", path.read_bytes()


def _key(name: str) -> str:
    version, digest = PYTHON.get(name, (SUITE, ""))
    return f"{version} {digest} {CHOICE}"


def _is_done(name: str) -> bool:
    return steps.is_done(f"corpora-{name}", _key(name)) and (paths.CORPORA / name).is_dir()


def _attempt(fetch, name: str, wanted) -> Path | None:
    if name not in wanted:
        return None
    try:
        return fetch(name)
    except steps.SetupError as error:
        steps.say(f"Tests run without the messages of {name}: {error}")
        return None


def _python(name: str) -> Path:
    version, digest = PYTHON[name]
    folder = paths.DOWNLOADS / "messages"
    stem = name.replace("-", "[-_]")
    found = next(folder.glob(f"{stem}-{version}.tar.gz"), None)
    if not found:
        command = [
            paths.PYTHON,
            "-m",
            "pip",
            "download",
            "--no-deps",
            "--no-binary",
            ":all:",
            "--retries",
            "1",
            "--dest",
            folder,
        ]
        environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        environment.setdefault("PIP_CACHE_DIR", str(paths.DOWNLOADS / "pip"))
        steps.run([*command, f"{name}=={version}"], what=f"Downloading {name} {version}", env=environment)
        found = next(folder.glob(f"{stem}-{version}.tar.gz"), None)
    if not found or hashlib.sha256(found.read_bytes()).hexdigest() != digest:
        if found:
            found.unlink()
        raise steps.SetupError(f"the index's {name} {version} is not the one this project knows (digest differs)")
    return found


def _debian(name: str) -> Path:
    if name in DEBIAN:
        return debian.fetch([f"{name}/{SUITE}"], [SUITE])[0]
    return debian.fetch_source(name, SUITE)


def _unpack(package: str, archive: Path) -> None:
    """Write the messages within an archive into the package's folder, which becomes complete at once."""
    new = paths.CORPORA / f"{package}.new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for name, data in _files(archive):
        for number, source in enumerate(_messages(name, data)):
            # The name within the archive, without its first folder, which bears the version.
            flat = "_".join(Path(name).parts[1:]) or name
            (new / f"{flat[-150:]}{f'.{number}' if number else ''}").write_bytes(source)
    shutil.rmtree(paths.CORPORA / package, ignore_errors=True)
    new.rename(paths.CORPORA / package)
    steps.mark_done(f"corpora-{package}", _key(package))


def _files(archive: Path) -> Iterator[tuple[str, bytes]]:
    if archive.suffix == ".deb":
        content = debian.content(archive)
        tar = tarfile.open(fileobj=io.BytesIO(content))  # noqa: SIM115
    else:
        tar = tarfile.open(archive)  # noqa: SIM115
    with tar:
        for member in tar:
            if member.isfile() and member.size <= _LARGEST and Path(member.name).suffix not in _NO_EMAILS:
                yield member.name, tar.extractfile(member).read()


def _messages(name: str, data: bytes) -> Iterator[bytes]:
    """The emails that a file holds: one, those of an mbox, or none."""
    data = data.lstrip(b"\n")
    if not _is_email(data):
        return
    starts = [match.end() for match in _ENVELOPE.finditer(data)] if data.startswith(b"From ") else []
    if len(starts) < 2:
        yield data.partition(b"\n")[2] if data.startswith(b"From ") else data
        return
    ends = [match.start() for match in _ENVELOPE.finditer(data)][1:]
    for start, end in zip(starts, [*ends, len(data)], strict=True):
        if _is_email(source := data[start:end]):
            yield source


def _is_email(data: bytes) -> bool:
    """Whether the lines in front are fields, two of them at least such as only emails have."""
    names = set()
    for line in data[:20_000].splitlines()[:200]:
        match = _FIELD.match(line)
        if not match:
            break
        names.add((match[1] or b"").lower())
    return len(names & _USUAL) >= 2
