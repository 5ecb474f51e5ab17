"""What lies in a folder, and what an email bears: from the labels of messages, without asking anybody."""

from collections.abc import Iterable, Set
from dataclasses import dataclass

from ..base import DRAFT, FLAGGED, SEEN

INBOX, SENT, DRAFTS, TRASH, SPAM = "INBOX", "SENT", "DRAFT", "TRASH", "SPAM"
UNREAD, STARRED = "UNREAD", "STARRED"

#: What bears one of these is shown nowhere else.
APART = frozenset({TRASH, SPAM})

#: What nobody can add to a message or take from it.
FIXED = frozenset({SENT, DRAFTS})

#: Labels that are keywords.
KEYWORD_LABELS = frozenset({UNREAD, STARRED, DRAFTS})

#: Labels that are neither folders nor keywords, but Gmail's opinion of an email.
OPINIONS = ("IMPORTANT", "CATEGORY_")

#: How "All Mail" is named where a label is named; Gmail itself has no label for it.
ALL = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder as a set of messages.

    :param label: id of the label, or `ALL`.
    """

    label: str

    def holds(self, labels: Set[str]) -> bool:
        """Whether a message with these labels lies in it."""
        if self.label in APART:
            return self.label in labels
        return not labels & APART and self.label in (ALL, *labels)

    def entered(self, added: Set[str], removed: Set[str]) -> bool:
        """Whether the change may have brought a message here."""
        return self.label in added or bool(self.label not in APART and removed & APART)

    def left(self, added: Set[str], removed: Set[str]) -> bool:
        """Whether the change may have taken a message from here."""
        return self.label in removed or bool(self.label not in APART and added & APART)

    @property
    def listing(self) -> dict:
        """How `messages.list` is asked for it."""
        query = {"includeSpamTrash": True} if self.label in APART else {}
        return {**query, "labelIds": [self.label]} if self.label else query


def keywords(labels: Iterable[str]) -> frozenset[str]:
    """What a message with these labels bears."""
    labels = set(labels)
    words = {SEEN} if UNREAD not in labels else set()
    words |= {FLAGGED} if STARRED in labels else set()
    words |= {DRAFT} if DRAFTS in labels else set()
    return frozenset(words)
