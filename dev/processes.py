"""Child processes that end with their parent."""

import contextlib
import ctypes
import os
import signal
import subprocess
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def start(command: Sequence[str], *, own_group: bool = True, **options) -> subprocess.Popen:
    """Start `command`; the kernel sends it SIGTERM should this process die without ending it.

    :param own_group: keep Ctrl-C of the terminal from it, so that the parent decides in which order things end.
    """
    parent = os.getpid()

    def before_exec() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    # Safe as long as no thread runs yet: dev/ starts none before this.
    return subprocess.Popen(
        command,
        preexec_fn=before_exec,  # noqa: PLW1509
        start_new_session=own_group,
        **options,
    )


def stop(process: subprocess.Popen, patience: float = 20.0) -> None:
    """SIGTERM, then after `patience` seconds SIGKILL to its whole group."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            _kill_group(process)
            process.wait()
    _kill_group(process)


def _kill_group(process: subprocess.Popen) -> None:
    """End what is left of the process group that `start(own_group=True)` made."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def call(command: Sequence[str], **options) -> int:
    """Run `command` in the foreground and return its exit status as a shell would.

    Ctrl-C reaches it from the terminal, SIGTERM is passed on; this process stays until it has ended.
    """
    process = start(command, own_group=False, **options)
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    terminate = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        status = process.wait()
    finally:
        signal.signal(signal.SIGINT, interrupt)
        signal.signal(signal.SIGTERM, terminate)
    return status if status >= 0 else 128 - status
