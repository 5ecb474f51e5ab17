"""The first page of a search, as quick for a word in every tenth email as for one in a thousand.

A list shows the newest emails that match. The database would fetch all that have the word, tens of thousands, each from
a page of its own, to learn of what date it is and whether it is the user's. Account and date stand beside the words: so
the newest that match are found there alone, and whatever else is asked is asked of those. Only where too few of them
remain, which is rare, everything is searched.
"""

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..sync import search_text
from .inbox_message_listing import ORDER

#: Emails with the words that are looked at first: some times more than a list counts for its pager.
NEAREST = 1000


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    @api.model
    @api.readonly
    def web_search_read(self, domain, specification, offset=0, limit=None, order=None, count_limit=None):
        needed = max(count_limit or 0, offset + (limit or 0))
        nearest = self._top_matches(Domain(domain), order) if limit and needed <= NEAREST else None
        if nearest is not None:
            narrow, is_all = nearest
            found = super().web_search_read(narrow, {}, offset, limit, order, count_limit)
            if is_all or found["length"] >= needed:
                page = self.browse([record["id"] for record in found["records"]])
                return {**found, "records": page.web_read(specification)}
        return super().web_search_read(domain, specification, offset, limit, order, count_limit)

    @api.model
    def _top_matches(self, domain: Domain, order: str | None) -> tuple[Domain, bool] | None:
        """The newest emails that have the words that are searched for, and what else `domain` asks for.

        :return: a domain, and whether these are all that have the words; None where that is no way: the user looks
            at one folder, which has an index of its own, or at emails of others, of which only a part may be shown.
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
        tsquery = " & ".join(whole for whole, _public, _rest in questions if whole)
        if not tsquery or not is_inbox or self._one_folder(domain)[0]:
            return None
        self.flush_model(["account_id", "date"])
        rows = self.env.execute_query(
            SQL(
                """SELECT inbox_message_id FROM %s WHERE vector @@ %s::tsquery AND account_id = ANY(%s)
                 ORDER BY date DESC, inbox_message_id DESC LIMIT %s""",
                SQL.identifier(search_text.TABLE),
                tsquery,
                self._own_accounts().ids,
                NEAREST,
            )
        )
        # Of the user's own accounts everything may be searched: that these emails have the words is settled.
        found = Domain("id", "in", [message for (message,) in rows])
        return Domain.AND([found, *rest, *(more for _whole, _public, more in questions)]), len(rows) < NEAREST
