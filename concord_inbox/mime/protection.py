"""Whether an email is signed or encrypted, and with what: told, not checked, for that takes keys."""

import re

from . import cms
from .content import head
from .structure import Part

#: What `of` may return.
KINDS = ("smime_signed", "smime_encrypted", "pgp_signed", "pgp_encrypted")

_BY_PROTOCOL = {
    "application/pgp-signature": "pgp_signed", "application/pgp-encrypted": "pgp_encrypted",
    "application/pkcs7-signature": "smime_signed", "application/x-pkcs7-signature": "smime_signed",
}  # fmt: skip
_ARMOUR = re.compile(r"^-----BEGIN PGP (SIGNED )?MESSAGE-----\s*$", re.MULTILINE)


def of(root: Part, text: str) -> str:
    """Return one of `KINDS`, '' for an email that is neither: of what is in the email, encryption before signatures.

    :param text: the body, for what was signed or encrypted within it.
    """
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
