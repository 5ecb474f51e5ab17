"""General Settings → Inbox: what holds for all accounts. Each run reads it anew, so that nothing need be restarted."""

import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..adapters import allowed
from ..sync.quarantine import DEFAULT_LARGEST_MB
from .inbox_account_sync import DEFAULT_POLL_SECONDS

SHORTEST_POLL, LONGEST_POLL = 15, 24 * 3600  # seconds
LARGEST_EMAIL = 500  # MB; the adapters believe no server that announces more


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    inbox_poll_seconds = fields.Integer(
        "Look at each account every", config_parameter="concord_inbox.poll_seconds", default=DEFAULT_POLL_SECONDS
    )
    default_sync_from = fields.Selection(
        selection=lambda self: self.env["inbox.account"]._fields["sync_from"]._description_selection(self.env),
        string="Sync emails of new accounts from",
        default_model="inbox.account",
        # What `default_get()` has for new accounts takes the place of this, once something was set.
        default=lambda self: self.env["inbox.account"]._fields["sync_from"].default(self),
    )
    # Not `config_parameter`, which cannot store 0.
    inbox_largest_email_mb = fields.Integer("Largest email")
    inbox_allowed_mail_hosts = fields.Char(
        "Mail servers in the own network", config_parameter="concord_inbox.allowed_mail_hosts"
    )

    @api.model
    def get_values(self):
        value = self.env["ir.config_parameter"].sudo().get_param("concord_inbox.largest_email_mb") or ""
        return super().get_values() | {
            "inbox_largest_email_mb": int(value) if value.isdigit() else DEFAULT_LARGEST_MB,
        }

    def set_values(self):
        parameters = self.env["ir.config_parameter"].sudo()
        accounts = self.env["inbox.account"].sudo()
        before = accounts._poll_seconds()
        result = super().set_values()
        parameters.set_param("concord_inbox.largest_email_mb", str(self.inbox_largest_email_mb))
        if self.inbox_poll_seconds < before:
            # Not only after the next look, which the longer interval has put off. Who is in trouble keeps waiting.
            soon = fields.Datetime.now() + timedelta(seconds=self.inbox_poll_seconds)
            accounts.search(
                [("state", "=", "connected"), ("failure_count", "=", 0), ("next_sync", ">", soon)]
            ).next_sync = soon
        return result

    @api.constrains("inbox_poll_seconds")
    def _check_inbox_poll_seconds(self):
        for settings in self:
            if not SHORTEST_POLL <= settings.inbox_poll_seconds <= LONGEST_POLL:
                raise ValidationError(
                    self.env._(
                        "Inbox: accounts are looked at every %(shortest)s to %(longest)s seconds; %(given)s is not"
                        " between them.",
                        shortest=SHORTEST_POLL,
                        longest=LONGEST_POLL,
                        given=settings.inbox_poll_seconds,
                    )
                )

    @api.constrains("inbox_largest_email_mb")
    def _check_inbox_largest_email_mb(self):
        for settings in self:
            if not 0 <= settings.inbox_largest_email_mb <= LARGEST_EMAIL:
                raise ValidationError(
                    self.env._(
                        "Inbox: the largest email that is fetched by itself has 1 to %(largest)s MB, or 0 for any size;"
                        " not %(given)s.",
                        largest=LARGEST_EMAIL,
                        given=settings.inbox_largest_email_mb,
                    )
                )

    @api.constrains("inbox_allowed_mail_hosts")
    def _check_inbox_allowed_mail_hosts(self):
        for settings in self:
            for entry in re.split(r"[\s,]+", settings.inbox_allowed_mail_hosts or ""):
                if entry and not allowed.is_entry(entry):
                    raise ValidationError(
                        self.env._(
                            "Inbox: “%s” is no mail server that could be allowed. Write a host name (mail.intranet), an"
                            " address (10.2.0.5) or a network (10.1.0.0/16), with :port for one that is not a usual"
                            " mail port (mail.intranet:1143); separate several by commas.",
                            entry,
                        )
                    )
