"""An address on an email."""

from odoo import api, fields, models
from odoo.fields import Domain

from ..sync import address_keys


class InboxParticipant(models.Model):
    _name = "inbox.participant"
    _description = "Email Participant"
    _order = "inbox_message_id, id"
    _log_access = False  # a narrow table: it has several rows for every email

    inbox_message_id = fields.Many2one("inbox.message", required=True, index=True, ondelete="cascade", readonly=True)
    role = fields.Selection(
        [("from", "From"), ("to", "To"), ("cc", "Cc"), ("bcc", "Bcc"), ("reply_to", "Reply-To")],
        required=True,
        readonly=True,
    )
    name = fields.Char(readonly=True)
    email = fields.Char(readonly=True)
    email_normalized = fields.Char(readonly=True)
    # By it contacts are found; "" on what is linked to nobody: a no-reply address, that of a mailing list.
    address_key = fields.Char(compute="_compute_address_key", store=True, precompute=True, index=True)
    partner_id = fields.Many2one(
        "res.partner", "Contact", index="btree_not_null", ondelete="set null", readonly=True
    )  # fmt: skip
    delivery = fields.Selection(
        [("accepted", "Accepted"), ("rejected", "Rejected"), ("bounced", "Bounced"), ("delayed", "Delayed")],
        readonly=True,
        help="What became of it on the way to this recipient: whether the mail server for sending accepted or rejected "
        "him, or a delivery report that came later says that it bounced or is delayed.",
    )
    delivery_text = fields.Char("The mail server said", readonly=True)
    is_on_readable_message = fields.Boolean(
        compute="_compute_is_on_readable_message", search="_search_is_on_readable_message", compute_sudo=False
    )

    # Whether an address is a mailing list's is asked before a contact is made of it.
    _nobodys_idx = models.Index("(email_normalized) WHERE address_key = ''")

    @api.depends("email_normalized")
    def _compute_address_key(self):
        keys = address_keys.of(self.env, self.mapped("email_normalized"))
        for participant in self:
            participant.address_key = keys.get(participant.email_normalized)

    @api.depends("name", "email")
    def _compute_display_name(self):
        for participant in self:
            if participant.name and participant.email:
                participant.display_name = f"{participant.name} <{participant.email}>"
            else:
                participant.display_name = participant.name or participant.email or ""

    @api.depends_context("uid")
    @api.depends("inbox_message_id")
    def _compute_is_on_readable_message(self):
        messages = self.sudo().inbox_message_id.sudo(False)
        readable = messages._filtered_access("read")
        for participant in self:
            participant.is_on_readable_message = participant.sudo().inbox_message_id in readable

    @api.model
    def _search_is_on_readable_message(self, operator, value):
        if operator != "in":
            return NotImplemented
        readable = Domain("inbox_message_id", "in", self.env["inbox.message"].sudo(False)._search([]))
        return readable if True in value else ~readable
