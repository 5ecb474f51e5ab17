"""Cloud Pub/Sub as far as Gmail needs it: topics, who may publish, and push subscriptions that show a signed token.

https://developers.google.com/workspace/gmail/api/guides/push,
https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
"""

import base64
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from . import errors
from .web import Response, json_response

#: Who publishes for Gmail.
GMAIL = "gmail-api-push@system.gserviceaccount.com"
WEEK = 7 * 86400


@dataclass
class Topic:
    """:param publishers: who may publish; `endpoint`, `account`: of the push subscription, '' without one."""

    publishers: set[str] = field(default_factory=lambda: {GMAIL})
    endpoint: str = ""
    account: str = ""


@dataclass
class Watch:
    """What a user has Gmail publish."""

    topic: str
    labels: tuple[str, ...]
    expires: float


class PubSub:
    """Attributes: `project`: that of the client; `topics` by their full names; `watches` by address; `pushed`: the
    statuses of what was posted.

    :param now: the clock.
    """

    def __init__(self, now: Callable[[], float]):
        self.project = "concord-project"
        self.topics: dict[str, Topic] = {}
        self.watches: dict[str, Watch] = {}
        self.pushed: list[int] = []
        self._now = now
        self._keys: dict[str, tuple[rsa.RSAPrivateKey, str]] = {}

    def add_topic(self, name: str = "mail", **options) -> str:
        """A topic of the client's project; returns its full name. The options are those of `Topic`."""
        full = f"projects/{self.project}/topics/{name}"
        self.topics[full] = Topic(**options)
        return full

    # ------------------------------------------------------------ methods of Gmail's API

    def watch(self, address: str, history: int, body: dict) -> dict:
        """users.watch."""
        name = body.get("topicName", "")
        if not re.fullmatch(r"projects/[^/]+/topics/[^/]+", name):
            raise errors.invalid(f"Invalid topicName does not match projects/{self.project}/topics/*")
        if name.split("/")[1] != self.project:
            raise errors.invalid(f"Invalid topicName does not match projects/{self.project}/topics/*")
        topic = self.topics.get(name)
        if not topic:
            text = f"Error sending test message to Cloud PubSub {name} : Resource not found (resource={name})."
            raise errors.ApiError(404, text, "notFound")
        if GMAIL not in topic.publishers:
            text = f"Error sending test message to Cloud PubSub {name} : User not authorized to perform this action."
            raise errors.ApiError(403, text, "forbidden")
        known = self.watches.get(address)
        if known and known.expires > self._now() and known.topic != name:
            raise errors.invalid(
                "Only one user push notification client allowed per developer (call /stop then try again)"
            )
        self.watches[address] = Watch(name, tuple(body.get("labelIds", ())), self._now() + WEEK)
        return {"historyId": str(history), "expiration": str(int(self.watches[address].expires * 1000))}

    def stop(self, address: str) -> None:
        """users.stop."""
        self.watches.pop(address, None)

    # ------------------------------------------------------------ what Pub/Sub posts

    def push(self, address: str, history: int, label: str = "INBOX", **changes) -> int | None:
        """Tell of a change in a mailbox; returns the status of the answer, None if nobody wants to know.

        :param changes: claims of the token, or ``authorization``, that are not as they should be.
        """
        watch = self.watches.get(address)
        if not watch or watch.expires <= self._now() or (watch.labels and label not in watch.labels):
            return None
        topic = self.topics[watch.topic]
        return self.post(topic.endpoint, self.envelope(address, history), topic.account, **changes)

    def post(self, endpoint: str, content: bytes, account: str, authorization: str | None = None, **claims) -> int:
        """Post to an endpoint as Pub/Sub does."""
        shown = f"Bearer {self.token(endpoint, account, **claims)}" if authorization is None else authorization
        headers = {"Content-Type": "application/json", **({"Authorization": shown} if shown else {})}
        answer = requests.post(endpoint, data=content, headers=headers, timeout=30, allow_redirects=False)
        self.pushed.append(answer.status_code)
        return answer.status_code

    @staticmethod
    def envelope(address: str, history: int) -> bytes:
        """The body of such a request."""
        data = json.dumps({"emailAddress": address, "historyId": history}).encode()
        message = {
            "data": base64.urlsafe_b64encode(data).decode(),
            "messageId": str(secrets.randbelow(10**16)),
            "publishTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        return json.dumps({"message": message, "subscription": "projects/concord-project/subscriptions/push"}).encode()

    # ------------------------------------------------------------ tokens

    def token(self, audience: str, account: str, key: str = "google-1", header: dict | None = None, **claims) -> str:
        """What Google signs for a service account.

        :param key: the id of a key; of all that are used, those whose names begin with ``google`` are Google's.
        :param header: what is not as it should be in the header.
        :param claims: what is not as it should be; None: it is missing.
        """
        now = int(self._now())
        known = {"iss": "https://accounts.google.com", "aud": audience, "azp": "113774264463038321964"}
        known |= {"email": account, "email_verified": True, "sub": "113774264463038321964"}
        known |= {"iat": now, "exp": now + 3600} | claims
        shown = {name: value for name, value in known.items() if value is not None}
        parts = ({"alg": "RS256", "kid": key, "typ": "JWT"} | (header or {}), shown)
        text = ".".join(_b64(json.dumps(part).encode()) for part in parts)
        private, _certificate = self._key(key)
        return f"{text}.{_b64(private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def certificates(self) -> Response:
        """What Google serves at ``/oauth2/v1/certs``."""
        self._key("google-1")
        known = {name: text for name, (_key, text) in self._keys.items() if name.startswith("google")}
        return json_response(known, Cache_Control="public, max-age=21600, must-revalidate, no-transform")

    def _key(self, name: str) -> tuple[rsa.RSAPrivateKey, str]:
        # Made when it is needed: it takes a moment.
        if name not in self._keys:
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            self._keys[name] = key, _certificate(key)
        return self._keys[name]


def _certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "federated-signon.system.gserviceaccount.com")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=14))
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM).decode()


def _b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
