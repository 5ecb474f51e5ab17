"""Locks between processes of one checkout. The kernel frees them when a process ends, however it ends."""

import contextlib
import fcntl
from collections.abc import Iterator

from . import paths, steps


class TakenError(Exception):
    """Somebody else holds the lock."""


@contextlib.contextmanager
def exclusive(name: str, waiting: str = "", wait: bool = True) -> Iterator[None]:
    """Hold lock `name` alone.

    :param waiting: printed if somebody else holds it just now.
    :raises TakenError: somebody else holds it, and `wait` is False.
    """
    with _lock(name, fcntl.LOCK_EX, waiting, wait):
        yield


@contextlib.contextmanager
def shared(name: str, wait: bool = True) -> Iterator[None]:
    """Hold lock `name` together with others.

    :raises TakenError: somebody holds it alone, and `wait` is False.
    """
    with _lock(name, fcntl.LOCK_SH, "", wait):
        yield


def is_free(name: str, wanted=exclusive) -> bool:
    """Whether `wanted` (exclusive or shared) could be had just now."""
    with contextlib.suppress(TakenError), wanted(name, wait=False):
        return True
    return False


@contextlib.contextmanager
def _lock(name: str, kind: int, waiting: str, wait: bool) -> Iterator[None]:
    paths.LOCKS.mkdir(parents=True, exist_ok=True)
    # Python opens files so that programs started meanwhile do not inherit them, and with them the lock.
    with (paths.LOCKS / name).open("a") as file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                raise TakenError(name) from None
            if waiting:
                steps.say(waiting)
            fcntl.flock(file, kind)
        yield
