"""Files on their way into a draft."""

from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request


class InboxDraft(http.Controller):
    @http.route("/concord_inbox/draft/<int:draft_id>/attach", type="http", auth="user", methods=["POST"])
    def attach(self, draft_id, inline=""):
        """Attach the files `ufile` of the form.

        :param inline: "1" for a picture that goes into the text; then `id`, `url` and `content_id` are answered.
        :return: as JSON ``{attachments: […]}``, or ``{error: sentence}`` with status 422, 413 or 403.
        """
        files = request.httprequest.files.getlist("ufile")
        try:
            answer = request.env["inbox.message"]._attach_uploaded(draft_id, files, inline == "1")
        except (AccessError, MissingError) as error:
            request.env.cr.rollback()
            return _answer({"error": str(error)}, 403)
        except UserError as error:
            request.env.cr.rollback()
            return _answer({"error": str(error)}, 422)
        return _answer(answer, 200)


def _answer(data, status):
    return request.make_json_response(data, status=status)
