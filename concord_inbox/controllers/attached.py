"""Emails that are attached to an email: under the same policies, with files of their own."""

import re

from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request

from .. import mime
from . import pages


class InboxAttached(http.Controller):
    @http.route(
        "/concord_inbox/attached/<int:attachment_id>/body", type="http", auth="user", methods=["GET"], readonly=True
    )
    def body(self, attachment_id, at="", images=""):
        """Return the text of an attached email as a page.

        :param at: which of its files is meant, and of that, as numbers with dots: an email attached to it.
        :param images: "1" to let pictures come from the Internet.
        """
        parsed = self._parsed(attachment_id, at)
        allow_remote = images == "1"
        inline = {
            one.content_id: pages.data_uri(one.mimetype, bytes(one.content))
            for one in parsed.attachments
            if one.content_id and len(one.content) <= pages.LARGEST_INLINE
        }
        page = mime.document(
            parsed.html,
            parsed.text,
            inline,
            allow_remote,
            dark=pages.is_dark(),
            labels=pages.labels(),
            is_forward=True,
        )
        return pages.page(page, allow_remote)

    @http.route(
        "/concord_inbox/attached/<int:attachment_id>/file/<int:number>",
        type="http", auth="user", methods=["GET"], readonly=True,
    )  # fmt: skip
    def file(self, attachment_id, number, at=""):
        """Return a file of an attached email, to be stored."""
        files = self._parsed(attachment_id, at).attachments
        if number >= len(files):
            raise request.not_found()
        return pages.download(bytes(files[number].content), files[number].name)

    @staticmethod
    def _parsed(attachment_id, at):
        if at and not re.fullmatch(r"\d{1,4}(?:\.\d{1,4}){0,9}", at):
            raise request.not_found()
        path = [int(number) for number in at.split(".")] if at else []
        try:
            return request.env["inbox.message"]._parse_attached(attachment_id, path)
        except (AccessError, MissingError, UserError):
            raise request.not_found() from None
