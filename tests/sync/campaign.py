"""Many random schedules, one after the other, and what came of them."""

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence

from .forked_odoo import Odoo
from .schedule import Schedule
from .world import World

#: Failures after which it is enough.
ENOUGH = 5


def live_through(
    worlds: Sequence[World], odoo: Odoo, seeds: range, restart_database: Callable[[], None] | None = None
) -> None:
    """Schedules with `seeds`; CONCORD_SEEDS ("120" or "100:150") names others."""
    if chosen := os.environ.get("CONCORD_SEEDS"):
        first, _, end = chosen.partition(":")
        seeds = range(int(first), int(end or int(first) + 1))
    counts: Counter = Counter()
    failures: list[str] = []
    started = time.monotonic()
    for seed in seeds:
        # More than half of them on the first, a server that can do all.
        world = worlds[0] if seed % 2 else worlds[seed // 2 % len(worlds)]
        try:
            Schedule(seed, world, odoo, counts, restart_database).run()
        except AssertionError as error:
            failures.append(str(error))
            print(f"E         {error}", flush=True)
            if len(failures) == ENOUGH:
                break
        print(f"{seed}: {time.monotonic() - started:.0f} s, {len(failures)} failed", flush=True)
    print(f"{dict(counts)} in {time.monotonic() - started:.0f} s")
    assert not failures, f"{len(failures)} of {counts['schedules']} schedules failed:\n\n" + "\n\n".join(failures)
