"""The first page of a search, as quick for a word in every tenth email as for one in a thousand.

A list shows the newest emails that match. The index of words names all that have a word, and the database would fetch
tens of thousands, each from a page of its own, to learn of what date they are and whose. The date stands beside the
words in an index as well: so it is looked first among the newest emails of all, where both indexes meet before anything
is fetched, and then among some more. Whatever else is asked is asked of what is found there. Only where that is too
little for a page, everything is searched; then the word is rare, or what else is asked leaves little.
"""

from collections.abc import Iterator
from datetime import datetime

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..sync import search_text
from .inbox_message_listing import ORDER

#: So many of the newest emails are looked at, one number after the other: a word in one of a hundred emails, and one in
#: four hundred, are in enough of them.
WINDOWS = (25_000, 100_000)
#: A word that is in fewer of the first of these is rare: there is no need to look among the next ones before all are
#: fetched that have it.
RARE = 20
#: Emails with the words that are asked for the rest: some times more than a list counts for its pager.
NEAREST = 600


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    @api.model
    @api.readonly
    def web_search_read(self, domain, specification, offset=0, limit=None, order=None, count_limit=None):
        needed = max(count_limit or 0, offset + (limit or 0))
        asked = self._top_asked(Domain(domain), order) if limit and needed <= NEAREST else None
        tsquery, rest = asked or (None, None)
        for ids, is_all in self._top_candidates(tsquery, needed) if asked else ():
            # Of the user's own accounts everything may be searched: that these emails have the words is settled.
            narrow = Domain("id", "in", ids) & rest
            found = super().web_search_read(narrow, {}, offset, limit, order, count_limit)
            if is_all or found["length"] >= needed:
                page = self.browse([record["id"] for record in found["records"]])
                return {**found, "records": page.web_read(specification)}
        return super().web_search_read(domain, specification, offset, limit, order, count_limit)

    @api.model
    def _top_asked(self, domain: Domain, order: str | None) -> tuple[str, Domain] | None:
        """The words that `domain` asks for as a tsquery, and what else it asks for.

        None where one does not get on by the newest emails with a word: there are several, or the user looks at one
        folder, which has an index of its own, or at emails of others, of which only a part may be shown.
        """
        if not order or ", ".join(part.strip().lower() for part in order.split(",")) != ORDER:
            return None
        questions, rest, is_inbox = [], [], False
        for term in domain.children if getattr(domain, "OPERATOR", None) == "&" else [domain]:
            name = getattr(term, "field_expr", None)
            if name == "search_query" and term.operator == "ilike" and isinstance(term.value, str):
                questions.append(self._search_question(term.value))
            else:
                is_inbox |= name == "is_in_inbox" and (term.operator, term.value) in (("=", True), ("in", [True]))
                rest.append(term)
        wanted = [whole for whole, _public, _rest in questions if whole]
        # Several words are in few emails together, or in so many that the database does best to walk through all by
        # date: the index would put together all that have the one, then all that have the other.
        if len(wanted) != 1 or " & " in wanted[0] or not is_inbox or self._one_folder(domain)[0]:
            return None
        return wanted[0], Domain.AND([*rest, *(more for _whole, _public, more in questions)])

    @api.model
    def _top_candidates(self, tsquery: str, needed: int) -> Iterator[tuple[list[int], bool]]:
        """What `_top_matches()` finds, among more emails each time, where it may be enough for `needed` of them."""
        for window in WINDOWS:
            ids, is_all = self._top_matches(tsquery, window)
            if is_all or len(ids) >= needed:
                yield ids, is_all
            elif len(ids) < RARE:
                yield self._top_matches(tsquery, None)
                return

    @api.model
    def _top_matches(self, tsquery: str, window: int | None) -> tuple[list[int], bool]:
        """The newest emails of the user's accounts that have these words, among the `window` newest emails of all.

        :param window: None: among all emails.
        :return: their ids, and whether these are all that have the words.
        """
        self.flush_model(["account_id", "date"])
        begin = self._begin_of_newest(window) if window else None
        rows = self.env.execute_query(
            SQL(
                """SELECT inbox_message_id FROM %s
                    WHERE vector @@ %s::tsquery AND account_id = ANY(%s)%s
                 ORDER BY date DESC, inbox_message_id DESC LIMIT %s""",
                SQL.identifier(search_text.TABLE),
                tsquery,
                self._own_accounts().ids,
                SQL(" AND date >= %s", begin) if begin else SQL(),
                NEAREST,
            )
        )
        return [message for (message,) in rows], not begin and len(rows) < NEAREST

    @api.model
    def _begin_of_newest(self, window: int) -> datetime | None:
        """The date of the oldest of the `window` newest emails of all; None: there are not so many.

        A query of its own, for the database has to know the date when it plans what to do with it.
        """
        rows = self.env.execute_query(
            SQL("SELECT date FROM %s ORDER BY date DESC OFFSET %s LIMIT 1", SQL.identifier(search_text.TABLE), window)
        )
        return rows[0][0] if rows else None
