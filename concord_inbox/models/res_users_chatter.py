"""Whether what a user writes in Odoo's documents goes out through an account of theirs, and from which identity."""

from odoo import api, fields, models
from odoo.exceptions import AccessError

PARAMETER = "concord_inbox.chatter"


class ResUsersSettings(models.Model):
    _inherit = "res.users.settings"

    inbox_sends_chatter = fields.Boolean("Send what I write in documents through my email account", default=False)
    inbox_chatter_identity_id = fields.Many2one(
        "inbox.identity",
        ondelete="set null",
        # Of a personal account nobody else knows; the user sees it in `res.users`.
        groups=fields.NO_ACCESS,
    )

    @api.model
    def _get_fields_blacklist(self):
        return [*super()._get_fields_blacklist(), "inbox_sends_chatter", "inbox_chatter_identity_id"]


class ResUsers(models.Model):
    _inherit = "res.users"

    inbox_may_send_chatter = fields.Boolean(compute="_compute_inbox_chatter", compute_sudo=False)
    inbox_sends_chatter = fields.Boolean(
        "Send through my email account",
        compute="_compute_inbox_chatter",
        inverse="_inverse_inbox_sends_chatter",
        compute_sudo=False,
        help="What you send from Odoo's documents goes out through your own email account and lies in its Sent folder; "
        "answers come to your inbox, and to the document.",
    )
    inbox_chatter_identity_id = fields.Many2one(
        "inbox.identity",
        "From",
        compute="_compute_inbox_chatter",
        inverse="_inverse_inbox_chatter_identity_id",
        compute_sudo=False,
        help="Whom it is from; empty: your primary account.",
    )
    inbox_chatter_choice_ids = fields.Many2many("inbox.identity", compute="_compute_inbox_chatter", compute_sudo=False)

    @property
    def SELF_READABLE_FIELDS(self):  # noqa: N802 (Odoo's name)
        return [
            *super().SELF_READABLE_FIELDS,
            "inbox_may_send_chatter",
            "inbox_sends_chatter",
            "inbox_chatter_identity_id",
            "inbox_chatter_choice_ids",
        ]

    @property
    def SELF_WRITEABLE_FIELDS(self):  # noqa: N802 (Odoo's name)
        return [*super().SELF_WRITEABLE_FIELDS, "inbox_sends_chatter", "inbox_chatter_identity_id"]

    @api.depends_context("uid")
    def _compute_inbox_chatter(self):
        """Everybody's own alone: which accounts others have is nobody's business."""
        for user in self:
            own = user._origin == self.env.user
            settings = user._origin.sudo().res_users_settings_id
            choices = user._origin._inbox_chatter_choices() if own else self.env["inbox.identity"]
            user.inbox_chatter_choice_ids = choices
            user.inbox_may_send_chatter = bool(choices) and self._inbox_chatter_is_allowed()
            user.inbox_sends_chatter = own and settings.inbox_sends_chatter
            user.inbox_chatter_identity_id = settings.inbox_chatter_identity_id & choices

    def _inverse_inbox_sends_chatter(self):
        for user in self:
            user._set_inbox_chatter("inbox_sends_chatter", user.inbox_sends_chatter)

    def _inverse_inbox_chatter_identity_id(self):
        for user in self:
            identity = user.inbox_chatter_identity_id
            if identity and identity not in user._origin._inbox_chatter_choices():
                raise AccessError(self.env._("Choose an identity of an account that you may send from."))
            user._set_inbox_chatter("inbox_chatter_identity_id", identity.id)

    def _set_inbox_chatter(self, name, value):
        if self._origin != self.env.user:
            raise AccessError(self.env._("Everybody decides for themselves how they send."))
        self.env["res.users.settings"]._find_or_create_for_user(self._origin).sudo()[name] = value

    @api.model
    def _inbox_chatter_is_allowed(self):
        return self.env["ir.config_parameter"].sudo().get_param(PARAMETER) != "0"

    def _inbox_chatter_choices(self):
        """The identities that this user may write as, of accounts that can send; those of the primary account first."""
        self.ensure_one()
        if not self.active or not self.has_group("concord_inbox.group_inbox_user"):
            return self.env["inbox.identity"]
        accounts = self.env["inbox.message"].with_user(self)._own_accounts()
        able = accounts.filtered(lambda account: not account._why_not_send())
        found = self.env["inbox.identity"]
        for account in able:
            usual = account._identity()
            found |= found.browse((usual | account._identities()).ids)
        return found

    def _inbox_chatter_identity(self):
        """Whom this user's emails from documents are from; none: they go Odoo's way.

        An identity that was chosen and cannot be used just now is not replaced by another.
        """
        self.ensure_one()
        settings = self.sudo().res_users_settings_id
        if not settings.inbox_sends_chatter or not self._inbox_chatter_is_allowed():
            return self.env["inbox.identity"]
        choices = self._inbox_chatter_choices()
        chosen = settings.inbox_chatter_identity_id
        return choices & chosen if chosen else choices[:1]
