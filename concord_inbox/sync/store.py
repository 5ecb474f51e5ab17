"""Emails of a folder into rows: a batch at a time, each in one transaction.

What is stored is what `pull` fetched. An email that is known already, from another folder or from before a change of
UIDVALIDITY, gets another copy and nothing else.
"""

from dataclasses import dataclass

from odoo.tools import SQL

from ..adapters.base import DRAFT, RemoteCopy
from ..mime import has_remote_images
from ..mime.types import Address, ParsedMessage
from . import contacts, conversations, keywords, rows

#: No contact is created from what lies in these.
UNTRUSTED_ROLES = {"junk", "trash"}


@dataclass(frozen=True, slots=True)
class Item:
    """One email of a folder, fetched and parsed."""

    copy: RemoteCopy
    parsed: ParsedMessage
    fingerprint: str

    @property
    def sender(self) -> Address | None:
        return next((address for address in self.parsed.addresses if address.role == "from"), None)


def create_contacts(env, folder, items: list[Item]) -> int:
    """Create the contacts that the account asks for; commits. Return how many."""
    account = folder.account_id
    if not account.create_contact or folder.role in UNTRUSTED_ROLES:
        return 0
    senders = {}
    for item in items:
        sender = item.sender
        received = _direction(account, folder, item) == "in" and DRAFT not in item.copy.keywords
        if received and sender and not (item.parsed.is_bulk or item.parsed.is_automatic):
            # The first name that anybody gives with the address.
            senders[sender.email_normalized] = senders.get(sender.email_normalized) or sender.name
    return contacts.create_missing(env, account, senders)


def link_late(env, folder, items: list[Item]) -> None:
    """Link what was just stored to contacts that were made at the same moment; the caller commits."""
    addresses = {address.email_normalized for item in items for address in item.parsed.addresses} - {""}
    unlinked = env.execute_query(
        SQL(
            """SELECT DISTINCT participant.email_normalized FROM inbox_participant participant
                 JOIN inbox_message message ON message.id = participant.inbox_message_id
                WHERE message.account_id = %s AND message.fingerprint = ANY(%s)
                  AND participant.partner_id IS NULL AND participant.email_normalized = ANY(%s)""",
            folder.account_id.id,
            [item.fingerprint for item in items],
            list(addresses),
        )
    )
    contacts.relink(env, contacts.match(env, folder.account_id, {address for (address,) in unlinked}))


def store(env, folder, items: list[Item]) -> list[int]:
    """Store `items` as emails and copies of `folder`; the caller commits. Return the ids of the emails touched."""
    if not items:
        return []
    known = _known_messages(env, folder.account_id, items)
    new: dict[str, Item] = {}
    for item in items:
        if item.fingerprint not in known:
            new.setdefault(item.fingerprint, item)
    created = _create_messages(env, folder, list(new.values()))
    known.update(zip(new, created, strict=True))
    message_ids = [known[item.fingerprint] for item in items]
    _add_copies(env, folder, items, message_ids, created)
    return message_ids


def _known_messages(env, account, items: list[Item]) -> dict[str, int]:
    return dict(
        env.execute_query(
            SQL(
                """SELECT fingerprint, min(id) FROM inbox_message
                    WHERE account_id = %s AND fingerprint = ANY(%s) GROUP BY fingerprint""",
                account.id,
                sorted({item.fingerprint for item in items}),
            )
        )
    )


def _direction(account, folder, item: Item) -> str:
    sender = item.sender
    own = sender and sender.email_normalized == account.email_normalized
    return "out" if own or folder.role in ("sent", "drafts") else "in"


def _create_messages(env, folder, items: list[Item]) -> list[int]:
    account = folder.account_id
    if not items:
        return []
    conversation_ids = conversations.assign(
        env, account, [conversations.Member(_references(item), item.parsed.subject) for item in items]
    )
    vals_list = [
        _message_values(account, folder, item, conversation)
        for item, conversation in zip(items, conversation_ids, strict=True)
    ]
    messages = env["inbox.message"].create(vals_list)
    _add_participants(env, account, items, messages.ids)
    _add_attachments(env, items, messages.ids)
    return messages.ids


def _references(item: Item) -> tuple[str, ...]:
    parsed = item.parsed
    named = dict.fromkeys((parsed.message_id, *parsed.references, *parsed.in_reply_to))
    named.pop("", None)
    if item.copy.thread_id:
        named[f"thread:{item.copy.thread_id}"] = None
    if not parsed.message_id:
        named[f"fingerprint:{item.fingerprint}"] = None
    return tuple(named)


def _message_values(account, folder, item: Item, conversation: int) -> dict:
    parsed, copy = item.parsed, item.copy
    direction = _direction(account, folder, item)
    sender = item.sender
    received = copy.internal_date.replace(tzinfo=None, microsecond=0)
    # A date that lies ahead of the reception would stay on top of every list.
    date = min(parsed.date or received, received)
    if folder.role == "drafts" or DRAFT in copy.keywords:
        state = "draft"
    else:
        state = "received" if direction == "in" else "sent"
    if direction == "in":
        correspondent = sender and (sender.name or sender.email)
    else:
        to = [address.name or address.email for address in parsed.addresses if address.role in ("to", "cc", "bcc")]
        correspondent = ", ".join(to[:5])
    return {
        "account_id": account.id,
        "conversation_id": conversation,
        "message_id": parsed.message_id or False,
        "subject": parsed.subject,
        "date": date.replace(microsecond=0),
        "received_date": received,
        "email_from": _formatted(sender) if sender else False,
        "correspondent": correspondent or False,
        "snippet": parsed.snippet,
        "body_html": parsed.html or False,
        "body_text": parsed.text or False,
        "has_remote_images": bool(parsed.html) and has_remote_images(parsed.html),
        "direction": direction,
        "state": state,
        "has_attachment": any(not attachment.inline for attachment in parsed.attachments),
        "size": copy.size,
        "is_bulk": parsed.is_bulk,
        "is_automatic": parsed.is_automatic,
        "fingerprint": item.fingerprint,
        "email_id": copy.email_id or False,
    }


def _formatted(address: Address) -> str:
    return f"{address.name} <{address.email}>" if address.name else address.email


def _add_participants(env, account, items: list[Item], message_ids: list[int]) -> None:
    partners = contacts.match(
        env,
        account,
        {address.email_normalized for item in items for address in item.parsed.addresses if address.email_normalized},
    )
    rows.insert(
        env.cr,
        "inbox_participant",
        ("inbox_message_id", "role", "name", "email", "email_normalized", "partner_id"),
        [
            (
                message,
                address.role,
                address.name or None,
                address.email or None,
                address.email_normalized or None,
                partners.get(address.email_normalized),
            )
            for item, message in zip(items, message_ids, strict=True)
            for address in item.parsed.addresses
        ],
    )
    rows.insert(
        env.cr,
        "inbox_message_res_partner_rel",
        ("message_id", "partner_id"),
        [
            (message, partner)
            for item, message in zip(items, message_ids, strict=True)
            for partner in {partners.get(address.email_normalized) for address in item.parsed.addresses} - {None}
        ],
        unless_exists=True,
    )


def _add_attachments(env, items: list[Item], message_ids: list[int]) -> None:
    vals_list = [
        {
            "name": attachment.name,
            "mimetype": attachment.mimetype,
            "raw": attachment.content,
            "res_model": "inbox.message",
            "res_id": message,
            "inbox_content_id": (attachment.content_id or attachment.name) if attachment.inline else False,
        }
        for item, message in zip(items, message_ids, strict=True)
        for attachment in item.parsed.attachments
    ]
    if vals_list:
        env["ir.attachment"].with_context(image_no_postprocess=True).create(vals_list)


def _on_the_move(env, message_ids: list[int]) -> set[int]:
    """Those that the user is moving or deleting: where they are found does not change where they shall be."""
    moving = env.execute_query(
        SQL(
            """SELECT id FROM inbox_message message WHERE id = ANY(%s) AND is_changed
                  AND (is_deleted OR EXISTS (SELECT FROM inbox_message_folder_rel WHERE message_id = message.id))""",
            message_ids,
        )
    )
    return {message for (message,) in moving}


def _add_copies(env, folder, items: list[Item], message_ids: list[int], created: list[int]) -> None:
    by_uid = isinstance(items[0].copy.remote_id, int)

    def insert():
        rows.insert(
            env.cr,
            "inbox_message_copy",
            (
                "inbox_message_id",
                "folder_id",
                "uid" if by_uid else "remote_id",
                "seen",
                "flagged",
                "answered",
                "draft",
                "keywords",
            ),
            [
                (message, folder.id, item.copy.remote_id, *keywords.columns_of(item.copy.keywords))
                for item, message in zip(items, message_ids, strict=True)
            ],
            unless_exists=True,
        )
        rows.insert(
            env.cr,
            "inbox_message_folder_rel",
            ("message_id", "folder_id"),
            [(message, folder.id) for message in sorted(set(message_ids) - _on_the_move(env, message_ids))],
            unless_exists=True,
        )
        # Found elsewhere than it was meant to be, because somebody else moved it as well: the server wins.
        env.cr.execute(
            SQL(
                """DELETE FROM inbox_message_folder_rel rel USING inbox_message message
                    WHERE message.id = rel.message_id AND message.id = ANY(%s) AND message.orphaned_at IS NOT NULL
                      AND message.is_changed IS NOT TRUE
                      AND NOT EXISTS (SELECT FROM inbox_message_copy
                                       WHERE inbox_message_id = rel.message_id AND folder_id = rel.folder_id)""",
                message_ids,
            )
        )
        env.cr.execute(
            SQL(
                "UPDATE inbox_message SET orphaned_at = NULL WHERE id = ANY(%s) AND orphaned_at IS NOT NULL",
                message_ids,
            )
        )
        env["inbox.message"].invalidate_model(["folder_ids", "copy_ids", "orphaned_at"])

    env["inbox.message"].flush_model()
    changed = keywords.merge(env, sorted(set(message_ids)), insert)
    touched = sorted({*created, *changed})
    conversations.refresh(env, env["inbox.message"].browse(touched).conversation_id.ids)
