"""Field types that Odoo lacks."""

from collections.abc import Set

from odoo import fields
from odoo.fields import Domain


class BigInteger(fields.Integer):
    """An integer of 64 bits: IMAP UIDs go up to 2³²-1 (RFC 9051 §2.3.1.1), one bit more than `fields.Integer` holds."""

    _column_type = ("int8", "int8")


class PrivateMany2many(fields.Many2many):
    """A many2many that finds by id, and by there being none, no more than the user may read.

    Odoo asks the record rules only where a domain goes on into the records: whoever searched for ids, or for "is set",
    would learn which records have hidden ones.
    """

    def condition_to_sql(self, field_expr, operator, value, model, alias, query):
        if not model.env.su and operator in ("in", "not in") and isinstance(value, (list, tuple, Set)):
            domain, ids = Domain.FALSE, [id_ for id_ in value if id_]
            if ids:
                domain |= Domain(field_expr, "any", Domain("id", "in", ids))
            if len(ids) < len(value):
                domain |= Domain(field_expr, "not any", Domain.TRUE)
            return (domain if operator == "in" else ~domain).optimize_full(model)._to_sql(model, alias, query)
        return super().condition_to_sql(field_expr, operator, value, model, alias, query)
