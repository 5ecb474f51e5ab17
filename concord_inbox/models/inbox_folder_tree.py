"""The place of each folder when an account's folders are shown as a tree."""

from collections import defaultdict

from odoo import api, fields, models


class InboxFolder(models.Model):
    _inherit = "inbox.folder"

    position = fields.Integer(compute="_compute_place", store=True, help="Counted from the top of the account's tree.")
    depth = fields.Integer(compute="_compute_place", store=True, help="How many folders are above it.")

    @api.depends("account_id.folder_ids.parent_id", "account_id.folder_ids.sequence", "account_id.folder_ids.name")
    def _compute_place(self):
        for account in self.account_id:
            below = defaultdict(list)
            for folder in account.folder_ids.sorted(
                lambda folder: (folder.sequence, folder.name.casefold(), folder.id)
            ):
                below[folder.parent_id].append(folder)
            # A stack, since a tree may be deeper than Python recurses.
            waiting = [(folder, 0) for folder in reversed(below[self.browse()])]
            position = 0
            while waiting:
                folder, depth = waiting.pop()
                folder.position, folder.depth = position, depth
                position += 1
                waiting += [(child, depth + 1) for child in reversed(below[folder])]
