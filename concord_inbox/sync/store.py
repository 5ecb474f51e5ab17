"""Emails of a folder into rows: a batch at a time, each in one transaction.

What is stored is what `pull` fetched. An email that is known already, from another folder or from before a change of
UIDVALIDITY, gets another copy and nothing else.
"""

from collections.abc import Collection, Iterable, Set
from dataclasses import dataclass

from odoo.tools import SQL

from ..adapters.base import DRAFT, RemoteCopy
from ..mime import Content, DeliveryReport, has_remote_images
from ..mime.types import Address, ParsedMessage
from . import (
    address_keys,
    answers,
    contacts,
    conversations,
    deals,
    identities,
    keywords,
    links,
    matching,
    recognise,
    remote_ids,
    reports,
    rows,
    search_text,
    spam,
)

#: Bytes of an attachment of a large email above which it is written in pieces, and of those that are written together.
LARGE = 256 * 1024
HELD = 4 * 1024 * 1024
#: Message-IDs of one header that are kept for its answers.
MOST_REFERENCES = 50
#: New emails of one batch that can be searched as soon as they are here. Making words of them takes as long as all the
#: rest of storing, so those of a first synchronisation get theirs in the background.
SEARCHABLE_AT_ONCE = 20
#: No contact is created from what lies in these.
UNTRUSTED_ROLES = {"junk", "trash"}


@dataclass(frozen=True, slots=True)
class Item:
    """One email of a folder, fetched and parsed.

    :param report: what it says, if it is a delivery report, of an email that was sent before.
    """

    copy: RemoteCopy
    parsed: ParsedMessage
    fingerprint: str
    report: DeliveryReport | None = None

    @property
    def sender(self) -> Address | None:
        return next((address for address in self.parsed.addresses if address.role == "from"), None)


def create_contacts(env, folder, items: list[Item]) -> int:
    """Create the contacts that the account asks for; commits. Return how many."""
    account = folder.account_id
    if not account.create_contact:
        return 0
    own = identities.own_addresses(account)
    people = senders(own, folder.role, items)
    if account.create_contact_written:
        people = written_to(own, folder.role, items) | people
    return contacts.create_missing(env, account, people)


def senders(own: Collection[str], role: str | None, items: Iterable[Item]) -> dict[str, str]:
    """Address -> name of those who wrote `items`, of a folder with this role, and may be made a contact.

    :param own: the account's addresses.
    """
    if role in UNTRUSTED_ROLES:
        return {}
    found = {}
    for item in items:
        sender = item.sender
        received = _direction(own, role, item) == "in" and DRAFT not in item.copy.keywords
        if received and sender and not (item.parsed.is_bulk or item.parsed.is_automatic):
            # The first name that anybody gives with the address.
            found[sender.email_normalized] = found.get(sender.email_normalized) or sender.name
    return found


def written_to(own: Collection[str], role: str | None, items: Iterable[Item]) -> dict[str, str]:
    """Address -> name of those to whom the account wrote `items`, of a folder with this role; see `senders()`."""
    if role in UNTRUSTED_ROLES or role == "drafts":
        return {}
    found = {}
    for item in items:
        parsed = item.parsed
        sent = _direction(own, role, item) == "out" and DRAFT not in item.copy.keywords
        if sent and not (parsed.is_bulk or parsed.is_automatic):
            for address in parsed.addresses:
                if address.role in ("to", "cc", "bcc") and address.email_normalized:
                    found[address.email_normalized] = found.get(address.email_normalized) or address.name
    return found


def link_late(env, folder, items: list[Item]) -> None:
    """Link what was just stored as contacts are that were changed at the same moment; the caller commits."""
    known = recognise.by_fingerprint(env, folder.account_id, {item.fingerprint for item in items})
    links.relink_emails(env, sorted(known.values()))


def store(env, folder, items: list[Item]) -> list[int]:
    """Store `items` as emails and copies of `folder`; the caller commits. Return the ids of the emails touched."""
    if not items:
        return []
    known = recognise.by_fingerprint(env, folder.account_id, {item.fingerprint for item in items})
    new: dict[str, Item] = {}
    for item in items:
        if item.fingerprint not in known:
            new.setdefault(item.fingerprint, item)
    created = _create_messages(env, folder, list(new.values()))
    known.update(zip(new, created, strict=True))
    message_ids = [known[item.fingerprint] for item in items]
    add_copies(env, folder, [item.copy for item in items], message_ids, frozenset(created))
    return message_ids


def _direction(own: Collection[str], role: str | None, item: Item) -> str:
    sender = item.sender
    is_own = sender and sender.email_normalized in own
    return "out" if is_own or role in ("sent", "drafts") else "in"


def _create_messages(env, folder, items: list[Item]) -> list[int]:
    account = folder.account_id
    if not items:
        return []
    conversation_ids = conversations.assign(
        env, account, [conversations.Member(references_of(item), item.parsed.subject) for item in items]
    )
    own = identities.own_addresses(account)
    vals_list = [
        _message_values(account, own, folder, item, conversation)
        for item, conversation in zip(items, conversation_ids, strict=True)
    ]
    messages = env["inbox.message"].create(vals_list)
    add_participants(env, account, [item.parsed for item in items], messages.ids)
    _add_attachments(env, items, messages.ids)
    reports.settle(env, account, messages.ids)
    if len(items) <= SEARCHABLE_AT_ONCE:
        search_text.store(env, zip(messages.ids, map(_searchable, items), strict=True))
    else:
        env.ref("concord_inbox.ir_cron_fill_search")._trigger()
    answers.note(env, folder, messages.ids)
    if folder.role not in UNTRUSTED_ROLES:
        deals.link(env, messages.ids)
    return messages.ids


def _searchable(item: Item) -> search_text.Searchable:
    parsed = item.parsed
    return search_text.Searchable(
        subject=parsed.subject,
        people=[(address.role, address.name or "", address.email or "") for address in parsed.addresses],
        files=[attachment.name for attachment in parsed.attachments if not attachment.inline],
        text=parsed.text or "",
    )


def references_of(item: Item) -> tuple[str, ...]:
    """The ids that say which conversation it belongs to, its own first; at least one."""
    parsed = item.parsed
    named = dict.fromkeys((parsed.message_id, *parsed.references, *parsed.in_reply_to))
    if item.report:
        named[item.report.original_message_id] = None
    named.pop("", None)
    if item.copy.thread_id:
        named[conversations.THREAD + item.copy.thread_id] = None
    if not parsed.message_id:
        named[f"fingerprint:{item.fingerprint}"] = None
    return tuple(named)


def _message_values(account, own: Collection[str], folder, item: Item, conversation: int) -> dict:
    parsed, copy = item.parsed, item.copy
    direction = _direction(own, folder.role, item)
    received = copy.internal_date.replace(tzinfo=None, microsecond=0)
    # A date that lies ahead of the reception would stay on top of every list.
    date = min(parsed.date or received, received)
    if folder.role == "drafts" or DRAFT in copy.keywords:
        state = "draft"
    else:
        state = "received" if direction == "in" else "sent"
    return {
        "account_id": account.id,
        "conversation_id": conversation,
        "date": date.replace(microsecond=0),
        "received_date": received,
        "state": state,
        "size": copy.size,
        "fingerprint": item.fingerprint,
        "is_spam": folder.role == spam.ROLE,
        "email_id": copy.email_id or False,
        # As its copy says: or else each new row would be written twice (see `keywords.merge`).
        **dict(zip(("is_read", "is_starred", "is_answered"), keywords.columns_of(copy.keywords)[:3], strict=True)),
        **(reports.values(item.report) if item.report and folder.role not in UNTRUSTED_ROLES else {}),
        **content_values(parsed, direction),
    }


def content_values(parsed: ParsedMessage, direction: str) -> dict:
    """What a row tells of the email's content."""
    sender = next((address for address in parsed.addresses if address.role == "from"), None)
    if direction == "in":
        correspondent = sender and (sender.name or sender.email)
    else:
        to = [address.name or address.email for address in parsed.addresses if address.role in ("to", "cc", "bcc")]
        correspondent = ", ".join(to[: identities.SHOWN])
    return {
        "message_id": parsed.message_id or False,
        "header_references": _named(parsed) or False,
        "subject": parsed.subject,
        "email_from": _formatted(sender) if sender else False,
        "correspondent": correspondent or False,
        "content_snippet": parsed.snippet,
        "content_html": parsed.html or False,
        "content_text": parsed.text or False,
        "has_remote_images": bool(parsed.html) and has_remote_images(parsed.html),
        "direction": direction,
        "has_attachment": any(not attachment.inline for attachment in parsed.attachments),
        "is_bulk": parsed.is_bulk,
        "is_automatic": parsed.is_automatic,
        "list_post": parsed.list_post or False,
        "content_unsubscribe": " ".join(parsed.unsubscribe) or False,
        "is_one_click": parsed.is_one_click,
        "protection": parsed.protection or False,
        "is_cut": parsed.is_cut,
    }


def _named(parsed: ParsedMessage) -> str:
    """The Message-IDs that the header names, the one that it answers last; of very many the first and the newest."""
    answered = parsed.in_reply_to[:1]
    named = [one for one in dict.fromkeys(parsed.references) if one not in answered]
    return " ".join([*named[:1], *named[1:][-MOST_REFERENCES:], *answered])


def _formatted(address: Address) -> str:
    return f"{address.name} <{address.email}>" if address.name else address.email


def add_participants(env, account, emails: list[ParsedMessage], message_ids: list[int]) -> None:
    """The addresses of `emails`, and the contacts whose they are; the caller commits."""
    keys = address_keys.of(env, [address.email_normalized for email in emails for address in email.addresses])
    partners = matching.match(env, account, keys)
    as_spam = set(env["inbox.message"].browse(message_ids).filtered("is_spam").ids)

    def is_shared(email: ParsedMessage, address: Address) -> bool:
        """Whether it is nobody's, though somebody may have it as a contact's: a list's, or of a newsletter's sender."""
        return address.email_normalized in email.list_addresses or (
            email.is_newsletter and address.role in ("from", "reply_to")
        )

    def contact_of(email: ParsedMessage, message: int, address: Address) -> int | None:
        nobodys = message in as_spam or is_shared(email, address)
        return None if nobodys else partners.get(address.email_normalized)

    rows.insert(
        env.cr,
        "inbox_participant",
        ("inbox_message_id", "role", "name", "email", "email_normalized", "address_key", "partner_id"),
        [
            (
                message,
                address.role,
                address.name or None,
                address.email or None,
                address.email_normalized or None,
                "" if is_shared(email, address) else keys.get(address.email_normalized),
                contact_of(email, message, address),
            )
            for email, message in zip(emails, message_ids, strict=True)
            for address in email.addresses
        ],
    )
    rows.insert(
        env.cr,
        "inbox_message_res_partner_rel",
        ("message_id", "partner_id"),
        [
            (message, partner)
            for email, message in zip(emails, message_ids, strict=True)
            for partner in {contact_of(email, message, address) for address in email.addresses} - {None}
        ],
        unless_exists=True,
    )


def _add_attachments(env, items: list[Item], message_ids: list[int]) -> None:
    attachments = env["ir.attachment"].with_context(image_no_postprocess=True, inbox_is_arriving=True)
    vals_list: list[dict] = []
    held = 0
    for item, message in zip(items, message_ids, strict=True):
        for attachment in item.parsed.attachments:
            values = {
                "name": attachment.name,
                "mimetype": attachment.mimetype,
                "res_model": "inbox.message",
                "res_id": message,
                "inbox_content_id": (attachment.content_id or attachment.name) if attachment.inline else False,
            }
            content = attachment.content
            if isinstance(content, Content):
                if content.size > LARGE:
                    attachments._inbox_create_large(values, content)
                    continue
                content = bytes(content)
                held += len(content)
            attachments._inbox_mend_truncated(content)
            vals_list.append({**values, "raw": content})
            if held > HELD:
                attachments.create(vals_list)
                vals_list, held = [], 0
    if vals_list:
        attachments.create(vals_list)


def _on_the_move(env, message_ids: list[int], found_in: int) -> set[int]:
    """Those that the user is moving or deleting: where they are found does not change where they shall be.

    What the user changed otherwise shall be where it was: it is moved by whoever moves it on the server.
    """
    moving = env.execute_query(
        SQL(
            """SELECT id FROM inbox_message message WHERE id = ANY(%(messages)s) AND is_changed
                  AND (is_deleted
                       OR EXISTS (SELECT FROM inbox_message_folder_rel WHERE message_id = message.id)
                      AND ARRAY(SELECT folder_id FROM inbox_message_folder_rel
                                 WHERE message_id = message.id AND folder_id <> %(found_in)s ORDER BY folder_id)
                          <> ARRAY(SELECT DISTINCT folder_id FROM inbox_message_copy
                                    WHERE inbox_message_id = message.id AND folder_id <> %(found_in)s
                                 ORDER BY folder_id))""",
            messages=message_ids,
            found_in=found_in,
        )
    )
    return {message for (message,) in moving}


def add_copies(env, folder, copies: list[RemoteCopy], message_ids: list[int], created: Set[int] = frozenset()) -> None:
    """Store that these emails lie in `folder`, too; the caller commits.

    :param message_ids: for each of `copies` its email; `created` are those that are new, each made of the first of its
        copies.
    """

    def insert():
        rows.insert(
            env.cr,
            "inbox_message_copy",
            (
                "inbox_message_id",
                "folder_id",
                remote_ids.kind_of(folder.account_id).name,
                "seen",
                "flagged",
                "answered",
                "draft",
                "keywords",
            ),
            [
                (message, folder.id, copy.remote_id, *keywords.columns_of(copy.keywords))
                for copy, message in zip(copies, message_ids, strict=True)
            ],
            unless_exists=True,
        )
        rows.insert(
            env.cr,
            "inbox_message_folder_rel",
            ("message_id", "folder_id"),
            [(message, folder.id) for message in sorted(set(message_ids) - _on_the_move(env, message_ids, folder.id))],
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
                """UPDATE inbox_message SET orphaned_at = NULL, moved_to_id = NULL, is_gone = false
                    WHERE id = ANY(%s) AND (orphaned_at IS NOT NULL OR is_gone)""",
                message_ids,
            )
        )
        env["inbox.message"].invalidate_model(["folder_ids", "copy_ids", "orphaned_at", "moved_to_id", "is_gone"])

    env["inbox.message"].flush_model()
    new = {
        message: keywords.columns_of(copy.keywords)[:3]
        for copy, message in reversed(list(zip(copies, message_ids, strict=True)))
        if message in created
    }
    changed = keywords.merge(env, sorted(set(message_ids)), insert, new)
    touched = sorted({*created, *changed})
    conversations.refresh(env, env["inbox.message"].browse(touched).conversation_id.ids)
    spam.follow(env, message_ids)
