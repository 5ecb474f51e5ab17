"""Asks for the folder to which emails shall be moved."""

from odoo import fields, models


class InboxMove(models.TransientModel):
    _name = "inbox.move"
    _inherit = ["inbox.window"]
    _description = "Move Emails"

    message_ids = fields.Many2many("inbox.message", required=True)
    account_id = fields.Many2one("inbox.account", required=True)
    folder_id = fields.Many2one(
        "inbox.folder",
        "Folder",
        required=True,
        domain="[('account_id', '=', account_id), ('is_selectable', '=', True)]",
    )

    def action_move(self):
        """Move the emails; the action that tells so closes the window."""
        self.ensure_one()
        return self.message_ids.action_move(self.folder_id)
