"""The time that reading one email may take, and how is told that a bound was exceeded.

The other bounds stand where they are held: depth and number of parts in `structure`, lengths in `body`, `headers`, …
"""

import time
from collections.abc import Callable

SECONDS = 10.0  # of CPU; the emails of the corpora take 0.0005
SPARE = 64 * 1024  # bytes of HTML that are read although the time is over, lest an email without text says nothing


class Cut(str):
    """A defect which says that something of the email is neither shown nor read, because a bound was exceeded."""

    __slots__ = ()


class Budget:
    """The time left for one email: asked before what may take long, so that one step is the most it is exceeded by.

    :param seconds: as the clock counts them.
    :param clock: the CPU time of this thread, unless for tests: what an email yields must not depend on how busy the
        machine is.
    """

    def __init__(self, seconds: float = SECONDS, clock: Callable[[], float] = time.thread_time):
        self._clock = clock
        self._end = clock() + seconds

    @property
    def is_spent(self) -> bool:
        """Whether the time is over: what comes is kept as it is, and said to be left out."""
        return self._clock() >= self._end
