"""The names of accounts, folders, conversations and emails, which are told to those alone who may read them.

Odoo shows the name of whatever a record refers to with all rights: an email on a contact's page would tell every
colleague how the mailbox of its owner is called, and a window opened with made-up ids would name others' folders.
"""

from odoo import api, models


def _hide(records, instead):
    """Name those of `records` that the user may not read `instead`."""
    for record in records - records.sudo(False)._filtered_access("read"):
        if record.id:
            record.display_name = instead


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        _hide(self, self.env._("Somebody else's account"))
        return result


class InboxFolder(models.Model):
    _inherit = "inbox.folder"

    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        _hide(self, self.env._("Somebody else's folder"))
        return result


class InboxConversation(models.Model):
    _inherit = "inbox.conversation"

    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        _hide(self, self.env._("Conversation"))
        return result


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        _hide(self, self.env._("Somebody else's email"))
        return result
