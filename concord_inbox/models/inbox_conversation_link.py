"""Which documents a conversation is about: chosen by hand, by where an email was begun, or found by itself.

Whoever may read a document reads the emails that are linked to it, as he reads those of a contact.
"""

from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..sync import clock, deals, live

#: Links that a person made: all that was written there is meant to be seen. Others show what a contact wrote or got.
BY_PERSONS = ("by_hand", "compose")


class InboxConversationLink(models.Model):
    _name = "inbox.conversation.link"
    _description = "Document of a Conversation"
    _order = "id"
    _rec_name = "res_model"

    conversation_id = fields.Many2one(
        "inbox.conversation", required=True, index=True, ondelete="cascade", readonly=True
    )
    res_model = fields.Char("Model", required=True, readonly=True)
    res_id = fields.Many2oneReference("Document", model_field="res_model", required=True, readonly=True)
    reason = fields.Selection(
        [
            ("address", "Address"),
            ("conversation", "Conversation"),
            ("by_hand", "By hand"),
            ("compose", "Begun there"),
        ],
        required=True,
        default="by_hand",
        readonly=True,
        help="Address: it is the only open deal with these people. Conversation: the same conversation is linked to it "
        "in another mailbox.",
    )
    is_undone = fields.Boolean(
        default=False, readonly=True, help="Somebody said that it is not about this; it is not linked again by itself."
    )

    _unique = models.UniqueIndex("(conversation_id, res_model, res_id)", "The conversation is linked there already.")
    _document_idx = models.Index("(res_model, res_id) WHERE is_undone IS NOT TRUE")

    @api.model
    def _link(self, conversation, record, reason):
        """Link `conversation` to `record`, unless somebody undid that.

        :raises AccessError: the user may not read one of them.
        """
        conversation.sudo(False).check_access("read")
        record.sudo(False).check_access("read")
        links = self.sudo()
        values = {"conversation_id": conversation.id, "res_model": record._name, "res_id": record.id}
        known = links.search(Domain.AND(Domain(name, "=", value) for name, value in values.items()))
        if known and (reason == "by_hand" or not known.is_undone):
            if known.is_undone:
                known.write({"is_undone": False, "reason": reason})
        elif not known:
            known = links.create({**values, "reason": reason})
        known._followed()
        return known

    def _undo(self):
        """Say that the conversations are not about these documents; it is not forgotten."""
        self.sudo().is_undone = True
        self._followed()

    def _followed(self):
        """What depends on links follows."""
        conversations = self.sudo().conversation_id
        self.env.flush_all()
        clock.refresh(self.env, conversations.ids)
        deals.ask_to_follow(self.env, conversations.ids)
        live.tell(self.env, conversations.account_id.ids)

    @api.model_create_multi
    def create(self, vals_list):
        links = super().create(vals_list)
        if set(links.mapped("res_model")) - set(self._models()):
            self.env.registry.clear_cache()
        return links

    @api.model
    @tools.ormcache()
    def _models(self):
        """The models whose documents are linked to conversations."""
        return tuple(
            model
            for (model,) in self.env.execute_query(SQL("SELECT DISTINCT res_model FROM inbox_conversation_link"))
            if model in self.env
        )

    @api.model
    def _move(self, res_model, res_ids, record):
        """Let what was linked to documents that are merged away be linked to `record`.

        What was undone stays undone, unless another of the documents, which are one now, is linked.
        """
        links = self.sudo().search([("res_model", "=", res_model), ("res_id", "in", res_ids)])
        conversations = links.conversation_id
        known = self.sudo().search([("res_model", "=", record._name), ("res_id", "=", record.id)])
        kept = {link.conversation_id: link for link in known}
        for link in links.sorted("is_undone"):
            other = kept.setdefault(link.conversation_id, link)
            if other == link:
                link.write({"res_model": record._name, "res_id": record.id})
                continue
            if other.is_undone and not link.is_undone:
                other.write({"is_undone": False, "reason": link.reason})
            link.unlink()
        deals.ask_to_follow(self.env, conversations.ids)

    # ------------------------------------------------------------ who may see the emails

    @api.model
    def _readable_emails(self):
        """Emails (a condition on `inbox_message`) that are linked to a document which the user may read.

        Without those that only the contact rule can tell: what a link that was made by itself shows is what a contact,
        or the address of the deal, wrote or got.
        """
        self.flush_model()
        condition = Domain.FALSE
        for name in self._models():
            model = self.env[name].sudo(False)
            if model._auto and not model._transient and model.has_access("read"):
                condition |= Domain.custom(to_sql=self._linked_to(model, model._search([], active_test=False)))
        return condition

    @staticmethod
    def _linked_to(model, readable):
        def to_sql(_model, alias, _query):
            return SQL(
                """EXISTS (
                       SELECT FROM inbox_conversation_link link
                        WHERE link.conversation_id = %(conversation)s AND link.is_undone IS NOT TRUE
                          AND link.res_model = %(name)s
                          AND link.res_id IN %(readable)s
                          AND (link.reason = ANY(%(by_persons)s) OR %(has_contact)s))""",
                conversation=SQL.identifier(alias, "conversation_id"),
                name=model._name,
                readable=readable.subselect(),
                by_persons=list(BY_PERSONS),
                has_contact=SQL(
                    """EXISTS (SELECT FROM inbox_participant participant
                                WHERE participant.inbox_message_id = %(email)s
                                  AND (participant.partner_id IS NOT NULL %(address)s))""",
                    email=SQL.identifier(alias, "id"),
                    address=SQL(
                        """OR participant.email_normalized = (
                               SELECT email_normalized FROM crm_lead WHERE id = link.res_id)"""
                    )
                    if model._name == deals.DEAL
                    else SQL(),
                ),
            )

        return to_sql


class InboxConversation(models.Model):
    _inherit = "inbox.conversation"

    link_ids = fields.One2many("inbox.conversation.link", "conversation_id", "Documents", readonly=True)

    def link_document(self, res_model, res_id):
        """Link these conversations to a document with chatter.

        :raises UserError: there is no such kind of document, or it is gone.
        :raises AccessError: the user may not read one of them.
        """
        record = self._document(res_model, res_id)
        for conversation in self:
            self.env["inbox.conversation.link"]._link(conversation, record, "by_hand")

    def unlink_document(self, res_model, res_id):
        """Undo the links of these conversations to a document; they do not come back by themselves."""
        self.check_access("read")
        self.link_ids.filtered(lambda link: link.res_model == res_model and link.res_id == res_id)._undo()

    def _document(self, res_model, res_id):
        if res_model not in self._kinds():
            raise UserError(self.env._("Emails can only be linked to documents that have a chatter."))
        record = self.env[res_model].browse(res_id).exists()
        if not record:
            raise UserError(self.env._("This document was deleted meanwhile."))
        return record
