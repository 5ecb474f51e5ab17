"""Senders whose pictures are loaded without being asked for: each user's own list."""

from odoo import api, fields, models
from odoo.exceptions import AccessError


class InboxTrustedSender(models.Model):
    _name = "inbox.trusted.sender"
    _description = "Sender Whose Pictures Are Always Shown"
    _rec_name = "email"
    _order = "email"

    settings_id = fields.Many2one("res.users.settings", required=True, index=True, ondelete="cascade")
    email = fields.Char("Address", required=True, readonly=True)

    _sender_unique = models.UniqueIndex("(settings_id, email)", "You trust this sender already.")

    @api.model_create_multi
    def create(self, vals_list):
        self.env["inbox.message"].invalidate_model(["is_sender_trusted"])
        return super().create(vals_list)

    def unlink(self):
        self.env["inbox.message"].invalidate_model(["is_sender_trusted"])
        return super().unlink()


class ResUsersSettings(models.Model):
    _inherit = "res.users.settings"

    inbox_trusted_ids = fields.One2many("inbox.trusted.sender", "settings_id", "Pictures are always shown of")

    @api.model
    def _get_fields_blacklist(self):
        # No page needs the list but the settings themselves.
        return [*super()._get_fields_blacklist(), "inbox_trusted_ids"]


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    is_sender_trusted = fields.Boolean(
        compute="_compute_is_sender_trusted", help="The user wants to see pictures that this sender has elsewhere."
    )

    @api.depends_context("uid")
    @api.depends("participant_ids.email_normalized", "folder_ids.role")
    def _compute_is_sender_trusted(self):
        trusted = set(self._trusted_senders().mapped("email"))
        for message in self:
            address = message._sender_address() if trusted else ""
            # Whoever pretends to be somebody else is in there, hopefully.
            is_spam = "junk" in message.sudo().folder_ids.mapped("role")
            message.is_sender_trusted = bool(address) and address in trusted and not is_spam

    def trust_sender(self):
        """Show pictures of this email's sender from now on, to this user.

        :raises AccessError: the user may not read this email.
        """
        self.ensure_one()
        self._check_content()
        settings = self.env["res.users.settings"]._find_or_create_for_user(self.env.user)
        address = self._sender_address()
        if address and address not in self._trusted_senders().mapped("email"):
            self.env["inbox.trusted.sender"].create({"settings_id": settings.id, "email": address})

    def distrust_sender(self):
        """Ask again before pictures of this email's sender are shown."""
        self.ensure_one()
        self._check_content()
        address = self._sender_address()
        self._trusted_senders().filtered(lambda one: one.email == address).unlink()

    @api.model
    def _trusted_senders(self):
        return self.env["inbox.trusted.sender"].search([("settings_id.user_id", "=", self.env.uid)])

    def _sender_address(self):
        sender = self.sudo().participant_ids.filtered(lambda one: one.role == "from" and one.email_normalized)
        return sender[:1].email_normalized or ""

    def _check_content(self):
        """:raises AccessError: the user may not read what this email says."""
        self.check_access("read")
        if not all(message.is_content_readable for message in self):
            raise AccessError(self.env._("Whoever this email belongs to shows you no more than its subject."))
