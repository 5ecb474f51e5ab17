"""The buttons of folders: each opens the window that asks what is to be known first."""

from odoo import models
from odoo.exceptions import UserError

from .inbox_folder_empty import ROLES


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    def action_new_folder(self):
        """Ask for the name of a new folder."""
        self.ensure_one()
        self.check_access("write")
        return _window(self.env["inbox.folder.edit"], self.env._("New folder"), {"default_account_id": self.id})


class InboxFolder(models.Model):
    _inherit = "inbox.folder"

    def action_new_subfolder(self):
        """Ask for the name of a new folder below this one."""
        action = self.account_id.action_new_folder()
        # The server's own folders are no shelves for others, but for whoever says so.
        action["context"]["default_parent_id"] = False if self.role else self.id
        return action

    def action_rename(self):
        """Ask for the folder's new name and place."""
        self.ensure_one()
        self.check_access("write")
        self._refuse_roles(self)
        return _window(
            self.env["inbox.folder.edit"],
            self.env._("Rename folder"),
            {
                "default_account_id": self.account_id.id,
                "default_folder_id": self.id,
                "default_parent_id": self.parent_id.id,
                "default_name": self.name,
            },
        )

    def action_delete_folder(self):
        """Ask what shall become of the folder's emails, having counted them on the server."""
        self.ensure_one()
        self.check_access("write")
        doomed = self._with_below()
        self._refuse_roles(doomed)
        with self.account_id._mail_server() as adapter:
            listed = {remote.path: remote for remote in adapter.folders()}
            remotes = [listed[folder.path] for folder in doomed if folder.path in listed]
            count = sum(len(adapter.held(remote).ids) for remote in remotes if remote.selectable)
        has_trash = bool(self.account_id._trash())
        return _window(
            self.env["inbox.folder.delete"],
            self.env._("Delete folder"),
            {
                "default_folder_id": self.id,
                "default_email_count": count,
                "default_below": "\n".join((doomed - self).mapped("path")),
                "default_has_trash": has_trash,
                "default_what": "trash" if has_trash and count else "delete",
            },
        )

    def action_empty(self):
        """Ask whether all emails of this trash or spam folder shall be deleted for good."""
        self.ensure_one()
        self.check_access("write")
        if self.role not in ROLES:
            raise UserError(self.env._("Only the trash and the spam folder can be emptied."))
        shown, older = self._shown_count(), self._older_count()
        if not shown and not older:
            raise UserError(self.env._("The folder “%s” is empty already.", self.path))
        return _window(
            self.env["inbox.folder.empty"],
            self.env._("Empty “%s”", self.display_name),
            {"default_folder_id": self.id, "default_shown_count": shown, "default_older_count": older},
        )


def _window(wizard, name, context):
    return {
        "type": "ir.actions.act_window",
        "name": name,
        "res_model": wizard._name,
        "views": [[False, "form"]],
        "target": "new",
        "context": {**context, "dialog_size": "medium"},
    }
