"""A folder of the mail server."""

from datetime import UTC

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..sync import counters

#: In this order the folders of an account are shown.
ROLES = [
    ("inbox", "Inbox"),
    ("drafts", "Drafts"),
    ("sent", "Sent"),
    ("archive", "Archive"),
    ("flagged", "Starred"),
    ("all", "All Mail"),
    ("junk", "Spam"),
    ("trash", "Trash"),
]

#: Followed from the start unless the user says otherwise: everything but copies of other folders, and refuse.
INACTIVE_ROLES = {"flagged", "all", "junk", "trash"}

#: The first sync leaves out what lies in them already; later arrivals are followed.
SKIPPED_AT_FIRST_ROLES = {"junk", "trash"}


class InboxFolder(models.Model):
    _name = "inbox.folder"
    _description = "Email Folder"
    _order = "account_id, sequence, path, id"

    account_id = fields.Many2one("inbox.account", required=True, index=True, ondelete="cascade", readonly=True)
    name = fields.Char(required=True, readonly=True)
    path = fields.Char(required=True, readonly=True, help="The whole path on the server, as people write it.")
    role = fields.Selection(ROLES)
    sequence = fields.Integer(compute="_compute_sequence", store=True, precompute=True)
    parent_id = fields.Many2one("inbox.folder", index=True, ondelete="set null", readonly=True)
    is_selectable = fields.Boolean(
        default=True, readonly=True, help="No: a mere node of the tree, which holds no emails."
    )
    color = fields.Char(readonly=True, help="As #rrggbb, where the mail server has one for it.")
    is_active = fields.Boolean("Active", help="Synchronised and shown.")
    unread_count = fields.Integer(compute="_compute_unread_count")
    total_count = fields.Integer("Emails on the server", readonly=True)
    remaining_count = fields.Integer(
        "Still to come", readonly=True, help="Emails that the first synchronisation has yet to bring."
    )
    # Private to the adapter and to sync/: where the next run goes on, and what the last one was about to store.
    cursor = fields.Json(readonly=True, groups=fields.NO_ACCESS, copy=False)
    attempt = fields.Json(readonly=True, groups=fields.NO_ACCESS, copy=False)

    _account_path_unique = models.UniqueIndex("(account_id, path)")

    @api.depends("role")
    def _compute_sequence(self):
        order = {role: position for position, (role, _label) in enumerate(ROLES, start=1)}
        for folder in self:
            # Folders of the user's own come between the daily ones and the rarely used ones.
            folder.sequence = order.get(folder.role, 4) * 10 + (5 if folder.role not in order else 0)

    @api.depends("name", "role")
    def _compute_display_name(self):
        labels = dict(self._fields["role"]._description_selection(self.env))
        for folder in self:
            # The server's own name for the standard folders is often technical (“INBOX”, “[Gmail]/All Mail”).
            folder.display_name = labels[folder.role] if folder.role == "inbox" else folder.name

    def _compute_unread_count(self):
        counts = counters.read(self.env, self.ids) if self.ids else {}
        for folder in self:
            folder.unread_count, _total = counts.get(folder.id, (0, 0))

    def write(self, vals):
        # Users choose which folders are followed and what they are for; everything else is the server's word, brought
        # by the sync.
        if not self.env.su and (refused := sorted(vals.keys() - {"is_active", "role"})):
            raise AccessError(self.env._("A folder's %s comes from the mail server.", ", ".join(refused)))
        result = super().write(vals)
        if vals.get("is_active"):
            self.sudo().account_id._sync_soon()
        return result

    def _default_is_active(self):
        """Whether a folder that was just discovered is followed without asking."""
        self.ensure_one()
        ancestors = self.browse()
        folder = self
        while folder:
            ancestors |= folder
            folder = folder.parent_id
        return self.is_selectable and not INACTIVE_ROLES & set(ancestors.mapped("role"))

    def _cut_off(self):
        """The moment before which this folder's emails are left out; aware, UTC.

        What comes into trash and spam after the first look is followed like everything else: an email that is moved
        there keeps the time of its reception.
        """
        self.ensure_one()
        if self.role in SKIPPED_AT_FIRST_ROLES and not self.cursor:
            return self._first_cut_off()
        return self.account_id.sync_since.replace(tzinfo=UTC)

    def _first_cut_off(self):
        """The cut-off of the first look: what lies in trash and spam at the time of connecting is left out."""
        account = self.account_id
        since = account.connected_at if self.role in SKIPPED_AT_FIRST_ROLES else account.sync_since
        return since.replace(tzinfo=UTC)

    def unlink(self):
        # Through the ORM, which removes the sources from the file store as well.
        self.env["inbox.quarantine"].search([("folder_id", "in", self.ids)]).unlink()
        return super().unlink()
