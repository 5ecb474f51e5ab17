"""Which contact an address belongs to, and the making of contacts for senders whom nobody knows yet."""

from contextlib import contextmanager

from odoo.tools import SQL

from ..mime import is_no_reply
from . import conversations
from .lease import in_transaction

_LOCK_CREATION = 0x1B0C  # an advisory lock of PostgreSQL: contacts are created by one process at a time

#: Whoever has an address there shares nothing with the others who have one.
FREE_MAIL_DOMAINS = frozenset(
    """126.com 163.com aol.com bluewin.ch free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net
    googlemail.com hotmail.com hotmail.fr hotmail.it icloud.com laposte.net libero.it live.com mac.com mail.com mail.ru
    me.com msn.com naver.com orange.fr outlook.com outlook.fr pm.me proton.me protonmail.com qq.com seznam.cz sfr.fr
    t-online.de tutanota.com uol.com.br wanadoo.fr web.de wp.pl yahoo.co.jp yahoo.co.uk yahoo.com yahoo.fr yandex.ru
    zoho.com""".split()
)

# Left out are the addresses of connected mailboxes, of colleagues and of the own companies: they are on nearly every
# email, and would show a colleague's personal correspondence to whoever may see the colleague's contact.
_MATCHES = SQL(
    """partner.active
       AND NOT EXISTS (SELECT FROM res_users WHERE partner_id = partner.id AND NOT share)
       AND NOT EXISTS (SELECT FROM res_company WHERE partner_id = partner.id)
       AND NOT EXISTS (SELECT FROM inbox_account
                        WHERE email_normalized = partner.email_normalized AND connected_at IS NOT NULL)"""
)


def match(env, account, addresses: set[str]) -> dict[str, int]:
    """Return address -> contact id, for those of `addresses` that are a contact's; one query."""
    if not addresses:
        return {}
    return dict(
        env.execute_query(
            SQL(
                """SELECT DISTINCT ON (partner.email_normalized) partner.email_normalized, partner.id
                     FROM res_partner partner
                    WHERE partner.email_normalized = ANY(%(addresses)s) AND %(matches)s
                      AND (partner.company_id IS NULL OR partner.company_id = %(company)s)
                 ORDER BY partner.email_normalized, partner.is_company, partner.id""",
                addresses=list(addresses),
                matches=_MATCHES,
                company=account.company_id.id,
            )
        )
    )


def create_missing(env, account, senders: dict[str, str]) -> int:
    """Create a contact for each of `senders` (address -> name) whom nobody knows; commits. Return how many.

    An address that any contact has, archived ones included, makes none; nor do own addresses, colleagues at the
    account's own domain, and no-reply ones.
    """
    own_domain = _domain(account.email_normalized)
    candidates = {
        address: name
        for address, name in senders.items()
        if address and not is_no_reply(address) and (_domain(address) != own_domain or own_domain in FREE_MAIL_DOMAINS)
    }
    if not candidates or not _unknown(env, candidates):
        return 0
    with _alone(env):
        # Looked up again: the lock was waited for, and whoever had it may have created the same contacts.
        return in_transaction(env, lambda: _create(env, candidates))


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def _create(env, candidates: dict[str, str]) -> int:
    unknown = _unknown(env, candidates)
    env["res.partner"].with_context(mail_create_nosubscribe=True).create(
        [{"name": candidates[address] or address, "email": address} for address in sorted(unknown)]
    )
    return len(unknown)


def _unknown(env, candidates) -> set[str]:
    taken = env.execute_query(
        SQL(
            """SELECT email_normalized FROM res_partner WHERE email_normalized = ANY(%(addresses)s)
         UNION SELECT email_normalized FROM inbox_account WHERE email_normalized = ANY(%(addresses)s)""",
            addresses=list(candidates),
        )
    )
    return set(candidates) - {address for (address,) in taken}


@contextmanager
def _alone(env):
    # Held over a commit, and hence not bound to a transaction: a transaction that waited for the lock would still
    # see the database as it was before (REPEATABLE READ), and create again what the other has just created.
    env.cr.execute(SQL("SELECT pg_advisory_lock(%s)", _LOCK_CREATION))
    env.cr.commit()
    try:
        yield
    finally:
        env.cr.rollback()
        env.cr.execute(SQL("SELECT pg_advisory_unlock(%s)", _LOCK_CREATION))
        env.cr.commit()


def relink(env, addresses) -> None:
    """Link the emails that bear one of `addresses` to whose contact it is now, after contacts were changed."""
    addresses = sorted(set(addresses))
    if not addresses:
        return
    env["res.partner"].flush_model(["email_normalized", "active", "company_id", "is_company"])
    env["res.users"].flush_model(["partner_id", "share"])
    env["inbox.account"].flush_model(["email_normalized", "connected_at"])
    changed = env.execute_query(
        SQL(
            """WITH owner AS (
                   SELECT participant.id, participant.inbox_message_id, participant.partner_id AS old,
                          (SELECT partner.id FROM res_partner partner
                            WHERE partner.email_normalized = participant.email_normalized
                              AND %(matches)s
                              AND (partner.company_id IS NULL OR partner.company_id = account.company_id)
                         ORDER BY partner.is_company, partner.id LIMIT 1) AS new
                     FROM inbox_participant participant
                     JOIN inbox_message message ON message.id = participant.inbox_message_id
                     JOIN inbox_account account ON account.id = message.account_id
                    WHERE participant.email_normalized = ANY(%(addresses)s))
               UPDATE inbox_participant participant SET partner_id = owner.new
                 FROM owner WHERE owner.id = participant.id AND owner.old IS DISTINCT FROM owner.new
            RETURNING participant.inbox_message_id""",
            matches=_MATCHES,
            addresses=addresses,
        )
    )
    if not changed:
        return
    message_ids = sorted({message for (message,) in changed})
    env.cr.execute(
        SQL(
            """DELETE FROM inbox_message_res_partner_rel rel
                WHERE message_id = ANY(%(messages)s)
                  AND NOT EXISTS (SELECT FROM inbox_participant
                                   WHERE inbox_message_id = rel.message_id AND partner_id = rel.partner_id)""",
            messages=message_ids,
        )
    )
    env.cr.execute(
        SQL(
            """INSERT INTO inbox_message_res_partner_rel (message_id, partner_id)
               SELECT DISTINCT inbox_message_id, partner_id FROM inbox_participant
                WHERE inbox_message_id = ANY(%s) AND partner_id IS NOT NULL
          ON CONFLICT DO NOTHING""",
            message_ids,
        )
    )
    env["inbox.participant"].invalidate_model(["partner_id"])
    env["inbox.message"].invalidate_model(["partner_ids"])
    env["res.partner"].invalidate_model(["inbox_message_ids", "inbox_message_count"])
    conversations.refresh_partners(env, message_ids)
