"""Answers to what was sent from Odoo's documents: noted when they arrive, posted afterwards.

Noting is one query for a batch of new emails, in the transaction that stores them; so none is forgotten. The posting
(models/inbox_message_answer.py) notifies people and may fail, and has transactions of its own.
"""

from odoo.tools import SQL

#: What lies there is nobody's answer.
NOT_IN = {"junk", "trash", "drafts", "sent"}


def note(env, folder, message_ids: list[int]) -> None:
    """Note which of these new emails, found in `folder`, name a message that was sent from a document through an
    account; the caller commits. Of several that are named, the nearest counts."""
    if folder.role in NOT_IN:
        return
    env.flush_all()
    env.cr.execute(
        SQL(
            """UPDATE inbox_message answer SET answers_chatter_id = found.message
                 FROM (SELECT DISTINCT ON (email.id) email.id AS email, asked.id AS message
                         FROM inbox_message email
                         JOIN inbox_account account ON account.id = email.account_id
                   CROSS JOIN LATERAL unnest(string_to_array(email.header_references, ' '))
                              WITH ORDINALITY AS named(name, place)
                   CROSS JOIN LATERAL (
                              SELECT mail.id FROM mail_message mail
                               WHERE mail.message_id = named.name AND mail.is_from_inbox
                               UNION ALL
                              SELECT sent.chatter_message_id FROM inbox_message sent
                               WHERE sent.message_id = named.name AND sent.chatter_message_id IS NOT NULL) AS asked(id)
                        WHERE email.id = ANY(%s) AND email.direction = 'in' AND email.state = 'received'
                          AND email.message_id IS NOT NULL AND email.reports_on IS NULL
                          AND email.is_automatic IS NOT TRUE AND email.is_bulk IS NOT TRUE
                          AND email.received_date >= account.connected_at
                     ORDER BY email.id, named.place DESC, asked.id DESC) AS found
                WHERE answer.id = found.email""",
            message_ids,
        )
    )
    if env.cr.rowcount:
        env["inbox.message"].invalidate_model(["answers_chatter_id"])
        env["inbox.message"]._wake_answers()
