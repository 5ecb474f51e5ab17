"""What a provider granted and nobody here needs any more is given back, without a transaction open meanwhile."""

import logging

from odoo.exceptions import UserError

from ..adapters.errors import AdapterError
from ..adapters.oauth import PROVIDERS, Client, Credentials, SignedIn

_logger = logging.getLogger(__name__)


def needed(env, tokens, sign_ins) -> set[tuple[str, str]]:
    """Who has to stay signed in once these are gone, as (connection type, address in small letters).

    A provider knows users and not our accounts: what it revokes ends for all accounts of that user.

    :param tokens: records of `inbox.account.token`.
    :param sign_ins: records of `inbox.sign.in`.
    """
    kept = env["inbox.account.token"].sudo().search([("id", "not in", tokens.ids)])
    held = env["inbox.sign.in"]._undecided() - sign_ins
    return {(row.account_id.connection_type, (row.address or "").lower()) for row in kept} | {
        (kind, address.lower()) for kind, address, _credentials in held._granted()
    }


def give_back(env, connection_type: str, found: SignedIn | None) -> bool:
    """Have the provider forget what a sign-in brought, unless somebody else here lives on it; commits before that.

    :return: whether there is nothing left to do.
    """
    tokens, sign_ins = env["inbox.account.token"], env["inbox.sign.in"]
    if not found or (connection_type, found.address.lower()) in needed(env, tokens, sign_ins):
        return True
    client = client_of(env, connection_type)
    env.cr.commit()
    return not client or revoke(client, connection_type, found.credentials)


def client_of(env, connection_type: str) -> Client | None:
    """The client to revoke with; without it, or without its key, forgetting is what is left."""
    try:
        return env["inbox.provider.client"]._client(connection_type)
    except (AdapterError, UserError) as error:
        _logger.info("A sign-in is forgotten without the provider: %s", error)
        return None


def revoke(client: Client, connection_type: str, credentials: Credentials) -> bool:
    """Have the provider forget; return whether it was told."""
    try:
        PROVIDERS[connection_type].revoke(client, credentials)
    except AdapterError as error:
        _logger.info("%s was not told to forget a sign-in: %s", PROVIDERS[connection_type].NAME, error)
        return False
    return True
