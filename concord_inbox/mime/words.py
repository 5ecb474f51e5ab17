"""The words of a text as they are searched for: without case and accents, whatever the language.

Where people write no blanks between words (Chinese, Japanese, Thai, …) each pair of neighbouring characters is a word,
so that any run of two or more characters is found as a phrase.
"""

import re
import unicodedata
from collections.abc import Iterator

#: Characters of a word that count; what is longer (an encoded key, a link's end) is found by its beginning.
LONGEST = 64

# Accents and the like. Looked at once: a translation is many times faster than asking for each character.
_MARKS = dict.fromkeys(code for code in range(0x300, 0x20000) if unicodedata.category(chr(code)) == "Mn")
# Letters that people type without their stroke, and that Unicode does not take apart.
_STROKES = {ord(letter): plain for letter, plain in zip("øłđħŧıæœð", "o l d h t i ae oe d".split(), strict=True)}
_FOLDED = {**_MARKS, **_STROKES}

#: Scripts without blanks: Thai, Lao, Burmese, Khmer, kana, Han.
_RUN = (
    "\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u109f\u1780-\u17d3\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f"
)
_WORD = re.compile(rf"[{_RUN}]+|[^\W_{_RUN}]+")
#: As `_WORD`, of a text that is not folded, where accents may be characters of their own.
_RAW_WORD = re.compile(rf"[{_RUN}\u0300-\u036f]+|[^\W_{_RUN}](?:[^\W_{_RUN}]|[\u0300-\u036f])*")
_ASCII_WORD = re.compile("[a-z0-9]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_IS_RUN = re.compile(f"[{_RUN}]")


def fold(text: str) -> str:
    """Return `text` without case, accents and differences of width."""
    text = text.lower()
    # Character by character Unicode is slow, and most of most texts is ASCII.
    return text if text.isascii() else _NOT_ASCII.sub(_fold_run, text)


def _fold_run(match: re.Match) -> str:
    return unicodedata.normalize("NFKD", match[0].casefold()).casefold().translate(_FOLDED)


def words(text: str) -> list[str]:
    """Return the words of `text`, folded, to be stored: the last character of a run stands for itself as well."""
    folded = fold(text)
    if folded.isascii():
        return [word[:LONGEST] for word in _ASCII_WORD.findall(folded)]
    found = []
    for word in _WORD.findall(folded):
        if _IS_RUN.match(word):
            found += [word[position : position + 2] for position in range(len(word))]
        else:
            found.append(word[:LONGEST])
    return found


def wanted(text: str) -> list[str]:
    """Return the words of `text`, folded, to be looked for, one directly behind the other."""
    found = []
    for match in _WORD.finditer(fold(text)):
        if len(match[0]) > 1 and _IS_RUN.match(match[0]):
            found += [match[0][position : position + 2] for position in range(len(match[0]) - 1)]
        else:
            found.append(match[0][:LONGEST])
    return found


def find(text: str, beginnings: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Yield from where to where `text` has words that begin with one of `beginnings` (folded), in order."""
    if not beginnings:
        return
    by_first = tuple(beginnings)
    for match in _RAW_WORD.finditer(text):
        folded = fold(match[0])
        if _IS_RUN.match(folded):
            yield from _find_in_run(match, folded, beginnings)
        elif folded.startswith(by_first):
            yield match.span()


def _find_in_run(match: re.Match, folded: str, beginnings: frozenset[str]) -> Iterator[tuple[int, int]]:
    if len(folded) != len(match[0]):
        # Nobody knows which character became which: all of it or nothing.
        if any(one in folded for one in beginnings):
            yield match.span()
        return
    covered: set[int] = set()
    for one in beginnings:
        position = folded.find(one)
        while position >= 0:
            covered.update(range(position, position + len(one)))
            position = folded.find(one, position + 1)
    start = match.start()
    position = 0
    while position < len(folded):
        end = position
        while end in covered:
            end += 1
        if end > position:
            yield start + position, start + end
        position = end + 1


def pieces(text: str, beginnings: frozenset[str]) -> list[tuple[str, bool]]:
    """Cut `text` where words begin with one of `beginnings` (folded); each piece with whether it is one of them."""
    result: list[tuple[str, bool]] = []
    position = 0
    for start, end in find(text, beginnings):
        if start > position:
            result.append((text[position:start], False))
        result.append((text[start:end], True))
        position = end
    if position < len(text):
        result.append((text[position:], False))
    return result


def around(text: str, beginnings: frozenset[str], length: int) -> str:
    """Return `length` characters of `text` with the first word found, on one line; '' when none is.

    The word is near their beginning: a list has room for no more than a line, and cuts off the rest.
    """
    first = next(find(text, beginnings), None)
    if first is None:
        return ""
    start = first[0] - length // 8 if first[0] > length // 6 else 0
    if start:
        blank = text.find(" ", start, first[0])
        start = blank + 1 if blank >= 0 else start
    shown = " ".join(text[start : start + length].split())
    return f"{'… ' if start else ''}{shown}{' …' if start + length < len(text) else ''}"
