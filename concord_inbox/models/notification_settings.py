"""Whether, and where, providers tell of new email (General Settings → Inbox). No other code reads these parameters."""

import ipaddress
from urllib.parse import urlsplit

from .inbox_provider_client import CALLBACKS

#: connection type -> the parameter that says whether its provider shall tell; off unless it is "1".
SWITCHES = {kind: f"concord_inbox.notify_{name}" for kind, name in CALLBACKS.items()}
TOPIC, PUSH_ACCOUNT = "concord_inbox.google_topic", "concord_inbox.google_push_account"

#: Endings of names that nobody on the Internet finds (RFC 6761, RFC 6762, RFC 8375, and what is usual in own networks).
_PRIVATE = (
    ".local",
    ".localhost",
    ".internal",
    ".lan",
    ".home",
    ".home.arpa",
    ".intranet",
    ".corp",
    ".test",
    ".invalid",
)


def _get(env, name: str) -> str:
    return env["ir.config_parameter"].sudo().get_param(name) or ""


def is_on(env, connection_type: str) -> bool:
    """Whether the provider of these accounts shall tell."""
    return connection_type in SWITCHES and _get(env, SWITCHES[connection_type]) == "1"


def kinds(env) -> list[str]:
    """The connection types whose providers shall tell."""
    return [kind for kind in SWITCHES if is_on(env, kind)]


def address(env, connection_type: str) -> str:
    """Where the provider's requests arrive, as the provider has to know it."""
    base = _get(env, "web.base.url").rstrip("/")
    return f"{base}/concord_inbox/notify/{CALLBACKS[connection_type]}"


def target(env, connection_type: str) -> str:
    """What a subscription is made with: the address, or the topic from which Google posts to it."""
    return topic(env) if connection_type == "gmail" else address(env, connection_type)


def topic(env) -> str:
    """The full name of the topic that Gmail publishes to."""
    return _get(env, TOPIC)


def push_account(env) -> str:
    """The service account for which Pub/Sub signs what it posts."""
    return _get(env, PUSH_ACCOUNT)


def is_reachable(url: str) -> bool:
    """Whether somebody on the Internet could find this address by https, as far as it says itself.

    Names are not resolved: inside the own network they often lead elsewhere than outside.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    if parts.scheme != "https" or not host:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_PRIVATE)
