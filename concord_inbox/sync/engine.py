"""One run over one account: the folders, then what changed in each."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from odoo import fields

from ..adapters import open_adapter
from ..adapters.errors import AdapterError, AuthenticationError, CursorLostError, FolderGoneError, TemporaryError
from . import folders, quarantine, vanish
from .lease import Lease, LeaseLostError, in_transaction
from .pull import FolderPull
from .push import Push

_logger = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 60, 3600  # seconds until the next try after the first, and after many failures


@dataclass(slots=True)
class Outcome:
    """What a run did. `finished` is False when it stopped because its time was up, with more to do."""

    messages: int = 0
    finished: bool = True
    seconds: float = 0.0
    error: AdapterError | None = None


class _TimeUp(Exception):  # noqa: N818 (no error: the rest is done next time)
    """The cron's share of time is used up; everything so far is committed."""


def run(account, progress: Callable[[int, int], float] | None = None) -> Outcome | None:
    """Synchronise `account` (superuser's environment) once; commits as it goes.

    Errors of the server are written on the account and are not raised.

    :param progress: called with the number of emails just stored and still to come instead of a plain commit; it
        commits, and returns the seconds that are left.
    :return: None when another process is at this account.
    """
    lease = Lease(account)
    if not lease.take():
        return None
    started = time.monotonic()
    outcome = Outcome()
    try:
        _run(account, lease, outcome, progress)
        _finished(account, outcome, lease)
    except LeaseLostError:
        _logger.warning("Account %s was taken over by another process", account.id)
        outcome.finished = False
    except AdapterError as error:
        outcome.error = error
        account.env.cr.rollback()
        _failed(account, error, lease)
    except Exception as error:
        _logger.exception("Account %s could not be synchronised", account.id)
        outcome.error = error
        account.env.cr.rollback()
        _failed(account, error, lease)
    finally:
        lease.release()
    outcome.seconds = time.monotonic() - started
    return outcome


def _run(account, lease: Lease, outcome: Outcome, progress) -> None:
    env = account.env

    def commit():
        lease.renew()
        env.cr.commit()

    settings = account._adapter_settings()
    env.cr.commit()  # no transaction while the network is waited for
    with open_adapter(account.connection_type, settings) as adapter:
        try:
            _pull_all(account, adapter, commit, outcome, progress)
            # An email that left one folder while we looked may have come into another that was looked at before.
            if seen := vanish.newest_orphan(env, account):
                env.cr.commit()
                # A folder that could not be looked at may hold it: then it waits for the next run.
                if _pull_all(account, adapter, commit, outcome, progress):
                    in_transaction(env, lambda: vanish.delete_orphans(env, account, seen), commit)
        except _TimeUp:
            outcome.finished = False


def _pull_all(account, adapter, commit, outcome: Outcome, progress) -> bool:
    """Look at all active folders; return whether all of them could be looked at."""
    complete = True
    env = account.env
    remotes = _list(account, adapter, commit)
    if Push(account, adapter, {folder.id: remote for folder, remote in remotes.items()}, commit).run():
        # What was listed before tells nothing of what was done since.
        remotes = _list(account, adapter, commit)
    active = {folder: remote for folder, remote in remotes.items() if folder.is_active and remote.selectable}
    retry = quarantine.folders_to_retry(env, account)
    for folder, remote in active.items():
        pull = FolderPull(folder, remote, adapter, commit)
        try:
            if folder in retry:
                pull.retry_quarantined()
            for arrived in pull.pieces():
                outcome.messages += arrived
                if progress and progress(arrived, sum(active_folder.remaining_count for active_folder in active)) <= 0:
                    raise _TimeUp
        except (FolderGoneError, CursorLostError) as error:
            # Deleted, or made anew, since the listing: the next run's listing will say so.
            _logger.info("Folder %s of account %s: %s", folder.id, account.id, error)
            env.cr.rollback()
            complete = False
    return complete


def _list(account, adapter, commit) -> dict:
    account.env.cr.commit()
    listed = adapter.folders()
    if not any(remote.role == "inbox" for remote in listed):
        # There always is one (RFC 9051, 5.1): this server has lost its mail store for now, and nothing is deleted here.
        raise TemporaryError("unavailable", server_text="no INBOX")
    return in_transaction(account.env, lambda: folders.merge(account, listed), commit)


def _finished(account, outcome: Outcome, lease: Lease) -> None:
    now = fields.Datetime.now()
    values = {"last_error": False, "failure_count": 0}
    if outcome.finished:
        values["last_sync"] = now
    _write(account, lease, values, account._poll_seconds() if outcome.finished else 0)


def _failed(account, error: Exception, lease: Lease) -> None:
    """Write down what went wrong, and when to try again: the server's own wait wins."""
    if isinstance(error, AdapterError):
        _logger.info("Account %s: %s", account.id, error)
    if isinstance(error, AuthenticationError) and not lease.is_outdated():
        in_transaction(account.env, lambda: account._authentication_failed(error))
        return
    failures = account.failure_count + 1
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(failures - 1, 10)) * random.uniform(0.8, 1.2)  # noqa: S311 (jitter)
    if isinstance(error, TemporaryError) and error.retry_after:
        wait = error.retry_after
    _write(account, lease, {"last_error": account._explain(error), "failure_count": failures}, wait)


def _write(account, lease: Lease, values: dict, wait: float) -> None:
    """Write `values`, and when the account is due again, unless somebody wants it sooner since the run began."""

    def write():
        if not lease.is_outdated():
            values["next_sync"] = fields.Datetime.now() + timedelta(seconds=wait)
        account.write(values)

    in_transaction(account.env, write)
