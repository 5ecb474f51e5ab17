"""Runs the private PostgreSQL until its last user is gone: `python -m dev.postgres_keeper COMMAND...`.

A process of its own, so that it outlives the user that started it, and ends when all have ended: the users hold the
lock `pg-users` together, and the kernel takes it from them even if they are killed.
"""

import signal
import subprocess
import sys
import threading

from . import locks


def main(command: list[str]) -> None:
    """Start PostgreSQL by `command`, wait for the last user, stop PostgreSQL."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with locks.exclusive("pg-keeper"):
        server = subprocess.Popen(command, start_new_session=True)
        signal.signal(signal.SIGTERM, lambda *_: server.send_signal(signal.SIGINT))
        gone = threading.Thread(target=_stop_after_last_user, args=[server], daemon=True)
        gone.start()
        server.wait()
        if gone.is_alive() and server.returncode:
            sys.exit(server.returncode)


def _stop_after_last_user(server: subprocess.Popen) -> None:
    with locks.exclusive("pg-users"):
        server.send_signal(signal.SIGINT)  # "fast": ends the sessions, loses nothing
        server.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
