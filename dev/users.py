"""Running servers that refuse root, or should not have it, as another user."""

import contextlib
import os
import pwd
from pathlib import Path


def substitute(*names: str) -> pwd.struct_passwd | None:
    """The first of the users `names` that exists, if this is root; None for others, who stay themselves.

    :raises KeyError: none of them exists.
    """
    if os.geteuid() != 0:
        return None
    for name in names:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise KeyError(" ".join(names))


def is_closed(folder: Path) -> bool:
    """Whether other users cannot get to `folder`, because it or one above may not be entered (such as root's home)."""
    return any(not path.stat().st_mode & 0o001 for path in (folder, *folder.parents))


def prefix(user: pwd.struct_passwd | None, folder: Path, *options: str) -> list[str]:
    """The words before a command that make it run as `user` (None: unchanged).

    :param folder: what the command works in; the right to get there is handed on if it needs to be.
    :param options: more options of setpriv.
    """
    if user:
        options += (f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
        if is_closed(folder):
            # Without the secure bit, access(2) would not count the capability.
            options += ("--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup")
    return ["setpriv", *options] if options else []
