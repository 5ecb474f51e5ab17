"""Bytes <-> emails. Knows neither servers nor Odoo; every string it returns can be stored as it is."""

from .addresses import is_no_reply, normalize_address
from .announcing import is_forward_subject
from .calendars import LARGEST as LARGEST_CALENDAR
from .calendars import read_contacts, read_events
from .compose import compose, without_bcc
from .content import Content
from .errors import ComposeError, UnparseableError
from .headers import fingerprint, header_fields, header_of, message_id, source_text
from .html import has_remote_images, sanitize
from .inline import content_ids_of, with_cids, without_cids
from .itip import ANSWERS, Answer
from .itip import answer as answer_invitation
from .outgoing import Mailbox, Outgoing, Part
from .page import Labels, PrintedEmail, content_security_policy, document, printable
from .parse import parse
from .plain import text_of
from .quote import forwarded, html_of, quoted
from .recipients import Pasted, is_address, needs_smtputf8, parse_addresses, wire_address
from .references import new_message_id, references_for
from .reports import DeliveryReport, Reported, delivery_report
from .split import replace_signature, split_quote, split_signature
from .types import Address, Attachment, ParsedMessage

__all__ = [
    "ANSWERS",
    "LARGEST_CALENDAR",
    "Address",
    "Answer",
    "Attachment",
    "ComposeError",
    "Content",
    "DeliveryReport",
    "Labels",
    "Mailbox",
    "Outgoing",
    "ParsedMessage",
    "Part",
    "Pasted",
    "PrintedEmail",
    "Reported",
    "UnparseableError",
    "answer_invitation",
    "compose",
    "content_ids_of",
    "content_security_policy",
    "delivery_report",
    "document",
    "fingerprint",
    "forwarded",
    "has_remote_images",
    "header_fields",
    "header_of",
    "html_of",
    "is_address",
    "is_forward_subject",
    "is_no_reply",
    "message_id",
    "needs_smtputf8",
    "new_message_id",
    "normalize_address",
    "parse",
    "parse_addresses",
    "printable",
    "quoted",
    "read_contacts",
    "read_events",
    "references_for",
    "replace_signature",
    "sanitize",
    "source_text",
    "split_quote",
    "split_signature",
    "text_of",
    "wire_address",
    "with_cids",
    "without_bcc",
    "without_cids",
]
