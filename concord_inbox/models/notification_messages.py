"""What keeps a provider from telling of new email, in the words of who looks after the account."""

from ..adapters import errors


def _unreachable(_, facts):
    return facts.with_server_text(
        _(
            "%(provider)s did not find this Odoo at %(address)s. It has to be reachable there from the Internet, by "
            "https, with a certificate that everybody trusts.",
            address=facts.details.get("address", ""),
            **facts.provider,
        )
    )


def _topic(_, facts):
    return facts.with_server_text(
        _(
            "Gmail cannot publish to the topic “%(topic)s”. A system administrator checks its name in General Settings "
            "→ Inbox, that it belongs to the project of the client ID, and that "
            "gmail-api-push@system.gserviceaccount.com may publish to it.",
            topic=facts.details.get("address", ""),
        )
    )


def _gone(_, facts):
    return _("%(provider)s has stopped telling of new email.", **facts.provider)


def _refused(_, facts):
    return facts.with_server_text(_("%(provider)s refuses to tell of new email.", **facts.provider))


SENTENCES = {
    (errors.SubscriptionError, "unreachable"): _unreachable,
    (errors.SubscriptionError, "topic"): _topic,
    (errors.SubscriptionError, "gone"): _gone,
    (errors.SubscriptionError, None): _refused,
}
