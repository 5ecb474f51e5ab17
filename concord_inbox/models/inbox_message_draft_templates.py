"""Texts that are at hand: Odoo's email templates, filled in for the contact or deal, and canned responses."""

import base64
import mimetypes

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from .. import mime
from .inbox_message_draft import DraftConflictError

MOST = 40


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    def _template_record(self):
        """What templates are filled in for: the document, else the one contact that it goes to; None: neither."""
        if record := self._record():
            return record
        partners = self._recipients_of("to").partner_id.sudo(False)._filtered_access("read")
        return partners if len(partners) == 1 else None

    def _templates(self, term, limit=MOST):
        record = self._template_record()
        if not record:
            return self.env["mail.template"]
        templates = self.env["mail.template"].sudo(False)
        domain = [("model", "=", record._name), ("name", "ilike", term or "")]
        return templates.search(domain, limit=limit) if templates.has_access("read") else templates

    @api.model
    def compose_templates(self, draft_id, term=""):
        """The templates for the document, or the contact, that the draft is about."""
        return [{"id": one.id, "name": one.name} for one in self._draft(draft_id)._templates(term)]

    @api.model
    def compose_apply_template(self, draft_id, template_id, version):
        """Put a template's text above what is written, with its files, and its subject into a new email.

        :return: as `compose_open()`.
        :raises UserError: another window saved the draft meanwhile, or there is nothing to fill it in for.
        """
        draft = self._draft(draft_id)
        if (draft.draft_version or 0) != version:
            raise DraftConflictError(
                self.env._("This draft was changed in another window or program meanwhile. Open it again to go on."),
                "changed",
            )
        draft._editable_again()
        template = self.env["mail.template"].browse(int(template_id)).exists()
        template.check_access("read")
        record = draft._template_record()
        if not template or not record or template.model != record._name:
            raise UserError(self.env._("This template is not for what the email is about."))
        wanted = ("subject", "body_html", "attachment_ids", "report_template_ids")
        rendered = template._generate_template([record.id], wanted)[record.id]
        body, _quote = draft._for_editor(str(draft.draft_html or ""))
        written, signature = mime.split_signature(body)
        if not mime.text_of(written).strip() and "<img" not in written:
            # Nothing was written yet: no empty line below the template's text.
            body = mime.replace_signature("", signature)
        values = {"body": str(rendered.get("body_html") or "") + body}
        if rendered.get("subject") and not draft.answers_id:
            values["subject"] = rendered["subject"]
        draft._save(values)
        files = self.env["ir.attachment"].browse(rendered.get("attachment_ids") or ()).exists()
        draft._take_over(files)
        draft._attach(
            [
                (name, mimetypes.guess_type(name)[0], base64.b64decode(content))
                for name, content in rendered.get("attachments") or ()
            ]
        )
        draft._files_changed()
        return draft._for_window()

    @api.model
    def compose_canned(self, term=""):
        """Canned responses whose shortcut contains `term`: ``{shortcut, html}``."""
        self.browse().check_access("write")
        responses = self.env["mail.canned.response"].search([("source", "ilike", term or "")], limit=MOST)
        return [{"shortcut": one.source, "html": str(plaintext2html(one.substitution))} for one in responses]
