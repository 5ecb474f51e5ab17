"""The tokens of an account that signed in at its provider, and how they are renewed.

They are in a table of their own and not on the account's row: a refresh happens in the middle of a run, or of a
request, whose transaction knows that row already and would have to be tried again.
"""

import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from odoo import SUPERUSER_ID, api, fields, models
from odoo.modules.registry import Registry
from odoo.tools import SQL

from ..adapters.errors import AuthenticationError
from ..adapters.oauth import PROVIDERS, Credentials
from ..sync.lease import in_transaction
from . import secrets

_logger = logging.getLogger(__name__)

#: Seconds before its end from which on an access token counts as too old: a request with it takes a while.
MARGIN = 120


class InboxAccountToken(models.Model):
    _name = "inbox.account.token"
    _description = "Tokens of an Email Account"
    _log_access = False

    account_id = fields.Many2one("inbox.account", required=True, ondelete="cascade", readonly=True)
    address = fields.Char(readonly=True, help="Who signed in.")
    access_token_encrypted = fields.Char(groups=fields.NO_ACCESS, copy=False, exportable=False)
    renewal_encrypted = fields.Char(groups=fields.NO_ACCESS, copy=False, exportable=False)
    expires_at = fields.Datetime(readonly=True)

    _one_for_each_account = models.Constraint("UNIQUE (account_id)", "An account has signed in or has not.")

    @api.model
    def _of(self, accounts):
        return self.sudo().search([("account_id", "in", accounts.ids)])

    @api.model
    def _keep(self, account, address, credentials: Credentials):
        """Take these in place of those that the account has."""
        values = {"address": address, **self._values(credentials)}
        row = self._of(account)
        if row:
            row.write(values)
        else:
            self.sudo().create({"account_id": account.id, **values})

    def _values(self, credentials: Credentials):
        return {
            "access_token_encrypted": secrets.encrypt(self.env, credentials.access_token),
            "renewal_encrypted": secrets.encrypt(self.env, credentials.renewal),
            "expires_at": datetime.fromtimestamp(credentials.expires_at, UTC).replace(tzinfo=None, microsecond=0),
        }

    def _credentials(self) -> Credentials:
        """Everything in plain text. Must never be logged or sent to a browser."""
        self.ensure_one()
        return Credentials(
            secrets.decrypt(self.env, self.access_token_encrypted),
            self.expires_at.replace(tzinfo=UTC).timestamp(),
            secrets.decrypt(self.env, self.renewal_encrypted),
        )

    def _granted(self) -> list[tuple[str, str, Credentials]]:
        """Connection type, address and credentials of each of these that there is a key for."""
        granted = []
        for row in self:
            try:
                granted.append((row.account_id.connection_type, row.address or "", row._credentials()))
            except secrets.SecretError as error:
                _logger.info(
                    "The sign-in of account %s is forgotten without the provider: %s", row.account_id.id, error
                )
        return granted


@dataclass(frozen=True, slots=True)
class AccountTokens:
    """The `adapters.base.Tokens` of one account; may be asked from any thread, whatever its transactions are.

    :param first: the access token, and when it ends, as they were when the settings were made.
    """

    database: str
    account_id: int
    connection_type: str
    first: tuple[str, float] = field(default=("", 0.0), repr=False, compare=False)
    _known: dict = field(default_factory=dict, init=False, repr=False, compare=False)

    def token(self, refused: str = "") -> str:
        """See `adapters.base.Tokens`. Only when the token at hand is too old or refused is the database asked."""
        token, expires_at = self._known.get("token", self.first)
        if not is_good(token, expires_at, refused):
            credentials = self._renewed(refused)
            self._known["token"] = token, _ = credentials.access_token, credentials.expires_at
        return token

    def _renewed(self, refused: str) -> Credentials:
        with Registry(self.database).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return in_transaction(env, lambda: _renew(env, self.account_id, self.connection_type, refused))


def _renew(env, account_id: int, connection_type: str, refused: str) -> Credentials:
    """Renew the tokens of an account, unless another worker just did; committed by the caller.

    The row is locked from before the provider is asked until what it answered is stored, in one short transaction that
    does nothing else: where refresh tokens rotate, two workers must not use the same one, and what replaces it must not
    be lost. PostgreSQL refuses the one who waited, which begins again and finds what the other has brought.
    """
    env.cr.execute(SQL("SELECT FROM inbox_account_token WHERE account_id = %s FOR UPDATE", account_id))
    row = env["inbox.account.token"].search([("account_id", "=", account_id)])
    if not row:
        raise AuthenticationError("signed_out", provider=PROVIDERS[connection_type].NAME)
    credentials = row._credentials()
    if not is_good(credentials.access_token, credentials.expires_at, refused):
        client = env["inbox.provider.client"]._client(connection_type)
        credentials = PROVIDERS[connection_type].refresh(client, credentials)
        row.write(row._values(credentials))
    return credentials


def is_good(token: str, expires_at: float, refused: str) -> bool:
    """Whether an access token can be shown: one that is not about to end and is not the one that was refused."""
    return bool(token) and token != refused and expires_at - MARGIN > time.time()
