"""What a random schedule (`schedule.py`) needs to know of a kind of account: its server, and what is true of it."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .forked_odoo import Odoo


@dataclass(frozen=True)
class Names:
    """Paths of the folders with a role. `archive`: what archiving moves to."""

    inbox: str = "INBOX"
    archive: str = "Archive"
    trash: str = "Trash"
    sent: str = "Sent"
    drafts: str = "Drafts"
    junk: str = "Junk"

    @property
    def special(self) -> set[str]:
        """Where nobody but the server, or a spam filter, puts anything."""
        return {self.sent, self.drafts, self.junk}


class Client(Protocol):
    """Another client of the same mailbox. Copies are named by (path, id); their flags are words (``seen``)."""

    def folders(self) -> list[str]: ...

    def content(self) -> dict[tuple[str, int | str], tuple[str, frozenset[str]]]:
        """Of all copies: Message-ID and flags."""

    def subjects(self, path: str) -> list[str]:
        """Of all that the folder holds."""

    def deliver(self, path: str, source: bytes, *, is_seen: bool, days: int) -> None: ...

    def flag(self, path: str, remote_id: int | str, word: str, add: bool) -> None: ...

    def move(self, path: str, remote_id: int | str, target: str) -> bool:
        """Return whether it was there to be moved."""

    def copy(self, path: str, remote_id: int | str, target: str) -> bool:
        """Return whether it was there to be copied."""

    def delete(self, path: str, remote_id: int | str) -> None:
        """For good."""

    def create_folder(self, path: str) -> None: ...

    def rename_folder(self, path: str, name: str) -> None: ...

    def delete_folder(self, path: str) -> None:
        """With what is in it, as far as such clients do that."""


class World:
    """A kind of account, with its server.

    Attributes:

    - `names`; `folders`: those that a mailbox has from the start; `words`: flags that another client changes.
    - `copies_are_emails`: whether a copy lives on when the original is deleted.
    - `folders_hold`: whether what is in a folder goes with it when another client deletes it.
    - `can_move`: whether a move is one step; else somebody may come between the copy and the removal.
    - `moves_once`: whether an email that two clients move at the same moment is one email.
    - `can_expunge`: whether it removes single messages; else what was moved stays, marked as deleted.
    - `saves_sent`: whether it keeps what it sends.
    - `can_restart`: whether the server can be restarted.
    - `has_drafts`: whether the people of the schedule write drafts as well.
    """

    name = ""
    names = Names()
    folders = ("INBOX", "Archive", "Clients", "Clients/Éva", "Trash")
    words = ("seen", "flagged")
    copies_are_emails = True
    folders_hold = True
    can_move = True
    moves_once = True
    can_expunge = True
    saves_sent = True
    can_restart = False
    has_drafts = True

    def set_up(self, odoo: Odoo) -> None:
        """Introduce an Odoo to the server, once."""

    def begin(self, user: str) -> Client:
        """Make a mailbox with the `folders`."""
        raise NotImplementedError

    def settings(self, user: str, chance: random.Random) -> dict:
        """The values of the account, and how it signs in (see `killed.connected()`)."""
        raise NotImplementedError

    def is_followed(self, path: str) -> bool:
        """Whether the account follows the folder."""
        return True

    def accidents(self, chance: random.Random) -> list:
        """What shall go wrong in the next run: objects with `kind`, `done` and words."""
        raise NotImplementedError

    def begin_run(self, plan: list, chance: random.Random, on_kill: Callable[[], None]) -> list:
        """Let `plan` happen from now on.

        :return: what shall go wrong besides, where sending is another server's matter.
        """
        raise NotImplementedError

    def be_quiet(self) -> None:
        """Nothing goes wrong from now on."""
        raise NotImplementedError

    def settled(self) -> None:
        """Wait until the server has done all that a client that was killed told it."""
        raise NotImplementedError

    def restart(self) -> None:
        """Restart the server."""

    def interruptions(self, chance: random.Random, action: Callable[[], None]) -> list:
        """A plan by which `action` is called in the middle of a run, at a moment that the chance decides."""
        return []

    def let_time_pass(self, odoo: Odoo, account: int) -> None:
        """Let it be a day later, where something is looked at once a day only."""

    def times_sent(self, message_id: str, recipient: str) -> int:
        """How often this email went out to its only recipient."""
        raise NotImplementedError

    def violations(self) -> list[str]:
        """What the server was asked that its description does not allow."""
        return []

    def places(self, content: dict) -> dict[str, list[tuple[frozenset[str], frozenset[str]]]]:
        """Message-ID -> for each of its emails: where it lies, and its flags."""
        found: dict[str, list] = {}
        for (path, _remote_id), (message_id, flags) in content.items():
            found.setdefault(message_id, []).append((frozenset({path}), flags))
        return found

    def wanted_places(self, path: str, is_sent: bool) -> frozenset[str]:
        """Where an email lies that somebody wants in the folder; `is_sent`: it was sent from here."""
        return frozenset({path})

    def copies(self, content: dict) -> Counter:
        """Message-ID -> how many copies there are, each of which would have to go for the email to be gone."""
        return Counter(message_id for message_id, _flags in content.values())
