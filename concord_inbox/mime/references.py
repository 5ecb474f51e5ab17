"""Names of emails, and how answers refer to what they answer (RFC 5322 section 3.6.4)."""

import re
import secrets
from collections.abc import Iterable

from .recipients import ascii_domain

MAX_REFERENCES = 30  # ids; readers need the first, which began the conversation, and the nearest

_ID = re.compile(r"<[^<>\s]+>")


def new_message_id(domain: str) -> str:
    """Return a Message-ID that nobody can guess or has used, with its angle brackets.

    :param domain: of the account's address; IDNA is applied.
    :raises ComposeError: ``bad_address``, when `domain` is none.
    """
    return f"<{secrets.token_hex(16)}@{ascii_domain(domain)}>"


def references_for(
    message_id: str, references: str | Iterable[str] = (), in_reply_to: str | Iterable[str] = ()
) -> tuple[str, ...]:
    """Return what the References of an answer are: those of the email that is answered, and itself; bounded.

    :param message_id, references, in_reply_to: of the email that is answered, as its headers or `ParsedMessage` have
        them. Its In-Reply-To stands in for missing References when it names one email.
    """
    before = _ids(references)
    if not before:
        answered = _ids(in_reply_to)
        before = answered if len(answered) == 1 else []
    ids = list(dict.fromkeys(before))
    for own in _ids(message_id)[:1]:
        ids = [item for item in ids if item != own] + [own]
    return tuple(ids if len(ids) <= MAX_REFERENCES else [ids[0], *ids[1 - MAX_REFERENCES :]])


def _ids(value: str | Iterable[str]) -> list[str]:
    # Longer ones would not fit on a line of a header (998 bytes).
    return [found for found in _ID.findall(value if isinstance(value, str) else " ".join(value)) if len(found) < 900]
