"""Emails that could not be stored, kept whole until somebody finds out why; and those too large to fetch unasked."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..sync.quarantine import MEGABYTE
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
    subject = fields.Char(readonly=True, help="As far as its header could be read.")
    email_from = fields.Char("From", readonly=True)
    internal_date = fields.Datetime("Received", readonly=True)
    keywords = fields.Char(readonly=True, help="As the server last reported them, separated by spaces.")
    source = fields.Binary("Source", attachment=True, readonly=True)
    source_filename = fields.Char(compute="_compute_source_filename")
    size = BigInteger("Size (bytes)", readonly=True)
    size_text = fields.Char("Size", compute="_compute_size_text")
    cause = fields.Selection(
        [
            ("failed", "Could not be read or stored"),
            ("crashed", "Ended Odoo's process each time"),
            ("unavailable", "Not handed out by the mail server"),
            ("too_large", "Too large, left on the mail server"),
        ],
        "What happened",
        default="failed",
        readonly=True,
    )
    reason = fields.Char(readonly=True)
    details = fields.Text(readonly=True)
    retry = fields.Boolean(readonly=True, help="The next run tries it again.")
    attempts = fields.Integer(default=1, readonly=True)

    _folder_uid_unique = models.UniqueIndex("(folder_id, uid) WHERE uid IS NOT NULL")
    _folder_remote_id_unique = models.UniqueIndex("(folder_id, remote_id) WHERE remote_id IS NOT NULL")

    @api.depends("source")
    def _compute_source_filename(self):
        for quarantined in self.with_context(bin_size=True):
            quarantined.source_filename = f"quarantine-{quarantined.id}.eml" if quarantined.source else False

    @api.depends("size")
    @api.depends_context("lang")
    def _compute_size_text(self):
        for quarantined in self:
            size = quarantined.size or 0
            large, small = self.env._("%.1f MB", size / MEGABYTE), self.env._("%.1f kB", size / 1000)
            quarantined.size_text = (large if size >= MEGABYTE else small) if size else False

    def action_retry(self):
        """Fetch these emails, again or although they are large, and try to store them; those that fail stay, with what
        went wrong."""
        self.check_access("read")
        if any(account.state != "connected" for account in self.sudo().account_id):
            raise UserError(self.env._("Connect the account first."))
        quarantined = self.sudo()
        quarantined.retry = True
        quarantined.account_id._sync_soon()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The mail server is asked for them in a moment."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
