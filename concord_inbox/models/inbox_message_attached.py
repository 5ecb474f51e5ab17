"""Emails that are attached to an email, and open as such."""

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

from .. import mime
from .inbox_message_file_cards import is_calendar
from .ir_attachment_repeated import repeated_calendars

LARGEST = 25 * 1024 * 1024  # bytes of an attached email that is opened
#: How deep emails within attached emails are opened.
DEEPEST = 5


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    @api.model
    def attached_email(self, attachment_id, path=()):
        """Return what an attached email says of itself: ``{subject, from, to, cc, date, files}``.

        :param path: which file of it is meant instead, and of that, as numbers: an email attached to it.
        :raises UserError: it cannot be opened. AccessError: the user may not read it.
        """
        parsed = self._parse_attached(attachment_id, path)
        people = {
            role: ", ".join(_written(one) for one in parsed.addresses if one.role == role)
            for role in ("from", "to", "cc")
        }
        repeated = repeated_calendars(
            (number, bytes(one.content))
            for number, one in enumerate(parsed.attachments)
            if is_calendar(one.name, one.mimetype) and len(one.content) <= mime.LARGEST_CALENDAR
        )
        return {
            **people,
            "subject": parsed.subject or self.env._("(no subject)"),
            "date": format_datetime(self.env, parsed.date, dt_format="full") if parsed.date else "",
            "files": [
                {
                    "number": number,
                    "name": one.name,
                    "mimetype": one.mimetype,
                    "size": len(one.content),
                    "is_email": is_email(one.mimetype, one.name),
                }
                for number, one in enumerate(parsed.attachments)
                if not one.inline and number not in repeated
            ],
        }

    @api.model
    def _parse_attached(self, attachment_id, path=()):
        attachment = self.env["ir.attachment"].browse(int(attachment_id)).exists()
        if not attachment or attachment.res_model != "inbox.message" or attachment.res_field:
            raise AccessError(self.env._("This file is not here any more, or not yours to read."))
        attachment.check_access("read")
        if not is_email(attachment.mimetype, attachment.name):
            raise UserError(self.env._("This file is no email."))
        if attachment.file_size > LARGEST or len(path) > DEEPEST:
            raise UserError(
                self.env._("This email is too large to be opened here. Download it, and open it with a mail program.")
            )
        source = attachment.raw or b""
        try:
            parsed = mime.parse(source)
            for number in path:
                inner = parsed.attachments[int(number)]
                if not is_email(inner.mimetype, inner.name):
                    raise UserError(self.env._("This file is no email."))
                parsed = mime.parse(bytes(inner.content))
        except (mime.UnparseableError, IndexError, ValueError):
            raise UserError(self.env._("This file is no email.")) from None
        return parsed


def is_email(mimetype, name):
    """Whether a file is an email."""
    return mimetype == "message/rfc822" or (name or "").lower().endswith(".eml")


def _written(address):
    return f"{address.name} <{address.email}>" if address.name else address.email
