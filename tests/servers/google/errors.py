"""How Gmail's API says no."""

from .web import Response, json_response

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    413: "OUT_OF_RANGE",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class ApiError(Exception):
    """Raised by what answers a request."""

    def __init__(self, code: int, message: str, reason: str, details: list | None = None, domain: str = "global"):
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = reason
        self.details = details
        self.domain = domain

    def response(self) -> Response:
        return json_response(self.body(), self.code)

    def body(self) -> dict:
        """The JSON of the answer."""
        error = {
            "code": self.code,
            "message": self.message,
            "errors": [{"message": self.message, "domain": self.domain, "reason": self.reason}],
            "status": _STATUS[self.code],
        }
        return {"error": {**error, **({"details": self.details} if self.details else {})}}


def invalid(message: str) -> ApiError:
    return ApiError(400, message, "invalidArgument")


def not_found() -> ApiError:
    return ApiError(404, "Requested entity was not found.", "notFound")


def invalid_credentials() -> ApiError:
    return ApiError(401, "Request had invalid authentication credentials.", "authError")


def insufficient_scopes() -> ApiError:
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "domain": "googleapis.com"}
    details = [{**info, "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]
    return ApiError(403, "Request had insufficient authentication scopes.", "insufficientPermissions", details)


def too_much() -> ApiError:
    text = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user'"
    return ApiError(429, text, "rateLimitExceeded", domain="usageLimits")
