"""The folders of an account, brought in line with what the server lists."""

from ..adapters.base import RemoteFolder
from . import vanish


def merge(account, listed: list[RemoteFolder]) -> dict:
    """Create, change and remove the folders of `account`; the caller commits.

    What lay in a folder that is gone loses its copies there; an email without any copy left is dealt with at the end of
    the run, since it may have moved.

    :return: folder record -> the server's folder, in the order in which to synchronise.
    """
    env = account.env
    no_folder = env["inbox.folder"]
    existing = {folder.path: folder for folder in account.folder_ids}
    new = []
    for remote in listed:
        values = {"name": remote.name, "role": remote.role or False, "is_selectable": remote.selectable}
        if folder := existing.get(remote.path):
            if changes := {name: value for name, value in values.items() if folder[name] != value}:
                folder.write(changes)
        else:
            new.append({**values, "account_id": account.id, "path": remote.path})
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

    pairs = {existing[remote.path]: remote for remote in listed}
    return dict(sorted(pairs.items(), key=lambda pair: (pair[0].sequence, pair[0].path)))
