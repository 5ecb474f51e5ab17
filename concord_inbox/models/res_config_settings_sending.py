"""General Settings → Inbox: what holds for the sending of all accounts."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .inbox_message_outbox import LONGEST_UNDO


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    # Not `config_parameter`, which cannot store 0.
    inbox_undo_send_seconds = fields.Integer("Undo sending within")
    inbox_send_limit = fields.Integer("Emails an hour of each account", config_parameter="concord_inbox.send_limit")

    @api.model
    def get_values(self):
        return super().get_values() | {"inbox_undo_send_seconds": self.env["inbox.account"]._undo_seconds()}

    def set_values(self):
        result = super().set_values()
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("concord_inbox.undo_send_seconds", str(self.inbox_undo_send_seconds))
        return result

    @api.constrains("inbox_undo_send_seconds")
    def _check_inbox_undo_send_seconds(self):
        for settings in self:
            if not 0 <= settings.inbox_undo_send_seconds <= LONGEST_UNDO:
                raise ValidationError(
                    self.env._(
                        "Inbox: sending can be undone within 0 to %(longest)s seconds; not %(given)s.",
                        longest=LONGEST_UNDO,
                        given=settings.inbox_undo_send_seconds,
                    )
                )

    @api.constrains("inbox_send_limit")
    def _check_inbox_send_limit(self):
        for settings in self:
            if settings.inbox_send_limit < 0:
                raise ValidationError(self.env._("Inbox: the number of emails an hour is 0 (no limit) or more."))
