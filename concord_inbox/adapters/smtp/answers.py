"""What the replies of a submission server mean, beyond their first digit (RFC 5321, 4.2; RFC 3463)."""

import re

_WAIT = re.compile(
    r"\b(?:in|after|for|wait|within)\s+(?:about |at least |another )?(\d{1,6})\s*"
    r"(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?)\b",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\b(\d{1,2}):(\d\d):(\d\d)\b")
_THROTTLING = re.compile(r"\brate|too many|throttl|too fast|slow down", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600}
#: The longest that a server may have us wait, and the wait when it says no more than that a day's emails are used up.
LONGEST_WAIT = 24 * 3600
QUOTA_WAIT = 3600.0


def retry_after(text: str) -> float | None:
    """Seconds that a server asks to wait: "greylisted, try again in 300 seconds", "come back in 00:05:00".

    None: it does not say. An hour, where it says that a day's emails are used up.
    """
    if found := _WAIT.search(text):
        seconds = int(found[1]) * _SECONDS[found[2][0].lower()]
    elif found := _CLOCK.search(text):
        hours, minutes, rest = map(int, found.groups())
        seconds = 3600 * hours + 60 * minutes + rest
    else:
        return QUOTA_WAIT if is_quota(text) else None
    return float(min(seconds, LONGEST_WAIT))


def is_throttling(text: str) -> bool:
    """Whether a refusal for now is about how often we come."""
    return is_quota(text) or bool(_THROTTLING.search(text))


def is_quota(text: str) -> bool:
    """Whether a refusal with a code for good says that so many emails were sent that others must wait."""
    text = text.lower()
    return text.startswith("5.4.5") or "sending limit" in text or "sending quota" in text


def is_too_large(code: int, text: str) -> bool:
    """Whether an email is refused for its size (RFC 1870, 6.1; RFC 3463: X.3.4, X.2.3)."""
    text = text.lower()
    if text.startswith(("5.3.4", "5.2.3")):
        return True
    words = ("size", "too large", "too big", "too much mail data")
    return code in (552, 554) and any(word in text for word in words)


def is_utf8_trouble(text: str) -> bool:
    """Whether an address beyond ASCII is what is refused (RFC 6531, 3.5)."""
    return text.startswith(("5.6.7", "5.6.9")) or "smtputf8" in text.lower()


def is_permanent(code: int, text: str) -> bool:
    """Whether a recipient is refused for good. 552 was once the code for "so many at once" (RFC 5321, 4.5.3.1.10)."""
    if code == 552 and "recipients" in text.lower():
        return False
    return code >= 500 and not is_quota(text)
