"""The form under which addresses of one mailbox are the same: `ada+news@x` is Ada's, if one wants."""

from dataclasses import dataclass

from .addresses import is_no_reply

#: One provider under two names, where dots in the local part mean nothing.
_GMAIL = frozenset(("gmail.com", "googlemail.com"))


@dataclass(frozen=True, slots=True)
class KeyRules:
    """What does not tell two mailboxes apart.

    :param plus: what follows a plus sign in the local part (subaddressing, RFC 5233).
    :param gmail_dots: at Gmail dots in the local part, and which of its two domains it is.
    """

    plus: bool = True
    gmail_dots: bool = True


def address_key(email_normalized: str, rules: KeyRules) -> str:
    """Return the key of a normalised address; "" for what is nobody's: no address, a no-reply one, a bounce's."""
    if not email_normalized or is_no_reply(email_normalized):
        return ""
    local, at, domain = email_normalized.rpartition("@")
    if rules.plus:
        plus = local.find("+")
        # Nothing would be left of `+49123@x`.
        if plus > 0:
            local = local[:plus]
    if rules.gmail_dots and domain in _GMAIL:
        local, domain = local.replace(".", "") or local, "gmail.com"
    return local + at + domain
