"""`python -m dev.bench.one_sync DATABASE SETTINGS`: synchronise one account for the first time, and tell all of it.

Loads Odoo first. Prints as JSON the emails, seconds of the clock and of CPU (Odoo's and PostgreSQL's), the memory taken
and, by the clock, where the time went. A benchmark starts it in a process of its own for each run.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from dev.bench import measuring
from tests.sync.killed import connected
from tests.sync.measured import memory


class Phases:
    """Seconds by phase. What runs within another phase counts for itself alone."""

    def __init__(self):
        self.seconds: Counter[str] = Counter()
        self._stack: list[str] = ["other"]
        self._since = time.perf_counter()

    def enter(self, name: str) -> None:
        self._count()
        self._stack.append(name)

    def leave(self) -> None:
        self._count()
        self._stack.pop()

    def _count(self) -> None:
        now = time.perf_counter()
        self.seconds[self._stack[-1]] += now - self._since
        self._since = now

    def watch(self, owner, attribute: str, name: str) -> None:
        """Count the calls of a function, and of an iterator what it takes to hand things out."""
        original: Callable = getattr(owner, attribute)

        def watched(*arguments, **named):
            self.enter(name)
            try:
                result = original(*arguments, **named)
            finally:
                self.leave()
            return self._iterated(result, name) if isinstance(result, Iterator) else result

        setattr(owner, attribute, watched)

    def _iterated(self, rows: Iterator, name: str) -> Iterator:
        while True:
            self.enter(name)
            try:
                row = next(rows)
            except StopIteration:
                return
            finally:
                self.leave()
            yield row


def watch_all(phases: Phases) -> None:
    """The phases of a synchronisation."""
    from odoo.addons.concord_inbox.adapters.imap import ImapAdapter
    from odoo.addons.concord_inbox.sync import answers, contacts, conversations, deals, links, matching, pull, store
    from odoo.addons.concord_inbox.sync.engine import Lease
    from odoo.sql_db import Cursor

    for method in ("folders", "changes", "fetch", "header_blocks"):
        phases.watch(ImapAdapter, method, "network")
    for name in ("parse", "delivery_report", "fingerprint", "header_of"):
        phases.watch(pull.mime, name, "parse")
    phases.watch(store, "store", "insert")
    phases.watch(store, "add_copies", "insert")
    for module, name in (
        (matching, "match"),
        (contacts, "create_missing"),
        (deals, "link"),
        (links, "relink_emails"),
        (conversations, "assign"),
        (answers, "note"),
    ):
        phases.watch(module, name, "link")
    phases.watch(Lease, "renew", "commit")
    phases.watch(Cursor, "commit", "commit")


def main(database: str, settings: str) -> None:
    """Synchronise, and print what was measured."""
    odoo.tools.config.parse_config(["-d", database, "--log-level=critical"], setup_logging=True)
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        account = connected(env, json.loads(settings))
        cr.commit()
        phases = Phases()
        watch_all(phases)
        Path("/proc/self/clear_refs").write_text("5")  # from here on the highest value counts
        before, cpu, own = memory("VmRSS"), measuring.Cpu(cr), time.process_time()
        used, started = cpu(), time.perf_counter()
        phases.enter("other")
        account._sync()
        phases.leave()
        cr.commit()
        seconds = time.perf_counter() - started
        result = {
            "seconds": seconds,
            "cpu": cpu() - used,
            "odoo": time.process_time() - own,
            "memory": (memory("VmHWM") - before) * 1024,
            "messages": env["inbox.message"].search_count([]),
            "quarantined": env["inbox.quarantine"].search_count([]),
            "error": account.last_error or "",
            "phases": dict(phases.seconds),
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
