"""What people type to find emails: words, "phrases", -not, OR, and operators such as ``from:anna has:attachment``.

No Odoo in here: text in, conditions out. What is no operator is a word, for somebody who searches must never be told
that he made a mistake in a language that he did not know he was writing.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

#: Operators whose value is looked for among the words of an email.
TEXT = frozenset({"", "subject", "from", "to", "cc", "bcc", "filename"})
_SYNONYMS = {"file": "filename", "attachment": "filename", "newer": "newer_than", "older": "older_than", "label": "in"}
_CHOICES = {
    "is": frozenset({"unread", "read", "starred", "unstarred", "answered", "unanswered", "draft", "sent", "received"}),
    "has": frozenset({"attachment"}),
}
_DATES = frozenset({"before", "after"})
_AGES = frozenset({"newer_than", "older_than"})
_NAMES = frozenset({"in", "account"})
_OPERATORS = (TEXT - {""}) | _NAMES | _CHOICES.keys() | _DATES | _AGES
#: More than anybody types, and few enough for the database.
MOST_TERMS = 40
LONGEST = 1000

_TOKEN = re.compile(r'(-?)(?:([A-Za-z_]+):)?(?:"([^"]*)"?|(\S+))|(\S)')
_AGE = re.compile(r"(\d{1,5})([dwmy])", re.IGNORECASE)
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?|(\d{4})")


@dataclass(frozen=True, slots=True)
class Term:
    """One condition.

    :param operator: '' for words.
    :param value: text; for dates and ages a `date`.
    :param is_phrase: it was in quotes: whole words, one behind the other.
    """

    operator: str
    value: str | date
    is_phrase: bool = False
    is_negated: bool = False


def parse(text: str, today: date) -> list[list[Term]]:
    """Return the conditions that must all hold, each a list of terms of which one must: OR joins its two neighbours.

    :param today: the user's, from which ages count.
    """
    conditions: list[list[Term]] = []
    joined = False  # the next term is an alternative to the last one
    count = 0
    for match in _TOKEN.finditer(text[:LONGEST]):
        if match[0] == "OR":
            joined = bool(conditions)
            continue
        term = _term(match, today)
        if term is None:
            continue
        count += 1
        if count > MOST_TERMS:
            break
        if joined:
            conditions[-1].append(term)
        else:
            conditions.append([term])
        joined = False
    return conditions


def _term(match: re.Match, today: date) -> Term | None:
    minus, name, quoted, plain, _odd = match.groups()
    value = quoted if quoted is not None else (plain or "").strip('"')
    is_negated, is_phrase = bool(minus), quoted is not None
    if not name and value.endswith(":") and _canonical(value[:-1]) in _OPERATORS:
        return None  # still being typed
    if name:
        operator = _canonical(name)
        known = _known(operator, value, today)
        if known is not None:
            return Term(operator, known, is_phrase, is_negated)
        if operator in _OPERATORS and not value:
            return None
        value = f"{name}:{value}"
    return Term("", value, is_phrase, is_negated) if value.strip() else None


def _canonical(name: str) -> str:
    return _SYNONYMS.get(name.lower(), name.lower())


def _known(operator: str, value: str, today: date) -> str | date | None:
    """The value of an operator, or None if it is none or has no such value."""
    if operator in TEXT | _NAMES:
        return value.strip() or None
    if operator in _CHOICES:
        chosen = value.lower().rstrip("s") if operator == "has" else value.lower()
        return chosen if chosen in _CHOICES[operator] else None
    if operator in _DATES:
        return _date(value)
    if operator in _AGES and (age := _AGE.fullmatch(value)):
        days = int(age[1]) * _DAYS[age[2].lower()]
        return today - timedelta(days=min(days, today.toordinal() - 1))
    return None


def _date(value: str) -> date | None:
    found = _DATE.fullmatch(value)
    if not found:
        return None
    year, month, day = int(found[1] or found[4]), int(found[2] or 1), int(found[3] or 1)
    try:
        return date(year, month, day)
    except ValueError:
        return None
