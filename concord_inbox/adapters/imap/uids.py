"""Sets of UIDs as ranges: a folder of a million messages fits into a few kilobytes, or some megabytes at worst."""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Set

from .responses import ParseError

_SET = re.compile(rb"[0-9:,]*")
_RANGE = re.compile(rb"(\d+)(?::(\d+))?")

#: The highest UID there can be (RFC 3501, 2.3.1.1).
HIGHEST = 2**32 - 1


class Uids(Set):
    """An immutable set of UIDs. Iterating goes upwards, `reversed()` downwards; both without a list of them.

    :param ranges: first and last UID of each, in any order; they may overlap.
    """

    __slots__ = ("_count", "_firsts", "_lasts")

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()):
        self._firsts, self._lasts = array("Q"), array("Q")
        if not self._fill(ranges):
            ordered = sorted((low, high) for low, high in zip(self._firsts, self._lasts, strict=True))
            self._firsts, self._lasts = array("Q"), array("Q")
            self._fill(ordered)
        self._count = sum(self._lasts) - sum(self._firsts) + len(self._firsts)

    def _fill(self, ranges: Iterable[tuple[int, int]]) -> bool:
        """Append `ranges`, joined where they touch; return whether they were in order."""
        in_order = True
        highest = -1
        for first, last in ranges:
            if in_order and self._firsts and first <= highest + 1:
                in_order = first >= self._firsts[-1]
                if in_order:
                    highest = max(highest, last)
                    self._lasts[-1] = highest
                    continue
            self._firsts.append(first)
            self._lasts.append(last)
            highest = last
        return in_order

    @classmethod
    def of(cls, uids: Iterable[int]) -> "Uids":
        """The set of `uids`."""
        return cls((uid, uid) for uid in uids)

    @classmethod
    def read(cls, text: bytes, first: int = 1, last: int = HIGHEST) -> "Uids":
        """A sequence set as a server writes it (``1:3,7``), between `first` and `last`.

        :raises ParseError:
        """
        if not _SET.fullmatch(text):
            raise ParseError(f"not a set of numbers: {text[:40]!r}")
        return cls(_clipped(_ranges(text), first, last))

    @classmethod
    def listed(cls, text: bytes, first: int = 1, last: int = HIGHEST) -> "Uids":
        """Numbers between spaces, as a plain SEARCH answers, between `first` and `last`."""
        return cls(_clipped(_ranges(text), first, last))

    # What set operators make of it is small, where they are used.
    @classmethod
    def _from_iterable(cls, iterable):
        return frozenset(iterable)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, uid) -> bool:
        position = bisect_right(self._firsts, uid) - 1
        return position >= 0 and uid <= self._lasts[position]

    def __iter__(self) -> Iterator[int]:
        for first, last in self.ranges():
            yield from range(first, last + 1)

    def __reversed__(self) -> Iterator[int]:
        for first, last in zip(reversed(self._firsts), reversed(self._lasts), strict=True):
            yield from range(last, first - 1, -1)

    def __repr__(self) -> str:
        return f"Uids({self.text().decode()[:100]!r})"

    def ranges(self) -> Iterator[tuple[int, int]]:
        """First and last UID of each range, upwards."""
        return zip(self._firsts, self._lasts, strict=True)

    def believe(self, limit: int) -> None:
        """
        :raises ParseError: more of them than there can be; two numbers can name four milliards.
        """
        if self._count > limit:
            raise ParseError(f"a set of more than {limit} numbers")

    def within(self, first: int, last: int) -> "Uids":
        """Those from `first` to `last`; none if `last` is lower."""
        return Uids(_clipped(self.ranges(), first, last))

    def without(self, others: Set) -> "Uids":
        """Those that are not among `others`."""
        if not others:
            return self
        return Uids(self._gaps(sorted(uid for uid in others if uid in self)))

    def _gaps(self, missing: list[int]) -> Iterator[tuple[int, int]]:
        waiting = iter(missing)
        uid = next(waiting, None)
        for first, last in self.ranges():
            start = first
            while uid is not None and uid <= last:
                if start < uid:
                    yield start, uid - 1
                start = uid + 1
                uid = next(waiting, None)
            if start <= last:
                yield start, last

    def text(self) -> bytes:
        """As a sequence set: ``1:3,7``."""
        return b",".join(b"%d:%d" % pair if pair[0] != pair[1] else b"%d" % pair[0] for pair in self.ranges())


def _ranges(text: bytes) -> Iterator[tuple[int, int]]:
    for match in _RANGE.finditer(text):
        first = int(match[1])
        last = int(match[2] or first)
        yield (first, last) if first <= last else (last, first)


def _clipped(ranges: Iterable[tuple[int, int]], first: int, last: int) -> Iterator[tuple[int, int]]:
    for low, high in ranges:
        if max(low, first) <= min(high, last):
            yield max(low, first), min(high, last)
