"""Addresses and domains whose emails never appear on a record."""

import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..mime import normalize_address
from ..mime.address_key import KeyRules, address_key
from ..sync import links


class InboxBlockedAddress(models.Model):
    _name = "inbox.blocked.address"
    _description = "Address That Is Never Linked"
    _order = "user_id nulls first, name"

    name = fields.Char(
        "Address or domain", required=True, help="Like name@example.com, or example.com for everybody there."
    )
    pattern = fields.Char(compute="_compute_pattern", store=True, precompute=True, index=True)
    user_id = fields.Many2one(
        "res.users",
        "Only for",
        default=lambda self: self._default_user_id(),
        ondelete="cascade",
        index=True,
        help="For the emails of this person's accounts alone; empty: for all accounts of the company.",
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)

    _pattern_unique = models.UniqueIndex(
        "(pattern, coalesce(user_id, 0), coalesce(company_id, 0))", "This address or domain is listed already."
    )

    @api.model
    def _default_user_id(self):
        manager = self.env.user.has_group("concord_inbox.group_inbox_manager")
        return self.env["res.users"] if manager else self.env.user

    @api.depends("name")
    def _compute_pattern(self):
        for blocked in self:
            name = (blocked.name or "").strip().lower()
            local, _at, domain = name.rpartition("@")
            normalized = normalize_address(f"{local or 'x'}@{domain}") if re.fullmatch(r"\S+\.\S+", domain) else ""
            blocked.pattern = False if " " in name else normalized if local else normalized[1:]

    @api.constrains("name")
    def _check_name(self):
        for blocked in self:
            if not blocked.pattern:
                raise ValidationError(
                    self.env._(
                        "“%s” is neither an address like name@example.com nor a domain like example.com.", blocked.name
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        blocked = super().create(vals_list)
        self._relink(blocked.mapped("pattern"))
        return blocked

    def write(self, vals):
        before = self.mapped("pattern")
        result = super().write(vals)
        # The rules look at a record before it is changed; whose it is afterwards must be allowed as well.
        self.check_access("write")
        self._relink(before + self.mapped("pattern"))
        return result

    def unlink(self):
        before = self.mapped("pattern")
        result = super().unlink()
        self._relink(before)
        return result

    @api.model
    def _relink(self, patterns):
        """Have the emails of these addresses and domains follow."""
        self.flush_model()
        found = self.env.execute_query(
            SQL(
                """SELECT DISTINCT email_normalized FROM inbox_participant
                    WHERE address_key = ANY(%(keys)s)
                       OR '@' || split_part(email_normalized, '@', 2) = ANY(%(domains)s)""",
                keys=self._keys(patterns),
                domains=sorted({pattern for pattern in patterns if pattern and pattern.startswith("@")}),
            )
        )
        links.relink(self.env, [address for (address,) in found])

    @api.model
    def _keys(self, patterns):
        """The keys that emails of these addresses may have, whatever the settings are; domains have none."""
        addresses = {pattern for pattern in patterns if pattern and not pattern.startswith("@")}
        rules = [KeyRules(plus, dots) for plus in (True, False) for dots in (True, False)]
        return sorted({address_key(address, rule) for address in addresses for rule in rules} - {""})
