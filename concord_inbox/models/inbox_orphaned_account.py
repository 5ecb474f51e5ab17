"""Personal accounts whose owners' users were archived: all that inbox managers see of a personal account.

A view of the database with a name, an address and a state, and not the accounts themselves, whose rules let in their
owners alone. Folders and emails stay closed.
"""

from odoo import fields, models
from odoo.tools import SQL


class InboxOrphanedAccount(models.Model):
    _name = "inbox.orphaned.account"
    _description = "Email Account of an Archived User"
    _auto = False
    _order = "name, id"
    _depends = {"inbox.account": ["name", "email", "state", "active", "user_id", "company_id", "account_type"],
                "res.users": ["active"]}  # fmt: skip

    name = fields.Char(readonly=True)
    email = fields.Char("Email Address", readonly=True)
    user_id = fields.Many2one("res.users", "Former Owner", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    state = fields.Selection(
        [
            ("draft", "Not connected"),
            ("connected", "Connected"),
            ("auth_failed", "Authentication failed"),
            ("paused", "Paused"),
            ("deleted", "Deleted, emails on contacts kept"),
        ],
        readonly=True,
    )

    @property
    def _table_query(self):
        return SQL(
            """SELECT account.id, account.name, account.email, account.user_id, account.company_id,
                      CASE WHEN account.active THEN account.state ELSE 'deleted' END AS state
                 FROM inbox_account account
                 JOIN res_users owner ON owner.id = account.user_id
                WHERE account.account_type = 'personal' AND NOT owner.active"""
        )

    def _account(self):
        """The account itself, as superuser, for those who may see it here."""
        self.ensure_one()
        self.check_access("read")
        return self.env["inbox.account"].sudo().browse(self.id)

    def action_hand_over(self):
        """Ask to whom the account shall go."""
        account = self._account()
        account.sudo(False)._check_can_be_handed_over()
        return self.env["inbox.account.hand.over"]._open(self.env._("Hand over %s", account.name), orphan_id=account.id)

    def action_delete(self):
        """Ask what shall become of the emails, then delete the account."""
        account = self._account()
        return self.env["inbox.account.delete"]._open(self.env._("Delete %s", account.name), orphan_id=account.id)
