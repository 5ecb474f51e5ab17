"""What of an email can be searched: its words, made here and stored as a vector of PostgreSQL (`tsvector`).

PostgreSQL only keeps and finds them. It splits and stems nothing, so no language surprises anybody, and no extension is
needed. The weights say where a word stands, which is also what decides who may find it (see
models/inbox_message_search.py): A subject, B people, C names of files, D text. The people's words are stored once
more with their role in front (``f/anna``), so that `from:` finds its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from odoo.tools import SQL

from ..mime import words
from . import rows

#: Of one email: PostgreSQL refuses a vector of more than 1 MB, and knows no positions after this one.
MOST_WORDS = 16_000
MOST_BYTES = 400_000
#: Characters of the text of which words are made.
LONGEST_TEXT = 200_000
#: PostgreSQL keeps no more positions of one word.
_MOST_POSITIONS = 255
#: Positions between two fields: no phrase reaches from one into the next.
_GAP = 2
#: What stands in front of the words of a role's people.
ROLES = {"from": "f/", "reply_to": "r/", "to": "t/", "cc": "c/", "bcc": "b/"}

TABLE = "inbox_message_search"


@dataclass(slots=True)
class Searchable:
    """The texts of one email that can be searched.

    :param people: (role, name, address).
    """

    subject: str = ""
    people: list[tuple[str, str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    text: str = ""


def vector(email: Searchable) -> str:
    """Return the words of `email` as PostgreSQL reads a `tsvector`; never more than it takes."""
    writer = _Writer()
    writer.add(email.subject, "A")
    for role, name, address in email.people:
        for text in (name, address):
            writer.add(text, "B", ROLES.get(role, ""))
    for name in email.files:
        writer.add(name, "C")
    writer.add(email.text[:LONGEST_TEXT], "D")
    return writer.result()


class _Writer:
    def __init__(self):
        self.places: dict[str, list[str]] = {}
        self.position = 0
        self.bytes = 0

    def add(self, text: str, weight: str, role: str = "") -> None:
        if not text:
            return
        places, position = self.places, self.position
        for word in words.words(text):
            position += 1
            if position > MOST_WORDS or self.bytes > MOST_BYTES:
                break
            place = f"{position}{weight}"
            for lexeme in (word, role + word) if role else (word,):
                known = places.get(lexeme)
                if known is None:
                    places[lexeme] = [place]
                    self.bytes += 3 * len(lexeme) + 4
                elif len(known) < _MOST_POSITIONS:
                    known.append(place)
                    self.bytes += 2
        self.position = position + _GAP

    def result(self) -> str:
        # Words are letters and digits alone: nothing to escape.
        return " ".join([f"'{lexeme}':{','.join(places)}" for lexeme, places in self.places.items()])


def store(env, emails: Iterable[tuple[int, Searchable]]) -> None:
    """Store what can be searched of new emails (id, texts); the caller commits."""
    rows.insert(
        env.cr,
        TABLE,
        ("inbox_message_id", "vector"),
        [(message, vector(email)) for message, email in emails],
        unless_exists=True,
    )


def refill(env, message_ids: Iterable[int]) -> None:
    """Store anew what can be searched of these emails, after any of it was changed; the caller commits."""
    ids = sorted(set(message_ids))
    if not ids:
        return
    emails = _read(env, ids)
    env.cr.execute(SQL("DELETE FROM inbox_message_search WHERE inbox_message_id = ANY(%s)", ids))
    store(env, emails.items())


def fill(env, below: int | None, count: int) -> int | None:
    """Store what can be searched of the `count` newest emails of which nothing is stored; the caller commits.

    Emails that somebody is deleting are left out.

    :param below: only emails with smaller ids; None: all.
    :return: the smallest id that was looked at; None when there was nothing to do.
    """
    missing = [
        message
        for (message,) in env.execute_query(
            SQL(
                """SELECT message.id FROM inbox_message message
                    WHERE message.id < %s AND NOT EXISTS (SELECT FROM inbox_message_search
                                                          WHERE inbox_message_id = message.id)
                 ORDER BY message.id DESC LIMIT %s
                   FOR KEY SHARE OF message SKIP LOCKED""",
                below or 2**31 - 1,
                count,
            )
        )
    ]
    if not missing:
        return None
    store(env, _read(env, missing).items())
    return missing[-1]


def _read(env, ids: list[int]) -> dict[int, Searchable]:
    """The texts of these emails as the database has them, in three queries."""
    found = {
        message: Searchable(subject or "", text=text or "")
        for message, subject, text in env.execute_query(
            SQL(
                "SELECT id, subject, left(content_text, %s) FROM inbox_message WHERE id = ANY(%s)",
                LONGEST_TEXT,
                ids,
            )
        )
    }
    for message, role, name, address in env.execute_query(
        SQL(
            """SELECT inbox_message_id, role, name, email FROM inbox_participant
                WHERE inbox_message_id = ANY(%s) ORDER BY id""",
            ids,
        )
    ):
        found[message].people.append((role, name or "", address or ""))
    for message, name in env.execute_query(
        SQL(
            """SELECT res_id, name FROM ir_attachment
                WHERE res_model = 'inbox.message' AND res_field IS NULL AND inbox_content_id IS NULL
                  AND res_id = ANY(%s) ORDER BY id""",
            ids,
        )
    ):
        if message in found:
            found[message].files.append(name or "")
    return found
