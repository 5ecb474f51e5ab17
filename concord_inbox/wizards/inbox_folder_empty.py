"""Asks before the trash or the spam folder is emptied."""

from odoo import fields, models


class InboxFolderEmpty(models.TransientModel):
    _name = "inbox.folder.empty"
    _inherit = ["inbox.window"]
    _description = "Empty the Trash or Spam Folder"

    folder_id = fields.Many2one("inbox.folder", required=True, readonly=True)
    shown_count = fields.Integer(readonly=True)
    older_count = fields.Integer(readonly=True)
    with_older = fields.Boolean("Delete these, too")

    def action_empty(self):
        """Have the emails deleted, and close the window."""
        self.ensure_one()
        self.folder_id._empty(self.with_older)
        return self._done(self.env._("The folder “%s” is being emptied.", self.folder_id.display_name))
