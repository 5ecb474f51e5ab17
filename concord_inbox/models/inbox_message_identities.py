"""Whom the user may write as, and with which signature."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    smtp_size_limit = fields.Integer(
        "Largest email (bytes)", default=0, readonly=True, copy=False, help="As the SMTP server says; 0: nobody knows."
    )

    def _note_size_limit(self, found):
        """Remember what the test of the servers (`adapters.probe.Probe`) found the largest email to be."""
        facts = [step.facts for step in found.outgoing.steps if step.name == "login"] if found.outgoing else []
        self._remember_size_limit(next(iter(facts), {}).get("size_limit") or 0)

    def _remember_size_limit(self, limit):
        """:param limit: bytes; 0: the server sets none."""
        # More than an integer of the database holds is no limit that anybody meets.
        limit = min(limit, 2**31 - 1)
        if (self.sudo().smtp_size_limit or 0) != limit:
            self.sudo().smtp_size_limit = limit

    def _why_not_send(self):
        """Why nothing can be sent from this account; "" when it can."""
        self.ensure_one()
        account = self.sudo()
        if account.state != "connected":
            return self.env._("The account is not connected. Connect it under Inbox → Manage accounts.")
        if not account._can_send():
            return self.env._("The account has no server for sending. Enter one in the account.")
        return ""

    def _identities(self):
        """The identities of the account; one is made where there is none yet."""
        self.ensure_one()
        account = self.sudo()
        if not account.identity_ids:
            owner = account.user_id.name if account.account_type == "personal" else account.company_id.name
            self.env["inbox.identity"].sudo().create(
                {"account_id": account.id, "name": owner, "email": account.email_normalized, "is_default": True}
            )
        return account.identity_ids

    def _identity(self):
        """The identity that a new email of the account is from."""
        known = self._identities()
        own = known.filtered(lambda one: one.email_normalized == self.sudo().email_normalized)
        return self.sudo()._default_identity() or own[:1] or known[:1]


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    @api.model
    def _identity_for(self, identity_id=False, account_id=False):
        """Whom a new email is from: the given identity, the account's, or the primary account's.

        :raises UserError: there is no account to send from.
        """
        self.browse().check_access("write")
        if identity_id:
            identity = self.env["inbox.identity"].browse(int(identity_id)).exists()
            identity.check_access("read")
            if identity:
                return identity
        if account_id:
            account = self.env["inbox.account"].browse(int(account_id)).exists()
            account.check_access("read")
            if account:
                return account._identity().sudo(False)
        accounts = self._own_accounts()
        account = accounts.filtered(lambda one: not one._why_not_send())[:1] or accounts[:1]
        if not account:
            raise UserError(self.env._("Connect an email account first: open Inbox."))
        return account._identity().sudo(False)

    @api.model
    def compose_identities(self):
        """All whom the user may write as, the primary account first."""
        self.browse().check_access("write")
        found = []
        for account in self._own_accounts():
            why_not = account._why_not_send()
            usual = account._identity()
            found += [
                {
                    "id": identity.id,
                    "account_id": account.id,
                    "account_name": account.name,
                    "name": identity.name or "",
                    "email": identity.email,
                    "is_default": identity == usual,
                    "is_primary": account.is_primary,
                    "signature": str(account.sudo()._signature_for(identity, self.env.user)),
                    "can_send": not why_not,
                    "why_not": why_not,
                }
                for identity in account._identities()
            ]
        return found

    @api.model
    def compose_signature(self, identity_id):
        """The signature (HTML) of an email that the user writes as this identity."""
        identity = self.env["inbox.identity"].browse(int(identity_id)).exists()
        identity.check_access("read")
        return str(identity.account_id.sudo()._signature_for(identity.sudo(), self.env.user)) if identity else ""

    def _signature(self):
        """The draft's signature, its pictures made the draft's own."""
        signature = self.account_id._signature_for(self.identity_id, self.env.user)
        return self._from_editor(str(signature)) if signature else ""
