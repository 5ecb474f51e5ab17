"""`python -m tests.sync.forked DATABASE`: an Odoo that does what it reads, line by line as JSON, and answers so.

Loads Odoo once. A run of the sync is a forked child, which may be killed at any moment; everything else commits for
good in the process itself. The operations are the functions in `OPERATIONS`; `forked_odoo.Odoo` speaks to it.
"""

import json
import os
import sys
import traceback

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.sql_db import close_all

from .killed import connected

#: Exit statuses of a run: it went well, the server was in trouble, something else went wrong.
WELL, SERVER_IN_TROUBLE, UNEXPECTED = 0, 10, 11


def connect(database: str, settings: dict) -> int:
    """Make an account, connect it, follow all of its folders; its id."""
    with _environment(database) as env:
        # Nobody waits for the time to take an email back.
        env["ir.config_parameter"].set_param("concord_inbox.undo_send_seconds", "0")
        account = connected(env, settings)
        account.folder_ids.filtered("is_selectable").is_active = True
        return account.id


def act(database: str, method: str, messages: list[int], folder: int | None = None) -> bool:
    """Do what a button does; whether it could be done."""
    with _environment(database) as env:
        records = env["inbox.message"].browse(messages)
        arguments = [env["inbox.folder"].browse(folder)] if folder else []
        try:
            # As Odoo does it for a click: again when another transaction was in the way.
            retrying(lambda: getattr(records, method)(*arguments), env)
        except UserError:
            env.cr.rollback()
            return False
        return True


def change_folder(database: str, account: int, path: str, what: str, name: str = "", to_trash: bool = True) -> bool:
    """Create, rename or delete a folder as its windows do; whether it could be done."""
    with _environment(database) as env:
        account = env["inbox.account"].browse(account)
        folder = account.folder_ids.filtered(lambda one: one.path == path)
        calls = {
            "create": lambda: account._create_folder(path),
            "rename": lambda: folder._rename(name),
            "delete": lambda: folder._delete(to_trash),
        }
        try:
            retrying(calls[what], env)
        except UserError:
            env.cr.rollback()
            return False
        return True


def write(database: str, account: int, subject: str, recipient: str) -> str | None:
    """Write an email and press Send; its Message-ID, None when it could not be done."""
    with _environment(database) as env:
        emails = env["inbox.message"]
        values = {"account_id": account, "to": [recipient], "subject": subject, "body": "<p>Hi"}
        try:
            # Two requests, as in the browser.
            draft = retrying(lambda: emails.compose_begin(values)["id"], env)
            env.cr.commit()
            retrying(lambda: emails.compose_send(draft), env)
        except UserError:
            env.cr.rollback()
            return None
        return emails.browse(draft).message_id


def start(database: str, account: int) -> int:
    """Begin to send what waits, and then a run of the sync, in a child; its process id."""
    # A connection must not be shared over a fork.
    close_all()
    child = os.fork()
    if child:
        return child
    status = UNEXPECTED
    try:
        from odoo.addons.concord_inbox.sync import send

        with Registry(database).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            send.run(env["inbox.account"].browse(account))
            [outcome] = env["inbox.account"].browse(account)._sync().values()
            cr.commit()
        status = _status(outcome.error)
        if outcome.error:
            print(f"{type(outcome.error).__name__}: {outcome.error}", file=sys.stderr)
    except BaseException:  # noqa: BLE001 (a child must never come back into the parent's code)
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _status(error: Exception | None) -> int:
    from odoo.addons.concord_inbox.adapters.errors import AdapterError

    if isinstance(error, AdapterError):
        return SERVER_IN_TROUBLE
    return UNEXPECTED if error else WELL


def finish(_database: str, child: int) -> int:
    """Wait for a child; its exit status, or minus the signal that killed it."""
    _pid, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def verify(database: str, account: int) -> list[str]:
    """The differences that `inbox_verify` finds."""
    from odoo.addons.concord_inbox.sync import verify as comparison

    with _environment(database) as env:
        report = comparison.compare(env["inbox.account"].browse(account))
        quarantined = [str(folder) for folder in report.folders if folder.quarantined]
        return quarantined if report.is_same else [str(report)]


def reconnect(_database: str) -> None:
    """Forget the connections to a database that was restarted."""
    close_all()


class _environment:  # noqa: N801 (used like a function)
    """An environment whose work is committed in the end."""

    def __init__(self, database: str):
        self._cursor = Registry(database).cursor()

    def __enter__(self):
        return api.Environment(self._cursor, SUPERUSER_ID, {})

    def __exit__(self, kind, *_rest):
        try:
            if not kind:
                self._cursor.commit()
        finally:
            self._cursor.close()


OPERATIONS = {
    function.__name__: function for function in (connect, act, change_folder, write, start, finish, verify, reconnect)
}


def main(database: str) -> None:
    odoo.tools.config.parse_config(["-d", database, "--log-level=critical"], setup_logging=True)
    Registry(database)
    from odoo.addons.concord_inbox.sync import alarm

    # There are no cron workers to be woken, and a thread that is about to do so while this process forks leaves its
    # locks taken in the child for ever.
    alarm.ring = lambda *_arguments: None
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    print(json.dumps("ready"), file=answers)
    for line in sys.stdin:
        name, arguments = json.loads(line)
        print(json.dumps(OPERATIONS[name](database, **arguments)), file=answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
