"""A sign-in at a provider that began and has not come back: whose it is, and what is needed to finish it.

The state that travels through the provider's pages is a random word; here is only its hash. It is good once, for ten
minutes, for the user who began, in the session in which it began, at the address of the provider where it began.
"""

import hashlib
import hmac
import json
import secrets as random_words
from datetime import timedelta

from odoo import api, fields, models

from ..adapters.oauth import PROVIDERS, Credentials, SignedIn
from ..sync.lease import in_transaction
from . import grants, secrets

PATIENCE = timedelta(minutes=10)
#: How long it is remembered that a state was used, so that the user is told so.
KEPT = timedelta(days=1)


class StateError(Exception):
    """This way back from a provider leads nowhere.

    :param reason: ``missing``, ``unknown`` (forged, or long gone), ``used``, ``expired``, ``other_user``,
        ``other_session``, ``other_provider``, ``account_gone``.
    """

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


class InboxSignIn(models.Model):
    _name = "inbox.sign.in"
    _description = "Sign-in at a Provider on Its Way"

    state_hash = fields.Char(required=True, readonly=True, index=True)
    session_hash = fields.Char(required=True, readonly=True)
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade", readonly=True)
    account_id = fields.Many2one("inbox.account", required=True, ondelete="cascade", readonly=True, index=True)
    connection_type = fields.Char(required=True, readonly=True)
    flow_encrypted = fields.Char(groups=fields.NO_ACCESS, copy=False, exportable=False)
    # Who signed in, when it was not the account's address, until the user decides.
    grant_encrypted = fields.Char(groups=fields.NO_ACCESS, copy=False, exportable=False)
    expires_at = fields.Datetime(required=True, readonly=True)
    used_at = fields.Datetime(readonly=True)

    @api.model
    def _begin(self, account, session_secret: str) -> str:
        """Begin to sign in for `account` as the current user.

        :param session_secret: a word that is in the user's session alone.
        :return: the address of the provider's page.
        :raises AdapterError: the client is not set up, or (Microsoft) the provider cannot be asked.
        """
        provider = PROVIDERS[account.connection_type]
        clients = self.env["inbox.provider.client"]
        client = clients._client(account.connection_type)
        state = random_words.token_urlsafe(32)
        begun = provider.begin(
            client,
            clients._redirect_uri(account.connection_type),
            state,
            account.email_normalized,
            account.is_shared_mailbox,
        )
        # Whoever begins anew does not take what the sign-in before brought.
        self._undecided().filtered(lambda row: row.account_id.id == account.id)._give_up()
        self.sudo().create(
            {
                "state_hash": _hash(state),
                "session_hash": _hash(session_secret),
                "user_id": self.env.uid,
                "account_id": account.id,
                "connection_type": account.connection_type,
                "flow_encrypted": secrets.encrypt(self.env, json.dumps(begun.flow)),
                "expires_at": fields.Datetime.now() + PATIENCE,
            }
        )
        return begun.url

    @api.model
    def _take(self, state: str, session_secret: str, connection_type: str):
        """The sign-in of this state, which is used up by that, whatever comes of it; the caller commits.

        :raises StateError: it is not the current user's, in this session, now.
        """
        if not state:
            raise StateError("missing")
        row = self.sudo().search([("state_hash", "=", _hash(state))])
        if not row:
            raise StateError("unknown")
        if row.used_at:
            raise StateError("used")
        row.used_at = fields.Datetime.now()
        row._check_whose(session_secret)
        if row.connection_type != connection_type:
            raise StateError("other_provider")
        return row

    def _check_whose(self, session_secret: str):
        if self.user_id != self.env.user:
            raise StateError("other_user")
        if not hmac.compare_digest(self.session_hash, _hash(session_secret)):
            raise StateError("other_session")
        if self.expires_at <= fields.Datetime.now():
            raise StateError("expired")

    @api.model
    def _account_of(self, state: str) -> list[int]:
        """The id of the account for which the current user began this, as a list of one or none."""
        domain = [("state_hash", "=", _hash(state)), ("user_id", "=", self.env.uid)]
        return self.sudo().search(domain).account_id.ids

    def _flow(self) -> dict:
        return json.loads(secrets.decrypt(self.env, self.flow_encrypted))

    # ------------------------------------------------------------ somebody else signed in

    def _hold(self, found: SignedIn):
        """Keep what a sign-in brought until the user decides whether the account shall have that address."""
        credentials = found.credentials
        kept = [found.address, sorted(found.addresses), credentials.access_token, credentials.expires_at]
        self.grant_encrypted = secrets.encrypt(self.env, json.dumps([*kept, credentials.renewal]))
        self._end_at(self.expires_at)

    def _held(self) -> SignedIn | None:
        """What `_hold()` keeps; None when there is nothing, or no key to read it with."""
        if not self.grant_encrypted:
            return None
        try:
            kept = json.loads(secrets.decrypt(self.env, self.grant_encrypted))
        except secrets.SecretError:
            return None
        address, addresses, access_token, expires_at, renewal = kept
        return SignedIn(address, frozenset(addresses), Credentials(access_token, expires_at, renewal))

    @api.model
    def _release(self, sign_in_id: int, session_secret: str) -> tuple:
        """The sign-in, and what `_hold()` kept with it, which is forgotten by that.

        :raises StateError: it is not the current user's, in this session, now.
        """
        row = self.sudo().browse(sign_in_id).exists()
        if not row:
            raise StateError("unknown")
        row._check_whose(session_secret)
        found = row._held()
        if not found:
            raise StateError("used")
        row.grant_encrypted = False
        return row, found

    @api.model
    def _undecided(self):
        """Those that brought an address of which the user has still to say whether the account shall have it."""
        return self.sudo().search([("grant_encrypted", "!=", False), ("expires_at", ">", fields.Datetime.now())])

    def _granted(self) -> list[tuple[str, str, Credentials]]:
        """Connection type, address and credentials of each of these that holds any."""
        return [(row.connection_type, found.address, found.credentials) for row in self if (found := row._held())]

    def _give_up(self):
        """What these hold is not going to be used."""
        if self:
            now = fields.Datetime.now()
            self.expires_at = now
            self._end_at(now)

    # ------------------------------------------------------------ ending

    def _end_at(self, moment):
        self.env.ref("concord_inbox.ir_cron_end_sign_ins").sudo()._trigger(at=moment)

    @api.model
    def _cron_end(self):
        """Have the providers forget what was granted and not used, then forget it here; and what is long over.

        What a provider could not be told is tried again for a day.
        """
        now = fields.Datetime.now()
        for row in self.search([("grant_encrypted", "!=", False), ("expires_at", "<=", now)]):
            # Each takes a while, and the account of the next may be deleted meanwhile.
            if row.exists() and grants.give_back(self.env, row.connection_type, row._held()):
                in_transaction(self.env, lambda row=row: row.exists().write({"grant_encrypted": False}))
        self.search([("expires_at", "<", now - KEPT)]).unlink()


def _hash(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()
