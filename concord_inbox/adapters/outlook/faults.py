"""What Graph answers when something is wrong, as the one family of errors that every adapter raises."""

import contextlib
from collections.abc import Iterator

from ..base import RemoteFolder
from ..errors import (
    AdapterError,
    AuthenticationError,
    ChangeRefusedError,
    CursorLostError,
    FolderGoneError,
    ProtocolError,
    QuotaError,
    TemporaryError,
    ThrottledError,
)

#: There is no such message or folder (any more).
MISSING = ("ErrorItemNotFound", "ErrorFolderNotFound", "ErrorInvalidIdMalformed", "ErrorParentFolderNotFound")
#: The address has no mailbox here: it does not exist, has no licence, or lies on a server of the organisation's own.
NO_MAILBOX = (
    *("MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI", "ErrorNonExistentMailbox", "ErrorInvalidUser"),
    *("Request_ResourceNotFound", "MailboxNotHostedInExchangeOnline"),
)
DENIED = ("ErrorAccessDenied", "AccessDenied", "Authorization_RequestDenied", "Forbidden")
#: The state that a link of a delta query stands for is gone.
LOST = ("syncStateNotFound", "SyncStateInvalid", "resyncRequired", "ErrorInvalidSyncStateData")
BUSY = (
    "ErrorServerBusy",
    "ApplicationThrottled",
    "TooManyRequests",
    "ErrorTooManyObjectsOpened",
    "ErrorExceededConnectionCount",
)
FULL = ("ErrorQuotaExceeded", "ErrorInsufficientQuota")
TOO_LARGE = ("ErrorMessageSizeExceeded", "RequestBodyTooLarge", "ErrorMaximumSizeExceeded")
FIXED = ("ErrorDeleteDistinguishedFolder", "ErrorMoveDistinguishedFolder", "ErrorDistinguishedFolder")
EXISTS = ("ErrorFolderExists", "NameAlreadyExists")


class GraphError(Exception):
    """A request that Graph refuses. Never leaves this package.

    :param status: of HTTP, of the whole answer or of one part of a batch.
    :param code: Graph's word for it, '' if it said none.
    :param retry_after: seconds that it asks to wait, or None.
    """

    def __init__(self, status: int, code: str, text: str, retry_after: float | None = None, method: str = "GET"):
        super().__init__(f"{status} {code}: {text}")
        self.status, self.code, self.text = status, code, text
        self.retry_after, self.method = retry_after, method

    @property
    def is_missing(self) -> bool:
        return (self.status == 404 and self.code not in NO_MAILBOX) or self.code in MISSING

    @property
    def is_denied(self) -> bool:
        return (self.status == 403 and self.code not in (*FULL, *TOO_LARGE)) or self.code in DENIED

    @property
    def is_lost(self) -> bool:
        return self.status == 410 or self.code.lower() in (code.lower() for code in LOST)

    @property
    def is_busy(self) -> bool:
        """Whether it was not done, and may be later."""
        return self.status == 429 or self.code in BUSY or (self.status in (503, 504) and self.retry_after is not None)

    @property
    def server_text(self) -> str:
        return f"{self.code}: {self.text}" if self.code else self.text


def translate(error: GraphError, folder: RemoteFolder | None = None) -> AdapterError:
    """The adapter's error for `error`.

    :param folder: the one that the request was about.
    """
    words = {"server_text": error.server_text}
    path = {"path": folder.path} if folder else {}
    if error.status == 401:
        return AuthenticationError("refused", **words)
    if error.status < 400:
        return ProtocolError("bad_response", **words)
    if error.is_busy:
        return ThrottledError("throttled", retry_after=error.retry_after, **words)
    if error.code in NO_MAILBOX:
        return AuthenticationError("no_mailbox", **words)
    if error.is_lost:
        return CursorLostError("expired", **words)
    if error.code in FULL or error.status == 507:
        return QuotaError("over_quota", **path, **words)
    if error.code in TOO_LARGE or error.status == 413:
        return QuotaError("too_large", **path, **words)
    if error.status >= 500:
        return TemporaryError("unavailable", retry_after=error.retry_after, **words)
    return _refusal(error, folder, path, words)


def _refusal(error: GraphError, folder: RemoteFolder | None, path: dict, words: dict) -> AdapterError:
    if error.code in EXISTS:
        return ChangeRefusedError("exists", **path, **words)
    if error.code in FIXED:
        return ChangeRefusedError("fixed", **path, **words)
    if error.is_denied:
        if not folder:
            return AuthenticationError("no_access", **words)
        if error.method == "GET":
            return FolderGoneError("no_access", **path, **words)
        return ChangeRefusedError("no_permission", **path, **words)
    if error.is_missing and folder:
        return FolderGoneError("gone", **path, **words)
    if error.is_missing and error.code:
        # What was asked for is the mailbox itself.
        return AuthenticationError("no_mailbox", **words)
    if error.method == "GET":
        return ProtocolError("bad_response", **words)
    return ChangeRefusedError("refused", **path, **words)


@contextlib.contextmanager
def translated(folder: RemoteFolder | None = None) -> Iterator[None]:
    """Nothing but the adapter's errors leaves this block."""
    try:
        with understood():
            yield
    except GraphError as error:
        raise translate(error, folder) from error


@contextlib.contextmanager
def understood() -> Iterator[None]:
    """What Graph answers is taken apart in this block: an answer of another shape is the server's fault, not ours."""
    try:
        yield
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise ProtocolError("bad_response", server_text=f"an answer of another shape: {error!r}") from error
