"""General Settings → Inbox: whether users may send what they write in documents through their accounts."""

from odoo import api, fields, models

from .res_users_chatter import PARAMETER


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    # Not `config_parameter`, which cannot store that it is forbidden.
    inbox_allow_chatter = fields.Boolean("Users may send from documents through their account")

    @api.model
    def get_values(self):
        return super().get_values() | {"inbox_allow_chatter": self.env["res.users"]._inbox_chatter_is_allowed()}

    def set_values(self):
        result = super().set_values()
        self.env["ir.config_parameter"].sudo().set_param(PARAMETER, "1" if self.inbox_allow_chatter else "0")
        return result
