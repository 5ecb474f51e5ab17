"""TCP ports of the loopback address for servers that are about to start.

Asking the system for "any" port and letting go of it again gives the same number twice, now and then: to another
process that asks at the same moment, to the next caller in this one, or to a connection that goes out. So numbers come
from below the range of outgoing connections, and each is reserved by holding the UDP port of the same number: the
kernel's own lock, seen by every process and gone with ours.
"""

import collections
import contextlib
import random
import socket
from pathlib import Path

_OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")

# The newest only: a server that was started long ago holds its port by itself, and open files are limited.
_reserved: collections.deque[socket.socket] = collections.deque(maxlen=64)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on and that nobody else who asks here is given meanwhile.

    :raises OSError: none was found.
    """
    with contextlib.suppress(OSError, ValueError):
        first_outgoing = int(_OUTGOING.read_text().split()[0])
        # From 11,000: below are ports that browsers refuse, and those that people give to servers of their own.
        if first_outgoing > 12_000:
            for port in random.sample(range(11_000, first_outgoing), 200):
                if _reserve(port):
                    return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(port: int) -> bool:
    """Whether a server could listen on this TCP port of 127.0.0.1 now."""
    with socket.socket() as probe:
        # As servers do: connections of before that still fade away are no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _reserve(port: int) -> bool:
    lock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        lock.bind(("127.0.0.1", port))
    except OSError:
        lock.close()
        return False
    if not is_free(port):
        lock.close()
        return False
    if len(_reserved) == _reserved.maxlen:
        _reserved[0].close()
    _reserved.append(lock)
    return True
