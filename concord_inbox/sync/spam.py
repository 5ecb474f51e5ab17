"""Which emails are spam: those that lie in an account's spam folder, and in no other but the trash.

Spam is linked to no contact and no deal by itself. Once it is taken out it is, as if it had arrived then; what somebody
puts there is unlinked.
"""

from collections.abc import Collection

from odoo.tools import SQL

from . import clock, deals, links, live

ROLE = "junk"


def follow(env, message_ids: Collection[int]) -> None:
    """After these emails came into folders, or left some: what is spam now is, and links follow; the caller commits.

    The links of very many follow in the background; these are linked to deals by hand alone.
    """
    if not message_ids:
        return
    env["inbox.message"].flush_model(["is_spam", "folder_ids"])
    changed = env.execute_query(
        SQL(
            """UPDATE inbox_message message SET is_spam = now.is_spam FROM (%s) now
                WHERE message.id = now.message_id AND coalesce(message.is_spam, false) <> now.is_spam
            RETURNING message.id, message.is_spam, message.conversation_id, message.account_id""",
            _now(SQL("rel.message_id = ANY(%s)", list(message_ids))),
        )
    )
    if not changed:
        return
    env["inbox.message"].invalidate_model(["is_spam"])
    if len(changed) <= links.FEW_EMAILS:
        links.relink_emails(env, [message for message, *_rest in changed])
        deals.link(env, [message for message, is_spam, *_rest in changed if not is_spam])
    else:
        links.ask(env, _keys(env, [message for message, *_rest in changed]))
    clock.refresh(env, sorted({conversation for *_others, conversation, _account in changed if conversation}))
    live.tell(env, {account for *_others, account in changed})


def wrong(env, account_id: int) -> list[int]:
    """The emails of this account that are said to be spam and are not, or the other way round."""
    rows = env.execute_query(
        SQL(
            """SELECT message.id FROM inbox_message message JOIN (%s) now ON now.message_id = message.id
                WHERE coalesce(message.is_spam, false) <> now.is_spam""",
            _now(
                SQL(
                    """rel.message_id IN (
                           SELECT inside.message_id FROM inbox_message_folder_rel inside
                             JOIN inbox_folder folder ON folder.id = inside.folder_id
                            WHERE folder.account_id = %(account)s AND folder.role = %(role)s
                            UNION SELECT id FROM inbox_message WHERE account_id = %(account)s AND is_spam)""",
                    account=account_id,
                    role=ROLE,
                )
            ),
        )
    )
    return sorted(message for (message,) in rows)


def _now(which: SQL) -> SQL:
    """A query for `(message_id, is_spam)` of those that lie elsewhere than in the trash, where nobody can tell.

    :param which: a condition on `rel`.
    """
    return SQL(
        """SELECT rel.message_id, bool_and(coalesce(folder.role, '') = %s) AS is_spam
             FROM inbox_message_folder_rel rel JOIN inbox_folder folder ON folder.id = rel.folder_id
            WHERE %s AND coalesce(folder.role, '') <> 'trash' GROUP BY rel.message_id""",
        ROLE,
        which,
    )


def _keys(env, message_ids: list[int]) -> list[str]:
    rows = env.execute_query(
        SQL("SELECT DISTINCT address_key FROM inbox_participant WHERE inbox_message_id = ANY(%s)", message_ids)
    )
    return [key for (key,) in rows if key]
