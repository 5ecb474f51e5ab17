"""Keywords as flags of a folder (RFC 3501, 2.3.2)."""

from collections.abc import Iterable

from .session import Opened

SYSTEM_FLAGS = {
    "seen": b"\\Seen",
    "flagged": b"\\Flagged",
    "answered": b"\\Answered",
    "draft": b"\\Draft",
    "deleted": b"\\Deleted",
}
DELETED = b"\\Deleted"


def spelling(word: str, opened: Opened) -> bytes | None:
    """A keyword as this folder spells it; None if it does not keep it."""
    known = {flag.lstrip(b"\\").lower(): flag for flag in (*opened.flags, *(opened.permanent or ()))}
    try:
        name = word.encode("ascii")
    except UnicodeEncodeError:
        return None
    flag = SYSTEM_FLAGS.get(word) or known.get(name.lower(), name)
    if not is_flag(flag) or name == b"recent":
        return None
    if opened.permanent is None or is_listed(flag, opened.permanent):
        return flag
    return flag if b"\\*" in opened.permanent and not flag.startswith(b"\\") else None


def is_listed(flag: bytes, flags: Iterable[bytes]) -> bool:
    return flag.lower() in {each.lower() for each in flags}


def is_flag(flag: bytes) -> bool:
    """Whether it is an atom (RFC 3501, 9), with or without the backslash of system flags."""
    name = flag.removeprefix(b"\\")
    return bool(name) and all(32 < byte < 127 and byte not in b'(){%*"\\]' for byte in name)
