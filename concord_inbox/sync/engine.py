"""One run over one account: the folders, then what changed in each."""

import errno
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from psycopg2.errors import DiskFull

from ..adapters import open_adapter
from ..adapters.errors import AdapterError, AuthenticationError, CursorLostError, FolderGoneError, TemporaryError
from . import drafts, emptying, folder_lock, folders, identities, live, quarantine, recognise, unsent, upload, vanish
from .lease import Lease, LeaseLostError, in_transaction
from .pull import FolderPull, ahead
from .push import Push

_logger = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 60, 3600  # seconds until the next try after the first, and after many failures


@dataclass(slots=True)
class Outcome:
    """What a run did. `finished` is False when it stopped because its time was up, with more to do."""

    messages: int = 0
    finished: bool = True
    seconds: float = 0.0
    error: Exception | None = None


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
    version = folder_lock.version(account.env, account)
    try:
        _run(account, lease, outcome, progress)
        _finished(account, outcome, lease)
    except LeaseLostError:
        _logger.warning("Account %s was taken over by another process", account.id)
        outcome.finished = False
    except Exception as error:
        account.env.cr.rollback()
        if not lease.is_held():
            # What went wrong is that the account was disconnected or deleted meanwhile.
            _logger.info("Account %s was taken away during a run: %s", account.id, error)
            outcome.finished = False
        elif folder_lock.version(account.env, account) != version and not isinstance(error, TemporaryError):
            # A folder that this run was at has another name now, or is gone: the next one begins with a new listing.
            _logger.info("Account %s: the folders were changed during a run: %s", account.id, error)
            outcome.finished = False
            _finished(account, outcome, lease)
        else:
            if _is_disk_full(error):
                error = TemporaryError("disk_full")
            if not isinstance(error, (AdapterError, UserError)):
                _logger.exception("Account %s could not be synchronised", account.id)
            outcome.error = error
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

    settings = recognise.with_known(account, account._adapter_settings())
    env.cr.commit()  # no transaction while the network is waited for
    with open_adapter(account.connection_type, settings) as adapter:
        try:
            _offer_identities(account, adapter, commit)
            _pull_all(account, adapter, commit, outcome, progress)
            if vanish.newest_orphan(env, account):
                in_transaction(env, lambda: drafts.follow(env, account), commit)
            # An email that left one folder while we looked may have come into another that was looked at before.
            if seen := vanish.newest_orphan(env, account):
                env.cr.commit()
                # A folder that could not be looked at may hold it: then it waits for the next run.
                if _pull_all(account, adapter, commit, outcome, progress):
                    in_transaction(env, lambda: vanish.delete_orphans(env, account, seen), commit)
        except _TimeUp:
            outcome.finished = False


def _offer_identities(account, adapter, commit) -> None:
    """Before an account was ever synchronised: who it may send as, where the provider knows."""
    is_first = not account.last_sync
    account.env.cr.commit()
    if not is_first:
        return
    try:
        found = adapter.identities()
    except (TemporaryError, AuthenticationError):
        raise
    except AdapterError as error:
        _logger.info("Account %s: nobody tells whom it may send as: %s", account.id, error)
        return
    if found:
        in_transaction(account.env, lambda: identities.offer(account, found), commit)


def _follow_colors(account, adapter, commit) -> None:
    now = fields.Datetime.now()
    are_due = folders.colors_are_due(account, now)
    account.env.cr.commit()
    found = adapter.colors() if are_due else None
    if found is not None:
        in_transaction(account.env, lambda: folders.merge_colors(account, found, now), commit)


def _pull_all(account, adapter, commit, outcome: Outcome, progress) -> bool:
    """Look at all active folders; return whether all of them could be looked at."""
    complete = True
    env = account.env
    upload.try_again(env, account, commit)
    remotes = list_folders(account, adapter, commit)
    missing = [upload.SENT_NAME] if upload.lacks_sent_folder(env, account) else []
    missing += [drafts.NAME] if drafts.lack_folder(env, account) else []
    for name in missing:
        upload.make_folder(account, adapter, name)
    if missing:
        remotes = list_folders(account, adapter, commit)
    _follow_colors(account, adapter, commit)
    unsent.clear_up(account, adapter, commit)
    drafts.prepare(env, account, commit)
    push = _push(account, adapter, remotes, commit)
    told = push.run()
    if emptying.run(account, adapter, remotes, commit) or told:
        # What was listed before tells nothing of what was done since.
        remotes = list_folders(account, adapter, commit)
    active = {folder: remote for folder, remote in remotes.items() if folder.is_active and remote.selectable}
    retry, those_ahead = quarantine.folders_to_retry(env, account), ahead(env, account)
    for folder, remote in active.items():
        pull = FolderPull(folder, remote, adapter, commit, those_ahead[folder.id])
        try:
            if folder in retry:
                pull.retry_quarantined()
            for arrived in pull.pieces():
                outcome.messages += arrived
                # A click does not wait for the end of a long first synchronisation. All else is done in a moment, and
                # is better not told while folders are half looked at.
                if folder.remaining_count and push.is_due():
                    push.run()
                if progress and progress(arrived, sum(active_folder.remaining_count for active_folder in active)) <= 0:
                    raise _TimeUp
        except (FolderGoneError, CursorLostError) as error:
            # Deleted, or made anew, since the listing: the next run's listing will say so.
            _logger.info("Folder %s of account %s: %s", folder.id, account.id, error)
            env.cr.rollback()
            complete = False
    # What had to be found before it could be told, or be known as told.
    if complete and (late := _push(account, adapter, remotes, commit)).is_due():
        late.run()
    return complete


def _push(account, adapter, remotes: dict, commit) -> Push:
    return Push(account, adapter, {folder.id: remote for folder, remote in remotes.items()}, commit)


def list_folders(account, adapter, commit) -> dict:
    """Bring the account's folders in line with the server's; return folder record -> the server's folder."""
    env = account.env
    while True:
        env.cr.commit()
        version = folder_lock.version(env, account)
        env.cr.commit()
        listed = adapter.folders()
        if not any(remote.role == "inbox" for remote in listed):
            # There always is one (RFC 9051, 5.1): this server has lost its mail store for now, nothing is deleted here.
            raise TemporaryError("unavailable", server_text="no INBOX")

        def merge(listed=listed, version=version):
            folder_lock.check(env, account, version)
            return folders.merge(account, listed, adapter)

        try:
            return in_transaction(env, merge, commit)
        except folder_lock.OutdatedError:
            _logger.info("The folders of account %s were changed while they were listed", account.id)


def _finished(account, outcome: Outcome, lease: Lease) -> None:
    now = fields.Datetime.now()
    values = {"last_error": False, "failure_count": 0, "failing_since": False}
    if outcome.finished:
        values["last_sync"] = now
    wait = account._poll_seconds() if outcome.finished else 0

    def work():
        account._worked()
        _write(account, lease, values, wait)

    in_transaction(account.env, work)


def _failed(account, error: Exception, lease: Lease) -> None:
    """Write down what went wrong, and when to try again: the server's own wait wins."""
    if isinstance(error, (AdapterError, UserError)):
        _logger.info("Account %s: %s", account.id, error)
    if isinstance(error, AuthenticationError) and not lease.is_outdated():
        in_transaction(account.env, lambda: account._authentication_failed(error))
        return
    failures = account.failure_count + 1
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(failures - 1, 10)) * random.uniform(0.8, 1.2)  # noqa: S311 (jitter)
    if isinstance(error, TemporaryError) and error.retry_after:
        wait = error.retry_after

    def work():
        _write(account, lease, account._failed(error) | {"failure_count": failures}, wait)

    in_transaction(account.env, work)


def _write(account, lease: Lease, values: dict, wait: float) -> None:
    """Write `values`, and when the account is due again, unless somebody wants it sooner since the run began."""
    if not lease.is_outdated():
        values["next_sync"] = fields.Datetime.now() + timedelta(seconds=wait)
    is_first = values.get("last_sync") and not account.last_sync
    if is_first or bool(values.get("failure_count")) != bool(account.failure_count):
        # The first synchronisation is done; or the server cannot be reached, or can be again.
        live.tell(account.env, account.ids)
    account.write(values)


def _is_disk_full(error: Exception) -> bool:
    """Whether there was no room left for what was to be stored, in the filestore or in PostgreSQL."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return isinstance(error, DiskFull)
