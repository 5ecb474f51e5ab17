"""A folder's emails by date, as quick in the largest folder as in an empty one.

A list is ordered by the date of the email, and a folder is another table: the database would either read all emails of
the folder and sort them, or walk through all emails by date until enough of them lie in the folder. So the date is kept
beside the folder as well, where one index holds each folder's emails in the order of the list, and another one those
that are unread. The database keeps both itself, for where emails lie is written in many places, and in sets.
"""

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..sync import counters

#: The order of lists, which the index has.
ORDER = "date desc, id desc"


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    def init(self):
        result = super().init()
        self.env.cr.execute(
            """
            ALTER TABLE inbox_message_folder_rel ADD COLUMN IF NOT EXISTS date timestamp;
            ALTER TABLE inbox_message_folder_rel ADD COLUMN IF NOT EXISTS is_read boolean NOT NULL DEFAULT false;

            CREATE OR REPLACE FUNCTION inbox_message_folder_rel_date() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                SELECT date, coalesce(is_read, false) INTO NEW.date, NEW.is_read
                  FROM inbox_message WHERE id = NEW.message_id;
                RETURN NEW;
            END $$;
            CREATE OR REPLACE TRIGGER inbox_message_folder_rel_date BEFORE INSERT ON inbox_message_folder_rel
                FOR EACH ROW EXECUTE FUNCTION inbox_message_folder_rel_date();

            CREATE OR REPLACE FUNCTION inbox_message_date() RETURNS trigger LANGUAGE plpgsql
                SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
            BEGIN
                UPDATE inbox_message_folder_rel rel SET date = now.date, is_read = coalesce(now.is_read, false)
                  FROM now
                 WHERE rel.message_id = now.id
                   AND (rel.date, rel.is_read) IS DISTINCT FROM (now.date, coalesce(now.is_read, false));
                RETURN NULL;
            END $$;
            CREATE OR REPLACE TRIGGER inbox_message_date AFTER UPDATE ON inbox_message
                REFERENCING NEW TABLE AS now FOR EACH STATEMENT EXECUTE FUNCTION inbox_message_date();
            """
        )
        counters.align(self.env)
        self.env.cr.execute(
            """
            CREATE INDEX IF NOT EXISTS inbox_message_folder_rel_date_idx
                ON inbox_message_folder_rel (folder_id, date DESC, message_id DESC);
            CREATE INDEX IF NOT EXISTS inbox_message_folder_rel_unread_idx
                ON inbox_message_folder_rel (folder_id, date DESC, message_id DESC) WHERE NOT is_read;
            """
        )
        return result

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, *, active_test=True, bypass_access=False):
        domain = Domain(domain)
        folder, rest = self._one_folder(domain) if not bypass_access else (None, domain)
        if not folder:
            return super()._search(domain, offset, limit, order, active_test=active_test, bypass_access=bypass_access)
        is_by_date = order and ", ".join(part.strip().lower() for part in order.split(",")) == ORDER
        # Every rule is asked all the same. The account follows from the folder, and leads to its other indexes.
        rest &= Domain("account_id", "=", folder.account_id.id)
        query = super()._search(rest, offset, limit, None if is_by_date else order, active_test=active_test)
        if query.is_empty():
            return query
        alias = query.make_alias(self._table, "listed")
        query.add_join(
            "JOIN",
            alias,
            "inbox_message_folder_rel",
            SQL(
                "%s = %s AND %s = %s%s",
                SQL.identifier(alias, "message_id"),
                SQL.identifier(self._table, "id"),
                SQL.identifier(alias, "folder_id"),
                folder.id,
                # The database does not know that it is the same.
                SQL(" AND NOT %s", SQL.identifier(alias, "is_read")) if self._is_unread_alone(rest) else SQL(),
            ),
        )
        if is_by_date:
            query.order = SQL("%s DESC, %s DESC", SQL.identifier(alias, "date"), SQL.identifier(alias, "message_id"))
        return query

    @api.model
    def _is_unread_alone(self, domain: Domain) -> bool:
        """Whether `domain` asks for unread emails, whatever else it asks for."""
        asked = [(term.operator, *term.value) for term in terms(domain.optimize(self)) if _name(term) == "is_read"]
        return ("in", False) in asked or ("not in", True) in asked

    @api.model
    @api.readonly
    def web_search_read(self, domain, specification, offset=0, limit=None, order=None, count_limit=None):
        if not limit or not count_limit or offset + limit > count_limit:
            return super().web_search_read(domain, specification, offset, limit, order, count_limit)
        # What is counted for the pager has the page in it: one search does for both.
        found = self.search(domain, limit=count_limit, order=order)
        page = self.browse(found.ids[offset : offset + limit])
        return {"length": len(found), "records": page.web_read(specification)}

    @api.model
    def _one_folder(self, domain: Domain):
        """The one folder that `domain` is about, if the user reads it, and what else the domain asks for."""
        found, rest, is_inbox = None, [], False
        for term in terms(domain):
            name = _name(term)
            operator, value = (term.operator, term.value) if name else (None, None)
            if name == "folder_id" and found is None and (one := _single(operator, value)):
                found = one
            elif name == "is_in_inbox" and (operator, value) in (("=", True), ("in", [True])):
                is_inbox = True
                rest.append(term)
            else:
                rest.append(term)
        if not found:
            return None, domain
        folder = self._own_accounts().folder_ids.filtered(lambda one: one.id == found)
        if not folder:
            return None, domain
        if is_inbox and folder.is_active:
            rest = [term for term in rest if _name(term) != "is_in_inbox"]
        return folder.sudo(), Domain.AND(rest)


def terms(domain: Domain) -> list[Domain]:
    """The conditions that must all hold."""
    return list(domain.children) if getattr(domain, "OPERATOR", None) == "&" else [domain]


def _name(term: Domain) -> str | None:
    """The field of a condition; None if it is something else."""
    return getattr(term, "field_expr", None)


def _single(operator: str, value) -> int | None:
    """The id of the folder that a condition on `folder_id` names, if it is one alone."""
    if operator not in ("=", "in", "child_of"):
        return None
    values = list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]
    (one,) = values if len(values) == 1 else (None,)
    return one if isinstance(one, int) and not isinstance(one, bool) and one > 0 else None
