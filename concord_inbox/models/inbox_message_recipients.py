"""Completion of recipients: contacts that the user may read, and whom their accounts wrote with before."""

import re

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from .. import mime

#: So many of the newest emails, sent and received each, are looked at for correspondents.
LOOKED_AT = 1000


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    @api.model
    def compose_recipients(self, term, exclude=(), limit=8):
        """People whom `term` may mean, the likeliest first.

        :param exclude: addresses that are chosen already.
        :return: ``{name, email, partner_id, company, avatar_url, kind: contact | correspondent | colleague}``
        """
        self.browse().check_access("write")
        words = re.split(r"\s+", (term or "").strip())[:5]
        if not words[0]:
            return []
        limit = max(1, min(int(limit), 50))
        taken = {mime.normalize_address(one) for one in exclude or ()}
        correspondents = self._correspondents(words, 4 * limit)
        contacts = self._contacts_like(words, 4 * limit, [address for address, *_rest in correspondents])
        colleagues = set(self._colleague_partners(contacts.ids))
        found = {}
        scores = {address: score for address, _name, _email, score in correspondents}
        for address, contact in self._addresses_of(contacts, words, scores).items():
            found[address] = {
                "name": contact.name or "",
                "email": address,
                "partner_id": contact.id,
                "company": contact.commercial_company_name or "",
                "avatar_url": f"/web/image/res.partner/{contact.id}/avatar_128",
                "kind": "colleague" if contact.id in colleagues else "contact",
            }
        for address, name, email, _score in correspondents:
            found.setdefault(
                address,
                {
                    "name": name or "",
                    "email": email,
                    "partner_id": False,
                    "company": "",
                    "avatar_url": False,
                    "kind": "correspondent",
                },
            )
        begins = words[0].lower()

        def rank(item):
            address, person = item
            starts = address.startswith(begins) or any(
                word.startswith(begins) for word in person["name"].lower().split()
            )
            return (not starts, -scores.get(address, 0), person["name"].lower(), address)

        ranked = sorted(found.items(), key=rank)
        return [person for address, person in ranked if address not in taken][:limit]

    @api.model
    def _contacts_like(self, words, limit, addresses):
        """Contacts with an address whom all `words` fit, and those that have one of `addresses`."""
        like = Domain.AND(
            Domain("name", "ilike", word)
            | Domain("email_normalized", "ilike", word)
            | Domain("commercial_company_name", "ilike", word)
            | Domain("inbox_address_ids.email_normalized", "ilike", word)
            for word in map(_escaped, words)
        )
        has_one = Domain("email_normalized", "!=", False) | Domain("inbox_address_ids", "!=", False)
        wrote = Domain("email_normalized", "in", addresses) | Domain(
            "inbox_address_ids.email_normalized", "in", addresses
        )
        domain = has_one & (like | wrote)
        return self.env["res.partner"].search_fetch(
            domain, ["name", "email_normalized", "commercial_company_name"], limit=limit, order="is_company, id"
        )

    @api.model
    def _addresses_of(self, contacts, words, correspondents):
        """Address -> contact: each contact's own one, and those further ones that fit or that one wrote with.

        An address is whose own it is, before those who have it as a further one.
        """
        found = {}
        for contact in contacts:
            if contact.email_normalized:
                found.setdefault(contact.email_normalized, contact)
        # Whoever reads a contact reads its addresses.
        further = self.env["inbox.partner.address"].sudo()
        for one in further.search_fetch([("partner_id", "in", contacts.ids)], ["partner_id", "email_normalized"]):
            address, contact = one.email_normalized, contacts.browse(one.partner_id.id)
            fits = any(word.lower() in address for word in words)
            if fits or address in correspondents or not contact.email_normalized:
                found.setdefault(address, contact)
        return found

    @api.model
    def _colleague_partners(self, partner_ids):
        return [
            partner
            for (partner,) in self.env.execute_query(
                SQL("SELECT partner_id FROM res_users WHERE partner_id = ANY(%s) AND active AND NOT share", partner_ids)
            )
        ]

    @api.model
    def _correspondents(self, words, limit):
        """(address, name, address as written, score) of people on emails of the accounts that the user reads.

        Whom one wrote to counts more than who wrote, and each time less the longer it was ago.
        """
        accounts = self._own_accounts()
        if not accounts:
            return []
        self.env["inbox.participant"].flush_model()
        self.flush_model(["account_id", "date", "direction", "state", "is_bulk"])
        fits = SQL(" AND ").join(
            SQL("(participant.email_normalized ILIKE %(word)s OR participant.name ILIKE %(word)s)", word=_like(word))
            for word in words
        )
        return self.env.execute_query(
            SQL(
                """WITH recent AS (
                       (SELECT id, date, direction FROM inbox_message
                         WHERE account_id = ANY(%(accounts)s) AND direction = 'out' AND state <> 'draft'
                      ORDER BY date DESC LIMIT %(looked_at)s)
                     UNION ALL
                       (SELECT id, date, direction FROM inbox_message
                         WHERE account_id = ANY(%(accounts)s) AND direction = 'in' AND is_bulk IS NOT TRUE
                      ORDER BY date DESC LIMIT %(looked_at)s))
                   SELECT participant.email_normalized,
                          (array_agg(participant.name ORDER BY recent.date DESC)
                              FILTER (WHERE participant.name IS NOT NULL))[1],
                          (array_agg(participant.email ORDER BY recent.date DESC))[1],
                          sum(CASE recent.direction WHEN 'out' THEN 3.0 ELSE 1.0 END
                              / (1 + extract(epoch FROM now() AT TIME ZONE 'UTC' - recent.date) / 86400 / 30)) AS score
                     FROM recent JOIN inbox_participant participant ON participant.inbox_message_id = recent.id
                    WHERE participant.email_normalized IS NOT NULL AND %(fits)s
                      AND participant.email_normalized <> ALL(%(own)s)
                 GROUP BY participant.email_normalized
                 ORDER BY score DESC, participant.email_normalized LIMIT %(limit)s""",
                accounts=accounts.ids,
                looked_at=LOOKED_AT,
                fits=fits,
                own=accounts.mapped("email_normalized"),
                limit=limit,
            )
        )


def _like(word):
    return f"%{_escaped(word)}%"


def _escaped(word):
    """`word` for LIKE, every character of it as itself."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
