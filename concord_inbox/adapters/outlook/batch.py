"""Many small requests in one (`$batch`), each with an answer of its own."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..errors import ProtocolError
from .client import IMMUTABLE, Client
from .faults import GraphError

#: Graph takes so many.
SIZE = 20
#: Graph works at four requests of a batch to one mailbox at a time and may refuse some of the others for a moment.
#: Longer than this it is not waited for here, but told to whoever asked.
PATIENCE = 5.0
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Part:
    """One request. `path` is below the API and may have a query; `key` is the caller's word for it."""

    key: object
    method: str
    path: str
    value: object = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a part: its body, or the error."""

    key: object
    body: object = None
    error: GraphError | None = None


def run(client: Client, parts: Iterable[Part]) -> Iterator[Answer]:
    """The answers, in the order of `parts`, as far as they were needed.

    A part that Graph refuses for a moment is asked for again, if the moment is short.

    :raises GraphError: a batch as a whole, or a part for longer: what came before it was yielded.
    """
    parts = list(parts)
    for start in range(0, len(parts), SIZE):
        yield from _group(client, parts[start : start + SIZE])


def _group(client: Client, parts: list[Part]) -> Iterator[Answer]:
    answers: dict[int, Answer] = {}
    waiting = dict(enumerate(parts))
    for attempt in range(ATTEMPTS):
        busy: dict[int, GraphError] = {}
        for number, answer in _ask(client, waiting).items():
            if answer.error and answer.error.is_busy:
                busy[number] = answer.error
            else:
                answers[number] = answer
        waiting = {number: waiting[number] for number in busy}
        waits = (1.0 if error.retry_after is None else error.retry_after for error in busy.values())
        wait = max(waits, default=0.0)
        if not busy or wait > PATIENCE or attempt == ATTEMPTS - 1:
            break
        time.sleep(wait)
    for number in sorted(answers):
        yield answers[number]
    if waiting:
        raise max(busy.values(), key=lambda error: error.retry_after or 0.0)


def _ask(client: Client, parts: dict[int, Part]) -> dict[int, Answer]:
    requests = []
    for number, part in parts.items():
        request = {"id": str(number), "method": part.method, "url": part.path}
        request["headers"] = {"Prefer": IMMUTABLE, **part.headers}
        if part.value is not None:
            request["body"] = part.value
            request["headers"]["Content-Type"] = "application/json"
        requests.append(request)
    result = client.call("POST", "/$batch", value={"requests": requests})
    answers = {}
    for response in result.get("responses") or ():
        number = int(response["id"])
        part = parts[number]
        status, body = response["status"], response.get("body")
        if status < 300:
            answers[number] = Answer(part.key, body)
        else:
            error = client.error_of(status, body, response.get("headers") or {}, part.method)
            answers[number] = Answer(part.key, error=error)
    if answers.keys() != parts.keys():
        raise ProtocolError("bad_response", server_text="a batch with answers missing")
    return answers
