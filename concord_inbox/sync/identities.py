"""The addresses that an account sends from: its own, and those of its identities (aliases)."""

from odoo.tools import SQL

from ..adapters.base import RemoteIdentity
from ..mime import normalize_address
from . import live

#: Receivers that the list names for a sent email.
SHOWN = 5


def own_addresses(account) -> frozenset[str]:
    """Whatever comes from one of these was sent by the account itself."""
    return frozenset({account.email_normalized, *account.identity_ids.mapped("email_normalized")} - {False, ""})


def offer(account, found: list[RemoteIdentity]) -> None:
    """Add whom the provider lets the account send as, beside itself; the caller commits.

    Meant for before the account was synchronised: what users take away later stays away.
    """
    known = set(own_addresses(account))
    has_default = any(account.identity_ids.mapped("is_default"))
    for one in found:
        address = normalize_address(one.email)
        if not address or address in known:
            continue
        known.add(address)
        is_default = one.is_default and not has_default
        has_default |= is_default
        name = " ".join(one.name.split()) or False
        account.env["inbox.identity"].create(
            {"account_id": account.id, "email": one.email, "name": name, "is_default": is_default}
        )


def follow(env, account, addresses: list[str]) -> None:
    """Have the account's emails from `addresses` be sent or received, after identities were changed.

    The caller commits. What lies among the sent ones was sent, whoever it is from. Drafts, and what is on its way, stay
    what they are.
    """
    env.flush_all()
    changed = env.execute_query(
        SQL(
            """WITH sender AS (
                   SELECT DISTINCT ON (message.id) message.id, participant.email_normalized AS address,
                          coalesce(participant.name, participant.email) AS name
                     FROM inbox_message message
                     JOIN inbox_participant participant
                       ON participant.inbox_message_id = message.id AND participant.role = 'from'
                    WHERE message.account_id = %(account)s AND message.state IN ('received', 'sent')
                 ORDER BY message.id, participant.id),
                    word AS (
                   SELECT id, name,
                          CASE WHEN address = ANY(%(own)s)
                                 OR EXISTS (SELECT FROM inbox_message_folder_rel rel
                                              JOIN inbox_folder folder ON folder.id = rel.folder_id
                                             WHERE rel.message_id = sender.id AND folder.role IN ('sent', 'drafts'))
                               THEN 'out' ELSE 'in' END AS direction
                     FROM sender WHERE address = ANY(%(addresses)s))
               UPDATE inbox_message message
                  SET direction = word.direction,
                      state = CASE word.direction WHEN 'out' THEN 'sent' ELSE 'received' END,
                      correspondent = CASE word.direction WHEN 'in' THEN word.name ELSE (
                          SELECT string_agg(name, ', ')
                            FROM (SELECT coalesce(name, email) AS name FROM inbox_participant
                                   WHERE inbox_message_id = message.id AND role IN ('to', 'cc', 'bcc')
                                ORDER BY id LIMIT %(shown)s) receiver) END
                 FROM word WHERE word.id = message.id AND word.direction <> message.direction
            RETURNING message.id""",
            account=account.id,
            own=sorted(own_addresses(account)),
            addresses=sorted(set(addresses)),
            shown=SHOWN,
        )
    )
    if changed:
        env["inbox.message"].invalidate_model(["direction", "state", "correspondent"])
        live.tell(env, account.ids)
