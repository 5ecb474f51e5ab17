"""One email in one folder, as the server has it."""

from odoo import fields, models

from .fields import BigInteger


class InboxMessageCopy(models.Model):
    _name = "inbox.message.copy"
    _description = "Email in a Folder of the Server"
    _order = "folder_id, uid desc, id"
    _rec_name = "uid"
    _log_access = False  # a narrow table: it has a row for every email in every folder

    inbox_message_id = fields.Many2one("inbox.message", required=True, index=True, ondelete="cascade", readonly=True)
    folder_id = fields.Many2one("inbox.folder", required=True, ondelete="cascade", readonly=True)
    uid = BigInteger("UID", readonly=True)
    remote_id = fields.Char(readonly=True, help="The server's name for it, where that is not an IMAP UID.")
    # The keywords that the server last reported. Where the email says otherwise, the user changed it since.
    seen = fields.Boolean(readonly=True)
    flagged = fields.Boolean(readonly=True)
    answered = fields.Boolean(readonly=True)
    draft = fields.Boolean(readonly=True)
    keywords = fields.Char(readonly=True, help="The other keywords, in order, separated by spaces.")
    # What the server was told and has not answered: it may have done it. Written by sync/push.py alone.
    in_doubt = fields.Char(readonly=True, help="The keywords that it was told to change, separated by spaces.")
    moving_to_id = fields.Many2one("inbox.folder", index="btree_not_null", ondelete="set null", readonly=True)
    copying_to_id = fields.Many2one("inbox.folder", index="btree_not_null", ondelete="set null", readonly=True)
    is_ahead = fields.Boolean(
        default=False, readonly=True, help="It was put there from here, and no look at the folder has found it yet."
    )

    def _remote_id(self):
        """What names this copy on its server: see `sync/remote_ids.py`."""
        return self.uid or self.remote_id

    _folder_ahead_idx = models.Index("(folder_id) WHERE is_ahead")
    _folder_uid_unique = models.UniqueIndex("(folder_id, uid) WHERE uid IS NOT NULL")
    _folder_remote_id_unique = models.UniqueIndex("(folder_id, remote_id) WHERE remote_id IS NOT NULL")
