"""General Settings → Inbox: which addresses are of one mailbox, and hence of one contact."""

from odoo import api, fields, models

from ..sync import address_keys


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    # Not `config_parameter`, which cannot store that it is off.
    inbox_plus_addressing = fields.Boolean("Ignore what follows a plus sign")
    inbox_gmail_dots = fields.Boolean("Ignore dots in Gmail addresses")

    @api.model
    def get_values(self):
        rules = address_keys.rules(self.env)
        return super().get_values() | {
            "inbox_plus_addressing": rules.plus,
            "inbox_gmail_dots": rules.gmail_dots,
        }

    def set_values(self):
        result = super().set_values()
        before = address_keys.rules(self.env)
        if (self.inbox_plus_addressing, self.inbox_gmail_dots) != (before.plus, before.gmail_dots):
            parameters = self.env["ir.config_parameter"].sudo()
            parameters.set_param(address_keys.PLUS, "1" if self.inbox_plus_addressing else "0")
            parameters.set_param(address_keys.GMAIL_DOTS, "1" if self.inbox_gmail_dots else "0")
            parameters.set_param(address_keys.CHANGED, fields.Datetime.to_string(fields.Datetime.now()))
            self.env.ref("concord_inbox.ir_cron_relink").sudo()._trigger()
        return result
