"""Bytes <-> emails. Knows neither servers nor Odoo; every string it returns can be stored as it is."""

from .addresses import is_no_reply, normalize_address
from .errors import UnparseableError
from .headers import fingerprint, header_of, message_id
from .html import has_remote_images, sanitize
from .page import content_security_policy, document
from .parse import parse
from .types import Address, Attachment, ParsedMessage

__all__ = [
    "Address",
    "Attachment",
    "ParsedMessage",
    "UnparseableError",
    "content_security_policy",
    "document",
    "fingerprint",
    "has_remote_images",
    "header_of",
    "is_no_reply",
    "message_id",
    "normalize_address",
    "parse",
    "sanitize",
]
