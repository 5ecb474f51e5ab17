"""General Settings → Inbox: the clients with which accounts sign in at Google and Microsoft."""

import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from .inbox_provider_client import CALLBACKS

_SYSTEM = "base.group_system"


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    inbox_google_client_id = fields.Char("Client ID", groups=_SYSTEM)
    # Not stored: what a wizard stores stays in its table for a while, in plain text.
    inbox_google_client_secret = fields.Char(
        "Client secret",
        compute="_compute_inbox_client_secrets",
        inverse="_inverse_inbox_google_client_secret",
        exportable=False,
        groups=_SYSTEM,
    )
    inbox_google_has_secret = fields.Boolean(compute="_compute_inbox_clients", groups=_SYSTEM)
    inbox_google_redirect = fields.Char("Redirect address", compute="_compute_inbox_clients", groups=_SYSTEM)
    inbox_microsoft_client_id = fields.Char("Application (client) ID", groups=_SYSTEM)
    inbox_microsoft_client_secret = fields.Char(
        "Client secret value",
        compute="_compute_inbox_client_secrets",
        inverse="_inverse_inbox_microsoft_client_secret",
        exportable=False,
        groups=_SYSTEM,
    )
    inbox_microsoft_tenant = fields.Char("Directory (tenant) ID", groups=_SYSTEM)
    inbox_microsoft_has_secret = fields.Boolean(compute="_compute_inbox_clients", groups=_SYSTEM)
    inbox_microsoft_redirect = fields.Char(
        "Redirect address of Microsoft", compute="_compute_inbox_clients", groups=_SYSTEM
    )

    @api.constrains("inbox_microsoft_tenant")
    def _check_inbox_microsoft_tenant(self):
        for settings in self:
            # It becomes a part of Microsoft's addresses.
            if not re.fullmatch(r"[\w.-]*", _stripped(settings.inbox_microsoft_tenant) or "", re.ASCII):
                raise ValidationError(
                    self.env._(
                        "Inbox: “%s” is no tenant of Microsoft. Enter its id, or one of its domains (firm.example).",
                        settings.inbox_microsoft_tenant,
                    )
                )

    def _compute_inbox_client_secrets(self):
        # Write-only: whoever reads the fields gets nothing.
        self.inbox_google_client_secret = self.inbox_microsoft_client_secret = False

    def _compute_inbox_clients(self):
        clients = self.env["inbox.provider.client"]
        for settings in self:
            for kind, name in CALLBACKS.items():
                settings[f"inbox_{name}_has_secret"] = bool(clients._of(kind).client_secret_encrypted)
                settings[f"inbox_{name}_redirect"] = clients._redirect_uri(kind)

    def _inverse_inbox_google_client_secret(self):
        self._store_secret("gmail", "inbox_google_client_secret")

    def _inverse_inbox_microsoft_client_secret(self):
        self._store_secret("outlook", "inbox_microsoft_client_secret")

    def _store_secret(self, connection_type, name):
        if not self.env.user.has_group(_SYSTEM):
            raise AccessError(self.env._("Only system administrators set up how accounts sign in."))
        for settings in self:
            if settings[name]:
                self.env["inbox.provider.client"]._set_up(connection_type, client_secret=settings[name])
        # Forgotten at once: the answer to the very request that brought it must not contain it either.
        self.invalidate_recordset([name], flush=False)

    @api.model
    def get_values(self):
        clients = self.env["inbox.provider.client"]
        google, microsoft = clients._of("gmail"), clients._of("outlook")
        return super().get_values() | {
            "inbox_google_client_id": google.client_id,
            "inbox_microsoft_client_id": microsoft.client_id,
            "inbox_microsoft_tenant": microsoft.tenant,
        }

    def set_values(self):
        result = super().set_values()
        clients = self.env["inbox.provider.client"]
        clients._set_up("gmail", client_id=_stripped(self.inbox_google_client_id))
        clients._set_up(
            "outlook",
            client_id=_stripped(self.inbox_microsoft_client_id),
            tenant=_stripped(self.inbox_microsoft_tenant),
        )
        return result


def _stripped(text):
    """What was pasted, without what came along with it."""
    return (text or "").strip() or False
