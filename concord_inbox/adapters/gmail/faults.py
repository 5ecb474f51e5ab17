"""What Google's answers and a broken connection mean (see `adapters.errors`)."""

import errno
import json
import ssl
from collections.abc import Iterator

import requests

from .. import http
from ..errors import (
    AdapterError,
    AppConfigurationError,
    AuthenticationError,
    CertificateError,
    EncryptionError,
    NetworkError,
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

#: Of an answer that says what went wrong, more is not read.
MOST_OF_ERROR = 64 * 1024

# https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
_CERTIFICATE_REASONS = {9: "not_yet_valid", 10: "expired", 18: "self_signed", 62: "wrong_name", 64: "wrong_name"}


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


def broken(error: requests.RequestException | OSError, host: str) -> AdapterError:
    """What it means that no whole answer came."""
    where = {"protocol": "Gmail", "host": host}
    causes = list(_causes(error))
    if certificate := next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None):
        reason = _CERTIFICATE_REASONS.get(certificate.verify_code, "untrusted")
        return CertificateError(reason, fingerprint="", server_text=certificate.verify_message, **where)
    if isinstance(error, requests.exceptions.SSLError):
        return EncryptionError("tls_failed", server_text=str(error), **where)
    if isinstance(error, requests.exceptions.Timeout) or any(isinstance(cause, TimeoutError) for cause in causes):
        return NetworkError("timeout", **where)
    if any(type(cause).__name__ in ("NameResolutionError", "gaierror") for cause in causes):
        return NetworkError("host_not_found", **where)
    if any(isinstance(cause, OSError) and cause.errno == errno.ECONNREFUSED for cause in causes):
        return NetworkError("refused", **where)
    if any(type(cause).__name__ == "NewConnectionError" for cause in causes):
        return NetworkError("unreachable", **where)
    return NetworkError("cut", **where)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that led to it: urllib3 wraps, and requests wraps that."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
        waiting += [cause for cause in inner if isinstance(cause, BaseException)]
