"""Ports that servers of tests are given: no number twice, in one process or two."""

import socket
import subprocess
import sys

from dev import ports


def test_no_number_twice():
    given = [ports.free_port() for _ in range(60)]
    assert len(set(given)) == 60
    other = subprocess.run(
        [sys.executable, "-c", "from dev import ports\nfor _ in range(60): print(ports.free_port())"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert not {int(line) for line in other.stdout.split()} & set(given[-60:])


def test_reserved_for_others_and_taken_by_servers(monkeypatch):
    """A number that is reserved, and one on which somebody listens, are passed over."""
    taken = ports.free_port()
    free = ports.free_port()
    monkeypatch.setattr(ports.random, "sample", lambda *args: [taken, free])
    while ports._reserved:
        ports._reserved.pop().close()
    with socket.create_server(("127.0.0.1", taken)):
        assert not ports.is_free(taken)
        assert ports.free_port() == free
    assert ports.is_free(taken)
    monkeypatch.setattr(ports.random, "sample", lambda *args: [free, taken])
    assert ports.free_port() == taken
