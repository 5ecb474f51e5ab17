"""Asks for the name and the place of a folder, new or to be renamed."""

from odoo import fields, models


class InboxFolderEdit(models.TransientModel):
    _name = "inbox.folder.edit"
    _inherit = ["inbox.window"]
    _description = "Create or Rename a Folder"

    account_id = fields.Many2one("inbox.account", required=True, readonly=True)
    folder_id = fields.Many2one("inbox.folder", "Folder to rename", readonly=True)
    name = fields.Char("Name", required=True)
    parent_id = fields.Many2one(
        "inbox.folder",
        "Inside",
        domain="[('account_id', '=', account_id), ('id', '!=', folder_id)]",
        help="The folder that it lies in; none: it is at the top.",
    )

    def action_save(self):
        """Make or rename the folder on the mail server and here, and close the window."""
        self.ensure_one()
        if self.folder_id:
            self.folder_id._rename(self.name, self.parent_id)
            return self._done(self.env._("The folder is called “%s” now.", self.name.strip()))
        self.account_id._create_folder(self.name, self.parent_id)
        return self._done(self.env._("Folder “%s” created.", self.name.strip()))
