"""An email as it is on the mail server: its source and all of its header fields, to be looked at."""

from odoo import models

from .. import mime

#: Bytes of a source that are shown; the rest can be downloaded.
SHOWN = 512 * 1024


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    def original_source(self):
        """Return the source as text: ``{text, size, is_cut}``, `size` in bytes.

        :raises UserError: it is not on the mail server any more, or not within the user's reach.
        """
        source = self._original()
        text = mime.source_text(source[:SHOWN])
        return {"text": text, "size": len(source), "is_cut": len(source) > SHOWN}

    def original_headers(self):
        """Return all header fields as ``[name, value]``, decoded, in the order written.

        :raises UserError: as `original_source()`.
        """
        return [list(field) for field in mime.header_fields(self._original())]

    def _original(self):
        self.ensure_one()
        self._check_content()
        return self._whole_source()
