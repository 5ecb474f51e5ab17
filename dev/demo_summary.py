"""The table that `./run` prints: what each account holds, and what this run brought."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One account. `new`, `created` and `seconds` are those of this run, the other numbers are of the database.

    :param linked: contacts that emails of the account are associated with.
    :param created: contacts made for senders whom nobody knew.
    :param new: copies of messages that this run stored.
    :param error: why the account could not be synchronised, or "".
    """

    account: str
    folders: int
    messages: int
    conversations: int
    linked: int
    created: int
    quarantined: int
    new: int
    seconds: float
    error: str = ""

    @property
    def speed(self) -> str:
        """Messages a second, if there were enough to tell."""
        return f"{self.new / self.seconds:.0f}" if self.new and self.seconds else "-"


HEADINGS = (
    "account",
    "folders",
    "messages",
    "conversations",
    "contacts linked",
    "contacts created",
    "quarantined",
    "new now",
    "seconds",
    "messages/s",
)


def table(rows: Sequence[Row]) -> str:
    """The rows as text in columns, and below it what went wrong."""
    cells = [HEADINGS]
    for row in rows:
        numbers = (row.folders, row.messages, row.conversations, row.linked, row.created, row.quarantined, row.new)
        cells.append((row.account, *map(str, numbers), f"{row.seconds:.1f}", row.speed))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for line in cells:
        first, *others = (
            cell.ljust(width) if not index else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        lines.append("  ".join([first, *others]))
    lines += [f"{row.account}: {row.error}" for row in rows if row.error]
    return "\n".join(lines)
