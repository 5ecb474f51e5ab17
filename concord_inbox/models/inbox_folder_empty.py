"""Emptying the trash and the spam folder."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

#: The roles of the folders that can be emptied.
ROLES = {"trash", "junk"}


class InboxFolder(models.Model):
    _inherit = "inbox.folder"

    emptying = fields.Json(readonly=True, copy=False, groups=fields.NO_ACCESS, help="See sync/emptying.py.")

    def _shown_count(self):
        """How many emails are shown in this folder."""
        [(count,)] = self.env.execute_query(
            SQL("SELECT count(*) FROM inbox_message_folder_rel WHERE folder_id = %s", self.id)
        )
        return count

    def _older_count(self):
        """How many emails the folder holds on the server, as of the last run, that were never brought here."""
        [(known,)] = self.env.execute_query(
            SQL("SELECT count(*) FROM inbox_message_copy WHERE folder_id = %s", self.id)
        )
        return max((self.total_count or 0) - known, 0) if self.sudo().cursor else 0

    def _empty(self, with_older=False):
        """Delete for good all emails of this trash or spam folder, here and on the server.

        :param with_older: also those that were never brought here.
        """
        self.ensure_one()
        self.check_access("write")
        if self.role not in ROLES:
            raise UserError(self.env._("Only the trash and the spam folder can be emptied."))
        self.env["inbox.message"].flush_model(["folder_ids", "is_changed", "is_deleted", "changed_by_id"])
        # An email that lies elsewhere, too, loses its copy here only.
        self.env.cr.execute(
            SQL(
                """UPDATE inbox_message message
                      SET is_changed = true, changed_by_id = %(user)s,
                          is_deleted = coalesce(is_deleted, false) OR NOT inside.elsewhere,
                          write_uid = %(user)s, write_date = now() AT TIME ZONE 'UTC'
                     FROM (SELECT rel.message_id,
                                  EXISTS (SELECT FROM inbox_message_folder_rel other
                                           WHERE other.message_id = rel.message_id
                                             AND other.folder_id <> rel.folder_id) AS elsewhere
                             FROM inbox_message_folder_rel rel WHERE rel.folder_id = %(folder)s) inside
                    WHERE message.id = inside.message_id""",
                user=self.env.uid,
                folder=self.id,
            )
        )
        self.env.cr.execute(SQL("DELETE FROM inbox_message_folder_rel WHERE folder_id = %s", self.id))
        self.env["inbox.message"].invalidate_model()
        self.invalidate_recordset(["unread_count"])
        folder = self.sudo()
        if with_older and folder.cursor:
            folder.emptying = {"cursor": folder.cursor, "user": self.env.uid}
        folder.account_id._sync_soon()
