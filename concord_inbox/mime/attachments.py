"""Parts that become files: their names and types."""

import mimetypes
import re

from . import headers as header_block
from .clean import one_line
from .content import Content, head
from .headers import Headers
from .structure import Part
from .types import Attachment

LONGEST_NAME = 180  # characters

# The machine's own tables differ from one to the next; these come with Python.
_TYPES = mimetypes.MimeTypes()
for _type, _extension in {
    "application/ics": ".ics", "text/calendar": ".ics", "text/vcard": ".vcf", "text/x-vcard": ".vcf",
    "application/pgp-signature": ".asc", "application/pgp-keys": ".asc", "application/pgp-encrypted": ".asc",
    "application/pkcs7-signature": ".p7s", "application/x-pkcs7-signature": ".p7s", "application/pkcs7-mime": ".p7m",
    "application/x-pkcs7-mime": ".p7m", "application/ms-tnef": ".dat", "message/rfc822": ".eml",
    "message/delivery-status": ".txt", "message/disposition-notification": ".txt", "text/rfc822-headers": ".txt",
    "message/rfc822-headers": ".txt", "text/plain": ".txt", "text/html": ".html", "image/jpeg": ".jpg",
    "image/webp": ".webp", "image/bmp": ".bmp", "audio/wav": ".wav",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
}.items():  # fmt: skip
    _TYPES.add_type(_type, _extension)
#: What parts of these types are called when they do not say.
USUAL = {
    "text/calendar": "invite.ics", "application/ics": "invite.ics", "application/pgp-signature": "signature.asc",
    "application/pgp-encrypted": "version.asc", "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-signature": "smime.p7s", "application/pkcs7-mime": "smime.p7m",
    "application/x-pkcs7-mime": "smime.p7m", "application/ms-tnef": "winmail.dat", "message/delivery-status":
    "delivery-status.txt", "message/disposition-notification": "read-receipt.txt", "text/rfc822-headers": "headers.txt",
    "text/plain": "text.txt", "text/html": "text.html",
}  # fmt: skip
_EXTENSIONS = {
    "image/jpeg": ".jpg", "text/plain": ".txt", "message/rfc822": ".eml", "audio/mpeg": ".mp3", "image/tiff": ".tif",
    "application/postscript": ".ps", "application/msword": ".doc",
}  # fmt: skip
_UNSPECIFIC = frozenset(
    {"application/octet-stream", "application/x-octet-stream", "application/unknown", "application/binary"}
)
# They would make a name look like another one (a right-to-left override), or are no part of a name anywhere.
_NOT_IN_NAMES = re.compile('[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff<>:"|?*]')


def attachment(part: Part, number: int, inline: bool) -> Attachment:
    """Make a file of a leaf.

    :param number: which one it is, for the name of those that have none.
    :param inline: shown within the text.
    """
    mimetype = part.mimetype
    name = clean_name(declared_name(part))
    if mimetype == "message/rfc822":
        name = _message_name(name, part.content)
    elif not name:
        name = USUAL.get(mimetype) or f"attachment-{number}{extension(mimetype)}"
    if mimetype in _UNSPECIFIC:
        mimetype = _TYPES.guess_type(name, strict=True)[0] or "application/octet-stream"
    return Attachment(name, mimetype, part.content, part.content_id, inline)


def declared_name(part: Part) -> str:
    """Return the name that the part bears, as its headers write it."""
    return part.disposition_params.get("filename") or part.params.get("name") or part.params.get("filename") or ""


def clean_name(name: str) -> str:
    """Return the last component of `name` without what a file system or a reader would trip over; maybe ''."""
    name = one_line(name, 2000).replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = one_line(_NOT_IN_NAMES.sub("", name)).strip(". ")
    if len(name) > LONGEST_NAME:
        stem, dot, suffix = name.rpartition(".")
        name = f"{stem[: LONGEST_NAME - 20]}.{suffix}" if dot and len(suffix) < 16 else name[:LONGEST_NAME]
    return name


def extension(mimetype: str) -> str:
    """Return the usual extension of files of this type with its dot, ``.bin`` when there is none."""
    return _EXTENSIONS.get(mimetype) or _TYPES.guess_extension(mimetype, strict=True) or ".bin"


def _message_name(name: str, content: bytes | Content) -> str:
    """Name an embedded email by its subject; programs know emails by their extension."""
    if not name:
        fields = header_block.split(head(content, header_block.MAX_BLOCK)).fields
        name = clean_name(Headers(fields).get("subject").replace("/", "-").replace("\\", "-")[:100]) or "message"
    return name if name.lower().endswith(".eml") else f"{name}.eml"
