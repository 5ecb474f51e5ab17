"""What each method of Gmail's API does to a mailbox."""

import base64
import email.utils
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from . import errors
from .mailbox import FIXED, RESERVED, Label, Mailbox, Message, recipients, same_subject
from .pubsub import PubSub

#: What a search may say here; Gmail knows more, but clients of this project have no need for it.
_TERM = re.compile(r"(after|before):(\d+)|rfc822msgid:(\S+)")


@dataclass
class Call:
    """One call of a method.

    :param query: name -> values; `path`: what is named in the address; `media`: an uploaded email.
    """

    mailbox: Mailbox
    path: dict[str, str]
    query: dict[str, list[str]]
    body: dict
    media: bytes | None = field(repr=False, default=None)

    def one(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]

    def source(self, holder: dict) -> bytes:
        """The email that the request brings, as media or within `holder`."""
        if self.media is not None:
            return self.media
        if not holder.get("raw"):
            raise errors.invalid("'raw' RFC822 payload message string or uploading message via /upload/* URL required")
        return base64.urlsafe_b64decode(holder["raw"] + "=" * (-len(holder["raw"]) % 4))

    def message(self, name: str = "id") -> Message:
        identity = self.path[name]
        if not re.fullmatch(r"[0-9a-f]{1,16}", identity):
            raise errors.invalid("Invalid id value")
        if identity not in self.mailbox.messages:
            raise errors.not_found()
        return self.mailbox.messages[identity]


class Api:
    """The methods by name.

    Attributes that a test changes, where Google's documents leave room:

    - `page_size`: the most that one page of a list holds; `empty_pages`: each page but the last is followed by one
      that holds nothing.
    - `history_labels`: whether the messages in the history bear the labels of ``then``, of ``now``, or ``none``.
    - `knows_unknown`: `messages.batchModify` complains of an id that does not exist.
    """

    def __init__(self, pubsub: PubSub):
        self.pubsub = pubsub
        self.page_size = 500
        self.empty_pages = False
        self.history_labels = "then"
        self.knows_unknown = False

    def call(self, name: str, call: Call) -> dict | None:
        """The answer of the method; None: it is empty."""
        method: Callable[[Call], dict | None] = getattr(self, "_" + name.replace(".", "_"), None)
        if not method:
            raise errors.ApiError(500, f"{name} is not in this stand-in", "backendError")
        return method(call)

    # The mailbox.

    @staticmethod
    def _getProfile(call: Call) -> dict:
        box = call.mailbox
        return {
            "emailAddress": box.address,
            "messagesTotal": len(box.messages),
            "threadsTotal": len({message.thread_id for message in box.messages.values()}),
            "historyId": str(box.history_id),
        }

    def _watch(self, call: Call) -> dict:
        return self.pubsub.watch(call.mailbox.address, call.mailbox.history_id, call.body)

    def _stop(self, call: Call) -> None:
        self.pubsub.stop(call.mailbox.address)

    def _history_list(self, call: Call) -> dict:
        box, start = call.mailbox, call.one("startHistoryId")
        if not start:
            raise errors.invalid("Missing required parameter: startHistoryId")
        if not box.oldest <= int(start) <= box.history_id:
            raise errors.not_found()
        kinds = set(call.query.get("historyTypes", ()))
        label = call.one("labelId")
        found = [
            record
            for record in box.history
            if record.id > int(start)
            and (not kinds or _kind(record.kind) in kinds)
            and (not label or label in {*record.after, *record.labels})
        ]
        page, token = self._page(found, call)
        answer = {"historyId": str(box.history_id)}
        if page:
            answer["history"] = [self._history(record) for record in page]
        if token:
            answer["nextPageToken"] = token
        return answer

    def _history(self, record) -> dict:
        short = {"id": record.message.id, "threadId": record.message.thread_id}
        named = dict(short)
        if self.history_labels != "none" and record.kind != "messagesDeleted":
            now = self.history_labels == "now"
            named["labelIds"] = sorted(record.message.labels) if now else list(record.after)
        change = {"message": named}
        if record.labels:
            change["labelIds"] = list(record.labels)
        return {"id": str(record.id), "messages": [short], record.kind: [change]}

    @staticmethod
    def _settings_sendAs_list(call: Call) -> dict:
        box = call.mailbox
        own = {"sendAsEmail": box.address, "displayName": "", "isPrimary": True, "isDefault": True}
        others = [
            {
                "sendAsEmail": address,
                "displayName": name,
                "isDefault": False,
                "treatAsAlias": True,
                "verificationStatus": "accepted" if verified else "pending",
            }
            for address, (name, verified) in box.aliases.items()
        ]
        return {"sendAs": [own, *others]}

    # Labels.

    @staticmethod
    def _labels_list(call: Call) -> dict:
        return {"labels": [_label(label) for label in call.mailbox.labels.values()]}

    @staticmethod
    def _labels_get(call: Call) -> dict:
        box, label = call.mailbox, _own_label(call)
        bearing = [message for message in box.messages.values() if label.id in message.labels]
        unread = [message for message in bearing if "UNREAD" in message.labels]
        return {
            **_label(label),
            **({"color": label.color} if label.color else {}),
            "messagesTotal": len(bearing),
            "messagesUnread": len(unread),
            "threadsTotal": len({message.thread_id for message in bearing}),
            "threadsUnread": len({message.thread_id for message in unread}),
        }

    @staticmethod
    def _labels_create(call: Call) -> dict:
        name = call.body.get("name", "")
        _check_name(call.mailbox, name, None)
        return _label(call.mailbox.make_label(name, call.body.get("color")))

    @staticmethod
    def _labels_patch(call: Call) -> dict:
        label = _own_label(call)
        if label.is_system:
            raise errors.invalid("Invalid update request")
        if "name" in call.body:
            _check_name(call.mailbox, call.body["name"], label)
            label.name = call.body["name"]
        return {**_label(label), **({"color": label.color} if label.color else {})}

    @staticmethod
    def _labels_delete(call: Call) -> None:
        label = _own_label(call)
        if label.is_system:
            raise errors.invalid("Invalid delete request")
        for message in call.mailbox.messages.values():
            call.mailbox.change(message, remove=[label.id])
        del call.mailbox.labels[label.id]

    # Messages.

    def _messages_list(self, call: Call) -> dict:
        page, token = self._page(self._found(call, call.query.get("labelIds", [])), call)
        answer = {"resultSizeEstimate": len(page)}
        if page:
            answer["messages"] = [{"id": message.id, "threadId": message.thread_id} for message in page]
        if token:
            answer["nextPageToken"] = token
        return answer

    @staticmethod
    def _found(call: Call, labels: list[str]) -> list[Message]:
        box, query = call.mailbox, call.one("q")
        for label in labels:
            if label not in box.labels:
                raise errors.invalid(f"Invalid label: {label}")
        if query and not re.fullmatch(rf"(?:{_TERM.pattern})(?: (?:{_TERM.pattern}))*", query):
            raise errors.ApiError(500, f"This stand-in cannot search for {query!r}", "backendError")
        hidden = {"TRASH", "SPAM"} - set(labels)
        if call.one("includeSpamTrash") == "true":
            hidden = set()
        found = [
            message
            for message in box.messages.values()
            if set(labels) <= message.labels and not message.labels & hidden and _fits(box, message, query)
        ]
        return sorted(found, key=lambda message: (message.internal_date, message.id), reverse=True)

    def _page(self, items: list, call: Call) -> tuple[list, str]:
        asked = int(call.one("maxResults", "100"))
        size = min(asked, 500, self.page_size)
        start, _, is_empty = call.one("pageToken", "0").partition("e")
        if not start.isdigit():
            raise errors.invalid("Invalid pageToken")
        if self.empty_pages and int(start) and not is_empty:
            return [], f"{start}e1"
        end = int(start) + size
        return items[int(start) : end], str(end) if end < len(items) else ""

    @staticmethod
    def _messages_get(call: Call) -> dict:
        return _message(call.message(), call.one("format", "full"), call.query.get("metadataHeaders"))

    @staticmethod
    def _messages_modify(call: Call) -> dict:
        message = call.message()
        add, remove = _changes(call)
        call.mailbox.change(message, add, remove)
        return _message(message, "minimal")

    def _messages_batchModify(self, call: Call) -> None:
        add, remove = _changes(call)
        for message in self._many(call):
            call.mailbox.change(message, add, remove)

    def _messages_batchDelete(self, call: Call) -> None:
        for message in self._many(call):
            call.mailbox.remove(message)

    def _many(self, call: Call) -> list[Message]:
        ids = call.body.get("ids", [])
        if not ids:
            raise errors.invalid("No message ids specified")
        if len(ids) > 1000:
            raise errors.invalid("Number of ids cannot exceed 1000")
        if self.knows_unknown and not set(ids) <= call.mailbox.messages.keys():
            raise errors.invalid("Invalid ids value")
        return [call.mailbox.messages[identity] for identity in ids if identity in call.mailbox.messages]

    @staticmethod
    def _messages_delete(call: Call) -> None:
        call.mailbox.remove(call.message())

    @staticmethod
    def _messages_trash(call: Call) -> dict:
        message = call.message()
        call.mailbox.change(message, ["TRASH"])
        return _message(message, "minimal")

    @staticmethod
    def _messages_untrash(call: Call) -> dict:
        message = call.message()
        call.mailbox.change(message, (), ["TRASH"])
        return _message(message, "minimal")

    @staticmethod
    def _messages_insert(call: Call) -> dict:
        box, source = call.mailbox, call.source(call.body)
        labels = call.body.get("labelIds", [])
        if "DRAFT" in labels or not set(labels) <= box.labels.keys():
            raise errors.invalid(f"Invalid label: {labels}")
        received = None
        if call.one("internalDateSource") == "dateHeader":
            date = Message("", "", source, set(), 0).header("Date")
            received = email.utils.parsedate_to_datetime(date).timestamp() if date else None
        message = box.add(
            source, labels, thread_id=_thread(call, call.body, source), received=received, is_joining=False
        )
        return {"id": message.id, "threadId": message.thread_id, "labelIds": sorted(message.labels)}

    @staticmethod
    def _messages_send(call: Call) -> dict:
        source = call.source(call.body)
        _check_recipients(source)
        message = call.mailbox.send(source, _thread(call, call.body, source))
        return {"id": message.id, "threadId": message.thread_id, "labelIds": sorted(message.labels)}

    # Drafts.

    @staticmethod
    def _drafts_create(call: Call) -> dict:
        holder = call.body.get("message", {})
        source = call.source(holder)
        return _draft(call.mailbox, call.mailbox.make_draft(source, _thread(call, holder, source)))

    @staticmethod
    def _drafts_delete(call: Call) -> None:
        identity = call.mailbox.drafts.get(call.path["id"])
        if not identity:
            raise errors.not_found()
        call.mailbox.remove(call.mailbox.messages[identity])

    def _drafts_list(self, call: Call) -> dict:
        found = {message.id for message in self._found(call, ["DRAFT"])}
        items = [draft for draft, identity in reversed(call.mailbox.drafts.items()) if identity in found]
        page, token = self._page(items, call)
        answer = {"resultSizeEstimate": len(page)}
        if page:
            answer["drafts"] = [_draft(call.mailbox, draft, is_short=True) for draft in page]
        if token:
            answer["nextPageToken"] = token
        return answer


def _kind(kind: str) -> str:
    return {
        "messagesAdded": "messageAdded",
        "messagesDeleted": "messageDeleted",
        "labelsAdded": "labelAdded",
        "labelsRemoved": "labelRemoved",
    }[kind]


def _label(label: Label) -> dict:
    shown = {} if label.is_system else {"messageListVisibility": "show", "labelListVisibility": "labelShow"}
    return {"id": label.id, "name": label.name, "type": "system" if label.is_system else "user", **shown}


def _own_label(call: Call) -> Label:
    label = call.mailbox.labels.get(call.path["id"])
    if not label:
        raise errors.not_found()
    return label


def _check_name(box: Mailbox, name: str, own: Label | None) -> None:
    parts = name.split("/")
    if not all(part.strip() for part in parts) or parts[0].casefold() in RESERVED or len(name) > 225:
        raise errors.invalid("Invalid label name")
    if any(other.name.casefold() == name.casefold() and other is not own for other in box.labels.values()):
        raise errors.ApiError(409, "Label name exists or conflicts", "aborted")


def _changes(call: Call) -> tuple[list[str], list[str]]:
    add, remove = call.body.get("addLabelIds", []), call.body.get("removeLabelIds", [])
    if not add and not remove:
        raise errors.invalid("No label add or removes specified")
    for label in {*add, *remove}:
        if label not in call.mailbox.labels or label in FIXED:
            raise errors.invalid(f"Invalid label: {label}")
    if set(add) & set(remove):
        raise errors.invalid("Cannot both add and remove the same label")
    return add, remove


def _thread(call: Call, holder: dict, source: bytes) -> str | None:
    """The conversation that was named, if the email fits into it."""
    thread = holder.get("threadId")
    if not thread:
        return None
    members = [message for message in call.mailbox.messages.values() if message.thread_id == thread]
    if not members:
        raise errors.not_found()
    own = Message("", "", source, set(), 0)
    named = f"{own.header('In-Reply-To')} {own.header('References')}"
    fits = any(same_subject(own, other) and other.header("Message-ID").strip() in named for other in members)
    return thread if fits else None


def _check_recipients(source: bytes) -> None:
    addresses = recipients(Message("", "", source, set(), 0))
    if not addresses:
        raise errors.invalid("Recipient address required")
    if any("@" not in address for address in addresses):
        raise errors.invalid("Invalid To header")


def _fits(box: Mailbox, message: Message, query: str) -> bool:
    if query and message.id in box.search_lags:
        return False
    for when, seconds, message_id in _TERM.findall(query):
        if when == "after" and message.internal_date <= int(seconds) * 1000:
            return False
        if when == "before" and message.internal_date >= int(seconds) * 1000:
            return False
        if message_id and message.header("Message-ID").strip().strip("<>") != message_id.strip("<>"):
            return False
    return True


def _message(message: Message, form: str, wanted: list[str] | None = None) -> dict:
    answer = {
        "id": message.id,
        "threadId": message.thread_id,
        "labelIds": sorted(message.labels),
        "snippet": "",
        "historyId": str(message.history_id),
        "internalDate": str(message.internal_date),
        "sizeEstimate": message.size,
    }
    if form == "raw":
        answer["raw"] = base64.urlsafe_b64encode(message.source).decode()
    elif form == "metadata":
        names = {name.lower() for name in wanted or ()}
        answer["payload"] = {
            "mimeType": message.headers().get_content_type(),
            "headers": [
                {"name": name, "value": " ".join(str(value).split())}
                for name, value in message.headers().items()
                if not names or name.lower() in names
            ],
        }
    elif form != "minimal":
        raise errors.ApiError(500, f"This stand-in has no format {form}", "backendError")
    return answer


def _draft(box: Mailbox, draft: str, *, is_short: bool = False) -> dict:
    message = box.messages[box.drafts[draft]]
    named = {"id": message.id, "threadId": message.thread_id}
    return {"id": draft, "message": named if is_short else {**named, "labelIds": sorted(message.labels)}}
