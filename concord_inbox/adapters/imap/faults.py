"""What went wrong, in the words of `adapters.errors`.

Servers agree on response codes (RFC 5530) less than one would wish, hence the look at their English. What cannot be
told is held for temporary rather than for final: waiting costs nothing, switching an account off or forgetting a folder
does.
"""

import re

from ..errors import (
    AdapterError,
    AuthenticationError,
    ChangeRefusedError,
    EncryptionError,
    FolderGoneError,
    QuotaError,
    TemporaryError,
    ThrottledError,
)
from .wire import Answer

_THROTTLED = re.compile(
    r"throttl|rate.?limit|bandwidth limit|command limit|slow down|back.?off"
    r"|too many (?!simultaneous|connections|open)(requests|commands|log[io]|attempts|failed|bad|auth|invalid)",
    re.IGNORECASE,
)
_OVER_LIMIT = re.compile(r"too many (simultaneous |open )?(imap )?(connections|sessions)|number of connections", re.I)
_PASSING = re.compile(
    r"temporar|try (again|later)|again later|server (is )?(too )?busy|not connected"
    r"|service (is )?unavailable|unable to lock|timed? ?out|shutting down|maintenance",
    re.IGNORECASE,
)
_WAIT = re.compile(r"back.?off time:?\s*(\d+)\s*(milliseconds|msec|ms|seconds|sec|s)?", re.IGNORECASE)
_APP_PASSWORD = re.compile(r"app(lication)?[- ]?(specific|generated)?[- ]?password", re.IGNORECASE)
_DISABLED = re.compile(
    r"(account|user|mailbox|access|imap|login)\b.{0,40}\b(disabled|suspended|locked|blocked|inactive|deactivated)"
    r"|not enabled|basicauthblocked",
    re.IGNORECASE,
)
_UNSUPPORTED = re.compile(
    r"unsupported|not supported|unknown (command|mechanism)|mechanism|unrecognized", re.IGNORECASE
)
_GONE = re.compile(
    r"(does ?n.t|does not|not) exist|non.?exist|no such|not found|unknown (mailbox|folder)|no mailbox|invalid mailbox",
    re.IGNORECASE,
)
_NO_ACCESS = re.compile(r"permission|denied|not allowed|no access|not accessible|not selectable|noselect|acl", re.I)
_FOLDER = re.compile(r"mailbox|folder|trycreate", re.IGNORECASE)
_EXISTS = re.compile(r"already exist|exists already|mailbox exists|folder exists|duplicate folder", re.IGNORECASE)
_FULL = re.compile(r"quota|mailbox.{0,20}\bfull\b|not enough (disk )?space|no space left", re.IGNORECASE)
_TOO_LARGE = re.compile(r"too (large|big)|(size|message).{0,30}(exceed|limit)|exceed.{0,30}\bsize\b", re.IGNORECASE)

_PASSING_CODES = {
    "UNAVAILABLE": "unavailable",
    "INUSE": "in_use",
    "LIMIT": "over_limit",
}
_LOGIN_CODES = {
    "AUTHENTICATIONFAILED": "refused",
    "AUTHORIZATIONFAILED": "refused",
    "EXPIRED": "expired",
    "CONTACTADMIN": "account_disabled",
}


class RefusedError(Exception):
    """NO or BAD for a reason that only the command's caller can judge. Stays within this package."""

    def __init__(self, answer: Answer):
        super().__init__(answer.text)
        self.answer = answer

    @property
    def text(self) -> str:
        code = self.answer.code
        return f"[{code}] {self.answer.text}" if code else self.answer.text


def passing(code: str, text: str, **details) -> TemporaryError | None:
    """The error for what time heals, None for everything else."""
    if code == "THROTTLED" or _THROTTLED.search(text):
        return ThrottledError("throttled", retry_after=_retry_after(text), server_text=text, **details)
    if code in _PASSING_CODES:
        return TemporaryError(_PASSING_CODES[code], server_text=text, **details)
    if _OVER_LIMIT.search(text):
        return TemporaryError("over_limit", server_text=text, **details)
    if not code and _PASSING.search(text):
        return TemporaryError("unavailable", server_text=text, **details)
    return None


def bye(text: str, **details) -> TemporaryError:
    """The server ends the connection, saying `text`."""
    error = passing("", text, **details)
    # Whatever else it says: the next connection may well be served.
    return error if error and error.reason != "unavailable" else TemporaryError("bye", server_text=text, **details)


def login(answer: Answer, **details) -> AdapterError:
    """Why a server that offers the mechanism does not let the user in."""
    temporary = passing(answer.code, answer.text, **details)
    if temporary:
        return temporary
    details["server_text"] = answer.text
    if answer.code == "SERVERBUG" or (not answer.code and "internal" in answer.text.lower()):
        return TemporaryError("unavailable", **details)
    if answer.code == "PRIVACYREQUIRED":
        return EncryptionError("login_disabled", field="imap_encryption", **details)
    reason = _LOGIN_CODES.get(answer.code, "refused")
    if _APP_PASSWORD.search(answer.text):
        reason = "app_password_needed"
    elif reason == "refused" and _DISABLED.search(answer.text):
        reason = "account_disabled"
    return AuthenticationError(reason, field="password", **details)


def is_mechanism_refused(answer: Answer) -> bool:
    """Whether it is the way of logging in that the server dislikes, and not the user or the password."""
    if passing(answer.code, answer.text):
        return False
    return answer.status == "BAD" or (answer.code not in _LOGIN_CODES and bool(_UNSUPPORTED.search(answer.text)))


def folder(answer: Answer, path: str) -> AdapterError:
    """Why a folder cannot be opened."""
    if answer.code == "NONEXISTENT" or (answer.code != "NOPERM" and _GONE.search(answer.text)):
        return FolderGoneError("gone", path=path, server_text=answer.text)
    if answer.code == "NOPERM" or _NO_ACCESS.search(answer.text):
        return FolderGoneError("no_access", path=path, server_text=answer.text)
    return TemporaryError("unavailable", path=path, server_text=answer.text)


def change(answer: Answer, path: str) -> AdapterError:
    """Why a folder, or what is in it, cannot be changed; ``refused`` if only the message at hand can be at fault.

    :param path: of the folder that is changed, or that something is put into.
    """
    code, text = answer.code, answer.text
    details = {"path": path, "server_text": text}
    if code == "TOOBIG" or (code not in ("OVERQUOTA", "TRYCREATE") and _TOO_LARGE.search(text)):
        return QuotaError("too_large", **details)
    if code == "OVERQUOTA" or (not code and _FULL.search(text)):
        return QuotaError("over_quota", **details)
    if code == "ALREADYEXISTS" or (code in ("", "CANNOT") and _EXISTS.search(text)):
        return ChangeRefusedError("exists", **details)
    # "No such message" is not about the folder.
    if code in ("TRYCREATE", "NONEXISTENT") or (not code and _GONE.search(text) and _FOLDER.search(text)):
        return FolderGoneError("gone", **details)
    if code == "NOPERM" or (not code and _NO_ACCESS.search(text)):
        return ChangeRefusedError("no_permission", **details)
    return ChangeRefusedError("refused", **details)


def _retry_after(text: str) -> float | None:
    match = _WAIT.search(text)
    if not match:
        return None
    return int(match[1]) / (1000 if (match[2] or "").lower().startswith("m") else 1)
