"""The page inside the frame that shows an email."""

from odoo import http
from odoo.exceptions import AccessError
from odoo.http import request

from .. import mime
from . import pages


class InboxBody(http.Controller):
    @http.route(
        "/concord_inbox/message/<int:message_id>/body", type="http", auth="user", methods=["GET"], readonly=True
    )
    def body(self, message_id, images="", search=""):
        """Return the email's text as a page of its own, which can run nothing and, unless asked, loads nothing.

        :param images: "1" to let pictures come from the Internet, which tells their sender that the email was read.
        :param search: what was typed to find the email: its words are marked.
        """
        message = pages.readable(message_id)
        try:
            body_html, body_text = str(message.body_html or ""), message.body_text or ""
            labels = pages.labels(has_signature=message.state != "draft")
            inline = pages.inline_pictures(message)
        except AccessError:
            raise request.not_found() from None
        allow_remote = images == "1" or message.is_sender_trusted
        page = mime.document(
            body_html,
            body_text,
            inline,
            allow_remote,
            dark=pages.is_dark(),
            searched=message._words_to_mark(search),
            labels=labels,
            is_forward=mime.is_forward_subject(message.subject or ""),
            earlier=message._quotable(),
        )
        return pages.page(page, allow_remote)
