"""`python -m tests.sync.watched DATABASE SETTINGS...`: connect an account with each of these settings (JSON).

`python -m tests.sync.watched DATABASE --slot`: synchronise what becomes due, until the standard input ends. Prints a
line of JSON for each run: account, emails that came, rows on the bus, error.
"""

import json
import sys
import threading

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from .killed import connected


def main(database: str, *settings: str) -> None:
    odoo.tools.config.parse_config(["-d", database, "--log-level=critical"], setup_logging=True)
    if settings == ("--slot",):
        _slot(database)
        return
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        print(json.dumps([connected(env, json.loads(each)).id for each in settings]))


def _slot(database: str) -> None:
    from odoo.addons.concord_inbox.sync import engine

    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    run = engine.run

    def told(account, progress=None):
        before = account.env["bus.bus"].sudo()._bus_last_id()
        outcome = run(account, progress)
        if outcome:
            after = account.env["bus.bus"].sudo()._bus_last_id()
            print(json.dumps([account.id, outcome.messages, after - before, str(outcome.error or "")]), flush=True)
        return outcome

    engine.run = told
    registry = Registry(database)
    print("ready", flush=True)
    while not ended.wait(0.05):
        with registry.cursor() as cr:
            accounts = api.Environment(cr, SUPERUSER_ID, {})["inbox.account"]
            # As the slot crons: on demand, not every minute.
            if accounts._next_due():
                accounts._cron_sync_slot()


if __name__ == "__main__":
    main(*sys.argv[1:])
