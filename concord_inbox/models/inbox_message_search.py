"""Finding emails by what is in them: the field `search_query`, which the search bar asks first.

The words of an email are in a narrow table of its own (`sync/search_text.py` says what they are): a vector is written
once, while the email's own row changes with every flag, and PostgreSQL would write it into the index anew each time.
Account and date stand beside them, so that the newest of many are known before any email is looked at
(models/inbox_message_top_matches.py).

Who reads no more of an email than its subject and people finds it by those alone: the same question is put to the same
vector, restricted to the weights of subject and people. So a word of the text, wanted or not wanted, changes nothing.
"""

from datetime import UTC, date, datetime, time

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..mime import words
from ..sync import search_text
from . import search_terms
from .search_terms import Term

#: The calendar's first days have no yesterday.
EARLIEST = date(1, 1, 3)
#: Characters shown around the word that was found.
SHOWN = 160
#: The weights of what everybody sees who sees an email at all: subject and people.
_PUBLIC = "AB"
_WEIGHTS = {"subject": "A", "filename": "C"}
#: The roles that an operator looks for.
_ROLES = {"from": ("from",), "to": ("to", "cc", "bcc"), "cc": ("cc",), "bcc": ("bcc",)}
#: Words that are nowhere: no lexeme has this form.
_NOWHERE = "'/'"
_STATES = {
    "unread": ("is_read", "=", False),
    "read": ("is_read", "=", True),
    "starred": ("is_starred", "=", True),
    "unstarred": ("is_starred", "=", False),
    "answered": ("is_answered", "=", True),
    "unanswered": ("is_answered", "=", False),
    "draft": ("state", "=", "draft"),
    "sent": ("direction", "=", "out"),
    "received": ("direction", "=", "in"),
}
#: What people call folders that have a role -> the role.
_FOLDER_NAMES = {"spam": "junk", "bin": "trash", "draft": "drafts", "starred": "flagged"}


class InboxMessageSearch(models.Model):
    _name = "inbox.message.search"
    _description = "Words of an Email"
    _rec_name = "inbox_message_id"
    _log_access = False  # a narrow table, and nobody's to read

    inbox_message_id = fields.Many2one("inbox.message", required=True, ondelete="cascade", readonly=True)

    _message_unique = models.UniqueIndex("(inbox_message_id)")

    def init(self):
        # When the tables of all models are there. The columns are of a type that Odoo's fields do not have, or a copy
        # that the database keeps; `_auto_init` has made the table.
        self.env.registry.post_init(self._make_columns)

    def _make_columns(self):
        self.env.cr.execute(
            """
            ALTER TABLE inbox_message_search ADD COLUMN IF NOT EXISTS vector tsvector NOT NULL;
            ALTER TABLE inbox_message_search ADD COLUMN IF NOT EXISTS account_id integer;
            ALTER TABLE inbox_message_search ADD COLUMN IF NOT EXISTS date timestamp;

            CREATE OR REPLACE FUNCTION inbox_message_search_place() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                SELECT account_id, date INTO NEW.account_id, NEW.date
                  FROM inbox_message WHERE id = NEW.inbox_message_id;
                RETURN NEW;
            END $$;
            CREATE OR REPLACE TRIGGER inbox_message_search_place BEFORE INSERT ON inbox_message_search
                FOR EACH ROW EXECUTE FUNCTION inbox_message_search_place();

            CREATE OR REPLACE FUNCTION inbox_message_search_follow() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                UPDATE inbox_message_search SET account_id = NEW.account_id, date = NEW.date
                 WHERE inbox_message_id = NEW.id;
                RETURN NULL;
            END $$;
            CREATE OR REPLACE TRIGGER inbox_message_search_follow AFTER UPDATE OF account_id, date ON inbox_message
                FOR EACH ROW WHEN ((OLD.account_id, OLD.date) IS DISTINCT FROM (NEW.account_id, NEW.date))
                EXECUTE FUNCTION inbox_message_search_follow();

            UPDATE inbox_message_search words SET account_id = message.account_id, date = message.date
              FROM inbox_message message
             WHERE message.id = words.inbox_message_id AND words.account_id IS NULL;

            CREATE INDEX IF NOT EXISTS inbox_message_search_vector_idx ON inbox_message_search
                USING gin (vector) WITH (fastupdate = on);
            CREATE INDEX IF NOT EXISTS inbox_message_search_date_idx ON inbox_message_search
                (date DESC, inbox_message_id DESC);
            """
        )


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    search_query = fields.Char("Search emails", compute="_compute_search_query", search="_search_search_query")
    search_snippet = fields.Json(
        compute="_compute_search_snippet",
        help="Where the words of `inbox_search` in the context stand: `subject` and `text` as lists of pieces, each "
        "with whether it was searched for.",
    )

    def _compute_search_query(self):
        self.search_query = False

    @api.model
    def _search_search_query(self, operator, value):
        if operator == "ilike" or (operator == "in" and len(value) == 1):
            text = value if isinstance(value, str) else next(iter(value))
            return self._search_domain(text) if isinstance(text, str) else NotImplemented
        return NotImplemented

    # ------------------------------------------------------------ the question

    @api.model
    def _search_domain(self, text: str) -> Domain:
        """The emails that `text` asks for, as far as the user may know what is in them."""
        whole, public, rest = self._search_question(text)
        return self._vector_domain(whole, public) & rest if whole else rest

    @api.model
    def _search_question(self, text: str) -> tuple[str, str, Domain]:
        """What `text` asks for.

        :return: the tsquery that the words answer, the one where only subject and people are shown (both empty when no
            word is asked for), and what else must hold.
        """
        today = fields.Date.context_today(self)
        domain = Domain.TRUE
        wanted = []  # tsqueries that must all match, each with what it is where only subject and people are shown
        for terms in search_terms.parse(text, today):
            if all(term.operator in search_terms.TEXT for term in terms):
                pairs = [pair for term in terms if (pair := _tsquery(term))]
                if pairs:
                    wanted.append(tuple(f"({' | '.join(alternatives)})" for alternatives in zip(*pairs, strict=True)))
            else:
                domain &= Domain.OR([self._term_domain(term) for term in terms])
        if not wanted:
            return "", "", domain
        whole, public = (" & ".join(queries) for queries in zip(*wanted, strict=True))
        return whole, public, domain

    @api.model
    def _term_domain(self, term: Term) -> Domain:
        if term.operator in search_terms.TEXT:
            pair = _tsquery(term)
            return self._vector_domain(*pair) if pair else Domain.TRUE
        found = self._operator_domain(term)
        return ~found if term.is_negated else found

    @api.model
    def _operator_domain(self, term: Term) -> Domain:
        match term.operator:
            case "has":
                return Domain("has_attachment", "=", True)
            case "is":
                return Domain(*_STATES[term.value])
            case "before" | "older_than":
                return Domain("date", "<", self._begin_of(term.value))
            case "after" | "newer_than":
                return Domain("date", ">=", self._begin_of(term.value))
            case "in":
                return Domain("folder_ids", "in", self._folders_called(term.value))
            case _:
                return Domain("account_id", "in", self._accounts_called(term.value))

    @api.model
    def _begin_of(self, day: date) -> datetime:
        """When `day` begins where the user is; naive, UTC."""
        day = max(day, EARLIEST)
        midnight = self.env.tz.localize(datetime.combine(day, time.min))
        return midnight.astimezone(UTC).replace(tzinfo=None)

    @api.model
    def _accounts_called(self, text: str) -> list[int]:
        called = Domain("name", "ilike", text) | Domain("email", "ilike", text)
        return self._readable_accounts().filtered_domain(called).ids

    @api.model
    def _folders_called(self, text: str) -> list[int]:
        """The folders of the user's accounts with this role, this name or this path, else those that contain it."""
        folders = self._readable_accounts().folder_ids
        wanted = words.fold(text)
        role = _FOLDER_NAMES.get(wanted, wanted)

        def names(folder):
            return {words.fold(name) for name in (folder.display_name, folder.name, folder.path) if name}

        exact = folders.filtered(lambda folder: folder.role == role or wanted in names(folder))
        return (exact or folders.filtered(lambda folder: any(wanted in name for name in names(folder)))).ids

    @api.model
    def _vector_domain(self, whole: str, public: str) -> Domain:
        """Emails whose words answer the tsquery `whole`; `public` where only subject and people are shown."""
        own = None if self.env.su else self._readable_accounts().ids

        def to_sql(model, alias, query):
            if own is None:
                return _having_words(alias, whole)
            is_shown = SQL(
                "(%s = ANY(%s) OR %s = 'everything')",
                SQL.identifier(alias, "account_id"),
                own,
                SQL.identifier(alias, "visibility"),
            )
            if "!" not in whole:
                # Whatever answers `public` answers `whole` as well. The long vectors take no part in the joins.
                public_of_it = SQL(
                    """EXISTS (SELECT FROM inbox_message_search
                                WHERE inbox_message_id = %s AND vector @@ %s::tsquery)""",
                    SQL.identifier(alias, "id"),
                    public,
                )
                return SQL("(%s AND (%s OR %s))", _having_words(alias, whole), is_shown, public_of_it)
            words_alias = query.left_join(alias, "id", search_text.TABLE, "inbox_message_id", "search")
            vector = SQL.identifier(words_alias, "vector")
            # The first condition follows from the second, and is one that the index answers.
            return SQL(
                """(%(vector)s @@ %(any)s::tsquery
                    AND CASE WHEN %(is_shown)s THEN %(vector)s @@ %(whole)s::tsquery
                             ELSE %(vector)s @@ %(public)s::tsquery END)""",
                vector=vector,
                any=f"({whole}) | ({public})",
                whole=whole,
                public=public,
                is_shown=is_shown,
            )

        return Domain.custom(to_sql=to_sql)

    # ------------------------------------------------------------ what was found, to be shown

    @api.model
    def _words_to_mark(self, text: str) -> frozenset[str]:
        """The beginnings of words (folded) that `text` asks for and that are marked in what was found."""
        return frozenset(
            word
            for terms in search_terms.parse(text, fields.Date.context_today(self))
            for term in terms
            if term.operator in ("", "subject") and not term.is_negated
            for word in words.wanted(term.value)
            if len(word) > 1 or not word.isascii()
        )

    @api.depends_context("uid", "inbox_search")
    @api.depends("subject", "body_text", "snippet")
    def _compute_search_snippet(self):
        searched = self.env.context.get("inbox_search") or ""
        if isinstance(searched, (list, tuple)):
            searched = " ".join(str(part.get("value", "") if isinstance(part, dict) else part) for part in searched)
        marks = self._words_to_mark(str(searched))
        if not marks:
            self.search_snippet = False
            return
        for message in self:
            text = words.around((message.body_text or "")[: search_text.LONGEST_TEXT], marks, SHOWN)
            message.search_snippet = {
                "subject": [*map(list, words.pieces(message.subject or "", marks))],
                "text": [*map(list, words.pieces(text or message.snippet or "", marks))],
            }


def _having_words(alias: str, tsquery: str) -> SQL:
    """Whether the email of that alias has words that answer."""
    return SQL(
        "%s IN (SELECT inbox_message_id FROM inbox_message_search WHERE vector @@ %s::tsquery)",
        SQL.identifier(alias, "id"),
        tsquery,
    )


def _tsquery(term: Term) -> tuple[str, str] | None:
    """`term` as a question to a vector: to all of it, and to subject and people alone; None when it has no word."""
    found = words.wanted(term.value)
    if not found:
        return None
    weights = _WEIGHTS.get(term.operator, "")
    roles = [search_text.ROLES[role] for role in _ROLES.get(term.operator, ())] or [""]
    shown = "".join(weight for weight in weights or _PUBLIC if weight in _PUBLIC)
    whole = _phrase(found, roles, weights, term.is_phrase)
    public = _phrase(found, roles, shown, term.is_phrase) if shown else _NOWHERE
    return (f"!({whole})", f"!({public})") if term.is_negated else (whole, public)


def _phrase(found: list[str], roles: list[str], weights: str, is_phrase: bool) -> str:
    last = found[-1]
    # A single letter is no beginning: it would be that of everything.
    prefix = "*" if not is_phrase and (len(last) > 1 or not last.isascii()) else ""
    if is_phrase and len(last) == 1 and not last.isascii():
        prefix = "*"  # one character of a script without blanks: words are pairs of them
    alternatives = []
    for role in roles:
        lexemes = [f"'{role}{word}'{_label('', weights)}" for word in found[:-1]]
        lexemes.append(f"'{role}{last}'{_label(prefix, weights)}")
        alternatives.append(" <-> ".join(lexemes))
    return " | ".join(f"({one})" for one in alternatives)


def _label(prefix: str, weights: str) -> str:
    return f":{prefix}{weights}" if prefix or weights else ""
