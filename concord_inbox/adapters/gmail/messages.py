"""Emails, and what is known of them: each is asked for once, for that is what costs most of the quota.

What Gmail tells of an email costs the same with its source as without it. So an email that nobody here knows is fetched
whole at once, and handed out when its source is wanted.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ..base import Known, RawMessage, RemoteCopy, Settings
from ..errors import InvalidInputError, MessageUnavailableError, ProtocolError
from . import batching, faults
from .batching import MOST_CALLS, Answer, Call, Raw
from .client import Client
from .places import Place, keywords

#: Messages in one page of a list: the most that Gmail gives.
PAGE = 500

#: Bytes of the sources that are handed out together.
GROUP = 8 * 1024 * 1024

#: Answers with sources that are kept until these are wanted.
KEPT = 2

#: Emails of which a session remembers what never changes.
MOST_FACTS = 20_000


@dataclass(frozen=True, slots=True)
class Fact:
    """What never changes about an email, and the labels that it bore when it was asked for (None: it was not)."""

    size: int
    internal_date: datetime
    thread_id: str | None
    labels: frozenset[str] | None = None

    def copy(self, message: str, labels: Iterable[str], thread_id: str | None = None) -> RemoteCopy:
        """The copy of the email in a folder, of which nothing but its id speaks."""
        return RemoteCopy(
            remote_id=message,
            keywords=keywords(labels),
            size=self.size,
            internal_date=self.internal_date,
            email_id=message,
            thread_id=self.thread_id or thread_id,
        )


class Messages:
    """The emails of one account in one session."""

    def __init__(self, client: Client, settings: Settings):
        self._client = client
        self._known = settings.known
        self._facts: dict[str, Fact] = {}
        self._kept: deque[dict[str, Raw]] = deque(maxlen=KEPT)
        self._unavailable: dict[str, faults.ApiError] = {}

    # ------------------------------------------------------------ lists

    def ids(self, query: Mapping) -> Iterator[tuple[str, str]]:
        """Id and conversation of all messages that fit, newest first; asks as it goes."""
        query, seen = {**query, "maxResults": PAGE}, set()
        while True:
            page = self._client.call("messages.list", "GET", "messages", query)
            for row in page.get("messages", ()):
                # A list that changes while one turns its pages may tell a message twice.
                if row["id"] not in seen:
                    seen.add(row["id"])
                    yield row["id"], row.get("threadId", "")
            token = page.get("nextPageToken")
            if not token:
                return
            if token == query.get("pageToken"):
                raise ProtocolError("bad_response", server_text="pages without end")
            query["pageToken"] = token

    # ------------------------------------------------------------ facts

    def known(self, ids: Iterable[str]) -> dict[str, Fact]:
        """What is known of emails without asking Gmail."""
        ids = list(ids)
        found = {message: self._facts[message] for message in ids if message in self._facts}
        if self._known and (missing := [message for message in ids if message not in found]):
            stored: Mapping[str, Known] = self._known(missing)
            found |= {message: Fact(one.size, one.internal_date, None) for message, one in stored.items()}
        return found

    def look_up(self, ids: Iterable[str], *, whole: bool = False) -> dict[str, Fact]:
        """What Gmail says of emails now; those that it does not have are left out.

        :param whole: with their sources, to be handed out by `fetch()`.
        :raises TemporaryError: it does not say it of all of them.
        """
        found: dict[str, Fact] = {}
        failed: dict[str, faults.ApiError] = {}
        query = {"format": "raw" if whole else "minimal"}
        if len(self._facts) > MOST_FACTS:
            self._facts.clear()
        for part in _parts(ids, MOST_CALLS):
            answers = self._ask(part, query)
            if whole:
                self._kept.append({message: answer.raw for message, answer in answers.items() if answer.raw})
            for message, answer in answers.items():
                if answer.error:
                    failed[message] = answer.error
                else:
                    found[message] = self._facts[message] = _fact(answer.document)
        if failed and whole:
            # That its source cannot be had must not stop all others: `fetch()` tells of it.
            self._unavailable |= failed
            found |= self.look_up(failed)
        elif failed:
            raise next(iter(failed.values())).meaning()
        return found

    def header(self, ids: Iterable[str], name: str) -> dict[str, tuple[frozenset[str], bytes]]:
        """The labels and one header (b"": there is none) of emails; those that Gmail does not have are left out."""
        found = {}
        for part in _parts(ids, MOST_CALLS):
            for message, answer in self._ask(part, {"format": "metadata", "metadataHeaders": [name]}).items():
                if answer.error:
                    raise answer.error.meaning()
                headers = answer.document.get("payload", {}).get("headers", ())
                values = [one["value"] for one in headers if one.get("name", "").lower() == name.lower()]
                value = str(values[0]).encode("utf-8", "replace") if values else b""
                found[message] = frozenset(answer.document.get("labelIds", ())), value
        return found

    def _ask(self, ids: Sequence[str], query: Mapping) -> dict[str, Answer]:
        """The answers for those that exist."""
        calls = [Call("messages.get", "GET", f"messages/{_checked(message)}", query) for message in ids]
        answers = zip(ids, batching.run(self._client, calls), strict=True)
        return {message: answer for message, answer in answers if not (answer.error and answer.error.status == 404)}

    def copies(self, place: Place, ids: Iterable[str]) -> list[RemoteCopy]:
        """Those of `ids` that lie in `place`, as they are now."""
        found = self.look_up(dict.fromkeys(ids))
        return [fact.copy(message, fact.labels) for message, fact in found.items() if place.holds(fact.labels)]

    # ------------------------------------------------------------ sources

    def fetch(self, ids: Iterable[str]) -> Iterator[list[RawMessage]]:
        """See `base.Adapter`."""
        refused: dict[str, faults.ApiError] = {}
        for part in _parts(ids, MOST_CALLS):
            sources = self._sources(part)
            refused |= {message: self._unavailable[message] for message in part if message in self._unavailable}
            group: list[RawMessage] = []
            size = 0
            for message, raw in sources.items():
                if group and size + raw.size > GROUP:
                    yield group
                    group, size = [], 0
                size += raw.size
                group.append(RawMessage(message, raw.source()))
            if group:
                yield group
        if refused:
            text = next(iter(refused.values())).text
            ids = sorted(refused)
            raise MessageUnavailableError("refused", remote_ids=ids, remote_id=ids[0], server_text=text)

    def header_blocks(self, ids: Iterable[str]) -> Iterator[list[RawMessage]]:
        """See `base.Adapter`. Gmail has no cheaper way to a header as it was written than the whole email."""
        for part in _parts(ids, MOST_CALLS):
            blocks = [RawMessage(message, raw.header()) for message, raw in self._sources(part).items()]
            if blocks:
                yield blocks

    def _sources(self, ids: Sequence[str]) -> dict[str, Raw]:
        kept = {message: raw for group in self._kept for message, raw in group.items()}
        missing = [message for message in ids if message not in kept]
        for message in missing:
            self._unavailable.pop(message, None)
        if missing:
            self.look_up(missing, whole=True)
            kept |= self._kept[-1]
        return {message: kept[message] for message in ids if message in kept}


def moment(milliseconds: str | int) -> datetime:
    """Gmail's time of reception, to the second."""
    return datetime.fromtimestamp(int(milliseconds) // 1000, UTC)


def _fact(document: dict) -> Fact:
    try:
        return Fact(
            size=int(document.get("sizeEstimate", 0)),
            internal_date=moment(document["internalDate"]),
            thread_id=document.get("threadId"),
            labels=frozenset(document.get("labelIds", ())),
        )
    except (KeyError, ValueError, TypeError, OverflowError, OSError) as error:
        raise ProtocolError("bad_response", server_text=f"no message: {error}") from error


def _checked(message: str) -> str:
    # What goes into an address must not be able to lead to another.
    if not isinstance(message, str) or not message.isalnum() or not message.isascii():
        raise InvalidInputError("control_character")
    return message


def _parts(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    ids = list(ids)
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
