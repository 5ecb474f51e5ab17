"""`python -m tests.sync.forked DATABASE`: an Odoo that does what it reads, line by line as JSON, and answers so.

Loads Odoo once. A run of the sync is a forked child, which may be killed at any moment; everything else commits for
good in the process itself. The operations are the functions in `OPERATIONS`; `forked_odoo.Odoo` speaks to it.
"""

import json
import os
import random
import sys
import time
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
    """Make an account, connect it, follow all of its folders but those that `settings` leave alone; its id."""
    with _environment(database) as env:
        # Nobody waits for the time to take an email back.
        env["ir.config_parameter"].set_param("concord_inbox.undo_send_seconds", "0")
        left_alone = settings.pop("leave_alone", ())
        account = connected(env, settings)
        account.folder_ids.filtered("is_selectable").is_active = True
        account.folder_ids.filtered(lambda folder: folder.path in left_alone).is_active = False
        return account.id


def introduce(database: str, kind: str, variable: str, url: str, client_id: str, client_secret: str) -> str:
    """Have accounts of this kind sign in at a stand-in, and nobody wait; the address that sign-ins come back to."""
    from odoo.addons.concord_inbox.adapters.gmail import batching, pacing
    from odoo.addons.concord_inbox.adapters.outlook import batch
    from odoo.addons.concord_inbox.sync import saved

    os.environ[variable] = url
    for module in (batching, pacing, batch):
        module.time = _Hasty
    saved.LOOKS = (0,)
    with _environment(database) as env:
        clients = env["inbox.provider.client"]
        clients._set_up(kind, client_id=client_id, client_secret=client_secret)
        return clients._redirect_uri(kind)


class _Hasty:
    """Stands in for the module `time` where adapters wait."""

    time, monotonic = time.time, time.monotonic

    @staticmethod
    def sleep(_seconds: float) -> None:
        """Nobody waits."""


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


def write(database: str, account: int, subject: str, recipient: str, size: int = 0) -> str | None:
    """Write an email and press Send; its Message-ID, None when it could not be done.

    :param size: bytes of a file that goes with it.
    """
    with _environment(database) as env:
        emails = env["inbox.message"]
        values = {"account_id": account, "to": [recipient], "subject": subject, "body": "<p>Hi"}
        try:
            # Two requests, as in the browser.
            draft = retrying(lambda: emails.compose_begin(values)["id"], env)
            if size:
                file = env["ir.attachment"].create({"name": "Plans.pdf", "raw": random.randbytes(size)})
                emails.compose_attach_from_record(draft, file.ids)
            env.cr.commit()
            retrying(lambda: emails.compose_send(draft), env)
        except UserError:
            env.cr.rollback()
            return None
        return emails.browse(draft).message_id


def draft(database: str, account: int, subject: str, recipient: str) -> int:
    """Write on an email, and close its window; its id."""
    with _environment(database) as env:
        emails = env["inbox.message"]
        values = {"account_id": account, "to": [recipient], "subject": subject}
        begun = retrying(lambda: emails.compose_begin(values), env)
        env.cr.commit()
        _save(env, begun["id"], "First words")
        return begun["id"]


def edit_draft(database: str, draft: int, words: str) -> bool:
    """Write something else; whether it could be done."""
    return _at_draft(database, draft, lambda env: _save(env, draft, words))


def discard_draft(database: str, draft: int) -> bool:
    """Throw a draft away; whether it could be done."""
    return _at_draft(database, draft, lambda env: env["inbox.message"].compose_discard(draft))


def send_draft(database: str, draft: int) -> str | None:
    """Press Send; the Message-ID, None when it could not be done."""
    return _at_draft(
        database,
        draft,
        lambda env: env["inbox.message"].compose_send(draft) and env["inbox.message"].browse(draft).message_id,
    )


def _save(env, draft: int, words: str) -> bool:
    emails = env["inbox.message"]
    emails.compose_save(draft, {"body": f"<p>{words}</p>"}, emails.compose_open(draft)["version"])
    emails.compose_close(draft)
    return True


def _at_draft(database: str, draft: int, work):
    with _environment(database) as env:
        try:
            return retrying(lambda: work(env), env)
        except UserError:
            env.cr.rollback()
            return None


def start(database: str, account: int, work: str = "sync") -> int:
    """Begin to send what waits, and then a run of the sync (or, if `work` says so, ``repair``), in a child; its process
    id."""
    # A connection must not be shared over a fork.
    close_all()
    child = os.fork()
    if child:
        return child
    status = UNEXPECTED
    try:
        error = {"sync": _synchronise, "repair": _repair}[work](database, account)
        status = _status(error)
        if error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
    except BaseException:  # noqa: BLE001 (a child must never come back into the parent's code)
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _synchronise(database: str, account: int) -> Exception | None:
    from odoo.addons.concord_inbox.sync import send

    with _environment(database) as env:
        record = env["inbox.account"].browse(account)
        # A process that was killed a moment ago may still be seen to hold the account.
        while send.run(record) is None:
            time.sleep(0.05)
        [outcome] = record._sync().values()
        return outcome.error


def _repair(database: str, account: int) -> Exception | None:
    from odoo.addons.concord_inbox.adapters.errors import AdapterError
    from odoo.addons.concord_inbox.sync import repair

    with _environment(database) as env:
        try:
            while not (repaired := repair.run(env["inbox.account"].browse(account))):
                time.sleep(0.05)
        except AdapterError as error:
            return error
        return None if repaired.left.is_same else AssertionError(str(repaired.left))


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
    function.__name__: function
    for function in (
        *(connect, introduce, act, change_folder, write, draft, edit_draft, discard_draft, send_draft),
        *(start, finish, verify, reconnect),
    )
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
