"""Graph's change notifications: who is told of what, that their address is theirs, and what is posted there.

https://learn.microsoft.com/graph/api/resources/subscription,
https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
"""

import json
import re
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import requests

from .descriptions import published
from .directory import Directory, Token
from .query import BadRequestError
from .web import Request, Response

#: Of subscriptions to messages without their content.
LONGEST = timedelta(minutes=10_080)
LONGEST_STATE = 128  # characters
#: Seconds in which the address has to say that it is theirs.
TO_VALIDATE = 10

_REQUIRED = {"changeType", "notificationUrl", "resource", "expirationDateTime", "clientState"}
_WRITABLE = _REQUIRED | {"lifecycleNotificationUrl", "latestSupportedTlsVersion"}
_RESOURCE = re.compile(r"/?(me|users/[^/]+)(/mailFolders(?:/|\('?)([^/')]+)'?\)?)?/messages", re.IGNORECASE)


@dataclass
class Subscription:
    """:param value: as Graph tells it; `owner`: who made it; `folder`: '' for all."""

    value: dict
    owner: str
    folder: str
    expires: datetime
    is_paused: bool = False


class SubscriptionError(Exception):
    """A refusal: status, code, text."""


class Subscriptions:
    """Attributes: `known` by their ids; `posted`: what was told, as (address, body, status)."""

    def __init__(self, directory: Directory, violations: list[str]):
        self._directory = directory
        self._violations = violations
        self.known: dict[str, Subscription] = {}
        self.posted: list[tuple[str, dict, int]] = []

    def of(self, email: str) -> list[Subscription]:
        """Those that somebody has."""
        return [one for one in self.known.values() if one.owner == email.lower()]

    # ------------------------------------------------------------ requests

    def handle(self, request: Request, token: Token, steps: list[str]) -> Response:
        """`steps`: of the path, ``subscriptions`` and what follows."""
        try:
            if not token.scopes & {"Mail.Read", "Mail.ReadWrite"}:
                raise SubscriptionError(403, "ExtensionError", "Operation: Create; Exception: [Status Code: Forbidden]")
            methods: dict[tuple[str, int], Callable] = {
                ("POST", 1): self._create,
                ("GET", 1): self._list,
                ("GET", 2): self._get,
                ("PATCH", 2): self._update,
                ("DELETE", 2): self._delete,
            }
            if request.method == "POST" and steps[2:] == ["reauthorize"]:
                return self._reauthorize(request, token, steps[1])
            method = methods.get((request.method, len(steps)))
            if not method:
                self._violations.append(f"no such operation: {request.method} {request.target}")
                raise SubscriptionError(400, "BadRequest", "Resource not found for the segment.")
            return method(request, token, *steps[1:])
        except SubscriptionError as error:
            status, code, text = error.args
            return Response.json({"error": {"code": code, "message": text}}, status)

    def _create(self, request: Request, token: Token) -> Response:
        value = self._described(request)
        if missing := _REQUIRED - value.keys():
            raise BadRequestError(f"Required properties are missing: {sorted(missing)}")
        if unknown := value.keys() - _WRITABLE:
            raise BadRequestError(f"Properties that cannot be set here: {sorted(unknown)}")
        changes = value["changeType"].split(",")
        if len(set(changes)) < len(changes) or not set(changes) <= published().enums["ChangeType"]:
            raise BadRequestError(f"changeType {value['changeType']}")
        if not 0 < len(value["clientState"]) <= LONGEST_STATE:
            raise BadRequestError("clientState must be 1 to 128 characters long")
        owner, folder = self._mailbox(value["resource"], token)
        expires = self._end(value["expirationDateTime"])
        for name in ("notificationUrl", "lifecycleNotificationUrl"):
            if name in value:
                self._validate(value[name])
        value |= {
            "id": str(uuid.uuid4()),
            "creatorId": self._directory.find(token.email).id,
            "applicationId": str(uuid.uuid4()),
            "expirationDateTime": value["expirationDateTime"],
        }
        self.known[value["id"]] = Subscription(value, owner, folder, expires)
        return self._told(value, 201)

    def _mailbox(self, resource: str, token: Token) -> tuple[str, str]:
        found = _RESOURCE.fullmatch(resource)
        if not found:
            raise BadRequestError(f"The resource {resource} is not supported.")
        me = self._directory.find(token.email)
        owner = me if found[1].lower() == "me" else self._directory.find(found[1][6:])
        if owner is not me:
            # Delegated permissions, those for shared folders included, subscribe to one's own mailbox alone.
            raise SubscriptionError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        return me.email.lower(), (found[3] or "").lower()

    def _end(self, text: str) -> datetime:
        try:
            end = datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
        except ValueError:
            raise BadRequestError(f"expirationDateTime {text}") from None
        if not re.fullmatch(r"(\.\d{1,7})?Z", text[19:]):
            raise BadRequestError(f"expirationDateTime {text}")
        now = datetime.now(UTC)
        if not now < end <= now + LONGEST:
            raise BadRequestError("Subscription expiration can only be 10080 minutes in the future.")
        return end

    def _validate(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme != "https" and parts.hostname != "127.0.0.1":
            raise BadRequestError("The specified notification URL must use HTTPS.")
        token = f"Validation: Testing client application reachability & more {secrets.token_urlsafe(24)}"
        try:
            answer = requests.post(
                address,
                params={"validationToken": token},
                headers={"Content-Type": "text/plain; charset=utf-8"},
                timeout=TO_VALIDATE,
                allow_redirects=False,
            )
        except requests.Timeout:
            raise _not_theirs("Subscription validation request timed out.") from None
        except requests.RequestException:
            raise _not_theirs(
                "Subscription validation request failed. Unable to connect to the remote server."
            ) from None
        if answer.status_code != 200:
            raise _not_theirs(
                "Subscription validation request failed. Notification endpoint must respond with 200 OK to validation "
                "request."
            )
        is_text = answer.headers.get("Content-Type", "").partition(";")[0].strip() == "text/plain"
        if not is_text or answer.text != token:
            raise _not_theirs(
                "Subscription validation request failed. Response must exactly match validationToken query parameter."
            )

    def _list(self, _request: Request, token: Token) -> Response:
        return Response.json({"value": [_shown(one.value) for one in self.of(token.email)]})

    def _get(self, _request: Request, token: Token, name: str) -> Response:
        return self._told(self._own(token, name).value, 200)

    def _update(self, request: Request, token: Token, name: str) -> Response:
        one, value = self._own(token, name), self._described(request)
        if set(value) != {"expirationDateTime"}:
            raise BadRequestError(f"Only expirationDateTime can be changed here: {sorted(value)}")
        one.expires = self._end(value["expirationDateTime"])
        one.value["expirationDateTime"] = value["expirationDateTime"]
        one.is_paused = False
        return self._told(one.value, 200)

    def _reauthorize(self, _request: Request, token: Token, name: str) -> Response:
        self._own(token, name).is_paused = False
        return Response(200)

    def _delete(self, _request: Request, token: Token, name: str) -> Response:
        del self.known[self._own(token, name).value["id"]]
        return Response(204)

    def _own(self, token: Token, name: str) -> Subscription:
        one = self.known.get(name)
        if not one or one.owner != token.email.lower() or one.expires <= datetime.now(UTC):
            raise SubscriptionError(404, "ResourceNotFound", "The object was not found.")
        return one

    def _described(self, request: Request) -> dict:
        if not request.headers.get("content-type", "").startswith("application/json"):
            raise BadRequestError("Unable to read JSON request payload.")
        value = json.loads(request.body)
        if problems := published().check("Subscription", value):
            raise BadRequestError("; ".join(problems))
        return value

    def _told(self, value: dict, status: int) -> Response:
        shown = _shown(value)
        self._violations += [f"the stand-in's own answer: {text}" for text in published().check("Subscription", shown)]
        return Response.json(
            {"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#subscriptions", **shown}, status
        )

    # ------------------------------------------------------------ what Graph posts

    def tell(self, email: str, folder: str = "inbox", change: str = "created", times: int = 1) -> list[int]:
        """Tell of changes in a folder of somebody's mailbox; returns the statuses of the answers."""
        return [
            self.post(one, [self._change(one, change) for _number in range(times)])
            for one in self.of(email)
            if one.folder in ("", folder)
            and change in one.value["changeType"]
            and one.expires > datetime.now(UTC)
            and not one.is_paused
        ]

    def _change(self, one: Subscription, change: str) -> dict:
        owner, message = self._directory.find(one.owner), f"AAMkAG{secrets.token_urlsafe(30)}"
        path = f"Users/{owner.id}/Messages/{message}"
        return {
            **self._notification(one),
            "changeType": change,
            "resource": path,
            "resourceData": {"@odata.type": "#Microsoft.Graph.Message", "@odata.id": path, "id": message},
        }

    def _notification(self, one: Subscription) -> dict:
        return {
            "subscriptionId": one.value["id"],
            "subscriptionExpirationDateTime": one.value["expirationDateTime"],
            "clientState": one.value["clientState"],
            "tenantId": self._directory.find(one.owner).tenant,
        }

    def event(self, email: str, event: str) -> list[int]:
        """Something happens to somebody's subscriptions: ``missed``, ``subscriptionRemoved`` (then they are gone) or
        ``reauthorizationRequired`` (then nothing is told until they are renewed)."""
        assert event in published().enums["LifecycleEventType"]
        statuses = []
        for one in self.of(email):
            if event == "subscriptionRemoved":
                del self.known[one.value["id"]]
            one.is_paused = event == "reauthorizationRequired"
            address = one.value.get("lifecycleNotificationUrl")
            if address:
                statuses.append(self.post(one, [{**self._notification(one), "lifecycleEvent": event}], address))
        return statuses

    def post(self, one: Subscription, items: list[dict], address: str = "") -> int:
        """Post notifications as Graph does."""
        address = address or one.value["notificationUrl"]
        body = {"value": items}
        for item in items:
            described = {name: value for name, value in item.items() if name != "resourceData"}
            self._violations += published().check("ChangeNotification", described)
        # Graph waits for three seconds, which a busy machine may need.
        answer = requests.post(address, json=body, timeout=30, allow_redirects=False)
        self.posted.append((address, body, answer.status_code))
        return answer.status_code


def _not_theirs(text: str) -> SubscriptionError:
    return SubscriptionError(400, "ValidationError", text)


def _shown(value: dict) -> dict:
    # Graph does not tell the secret once more.
    return {**value, "clientState": None}
