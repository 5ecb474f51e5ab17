"""Whether an email is signed or encrypted, and with what: told, not checked, for that takes keys."""

import re

from . import cms
from .content import head
from .structure import Part

#: What `of` may return; also with "_part" behind it.
KINDS = ("smime_signed", "smime_encrypted", "pgp_signed", "pgp_encrypted")

_BY_PROTOCOL = {
    "application/pgp-signature": "pgp_signed", "application/pgp-encrypted": "pgp_encrypted",
    "application/pkcs7-signature": "smime_signed", "application/x-pkcs7-signature": "smime_signed",
}  # fmt: skip
_ARMOUR = re.compile(r"^-----BEGIN PGP (SIGNED )?MESSAGE-----\s*$", re.MULTILINE)
_ARMOUR_END = re.compile(r"^-----END PGP (?:SIGNATURE|MESSAGE)-----\s*$", re.MULTILINE)
#: What a server leaves of a multipart/encrypted that it takes for a mere envelope.
_LEFT_OF_ENCRYPTED = frozenset({"application/pgp-encrypted", "application/octet-stream"})
_BLANK = 4096  # bytes of a text that are looked at for whether there is anything in it


def of(root: Part, text: str) -> str:
    """Return one of `KINDS`, '' for an email that is neither: of what is in the email, encryption before signatures.

    Where not all of the email is so, "_part" is behind it: a signature says nothing of what stands beside it, such as
    the words that a mailing list, or a stranger, put around what was signed.

    :param text: the body, for what was signed or encrypted within it.
    """
    if kind := _whole(root) or _whole_text(root, text):
        return kind
    return f"{kind}_part" if (kind := _anywhere(root, text)) else ""


def _whole(part: Part) -> str:
    """What was done to all that a part holds."""
    if part.children is None:
        return _smime(part) if part.mimetype in cms.TYPES else ""
    children = [child for child in part.children if not _is_blank(child)]
    if part.mimetype == "multipart/encrypted":
        return next(filter(None, map(_own, (part, *part.children))), "")
    if part.mimetype == "multipart/x-opened":
        return _encrypted(part.children[0]) or "smime_signed"
    if part.mimetype == "multipart/signed":
        # The signature is the second one.
        kind = _own(part) or _BY_PROTOCOL.get(part.children[-1].mimetype, "") if part.children else ""
        return (_encrypted(part.children[0]) or kind) if kind and len(part.children) <= 2 else ""
    if len(children) == 1:
        return _whole(children[0])
    types = [child.mimetype for child in children]
    if types and types[0] == "application/pgp-encrypted" and _LEFT_OF_ENCRYPTED.issuperset(types):
        return "pgp_encrypted"
    return ""


def _encrypted(part: Part) -> str:
    return kind if (kind := _whole(part)).endswith("_encrypted") else ""


def _is_blank(part: Part) -> bool:
    return part.children is None and part.mimetype.startswith("text/") and not head(part.content, _BLANK).strip()


def _whole_text(root: Part, text: str) -> str:
    """What was done within the text, where it is all of the text and there is nothing else."""
    text = text.strip()
    begin = _ARMOUR.match(text) if text.startswith("-----BEGIN PGP ") else None
    end = _ARMOUR_END.search(text)
    if not begin or (end and end.end() < len(text)) or not all(map(_is_text, _leaves(root))):
        return ""
    return "pgp_signed" if begin[1] else "pgp_encrypted"


def _leaves(root: Part) -> list[Part]:
    parts = [root]
    for part in parts:
        parts += part.children or ()
    return [part for part in parts if part.children is None]


def _is_text(part: Part) -> bool:
    return part.mimetype in ("text/plain", "text/html") and part.disposition != "attachment"


def _anywhere(root: Part, text: str) -> str:
    """What was done to anything in the email."""
    found = "" if root.children is None and root.mimetype in ("text/plain", "text/html") else _of_part(root)
    if (not found or found.endswith("_signed")) and "-----BEGIN PGP " in text and (armour := _ARMOUR.search(text)):
        return found or "pgp_signed" if armour[1] else "pgp_encrypted"
    return found


def _of_part(root: Part) -> str:
    """As `of`, of the parts; the outermost that says it."""
    found = ""
    parts = [root]
    for part in parts:
        if kind := _own(part):
            if kind.endswith("_encrypted"):
                return kind
            found = found or kind
        parts += part.children or ()
    return found


def _own(part: Part) -> str:
    if part.mimetype in cms.TYPES and part.children is None:
        return _smime(part)
    if part.mimetype in ("multipart/signed", "multipart/encrypted"):
        return _BY_PROTOCOL.get(part.params.get("protocol", "").lower(), "")
    # Servers on the way take the multipart away and leave its parts.
    return _BY_PROTOCOL.get(part.mimetype, "")


def _smime(part: Part) -> str:
    declared = part.params.get("smime-type", "").lower()
    kind = cms.read(head(part.content, 4096))[0] or declared
    if kind in ("enveloped-data", "authenveloped-data", "encrypted-data"):
        return "smime_encrypted"
    if kind == "signed-data" and declared != "certs-only":
        return "smime_signed"
    return ""
