"""The emails that belong on the page of a contact, a company, a deal or another document."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


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
        self.flush_model(["account_id", "conversation_id", "message_id", "state", "visibility"])
        found = Domain.FALSE
        for one in value:
            name, _comma, number = str(one).partition(",")
            if self.env.get(name) is not None and number.isdigit():
                found |= self._on_record_domain(self.env[name].browse(int(number)))
        return found & Domain("state", "in", ("received", "sent", "bounced", "scheduled", "outgoing", "failed"))

    @api.model
    def _on_record_domain(self, record):
        """What belongs on the page of `record`; who may see it is for the record rules to say.

        A company has the emails of all of its contacts, too.
        """
        if not record.exists() or not record.has_access("read"):
            return Domain.FALSE
        belongs = self._linked_by_conversation(record)
        if record._name == "res.partner":
            partners = record
            if record.is_company:
                partners = record.with_context(active_test=False).search([("id", "child_of", record.id)])
            belongs |= self._with_partners(partners.ids)
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
        return Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                """EXISTS (SELECT FROM inbox_conversation_link link
                            WHERE link.conversation_id = %s AND link.res_model = %s AND link.res_id = %s
                              AND link.is_undone IS NOT TRUE)""",
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
                               OR twin.visibility <> 'nothing' AND twin.state IN ('received', 'sent', 'bounced'))
                          AND %(belongs)s)""",
                message_id=SQL.identifier(alias, "message_id"),
                id=SQL.identifier(alias, "id"),
                account=SQL.identifier(alias, "account_id"),
                own=own,
                belongs=twin_belongs,
            )

        return Domain.custom(to_sql=to_sql)
