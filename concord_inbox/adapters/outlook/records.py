"""Messages as Graph describes them, and as `base.RemoteCopy`.

Graph tells neither the size of a message nor whether it was answered; both are had as extended properties, which are
MAPI's. Of PR_LAST_VERB_EXECUTED there is one: an email that was answered and then forwarded counts as forwarded alone.
"""

import hashlib
import json
from datetime import UTC, datetime

from ..base import ANSWERED, DRAFT, FLAGGED, SEEN, RemoteCopy
from ..errors import ProtocolError
from .client import query_of
from .faults import understood

FORWARDED = "$forwarded"

SIZE = "Integer 0x0E08"  # PR_MESSAGE_SIZE
LAST_VERB = "Integer 0x1081"  # PR_LAST_VERB_EXECUTED
LAST_VERB_TIME = "SystemTime 0x1082"  # PR_LAST_VERB_EXECUTION_TIME
ICON = "Integer 0x1080"  # PR_ICON_INDEX

#: Values of PR_LAST_VERB_EXECUTED: answered, answered to all, forwarded.
REPLY, REPLY_ALL, FORWARD = "102", "103", "104"
#: What Outlook shows beside them.
ICONS = {REPLY: "261", FORWARD: "262", "0": "-1"}

#: Exchange counts all that it keeps of an email: the number grows with each flag. What tells emails apart must not, so
#: that only as much of it is told as stays what it is.
SIZE_UNIT = 1024 * 1024

FIELDS = "id,receivedDateTime,createdDateTime,isRead,isDraft,flag,categories,conversationId,parentFolderId"
PROPERTIES = f"singleValueExtendedProperties($filter=id eq '{SIZE}' or id eq '{LAST_VERB}')"

#: What a request for messages selects, encoded.
SELECT = query_of(select=FIELDS, expand=PROPERTIES)

#: What people write in a draft. It keeps its id whatever becomes of these.
_WRITTEN = ("subject", "body", "toRecipients", "ccRecipients", "bccRecipients", "hasAttachments")
#: The same for the folder of drafts.
SELECT_DRAFTS = query_of(select=",".join((FIELDS, *_WRITTEN)), expand=PROPERTIES)


def text_key(item: dict) -> str:
    """What tells one version of a draft from the next, of a message listed with `SELECT_DRAFTS`."""
    written = json.dumps([item.get(name) for name in _WRITTEN], sort_keys=True)
    return hashlib.blake2b(written.encode(), digest_size=8).hexdigest()


def copy_of(item: dict) -> RemoteCopy:
    """A message as Graph lists it with `SELECT`.

    :raises ProtocolError: there is no id or no date in it.
    """
    with understood():
        remote_id = item["id"]
        received = time_of(item.get("receivedDateTime") or item["createdDateTime"])
        extended = properties_of(item)
    if not isinstance(remote_id, str) or not remote_id:
        raise ProtocolError("bad_response", server_text="a message without an id")
    return RemoteCopy(
        remote_id=remote_id,
        keywords=keywords_of(item, extended),
        size=_coarse(extended.get(SIZE, "0")),
        internal_date=received,
        email_id=remote_id,
        thread_id=item.get("conversationId"),
    )


def keywords_of(item: dict, extended: dict[str, str]) -> frozenset[str]:
    """The keywords of a message: its flags, and its categories in lower case."""
    verb = extended.get(LAST_VERB)
    flags = {
        SEEN: item.get("isRead"),
        DRAFT: item.get("isDraft"),
        FLAGGED: (item.get("flag") or {}).get("flagStatus") == "flagged",
        ANSWERED: verb in (REPLY, REPLY_ALL),
        FORWARDED: verb == FORWARD,
    }
    own = {keyword for keyword, is_set in flags.items() if is_set}
    return frozenset(own | {keyword_of(category) for category in item.get("categories") or ()})


def keyword_of(category: str) -> str:
    """A category as a keyword, which has no spaces. It may not pass for one of the flags."""
    keyword = "_".join(category.lower().split())
    return f"category_{keyword}" if keyword in (SEEN, FLAGGED, ANSWERED, DRAFT, FORWARDED, "deleted", "") else keyword


def properties_of(item: dict) -> dict[str, str]:
    """The extended properties by their ids, written as MAPI's tags are here (``Integer 0x0E08``)."""
    found = {}
    for entry in item.get("singleValueExtendedProperties") or ():
        kind, _, tag = str(entry.get("id", "")).partition(" ")
        # Graph may write 0xe08 where it was asked for 0x0E08.
        name = f"{kind} 0x{int(tag, 16):04X}" if tag.lower().startswith("0x") else f"{kind} {tag}"
        found[name] = str(entry.get("value", ""))
    return found


def time_of(text: str) -> datetime:
    """``2026-11-30T10:00:00Z`` as a time, to the second."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC).replace(microsecond=0)


def text_of(time: datetime) -> str:
    """The reverse, as filters take it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def newer_than(limit: datetime | None) -> str:
    """The condition that leaves out what was received before; '' if there is no limit."""
    return f"receivedDateTime ge {text_of(limit)}" if limit else ""


def _coarse(size: str) -> int:
    try:
        return (int(size) + SIZE_UNIT // 2) // SIZE_UNIT * SIZE_UNIT
    except ValueError:
        return 0
