"""Copies that bear the keyword ``deleted``: somebody marked them, and they wait for somebody to expunge them. For the
users of this side they are gone, though the server counts them. Whoever takes the mark away brings them back."""

from collections.abc import Iterable, Set

from ..base import RemoteCopy
from .uids import Uids

DELETED = "deleted"

Keywords = dict[int, frozenset[str]]


class Hidden:
    """The UIDs of such copies, as the cursor remembers them.

    :param text: a sequence set, '' for none.
    """

    def __init__(self, text: str = ""):
        self._uids: set[int] = set(Uids.read(text.encode()))
        self._text: str | None = text

    @property
    def text(self) -> str:
        """For the cursor."""
        if self._text is None:
            self._text = Uids.of(sorted(self._uids)).text().decode()
        return self._text

    @property
    def uids(self) -> Set[int]:
        return self._uids

    def sort_out(self, copies: list[RemoteCopy]) -> list[RemoteCopy]:
        """Those of `copies` that are visible. The others are remembered."""
        self._add(copy.remote_id for copy in copies if DELETED in copy.keywords)
        return [copy for copy in copies if DELETED not in copy.keywords]

    def judge(self, found: Keywords) -> tuple[Keywords, frozenset[int], list[int]]:
        """What keywords mean.

        :returns: the keywords of visible copies, the UIDs of copies that are hidden from now on, and of those that may
            be visible again, highest first; these stay hidden until `reveal()` is called.
        """
        visible = {uid: words for uid, words in found.items() if DELETED not in words and uid not in self._uids}
        gone = frozenset(uid for uid, words in found.items() if DELETED in words and uid not in self._uids)
        back = sorted((uid for uid, words in found.items() if DELETED not in words and uid in self._uids), reverse=True)
        self._add(gone)
        return visible, gone, back

    def reveal(self, uids: Iterable[int], copies: list[RemoteCopy]) -> list[RemoteCopy]:
        """Forget `uids`, which is what `judge()` said may be visible again, but for those that `copies`, their newest
        description, shows to be marked; return the others' copies."""
        marked = {copy.remote_id for copy in copies if DELETED in copy.keywords}
        self.forget(uid for uid in uids if uid not in marked)
        return [copy for copy in copies if DELETED not in copy.keywords]

    def forget(self, uids: Iterable[int]) -> None:
        """Copies that are visible again, or exist no more."""
        self._change(self._uids.difference(uids))

    def keep(self, present: Set[int]) -> None:
        """Forget those that are not among `present`."""
        self._change({uid for uid in self._uids if uid in present})

    def _add(self, uids: Iterable[int]) -> None:
        self._change(self._uids.union(uids))

    def _change(self, uids: set[int]) -> None:
        if uids != self._uids:
            self._uids, self._text = uids, None
