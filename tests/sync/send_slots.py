"""`python -m tests.sync.send_slots DATABASE`: what one cron worker does for the sending; waits for a line before.

With a third argument, a list of settings as JSON, each with a number of `emails` besides: make these accounts, with so
many emails to be sent.
"""

import json
import sys
from datetime import timedelta

import odoo.tools
from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry

from .killed import connected


def main(database: str, accounts: str = "") -> None:
    odoo.tools.config.parse_config(["-d", database, "--log-level=critical"], setup_logging=True)
    registry = Registry(database)
    if accounts:
        from .sending import make_ready

        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            for number, settings in enumerate(json.loads(accounts)):
                emails = settings.pop("emails")
                account = connected(env, settings)
                # The accounts in their order: the first one has waited longest.
                then = fields.Datetime.now() - timedelta(minutes=10 - number)
                for email in range(emails):
                    message_id = f"<{number}-{email}@northlight.example>"
                    make_ready(env, account, f"N{email}", ("ada@x.example",), message_id=message_id, send_after=then)
        return
    print("ready", flush=True)
    sys.stdin.readline()
    with registry.cursor() as cr:
        api.Environment(cr, SUPERUSER_ID, {})["inbox.account"]._cron_send_slot()
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
