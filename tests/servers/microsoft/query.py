"""The OData options that the stand-in understands, which are those that the mail part of Graph is known to take."""

import re
from dataclasses import dataclass

from .descriptions import Descriptions
from .mailbox import Message

_EXPAND = re.compile(r"singleValueExtendedProperties\(\$filter=(id eq '[^']+'(?: or id eq '[^']+')*)\)")
_TIME = re.compile(r"(receivedDateTime) (ge|gt|le|lt) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")
_ID = re.compile(r"(internetMessageId) (eq) '((?:[^']|'')*)'")


class BadRequestError(Exception):
    """What the client asks for cannot be understood."""

    def __init__(self, text: str, code: str = "BadRequest", status: int = 400):
        super().__init__(text)
        self.code, self.status = code, status


@dataclass(frozen=True)
class Options:
    """The options of one request for messages."""

    select: tuple[str, ...] = ()
    extended: tuple[str, ...] = ()
    conditions: tuple[tuple[str, str, str], ...] = ()
    newest_first: bool = False
    top: int = 0
    count: bool = False

    def fits(self, message: Message) -> bool:
        """Whether the filter lets a message through."""
        return all(_fits(message.values.get(name), operator, wanted) for name, operator, wanted in self.conditions)


def _fits(value: str | None, operator: str, wanted: str) -> bool:
    value = value or ""
    answers = {
        "eq": value == wanted,
        "ge": value >= wanted,
        "gt": value > wanted,
        "le": value <= wanted,
        "lt": value < wanted,
    }
    return answers[operator]


def read(
    parameters: dict[str, str], descriptions: Descriptions, *, delta: bool = False, kind: str = "Message"
) -> Options:
    """The options in the query of a request.

    :raises BadRequestError: there is something in it that Graph does not take.
    """
    known = {"$select", "$expand", "$filter", "$orderby", "$top"} | (set() if delta else {"$count"})
    for name in parameters.keys() - known:
        raise BadRequestError(f"The query specified in the URI is not valid: {name}")
    select = tuple(name for name in parameters.get("$select", "").split(",") if name)
    for name in select:
        if name not in descriptions.properties(kind):
            raise BadRequestError(f"Could not find a property named '{name}' on type 'microsoft.graph.{kind}'.")
    options = Options(
        select,
        _extended(parameters.get("$expand", "")),
        _conditions(parameters.get("$filter", "")),
        _newest_first(parameters.get("$orderby", "")),
        _top(parameters.get("$top", "")),
        parameters.get("$count") == "true",
    )
    filtered = [name for name, _operator, _value in options.conditions]
    if delta and any(
        name != "receivedDateTime" or operator not in ("ge", "gt") for name, operator, _ in options.conditions
    ):
        raise BadRequestError("The filter is not supported for change tracking.", "ErrorInvalidUrlQueryFilter")
    if options.newest_first and filtered and filtered[0] != "receivedDateTime":
        raise BadRequestError("The restriction or sort order is too complex for this operation.", "InefficientFilter")
    return options


def _extended(text: str) -> tuple[str, ...]:
    if not text:
        return ()
    match = _EXPAND.fullmatch(text)
    if not match:
        raise BadRequestError(f"Parsing OData Select and Expand failed: {text}")
    return tuple(re.findall(r"'([^']+)'", match[1]))


def _conditions(text: str) -> tuple[tuple[str, str, str], ...]:
    found = []
    for part in text.split(" and ") if text else ():
        match = _TIME.fullmatch(part) or _ID.fullmatch(part)
        if not match:
            raise BadRequestError(f"Invalid filter clause: {part}")
        found.append((match[1], match[2], match[3].replace("''", "'")))
    return tuple(found)


def _newest_first(text: str) -> bool:
    if text and text != "receivedDateTime desc":
        raise BadRequestError(f"The $orderby expression '{text}' is not supported.")
    return bool(text)


def _top(text: str) -> int:
    if not text:
        return 0
    if not text.isdigit() or not 0 < int(text) <= 1000:
        raise BadRequestError(f"Invalid value '{text}' for $top query option.")
    return int(text)
