"""Whom a draft is from and to: rows of participants, and the chips of the window."""

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from markupsafe import escape
from odoo import api, models
from odoo.tools import SQL

from .. import mime
from ..mime.clean import one_line
from ..sync import address_keys, identities, matching, rows

ROLES = ("to", "cc", "bcc")
MAX_RECIPIENTS = 1000


@dataclass(slots=True)
class _Prefilled:
    """What an email is begun with."""

    recipients: dict[str, list] = field(default_factory=dict)
    subject: str = ""
    body: str = ""

    def of(self, role):
        return self.recipients.get(role, [])


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    @api.model
    def _people(self, values):
        """Read a list of ``{name, email}`` and strings: list of (name, address as typed), each address once."""
        people = {}
        for value in list(values or ())[:MAX_RECIPIENTS]:
            if isinstance(value, str):
                found = [(one.name, one.email) for one in mime.parse_addresses(value)] or [("", value)]
            else:
                found = [(value.get("name") or "", value.get("email") or "")]
            for name, email in found:
                person = one_line(name), one_line(email)
                if any(person):
                    people.setdefault(mime.normalize_address(person[1]) or person, person)
        return list(people.values())

    @api.model
    def _people_from(self, values):
        """Whom `compose_begin()` shall write to, with what a ``mailto:`` link says besides (RFC 6068)."""
        found = _Prefilled({role: list(values.get(role) or ()) for role in ROLES})
        if values.get("partner_ids"):
            partners = self.env["res.partner"].browse(values["partner_ids"]).exists()
            partners.check_access("read")
            found.recipients["to"] += [{"name": one.name, "email": one.email or ""} for one in partners]
        if values.get("mailto"):
            address, _, query = re.sub(r"^mailto:", "", str(values["mailto"]), flags=re.IGNORECASE).partition("?")
            fields_ = [("to", unquote(address))] if address else []
            # A plus sign is one (RFC 6068 section 5).
            fields_ += parse_qsl(query.replace("+", "%2B"), keep_blank_values=False)
            for label, value in fields_:
                name = label.lower()
                if name in ROLES:
                    found.recipients[name].append(value)
                elif name == "subject":
                    found.subject = one_line(value)
                elif name == "body":
                    found.body = "".join(f"<p>{escape(line) or '<br>'}</p>" for line in value.splitlines())
        found.recipients = {role: self._people(people) for role, people in found.recipients.items()}
        return found

    def _set_sender(self):
        """Have the row say whom it is from: its identity."""
        self._set_participants("from", [(self.identity_id.name or "", self.identity_id.email)])
        self.email_from = self.identity_id.display_name

    def _set_recipients(self, recipients):
        """:param recipients: role -> list of (name, address); roles that are not named stay."""
        for role, people in recipients.items():
            self._set_participants(role, people)
        self.invalidate_recordset(["participant_ids"])
        names = [one.name or one.email for one in self.participant_ids if one.role in ROLES]
        self.correspondent = ", ".join(names[: identities.SHOWN]) or False

    def _set_participants(self, role, people):
        self.env.flush_all()
        self.env.cr.execute(
            SQL("DELETE FROM inbox_participant WHERE inbox_message_id = %s AND role = %s", self.id, role)
        )
        addresses = {email: mime.normalize_address(email) for _name, email in people}
        keys = address_keys.of(self.env, addresses.values())
        partners = matching.match(self.env, self.account_id, keys)
        rows.insert(
            self.env.cr,
            "inbox_participant",
            ("inbox_message_id", "role", "name", "email", "email_normalized", "address_key", "partner_id"),
            [
                (
                    self.id,
                    role,
                    name or None,
                    email or None,
                    addresses[email] or None,
                    keys.get(addresses[email]),
                    partners.get(addresses[email]),
                )
                for name, email in people
            ],
        )
        self.env.cr.execute(SQL("DELETE FROM inbox_message_res_partner_rel WHERE message_id = %s", self.id))
        self.env.cr.execute(
            SQL(
                """INSERT INTO inbox_message_res_partner_rel (message_id, partner_id)
                   SELECT DISTINCT inbox_message_id, partner_id FROM inbox_participant
                    WHERE inbox_message_id = %s AND partner_id IS NOT NULL""",
                self.id,
            )
        )
        self.env["inbox.participant"].invalidate_model()
        self.env["res.partner"].invalidate_model(["inbox_message_ids", "inbox_message_count"])
        self.invalidate_recordset(["participant_ids", "partner_ids"])

    def _recipients_of(self, *roles):
        return self.participant_ids.filtered(lambda one: one.role in roles).sorted("id")

    def _recipients_for_window(self):
        chips = self._chips(
            [(one.name or "", one.email or "", one.partner_id.id) for one in self._recipients_of(*ROLES)]
        )
        found = {role: [] for role in ROLES}
        for participant, chip in zip(self._recipients_of(*ROLES), chips, strict=True):
            found[participant.role].append(chip)
        return found

    @api.model
    def _chips(self, people):
        """What the window shows of each of `people` (name, address as typed, contact's id or False)."""
        partners = self.env["res.partner"].sudo(False).browse({partner for _name, _email, partner in people if partner})
        readable = set(partners._filtered_access("read")._ids)
        addresses = [mime.normalize_address(email) for _name, email, _partner in people]
        colleagues = self._colleagues(set(addresses) - {""})
        return [
            {
                "name": name,
                "email": email,
                "partner_id": partner if partner in readable else False,
                "avatar_url": f"/web/image/res.partner/{partner}/avatar_128" if partner in readable else False,
                "is_valid": mime.is_address(email),
                "is_colleague": address in colleagues,
            }
            for (name, email, partner), address in zip(people, addresses, strict=True)
        ]

    @api.model
    def _colleagues(self, addresses):
        """Those of `addresses` at which people of the own companies read: users', and shared mailboxes'."""
        if not addresses:
            return set()
        return {
            address
            for (address,) in self.env.execute_query(
                SQL(
                    """SELECT partner.email_normalized FROM res_partner partner
                         JOIN res_users users ON users.partner_id = partner.id AND NOT users.share AND users.active
                        WHERE partner.email_normalized = ANY(%(addresses)s)
                 UNION SELECT email_normalized FROM inbox_account
                        WHERE account_type = 'shared' AND active AND email_normalized = ANY(%(addresses)s)
                 UNION SELECT identity.email_normalized FROM inbox_identity identity
                         JOIN inbox_account account ON account.id = identity.account_id AND account.active
                        WHERE account.account_type = 'shared' AND identity.email_normalized = ANY(%(addresses)s)""",
                    addresses=sorted(addresses),
                )
            )
        }

    @api.model
    def compose_parse(self, text):
        """The addresses of a pasted list, as chips."""
        self.browse().check_access("write")
        people = self._people([text])
        account = self._own_accounts()[:1].sudo()
        keys = address_keys.of(self.env, [mime.normalize_address(email) for _name, email in people])
        partners = matching.match(self.env, account, keys) if account else {}
        return self._chips(
            [(name, email, partners.get(mime.normalize_address(email), False)) for name, email in people]
        )
