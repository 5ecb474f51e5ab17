"""Asks before an account is deleted, and what shall become of its emails."""

from odoo import api, fields, models
from odoo.exceptions import AccessError


class InboxAccountDelete(models.TransientModel):
    _name = "inbox.account.delete"
    _inherit = ["inbox.window"]
    _description = "Delete an Email Account"

    account_id = fields.Many2one("inbox.account", readonly=True)
    orphan_id = fields.Many2one("inbox.orphaned.account", "Account of an archived user", readonly=True)
    email = fields.Char(compute="_compute_numbers")
    email_count = fields.Integer("Emails", compute="_compute_numbers")
    linked_count = fields.Integer("Of these linked to contacts or other documents", compute="_compute_numbers")
    what = fields.Selection(
        [
            ("keep", "Keep the emails that are linked to contacts or other documents, on the pages of these"),
            ("all", "Delete all emails, those that are linked as well"),
        ],
        "Its emails",
        required=True,
        compute="_compute_what",
        store=True,
        readonly=False,
        precompute=True,
    )

    @api.depends("account_id", "orphan_id")
    def _compute_numbers(self):
        for window in self:
            account = window._account()
            messages = self.env["inbox.message"].sudo()
            window.email = account.email
            window.email_count = messages.search_count([("account_id", "=", account.id)])
            window.linked_count = messages.search_count(account._linked_domain())

    @api.depends("account_id", "orphan_id")
    def _compute_what(self):
        for window in self:
            account = window._account()
            # What was kept once is deleted the second time.
            window.what = "keep" if window.linked_count and account.active else "all"

    def _account(self):
        """The account, as superuser.

        :raises AccessError: it is not the user's to delete.
        """
        if self.orphan_id:
            return self.orphan_id._account()
        if not self.account_id:
            raise AccessError(self.env._("There is no account to delete."))
        self.account_id.check_access("unlink")
        return self.account_id.sudo()

    def action_delete(self):
        """Delete the account, and show those that are left."""
        self.ensure_one()
        account = self._account()
        # What a person does with an account of their own is nobody else's business.
        if account.account_type == "shared" or self.orphan_id:
            action = "deleted_but_linked" if self.what == "keep" else "deleted"
            self.env["inbox.account.log"]._record(account, action, former=account.user_id)
        name = account.name
        if self.what == "keep" and account.active:
            account._delete_but_linked()
            done = self._done(self.env._("%s is deleted. The emails that are linked are still on their pages.", name))
        else:
            account.unlink()
            done = self._done(self.env._("%s is deleted with all of its emails.", name))
        list_of = "concord_inbox.action_orphaned_accounts" if self.orphan_id else "concord_inbox.action_accounts"
        done["params"]["next"] = self.env["ir.actions.act_window"]._for_xml_id(list_of) | {"target": "main"}
        return done
