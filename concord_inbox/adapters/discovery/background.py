"""Searches that run beside whoever asks for them: each question is answered at once, the first time by *not yet*.

What is found is kept in this process for a while, so asking again is cheap, and brings the answer. Another process may
be asked the next time; it searches for itself and has the answer after as many seconds, so nothing needs to be shared.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable

from .proposal import Proposal

#: A search is at work: ask again. (`ask()`)
PENDING = "pending"
#: Whoever asks has asked for too many different things. (`ask()`)
LIMITED = "limited"

#: Seconds that an answer is kept; one that found nothing may be the network's fault, and is kept for less.
KEPT = 600.0
KEPT_GUESS = 30.0
MOST_KEPT = 500
#: Searches at a time in this process.
MOST_AT_ONCE = 4
#: Searches that one user may begin within `PERIOD` seconds.
MOST_PER_OWNER = 12
PERIOD = 60.0


class Searches:
    """The searches of one process; every method may be called by any thread."""

    def __init__(self):
        self._lock = threading.Lock()
        self._running: set[Hashable] = set()
        self._found: OrderedDict[Hashable, tuple[float, Proposal]] = OrderedDict()
        self._begun: dict[Hashable, deque[float]] = {}

    def ask(self, key: Hashable, owner: Hashable, work: Callable[[], Proposal]) -> Proposal | str:
        """What `work` found, if it has been asked for before under `key`; else begin it.

        :param key: all that the answer depends on.
        :param owner: whose searches are counted.
        :param work: called in a thread of its own, at most once at a time for a key.
        :returns: a proposal, `PENDING` or `LIMITED`.
        """
        now = time.monotonic()
        with self._lock:
            until, proposal = self._found.get(key, (0.0, None))
            if proposal and now < until:
                return proposal
            if key in self._running or len(self._running) >= MOST_AT_ONCE:
                return PENDING
            if not self._may_begin(owner, now):
                return LIMITED
            self._running.add(key)
        threading.Thread(target=self._work, args=(key, work), name="mail-settings", daemon=True).start()
        return PENDING

    def _may_begin(self, owner: Hashable, now: float) -> bool:
        for each in [each for each, begun in self._begun.items() if begun[-1] < now - PERIOD]:
            del self._begun[each]
        begun = self._begun.setdefault(owner, deque(maxlen=MOST_PER_OWNER))
        if len(begun) == MOST_PER_OWNER and begun[0] > now - PERIOD:
            return False
        begun.append(now)
        return True

    def _work(self, key: Hashable, work: Callable[[], Proposal]) -> None:
        proposal = None
        try:
            proposal = work()
        finally:
            with self._lock:
                self._running.discard(key)
                if proposal:
                    kept = KEPT_GUESS if proposal.source == "guess" else KEPT
                    self._found[key] = time.monotonic() + kept, proposal
                    self._found.move_to_end(key)
                    while len(self._found) > MOST_KEPT:
                        self._found.popitem(last=False)
