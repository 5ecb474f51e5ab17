"""Calendars that come twice with an email, as a part of its text and as a file: people see one invitation."""

from collections.abc import Iterable

from odoo import api, fields, models

from .. import mime
from .inbox_message_file_cards import is_calendar


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    inbox_is_repeated = fields.Boolean(
        compute="_compute_inbox_is_repeated", help="The same calendar as a file before it on the same email."
    )

    @api.depends("res_model", "res_id", "name", "mimetype", "checksum")
    def _compute_inbox_is_repeated(self):
        calendars = self.filtered(lambda one: one.res_model == "inbox.message" and is_calendar(one.name, one.mimetype))
        repeated = set()
        # Forms ask for sizes in place of contents.
        messages = self.env["inbox.message"].with_context(bin_size=False)
        for message in messages.browse(set(calendars.mapped("res_id"))):
            files = [
                one
                for one in message.file_ids.sorted("id")
                if is_calendar(one.name, one.mimetype) and one.file_size <= mime.LARGEST_CALENDAR
            ]
            if len(files) > 1:
                repeated |= repeated_calendars((one.id, one.raw or b"") for one in files)
        for one in self:
            one.inbox_is_repeated = one.id in repeated


def repeated_calendars(calendars: Iterable[tuple[int, bytes]]) -> set[int]:
    """Return the keys of those calendars (key and content) that say what one before them says.

    How lines are folded and ended does not count: it changes on the way.
    """
    repeated, seen = set(), set()
    for key, content in calendars:
        essence = b"".join(content.split())
        if essence in seen:
            repeated.add(key)
        seen.add(essence)
    return repeated
