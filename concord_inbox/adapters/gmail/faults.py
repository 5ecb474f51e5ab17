"""What Google's answers mean (see `adapters.errors`)."""

import json

from .. import http
from ..errors import (
    AdapterError,
    AppConfigurationError,
    AuthenticationError,
    ProtocolError,
    TemporaryError,
    ThrottledError,
)

#: Whom the errors name.
PROVIDER = "Google"

_THROTTLED = {
    *("rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded", "RATE_LIMIT_EXCEEDED"),
    "RESOURCE_EXHAUSTED",
}
_SCOPES = {"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}
_NOT_SET_UP = {"accessNotConfigured", "SERVICE_DISABLED"}
_NO_MAILBOX = {"domainPolicy", "failedPrecondition"}


class ApiError(Exception):
    """An answer that is none of 2xx; only this package understands it.

    :param reasons: Google's words for it, such as ``notFound``.
    """

    def __init__(self, status: int, reasons: frozenset[str], text: str, retry_after: float | None = None):
        super().__init__(f"{status} {text}")
        self.status = status
        self.reasons = reasons
        self.text = text
        self.retry_after = retry_after

    @property
    def is_throttling(self) -> bool:
        return self.status == 429 or (self.status == 403 and bool(self.reasons & _THROTTLED))

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.is_throttling or self.status >= 500

    @property
    def names_label(self) -> bool:
        """Whether the request named a label that does not exist (any more)."""
        return self.status in (400, 404) and "label" in self.text.lower()

    def meaning(self) -> AdapterError:
        """What it means wherever it comes up; who asked may know better."""
        said = {"provider": PROVIDER, "server_text": self.text}
        if self.is_throttling:
            return ThrottledError("throttled", retry_after=self.retry_after, **said)
        if self.status >= 500:
            return TemporaryError("unavailable", retry_after=self.retry_after, **said)
        if self.status == 401:
            return AuthenticationError("refused", **said)
        if self.reasons & _NOT_SET_UP:
            return AppConfigurationError("api_disabled", **said)
        if self.status == 403 and self.reasons & _SCOPES:
            return AuthenticationError("missing_scopes", **said)
        if self.reasons & _NO_MAILBOX:
            return AuthenticationError("account_disabled", **said)
        if self.status == 403:
            return AuthenticationError("refused", **said)
        return ProtocolError("bad_response", provider=PROVIDER, server_text=f"{self.status} {self.text}")


def read(status: int, content: bytes, headers: dict) -> ApiError:
    """The answer with this status.

    :param headers: by name, in whatever case.
    """
    reasons: set[str] = set()
    text = ""
    try:
        error = json.loads(content)["error"]
        text = str(error.get("message", ""))
        reasons.add(str(error.get("status", "")))
        for item in [*error.get("errors", ()), *error.get("details", ())]:
            reasons.add(str(item.get("reason", "")))
    except (ValueError, KeyError, TypeError, AttributeError):
        text = content[:200].decode("utf-8", "replace")
    named = {name.lower(): value for name, value in headers.items()}
    return ApiError(status, frozenset(reasons), text, http.retry_after(named.get("retry-after")))
