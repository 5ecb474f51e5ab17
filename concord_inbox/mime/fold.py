"""What was written, told from what is quoted below it and from the signature, so that a reader sees the first.

Other than `split`, which takes drafts apart to go on writing them, this works on emails of any program, on text as well
as on HTML, and only says where to cut: the pieces put together are the email, character for character. Whenever it is
not certain that the rest is quoted as a whole, nothing is folded.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from . import announcing, between, quoting
from .outline import Element, Outline, outline

#: The sanitised HTML and the text of each email that may be quoted.
Earlier = Iterable[tuple[str, str]]

#: Characters; of longer texts nothing is folded.
LONGEST = 2 * 1024 * 1024
WRITTEN, SIGNATURE, QUOTE = "written", "signature", "quote"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an email: `kind` is WRITTEN, SIGNATURE or QUOTE."""

    kind: str
    content: str


def pieces_of_text(text: str, earlier: Earlier = ()) -> list[Piece]:
    """Take a plain text apart. Joined, the pieces are `text`.

    :param earlier: emails that may be quoted, asked for where it matters; what is in none of them is not folded away.
    """
    if len(text) > LONGEST:
        return [Piece(WRITTEN, text)]
    lines = text.split("\n")
    quote = _quote_of_text(lines)
    if not _is_anything(lines[:quote]) or _is_written_into_text(lines, quote, earlier):
        quote = len(lines)
    signature = next(
        (at for at in range(1, quote) if announcing.begins_signature(lines, at, quote) and _is_anything(lines[:at])),
        quote,
    )
    cuts = ((WRITTEN, 0, signature), (SIGNATURE, signature, quote), (QUOTE, quote, len(lines)))
    return [
        Piece(kind, "\n".join(lines[start:end]) + ("\n" if end < len(lines) else ""))
        for kind, start, end in cuts
        if start < end
    ]


def _is_anything(lines: list[str]) -> bool:
    return any(line.strip() for line in lines)


def _is_written_into_text(lines: list[str], quote: int, earlier: Earlier) -> bool:
    """Whether something may be written within a quote that is not marked line by line."""
    quoted = [line for line in lines[quote:] if line.strip()]
    if any(line.lstrip().startswith(">") for line in quoted[: announcing.ATTRIBUTION_LINES + 1]) or not quoted:
        return False
    return _is_written_into(lines[:quote], quoted, earlier) or False


def _is_written_into(written: list[str], quoted: list[str], earlier: Earlier) -> bool | None:
    """Whether words say that a quote has something of the writer within; None where they say nothing."""
    if announcing.points_below(written):
        return True
    is_written = between.is_written_into(quoted, earlier)
    if is_written is None and any(map(announcing.is_comment, quoted)):
        return True
    return is_written


def _quote_of_text(lines: list[str]) -> int:
    """The line at which the quote begins that ends the text; how many lines there are if none does."""
    nothing = len(lines)
    for index, raw in enumerate(lines):
        line = raw.strip()
        if line.startswith(">"):
            end = index
            while end < len(lines) and (not lines[end].strip() or lines[end].lstrip().startswith(">")):
                end += 1
            # Something is written below, or between: it cannot be understood without the quote.
            return announcing.attribution_above(lines, index) if announcing.is_afterword(lines[end:]) else nothing
        if announcing.is_forward(line):
            return nothing
        if announcing.is_separator(line):
            return index
        if announcing.header_begins(lines, index):
            return index - 1 if index and announcing.is_rule(lines[index - 1].strip()) else index
    return nothing


def pieces_of_html(html: str, earlier: Earlier = ()) -> list[Piece]:
    """Take sanitised HTML apart. Each piece is whole in itself, but a signature stands where it stood in the text.

    Where elements are cut through, each part gets its own.

    :param earlier: as of `pieces_of_text`.
    """
    if len(html) > LONGEST:
        return [Piece(WRITTEN, html)]
    found = outline(html)
    quote, end = _quote_of_html(found, len(html)) or (len(html), len(html))
    if not found.is_anything_seen(0, quote) or _is_written_into_html(found, quote, end, earlier):
        quote = len(html)
    cuts: list[tuple[int, str, bool]] = []  # where what begins, and whether elements are cut through
    if signature := _signature_element(found, quote):
        cuts += [(signature[0], SIGNATURE, False), (signature[1], WRITTEN, False)]
    elif (start := _signature_line(found, quote)) < quote:
        cuts.append((start, SIGNATURE, True))
    if quote < len(html):
        cuts.append((quote, QUOTE, True))
    pieces = []
    kind, position, begun = WRITTEN, 0, ""
    for place, following, is_seam in cuts:
        ended, begun_anew = _seam(found, place) if is_seam else ("", "")
        pieces.append(Piece(kind, begun + html[position:place] + ended))
        kind, position, begun = following, place, begun_anew
    pieces.append(Piece(kind, begun + html[position:]))
    return [piece for piece in pieces if piece.content]


def _seam(found: Outline, place: int) -> tuple[str, str]:
    """What ends the elements that are open at a place, and what begins them anew."""
    elements = found.within(place)
    ends = "".join(f"</{element.tag}>" for element in reversed(elements))
    return ends, "".join(element.opening for element in elements)


def _is_written_into_html(found: Outline, quote: int, end: int, earlier: Earlier) -> bool:
    written = [text for place, text in found.lines if place < quote]
    quoted = [text for place, text in found.lines if quote <= place < end]
    if not quoted:
        return False
    is_written = _is_written_into(written, quoted, earlier)
    return between.is_coloured_between(found, quote, end) if is_written is None else is_written


def _quote_of_html(found: Outline, length: int) -> tuple[int, int] | None:
    """Where the quote begins that ends the email, and where what is quoted ends; None if none does."""
    by_line = _announced(found)
    for element in found.elements:
        if by_line is not None and by_line[0] < element.start:
            break
        classes = element.get("class").split()
        if quoting.begins_rest(element.tag, element.get("id"), element.get("style")):
            return _from(found, element.start), length
        is_blockquote = element.tag == "blockquote"
        if not is_blockquote and not quoting.holds_quote(element.tag, classes, ""):
            continue
        start = _attributed(found, element.start)
        if (
            is_blockquote
            and start == element.start
            and not quoting.holds_quote("blockquote", classes, element.get("type"))
        ):
            continue  # somebody's words that the writer cites
        if quoting.holds_forward(classes) or _is_forward(found, element, start):
            return None
        last = _last_of_quote(found, element, classes)
        if _is_written_after(found, last.end, length) or _is_answered_within(found, element):
            return None
        return _from(found, start), last.end
    if by_line is None or by_line[1]:
        return None
    return _from(found, by_line[0]), length


def _announced(found: Outline) -> tuple[int, bool] | None:
    """Where a line announces another email, and whether that one is passed on."""
    lines = [text for _place, text in found.lines]
    for index, line in enumerate(lines):
        if announcing.is_forward(line):
            return found.lines[index][0], True
        if announcing.is_separator(line) or announcing.header_begins(lines, index):
            is_ruled = bool(index) and announcing.is_rule(lines[index - 1])
            return found.lines[index - is_ruled][0], False
    return None


def _from(found: Outline, place: int) -> int:
    """The same place, before what belongs to its quote: the elements that begin with it, the rule above it."""
    place = found.raised(place)
    for element in reversed(found.elements):
        if element.tag == "hr" and element.end <= place:
            return found.raised(element.start) if not found.is_anything_seen(element.end, place) else place
    return place


def _attributed(found: Outline, place: int) -> int:
    """Where the attribution begins that stands above the quote at a place; the place if none does."""
    above = found.lines_above(place, 4)
    lines = [text for _start, text in above]
    index = announcing.attribution_above([*lines, ">"], len(lines))
    return above[index][0] if index < len(above) else place


def _is_forward(found: Outline, element: Element, start: int) -> bool:
    """Whether a quote is an email that is passed on, as its first lines or the one above say."""
    near = [text for place, text in found.lines if start <= place < element.end][:3]
    above = [text for _place, text in found.lines_above(start, 1)]
    return any(announcing.is_forward(line) for line in (*above, *near))


def _last_of_quote(found: Outline, element: Element, classes: list[str]) -> Element:
    """The blockquote that belongs to an attribution which stands beside it."""
    if quoting.is_prefix(classes):
        for other in found.elements:
            if other.start >= element.end and other.parent is element.parent:
                return other if other.tag == "blockquote" else element
    return element


def _is_written_after(found: Outline, place: int, end: int) -> bool:
    """Whether there is more between a quote and `end` than a signature, what a mailing list adds, and pictures."""
    signatures = _signatures(found)
    lines = [
        text
        for at, text in found.lines
        if place <= at < end and not any(start <= at < stop for start, stop in signatures)
    ]
    return not announcing.is_afterword(lines)


def _is_answered_within(found: Outline, element: Element) -> bool:
    """Whether something is written between the quotes of one element (as Gmail has it)."""
    if element.tag == "blockquote":
        return False
    quotes = [
        other for other in found.elements if other.tag == "blockquote" and element.start < other.start < element.end
    ]
    place = None
    for other in quotes:
        if place is not None and other.start < place:
            continue  # within the one before
        if place is not None and found.is_anything_seen(place, other.start):
            return True
        place = other.end
    return place is not None and _is_written_after(found, place, element.end - len(f"</{element.tag}>"))


def _signatures(found: Outline) -> list[tuple[int, int]]:
    return [
        (element.start, element.end)
        for element in found.elements
        if quoting.is_signature(element.get("class").split(), element.get("id"))
    ]


def _signature_element(found: Outline, quote: int) -> tuple[int, int] | None:
    """From where to where the writer's signature is, where it has an element of its own."""
    for start, end in _signatures(found):
        if end <= quote and found.is_anything_seen(start, end) and found.is_anything_seen(0, start):
            return start, end
    return None


def _signature_line(found: Outline, quote: int) -> int:
    """Where the signature begins below its dashes; `quote` if none does."""
    own = [(place, text) for place, text in found.lines if place < quote]
    lines = [text for _place, text in own]
    for index, (place, _text) in enumerate(own):
        if index and announcing.begins_signature(lines, index, len(lines)):
            return found.raised(place)
    return quote
