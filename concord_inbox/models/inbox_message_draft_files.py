"""Files of a draft: attached, put into its text, taken from its document, taken away."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import human_size

from .. import mime
from ..mime.clean import one_line
from .inbox_message_draft_body import _content_id

#: What an email grows by around the text and the files: headers, and the lines that separate parts.
OVERHEAD, PART_OVERHEAD = 4096, 400
DEFAULT_UPLOAD = 128 * 1024 * 1024


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    def _attach(self, files, inline=False):
        """Attach `files` (name, type, content); the caller has asked whether the user may.

        :raises UserError: they are too large for the mail server.
        """
        self._check_size(sum(len(content) for _name, _type, content in files))
        return (
            self.env["ir.attachment"]
            .sudo()
            .create(
                [
                    {
                        "name": name,
                        "mimetype": mimetype,
                        "raw": content,
                        "res_model": "inbox.message",
                        "res_id": self.id,
                        "inbox_content_id": _content_id() if inline else False,
                    }
                    for name, mimetype, content in files
                ]
            )
            if files
            else self.env["ir.attachment"].sudo()
        )

    def _take_over(self, attachments, inline=False, content_ids=False):
        """Copy `attachments`, which the user may read, to this draft.

        :param content_ids: keep the names by which a text refers to pictures.
        """
        self._check_size(sum(attachments.mapped("file_size")))
        copies = self.env["ir.attachment"].sudo()
        for attachment in attachments.sudo():
            copies |= attachment.copy(
                {
                    "name": attachment.name,
                    "res_model": "inbox.message",
                    "res_id": self.id,
                    "res_field": False,
                    "public": False,
                    "access_token": False,
                    "inbox_content_id": _content_id()
                    if inline
                    else attachment.inbox_content_id
                    if content_ids
                    else False,
                }
            )
        return copies

    def _check_size(self, more):
        limit = self._size_limit()
        if limit and (size := self._estimated_size(more)) > limit:
            raise UserError(
                self.env._(
                    "With this file the email would have %(size)s, and the mail server takes no more than %(limit)s. "
                    "Send a link instead, or the files in several emails.",
                    size=human_size(size),
                    limit=human_size(limit),
                )
            )

    def _size_limit(self):
        """What the mail server takes (bytes), 0 if nobody knows."""
        return self.account_id.smtp_size_limit or 0

    @api.model
    def _largest_upload(self):
        value = self.env["ir.config_parameter"].sudo().get_param("web.max_file_upload_size")
        return int(value) if value and str(value).isdigit() else DEFAULT_UPLOAD

    def _estimated_size(self, more=0):
        """About how many bytes the email has on its way: files are a third larger there."""
        files = self._sent_files()
        attached = sum(files.mapped("file_size")) + more
        text = len((self.draft_html or "").encode()) + len((self.content_text or "").encode())
        return OVERHEAD + int(text * 1.1) + PART_OVERHEAD * len(files) + int(attached * 4 / 3 * 78 / 76)

    def _inline_files(self):
        """The pictures that the text shows."""
        shown = mime.content_ids_of(str(self.draft_html or self.content_html or ""))
        return self.attachment_ids.filtered(lambda one: one.inbox_content_id in shown)

    def _sent_files(self):
        """What is sent: the files, and of the pictures those that the text still shows."""
        return self.attachment_ids.filtered(lambda one: not one.inbox_content_id) | self._inline_files()

    def _files_for_window(self):
        return [_file(one) for one in self.file_ids.sorted("id")]

    def _files_changed(self):
        """Note that files came or went: the window's version stays, for it knows."""
        self.invalidate_recordset(["attachment_ids", "file_ids"])
        self.has_attachment = bool(self.file_ids)
        self._lay_into_drafts()
        self._put_soon()

    # ------------------------------------------------------------ what the window asks for

    @api.model
    def compose_attach_from_record(self, draft_id, attachment_ids):
        """Attach files that the user may read, such as those of the document; return all files of the draft."""
        draft = self._draft(draft_id)
        attachments = self.env["ir.attachment"].browse(attachment_ids).exists()
        attachments.check_access("read")
        draft._editable_again()
        draft._take_over(attachments.filtered(lambda one: one.type == "binary"))
        draft._files_changed()
        return draft._files_for_window()

    @api.model
    def compose_record_documents(self, draft_id):
        """The files of the document that the draft is about."""
        record = self._draft(draft_id)._record()
        if not record:
            return []
        attachments = self.env["ir.attachment"].search(
            [
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
                ("res_field", "=", False),
                ("type", "=", "binary"),
            ],
            order="id desc",
            limit=200,
        )
        return [_file(one) for one in attachments]

    @api.model
    def _attach_uploaded(self, draft_id, files, inline):
        """Attach `files` that a browser sent; return what it is answered.

        :raises UserError: there are none, or they are too large.
        """
        draft = self._draft(draft_id)
        if not files:
            raise UserError(self.env._("No file arrived. Choose one and try again."))
        draft._editable_again()
        largest = self._largest_upload()
        contents = []
        for file in files:
            content = file.read()
            if len(content) > largest:
                raise UserError(
                    self.env._(
                        "“%(name)s” has %(size)s, and no more than %(limit)s can be uploaded. Send a link instead.",
                        name=file.filename,
                        size=human_size(len(content)),
                        limit=human_size(largest),
                    )
                )
            # The browser's word for the type may be wrong: Odoo looks at the content itself where it is none.
            contents.append((one_line(file.filename or "") or "file", file.mimetype, content))
        if inline and not all((mimetype or "").startswith("image/") for _name, mimetype, _content in contents):
            raise UserError(self.env._("Only pictures go into the text. Attach other files."))
        attachments = draft._attach(contents, inline)
        draft._files_changed()
        answer = {"attachments": draft._files_for_window(), "size": draft._estimated_size()}
        if inline:
            first = attachments[:1]
            answer |= {"id": first.id, "url": f"/web/image/{first.id}", "content_id": first.inbox_content_id}
        return answer

    @api.model
    def compose_detach(self, draft_id, attachment_id):
        """Take a file away from the draft; return those that stay."""
        draft = self._draft(draft_id)
        draft._editable_again()
        draft.attachment_ids.filtered(lambda one: one.id == int(attachment_id)).unlink()
        draft._files_changed()
        return draft._files_for_window()


def _file(attachment):
    return {
        "id": attachment.id,
        "name": attachment.name,
        "mimetype": attachment.mimetype,
        "size": attachment.file_size,
        "url": f"/web/content/{attachment.id}?download=true",
    }
