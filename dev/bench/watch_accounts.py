"""`python -m dev.bench.watch_accounts DATABASE PORT USER...`: shared accounts on a server of this machine.

`python -m dev.bench.watch_accounts DATABASE --renew SECONDS`: watch them as `odoo inbox_watch` does, but begin IDLE
anew after SECONDS at the latest.
"""

import sys

import odoo.tools
from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry


def main(database: str, what: str, *arguments: str) -> None:
    """Make the accounts, or watch them until killed."""
    odoo.tools.config.parse_config(["-d", database, "--log-level=warn"], setup_logging=True)
    registry = Registry(database)
    if what == "--renew":
        _watch(database, float(arguments[0]))
        return
    with registry.cursor() as cr:
        _make(api.Environment(cr, SUPERUSER_ID, {}), int(what), arguments)


def _watch(database: str, renew_after: float) -> None:
    from odoo.addons.concord_inbox.adapters.imap import watching
    from odoo.addons.concord_inbox.sync.watch import Watcher

    watching.RENEW_AFTER = renew_after
    Watcher(database).run()


def _make(env, port: int, users: tuple[str, ...]) -> None:
    now = fields.Datetime.now()
    accounts = env["inbox.account"].create(
        [
            {
                "email": user,
                "account_type": "shared",
                "password": "secret",
                "imap_host": "127.0.0.1",
                "imap_port": port,
                "imap_encryption": "ssl",
                "allow_insecure_certificate": True,
            }
            for user in users
        ]
    )
    accounts.write({"state": "connected", "connected_at": now, "sync_since": now})
    env["inbox.folder"].create(
        [
            {"account_id": account.id, "name": path, "path": path, "role": role, "is_active": True}
            for account in accounts
            for path, role in (("INBOX", "inbox"), ("Sent", "sent"), ("Drafts", "drafts"), ("Clients", False))
        ]
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
