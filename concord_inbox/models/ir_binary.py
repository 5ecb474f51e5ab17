"""Files of strangers are downloaded; only of kinds that cannot do anything does the browser show them by itself."""

from odoo import models

#: What a browser shows without running anything. Types as the email claims them: with `nosniff` it is the type that
#: decides, not the content.
HARMLESS = frozenset(
    """image/png image/jpeg image/gif image/webp image/bmp image/tiff image/x-icon image/vnd.microsoft.icon
    application/pdf text/plain audio/mpeg audio/mp4 audio/ogg audio/wav audio/x-wav audio/webm video/mp4 video/webm
    video/ogg""".split()
)


class IrBinary(models.AbstractModel):
    _inherit = "ir.binary"

    def _get_stream_from(self, record, *args, **kwargs):
        stream = super()._get_stream_from(record, *args, **kwargs)
        is_of_email = record._name == "ir.attachment" and record.sudo().res_model == "inbox.message"
        # The address may ask for another type than that of the file.
        if is_of_email and (stream.mimetype or "").partition(";")[0].strip().lower() not in HARMLESS:
            stream.mimetype = "application/octet-stream"
        return stream
