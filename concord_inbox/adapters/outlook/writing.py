"""Changes of messages where they are: flags, categories, and deleting them for good."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from ..base import ANSWERED, DRAFT, FLAGGED, SEEN, RemoteFolder, RemoteId, Removed, Written
from . import batch, looking
from .client import Client, quoted
from .folders import lacks_action
from .records import (
    FORWARD,
    FORWARDED,
    ICON,
    ICONS,
    LAST_VERB,
    LAST_VERB_TIME,
    REPLY,
    REPLY_ALL,
    SELECT,
    keyword_of,
    properties_of,
    text_of,
)

#: What an email is neither given nor can lose, or what is no flag of Outlook's.
_UNSUPPORTED = (DRAFT, "deleted")


def set_keywords(
    client: Client,
    folder: RemoteFolder,
    cursor: dict,
    ids: Iterable[RemoteId],
    add: frozenset[str],
    remove: frozenset[str],
) -> Written:
    """See `base.Adapter.set_keywords`. The cursor stays what it is: the next look tells what was written here."""
    unsupported = frozenset(word for word in add | remove if word in _UNSUPPORTED)
    add, remove = add - unsupported, remove - unsupported
    ids = list(dict.fromkeys(ids))
    if not add | remove:
        return Written(frozenset(ids), unsupported=unsupported, cursor=cursor)
    # All of these must be in the folder, and of some flags one must know what they are to write them.
    changed = {item["id"]: _values(item, add, remove) for item in looking.items(client, folder, ids, SELECT)}
    parts = [
        batch.Part(one, "PATCH", f"{client.user}/messages/{quoted(one)}", values)
        for one, values in changed.items()
        if values
    ]
    refused, text = set(), ""
    for answer in batch.run(client, parts):
        if answer.error and not answer.error.is_missing:
            if answer.error.status in (401, 500, 502, 503, 504):
                raise answer.error
            refused.add(answer.key)
            text = answer.error.server_text
    return Written(frozenset(ids) - refused, frozenset(refused), unsupported, cursor, text)


def _values(item: dict, add: frozenset[str], remove: frozenset[str]) -> dict:
    """What is to be written to a message; nothing where it is so already."""
    values: dict = {}
    if SEEN in add | remove and bool(item.get("isRead")) != (SEEN in add):
        values["isRead"] = SEEN in add
    if FLAGGED in add | remove and ((item.get("flag") or {}).get("flagStatus") == "flagged") != (FLAGGED in add):
        values["flag"] = {"flagStatus": "flagged" if FLAGGED in add else "notFlagged"}
    if verb := _verb(properties_of(item).get(LAST_VERB, "0"), add, remove):
        values["singleValueExtendedProperties"] = [
            {"id": LAST_VERB, "value": verb},
            {"id": LAST_VERB_TIME, "value": text_of(datetime.now(UTC))},
            {"id": ICON, "value": ICONS[verb]},
        ]
    own = (SEEN, FLAGGED, ANSWERED, FORWARDED)
    before = item.get("categories") or []
    after = [category for category in before if keyword_of(category) not in remove]
    there = {keyword_of(category) for category in after}
    after += sorted(word for word in add if word not in own and word not in there)
    if after != before:
        values["categories"] = after
    return values


def _verb(verb: str, add: frozenset[str], remove: frozenset[str]) -> str:
    """What PR_LAST_VERB_EXECUTED becomes, '' if it stays. That an email was answered is not given up for that it was
    forwarded."""
    answered = verb in (REPLY, REPLY_ALL)
    if ANSWERED in add:
        return "" if answered else REPLY
    if ANSWERED in remove and answered:
        return FORWARD if FORWARDED in add else "0"
    if FORWARDED in add and not answered and verb != FORWARD:
        return FORWARD
    return "0" if FORWARDED in remove and verb == FORWARD else ""


def delete(client: Client, folder: RemoteFolder, ids: Iterable[RemoteId]) -> Removed:
    """See `base.Adapter.delete`. What lies in another folder by now is left alone, and counts as gone."""
    ids = list(dict.fromkeys(ids))
    there = looking.present(client, folder, ids)
    gone = set(ids) - there
    refused, text, simply = set(), "", []
    for answer in _each(client, there, lambda path: ("POST", f"{path}/permanentDelete")):
        if answer.error and lacks_action(answer.error):
            simply.append(answer.key)
        elif answer.error and not answer.error.is_missing:
            text = _refusal(answer)
            refused.add(answer.key)
        else:
            gone.add(answer.key)
    # Deleting puts an email among the deleted items, and from there among what only administrators see.
    rounds = 1 if folder.handle.get("known") == "deleteditems" else 2
    for _ in range(rounds if simply else 0):
        for answer in _each(client, simply, lambda path: ("DELETE", path)):
            if answer.error and not answer.error.is_missing:
                text = _refusal(answer)
                refused.add(answer.key)
    gone.update(one for one in simply if one not in refused)
    return Removed(frozenset(gone), refused=frozenset(refused), server_text=text)


def _each(client: Client, ids: Iterable[RemoteId], request: Callable[[str], tuple[str, str]]):
    parts = [batch.Part(one, *request(f"{client.user}/messages/{quoted(one)}")) for one in ids]
    return batch.run(client, parts)


def _refusal(answer: batch.Answer) -> str:
    """What Graph says of one message; what is nobody's fault is raised."""
    if answer.error.status in (401, 500, 502, 503, 504):
        raise answer.error
    return answer.error.server_text
