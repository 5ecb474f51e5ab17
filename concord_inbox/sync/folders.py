"""The folders of an account, brought in line with what the server lists."""

from datetime import datetime, timedelta

from ..adapters.base import Adapter, RemoteFolder
from . import live, vanish

#: Roles of folders that mostly show what lies elsewhere (RFC 6154): what is removed there may be removed everywhere.
VIEWS = ("all", "flagged")
#: Colours cost requests of their own, and are changed rarely.
COLORS_EVERY = timedelta(hours=1)


def colors_are_due(account, now: datetime) -> bool:
    """Whether to ask for the colours of the folders again."""
    return not account.colors_asked_at or account.colors_asked_at < now - COLORS_EVERY


def merge_colors(account, found: dict[str, str], now: datetime) -> None:
    """Give the folders the colours that they have on the server; the caller commits.

    :param found: path -> colour.
    """
    account.colors_asked_at = now
    for folder in account.folder_ids:
        color = found.get(folder.path, False)
        if folder.color != color:
            folder.color = color
            live.tell(account.env, account.ids)


def merge(account, listed: list[RemoteFolder], adapter: Adapter) -> dict:
    """Create, change and remove the folders of `account`; the caller commits.

    A folder that was renamed keeps its record, with its emails and the user's choice whether it is followed. What lay
    in a folder that is gone loses its copies there; an email without any copy left is dealt with at the end of the run,
    since it may have moved.

    :return: folder record -> the server's folder, in the order in which to synchronise.
    """
    env = account.env
    no_folder = env["inbox.folder"]
    _follow_renames(account, listed, adapter)
    existing = {folder.path: folder for folder in account.folder_ids}
    held_roles = no_folder._held_roles(account)
    new = []
    for remote in listed:
        values = {
            "name": remote.name,
            "role": remote.role or False,
            "is_selectable": remote.selectable,
        }
        if remote.role in held_roles:
            values["role"] = False
        if folder := existing.get(remote.path):
            if folder.is_role_manual:
                del values["role"]
            _count_unseen(folder, remote)
            if changes := {name: value for name, value in values.items() if folder[name] != value}:
                folder.write(changes)
                live.tell(env, account.ids)
        else:
            new.append({**values, "account_id": account.id, "path": remote.path, "total_count": remote.total or 0})
    created = no_folder.create(new)
    existing.update({folder.path: folder for folder in created})

    paths = {remote.path for remote in listed}
    gone = no_folder.union(*[folder for path, folder in existing.items() if path not in paths])
    if gone:
        vanish.all_copies(env, gone)
        gone.unlink()
    for remote in listed:
        parent = existing[remote.parent_path] if remote.parent_path else no_folder
        if existing[remote.path].parent_id != parent:
            existing[remote.path].parent_id = parent
    for folder in created:
        folder.is_active = folder._default_is_active()
    if created or gone:
        live.tell(env, account.ids)

    pairs = {existing[remote.path]: remote for remote in listed}
    return dict(sorted(pairs.items(), key=lambda pair: (pair[0].sequence, pair[0].path)))


def _count_unseen(folder, remote: RemoteFolder) -> None:
    """Of a folder that no run looks at, only the listing tells how much is in it."""
    if remote.total is not None and not folder.cursor and folder.total_count != remote.total:
        folder.total_count = remote.total


def _follow_renames(account, listed: list[RemoteFolder], adapter: Adapter) -> None:
    """Give folders that are listed under another path now that path, when it is clear which is which.

    To be wrong would cost the user's choice whether a folder is followed and nothing else: the adapter compares what
    the ids mean before it goes on from a cursor.
    """
    paths, known = {remote.path for remote in listed}, set(account.folder_ids.mapped("path"))
    gone = [folder for folder in account.folder_ids if folder.path not in paths]
    new = [remote for remote in listed if remote.path not in known]

    def take(folder, remote):
        folder.write({"path": remote.path, "name": remote.name})
        gone.remove(folder)
        new.remove(remote)

    # Folders made in the same second may be alike; those below a renamed one keep their names, which tells them apart.
    for by_name in (True, False):

        def fits(folder, remote, by_name=by_name):
            return (not by_name or folder.name == remote.name) and _could_be(folder, remote, adapter)

        for remote in list(new):
            candidates = [folder for folder in gone if fits(folder, remote)]
            if len(candidates) == 1 and [fits(candidates[0], other) for other in new].count(True) == 1:
                take(candidates[0], remote)
    # Some servers give the ids of a renamed folder another meaning.
    if len(gone) == len(new) == 1:
        folder, remote = gone[0], new[0]
        if folder.name == remote.name or (folder.parent_id.path or None) == remote.parent_path:
            take(folder, remote)


def _could_be(folder, remote: RemoteFolder, adapter: Adapter) -> bool:
    if folder.is_selectable != remote.selectable:
        return False
    if folder.cursor:
        return adapter.could_be(remote, folder.cursor)
    # Nothing but its name tells a folder that was never looked at from others.
    return folder.name == remote.name and (folder.is_role_manual or (remote.role or False) == folder.role)
