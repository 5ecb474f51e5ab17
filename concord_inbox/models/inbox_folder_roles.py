"""What a folder is for, said by hand where the mail server says nothing, or the wrong thing."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..adapters import open_adapter
from ..adapters.errors import AdapterError
from ..sync import folder_lock, folders, live, spam


class InboxFolder(models.Model):
    _inherit = "inbox.folder"

    is_role_manual = fields.Boolean(
        default=False, readonly=True, copy=False, help="Somebody chose the role; the mail server's word does not count."
    )

    def write(self, vals):
        if "role" not in vals:
            return super().write(vals)
        is_by_hand = not self.env.su
        if is_by_hand:
            self._check_role(vals["role"])
        held_spam = self.filtered(lambda folder: folder.role == spam.ROLE)
        result = super().write(vals)
        if is_by_hand:
            self._take_role(vals["role"])
        turned = self if vals["role"] == spam.ROLE else held_spam
        if turned:
            spam.follow(self.env, turned._message_ids())
        return result

    def _message_ids(self) -> list[int]:
        """What lies in these folders."""
        rows = self.env.execute_query(
            SQL("SELECT message_id FROM inbox_message_folder_rel WHERE folder_id = ANY(%s)", self.ids)
        )
        return [message for (message,) in rows]

    def action_forget_role(self):
        """Have the role of this folder be what the mail server says."""
        self.ensure_one()
        self.check_access("write")
        self.sudo().is_role_manual = False
        self.account_id._list_again()
        return True

    @api.model
    def _held_roles(self, account) -> set[str]:
        """Roles of this account that folders have by hand, so that the server's word gives them to no other."""
        return {folder.role for folder in account.folder_ids if folder.is_role_manual and folder.role}

    def _check_role(self, role):
        for folder in self:
            if "inbox" in (role, folder.role) and role != folder.role:
                raise UserError(self.env._("The inbox is where new emails arrive; only the mail server decides on it."))
            if role and not folder.is_selectable:
                raise UserError(self.env._("“%s” holds no emails, only other folders.", folder.name))
        if role and len(self) > len(self.account_id):
            raise UserError(self.env._("Only one folder of an account can have a role."))

    def _take_role(self, role):
        """The role was chosen for these: at most one folder of an account has it."""
        owned = self.sudo()
        owned.is_role_manual = True
        if role:
            others = owned.search(
                [("account_id", "in", owned.account_id.ids), ("role", "=", role), ("id", "not in", owned.ids)]
            )
            others.write({"role": False, "is_role_manual": False})
        live.tell(self.env, owned.account_id.ids)


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    def _list_again(self):
        """Bring the folders in line with the server while the user waits.

        :raises UserError: what went wrong, in words.
        """
        self._check_complete()
        self.env.flush_all()
        version = folder_lock.version(self.env, self)
        try:
            with open_adapter(self.connection_type, self._adapter_settings()) as adapter:
                self._merge_folders(adapter.folders(), adapter, version)
        except AdapterError as error:
            raise UserError(self._explain(error)) from error

    def _merge_folders(self, listed, adapter, version):
        """:param version: of the folders, before they were listed."""
        try:
            folder_lock.check(self.env, self, version)
        except folder_lock.OutdatedError:
            raise UserError(self.env._("The folders were changed meanwhile. Please try again.")) from None
        folders.merge(self.sudo(), listed, adapter)
