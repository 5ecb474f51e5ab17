"""The making of contacts for people whom nobody knows yet."""

from contextlib import contextmanager

from odoo.tools import SQL

from . import address_keys, matching
from .lease import in_transaction
from .matching import FREE_MAIL_DOMAINS

#: Of a contact; there is an index of just this (models/res_partner.py).
WEBSITE_DOMAIN = SQL(r"substring(lower(website) from '^[a-z]+://(?:www[.])?([^/:?#]+)')")
_LOCK_CREATION = 0x1B0C  # an advisory lock of PostgreSQL: contacts are created by one process at a time


def missing(env, account, people: dict[str, str]) -> dict[str, str]:
    """Those of `people` (address -> name) for whom a contact would be created.

    An address that any contact has, archived ones included, makes none; nor do own addresses, colleagues at the
    account's own domain or at an own company's, no-reply ones, those of mailing lists, and blocked ones. Of several
    addresses of one mailbox it is the plainest. They stay in their order.
    """
    own_domain = _domain(account.email_normalized)
    by_key: dict[str, str] = {}
    for address, key in sorted(address_keys.of(env, people).items(), key=lambda item: (item[0] != item[1], item)):
        if key and (_domain(address) != own_domain or own_domain in FREE_MAIL_DOMAINS):
            by_key.setdefault(key, address)
    unknown = set(_unknown(env, account, by_key)) if by_key else set()
    return {address: name for address, name in people.items() if address in unknown}


def create_missing(env, account, people: dict[str, str]) -> int:
    """Create a contact for each of `people` (address -> name) who has none yet, see `missing()`; commits. Return how
    many."""
    candidates = missing(env, account, people)
    if not candidates:
        return 0
    with _alone(env):
        # Looked up again: the lock was waited for, and whoever had it may have created the same contacts.
        return in_transaction(env, lambda: _create(env, account, missing(env, account, candidates)))


def create_written_to(env, message) -> int:
    """Create the contacts that the account asks for of those to whom `message` was sent; commits. Return how many."""
    account = message.account_id
    if not (account.create_contact and account.create_contact_written):
        return 0
    people = message.participant_ids.filtered(lambda one: one.role in ("to", "cc", "bcc") and one.email_normalized)
    return create_missing(env, account, {one.email_normalized: one.name or "" for one in people})


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def _create(env, account, people: dict[str, str]) -> int:
    of_domain = companies(env, account, {_domain(address) for address in people})
    env["res.partner"].with_context(mail_create_nosubscribe=True).create(
        [
            {"name": people[address] or address, "email": address, **of_domain.get(_domain(address), {})}
            for address in sorted(people)
        ]
    )
    return len(people)


def companies(env, account, domains: set[str]) -> dict[str, dict]:
    """Domain -> which company a new contact is of: the only one that has an address or its website there."""
    domains = domains - FREE_MAIL_DOMAINS
    if not domains:
        return {}
    env["res.partner"].flush_model(["email_normalized", "website", "is_company", "active", "company_id", "parent_id"])
    found = env.execute_query(
        SQL(
            """SELECT has.domain, min(company.id), min(company.company_id)
                 FROM (SELECT id, split_part(email_normalized, '@', 2) AS domain FROM res_partner
                        WHERE is_company AND split_part(email_normalized, '@', 2) = ANY(%(domains)s)
                 UNION SELECT id, %(website)s FROM res_partner WHERE is_company AND %(website)s = ANY(%(domains)s)
                 UNION SELECT partner_id, split_part(email_normalized, '@', 2) FROM inbox_partner_address
                        WHERE split_part(email_normalized, '@', 2) = ANY(%(domains)s)) has
                 JOIN res_partner company ON company.id = has.id
                WHERE company.is_company AND company.active
                  AND (company.company_id IS NULL OR company.company_id = %(company)s)
             GROUP BY has.domain HAVING count(*) = 1""",
            domains=sorted(domains),
            website=WEBSITE_DOMAIN,
            company=account.company_id.id,
        )
    )
    return {domain: {"parent_id": company, "company_id": own or False} for domain, company, own in found}


def _unknown(env, account, by_key: dict[str, str]) -> list[str]:
    """Those of the addresses that are nobody's yet; `by_key`: key -> address."""
    matching.flush(env)
    found = env.execute_query(
        SQL(
            """SELECT wanted.email FROM unnest(%(keys)s::varchar[], %(addresses)s::varchar[]) AS wanted(key, email)
                WHERE NOT EXISTS (SELECT FROM res_partner WHERE inbox_address_key = wanted.key)
                  AND NOT EXISTS (SELECT FROM inbox_partner_address WHERE address_key = wanted.key)
                  AND NOT EXISTS (SELECT FROM inbox_account WHERE address_key = wanted.key)
                  AND NOT EXISTS (SELECT FROM inbox_participant
                                   WHERE email_normalized = wanted.email AND address_key = '')
                  AND NOT %(is_blocked)s AND NOT %(is_own)s""",
            keys=list(by_key),
            addresses=list(by_key.values()),
            is_blocked=matching.is_blocked(
                SQL("wanted.email"),
                SQL("wanted.key"),
                SQL("%s", account.company_id.id),
                SQL("%s::int", account.user_id.id or None),
            ),
            is_own=matching.is_own(SQL("wanted.email"), SQL("wanted.key"), SQL("%s", account.id)),
        )
    )
    return [address for (address,) in found]


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
