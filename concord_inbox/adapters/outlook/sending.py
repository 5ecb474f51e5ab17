"""Emails sent: a draft is made of the whole, and then one short request has Exchange send it.

Exchange moves the draft to the folder for what was sent by itself, where it keeps its id. It goes to whom the header
names, so that blind recipients are named in it; Exchange tells nobody of them.
"""

import email
from email import policy
from email.utils import getaddresses
from typing import BinaryIO

from ..base import Begun, Delivery, Envelope, RemoteId
from ..errors import (
    AdapterError,
    AuthenticationError,
    DeliveryUnknownError,
    InvalidInputError,
    NetworkError,
    ProtocolError,
    QuotaError,
    SendRefusedError,
    TemporaryError,
)
from ..spool import Spool
from . import drafting
from .client import Client, quoted
from .cutting import STEP
from .faults import GraphError, translate, understood

#: Bytes in which the header of an email ends.
LONGEST_HEADER = 1024 * 1024

_REASONS = {
    "ErrorSendAsDenied": "sender_refused",
    "ErrorSendOnBehalfOfDenied": "sender_refused",
    "ErrorCannotUseFolderIdForSend": "sender_refused",
    "ErrorInvalidRecipients": "recipients_refused",
    "ErrorNoValidRecipients": "recipients_refused",
    "ErrorInvalidEmailAddress": "recipients_refused",
    "ErrorTooManyRecipients": "recipients_refused",
    "ErrorMimeContentInvalid": "content_refused",
    "ErrorMessageSubmissionBlocked": "content_refused",
}
#: Of these an account may send more later.
_LATER = ("ErrorExceededMessageLimit", "ErrorSubmissionQuotaExceeded", "ErrorMessageRecipientLimitExceeded")
#: That far nothing was told to anybody.
_NEVER_CONNECTED = ("refused", "host_not_found", "unreachable")


def send(client: Client, envelope: Envelope, begun: Begun, patience: float) -> Delivery:
    """See `base.Adapter.send`.

    :param patience: seconds for the answer that says whether the email is taken.
    """
    source, recipients = _addressed(envelope)
    try:
        with understood():
            item = drafting.create(client, source)
            draft = item["id"]
    except GraphError as error:
        raise refusal(error) from error
    except QuotaError as error:
        raise SendRefusedError("too_large", **error.details) from error
    try:
        begun()
    except BaseException:
        drafting.discard(client, draft)
        raise
    client.connection.timeout = patience
    try:
        client.call("POST", f"{client.user}/messages/{quoted(draft)}/send")
    except NetworkError as error:
        if error.reason in _NEVER_CONNECTED:
            raise
        raise DeliveryUnknownError("unknown", **error.details) from error
    except GraphError as error:
        if error.status >= 500 and error.status != 503:
            raise DeliveryUnknownError("unknown", server_text=error.server_text) from error
        _give_up(client, draft)
        raise refusal(error) from error
    except ProtocolError as error:
        raise DeliveryUnknownError("unknown", **error.details) from error
    except AdapterError:
        _give_up(client, draft)
        raise
    # It keeps its id when it comes to lie among what was sent.
    return Delivery(recipients, email_id=draft, thread_id=item.get("conversationId"))


def _give_up(client: Client, draft: RemoteId) -> None:
    """It is not sent: the next attempt makes a draft of its own."""
    drafting.discard(client, draft)


def refusal(error: GraphError) -> AdapterError:
    """What Graph has against sending an email."""
    if reason := _REASONS.get(error.code):
        return SendRefusedError(reason, server_text=error.server_text)
    if error.code in _LATER:
        return TemporaryError("over_limit", retry_after=error.retry_after, server_text=error.server_text)
    found = translate(error)
    if isinstance(found, QuotaError):
        if found.reason == "too_large":
            return SendRefusedError("too_large", server_text=error.server_text)
        return TemporaryError("over_limit", server_text=error.server_text)
    if isinstance(found, (TemporaryError, AuthenticationError)):
        return found
    return SendRefusedError("content_refused", server_text=error.server_text)


def _addressed(envelope: Envelope) -> tuple[bytes | BinaryIO, frozenset[str]]:
    """The source with all recipients in its header, and who they are.

    :raises InvalidInputError, SendRefusedError:
    """
    for address in (envelope.sender, *envelope.recipients):
        if any(character in address for character in "\r\n\0"):
            raise InvalidInputError("control_character")
        if "@" not in address or any(character in address for character in " <>,;"):
            raise InvalidInputError("bad_address", address=address)
    if not envelope.recipients:
        raise SendRefusedError("no_recipients")
    source = envelope.source
    if isinstance(source, bytes):
        head = source[:LONGEST_HEADER]
    else:
        source.seek(0)
        head = source.read(LONGEST_HEADER)
    header = email.message_from_bytes(head.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", policy=policy.compat32)
    fields = [str(value) for name in ("to", "cc", "bcc") for value in header.get_all(name, ())]
    named = {address.lower() for _name, address in getaddresses(fields)}
    blind = [address for address in envelope.recipients if address.lower() not in named]
    if blind:
        line = ("Bcc: " + ",\r\n ".join(blind) + "\r\n").encode()
        source = line + source if isinstance(source, bytes) else _joined(line, source)
    return source, frozenset(envelope.recipients)


def _joined(line: bytes, source: BinaryIO) -> BinaryIO:
    """A file that begins with `line`."""
    target = Spool.of(line)
    source.seek(0)
    while piece := source.read(STEP):
        target.write(piece)
    return target
