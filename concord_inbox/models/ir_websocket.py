"""Which live updates a user's browser gets."""

from odoo import models

from ..sync import live


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """With the shared inbox, also the shared accounts of all companies that the user may work for."""
        channels = list(channels)
        if self.env.user.has_group("concord_inbox.group_shared_inbox"):
            channels += [live.company_channel(self.env, company) for company in self.env.user.company_ids.ids]
        return super()._build_bus_channel_list(channels)
