"""The page inside the frame that shows an email."""

import base64

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request

from .. import mime

#: An inline picture larger than this stays an attachment: the page that carries it would be too heavy.
LARGEST_INLINE = 10 * 1024 * 1024  # bytes


class InboxBody(http.Controller):
    @http.route(
        "/concord_inbox/message/<int:message_id>/body", type="http", auth="user", methods=["GET"], readonly=True
    )
    def body(self, message_id, images="", search=""):
        """Return the email's text as a page of its own, which can run nothing and, unless asked, loads nothing.

        :param images: "1" to let pictures come from the Internet, which tells their sender that the email was read.
        :param search: what was typed to find the email: its words are marked.
        """
        message = request.env["inbox.message"].browse(message_id)
        try:
            message.check_access("read")
            if not message.is_content_readable:
                raise request.not_found()
            body_html, body_text = message.body_html, message.body_text
            if message.state == "draft":
                # What is still being written is shown among the emails that it quotes.
                body_html = mime.split_quote(str(body_html or ""))[0]
            inline = {
                attachment.inbox_content_id: _data_uri(attachment)
                for attachment in message.attachment_ids
                if attachment.inbox_content_id and attachment.file_size <= LARGEST_INLINE
            }
        except (AccessError, MissingError):
            raise request.not_found() from None
        allow_remote = images == "1"
        searched = message._words_to_mark(search)
        # As the page around it, whatever the browser prefers: where Odoo has no dark mode, that is light.
        dark = request.env["ir.http"].color_scheme() == "dark"
        page = mime.document(str(body_html or ""), body_text or "", inline, allow_remote, dark, searched)
        return request.make_response(
            page,
            headers={
                "Content-Type": "text/html; charset=utf-8",
                "Content-Security-Policy": mime.content_security_policy(allow_remote),
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "Cache-Control": "private, no-store",
            },
        )


def _data_uri(attachment) -> str:
    return f"data:{attachment.mimetype};base64,{base64.b64encode(attachment.raw).decode()}"
