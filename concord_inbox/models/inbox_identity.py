"""Whom an account may send as (JMAP: Identity, RFC 8621 §6): its aliases, each with a name and a signature."""

import re

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import is_html_empty
from odoo.tools.mail import formataddr

from ..sync import identities, links


class InboxIdentity(models.Model):
    _name = "inbox.identity"
    _inherit = ["inbox.address.mixin"]
    _description = "Identity of an Email Account"
    _order = "is_default desc, sequence, id"

    account_id = fields.Many2one("inbox.account", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    name = fields.Char(help="What receivers see beside the address.")
    email = fields.Char("Email Address", required=True)
    signature = fields.Html(help="Empty: the account's, or else the signature of whoever writes.")
    has_signature = fields.Boolean("Own signature", compute="_compute_has_signature")
    is_default = fields.Boolean("Default", default=False, help="A new email is from this one.")

    _one_default = models.UniqueIndex(
        "(account_id) WHERE is_default", "Only one identity of an account is its default."
    )
    _unique = models.UniqueIndex(
        "(account_id, email_normalized, coalesce(name, ''))",
        "This identity is listed already: same name, same address.",
    )

    @api.depends("signature")
    def _compute_has_signature(self):
        for identity in self:
            identity.has_signature = not is_html_empty(identity.signature)

    @api.depends("name", "email")
    def _compute_display_name(self):
        for identity in self:
            identity.display_name = formataddr((identity.name, identity.email)) if identity.name else identity.email

    @api.constrains("email")
    def _check_email(self):
        for identity in self:
            if not identity.email_normalized or re.search(r"[\s,;<>]", identity.email.strip()):
                raise ValidationError(
                    self.env._("“%s” is not an email address. Write it like name@example.com.", identity.email)
                )

    @api.constrains("name")
    def _check_name(self):
        for identity in self:
            if any(ord(character) < 32 for character in identity.name or ""):
                raise ValidationError(self.env._("The name of an identity is a single line."))

    @api.model_create_multi
    def create(self, vals_list):
        # Before anything is written: what is refused must not tell whether the address is listed there already.
        accounts = self.env["inbox.account"].browse(vals["account_id"] for vals in vals_list if vals.get("account_id"))
        accounts.check_access("write")
        defaults = [vals for vals in vals_list if vals.get("is_default")]
        self._no_default([vals.get("account_id") for vals in defaults])
        created = super().create(vals_list)
        created._follow(created.account_id, created.mapped("email_normalized"))
        return created

    def write(self, vals):
        self.check_access("write")
        if any(identity.account_id.id != vals.get("account_id", identity.account_id.id) for identity in self):
            raise UserError(self.env._("An identity stays with its account. Add it to the other account instead."))
        addresses = self.mapped("email_normalized")
        if vals.get("is_default"):
            self._no_default(self.account_id.ids)
        result = super().write(vals)
        if "email" in vals:
            self._follow(self.account_id, addresses + self.mapped("email_normalized"))
        return result

    def unlink(self):
        accounts, addresses = self.account_id, self.mapped("email_normalized")
        result = super().unlink()
        self._follow(accounts, addresses)
        return result

    def _no_default(self, account_ids):
        """Let none of these accounts have a default identity; the caller makes one that."""
        former = self.search([("account_id", "in", account_ids), ("is_default", "=", True)])
        if former:
            former.is_default = False
            former.flush_recordset()

    @api.model
    def _follow(self, accounts, addresses):
        """Have emails from these addresses be what they are now, and linked to nobody if they are own addresses."""
        addresses = [address for address in addresses if address]
        self.env.flush_all()
        for account in accounts.sudo():
            identities.follow(account.env, account, addresses)
        links.relink(self.env, addresses)


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    identity_ids = fields.One2many("inbox.identity", "account_id", "Identities")
    signature = fields.Html(help="Empty: the signature of whoever writes, from the user's own preferences.")
    signature_preview = fields.Html("Your signature here", compute="_compute_signature_preview", sanitize=False)

    @api.depends("signature", "identity_ids.signature", "identity_ids.is_default")
    @api.depends_context("uid")
    def _compute_signature_preview(self):
        for account in self:
            account.signature_preview = account._signature_for(account._default_identity(), self.env.user)

    def _default_identity(self):
        """The identity that a new email is from; none: the account's own address."""
        self.ensure_one()
        return self.identity_ids.filtered("is_default")[:1]

    def _signature_for(self, identity, user) -> Markup:
        """The signature of an email that `user` writes from this account: the identity's, else the account's, else the
        user's own; "" when there is none.

        :param identity: one of the account's, or an empty recordset.
        """
        self.ensure_one()
        for signature in (identity.signature, self.signature, user.sudo().signature):
            if not is_html_empty(signature):
                return Markup(signature)  # noqa: S704 (sanitised when it was written)
        return Markup()
