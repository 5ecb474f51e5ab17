"""The account: a mailbox and how to reach it. Its fields, and who may set what."""

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..adapters.base import Endpoint, Settings
from . import (
    inbox_address_mixin,  # noqa: F401 (what it inherits from has to be known)
    secrets,
)

SYNC_PERIODS = {
    "now": relativedelta(),
    "1_month": relativedelta(months=1),
    "3_months": relativedelta(months=3),
    "6_months": relativedelta(months=6),
}

ENCRYPTIONS = [("ssl", "SSL/TLS"), ("starttls", "STARTTLS"), ("none", "None")]

#: How much of an email colleagues see on the page of a contact who do not read its account.
VISIBILITIES = [
    ("everything", "Everything"),
    ("subject", "Subject and people only"),
    ("nothing", "Nothing"),
]

#: Set by the program alone.
PROTECTED_FIELDS = {
    *("state", "last_error", "last_sync", "sync_since", "connected_at", "allow_any_address", "password_encrypted"),
    *("next_sync", "failure_count", "email_normalized", "address_key", "lease_token", "lease_until", "lease_backend"),
    *("last_check", "check_result", "check_difference_count", "check_error", "next_check", "is_check_wanted"),
    *("check_progress", "active", "pause_reason", "failing_since", "trouble", "trouble_text", "trouble_since"),
    *("told_trouble", "told_at", "saves_sent", "smtp_size_limit", "signed_in_at"),
}

# Where a user decides which machine the server dials: whoever typed them last decides how far they may reach.
HOST_FIELDS = {"imap_host", "imap_port", "smtp_host", "smtp_port"}


class InboxAccount(models.Model):
    _name = "inbox.account"
    _inherit = ["inbox.address.mixin"]
    _description = "Email Account"
    _order = "is_primary desc, account_type desc, name, id"

    name = fields.Char(required=True, compute="_compute_name", store=True, readonly=False, precompute=True)
    email = fields.Char("Email Address", required=True)
    account_type = fields.Selection(
        [("shared", "Shared"), ("personal", "Personal")],
        required=True,
        default="personal",
        help="Shared: for everybody with the right to shared inboxes. Personal: for its owner alone.",
    )
    user_id = fields.Many2one(
        "res.users",
        "Owner",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        ondelete="restrict",
        help="Whom a personal account belongs to. Nobody else sees it.",
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    connection_type = fields.Selection(
        [("imap", "IMAP"), ("gmail", "Gmail"), ("outlook", "Outlook")], required=True, default="imap"
    )
    sync_from = fields.Selection(
        [
            ("now", "Now"),
            ("1_month", "1 month ago"),
            ("3_months", "3 months ago"),
            ("6_months", "6 months ago"),
        ],
        "Sync emails from",
        required=True,
        default="1_month",
        help="How far back the first synchronisation goes. Fixed once the account is connected.",
    )
    create_contact = fields.Boolean(
        "Create contact if it does not exist", help="For the sender of a received email whom no contact has as address."
    )
    create_contact_written = fields.Boolean(
        "Also for people one wrote to",
        default=False,
        help="For those as well to whom an email was sent from this account, here or in another program.",
    )

    keep_linked = fields.Boolean(
        "Keep emails that are linked to a contact or another document",
        compute="_compute_keep_linked",
        store=True,
        readonly=False,
        precompute=True,
        help="An email that is deleted on the mail server leaves the inbox, but stays on the page of its contact, its "
        "deal or another document that it is linked to.",
    )

    record_visibility = fields.Selection(
        VISIBILITIES,
        "Shown to colleagues",
        required=True,
        default="everything",
        help="What those see of this account's emails on the pages of contacts who do not read the account itself.",
    )

    # How to reach it
    username = fields.Char("User Name", help="Only for servers whose login is not the email address.")
    password = fields.Char(
        compute="_compute_password",
        inverse="_inverse_password",
        exportable=False,
        help="It is stored encrypted and never shown again.",
    )
    password_encrypted = fields.Char(groups=fields.NO_ACCESS, copy=False, exportable=False)
    has_password = fields.Boolean(compute="_compute_password")
    imap_host = fields.Char("IMAP Server")
    imap_port = fields.Integer("IMAP Port", default=993)
    imap_encryption = fields.Selection(ENCRYPTIONS, "IMAP Encryption", default="ssl")
    smtp_host = fields.Char("SMTP Server")
    smtp_port = fields.Integer("SMTP Port", default=465)
    smtp_encryption = fields.Selection(ENCRYPTIONS, "SMTP Encryption", default="ssl")
    allow_insecure_certificate = fields.Boolean(
        "Allow non-secure certificate",
        help="Accept a certificate that is expired, self-signed or for another name. Only for servers you know.",
    )
    allow_any_address = fields.Boolean(
        groups=fields.NO_ACCESS,
        copy=False,
        help="An administrator typed the servers: they may be inside the own network.",
    )

    # How it is
    state = fields.Selection(
        [
            ("draft", "Not connected"),
            ("connected", "Connected"),
            ("auth_failed", "Authentication failed"),
            ("paused", "Paused"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
    )
    last_error = fields.Char(readonly=True, copy=False)
    last_sync = fields.Datetime(readonly=True, copy=False)
    colors_asked_at = fields.Datetime(readonly=True, copy=False, groups=fields.NO_ACCESS)
    sync_since = fields.Datetime(readonly=True, copy=False, help="Emails that the server received before are left out.")
    connected_at = fields.Datetime(readonly=True, copy=False)
    is_primary = fields.Boolean(
        compute="_compute_is_primary",
        inverse="_inverse_is_primary",
        search="_search_is_primary",
        help="The account of yours that comes first everywhere.",
    )
    is_editable = fields.Boolean(compute="_compute_is_editable")
    folder_ids = fields.One2many("inbox.folder", "account_id", "Folders")
    active_folder_ids = fields.One2many(
        "inbox.folder", "account_id", "Active Folders", domain=[("is_active", "=", True)]
    )
    message_count = fields.Integer(compute="_compute_counts")
    quarantine_count = fields.Integer(compute="_compute_counts")

    _owner_fits_type = models.Constraint(
        "CHECK ((account_type = 'personal') = (user_id IS NOT NULL))",
        "A personal account needs an owner; a shared account has none.",
    )

    # ------------------------------------------------------------ computed

    @api.depends("email")
    def _compute_name(self):
        for account in self:
            account.name = account.name or account.email

    @api.depends("account_type")
    def _compute_user_id(self):
        for account in self:
            if account.account_type == "shared":
                account.user_id = False
            else:
                account.user_id = account.user_id or self.env.user

    @api.depends("account_type")
    def _compute_keep_linked(self):
        # What a team wrote to its customers is everybody's; what one person deletes is that person's affair.
        for account in self:
            account.keep_linked = account.account_type == "shared"

    def _compute_password(self):
        # Write-only: whoever reads the field gets nothing, whatever rights they have.
        for account in self:
            account.password = False
            account.has_password = bool(account.sudo().password_encrypted)

    def _inverse_password(self):
        for account in self:
            if account.password:
                account.sudo().password_encrypted = secrets.encrypt(self.env, account.password)
                # What waits for a password that can be read goes on at once.
                if account.failure_count:
                    account.sudo()._sync_soon()
        # Forgotten at once: the answer to the very request that brought it must not contain it either.
        self.invalidate_recordset(["password"], flush=False)

    @api.depends_context("uid")
    def _compute_is_primary(self):
        primary = self.env.user.sudo().inbox_primary_account_id
        for account in self:
            account.is_primary = account == primary

    def _inverse_is_primary(self):
        for account in self:
            account._set_primary(account.is_primary)

    def _set_primary(self, is_primary):
        user = self.env.user.sudo()
        for account in self:
            if is_primary:
                user.inbox_primary_account_id = account
            elif user.inbox_primary_account_id == account:
                user.inbox_primary_account_id = False
        self.invalidate_recordset(["is_primary"])

    def _search_is_primary(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("id", "in" if True in value else "not in", self.env.user.sudo().inbox_primary_account_id.ids)

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if field_name == "is_primary":
            primary = self.env.user.sudo().inbox_primary_account_id.id or 0
            return SQL("(%s = %s) %s %s", SQL.identifier(alias, "id"), primary, direction, nulls)
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    @api.depends_context("uid")
    def _compute_is_editable(self):
        editable = self._filtered_access("write")
        for account in self:
            account.is_editable = not account.id or account in editable

    def _compute_counts(self):
        messages = dict(
            self.env["inbox.message"]._read_group([("account_id", "in", self.ids)], ["account_id"], ["__count"])
        )
        quarantined = dict(
            self.env["inbox.quarantine"]._read_group([("account_id", "in", self.ids)], ["account_id"], ["__count"])
        )
        for account in self:
            account.message_count = messages.get(account, 0)
            account.quarantine_count = quarantined.get(account, 0)

    # ------------------------------------------------------------ rules of the domain

    @api.constrains("email")
    def _check_email(self):
        for account in self:
            if not account.email_normalized:
                raise ValidationError(
                    self.env._("“%s” is not an email address. Write it like name@example.com.", account.email)
                )

    @api.constrains("imap_port", "smtp_port")
    def _check_ports(self):
        for account in self:
            for label, port in (("IMAP", account.imap_port), ("SMTP", account.smtp_port)):
                if port and not 0 < port < 65536:
                    raise ValidationError(
                        self.env._("%(protocol)s port: %(port)s is not between 1 and 65535.", protocol=label, port=port)
                    )

    @api.onchange("imap_encryption")
    def _onchange_imap_encryption(self):
        self.imap_port = 993 if self.imap_encryption == "ssl" else 143

    @api.onchange("smtp_encryption")
    def _onchange_smtp_encryption(self):
        self.smtp_port = {"ssl": 465, "starttls": 587}.get(self.smtp_encryption, 25)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_settable(vals)
        model = self if self.env.su else self._without_protected_defaults()
        # Nobody follows it like a document; what is to be told is told by `inbox_account_failing.py`.
        model = model.with_context(mail_create_nosubscribe=True, mail_create_nolog=True)
        accounts = super(InboxAccount, model).create(vals_list).with_env(self.env)
        accounts.sudo().allow_any_address = self._may_dial_anywhere()
        return accounts

    def write(self, vals):
        if "is_primary" in vals:
            # Each user's own choice, also of an account that others manage.
            self.check_access("read")
            self._set_primary(vals["is_primary"])
            vals = {name: value for name, value in vals.items() if name != "is_primary"}
            if not vals:
                return True
        self._check_settable(vals)
        if {"email", "connection_type", "is_shared_mailbox"} & vals.keys() and any(
            account.state != "draft" and any(account[name] != vals.get(name, account[name]) for name in vals)
            for account in self
        ):
            raise UserError(self.env._("The mailbox of an account is fixed once it is connected. Connect another one."))
        if "sync_from" in vals and any(
            account.state != "draft" and account.sync_from != vals["sync_from"] for account in self
        ):
            raise UserError(self.env._("“Sync emails from” is fixed once the account is connected."))
        if not self.env.su and {"user_id", "account_type"} & vals.keys() and set(self.mapped("state")) - {"draft"}:
            raise UserError(self.env._("Whose account it is cannot be changed once it is connected."))
        result = super().write(vals)
        # The rules look at a record before it is changed; whom it belongs to afterwards must be allowed as well.
        self.check_access("write")
        if "record_visibility" in vals:
            self.env["inbox.message"].sudo()._follow_account(self)
        if HOST_FIELDS & vals.keys():
            self.sudo().allow_any_address = self._may_dial_anywhere()
        return result

    def _without_protected_defaults(self):
        """What may not be set must not come in by the context either."""
        names = {f"default_{name}" for name in PROTECTED_FIELDS}
        return self.with_context(
            **{key: value for key, value in self.env.context.items() if key not in names}
            | {key: False for key in names & self.env.context.keys() if key != "default_state"}
            | ({"default_state": "draft"} if "default_state" in self.env.context else {})
        )

    def _check_settable(self, vals):
        """Refuse the fields that only the program itself sets, whoever else asks by RPC."""
        if not self.env.su and (refused := sorted(PROTECTED_FIELDS & vals.keys())):
            raise AccessError(self.env._("These fields are set by the program alone: %s.", ", ".join(refused)))
        # The contacts of a company are linked to its accounts' emails, and named there.
        if not self.env.su and vals.get("company_id") and vals["company_id"] not in self.env.user.company_ids.ids:
            raise AccessError(self.env._("An account belongs to a company that you work for."))

    def _may_dial_anywhere(self):
        return self.env.su or self.env.user.has_group("concord_inbox.group_inbox_manager")

    # ------------------------------------------------------------ what the adapters need

    def _adapter_settings(self) -> Settings:
        """Everything that an adapter needs to reach this account. Must never be logged or sent to a browser."""
        self.ensure_one()
        account = self.sudo()
        if account.connection_type != "imap":
            return account._provider_settings()
        return Settings(
            email=account.email_normalized,
            username=account.username or account.email_normalized,
            password=secrets.decrypt(self.env, account.password_encrypted) if account.password_encrypted else "",
            incoming=Endpoint(account.imap_host or "", account.imap_port, account.imap_encryption),
            outgoing=Endpoint(account.smtp_host, account.smtp_port, account.smtp_encryption)
            if account.smtp_host
            else None,
            allow_insecure_certificate=account.allow_insecure_certificate,
            allow_any_address=account.allow_any_address,
            allowed_hosts=self._allowed_mail_hosts(),
        )

    @api.model
    def _allowed_mail_hosts(self) -> tuple[str, ...]:
        allowed = self.env["ir.config_parameter"].sudo().get_param("concord_inbox.allowed_mail_hosts") or ""
        return tuple(allowed.replace(",", " ").split())

    def _cut_off(self, now):
        """The moment before which emails are left out, `now` being the moment of connecting."""
        self.ensure_one()
        return (now - SYNC_PERIODS[self.sync_from]).replace(microsecond=0)
