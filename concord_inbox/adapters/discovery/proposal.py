"""What a search finds."""

from dataclasses import dataclass

from ..base import Endpoint

#: How to log in where the password that opens the webmail is not enough.
HINTS = ("app_password", "enable_imap", "own_password", "no_password", "bridge", "no_imap")


@dataclass(frozen=True, slots=True)
class Proposal:
    """Server settings for one address.

    :param connection_type: a key of `inbox.account.connection_type`.
    :param incoming: None: the provider has no IMAP at all.
    :param outgoing: None: nothing is known about sending.
    :param username: what the server calls the user; '' where it is the address.
    :param source: where it comes from: ``provider`` (the shipped table, by the domain's name), ``mx`` (the same, by
        the server that the domain's mail is delivered to), ``autoconfig``, ``autodiscover``, ``srv``, ``probe`` (a
        usual name at which a mail server answers), ``guess`` (a usual name that nobody asked).
    :param why: the detail of the source: the provider's name, the name of the record or the host of the document.
    :param hint: one of `HINTS`, or ''.
    :param hint_url: the provider's page about that, or ''.
    """

    connection_type: str
    incoming: Endpoint | None
    outgoing: Endpoint | None
    username: str = ""
    source: str = "guess"
    why: str = ""
    hint: str = ""
    hint_url: str = ""
