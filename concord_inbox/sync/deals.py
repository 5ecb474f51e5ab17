"""Which deals an email is about: linked by itself where there is no doubt, offered where there is one.

Conversations are linked, and not single emails: what answers a linked one is linked already. A link that somebody undid
stays in the table, so that it does not come back.
"""

from odoo.tools import SQL

from . import matching, rows

DEAL = "crm.lead"

#: Deals (`lead`) that are neither won nor lost, and may be seen with the emails of an account of this company.
_OPEN = SQL(
    """lead.active AND lead.won_status = 'pending'
       AND (lead.company_id IS NULL OR lead.company_id = account.company_id)"""
)
#: Addresses (`participant`) that say nothing of what an email is about: our own, and those that are on no record.
_OURS = SQL(
    """%s OR %s OR EXISTS (SELECT FROM res_users colleague JOIN res_partner own ON own.id = colleague.partner_id
                            WHERE own.email_normalized = participant.email_normalized AND NOT colleague.share)""",
    matching.is_own(SQL("participant.email_normalized"), SQL("participant.address_key"), SQL("account.id")),
    matching.is_blocked(
        SQL("participant.email_normalized"),
        SQL("participant.address_key"),
        SQL("account.company_id"),
        SQL("account.user_id"),
    ),
)


def about(emails: SQL) -> SQL:
    """A query for `(conversation_id, lead_id)`: open deals of the contacts, or with the addresses, of `emails`.

    :param emails: a condition on `message`.
    """
    return SQL(
        """SELECT message.conversation_id, lead.id AS lead_id
             FROM inbox_message message
             JOIN inbox_account account ON account.id = message.account_id
             JOIN inbox_message_res_partner_rel rel ON rel.message_id = message.id
             JOIN crm_lead lead ON lead.partner_id = rel.partner_id AND %(is_open)s
            WHERE %(emails)s AND message.conversation_id IS NOT NULL
            UNION
           SELECT message.conversation_id, lead.id
             FROM inbox_message message
             JOIN inbox_account account ON account.id = message.account_id
             JOIN inbox_participant participant ON participant.inbox_message_id = message.id
             JOIN crm_lead lead ON lead.email_normalized = participant.email_normalized AND %(is_open)s
            WHERE %(emails)s AND message.conversation_id IS NOT NULL AND NOT (%(ours)s)""",
        is_open=_OPEN,
        ours=_OURS,
        emails=emails,
    )


def link(env, message_ids: list[int]) -> None:
    """Link the conversations of these new emails to their deals; the caller commits. One query.

    A conversation that answers one in another mailbox, or is the same there, is about what that one is about. Otherwise
    it is about the open deal with its people, if there is exactly one. Mailings, machines and spam speak of no deal.
    What is linked to a deal already stays as it is.
    """
    if not message_ids:
        return
    env.flush_all()
    linked = env.execute_query(
        SQL(
            """WITH fresh AS (
                   SELECT message.*, account.company_id AS account_company
                     FROM inbox_message message JOIN inbox_account account ON account.id = message.account_id
                    WHERE message.id = ANY(%(messages)s) AND message.state IN ('received', 'sent')
                      AND NOT %(is_mailing)s AND message.is_automatic IS NOT TRUE AND message.is_spam IS NOT TRUE
                      AND message.conversation_id IS NOT NULL
                      AND NOT EXISTS (SELECT FROM inbox_conversation_link link
                                       WHERE link.conversation_id = message.conversation_id
                                         AND link.res_model = %(deal)s AND link.is_undone IS NOT TRUE)),
                    answered AS (
                   SELECT DISTINCT fresh.conversation_id, link.res_id AS lead_id
                     FROM fresh
               CROSS JOIN LATERAL unnest(string_to_array(fresh.header_references, ' ') || fresh.message_id::text)
                          AS named(name)
                     JOIN inbox_message other ON other.message_id = named.name
                      AND other.conversation_id <> fresh.conversation_id
                     JOIN inbox_conversation_link link ON link.conversation_id = other.conversation_id
                      AND link.res_model = %(deal)s AND link.is_undone IS NOT TRUE
                     JOIN crm_lead lead ON lead.id = link.res_id
                      AND (lead.company_id IS NULL OR lead.company_id = fresh.account_company)),
                    about AS (%(about)s),
                    single AS (
                   SELECT conversation_id, min(lead_id) AS lead_id FROM about
                    WHERE conversation_id NOT IN (SELECT conversation_id FROM answered)
                 GROUP BY conversation_id HAVING count(*) = 1)
               INSERT INTO inbox_conversation_link (conversation_id, res_model, res_id, reason, is_undone)
               SELECT conversation_id, %(deal)s, lead_id, 'conversation', false FROM answered
                UNION
               SELECT conversation_id, %(deal)s, lead_id, 'address', false FROM single
          ON CONFLICT DO NOTHING RETURNING conversation_id""",
            messages=message_ids,
            deal=DEAL,
            is_mailing=matching.is_mailing(SQL("message")),
            about=about(SQL("message.id IN (SELECT id FROM fresh)")),
        )
    )
    if linked:
        env["inbox.conversation"].invalidate_model(["link_ids"])
        ask_to_follow(env, [conversation for (conversation,) in linked])


def merge(env, kept: int, others: list[int]) -> None:
    """Let what `others` were about be what the conversation `kept` is about; a link that was undone in one stays so."""
    env.cr.execute(
        SQL(
            """UPDATE inbox_conversation_link link SET is_undone = true
                WHERE link.conversation_id = %(kept)s AND link.is_undone IS NOT TRUE
                  AND EXISTS (SELECT FROM inbox_conversation_link other
                               WHERE other.conversation_id = ANY(%(others)s) AND other.is_undone
                                 AND other.res_model = link.res_model AND other.res_id = link.res_id)""",
            kept=kept,
            others=others,
        )
    )
    moved = env.execute_query(
        SQL(
            """SELECT DISTINCT ON (res_model, res_id) %(kept)s::int, res_model, res_id, reason,
                      bool_or(coalesce(is_undone, false)) OVER (PARTITION BY res_model, res_id)
                 FROM inbox_conversation_link WHERE conversation_id = ANY(%(others)s)
             ORDER BY res_model, res_id, id""",
            kept=kept,
            others=others,
        )
    )
    rows.insert(
        env.cr,
        "inbox_conversation_link",
        ("conversation_id", "res_model", "res_id", "reason", "is_undone"),
        moved,
        unless_exists=True,
    )


def ask_to_follow(env, conversation_ids: list[int]) -> None:
    """Have the deals of these conversations say what is new of their emails, soon after this transaction.

    Not in it: a deal is written as its own rules have it, which may fail, or wait for whoever changes it just now; no
    email shall be kept out by that.
    """
    env.cr.execute(
        SQL(
            """UPDATE inbox_conversation SET is_deal_stale = true
                WHERE id = ANY(%s) AND is_deal_stale IS NOT TRUE
                  AND EXISTS (SELECT FROM inbox_conversation_link
                               WHERE conversation_id = inbox_conversation.id AND res_model = %s)""",
            list(conversation_ids),
            DEAL,
        )
    )
    if env.cr.rowcount:
        env["inbox.conversation"].invalidate_model(["is_deal_stale"])
        env.ref("concord_inbox.ir_cron_follow_deals").sudo()._trigger()


def news(env, conversation_ids: list[int]) -> list[tuple]:
    """`(lead_id, last received, last sent, waiting for, waiting since)` of the deals of these conversations, where that
    is not what the deal says. Conversations that are shown on no record say nothing there."""
    return env.execute_query(
        SQL(
            """SELECT lead.id, now.received, now.sent, now.turn, now.since
                 FROM crm_lead lead
           CROSS JOIN LATERAL (
                      SELECT max(conversation.last_received_date) AS received,
                             max(conversation.last_sent_date) AS sent,
                             (array_agg(conversation.waiting_for ORDER BY conversation.waiting_for = 'us' DESC,
                                                                          conversation.waiting_since)
                              FILTER (WHERE conversation.waiting_for IS NOT NULL))[1] AS turn,
                             (array_agg(conversation.waiting_since ORDER BY conversation.waiting_for = 'us' DESC,
                                                                            conversation.waiting_since)
                              FILTER (WHERE conversation.waiting_for IS NOT NULL))[1] AS since
                        FROM inbox_conversation_link link
                        JOIN inbox_conversation conversation ON conversation.id = link.conversation_id
                        JOIN inbox_account account ON account.id = conversation.account_id
                       WHERE link.res_model = %(deal)s AND link.res_id = lead.id AND link.is_undone IS NOT TRUE
                         AND CASE conversation.visibility WHEN 'private' THEN false WHEN 'shared' THEN true
                                  ELSE account.record_visibility <> 'nothing' END) now
                WHERE lead.id IN (SELECT res_id FROM inbox_conversation_link
                                   WHERE conversation_id = ANY(%(conversations)s) AND res_model = %(deal)s)
                  AND (lead.inbox_last_received_date, lead.inbox_last_sent_date, lead.inbox_waiting_for,
                       lead.inbox_waiting_since)
                      IS DISTINCT FROM (now.received, now.sent, now.turn, now.since)
             ORDER BY lead.id""",
            conversations=list(conversation_ids),
            deal=DEAL,
        )
    )
