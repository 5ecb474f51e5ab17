"""Which emails belong together: those that name each other, in References or In-Reply-To, in whatever order they come.

Every message id that an email bears or names is remembered with the conversation it stands for. An email joins the
conversation of any id it bears or names; when these are several, they turn out to be one. A parent that arrives after
its answers finds its own id remembered already. Subjects are never compared: they merge what is not related.
"""

from dataclasses import dataclass

from odoo.tools import SQL

from . import clock, deals, rows

#: What a mail server's own name of a conversation is remembered with, among the message ids.
THREAD = "thread:"


@dataclass(frozen=True, slots=True)
class Member:
    """A new email on its way into a conversation.

    :param references: all message ids it bears or names; at least one (a substitute when it bears none).
    """

    references: tuple[str, ...]
    subject: str


def assign(env, account, members: list[Member]) -> list[int]:
    """Return the conversation id of each of `members`, creating and merging conversations as needed."""
    wanted = sorted({reference for member in members for reference in member.references})
    known = dict(
        env.execute_query(
            SQL(
                """SELECT reference, conversation_id FROM inbox_conversation_reference
                    WHERE account_id = %s AND reference = ANY(%s)""",
                account.id,
                wanted,
            )
        )
    )
    groups = _connect(members, known)
    _merge_known(env, groups)
    new = [group for group in groups if not group.conversations]
    created = (
        env["inbox.conversation"]
        .with_context(tracking_disable=True, mail_create_nosubscribe=True, mail_create_nolog=True)
        .create([{"account_id": account.id, "subject": members[max(group.members)].subject} for group in new])
    )
    for group, conversation in zip(new, created, strict=True):
        group.conversations = {conversation.id}

    result = [0] * len(members)
    fresh = []
    for group in groups:
        (conversation,) = group.conversations
        for position in group.members:
            result[position] = conversation
        fresh += [(account.id, reference, conversation) for reference in group.references if reference not in known]
    rows.insert(
        env.cr,
        "inbox_conversation_reference",
        ("account_id", "reference", "conversation_id"),
        fresh,
        unless_exists=True,
    )
    return result


def remember(env, account, reference: str, conversation_id: int) -> None:
    """Let answers to the email that bears `reference` join the conversation; the caller commits."""
    rows.insert(
        env.cr,
        "inbox_conversation_reference",
        ("account_id", "reference", "conversation_id"),
        [(account.id, reference, conversation_id)],
        unless_exists=True,
    )


def thread_of(env, conversation_id: int) -> str | None:
    """What the mail server calls the conversation (`RemoteCopy.thread_id`), if it does; the newest of several."""
    rows = env.execute_query(
        SQL(
            """SELECT reference FROM inbox_conversation_reference
                WHERE conversation_id = %s AND starts_with(reference, %s) ORDER BY id DESC LIMIT 1""",
            conversation_id or None,
            THREAD,
        )
    )
    return rows[0][0].removeprefix(THREAD) if rows else None


def refresh(env, conversation_ids: list[int]) -> None:
    """Bring counts, dates, subjects and contacts of conversations up to date with their emails, set-based.

    Conversations without any email left are deleted.
    """
    if not conversation_ids:
        return
    env["inbox.message"].flush_model(["conversation_id", "is_read", "date", "subject"])
    env.cr.execute(
        SQL(
            """UPDATE inbox_conversation conversation
                  SET message_count = now.message_count, unread_count = now.unread_count,
                      last_date = now.last_date, subject = now.subject
                 FROM (SELECT conversation_id, count(*) AS message_count,
                              count(*) FILTER (WHERE NOT is_read) AS unread_count,
                              max(date) AS last_date, (array_agg(subject ORDER BY date, id))[1] AS subject
                         FROM inbox_message WHERE conversation_id = ANY(%s) GROUP BY conversation_id) now
                WHERE conversation.id = now.conversation_id
                  AND (conversation.message_count, conversation.unread_count, conversation.last_date,
                       conversation.subject)
                      IS DISTINCT FROM (now.message_count, now.unread_count, now.last_date, now.subject)""",
            conversation_ids,
        )
    )
    _refresh_partners(env, conversation_ids)
    clock.refresh(env, conversation_ids)
    env["inbox.conversation"].invalidate_model()
    empty = env.execute_query(
        SQL(
            """SELECT id FROM inbox_conversation conversation WHERE id = ANY(%s)
                  AND NOT EXISTS (SELECT FROM inbox_message WHERE conversation_id = conversation.id)""",
            conversation_ids,
        )
    )
    env["inbox.conversation"].browse(conversation for (conversation,) in empty).unlink()


def forget_partners(env, conversation_ids: list[int]) -> None:
    """Unlink conversations from contacts to whom none of their emails is linked any more; the caller commits."""
    env.cr.execute(
        SQL(
            """DELETE FROM inbox_conversation_res_partner_rel rel
                WHERE conversation_id = ANY(%(conversations)s)
                  AND NOT EXISTS (SELECT FROM inbox_message message
                                    JOIN inbox_message_res_partner_rel link ON link.message_id = message.id
                                   WHERE message.conversation_id = rel.conversation_id
                                     AND link.partner_id = rel.partner_id)""",
            conversations=conversation_ids,
        )
    )
    env["inbox.conversation"].invalidate_model(["partner_ids"])


def _refresh_partners(env, conversation_ids: list[int]) -> None:
    forget_partners(env, conversation_ids)
    env.cr.execute(
        SQL(
            """INSERT INTO inbox_conversation_res_partner_rel (conversation_id, partner_id)
               SELECT DISTINCT message.conversation_id, rel.partner_id
                 FROM inbox_message message JOIN inbox_message_res_partner_rel rel ON rel.message_id = message.id
                WHERE message.conversation_id = ANY(%s)
          ON CONFLICT DO NOTHING""",
            conversation_ids,
        )
    )
    env["inbox.conversation"].invalidate_model(["partner_ids"])


@dataclass(slots=True)
class _Group:
    """Members that belong together, by position, and the conversations that they touch."""

    members: list[int]
    references: set[str]
    conversations: set[int]


def _connect(members: list[Member], known: dict[str, int]) -> list[_Group]:
    """Sort `members` into groups that share a reference, or a conversation known for one."""
    by_key: dict[str | int, _Group] = {}
    for position, member in enumerate(members):
        conversations = {known[reference] for reference in member.references if reference in known}
        group = _Group([position], set(member.references), conversations)
        keys = [*member.references, *conversations]
        for other in {id(by_key[key]): by_key[key] for key in keys if key in by_key}.values():
            group.members += other.members
            group.references |= other.references
            group.conversations |= other.conversations
        for key in [*group.references, *group.conversations]:
            by_key[key] = group
    return list({id(group): group for group in by_key.values()}.values())


def _merge_known(env, groups: list[_Group]) -> None:
    """Where a group touches several conversations, keep the oldest and move everything of the others into it."""
    for group in groups:
        if len(group.conversations) < 2:
            continue
        kept, *others = sorted(group.conversations)
        group.conversations = {kept}
        chosen = set(env["inbox.conversation"].browse([kept, *others]).mapped("visibility"))
        # Nobody shared what only now turns out to belong together: what was shared alone follows the account again.
        if len(chosen) > 1:
            env["inbox.conversation"].browse(kept).visibility = "private" if "private" in chosen else False
        env["inbox.message"].search([("conversation_id", "in", others)]).conversation_id = kept
        env.flush_all()
        for statement in (
            """UPDATE inbox_conversation_reference SET conversation_id = %(kept)s
                WHERE conversation_id = ANY(%(others)s)""",
            # The notes, activities and followers of colleagues come along; who followed both follows once.
            """UPDATE mail_message SET res_id = %(kept)s
                WHERE model = 'inbox.conversation' AND res_id = ANY(%(others)s)""",
            """UPDATE mail_activity SET res_id = %(kept)s
                WHERE res_model = 'inbox.conversation' AND res_id = ANY(%(others)s)""",
            """UPDATE ir_attachment SET res_id = %(kept)s
                WHERE res_model = 'inbox.conversation' AND res_id = ANY(%(others)s)""",
        ):
            env.cr.execute(SQL(statement, kept=kept, others=others))
        deals.merge(env, kept, others)
        env.invalidate_all()
        gone = env["inbox.conversation"].browse(others)
        for follower in gone.message_follower_ids:
            env["inbox.conversation"].browse(kept).message_subscribe(
                partner_ids=follower.partner_id.ids, subtype_ids=follower.subtype_ids.ids
            )
        gone.unlink()
