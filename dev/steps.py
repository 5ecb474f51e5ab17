"""Progress lines, errors that are one sentence, and stamps that tell what is already done."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from . import paths

# The processes that a command starts go on counting where it is.
_start = float(os.environ.setdefault("CONCORD_STARTED", str(time.time())))


class SetupError(Exception):
    """Something is missing or failed; its text is one sentence that says what to do."""


def say(text: str) -> None:
    """One line of progress with the seconds since the start, on standard error (output stays clean for pipes)."""
    print(f"[{elapsed():5.1f} s] {text}", file=sys.stderr, flush=True)


def elapsed() -> float:
    """Seconds since the command began its work."""
    return time.time() - _start


def run(command: Sequence[str | Path], *, what: str, **options) -> str:
    """Run a command quietly and return what it printed.

    :param what: what it does, for the error's sentence.
    :raises SetupError: with the last lines that it printed.
    """
    try:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            **options,
        )
    except FileNotFoundError as error:
        raise SetupError(f"{what} failed: {error.filename} is not installed.") from None
    if done.returncode:
        tail = "\n".join(done.stdout.strip().splitlines()[-15:])
        raise SetupError(f"{what} failed ({Path(command[0]).name}, status {done.returncode}):\n{tail}")
    return done.stdout


def is_done(name: str, key: str) -> bool:
    """Whether step `name` was finished for the same `key` (a hash or version of what it depends on)."""
    stamp = paths.STAMPS / name
    return stamp.exists() and stamp.read_text() == key


def mark_done(name: str, key: str) -> None:
    """Remember that step `name` is finished for `key`."""
    paths.STAMPS.mkdir(parents=True, exist_ok=True)
    (paths.STAMPS / name).write_text(key)


def forget(name: str) -> None:
    """Make step `name` run again."""
    (paths.STAMPS / name).unlink(missing_ok=True)
