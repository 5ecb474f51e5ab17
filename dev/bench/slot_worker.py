"""`python -m dev.bench.slot_worker DATABASE [SECONDS]`: what one of Odoo's cron workers does for so long.

Says "ready", waits for a line, and runs the slot again and again; without a time until all accounts were synchronised
once. Prints as JSON when it was at which account and how late, and the CPU that took.
"""

import json
import os
import sys
import time
from pathlib import Path

import odoo.tools
from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry

from tests.sync.killed import connected

#: Between two looks for what is due, as the triggers of a busy Odoo come.
PAUSE = 0.5


def main(database: str, seconds: str = "inf") -> None:
    """Work, and tell."""
    odoo.tools.config.parse_config(["-d", database, "--log-level=critical"], setup_logging=True)
    registry = Registry(database)
    from odoo.addons.concord_inbox.sync import engine

    runs = []
    run = engine.run

    def timed(account, progress=None):
        late = max(0.0, (fields.Datetime.now() - account.next_sync).total_seconds()) if account.next_sync else 0.0
        started = time.time()
        outcome = run(account, progress)
        if outcome:
            runs.append((account.id, started, time.time(), outcome.messages, late))
        return outcome

    engine.run = timed
    print("ready", flush=True)
    sys.stdin.readline()
    until, postgres = time.monotonic() + float(seconds), 0.0
    while time.monotonic() < until:
        with registry.cursor() as cr:
            backend = Path(f"/proc/{cr._cnx.get_backend_pid()}/schedstat")
            before = _ran(backend)
            api.Environment(cr, SUPERUSER_ID, {})["inbox.account"]._cron_sync_slot()
            postgres += _ran(backend) - before
            cr.execute("SELECT count(*) FROM inbox_account WHERE state = 'connected' AND last_sync IS NULL")
            if seconds == "inf" and not cr.fetchone()[0]:
                break
        time.sleep(PAUSE)
    times = os.times()
    print(json.dumps({"runs": runs, "odoo": times.user + times.system, "postgres": postgres}))


def make(database: str, settings: list[dict]) -> None:
    """Make these accounts, due to be synchronised."""
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        for one in settings:
            connected(env, one)._sync_soon()


def _ran(backend: Path) -> float:
    """Seconds of CPU that PostgreSQL's process has taken."""
    return int(backend.read_text().split()[0]) / 1e9 if backend.exists() else 0.0


if __name__ == "__main__":
    main(*sys.argv[1:])
