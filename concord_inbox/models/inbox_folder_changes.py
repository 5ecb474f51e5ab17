"""Making, renaming and deleting folders: on the server first, while the user waits, then in the database.

What the server has done cannot be taken back, so the database follows in a transaction of its own, which can be tried
again when another got in its way, while the user's request cannot.
"""

import contextlib
from dataclasses import replace

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from ..adapters import open_adapter
from ..adapters.errors import AdapterError, ChangeRefusedError, FolderGoneError
from ..sync import folder_lock, vanish
from ..sync.lease import in_transaction

#: Seconds that a user waits for the server at any one time.
PATIENCE = 10


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    folder_version = fields.Integer(
        default=0, readonly=True, copy=False, groups=fields.NO_ACCESS, help="See sync/folder_lock.py."
    )

    def _create_folder(self, name, parent=None):
        """Make a folder on the mail server, below the folder `parent` or at the top; followed from the start.

        :return: its record, which this request's own transaction may not see yet.
        :raises UserError: the name is no good or taken, or the server does not want it.
        """
        self.ensure_one()
        self.check_access("write")
        parent = parent or self.env["inbox.folder"]
        parent.check_access("write")
        name = self._check_folder_name(name, parent)
        with self._mail_server() as adapter:
            above = self._listed(adapter, parent) if parent else None
            created = adapter.create_folder(name, above)

        def follow(account):
            folder = account.folder_ids.filtered(lambda one: one.path == created.path)
            values = {"name": created.name, "parent_id": parent.id, "is_active": True, "is_selectable": True}
            if folder:
                folder.write(values)
            else:
                folder = folder.create({**values, "account_id": account.id, "path": created.path})
            return folder.id

        return self.env["inbox.folder"].browse(self._follow_server(follow))

    def _check_folder_name(self, name, parent, folder=None):
        """Return `name` as it may be used for a folder below `parent`; `folder`: the one that is to be called so."""
        name = (name or "").strip()
        if not name:
            raise UserError(self.env._("Give the folder a name."))
        folder = folder or self.env["inbox.folder"]
        if parent and parent.account_id != self:
            raise UserError(self.env._("A folder lies below one of its own account."))
        siblings = self.folder_ids.filtered(lambda one: one.parent_id == parent) - folder
        if any(sibling.name.casefold() == name.casefold() for sibling in siblings):
            raise UserError(self.env._("There is a folder “%s” already. Choose another name.", name))
        return name

    @contextlib.contextmanager
    def _mail_server(self):
        """An adapter for a user who waits. Until the request ends no run merges what it listed before.

        :raises UserError: what went wrong, in words.
        """
        self.ensure_one()
        if self.state != "connected":
            raise UserError(self.env._("Connect the account first."))
        # What this request itself changed must not fail after the server was told.
        self.env.flush_all()
        folder_lock.hold(self.env, self)
        try:
            with open_adapter(self.connection_type, replace(self._adapter_settings(), timeout=PATIENCE)) as adapter:
                yield adapter
        except AdapterError as error:
            raise UserError(self._explain(error)) from error

    def _listed(self, adapter, folder):
        """The server's own `folder`."""
        found = {remote.path: remote for remote in adapter.folders()}
        if folder.path not in found:
            self.sudo()._sync_soon()
            raise FolderGoneError("gone", path=folder.path)
        return found[folder.path]

    def _follow_server(self, work):
        """Have the database follow what the server has done: `work(account)`, with all rights, and again if need be."""
        with self.env.registry.cursor() as cr:
            account = api.Environment(cr, SUPERUSER_ID, {})[self._name].browse(self.id)

            def follow():
                # What this request itself may have locked is not waited for in vain.
                cr.execute("SET LOCAL lock_timeout = '5s'")
                folder_lock.bump(account.env, account)
                result = work(account)
                account._sync_soon()
                return result

            result = in_transaction(account.env, follow)
        self.env.invalidate_all()
        return result

    def _trash(self):
        """The account's folder for the trash; none if it has none."""
        return self.folder_ids.filtered(lambda folder: folder.role == "trash" and folder.is_selectable)[:1]


class InboxFolder(models.Model):
    _inherit = "inbox.folder"

    is_editable = fields.Boolean(compute="_compute_is_editable", help="Whether the user may rename and delete it.")

    @api.depends_context("uid")
    def _compute_is_editable(self):
        editable = self._filtered_access("write").filtered(lambda folder: folder.account_id.state == "connected")
        for folder in self:
            folder.is_editable = folder in editable

    def _rename(self, name, parent=None):
        """Give the folder a new name and put it, with all below it, below `parent` (None: at the top) on the server.

        :raises UserError: the name is no good or taken, the folder has a role, or the server does not want it.
        """
        self.ensure_one()
        self.check_access("write")
        self._refuse_roles(self)
        parent = parent or self.browse()
        parent.check_access("write")
        name = self.account_id._check_folder_name(name, parent, self)
        if name == self.name and parent == self.parent_id:
            return
        if parent in self._with_below():
            raise UserError(self.env._("A folder cannot lie below itself."))
        folder_id, old = self.id, self.path
        with self.account_id._mail_server() as adapter:
            above = self.account_id._listed(adapter, parent) if parent else None
            renamed = adapter.rename_folder(self.account_id._listed(adapter, self), name, above)

        def follow(account):
            folder = account.env["inbox.folder"].browse(folder_id).exists()
            for one in folder._with_below():
                one.path = renamed.path + one.path.removeprefix(old)
            folder.write({"name": renamed.name, "parent_id": parent.id})

        self.account_id._follow_server(follow)

    def _delete(self, to_trash):
        """Delete the folder and those below it on the server.

        :param to_trash: move the emails to the trash first; else they are deleted for good.
        :raises UserError: one of them has a role, or the server does not want it. What was deleted until then is.
        """
        self.ensure_one()
        self.check_access("write")
        doomed = self._with_below()
        self._refuse_roles(doomed)
        self._refuse_unsettled(doomed)
        account = self.account_id
        trash = account._trash() if to_trash else None
        if to_trash and not trash:
            raise UserError(self.env._("The account %s has no folder for the trash.", account.name))
        gone = []
        try:
            with account._mail_server() as adapter:
                listed = {remote.path: remote for remote in adapter.folders()}
                # The lowest first: a server may refuse to delete what has something below it.
                for folder in reversed(doomed):
                    if remote := listed.get(folder.path):
                        if trash and remote.selectable:
                            self._empty_into(adapter, remote, listed.get(trash.path))
                        with contextlib.suppress(FolderGoneError):
                            adapter.delete_folder(remote)
                    gone.append(folder.id)
        finally:
            if gone:

                def follow(account):
                    folders = account.env["inbox.folder"].browse(gone).exists()
                    # An email that went to the trash is found there by the run that follows, and keeps its record.
                    vanish.all_copies(account.env, folders)
                    folders.unlink()

                account._follow_server(follow)

    @staticmethod
    def _empty_into(adapter, remote, target):
        if not target:
            raise FolderGoneError("gone", path="")
        held = adapter.held(remote)
        moved = adapter.move(remote, held.cursor, held.ids, target) if held.ids else None
        # What is left is in the trash as well, and goes with the folder.
        if moved and moved.refused:
            raise ChangeRefusedError("refused", path=remote.path, server_text=moved.server_text)

    def _refuse_roles(self, folders):
        for folder in folders:
            if folder.role:
                raise UserError(
                    self.env._(
                        "“%(folder)s” is the folder that the account keeps for “%(role)s”: it cannot be renamed or "
                        "deleted.",
                        folder=folder.path,
                        role=dict(self._fields["role"]._description_selection(self.env))[folder.role],
                    )
                )

    def _refuse_unsettled(self, folders):
        """An email that was moved out of a folder a moment ago may still be in it on the server."""
        if self.env["inbox.message.copy"].search_count(
            [("folder_id", "in", folders.ids), ("inbox_message_id.is_changed", "=", True)], limit=1
        ):
            self.env["inbox.account"]._wake_slot()
            raise UserError(
                self.env._(
                    "What was changed in this folder is still on its way to the mail server. Try again in a moment."
                )
            )

    def _with_below(self):
        """This folder and all below it, each after the one above it."""
        found, layer = self.browse(), self
        while layer:
            found |= layer
            layer = self.search([("parent_id", "in", layer.ids)]) - found
        return found
