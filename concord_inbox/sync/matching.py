"""Whose an address is: the contact that emails from and to it are linked to, and when there is none."""

from collections.abc import Mapping

from odoo.tools import SQL

from . import address_keys

#: Whoever has an address there shares nothing with the others who have one.
FREE_MAIL_DOMAINS = frozenset(
    """126.com 163.com aol.com bluewin.ch free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net
    googlemail.com hotmail.com hotmail.fr hotmail.it icloud.com laposte.net libero.it live.com mac.com mail.com mail.ru
    me.com msn.com naver.com orange.fr outlook.com outlook.fr pm.me proton.me protonmail.com qq.com seznam.cz sfr.fr
    t-online.de tutanota.com uol.com.br wanadoo.fr web.de wp.pl yahoo.co.jp yahoo.co.uk yahoo.com yahoo.fr yandex.ru
    zoho.com""".split()
)


def is_mailbox(key: SQL, account: SQL) -> SQL:
    """Whether an address is one of the own mailboxes.

    Anybody may say that an alias is theirs; of a personal account it is believed for the emails of that account alone.
    """
    return SQL(
        """(EXISTS (SELECT FROM inbox_account own WHERE own.address_key = %(key)s AND own.connected_at IS NOT NULL)
         OR EXISTS (SELECT FROM inbox_identity own JOIN inbox_account holder ON holder.id = own.account_id
                     WHERE own.address_key = %(key)s
                       AND (holder.id = %(account)s OR holder.account_type = 'shared')))""",
        key=key,
        account=account,
    )


def is_own(email: SQL, key: SQL, account: SQL) -> SQL:
    """Whether an address is one of the own mailboxes or of an own company's domains."""
    return SQL(
        """(%(is_mailbox)s
         OR %(domain)s <> ALL(%(free)s)
            AND (EXISTS (SELECT FROM mail_alias_domain WHERE lower(name) = %(domain)s)
                 OR EXISTS (SELECT FROM res_company JOIN res_partner own ON own.id = res_company.partner_id
                             WHERE split_part(own.email_normalized, '@', 2) = %(domain)s)))""",
        is_mailbox=is_mailbox(key, account),
        domain=SQL("split_part(%s, '@', 2)", email),
        free=sorted(FREE_MAIL_DOMAINS),
    )


def is_mailing(message: SQL) -> SQL:
    """Whether an email went to many. What came by a group address of ours did not: a customer wrote to us there."""
    return SQL(
        """(%(message)s.is_bulk IS TRUE
            AND (%(message)s.list_post IS NULL OR NOT %(is_own)s))""",
        message=message,
        is_own=is_own(SQL("%s.list_post", message), SQL("%s.list_post", message), SQL("%s.account_id", message)),
    )


def dotless(email: SQL) -> SQL:
    """An address at Gmail in the form that all of its spellings share, tags apart; of others NULL."""
    return SQL(
        """CASE WHEN split_part(%(email)s, '@', 2) IN ('gmail.com', 'googlemail.com')
                THEN replace(split_part(%(email)s, '@', 1), '.', '') || '@gmail.com' END""",
        email=email,
    )


def is_blocked(email: SQL, key: SQL, company: SQL, user: SQL) -> SQL:
    """Whether the company or the user wants emails from and to an address on no record.

    Whoever blocks `ada@x` blocks what is hers under another tag, too; whoever blocks `ada+news@x` blocks that alone. At
    Gmail either is blocked with dots and without, if these mean nothing by the settings.
    """
    return SQL(
        """EXISTS (SELECT FROM inbox_blocked_address blocked
                    WHERE (blocked.pattern IN (%(email)s, %(key)s, '@' || split_part(%(email)s, '@', 2))
                           OR %(dotless_pattern)s IN (%(dotless)s, %(key)s) AND %(dots_mean_nothing)s)
                      AND (blocked.user_id = %(user)s OR blocked.user_id IS NULL
                           AND (blocked.company_id IS NULL OR blocked.company_id = %(company)s)))""",
        email=email,
        key=key,
        dotless_pattern=dotless(SQL("blocked.pattern")),
        dotless=dotless(email),
        dots_mean_nothing=SQL(
            "NOT EXISTS (SELECT FROM ir_config_parameter WHERE key = %s AND value = '0')", address_keys.GMAIL_DOTS
        ),
        company=company,
        user=user,
    )


def owner(email: SQL, key: SQL, account: SQL, company: SQL, user: SQL) -> SQL:
    """A query for the id of the contact to whom emails of `account`, which is of `company` and of `user`, are linked.

    Left out are the addresses of connected mailboxes, of colleagues and of the own companies with all of their domains:
    they are on nearly every email, and would show a colleague's personal correspondence to whoever may see the
    colleague's contact. So are those that the company or the user has blocked, and those without a key. Of several
    contacts it is the one with the very address, as its own one, a person.
    """
    return SQL(
        """SELECT partner.id
             FROM (SELECT id, email_normalized, 0 AS place FROM res_partner WHERE inbox_address_key = %(key)s
             UNION ALL SELECT partner_id, email_normalized, 1 FROM inbox_partner_address WHERE address_key = %(key)s)
                  known
             JOIN res_partner partner ON partner.id = known.id
            WHERE %(key)s <> '' AND partner.active
              AND (partner.company_id IS NULL OR partner.company_id = %(company)s)
              AND NOT EXISTS (SELECT FROM res_users WHERE partner_id = partner.id AND NOT share)
              AND NOT EXISTS (SELECT FROM res_company WHERE partner_id = partner.id)
              AND NOT %(is_own)s
              AND NOT %(is_blocked)s
         ORDER BY known.email_normalized <> %(email)s, known.place, partner.is_company, partner.id LIMIT 1""",
        email=email,
        key=key,
        company=company,
        is_own=is_own(email, key, account),
        is_blocked=is_blocked(email, key, company, user),
    )


def flush(env) -> None:
    """Have the database know all that decides whose an address is."""
    env["res.partner"].flush_model(["email_normalized", "inbox_address_key", "active", "company_id", "is_company"])
    env["inbox.partner.address"].flush_model(["partner_id", "email_normalized", "address_key"])
    env["res.users"].flush_model(["partner_id", "share"])
    env["inbox.account"].flush_model(["address_key", "connected_at", "account_type", "company_id", "user_id"])
    env["inbox.identity"].flush_model(["address_key", "account_id"])
    env["inbox.blocked.address"].flush_model(["pattern", "user_id", "company_id"])
    env["ir.config_parameter"].flush_model(["key", "value"])


def match(env, account, keys: Mapping[str, str]) -> dict[str, int]:
    """Return normalised address -> contact id, for those addresses that are a contact's; one query.

    :param keys: address -> key, as `address_keys.of()` gives them.
    """
    keys = {address: key for address, key in keys.items() if key}
    if not keys:
        return {}
    flush(env)
    return dict(
        env.execute_query(
            SQL(
                """SELECT wanted.email, found.id
                     FROM unnest(%(addresses)s::varchar[], %(keys)s::varchar[]) AS wanted(email, key)
               CROSS JOIN LATERAL (%(owner)s) found""",
                addresses=list(keys),
                keys=list(keys.values()),
                owner=owner(
                    SQL("wanted.email"),
                    SQL("wanted.key"),
                    SQL("%s", account.id),
                    SQL("%s", account.company_id.id),
                    SQL("%s::int", account.user_id.id or None),
                ),
            )
        )
    )


def is_own_or_blocked(env, account, address: str) -> bool:
    """Whether one of us writes to `account` from there, or the company or its owner wants that on no record."""
    # A no-reply address has no key, and is nobody's but its own.
    key = address_keys.of(env, [address])[address] or address
    flush(env)
    [(found,)] = env.execute_query(
        SQL(
            "SELECT %s OR %s",
            is_mailbox(SQL("%s", key), SQL("%s", account.id)),
            is_blocked(
                SQL("%s", address),
                SQL("%s", key),
                SQL("%s", account.company_id.id),
                SQL("%s::int", account.user_id.id or None),
            ),
        )
    )
    return found
