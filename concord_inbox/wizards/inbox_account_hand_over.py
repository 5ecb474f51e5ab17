"""Asks to whom the account of a user who was archived shall go."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class InboxAccountHandOver(models.TransientModel):
    _name = "inbox.account.hand.over"
    _inherit = ["inbox.window"]
    _description = "Hand over an Email Account"

    orphan_id = fields.Many2one("inbox.orphaned.account", "Account", required=True, readonly=True)
    email = fields.Char(related="orphan_id.email", related_sudo=False)
    former_owner = fields.Char(compute="_compute_facts")
    email_count = fields.Integer(compute="_compute_facts")
    user_id = fields.Many2one(
        "res.users",
        "New Owner",
        domain=lambda self: [
            ("share", "=", False),
            ("all_group_ids", "in", self.env.ref("concord_inbox.group_inbox_user").ids),
        ],
    )

    @api.depends("orphan_id")
    def _compute_facts(self):
        for window in self:
            account = window.orphan_id._account()
            window.former_owner = account.user_id.name
            window.email_count = self.env["inbox.message"].sudo().search_count([("account_id", "=", account.id)])

    def action_hand_over(self):
        """Give the account to the new owner, and close the window."""
        self.ensure_one()
        account = self.orphan_id._account()
        account.sudo(False)._check_can_be_handed_over()
        user = self.user_id
        if not user or not user.active or user.share or not user.has_group("concord_inbox.group_inbox_user"):
            raise UserError(self.env._("Choose a user who may use the inbox."))
        account._hand_over(user.sudo())
        done = self._done(self.env._("%(account)s belongs to %(user)s now.", account=account.name, user=user.name))
        done["params"]["next"] = self.env["ir.actions.act_window"]._for_xml_id(
            "concord_inbox.action_orphaned_accounts"
        ) | {"target": "main"}
        return done
