"""What Cloud Pub/Sub posts to us for Gmail: whether it is Google who does, and what is told.

https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions: who posts shows a token (OpenID Connect) that
Google signed for the service account of the push subscription, and for our address. Google's certificates are kept for
some hours, and fetched once a minute at most, whatever tokens come.
"""

import base64
import binascii
import json
import threading
import time
from dataclasses import dataclass

import google.auth.exceptions
import google.auth.jwt

from ..errors import AdapterError
from ..oauth import web

CERTIFICATES = "https://www.googleapis.com/oauth2/v1/certs"
ISSUERS = ("accounts.google.com", "https://accounts.google.com")

KEEP = 6 * 3600.0  # seconds; Google announces a key about a day before it is used
ASK_EVERY = 60.0  # seconds between two questions
PATIENCE = 5.0  # seconds for an answer
SKEW = 30  # seconds by which clocks may differ
LONGEST_TOKEN = 8192  # characters


class NotGoogleError(Exception):
    """Who posts does not prove to be Google. Carries nothing of what was shown."""


class NotNowError(Exception):
    """It cannot be said just now who posts, since Google's certificates are not at hand."""


@dataclass(frozen=True, slots=True)
class Told:
    """:param address: whose mailbox, lower-case. :param history: where its history is now; grows."""

    address: str
    history: int


class Certificates:
    """Google's certificates by the ids of their keys. For several threads.

    :param base: an address in place of Google's, for a stand-in.
    """

    def __init__(self, base: str = ""):
        self._url = f"{base}/{CERTIFICATES.split('/', 3)[3]}" if base else CERTIFICATES
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}
        self._known_at = self._asked_at = float("-inf")

    def has(self, key: str) -> bool:
        """Whether the certificate of a key is at hand, so that the network need not be waited for."""
        return key in self._known and time.monotonic() < self._known_at + KEEP

    def get(self, key: str) -> dict[str, str]:
        """All certificates that are known, among them that of `key`.

        :raises NotGoogleError: Google has no such key.
        :raises NotNowError: nobody knows.
        """
        if not self.has(key):
            self._ask()
        if key in self._known:
            # Those that are too old are better than none, while Google cannot be asked.
            return self._known
        if time.monotonic() < self._known_at + ASK_EVERY:
            raise NotGoogleError
        raise NotNowError

    def _ask(self) -> None:
        """Ask Google, unless somebody just did or is about it: strangers may show what they like."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            if time.monotonic() < self._asked_at + ASK_EVERY:
                return
            self._asked_at = time.monotonic()
            try:
                answer = web.request("GET", self._url, timeout=PATIENCE)
            except AdapterError:
                return
            found = answer.json() if answer.status == 200 else {}
            if found and all(isinstance(text, str) for text in found.values()):
                self._known, self._known_at = found, time.monotonic()
        finally:
            self._lock.release()


_certificates: dict[str, Certificates] = {}


def certificates(base: str = "") -> Certificates:
    """Those of this process."""
    return _certificates.setdefault(base, Certificates(base))


def key_of(authorization: str) -> str:
    """The id of the key with which the token in an ``Authorization`` is signed, or said to be.

    :raises NotGoogleError: there is no such token.
    """
    return _key_of(_token(authorization))


def verify(authorization: str, audience: str, sender: str, known: Certificates) -> None:
    """Whether `sender`, a service account, posts to `audience`; may wait for the network (`Certificates.has`).

    :raises NotGoogleError:
    :raises NotNowError:
    """
    token = _token(authorization)
    found = known.get(_key_of(token))
    try:
        claims = google.auth.jwt.decode(token, certs=found, audience=audience, clock_skew_in_seconds=SKEW)
    except (google.auth.exceptions.GoogleAuthError, ValueError, TypeError, KeyError):
        raise NotGoogleError from None
    is_sender = isinstance(claims.get("email"), str) and claims["email"].lower() == sender.lower()
    if claims.get("iss") not in ISSUERS or claims.get("email_verified") is not True or not is_sender or not sender:
        raise NotGoogleError


def read(content: bytes) -> Told:
    """What the body of a request tells.

    :raises ValueError: it is none of Gmail's.
    """
    try:
        data = json.loads(content)["message"]["data"]
        # Pub/Sub writes base64, and Gmail's documents speak of its form for addresses.
        told = json.loads(base64.b64decode(data.translate(_PLAIN) + "=" * (-len(data) % 4), validate=True))
        address, history = told["emailAddress"], int(told["historyId"])
        if not isinstance(address, str) or not 0 < len(address) <= 320 or not 0 <= history < 2**64:
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError, binascii.Error):
        raise ValueError("nothing of Gmail's") from None
    return Told(address.lower(), history)


_PLAIN = str.maketrans("-_", "+/")


def _token(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token) <= LONGEST_TOKEN or not token.isascii():
        raise NotGoogleError
    return token


def _key_of(token: str) -> str:
    try:
        header = google.auth.jwt.decode_header(token)
    except (google.auth.exceptions.GoogleAuthError, ValueError, TypeError, RecursionError):
        raise NotGoogleError from None
    key = header.get("kid")
    # Google signs with RSA. What else the library would take is not asked for, least of all nothing at all.
    if header.get("alg") != "RS256" or not isinstance(key, str):
        raise NotGoogleError
    return key
