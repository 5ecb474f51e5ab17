"""The trash and the spam folder emptied of what was never brought here: emails from before the account was connected.

What the database holds goes the way of every deletion, see push.py. The wish for the rest is `inbox.folder.emptying`:
the user, and the folder's cursor at the moment of the click, since what comes into the folder afterwards is not meant.
"""

from collections.abc import Callable

from odoo.tools import SQL

from ..adapters.base import Adapter, RemoteId
from ..adapters.errors import AdapterError, AuthenticationError, ChangeRefusedError, TemporaryError
from . import remote_ids, vanish
from .lease import in_transaction

#: Emails deleted between two commits, which renew the lease.
BATCH = 5000


def run(account, adapter: Adapter, remotes: dict, commit: Callable[[], None]) -> bool:
    """Do what users wished; return whether there was anything to do.

    :param remotes: folder record -> the server's folder.
    """
    wished = [folder for folder in remotes if folder.emptying]
    for folder in wished:
        _empty(account, adapter, folder, remotes[folder], commit)
    return bool(wished)


def _empty(account, adapter: Adapter, folder, remote, commit) -> None:
    env = account.env
    wish = folder.emptying
    wanted_here = _ids_wanted(env, folder)
    env.cr.commit()  # no transaction while the network is waited for
    refused = None
    try:
        held = adapter.held(remote, wish["cursor"])
        ids = sorted(held.ids - wanted_here)
        for start in range(0, len(ids), BATCH):
            removed = adapter.delete(remote, held.cursor, ids[start : start + BATCH])
            in_transaction(env, lambda gone=removed.gone | removed.left: vanish.copies(env, folder, ids=gone), commit)
            if removed.refused:
                refused = ChangeRefusedError("refused", path=remote.path, server_text=removed.server_text)
    except (TemporaryError, AuthenticationError):
        raise
    except AdapterError as error:
        env.cr.rollback()
        refused = error

    def finish():
        folder.emptying = False
        if refused:
            account._tell_not_emptied(folder, env["res.users"].browse(wish["user"]).exists(), refused)

    in_transaction(env, finish, commit)


def _ids_wanted(env, folder) -> set[RemoteId]:
    """The copies of emails that shall be in the folder: the user put them back since, or the server does not let go."""
    rows = env.execute_query(
        SQL(
            """SELECT copy.%s FROM inbox_message_copy copy
                 JOIN inbox_message_folder_rel rel
                   ON rel.message_id = copy.inbox_message_id AND rel.folder_id = copy.folder_id
                WHERE copy.folder_id = %s""",
            remote_ids.kind_of(folder.account_id).column,
            folder.id,
        )
    )
    return {remote_id for (remote_id,) in rows}
