from odoo import fields, models


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    inbox_content_id = fields.Char(
        "Content-ID", readonly=True, help="Under which name the text of an email refers to this picture (RFC 2392)."
    )
