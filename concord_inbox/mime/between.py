"""Whether somebody wrote between the lines of a quote that bears no marks by line, as users of Outlook do in colour.

Where emails are known that may be what is quoted, words decide: a quote with words that are in none of them is more
than a quote. Where none is known, looks do. Folding takes what was written out of sight, so whatever may be an answer
is one.
"""

import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from . import announcing
from .outline import Element, Outline, outline

#: Characters of earlier emails that are compared with; what is beyond counts as unknown.
MOST_KNOWN = 1024 * 1024
#: So many words in sequence are found in the email that they come from. A word is known if it is in any such sequence.
_RUN = 3

# What programs add to a text in place of what they cannot show: [cid:image001.png], <https://where.a.link/leads>.
_ADDED = re.compile(
    r"<(?:https?:|mailto:|tel:|cid:|file:)[^<>]{0,2000}>|\[(?:cid:|image:|https?:)[^\[\]]{0,2000}\]", re.I
)
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")


def is_written_into(lines: Sequence[str], earlier: Iterable[tuple[str, str]]) -> bool | None:
    """Whether a quote holds words that are in none of the earlier emails; None where it quotes none of them.

    How lines are broken does not matter, nor do punctuation and what programs add.

    :param lines: of the quote, with what announces it.
    :param earlier: the HTML (sanitised) and the text of each email that may be quoted; asked for only when needed.
    """
    lines = announcing.without_announcement(lines)
    words: list[str] = []
    line_of: list[int] = []
    for number, line in enumerate(lines):
        found = _words(line)
        words += found
        line_of += [number] * len(found)
    known = _runs_of_all(earlier)
    if not known or not words:
        return None
    padded = _padded(words)
    covered = array("b", bytes(len(padded)))
    for at in range(len(padded) - _RUN + 1):
        if tuple(padded[at : at + _RUN]) in known:
            covered[at : at + _RUN] = array("b", b"\1" * _RUN)
    is_known = covered[_RUN - 1 : len(padded) - _RUN + 1]
    if not any(is_known):
        return None
    # Above what came from elsewhere, the mail servers of firms put a warning.
    first = line_of[is_known.index(1)]
    return any(
        not known_word and not (line_of[at] < first and announcing.is_warning(lines[line_of[at]]))
        for at, known_word in enumerate(is_known)
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(_ADDED.sub(" ", text).casefold())


def _padded(words: list[str]) -> list[str]:
    """Begin and end count as words, so that an email of one word is found."""
    return [*[""] * (_RUN - 1), *words, *[""] * (_RUN - 1)]


def _runs_of_all(earlier: Iterable[tuple[str, str]]) -> set[tuple[str, ...]]:
    runs: set[tuple[str, ...]] = set()
    room = MOST_KNOWN
    for html, text in earlier:
        for lines in ([line for _place, line in outline(html).lines] if html else [], [text]):
            length = sum(map(len, lines))
            if length > room:
                continue
            room -= length
            padded = _padded([word for line in lines for word in _words(line)])
            runs.update(zip(*(padded[at:] for at in range(_RUN)), strict=False))
    return runs


# ---------------------------------------------------------------- looks

_COLOUR = re.compile(r"(?:^|;)\s*color\s*:\s*([^;]{1,60})", re.IGNORECASE)
_HIGHLIGHT = re.compile(r"(?:^|;)\s*background(?:-color)?\s*:\s*([^;]{1,60})", re.IGNORECASE)
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})\b", re.IGNORECASE)
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})", re.IGNORECASE)
#: Those that are none, as the text around would have it anyway.
_PLAIN = frozenset(
    """windowtext inherit initial unset currentcolor transparent none black white gray grey silver dimgray dimgrey
    darkgray darkgrey lightgray lightgrey gainsboro whitesmoke snow ghostwhite slategray slategrey text canvastext
    auto""".split()
)
#: Difference between the strongest and the weakest of red, green and blue from which on one sees a colour.
_VIVID = 60


def is_coloured_between(found: Outline, start: int, end: int) -> bool:
    """Whether one of the emails in a quote has words in a colour, or highlighted, beside words that are not so.

    Links do not count. Each email of a quoted history is looked at by itself: one that is blue as a whole is nothing.
    """
    lines = [text for _place, text in found.lines]
    places = [place for place, _text in found.lines] + [end]
    headers = [(places[first], places[behind]) for first, behind in announcing.headers(lines)]
    known: dict[int, _Look] = {}
    met: set[tuple[str, str]] = set()
    next_header = 0
    for place, element in found.texts_between(start, end):
        while next_header < len(headers) and headers[next_header][0] <= place:
            next_header += 1
            met.clear()
        if next_header and place < headers[next_header - 1][1]:
            continue
        look = _look(element, known)
        if not look.is_link:
            met.add((look.colour, look.highlight))
            if len(met) > 1:
                return True
    return False


@dataclass(frozen=True, slots=True)
class _Look:
    """How a text looks: colours as they are written, '' for none to be seen."""

    colour: str = ""
    highlight: str = ""
    is_link: bool = False


_UNMARKED = _Look()
#: Elements whose background is no paper.
_WITHIN_LINES = frozenset({"span", "font", "b", "i", "u", "em", "strong", "mark"})


def _look(element: Element | None, known: dict[int, _Look]) -> _Look:
    """How a text in an element looks; those that were asked for are `known`, by where they begin."""
    above: list[Element] = []
    while element is not None and element.start not in known:
        above.append(element)
        element = element.parent
    look = known[element.start] if element is not None else _UNMARKED
    for inner in reversed(above):
        style = inner.get("style")
        colour, highlight = look.colour, look.highlight
        if (named := _COLOUR.search(style)) or inner.tag == "font":
            value = named[1] if named else inner.get("color")
            colour = _vivid(value) if value else colour
        if inner.tag in _WITHIN_LINES:
            marked = _HIGHLIGHT.search(style)
            highlight = _vivid(marked[1]) if marked else "mark" if inner.tag == "mark" else highlight
        look = known[inner.start] = _Look(colour, highlight, look.is_link or inner.tag == "a")
    return look


def _vivid(value: str) -> str:
    """A colour as it is written, '' if it is black, white or grey."""
    value = value.strip().lower().removesuffix("!important").strip()
    if found := _HEX.search(value):
        digits = found[1] if len(found[1]) == 6 else "".join(digit * 2 for digit in found[1])
        parts = [int(digits[at : at + 2], 16) for at in (0, 2, 4)]
        return f"#{digits}" if max(parts) - min(parts) >= _VIVID else ""
    if found := _RGB.search(value):
        parts = [min(int(part), 255) for part in found.groups()]
        return "#" + "".join(f"{part:02x}" for part in parts) if max(parts) - min(parts) >= _VIVID else ""
    return "" if not value or value.split()[0] in _PLAIN else value
