"""What the providers' HTTP services have in common, whichever library asks them."""

import math
import time
from email.utils import parsedate_to_datetime

import requests


def retry_after(text: str | None) -> float | None:
    """A Retry-After (RFC 9110, 10.2.3), which is a number of seconds or a date, in seconds from now; None for what is
    neither.
    """
    try:
        seconds = float(text or "")
    except ValueError:
        pass
    else:
        return max(0.0, seconds) if math.isfinite(seconds) else None
    try:
        return max(0.0, parsedate_to_datetime(text or "").timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """A session's `auth` that adds nothing: a ~/.netrc of the server's user must not add a password of its own."""
    return request
