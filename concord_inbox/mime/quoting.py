"""How mail programs mark what they quote in HTML: by classes, ids and styles of elements."""

import re
from collections.abc import Iterable

QUOTE, ATTRIBUTION, FORWARD = "concord_quote", "concord_attribution", "concord_forward"
SIGNATURE = "concord_signature"

#: Elements that hold a quote, or begin it with all that follows them.
_CONTAINERS = frozenset(
    {QUOTE, "gmail_quote", "gmail_quote_container", "yahoo_quoted", "protonmail_quote", "moz-forward-container",
     "zmail_extra", "tutanota_quote"}
)  # fmt: skip
_PREFIX = "moz-cite-prefix"
_STARTS = frozenset({"divRplyFwdMsg", "appendonsend", "mail-editor-reference-message-container", "reply-intro"})
# Outlook's rule above the header of the email that is answered.
_RULE = re.compile(
    r"border-top:\s*(?:solid\s+#(?:e1e1e1|b5c4df)\s+1(?:\.0)?pt|1(?:\.0)?pt\s+solid\s+#(?:e1e1e1|b5c4df))", re.I
)
_SIGNATURES = frozenset(
    {SIGNATURE, "gmail_signature", "moz-signature", "protonmail_signature_block", "tutanota_signature"}
)
_SIGNATURE_IDS = frozenset({"Signature", "ms-outlook-mobile-signature"})


def begins_rest(tag: str, identifier: str, style: str) -> bool:
    """Whether all from this element on is the quote, which has no element of its own (Outlook)."""
    return _named(identifier) in _STARTS or (tag == "div" and bool(_RULE.search(style)))


def is_prefix(classes: Iterable[str]) -> bool:
    """Whether the element is an attribution, the quote being the blockquote beside it (Thunderbird)."""
    return _PREFIX in classes


def holds_quote(tag: str, classes: Iterable[str], kind: str) -> bool:
    """Whether the element is a quote.

    :param kind: its attribute ``type``.
    """
    return is_prefix(classes) or not _CONTAINERS.isdisjoint(classes) or (tag == "blockquote" and kind.lower() == "cite")


def holds_forward(classes: Iterable[str]) -> bool:
    """Whether the element is an email that is passed on."""
    return FORWARD in classes or "moz-forward-container" in classes


def is_signature(classes: Iterable[str], identifier: str) -> bool:
    """Whether the element is a signature."""
    return not _SIGNATURES.isdisjoint(classes) or _named(identifier) in _SIGNATURE_IDS


def _named(identifier: str) -> str:
    # Programs rename ids that are in use already: x_divRplyFwdMsg.
    return re.sub(r"^(?:x_)+", "", identifier)
