from odoo import api, fields, models
from odoo.exceptions import UserError


class ResUsers(models.Model):
    _inherit = "res.users"

    inbox_primary_account_id = fields.Many2one(
        "inbox.account",
        "Primary Inbox",
        ondelete="set null",
        copy=False,
        # The name of a personal account is nobody else's business.
        groups=fields.NO_ACCESS,
        help="The email account that comes first in the inbox.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        users._relink_inbox()
        return users

    def write(self, vals):
        before = self.partner_id
        result = super().write(vals)
        if "active" in vals and not vals["active"]:
            self._pause_inbox()
        if {"group_ids", "partner_id"} & vals.keys():
            (before | self.partner_id)._relink_inbox()
        return result

    def _pause_inbox(self):
        """Whoever leaves receives and sends no more; what was synchronised, and the encrypted passwords, stay.

        Shared accounts go on. An inbox manager may hand over the personal ones, or delete them.
        """
        self.env["inbox.account"].sudo().search(
            [("account_type", "=", "personal"), ("user_id", "in", self.ids)]
        )._pause("archived")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_inbox_owner(self):
        accounts = self.env["inbox.account"].sudo().with_context(active_test=False)
        for user in self:
            if accounts.search_count([("user_id", "=", user.id)], limit=1):
                raise UserError(
                    self.env._(
                        "%(user)s has a personal email account, whose emails would be lost. Archive the user instead; "
                        "an inbox administrator can then hand over the account or delete it, under "
                        "Inbox → Accounts of archived users.",
                        user=user.name,
                    )
                )

    def _relink_inbox(self):
        self.partner_id._relink_inbox()
