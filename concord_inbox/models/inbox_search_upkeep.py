"""The words of emails kept up to date: of drafts, which change, and of emails that came in great numbers.

A few emails that arrive are stored with their words by sync/store.py, which writes past the models, or says that they
are arriving (`inbox_is_arriving` in the context).
"""

from odoo import api, models

from ..sync import search_text
from ..sync.lease import in_transaction

#: Emails of which the words are stored in one transaction.
BATCH = 500
#: Fields of an email that are searched.
SEARCHED = {"subject", "content_text"}


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    def write(self, vals):
        result = super().write(vals)
        if SEARCHED & vals.keys():
            self._refresh_search()
        return result

    def _refresh_search(self):
        """Have these found by what they say now."""
        if self:
            self.env.flush_all()
            search_text.refill(self.env, self.exists().ids)

    @api.model
    def _cron_fill_search(self):
        """Store the words of emails that have none, newest first, batch by batch: those of a first synchronisation, and
        those from before an update of the addon."""
        cron = self.env["ir.cron"]
        below, found = None, False
        while True:
            below = in_transaction(self.env, lambda below=below: search_text.fill(self.env, below, BATCH))
            if below is None and not found:
                break
            # At the end once more from the beginning: emails arrive meanwhile.
            found = below is not None
            if cron._commit_progress(BATCH if found else 0, remaining=1) <= 0:
                return
        cron._commit_progress(remaining=0)


class InboxParticipant(models.Model):
    _inherit = "inbox.participant"

    @api.model_create_multi
    def create(self, vals_list):
        participants = super().create(vals_list)
        participants.sudo().inbox_message_id._refresh_search()
        return participants

    def write(self, vals):
        result = super().write(vals)
        if {"name", "email", "role", "inbox_message_id"} & vals.keys():
            self.sudo().inbox_message_id._refresh_search()
        return result

    def unlink(self):
        messages = self.sudo().inbox_message_id
        result = super().unlink()
        messages._refresh_search()
        return result


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        if not self.env.context.get("inbox_is_arriving"):
            attachments._emails_with_files()._refresh_search()
        return attachments

    def write(self, vals):
        before = self._emails_with_files() if {"res_model", "res_id"} & vals.keys() else self.env["inbox.message"]
        result = super().write(vals)
        if {"name", "res_model", "res_id"} & vals.keys():
            (before | self._emails_with_files())._refresh_search()
        return result

    def unlink(self):
        emails = self._emails_with_files()
        result = super().unlink()
        emails._refresh_search()
        return result

    def _emails_with_files(self):
        """The emails of which these are files that are searched by name."""
        ids = {
            one.res_id
            for one in self.sudo()
            if one.res_model == "inbox.message" and one.res_id and not one.res_field and not one.inbox_content_id
        }
        return self.env["inbox.message"].sudo().browse(ids)
