"""Addresses whose emails are to be looked at again, in the background: see sync/links.py."""

from odoo import api, fields, models

from ..sync import address_keys, links
from ..sync.lease import in_transaction


class InboxRelink(models.Model):
    _name = "inbox.relink"
    _description = "Address Whose Emails Are Linked Anew"
    _log_access = False  # written by the thousand, past the ORM
    _order = "id"

    # Not unique: two transactions that change contacts with the same address must not wait for each other.
    address_key = fields.Char(required=True, readonly=True)

    @api.model
    def _cron_relink(self):
        """Have links follow whatever was changed, batch by batch; it goes on where it was stopped."""
        if address_keys.are_due(self.env, fields.Datetime.now()) and not self._make_keys():
            return
        cron = self.env["ir.cron"]
        row_ids, keys = links.waiting(self.env)
        while row_ids:
            changes = links.differing(self.env, keys)
            # Not kept open: what is decided here is looked at again if a contact is changed from now on.
            self.env.cr.commit()
            for portion in links.portions(changes):
                in_transaction(self.env, lambda portion=portion: links.apply(self.env, portion))
                if cron._commit_progress(remaining=self.search_count([])) <= 0:
                    return
            if len(changes) == links.FOUND:
                continue
            in_transaction(self.env, lambda row_ids=row_ids: links.done(self.env, row_ids))
            if cron._commit_progress(len(row_ids), remaining=self.search_count([])) <= 0:
                return
            row_ids, keys = links.waiting(self.env)

    @api.model
    def _make_keys(self):
        """Make the keys of all addresses anew, after the rules for them were changed.

        :return: whether there is time left.
        """
        cron = self.env["ir.cron"]
        began = fields.Datetime.now()
        for table, first in list(address_keys.spans(self.env)):
            in_transaction(self.env, lambda table=table, first=first: self._make_keys_of(table, first))
            if cron._commit_progress(remaining=1) <= 0:
                return False
        # Whose key is the same as before may be blocked now in another spelling.
        blocked = self.env["inbox.blocked.address"].sudo()
        keys = blocked._keys(blocked.search([("pattern", "=like", "%@g%mail.com")]).mapped("pattern"))
        in_transaction(self.env, lambda: links.ask(self.env, keys))
        parameters = self.env["ir.config_parameter"].sudo()
        in_transaction(self.env, lambda: parameters.set_param(address_keys.DONE, fields.Datetime.to_string(began)))
        self.env.invalidate_all()
        return True

    @api.model
    def _make_keys_of(self, table, first):
        changed = address_keys.refresh(self.env, table, first)
        links.ask(self.env, {key for _row, *keys in changed for key in keys})
        if table == "inbox_participant":
            links.unlink_keyless(self.env, [row for row, _former, key in changed if not key])
