"""What became of an email that was to be sent, in the words of the user."""

from collections.abc import Mapping

from odoo.tools.misc import human_size

from ..adapters import errors
from ..adapters.base import Refusal

#: Recipients whose refusal is told in a sentence.
MOST_REFUSALS = 5


def refusals(env, rejected: Mapping[str, Refusal]) -> str:
    """Who was refused, each with the server's words."""
    told = [
        env._("%(address)s (“%(server_text)s”)", address=address, server_text=refusal.text) if refusal.text else address
        for address, refusal in list(rejected.items())[:MOST_REFUSALS]
    ]
    if len(rejected) > MOST_REFUSALS:
        told.append(env._("and %s more", len(rejected) - MOST_REFUSALS))
    return ", ".join(told)


def _sender_refused(_, facts):
    return facts.with_server_text(
        _(
            "The mail server does not send under this address for this account. Choose another sender in the field "
            "From, or ask your provider to allow this one."
        )
    )


def _recipients_refused(_, facts):
    return _(
        "The mail server refuses the recipients: %s. Correct their addresses, then send again.",
        refusals(facts.env, facts.details.get("rejected", {})),
    )


def recipients_refused_for_now(_, facts):
    """Whatever the kind of `TemporaryError` is, when it is the recipients that are refused."""
    return _(
        "The mail server does not take the email for these recipients yet: %s. It is tried again by itself.",
        refusals(facts.env, facts.details["rejected"]),
    )


def _too_large(_, facts):
    size, limit = facts.details.get("size"), facts.details.get("limit")
    if size and limit and size > limit:
        return facts.with_server_text(
            _(
                "With %(size)s the email is too large: the mail server takes %(limit)s. Remove attachments, or send "
                "a link to them.",
                size=human_size(size),
                limit=human_size(limit),
            )
        )
    return facts.with_server_text(
        _("The email is too large for the mail server. Remove attachments, or send a link to them.")
    )


def _content_refused(_, facts):
    return facts.with_server_text(
        _("The mail server refuses to send this email. Change its text or its attachments, then send again.")
    )


def _no_utf8(_, facts):
    return _(
        "The mail server cannot send from or to an address with letters other than a to z. Choose another address of "
        "this person or, in the field From, another sender."
    )


def _no_recipients(_, facts):
    return _("The email has no recipient. Fill in one of the fields To, Cc and Bcc.")


def _no_server(_, facts):
    return _("This account has no server for sending. Fill in the field SMTP Server of the account.")


def _unknown(_, facts):
    return _(
        "The connection to the mail server %(host)s broke off before it confirmed the email, so nobody knows whether "
        "it was sent. Ask a recipient, or look into the folder of sent emails, before you send it again.",
        **facts.args,
    )


def _bad_address(_, facts):
    return _("“%s” is no email address. Correct it, then send again.", facts.details.get("address", ""))


SENTENCES = {
    (errors.SendRefusedError, "sender_refused"): _sender_refused,
    (errors.SendRefusedError, "recipients_refused"): _recipients_refused,
    (errors.SendRefusedError, "too_large"): _too_large,
    (errors.SendRefusedError, "content_refused"): _content_refused,
    (errors.SendRefusedError, "no_utf8"): _no_utf8,
    (errors.SendRefusedError, "no_recipients"): _no_recipients,
    (errors.SendRefusedError, "no_server"): _no_server,
    (errors.SendRefusedError, None): _content_refused,
    (errors.DeliveryUnknownError, None): _unknown,
    (errors.InvalidInputError, "bad_address"): _bad_address,
}
