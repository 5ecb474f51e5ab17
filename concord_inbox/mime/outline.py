"""Where elements and lines stand in sanitised HTML, so that it can be cut without being written anew."""

import bisect
import html as html_module
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# Of the sanitiser's output, which escapes < and > elsewhere and closes every element.
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)([^<>]*)>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_VOID = frozenset({"br", "col", "hr", "img", "wbr", "area"})
_INLINE = frozenset(
    """a abbr acronym b bdi bdo big cite code del dfn em font i img ins kbd mark nobr q s samp small span strike strong
    sub sup time tt u var wbr""".split()
)
_SEEN = frozenset({"img", "hr"})
_BLANK = "\u200b\ufeff\u200c\u200d \t\r\n\f\u00a0"


@dataclass(slots=True)
class Element:
    """An element: from its first "<" to behind its last ">"."""

    tag: str
    raw: str  # its attributes as they are written
    start: int
    inside: int
    parent: "Element | None"
    end: int = 0

    def get(self, name: str) -> str:
        """An attribute's value, '' when it has none."""
        return next((html_module.unescape(value) for key, value in _ATTRIBUTE.findall(self.raw) if key == name), "")

    @property
    def opening(self) -> str:
        return f"<{self.tag}{self.raw}>"


@dataclass(slots=True)
class Outline:
    """Elements in the order of their beginnings, lines of text with where they begin, and where there is anything to
    see."""

    elements: list[Element] = field(default_factory=list)
    lines: list[tuple[int, str]] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    #: Where each text stands, and in which element.
    texts: list[tuple[int, "Element | None"]] = field(default_factory=list)

    def is_anything_seen(self, start: int, end: int) -> bool:
        """Whether there is text, a picture or a rule between two places."""
        at = bisect.bisect_left(self.seen, start)
        return at < len(self.seen) and self.seen[at] < end

    def lines_above(self, place: int, count: int) -> list[tuple[int, str]]:
        """The last lines that begin before a place, at most `count`."""
        end = bisect.bisect_left(self.lines, place, key=lambda line: line[0])
        return self.lines[max(0, end - count) : end]

    def within(self, place: int) -> list[Element]:
        """The elements that are open at a place, outermost first."""
        return [element for element in self.elements if element.start < place < element.end]

    def texts_between(self, start: int, end: int) -> Iterator[tuple[int, "Element | None"]]:
        """Each text between two places: where it stands, and the element that it is in."""
        first = bisect.bisect_left(self.texts, start, key=lambda one: one[0])
        for place, element in self.texts[first:]:
            if place >= end:
                break
            yield place, element

    def raised(self, place: int) -> int:
        """The same place, before the elements in which nothing to be seen comes before it."""
        for element in reversed(self.within(place)):
            if self.is_anything_seen(element.inside, place):
                break
            place = element.start
        return place


def outline(html: str) -> Outline:
    """Read sanitised HTML, in linear time."""
    found = Outline()
    stack: list[Element] = []
    line: list[str] = []
    begun = position = 0

    def end_line(place: int) -> None:
        nonlocal begun
        if text := "".join(line).replace("\u00a0", " ").strip(_BLANK):
            found.lines.append((begun, " ".join(text.split())))
        line.clear()
        begun = place

    for match, text in _pieces(html):
        if text.strip(_BLANK):
            found.seen.append(position)
            found.texts.append((position, _last(stack)))
        line.append(text)
        if match is None:
            break
        position = match.end()
        closing, tag, raw = match.groups()
        if tag not in _INLINE:
            end_line(match.end())
        if tag in _SEEN and not closing:
            found.seen.append(match.start())
        if tag in _VOID:
            if tag == "hr":
                found.elements.append(Element(tag, raw, match.start(), match.end(), _last(stack), match.end()))
        elif not closing:
            element = Element(tag, raw, match.start(), match.end(), _last(stack), len(html))
            found.elements.append(element)
            stack.append(element)
        elif stack and stack[-1].tag == tag:
            stack.pop().end = match.end()
    end_line(len(html))
    return found


def _last(stack: list[Element]) -> Element | None:
    return stack[-1] if stack else None


def _pieces(html: str) -> Iterator[tuple[re.Match | None, str]]:
    """Each tag with the text before it; in the end the text behind the last one."""
    position = 0
    for match in _TAG.finditer(html):
        if match.start() < position:
            continue
        yield match, html_module.unescape(html[position : match.start()])
        position = match.end()
        if match[2] == "style" and not match[1]:
            end = html.find("</style>", position)
            position = len(html) if end < 0 else end
    yield None, html_module.unescape(html[position:])
