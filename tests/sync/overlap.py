"""`python -m tests.sync.overlap DATABASE`: an email is stored while its contact is changed, neither seeing the other.

Both transactions begin before either commits. Prints, as JSON, whether the email is linked in the end, for each order.
"""

import json
import sys

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from .common import USER, email


def main(database: str) -> None:
    odoo.tools.config.parse_config(["-d", database, "--log-level=critical"], setup_logging=True)
    registry = Registry(database)
    outcomes = {}
    for what in ("the contact appears", "the address goes"):
        for first in ("email", "contact"):
            address = f"person{len(outcomes)}@overlap.example"
            outcomes[f"{what}, the {first} is committed first"] = _overlap(registry, address, what, first)
    print(json.dumps(outcomes))


def _overlap(registry, address: str, what: str, first: str) -> bool:
    appears = what == "the contact appears"
    if not appears:
        with registry.cursor() as cr:
            _environment(cr)["res.partner"].create({"name": address, "email": address})
    with registry.cursor() as storing, registry.cursor() as changing:
        for cr in (storing, changing):
            # From here on each sees the database as it is now.
            cr.execute("SELECT FROM res_partner LIMIT 1")
        steps = [
            lambda: _store(_environment(storing), address),
            lambda: _change(_environment(changing), address, appears),
        ]
        for step in steps if first == "email" else reversed(steps):
            step()
    with registry.cursor() as cr:
        env = _environment(cr)
        env["inbox.relink"]._cron_relink()
        return bool(env["inbox.participant"].search([("email_normalized", "=", address)]).partner_id)


def _environment(cr):
    return api.Environment(cr, SUPERUSER_ID, {})


def _store(env, address: str) -> None:
    """What sync/pull.py does with an email that arrived, in its two transactions."""
    from odoo.addons.concord_inbox import mime
    from odoo.addons.concord_inbox.sync import links, store

    account = env["inbox.account"].search([], limit=1)
    conversation = env["inbox.conversation"].create({"account_id": account.id})
    message = env["inbox.message"].create({"account_id": account.id, "conversation_id": conversation.id})
    store.add_participants(env, account, [mime.parse(email(sender=address, to=USER))], message.ids)
    env.cr.commit()
    links.relink_emails(env, message.ids)
    env.cr.commit()


def _change(env, address: str, appears: bool) -> None:
    if appears:
        env["res.partner"].create({"name": address, "email": address})
    else:
        env["res.partner"].search([("email_normalized", "=", address)]).email = f"other-{address}"
    env.cr.commit()


if __name__ == "__main__":
    main(*sys.argv[1:])
