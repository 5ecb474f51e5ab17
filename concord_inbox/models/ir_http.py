"""What the web client knows of the user from the beginning."""

from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Whether the user has an inbox: most employees have none, and their pages shall ask for nothing of it."""
        info = super().session_info()
        info["has_inbox"] = self.env.user.has_group("concord_inbox.group_inbox_user")
        return info
