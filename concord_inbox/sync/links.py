"""Emails follow when it changes whose an address is: linked, linked to another contact, or not linked any more.

Few emails follow in the transaction that changed it. In any case the address is written down in `inbox_relink`, in that
same transaction, and looked at once more after it was committed (models/inbox_relink.py): for the many emails of an
import, and for those that another transaction stored meanwhile and that this one could not see. Such a transaction in
turn looks once more at what it stored (`relink_emails`), so whichever of the two commits last sees the other.
"""

from collections.abc import Iterable
from typing import NamedTuple

from odoo.tools import SQL

from . import address_keys, clock, conversations, live, matching, rows

#: Up to so many addresses on so many emails are followed at once.
FEW_ADDRESSES, FEW_EMAILS = 20, 1000
#: Addresses that are looked at together, what is found to be changed for them at once, and what is changed of it in one
#: transaction. The more at once, the fewer times the same pages of the tables are gone through: what is found is in the
#: order of the emails.
KEYS, FOUND, LINKS = 20_000, 500_000, 5000
_WAKING = "concord_inbox.relink"


class Change(NamedTuple):
    """That a participant (its id) is this contact from now on; None: nobody."""

    participant: int
    partner: int | None


def relink(env, addresses: Iterable[str]) -> None:
    """Link the emails that bear one of the normalised `addresses` to whose contact it is now; the caller commits."""
    keys = sorted(set(address_keys.of(env, addresses).values()) - {""})
    if not keys:
        return
    ask(env, keys)
    if len(keys) > FEW_ADDRESSES:
        return
    [(count,)] = env.execute_query(
        SQL(
            "SELECT count(*) FROM (SELECT FROM inbox_participant WHERE address_key = ANY(%s) LIMIT %s) found",
            keys,
            FEW_EMAILS + 1,
        )
    )
    if 0 < count <= FEW_EMAILS:
        apply(env, differing(env, keys))


def relink_emails(env, message_ids: list[int]) -> None:
    """Link these emails, which were just stored, to whose contacts they are now; the caller commits."""
    apply(env, _differing(env, SQL("participant.inbox_message_id = ANY(%s)", message_ids)))


# ------------------------------------------------------------ what waits


def ask(env, keys: Iterable[str]) -> None:
    """Have the emails with these keys looked at in the background, once the transaction is committed."""
    rows.insert(env.cr, "inbox_relink", ("address_key",), [(key,) for key in sorted(set(keys) - {""})])
    if _WAKING not in env.cr.precommit.data:
        # Once in a transaction, however often contacts are changed in it.
        env.cr.precommit.data[_WAKING] = True
        env.cr.precommit.add(lambda: env.ref("concord_inbox.ir_cron_relink").sudo()._trigger())


def waiting(env) -> tuple[list[int], list[str]]:
    """The rows that have waited longest, and the keys that they name."""
    found = env.execute_query(SQL("SELECT id, address_key FROM inbox_relink ORDER BY id LIMIT %s", KEYS))
    return [row for row, _key in found], sorted({key for _row, key in found})


def done(env, row_ids: list[int]) -> None:
    """These need not wait any more; the caller commits."""
    env.cr.execute(SQL("DELETE FROM inbox_relink WHERE id = ANY(%s)", row_ids))


# ------------------------------------------------------------ what differs, and its change


def differing(env, keys: list[str]) -> list[Change]:
    """What is to be changed for the emails with these keys, `FOUND` at most; in the order of the emails."""
    return _differing(env, SQL("participant.address_key = ANY(%s)", keys))


def _differing(env, which: SQL) -> list[Change]:
    matching.flush(env)
    env["inbox.participant"].flush_model(["inbox_message_id", "email_normalized", "address_key", "partner_id"])
    env["inbox.message"].flush_model(["account_id", "is_spam"])
    found = env.execute_query(
        SQL(
            """WITH looked AS MATERIALIZED (
                   SELECT participant.id, participant.inbox_message_id AS message, participant.partner_id AS partner,
                          participant.email_normalized AS email, participant.address_key AS key,
                          message.account_id AS account, message.is_spam IS TRUE AS is_spam
                     FROM inbox_participant participant
                     JOIN inbox_message message ON message.id = participant.inbox_message_id
                    WHERE %(which)s AND participant.address_key <> ''),
                    pair AS MATERIALIZED (SELECT DISTINCT email, key, account FROM looked),
                    owned AS MATERIALIZED (
                   SELECT pair.email, pair.key, pair.account, (%(owner)s) AS partner
                     FROM pair JOIN inbox_account account ON account.id = pair.account)
               SELECT looked.id, CASE WHEN NOT looked.is_spam THEN owned.partner END
                 FROM looked JOIN owned USING (email, key, account)
                WHERE looked.partner IS DISTINCT FROM CASE WHEN NOT looked.is_spam THEN owned.partner END
             ORDER BY looked.message, looked.id LIMIT %(limit)s""",
            which=which,
            limit=FOUND,
            owner=matching.owner(
                SQL("pair.email"),
                SQL("pair.key"),
                SQL("account.id"),
                SQL("account.company_id"),
                SQL("account.user_id"),
            ),
        )
    )
    return [Change(*row) for row in found]


def unlink_keyless(env, participant_ids: list[int]) -> None:
    """Unlink participants whose addresses turned out to be nobody's; the caller commits."""
    found = env.execute_query(
        SQL(
            """SELECT id FROM inbox_participant
                WHERE id = ANY(%s) AND address_key = '' AND partner_id IS NOT NULL ORDER BY inbox_message_id, id""",
            participant_ids,
        )
    )
    apply(env, [Change(participant, None) for (participant,) in found])


def portions(changes: list[Change]) -> Iterable[list[Change]]:
    """`changes` in the parts that `apply()` takes in one transaction each."""
    return (changes[first : first + LINKS] for first in range(0, len(changes), LINKS))


def apply(env, changes: Iterable[Change]) -> None:
    """Change these links, and what follows from them; the caller commits. Browsers are told once for each account.

    Rows are locked in the order of their ids, so that no two of these get into each other's way for good. A contact
    that was deleted meanwhile is nobody.

    What is added is added by the statement that changes the participants: it knows the few rows that are concerned,
    where a query of its own would have to find them by conditions whose selectivity PostgreSQL cannot know during an
    import.
    """
    changes = list(changes)
    if not changes:
        return
    followed = env.execute_query(
        SQL(
            """WITH wanted AS (SELECT * FROM unnest(%(ids)s::int[], %(partners)s::int[]) AS wanted(id, partner)),
                    owner AS (SELECT id FROM res_partner WHERE id = ANY(%(partners)s) ORDER BY id FOR KEY SHARE),
                    locked AS (SELECT id, partner_id AS former FROM inbox_participant
                                WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE),
                    changed AS (
                   UPDATE inbox_participant participant SET partner_id = owner.id
                     FROM wanted JOIN locked ON locked.id = wanted.id LEFT JOIN owner ON owner.id = wanted.partner
                    WHERE participant.id = wanted.id AND locked.former IS DISTINCT FROM owner.id
                RETURNING participant.inbox_message_id AS message, locked.former, participant.partner_id AS partner),
                    placed AS MATERIALIZED (
                   SELECT changed.*,
                          -- Not joined: PostgreSQL would read all emails to find these few.
                          (SELECT conversation_id FROM inbox_message WHERE id = changed.message) AS conversation,
                          (SELECT account_id FROM inbox_message WHERE id = changed.message) AS account
                     FROM changed),
                    of_emails AS (
                   INSERT INTO inbox_message_res_partner_rel (message_id, partner_id)
                   SELECT DISTINCT message, partner FROM placed WHERE partner IS NOT NULL ORDER BY message, partner
              ON CONFLICT DO NOTHING),
                    of_conversations AS (
                   INSERT INTO inbox_conversation_res_partner_rel (conversation_id, partner_id)
                   SELECT DISTINCT conversation, partner FROM placed
                    WHERE partner IS NOT NULL AND conversation IS NOT NULL ORDER BY conversation, partner
              ON CONFLICT DO NOTHING)
               SELECT message, conversation, former, account FROM placed""",
            ids=[change.participant for change in changes],
            partners=[change.partner for change in changes],
        )
    )
    _forget(env, {row[:3] for row in followed if row[2]})
    env["inbox.participant"].invalidate_model(["partner_id"])
    env["inbox.message"].invalidate_model(["partner_ids"])
    env["inbox.conversation"].invalidate_model(["partner_ids"])
    env["res.partner"].invalidate_model(["inbox_message_ids", "inbox_message_count"])
    clock.refresh(env, sorted({row[1] for row in followed if row[1]}))
    live.tell(env, {account for *_others, account in followed})


def _forget(env, lost: set[tuple[int, int | None, int]]) -> None:
    """Unlink emails and their conversations from former contacts whose addresses are not on them any more.

    :param lost: (email, conversation, contact).
    """
    if not lost:
        return
    message_ids = sorted({message for message, _conversation, _partner in lost})
    # Compared here: PostgreSQL expects few rows in either, and would compare each with each.
    still = set(
        env.execute_query(
            SQL(
                "SELECT inbox_message_id, partner_id FROM inbox_participant WHERE inbox_message_id = ANY(%s)",
                message_ids,
            )
        )
    )
    gone = sorted({(message, partner) for message, _conversation, partner in lost} - still)
    env.cr.execute(
        SQL(
            """WITH stale AS (
                   SELECT rel.message_id, rel.partner_id
                     FROM unnest(%(messages)s::int[], %(partners)s::int[]) AS gone(message, partner)
                     JOIN inbox_message_res_partner_rel rel
                       ON rel.message_id = gone.message AND rel.partner_id = gone.partner
                 ORDER BY rel.message_id, rel.partner_id FOR UPDATE OF rel)
               DELETE FROM inbox_message_res_partner_rel rel USING stale
                WHERE (rel.message_id, rel.partner_id) = (stale.message_id, stale.partner_id)""",
            messages=[message for message, _partner in gone],
            partners=[partner for _message, partner in gone],
        )
    )
    conversations.forget_partners(env, sorted({conversation for _m, conversation, _p in lost if conversation}))
