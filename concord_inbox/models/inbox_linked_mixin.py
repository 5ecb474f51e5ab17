"""What a document offers to whose pages conversations are linked: writing from it, and its emails."""

from odoo import api, fields, models

#: Emails that are counted on a page, as in lists.
COUNTED = 200


class InboxLinkedMixin(models.AbstractModel):
    _name = "inbox.linked.mixin"
    _description = "Document with Emails"

    inbox_message_count = fields.Integer(
        compute="_compute_inbox_message_count", groups="base.group_user", help="No more than 200 are counted."
    )

    @api.depends_context("uid")
    def _compute_inbox_message_count(self):
        # Through the ORM, so that each user counts the emails that this user may read; a form has no use for more.
        messages = self.env["inbox.message"]
        for record in self:
            domain = [("on_record", "=", f"{self._name},{record.id}")]
            record.inbox_message_count = messages.search_count(domain, limit=COUNTED) if record.id else 0

    def action_open_inbox_messages(self):
        """Open the emails that belong on this document's page."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("concord_inbox.action_record_messages")
        action["domain"] = [("on_record", "=", f"{self._name},{self.id}")]
        action["display_name"] = self.env._("Emails with %s", self.display_name)
        return action

    def action_compose(self):
        """Open the window with an email to this contact, or to whom this deal is with."""
        self.ensure_one()
        self.check_access("read")
        begin = {"res_model": self._name, "res_id": self.id, **self._inbox_recipient()}
        return {"type": "ir.actions.client", "tag": "concord_inbox.compose", "params": {"begin": begin}}

    def _inbox_recipient(self):
        """Whom an email that is begun here goes to, as `compose_begin()` takes it."""
        return {}
