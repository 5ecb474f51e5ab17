"""`python -m tests.sync.sending_killed DATABASE SETTINGS KILLS SEED`: send emails, and be killed while doing so.

Loads Odoo once and forks: for each of `KILLS` emails a child sends it and puts its copy into Sent, until SIGKILL comes
at a random moment; then others go on until nothing is left to do. Prints, as JSON: how many died at work, and of each
email its Message-ID, its state, whether it is doubtful, and how many copies in Sent the database knows.
"""

import json
import os
import random
import signal
import sys
import time
import traceback
from datetime import timedelta

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.sql_db import close_all

from .killed import connected

OUTCOME = """
    SELECT message_id, state, coalesce(is_doubtful, false), sending_since IS NULL,
           (SELECT count(*) FROM inbox_message_copy copy JOIN inbox_folder folder ON folder.id = folder_id
             WHERE inbox_message_id = message.id AND folder.role = 'sent')
      FROM inbox_message message WHERE direction = 'out' ORDER BY id
"""


def main(database: str, settings: str, kills: str, seed: str) -> None:
    odoo.tools.config.parse_config(["-d", database, "--log-level=critical"], setup_logging=True)
    registry = Registry(database)
    chance = random.Random(int(seed))
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        account = connected(env, json.loads(settings))
        account.folder_ids.filtered("is_selectable").is_active = True
        account_id = account.id
    _finish(_start(database, account_id))
    # How long an undisturbed one takes.
    _queue(registry, account_id, "undisturbed")
    started = time.monotonic()
    _finish(_start(database, account_id))
    whole = time.monotonic() - started
    died = 0
    for number in range(int(kills)):
        _queue(registry, account_id, f"killed{number}")
        child = _start(database, account_id)
        time.sleep(chance.uniform(0.0, whole))
        os.kill(child, signal.SIGKILL)
        died += os.WIFSIGNALED(_finish(child))
        if chance.random() < 0.5:
            _finish(_start(database, account_id))
    for _time in range(3):
        _finish(_start(database, account_id))
    with registry.cursor() as cr:
        cr.execute(OUTCOME)
        print(json.dumps({"died": died, "seconds": whole, "emails": cr.fetchall()}))


def _queue(registry: Registry, account_id: int, name: str) -> None:
    from .sending import make_ready

    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        account = env["inbox.account"].browse(account_id)
        make_ready(env, account, name, ("ada@customer.example",), message_id=f"<{name}@northlight.example>")


def _start(database: str, account_id: int) -> int:
    # A connection must not be shared over a fork.
    close_all()
    child = os.fork()
    if child:
        return child
    try:
        from odoo.addons.concord_inbox.sync import send

        # The server of this test saves what it sends before it answers: nothing comes later.
        send.SAVED_WITHIN = timedelta(0)
        # Nor is one that was killed twice waited with.
        send.FIRST_WAIT = 0
        with Registry(database).cursor() as cr:
            account = api.Environment(cr, SUPERUSER_ID, {})["inbox.account"].browse(account_id)
            # A process that died a moment ago may still be seen to hold the account.
            while send.run(account) is None:
                time.sleep(0.05)
            account._sync()
            cr.commit()
    except BaseException:  # noqa: BLE001 (a child must never come back into the parent's code)
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _finish(child: int) -> int:
    _pid, status = os.waitpid(child, 0)
    return status


if __name__ == "__main__":
    main(*sys.argv[1:])
