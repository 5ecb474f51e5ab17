"""Asks before a folder is deleted, and what shall become of its emails."""

from odoo import fields, models


class InboxFolderDelete(models.TransientModel):
    _name = "inbox.folder.delete"
    _inherit = ["inbox.window"]
    _description = "Delete a Folder"

    folder_id = fields.Many2one("inbox.folder", required=True, readonly=True)
    path = fields.Char(related="folder_id.path", related_sudo=False)
    email_count = fields.Integer("Emails", readonly=True)
    below = fields.Text("Folders below", readonly=True)
    has_trash = fields.Boolean(readonly=True)
    what = fields.Selection(
        [("trash", "Move the emails to the trash"), ("delete", "Delete the emails for good")],
        "Its emails",
        required=True,
        default="trash",
    )

    def action_delete(self):
        """Delete the folder on the mail server and here, and close the window."""
        self.ensure_one()
        path = self.folder_id.path
        self.folder_id._delete(to_trash=self.what == "trash")
        return self._done(self.env._("Folder “%s” deleted.", path))
