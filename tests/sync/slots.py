"""`python -m tests.sync.slots DATABASE`: what one cron worker does; prints, as JSON, when it was at which account.

With a third argument, a list of settings as JSON: make these accounts, due to be synchronised.
"""

import json
import sys
import time

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from .killed import connected


def main(database: str, accounts: str = "") -> None:
    odoo.tools.config.parse_config(["-d", database, "--log-level=critical"], setup_logging=True)
    registry = Registry(database)
    if accounts:
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            for settings in json.loads(accounts):
                connected(env, settings)._sync_soon()
        return
    from odoo.addons.concord_inbox.sync import engine

    runs = []
    run = engine.run

    def timed(account, progress=None):
        started = time.time()
        outcome = run(account, progress)
        if outcome:
            runs.append((account.id, started, time.time(), outcome.messages))
        return outcome

    engine.run = timed
    print("ready", flush=True)
    sys.stdin.readline()
    with registry.cursor() as cr:
        api.Environment(cr, SUPERUSER_ID, {})["inbox.account"]._cron_sync_slot()
    print(json.dumps(runs))


if __name__ == "__main__":
    main(*sys.argv[1:])
