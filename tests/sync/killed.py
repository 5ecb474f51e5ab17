"""`python -m tests.sync.killed DATABASE SETTINGS KILLS SEED SECONDS`: synchronise, be killed, and again, to the end.

Loads Odoo once and forks: each child synchronises the account until it gets SIGKILL at a random moment. After `KILLS`
of them the last one is left to finish. Prints, as JSON, how many died at work, all that the database holds then, and
how long the last one took. `SECONDS`: how long an undisturbed one takes.
"""

import json
import os
import random
import signal
import sys
import time
import traceback

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.sql_db import close_all

#: A child lives at most this part of the time that an undisturbed one takes.
LONGEST = 0.06

CONTENT = """
    SELECT folder.path, copy.uid, copy.seen, copy.flagged, message.message_id, message.subject, message.is_read,
           message.is_starred, message.date::text, message.content_text, conversation.subject,
           conversation.message_count, conversation.unread_count,
           (SELECT string_agg(concat_ws(' ', participant.role, participant.email, partner.name), ','
                             ORDER BY participant.id)
              FROM inbox_participant participant LEFT JOIN res_partner partner ON partner.id = partner_id
             WHERE inbox_message_id = message.id),
           (SELECT string_agg(name || file_size, ',' ORDER BY name) FROM ir_attachment
             WHERE res_model = 'inbox.message' AND res_id = message.id),
           (SELECT count(*) FROM inbox_message_folder_rel WHERE message_id = message.id)
      FROM inbox_message_copy copy
      JOIN inbox_folder folder ON folder.id = copy.folder_id
      JOIN inbox_message message ON message.id = copy.inbox_message_id
      JOIN inbox_conversation conversation ON conversation.id = message.conversation_id
  ORDER BY folder.path, copy.uid
"""

COUNTS = """
    SELECT (SELECT count(*) FROM inbox_message), (SELECT count(*) FROM inbox_message_copy),
           (SELECT count(*) FROM inbox_quarantine), (SELECT count(*) FROM inbox_conversation),
           (SELECT count(*) FROM inbox_participant), (SELECT count(*) FROM res_partner),
           (SELECT count(*) FROM ir_attachment WHERE res_model = 'inbox.message'),
           (SELECT count(*) FROM inbox_message WHERE orphaned_at IS NOT NULL),
           (SELECT count(*) FROM inbox_folder WHERE attempt IS NOT NULL)
"""


def main(database: str, settings: str, kills: str, seed: str, seconds: str) -> None:
    odoo.tools.config.parse_config(["-d", database, "--log-level=critical"], setup_logging=True)
    registry = Registry(database)
    chance = random.Random(int(seed))
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        account = connected(env, json.loads(settings))
        cr.commit()
    died = 0
    for _number in range(int(kills)):
        child = _synchronise_in_child(database, account.id)
        time.sleep(chance.uniform(0.0, LONGEST * float(seconds)))
        os.kill(child, signal.SIGKILL)
        _pid, status = os.waitpid(child, 0)
        died += os.WIFSIGNALED(status)
    started = time.monotonic()
    _pid, status = os.waitpid(_synchronise_in_child(database, account.id), 0)
    seconds = time.monotonic() - started
    with registry.cursor() as cr:
        cr.execute("SELECT last_error FROM inbox_account")
        errors = cr.fetchall()
        cr.execute(CONTENT)
        content = cr.fetchall()
        cr.execute(COUNTS)
        counts = cr.fetchone()
    result = {"died": died, "status": status, "errors": errors, "counts": counts, "content": content}
    print(json.dumps(result | {"seconds": seconds}))


def connected(env, settings: dict):
    """An account with `settings`, connected.

    :param settings: values of the account, and of one that signs in ``sign_in``: what is typed at its provider.
    """
    settings = dict(settings)
    password = settings.pop("sign_in", None)
    account = env["inbox.account"].create(settings)
    from odoo.addons.concord_inbox.adapters import open_adapter
    from odoo.addons.concord_inbox.sync import folders

    if password:
        from tests.servers.browsing import sign_in

        url = env["inbox.sign.in"]._begin(account, "word of the session")
        account._come_back(account.connection_type, sign_in(url, account.email, password), "word of the session")
    # Connected without the test of both directions, as there is no SMTP server here.
    with open_adapter(account.connection_type, account._adapter_settings()) as adapter:
        folders.merge(account, adapter.check_incoming(), adapter)
    now = env.cr.now()
    account.write({"state": "connected", "connected_at": now, "sync_since": account._cut_off(now)})
    return account


def _synchronise_in_child(database: str, account_id: int) -> int:
    # A connection must not be shared over a fork.
    close_all()
    child = os.fork()
    if child:
        return child
    try:
        with Registry(database).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["inbox.account"].browse(account_id)._sync()
            cr.commit()
    except BaseException:  # noqa: BLE001 (a child must never come back into the parent's code)
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
