"""An email as a file, byte for byte as it is on the mail server."""

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from . import pages


class InboxOriginal(http.Controller):
    @http.route("/concord_inbox/message/<int:message_id>/original.eml", type="http", auth="user", methods=["GET"])
    def original(self, message_id):
        """Return the source to be stored; where it cannot be had, a sentence that says why, with status 404."""
        message = pages.readable(message_id)
        try:
            source = message._original()
        except UserError as error:
            return request.make_response(
                str(error), headers={**pages.SAFE, "Content-Type": "text/plain; charset=utf-8"}, status=404
            )
        return pages.download(source, f"{pages.stem(message.subject) or 'email'}.eml", "text/plain")
