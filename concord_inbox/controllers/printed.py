"""Emails on paper."""

import re

from odoo import http
from odoo.exceptions import AccessError
from odoo.http import request
from odoo.tools import format_datetime, human_size

from .. import mime
from . import pages

#: Emails of one conversation.
MOST = 200


class InboxPrinted(http.Controller):
    @http.route("/concord_inbox/print", type="http", auth="user", methods=["GET"], readonly=True)
    def printed(self, ids="", images=""):
        """Return a page with whole emails; the page around opens the dialog for printing.

        :param ids: of the emails, in the order in which they are printed, separated by commas.
        :param images: "1" to let pictures come from the Internet.
        """
        if not re.fullmatch(r"\d{1,9}(?:,\d{1,9})*", ids):
            raise request.not_found()
        messages = pages.readable(list(dict.fromkeys(map(int, ids.split(","))))[:MOST])
        allow_remote = images == "1" or all(message.is_sender_trusted for message in messages)
        try:
            emails = [self._email(message) for message in messages]
        except AccessError:
            raise request.not_found() from None
        page = mime.printable(emails, allow_remote, request.env._("Files:"))
        return pages.page(page, allow_remote, for_print=True)

    def _email(self, message):
        _ = message.env._
        lines = [
            (_("From"), message.email_from or ""),
            (_("To"), message.to_display or ""),
            (_("Cc"), message.cc_display or ""),
            (_("Date"), format_datetime(message.env, message.date, dt_format="full") if message.date else ""),
        ]
        return mime.PrintedEmail(
            subject=message.display_name,
            lines=[line for line in lines if line[1]],
            html=str(message.body_html or ""),
            text=message.body_text or "",
            images=pages.inline_pictures(message),
            files=[f"{one.name} ({_size(one.file_size)})" for one in _listed(message)],
        )


def _listed(message):
    """The files, as the screen lists them."""
    return message.file_ids.sorted("id").filtered(lambda one: not one.inbox_is_repeated)


def _size(number):
    """Bytes as people say them: Odoo tells hundredths of a byte."""
    return human_size(number).replace(".00", "")
