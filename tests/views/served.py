"""`python -m tests.views.served DATABASE SETTINGS...`: users and accounts for a server that runs apart from the tests.

Each of SETTINGS (JSON) becomes an account, connected and synchronised; `login` names the user whose personal one it is.
Prints the accounts' ids as JSON.
"""

import json
import sys

import odoo.tools
from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import Registry

from tests.sync.killed import connected

#: login (and password) -> the group of the inbox
USERS = {
    "shared": "concord_inbox.group_shared_inbox",
    "other": "concord_inbox.group_shared_inbox",
    "personal": "concord_inbox.group_inbox_user",
}


def main(database: str, *settings: str) -> None:
    odoo.tools.config.parse_config(["-d", database, "--log-level=critical"], setup_logging=True)
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        users = {
            login: env["res.users"].create(
                {"name": login, "login": login, "password": login, "group_ids": [Command.link(env.ref(group).id)]}
            )
            for login, group in USERS.items()
        }
        accounts = []
        for each in map(json.loads, settings):
            login = each.pop("login", None)
            accounts.append(connected(env, each | ({"user_id": users[login].id} if login else {})))
            accounts[-1].folder_ids.filtered("is_selectable").is_active = True
        cr.commit()
        for account in accounts:
            account._sync()
        print(json.dumps([account.id for account in accounts]))


if __name__ == "__main__":
    main(*sys.argv[1:])
