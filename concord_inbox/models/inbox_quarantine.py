"""Emails that could not be stored, kept whole until somebody finds out why."""

from odoo import fields, models

from .fields import BigInteger


class InboxQuarantine(models.Model):
    _name = "inbox.quarantine"
    _description = "Email in Quarantine"
    _order = "create_date desc, id desc"
    _rec_name = "reason"

    account_id = fields.Many2one("inbox.account", required=True, index=True, ondelete="cascade", readonly=True)
    folder_id = fields.Many2one("inbox.folder", ondelete="cascade", index=True, readonly=True)
    uid = BigInteger("UID", readonly=True)
    remote_id = fields.Char(readonly=True)
    message_id = fields.Char("Message-ID", readonly=True)
    internal_date = fields.Datetime("Received", readonly=True)
    keywords = fields.Char(readonly=True, help="As the server last reported them, separated by spaces.")
    source = fields.Binary("Source", attachment=True, readonly=True)
    source_filename = fields.Char(compute="_compute_source_filename")
    size = fields.Integer("Size (bytes)", readonly=True)
    reason = fields.Char(readonly=True)
    details = fields.Text(readonly=True)
    retry = fields.Boolean(readonly=True, help="The next run tries it again.")
    attempts = fields.Integer(default=1, readonly=True)

    _folder_uid_unique = models.UniqueIndex("(folder_id, uid) WHERE uid IS NOT NULL")

    def _compute_source_filename(self):
        for quarantined in self:
            quarantined.source_filename = f"quarantine-{quarantined.id}.eml"

    def action_retry(self):
        """Fetch these emails again and try to store them; those that fail again stay, with what went wrong."""
        self.check_access("read")
        quarantined = self.sudo()
        quarantined.retry = True
        quarantined.account_id._sync_soon()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "info", "message": self.env._("They are fetched again in a moment.")},
        }
