"""Drafts that attempts to send left in the mailbox, where sending goes by way of one (`Adapter.leaves_drafts`).

The next attempt takes away what the one before left. But there may be none: the user takes the email back, which then
goes on as a draft with another Message-ID, or throws it away. What was left would come here as a draft that nobody
wrote, with words that somebody took back. So each attempt is remembered until it is known that nothing is left of it.
"""

import logging

from odoo.tools import SQL

from ..adapters.base import Adapter
from ..adapters.errors import AdapterError, AuthenticationError, TemporaryError
from . import rows, send_lock
from .lease import in_transaction
from .states import WAITING

_logger = logging.getLogger(__name__)


def remember(account, message_id: str) -> None:
    """That an attempt with this Message-ID is about to be made; the caller commits."""
    rows.insert(
        account.env.cr, "inbox_unsent", ("account_id", "message_id"), [(account.id, message_id)], unless_exists=True
    )


def forget(account, message_id: str) -> None:
    """That nothing is left of the attempts with this Message-ID; the caller commits."""
    account.env.cr.execute(
        SQL("DELETE FROM inbox_unsent WHERE account_id = %s AND message_id = %s", account.id, message_id)
    )


def clear_up(account, adapter: Adapter, commit) -> None:
    """Take away what is left of attempts after which there will be no other one; commits.

    :param commit: renews the lease and commits.
    :raises TemporaryError, AuthenticationError:
    """
    if not (adapter.leaves_drafts and _left(account)):
        return
    # Under the same Message-ID it may be about to be sent once more: not before this is done, nor while it is.
    with send_lock.held(account) as is_ours:
        for message_id in _left(account) if is_ours else ():
            try:
                adapter.forget_unsent(message_id)
            except (TemporaryError, AuthenticationError):
                raise
            except AdapterError as error:
                # It stays among the drafts, where whoever wrote it may delete it.
                _logger.info("Account %s: what was not sent stays among the drafts: %s", account.id, error)
            in_transaction(account.env, lambda name=message_id: forget(account, name), commit)


def _left(account) -> list[str]:
    """The Message-IDs; ends the transaction."""
    found = account.env.execute_query(
        SQL(
            """SELECT unsent.message_id FROM inbox_unsent unsent
                WHERE unsent.account_id = %s
                  AND NOT EXISTS (SELECT FROM inbox_message message
                                   WHERE message.account_id = unsent.account_id
                                     AND message.message_id = unsent.message_id AND message.state IN %s)
             ORDER BY unsent.id""",
            account.id,
            WAITING,
        )
    )
    account.env.cr.commit()
    return [message_id for (message_id,) in found]
