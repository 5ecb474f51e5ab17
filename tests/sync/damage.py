"""What may happen to a database behind the program's back, for accounts whose copies have ids that are words.

Wrong Message-IDs are not among it: of such accounts the daily check compares some of them each day (`test_gmail`).
"""

import random
from collections.abc import Callable

from .forked_odoo import Odoo

FLAGS = ("seen", "flagged", "answered", "draft")


class Damage:
    """Damages what the database holds of one account."""

    def __init__(self, odoo: Odoo, account: int, chance: random.Random):
        self._odoo = odoo
        self._account = account
        self._chance = chance

    def happen(self) -> str:
        """One kind of damage, to something; returns its name."""
        copies = self._odoo.rows(
            """SELECT copy.id, copy.inbox_message_id, copy.folder_id, message.conversation_id
                 FROM inbox_message_copy copy JOIN inbox_folder folder ON folder.id = copy.folder_id
                 JOIN inbox_message message ON message.id = copy.inbox_message_id
                WHERE folder.account_id = %s ORDER BY copy.id""",
            self._account,
        )
        copy, other = self._chance.choice(copies), self._chance.choice(copies)
        kind = self._chance.choice(KINDS)
        kind(self, *copy, other)
        return kind.__name__.replace("_", " ").strip()

    def execute(self, query: str, *arguments) -> None:
        self._odoo.execute(query, *arguments)

    def made_up_id(self) -> str:
        return f"{self._chance.getrandbits(60):x}"

    def any_folder(self) -> int:
        rows = self._odoo.rows(
            "SELECT id FROM inbox_folder WHERE account_id = %s AND is_active ORDER BY id", self._account
        )
        return self._chance.choice(rows)[0]

    # Each: the copy, its message, folder and conversation, and another copy's.

    def copy_deleted(self, copy, *_rest) -> None:
        self.execute("DELETE FROM inbox_message_copy WHERE id = %s", copy)

    def flags_flipped(self, copy, *_rest) -> None:
        flag = self._chance.choice(FLAGS)
        self.execute(f"UPDATE inbox_message_copy SET {flag} = {flag} IS NOT TRUE WHERE id = %s", copy)

    def keywords_invented(self, copy, *_rest) -> None:
        self.execute("UPDATE inbox_message_copy SET keywords = 'invented' WHERE id = %s", copy)

    def copy_invented(self, copy, message, *_rest) -> None:
        self.execute(
            "INSERT INTO inbox_message_copy (inbox_message_id, folder_id, remote_id) VALUES (%s, %s, %s)",
            message,
            self.any_folder(),
            self.made_up_id(),
        )

    def id_changed(self, copy, *_rest) -> None:
        self.execute("UPDATE inbox_message_copy SET remote_id = %s WHERE id = %s", self.made_up_id(), copy)

    def copy_of_another_email(self, copy, message, folder, conversation, other) -> None:
        self.execute("UPDATE inbox_message_copy SET inbox_message_id = %s WHERE id = %s", other[1], copy)

    def message_deleted(self, copy, message, *_rest) -> None:
        self.execute("DELETE FROM inbox_message WHERE id = %s", message)

    def message_resized(self, copy, message, *_rest) -> None:
        self.execute("UPDATE inbox_message SET size = 7 WHERE id = %s", message)

    def message_flags(self, copy, message, *_rest) -> None:
        self.execute("UPDATE inbox_message SET is_read = NOT is_read, is_answered = NULL WHERE id = %s", message)

    def folders_cleared(self, copy, message, *_rest) -> None:
        self.execute("DELETE FROM inbox_message_folder_rel WHERE message_id = %s", message)

    def folders_invented(self, copy, message, *_rest) -> None:
        self.execute(
            "INSERT INTO inbox_message_folder_rel VALUES (%s, %s) ON CONFLICT DO NOTHING", message, self.any_folder()
        )

    def taken_for_an_orphan(self, copy, message, *_rest) -> None:
        self.execute("UPDATE inbox_message SET orphaned_at = now() WHERE id = %s", message)

    def conversation_deleted(self, copy, message, folder, conversation, *_rest) -> None:
        self.execute("DELETE FROM inbox_conversation WHERE id = %s", conversation)

    def conversation_miscounted(self, copy, message, folder, conversation, *_rest) -> None:
        self.execute(
            """UPDATE inbox_conversation SET message_count = 99, unread_count = NULL, last_date = NULL
                WHERE id = %s""",
            conversation,
        )

    def folder_deleted(self, *_rest) -> None:
        if self._chance.random() < 0.5:
            return
        self.execute(
            "DELETE FROM inbox_folder WHERE account_id = %s AND role IS NULL AND path = 'Clients'", self._account
        )


KINDS: tuple[Callable[..., None], ...] = tuple(
    method
    for name, method in vars(Damage).items()
    if not name.startswith("_") and name not in ("happen", "execute", "made_up_id", "any_folder")
)
