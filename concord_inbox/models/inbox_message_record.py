"""The emails that belong on the page of a contact, a company, a deal or another document."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..sync.states import EXCHANGED, OUTBOX
from .inbox_message_listing import ORDER, terms

#: Emails of more than this are so frequent that a page of them is found soon among all emails by date.
MANY = 50_000


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    on_record = fields.Char(
        compute="_compute_on_record",
        search="_search_on_record",
        help="Searched with “model,id”: the emails on the page of that document that the user may see, each once.",
    )

    # What a page of a contact lists is the newest of his emails.
    _twin_idx = models.Index("(message_id, account_id) WHERE message_id IS NOT NULL")

    def _compute_on_record(self):
        self.on_record = False  # it is searched, and never read

    @api.model
    def _search_on_record(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.env["inbox.conversation.link"].flush_model()
        self.flush_model(["account_id", "conversation_id", "is_spam", "message_id", "state", "visibility"])
        found = Domain.FALSE
        for one in value:
            record = self._record_named(one)
            if record is not None:
                found |= self._on_record_domain(record)
        return found & Domain("state", "in", (*EXCHANGED, *OUTBOX))

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, *, active_test=True, bypass_access=False):
        domain = Domain(domain)
        is_by_date = order and ", ".join(part.strip().lower() for part in order.split(",")) == ORDER
        listed = self._emails_of_the_record(domain) if is_by_date or not order else None
        if listed is None:
            return super()._search(domain, offset, limit, order, active_test=active_test, bypass_access=bypass_access)
        query = super()._search(domain, offset, limit, None, active_test=active_test, bypass_access=bypass_access)
        if query.is_empty():
            return query
        # All conditions are asked as they would be otherwise, but of these emails alone, the newest first, until there
        # is a page of them. The database would walk through everybody's emails by date, or ask them of all of these.
        alias = query.make_alias(self._table, "listed")
        query.add_join(
            "JOIN",
            alias,
            SQL("(SELECT id, date FROM inbox_message WHERE id IN (%s) ORDER BY date DESC, id DESC OFFSET 0)", listed)
            if is_by_date
            else SQL("(%s)", listed),
            SQL("%s = %s", SQL.identifier(alias, "id"), SQL.identifier(self._table, "id")),
        )
        if is_by_date:
            query.order = SQL("%s DESC, %s DESC", SQL.identifier(alias, "date"), SQL.identifier(alias, "id"))
        return query

    @api.model
    def _emails_of_the_record(self, domain):
        """A query for the emails that may be on the page that `domain` asks for; None without one, or if too many."""
        asked = [term for term in terms(domain) if getattr(term, "field_expr", None) == "on_record"]
        if len(asked) != 1 or asked[0].operator not in ("=", "in"):
            return None
        [term] = asked
        values = list(term.value) if term.operator == "in" else [term.value]
        record = self._record_named(values[0]) if len(values) == 1 else None
        if record is None or not record.exists():
            return None
        self.env["inbox.conversation.link"].flush_model()
        self.flush_model(["conversation_id", "date", "partner_ids"])
        listed = SQL(
            """SELECT message.id FROM inbox_conversation_link link
                 JOIN inbox_message message ON message.conversation_id = link.conversation_id
                WHERE link.res_model = %s AND link.res_id = %s AND link.is_undone IS NOT TRUE""",
            record._name,
            record.id,
        )
        if record._name == "res.partner":
            listed = SQL(
                "SELECT message_id AS id FROM inbox_message_res_partner_rel WHERE partner_id = ANY(%s) UNION %s",
                self._partners_of(record).ids,
                listed,
            )
        [(count,)] = self.env.execute_query(
            SQL("SELECT count(*) FROM (SELECT FROM (%s) AS all_of_it LIMIT %s) AS counted", listed, MANY + 1)
        )
        return listed if count <= MANY else None

    @api.model
    def _record_named(self, value):
        """The record of “model,id”; None if that is none."""
        name, _comma, number = str(value).partition(",")
        return self.env[name].browse(int(number)) if self.env.get(name) is not None and number.isdigit() else None

    @api.model
    def _partners_of(self, record):
        """A contact, and those of a company, archived ones too."""
        if not record.is_company:
            return record
        return record.with_context(active_test=False).search([("id", "child_of", record.id)])

    @api.model
    def _on_record_domain(self, record):
        """What belongs on the page of `record`; who may see it is for the record rules to say.

        A company has the emails of all of its contacts, too.
        """
        if not record.exists() or not record.has_access("read"):
            return Domain.FALSE
        belongs = self._linked_by_conversation(record)
        if record._name == "res.partner":
            belongs |= self._with_partners(self._partners_of(record).ids)
        return belongs & self._once(belongs)

    @api.model
    def _with_partners(self, partner_ids):
        return Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                """EXISTS (SELECT FROM inbox_message_res_partner_rel
                            WHERE message_id = %s AND partner_id = ANY(%s))""",
                SQL.identifier(alias, "id"),
                partner_ids,
            )
        )

    @api.model
    def _linked_by_conversation(self, record):
        """Spam that pretends to answer belongs to the conversation, and on nobody's page."""
        return Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                """(%s IS NOT TRUE
                    AND EXISTS (SELECT FROM inbox_conversation_link link
                                 WHERE link.conversation_id = %s AND link.res_model = %s AND link.res_id = %s
                                   AND link.is_undone IS NOT TRUE))""",
                SQL.identifier(alias, "is_spam"),
                SQL.identifier(alias, "conversation_id"),
                record._name,
                record.id,
            )
        )

    @api.model
    def _once(self, belongs):
        """Of an email that lies in several mailboxes one: the user's own before others', the first of those."""
        own = SQL("ARRAY[%s]::int[]", SQL(", ").join(SQL("%s", one) for one in self._readable_accounts().ids))

        def to_sql(model, alias, query):
            twin_belongs = belongs.optimize_full(model.sudo())._to_sql(model.sudo(), "twin", query)
            return SQL(
                """NOT EXISTS (
                       SELECT FROM inbox_message twin
                        WHERE twin.message_id = %(message_id)s AND twin.id <> %(id)s
                          AND (twin.account_id <> ALL(%(own)s), twin.id) < (%(account)s <> ALL(%(own)s), %(id)s)
                          AND (twin.account_id = ANY(%(own)s)
                               OR twin.visibility <> 'nothing' AND twin.state IN %(exchanged)s)
                          AND %(belongs)s)""",
                message_id=SQL.identifier(alias, "message_id"),
                id=SQL.identifier(alias, "id"),
                account=SQL.identifier(alias, "account_id"),
                own=own,
                exchanged=EXCHANGED,
                belongs=twin_belongs,
            )

        return Domain.custom(to_sql=to_sql)
