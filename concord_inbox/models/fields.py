"""A field type that Odoo lacks."""

from odoo import fields


class BigInteger(fields.Integer):
    """An integer of 64 bits: IMAP UIDs go up to 2³²-1 (RFC 9051 §2.3.1.1), one bit more than `fields.Integer` holds."""

    _column_type = ("int8", "int8")
