"""What was done with accounts for good, for inbox managers to look up. No content of emails, and nobody changes it."""

from odoo import api, fields, models


class InboxAccountLog(models.Model):
    _name = "inbox.account.log"
    _description = "Log of Email Accounts"
    _order = "create_date desc, id desc"
    _rec_name = "email"

    create_date = fields.Datetime("When", readonly=True)
    action = fields.Selection(
        [
            ("handed_over", "Handed over"),
            ("deleted", "Deleted with all emails"),
            ("deleted_but_linked", "Deleted, emails on contacts kept"),
        ],
        required=True,
        readonly=True,
    )
    name = fields.Char("Account", readonly=True)
    email = fields.Char("Email Address", readonly=True)
    account_type = fields.Selection([("shared", "Shared"), ("personal", "Personal")], readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="set null")
    # In words: the log outlives the users.
    done_by = fields.Char("By", readonly=True)
    former_owner = fields.Char("From", readonly=True)
    new_owner = fields.Char("To", readonly=True)

    @api.model
    def _record(self, account, action, *, former=None, new=None):
        """Write down that the current user did `action` with `account`."""
        self.sudo().create(
            {
                "action": action,
                "name": account.name,
                "email": account.email,
                "account_type": account.account_type,
                "company_id": account.company_id.id,
                "done_by": self._named(self.env.user),
                "former_owner": self._named(former),
                "new_owner": self._named(new),
            }
        )

    @staticmethod
    def _named(user):
        return f"{user.name} ({user.login})" if user else False
