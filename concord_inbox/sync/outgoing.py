"""The bytes of an email that was written here, and a row that says what they say."""

import base64

from .. import mime
from ..mime.types import ParsedMessage
from . import conversations, rows, store


def store_source(message, source: bytes) -> None:
    """Let `message` (as superuser) be what `source` says, which is sent; the caller commits.

    Its files stay: they are what `source` was made of.
    """
    parsed = mime.parse(source)
    message.write(
        {
            **store.content_values(parsed, "out"),
            "date": parsed.date,
            "size": len(source),
            "source": base64.b64encode(source),
            "conversation_id": _conversation(message, parsed),
            "fingerprint": False,
            "email_id": False,
        }
    )
    if _people(message) != [(one.role, one.name, one.email) for one in parsed.addresses]:
        message.participant_ids.unlink()
        message.partner_ids = False
        message.env.flush_all()
        store.add_participants(message.env, message.account_id, [parsed], message.ids)
        message.invalidate_recordset(["participant_ids", "partner_ids"])


def keep_source(message, source: bytes) -> None:
    """Keep what the server shall get of `message`."""
    message.source = base64.b64encode(source)


def source_of(message) -> bytes:
    """What the server shall get of `message`; b"" when nothing."""
    return attachment_of(message.env, message.ids).raw or b""


def attachment_of(env, message_ids: list[int]):
    """Where the sources of these emails are kept; one for each that has one."""
    return env["ir.attachment"].search(
        [("res_model", "=", "inbox.message"), ("res_field", "=", "source"), ("res_id", "in", message_ids)]
    )


def _people(message) -> list[tuple[str, str, str]]:
    return [(one.role, one.name or "", one.email or "") for one in message.participant_ids.sorted("id")]


def _conversation(message, parsed: ParsedMessage) -> int:
    """The one that it was written in, which answers will find by its Message-ID; else that of what it names."""
    env, account = message.env, message.account_id
    named = tuple(dict.fromkeys((parsed.message_id, *parsed.references, *parsed.in_reply_to)))
    if not message.conversation_id:
        return conversations.assign(env, account, [conversations.Member(named, parsed.subject)])[0]
    conversation = message.conversation_id.id
    rows.insert(
        env.cr,
        "inbox_conversation_reference",
        ("account_id", "reference", "conversation_id"),
        [(account.id, parsed.message_id, conversation)],
        unless_exists=True,
    )
    return conversation
