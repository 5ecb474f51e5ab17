"""Delivery reports (RFC 3464): what they say is written down at the email that they speak of, and at its recipients.

A report counts only for an email of the same account, with the very Message-ID that it names, and of that email for the
recipients that it names. So whoever forges one must have seen the email, and can speak of nobody who did not get it.
Reports and emails may be found in any order: the first synchronisation goes from new to old.
"""

from collections import defaultdict
from dataclasses import dataclass

from odoo.tools import SQL

from ..mime import DeliveryReport, normalize_address
from . import live
from .states import SENT

#: What a report says -> what is written at the recipient.
DELIVERIES = {
    "failed": "bounced",
    "delayed": "delayed",
    "delivered": "accepted",
    "relayed": "accepted",
    "expanded": "accepted",
}
#: Characters of a server's words that are kept.
LONGEST = 500


@dataclass(slots=True)
class _Fate:
    """What the reports say of one recipient of one email, in the order in which they were received.

    :param is_news: whether it came back just now, and not in mail from before the account was connected.
    """

    message: int
    delivery: str | None
    text: str | None
    was: tuple
    is_news: bool = False

    def hear(self, delivery: str, text: str, is_news: bool) -> None:
        # The own server never sent it to whom it rejected; and what came back does not arrive any more.
        if self.delivery not in ("rejected", "bounced"):
            self.delivery, self.text, self.is_news = delivery, text or None, is_news


def values(report: DeliveryReport) -> dict:
    """What is remembered with the email that is this report."""
    if not report.original_message_id:
        return {}
    reported = [
        {
            "addresses": sorted({normalize_address(name) for name in (one.email, one.final) if name} - {""}),
            "delivery": DELIVERIES[one.action],
            "text": " ".join(part for part in (_status(one), one.diagnostic) if part)[:LONGEST],
        }
        for one in report.recipients
    ]
    if len(reported) == 1 and report.original_recipient:
        address = normalize_address(report.original_recipient)
        reported[0]["addresses"] = sorted({*reported[0]["addresses"], address} - {""})
    return {"reports_on": report.original_message_id, "reported": reported}


def _status(one) -> str:
    return "" if one.status in one.diagnostic else one.status


def settle(env, account, message_ids: list[int]) -> None:
    """Write down what reports say, where one of `message_ids`, new emails, is a report or is what one speaks of; the
    caller commits.
    """
    env.flush_all()
    fates = _fates(env, account, message_ids)
    changed = {person: fate for person, fate in fates.items() if (fate.delivery, fate.text) != fate.was}
    for person, fate in changed.items():
        env["inbox.participant"].browse(person).write({"delivery": fate.delivery, "delivery_text": fate.text})
    bounced = {
        person: fate for person, fate in changed.items() if fate.delivery == "bounced" and fate.was[0] != "bounced"
    }
    messages = env["inbox.message"].browse(sorted({fate.message for fate in bounced.values()}))
    messages.filtered(lambda one: one.state in SENT or one.is_doubtful)._came_back()
    _flag(env["inbox.participant"].browse(person for person, fate in bounced.items() if fate.is_news))
    _forgive(env, account, message_ids)
    if changed:
        live.tell(env, account.ids)


def _fates(env, account, message_ids: list[int]) -> dict[int, _Fate]:
    """Participant -> what all reports together say of him, for the emails of which something new is said."""
    rows = env.execute_query(
        SQL(
            """SELECT sent.id, participant.id, participant.email_normalized, participant.delivery,
                      participant.delivery_text, report.reported, report.received_date >= account.connected_at
                 FROM inbox_message report
                 JOIN inbox_account account ON account.id = report.account_id
                 JOIN inbox_message sent ON sent.account_id = report.account_id AND sent.message_id = report.reports_on
                 JOIN inbox_participant participant ON participant.inbox_message_id = sent.id
                WHERE report.account_id = %(account)s AND report.reports_on IS NOT NULL
                  AND sent.direction = 'out' AND sent.state <> 'draft' AND participant.role IN ('to', 'cc', 'bcc')
                  AND report.reports_on IN (
                      SELECT reports_on FROM inbox_message WHERE id = ANY(%(new)s) AND reports_on IS NOT NULL
                       UNION SELECT message_id FROM inbox_message WHERE id = ANY(%(new)s) AND direction = 'out')
             ORDER BY report.received_date, report.id, participant.id""",
            account=account.id,
            new=message_ids,
        )
    )
    fates: dict[int, _Fate] = {}
    for message, person, address, delivery, text, reported, is_news in rows:
        fate = fates.setdefault(person, _Fate(message, delivery, text, (delivery, text)))
        for one in reported:
            if address and address in one["addresses"]:
                fate.hear(one["delivery"], one["text"], bool(is_news))
    return fates


def _flag(people) -> None:
    """Count at the contacts that an email to them came back, as Odoo does with its own."""
    addresses: dict = defaultdict(set)
    for person in people.filtered("partner_id"):
        addresses[person.email_normalized].add(person.partner_id.id)
    for address, partners in addresses.items():
        contacts = people.env["res.partner"].browse(sorted(partners))
        contacts._message_receive_bounce(address, contacts)


def _forgive(env, account, message_ids: list[int]) -> None:
    """Who writes can be reached again."""
    found = env.execute_query(
        SQL(
            """SELECT DISTINCT partner.id
                 FROM inbox_message message
                 JOIN inbox_participant participant ON participant.inbox_message_id = message.id
                 JOIN res_partner partner ON partner.id = participant.partner_id
                WHERE message.id = ANY(%s) AND message.direction = 'in' AND message.received_date >= %s
                  AND message.is_automatic IS NOT TRUE AND participant.role = 'from' AND partner.message_bounce > 0""",
            message_ids,
            account.connected_at or None,
        )
    )
    if found:
        env["res.partner"].browse(partner for (partner,) in found).message_bounce = 0
