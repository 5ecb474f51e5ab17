"""`python -m tests.sync.watched DATABASE SETTINGS...`: connect an account with each of these settings (JSON)."""

import json
import sys

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from .killed import connected


def main(database: str, *settings: str) -> None:
    odoo.tools.config.parse_config(["-d", database, "--log-level=critical"], setup_logging=True)
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        print(json.dumps([connected(env, json.loads(each)).id for each in settings]))


if __name__ == "__main__":
    main(*sys.argv[1:])
