"""How a user likes the inbox; what is set in one browser holds in all of them."""

from odoo import api, fields, models


class ResUsersSettings(models.Model):
    _inherit = "res.users.settings"

    inbox_layout = fields.Selection(
        [("right", "At the right"), ("below", "Below"), ("none", "None: an email fills the page")],
        "Reading pane",
        default="right",
        required=True,
    )
    inbox_grouping = fields.Selection(
        [("conversations", "Conversations"), ("messages", "Single emails")],
        "The list shows",
        default="conversations",
        required=True,
    )
    inbox_mark_read = fields.Selection(
        [("at_once", "At once"), ("soon", "After 2 seconds"), ("never", "Only when I say so")],
        "Mark what I open as read",
        default="soon",
        required=True,
    )
    inbox_notify = fields.Boolean(
        "Desktop notifications",
        default=False,
        help="Of each new email the browser tells sender and subject, unless you are looking at the inbox.",
    )
    inbox_in_chatter = fields.Boolean(
        "Show emails among the messages of contacts and deals",
        default=False,
        help="Each at its time, as many as you may read. The envelope above the messages does the same.",
    )
    inbox_news_account_ids = fields.Many2many(
        "inbox.account",
        "inbox_news_account_rel",
        string="Accounts to be told of",
        help="Their unread emails are counted at the top of every page, and notifications are about them. None: all.",
        groups="concord_inbox.group_inbox_user",
    )
    # Pixels and percent; 0: as wide as it is by itself.
    inbox_panel_width = fields.Integer(default=0)
    inbox_list_percent = fields.Integer(default=0)
    inbox_folded = fields.Json(help="The nodes of the panel of folders that are folded.")

    @api.model
    def _get_fields_blacklist(self):
        # The browser needs no list of accounts with each page, and colleagues without an inbox may not read it.
        return [*super()._get_fields_blacklist(), "inbox_news_account_ids"]

    @api.model
    def action_inbox_settings(self):
        """Open the user's own settings of the inbox."""
        settings = self._find_or_create_for_user(self.env.user)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Inbox settings"),
            "res_model": self._name,
            "res_id": settings.id,
            "views": [[self.env.ref("concord_inbox.res_users_settings_view_form_inbox").id, "form"]],
            "target": "new",
            "context": {"dialog_size": "medium"},
        }
