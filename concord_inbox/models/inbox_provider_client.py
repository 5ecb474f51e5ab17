"""What this installation is to the providers at which accounts sign in: client id, secret, and who is told when it is
not set up right."""

import os

from odoo import api, fields, models
from odoo.tools import config

from ..adapters.errors import AppConfigurationError
from ..adapters.oauth import PROVIDERS, Client
from . import error_messages, secrets
from .inbox_account_failing import PATIENCE

#: connection type -> the last part of the address that the provider sends the browser back to.
CALLBACKS = {"gmail": "google", "outlook": "microsoft"}


class InboxProviderClient(models.Model):
    _name = "inbox.provider.client"
    _description = "Client of a Provider of Email"

    connection_type = fields.Selection([("gmail", "Gmail"), ("outlook", "Outlook")], required=True, readonly=True)
    client_id = fields.Char("Client ID")
    client_secret_encrypted = fields.Char(groups=fields.NO_ACCESS, copy=False, exportable=False)
    tenant = fields.Char(help="Microsoft's: the id or a domain of the organisation. Empty: any.")
    told_at = fields.Datetime(readonly=True, help="When the administrators were told last that it does not work.")

    _one_for_each_type = models.Constraint("UNIQUE (connection_type)", "There is one client for each provider.")

    @api.model
    def _of(self, connection_type):
        """The row of a connection type, with all rights; none while nothing was set up."""
        return self.sudo().search([("connection_type", "=", connection_type)])

    @api.model
    def _is_set_up(self, connection_type):
        """Whether accounts of this type can sign in."""
        return bool(self._of(connection_type)._is_complete())

    def _is_complete(self):
        return self.client_id and self.client_secret_encrypted

    @api.model
    def _client(self, connection_type) -> Client:
        """What the provider's module needs. Must never be logged or sent to a browser.

        :raises AppConfigurationError: no client was set up.
        """
        row = self._of(connection_type)
        if not row._is_complete():
            raise AppConfigurationError("not_set_up", provider=PROVIDERS[connection_type].NAME)
        return Client(
            client_id=row.client_id,
            client_secret=secrets.decrypt(self.env, row.client_secret_encrypted),
            tenant=row.tenant or "",
            base=self._base(connection_type),
        )

    @api.model
    def _base(self, connection_type) -> str:
        """An address in place of all of the provider's published ones; "" outside of tests and demonstrations.

        Only who runs the server can set it, in the environment (``CONCORD_INBOX_GOOGLE_URL``,
        ``CONCORD_INBOX_MICROSOFT_URL``) or the configuration (the same in small letters): the client's secret, which
        even a system administrator cannot read, is sent there, and everybody's emails.
        """
        name = f"concord_inbox_{CALLBACKS[connection_type]}_url"
        return (os.environ.get(name.upper()) or config.get(name) or "").rstrip("/")

    @api.model
    def _redirect_uri(self, connection_type) -> str:
        """The address to register with the provider."""
        return f"{self.get_base_url()}/concord_inbox/sign_in/{CALLBACKS[connection_type]}"

    @api.model
    def _set_up(self, connection_type, **values):
        """Store what changed; whoever calls has checked who may.

        :param values: ``client_id``, ``client_secret`` (in plain text, left alone when it is empty), ``tenant``.
        """
        row = self._of(connection_type) or self.sudo().create({"connection_type": connection_type})
        if secret := values.pop("client_secret", None):
            values["client_secret_encrypted"] = secrets.encrypt(self.env, secret)
        changed = {name: value for name, value in values.items() if (row[name] or False) != (value or False)}
        if changed:
            # What comes next is another trouble than the one that was told.
            row.write(changed | {"told_at": False})
            accounts = self.env["inbox.account"].sudo()
            accounts.search([("connection_type", "=", connection_type), ("failure_count", ">", 0)])._sync_soon()

    # ------------------------------------------------------------ telling

    @api.model
    def _tell_administrators(self, connection_type, error):
        """One message to each of those who can set it right, once a day at most, however many accounts stand still."""
        row = self._of(connection_type) or self.sudo().create({"connection_type": connection_type})
        now = fields.Datetime.now()
        if row.told_at and row.told_at > now - PATIENCE:
            return
        # Two runs that fail at once: the second writes after the first, so PostgreSQL has it try again and find this.
        row.told_at = now
        administrators = self.env.ref("base.group_system").sudo().all_user_ids
        for user in administrators.filtered(lambda user: user.active and not user.share):
            env = self.with_context(lang=user.lang).env
            env["mail.thread"].sudo().message_notify(
                partner_ids=user.partner_id.ids,
                subject=env._("Signing in with %s has to be set up again", PROVIDERS[connection_type].NAME),
                body=error_messages.explain(env, error, connection_type),
            )
