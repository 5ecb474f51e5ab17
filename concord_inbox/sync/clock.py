"""Whose turn it is in a conversation with a customer, and since when.

Whoever wrote last waits for the other, since the first of the emails that are not answered yet. Machines, mailings and
spam wait for nobody; nor does what is linked to no contact and to no document.
"""

from odoo.tools import SQL

from . import deals, matching


def refresh(env, conversation_ids: list[int]) -> None:
    """Bring `waiting_for`, `waiting_since` and the dates of the last emails up to date; the caller commits."""
    if not conversation_ids:
        return
    changed = env.execute_query(
        SQL(
            """WITH spoken AS (
                   SELECT conversation_id, date, direction,
                          max(date) FILTER (WHERE direction = 'in') OVER conversation AS received,
                          max(date) FILTER (WHERE direction = 'out') OVER conversation AS sent
                     FROM inbox_message message
                    WHERE conversation_id = ANY(%(conversations)s) AND state IN ('received', 'sent')
                      AND NOT %(is_mailing)s AND is_automatic IS NOT TRUE AND is_deleted IS NOT TRUE
                      AND is_spam IS NOT TRUE
                   WINDOW conversation AS (PARTITION BY conversation_id)),
                    turn AS (
                   SELECT conversation_id, received, sent,
                          min(date) FILTER (WHERE direction = 'in' AND date > coalesce(sent, '-infinity')) AS us,
                          min(date) FILTER (WHERE direction = 'out' AND date >= coalesce(received, '-infinity')) AS them
                     FROM spoken GROUP BY conversation_id, received, sent),
                    now AS (
                   SELECT conversation.id, turn.received, turn.sent,
                          CASE WHEN NOT linked THEN NULL
                               WHEN turn.us IS NOT NULL AND turn.received > coalesce(settled_date, '-infinity')
                               THEN 'us' WHEN turn.us IS NULL AND turn.them IS NOT NULL THEN 'them' END AS waiting_for,
                          CASE WHEN turn.us IS NOT NULL THEN greatest(turn.us, settled_date) ELSE turn.them END AS since
                     FROM inbox_conversation conversation
                LEFT JOIN turn ON turn.conversation_id = conversation.id
               CROSS JOIN LATERAL (
                          SELECT EXISTS (SELECT FROM inbox_conversation_res_partner_rel
                                          WHERE conversation_id = conversation.id)
                              OR EXISTS (SELECT FROM inbox_conversation_link
                                          WHERE conversation_id = conversation.id AND is_undone IS NOT TRUE)
                              AS linked
                          -- Asked once for each, and not at each place where it is used.
                          OFFSET 0) link
                    WHERE conversation.id = ANY(%(conversations)s))
               UPDATE inbox_conversation conversation
                  SET waiting_for = now.waiting_for, last_received_date = now.received, last_sent_date = now.sent,
                      waiting_since = CASE WHEN now.waiting_for IS NOT NULL THEN now.since END
                 FROM now
                WHERE now.id = conversation.id
                  AND (conversation.waiting_for, conversation.waiting_since, conversation.last_received_date,
                       conversation.last_sent_date)
                      IS DISTINCT FROM (now.waiting_for, CASE WHEN now.waiting_for IS NOT NULL THEN now.since END,
                                        now.received, now.sent)
            RETURNING conversation.id""",
            conversations=list(conversation_ids),
            is_mailing=matching.is_mailing(SQL("message")),
        )
    )
    if changed:
        env["inbox.conversation"].invalidate_model(
            ["waiting_for", "waiting_since", "last_received_date", "last_sent_date"]
        )
        deals.ask_to_follow(env, [conversation for (conversation,) in changed])
