"""Accounts that sign in at their provider (Gmail, Outlook) instead of having a password."""

import secrets as random_words
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from ..adapters.base import Settings
from ..adapters.errors import AdapterError
from ..adapters.oauth import PROVIDERS, SignedIn
from ..mime.address_key import KeyRules, address_key
from ..sync.lease import in_transaction
from . import grants
from .inbox_account_token import AccountTokens
from .inbox_sign_in import StateError

#: Where the word is in a browser's session to which its sign-ins are bound.
SESSION_KEY = "concord_inbox_sign_in"
#: How long after somebody went to the provider's page and did not come back the form says what to do about it.
LOST = timedelta(hours=1)
#: What says which mailbox an account is for.
MAILBOX_FIELDS = ("email", "connection_type", "is_shared_mailbox")


class WrongAddressError(Exception):
    """Somebody signed in, but not with the account's address. `sign_in`: the row that holds what that brought."""

    def __init__(self, sign_in, found: SignedIn):
        super().__init__("wrong address")
        self.sign_in, self.found = sign_in, found


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    is_shared_mailbox = fields.Boolean(
        "Shared mailbox",
        help="A mailbox of Microsoft 365 that nobody signs in to, but several people may open. One of them signs in, "
        "and emails are read and sent as the shared address.",
    )
    signed_in_at = fields.Datetime(readonly=True, copy=False)
    is_signed_in = fields.Boolean(compute="_compute_signed_in", compute_sudo=True)
    signed_in_as = fields.Char(compute="_compute_signed_in", compute_sudo=True)
    can_sign_in = fields.Boolean(compute="_compute_can_sign_in", compute_sudo=True)
    is_sign_in_lost = fields.Boolean(compute="_compute_is_sign_in_lost", compute_sudo=True)

    def _compute_signed_in(self):
        rows = {row.account_id.id: row for row in self.env["inbox.account.token"]._of(self)}
        for account in self:
            row = rows.get(account._origin.id)
            account.is_signed_in, account.signed_in_as = bool(row), row and row.address

    @api.depends("connection_type")
    def _compute_can_sign_in(self):
        clients = self.env["inbox.provider.client"]
        known = {kind: clients._is_set_up(kind) for kind in PROVIDERS}
        for account in self:
            account.can_sign_in = known.get(account.connection_type, False)

    def _compute_is_sign_in_lost(self):
        """Whoever meets a wall at the provider (an app that is not verified) is not sent back to be told why."""
        begun = self.env["inbox.sign.in"].search(
            [
                ("account_id", "in", self._origin.ids),
                ("used_at", "=", False),
                ("create_date", ">", fields.Datetime.now() - LOST),
            ]
        )
        for account in self:
            account.is_sign_in_lost = account._origin in begun.account_id

    # ------------------------------------------------------------ signing in

    def action_sign_in(self):
        """Go to the provider's page; it comes back to `controllers/oauth.py`."""
        self.ensure_one()
        self.check_access("write")
        if self.connection_type not in PROVIDERS:
            raise UserError(self.env._("IMAP accounts have a password instead of signing in at a provider."))
        if not self.active:
            raise UserError(self.env._("This account was deleted. Connect the mailbox as a new account."))
        try:
            url = self.env["inbox.sign.in"]._begin(self, session_secret(self.env))
        except AdapterError as error:
            raise UserError(self._explain(error)) from error
        return {"type": "ir.actions.act_url", "url": url, "target": "self"}

    @api.model
    def _come_back(self, connection_type: str, answer: dict, session_word: str):
        """Finish a sign-in with what the provider sent the browser back with; commits on the way.

        :return: the account, which has signed in.
        :raises StateError: not one that the user began here and now.
        :raises WrongAddressError: not the account's address; what the sign-in brought is kept for the user to decide.
        :raises AdapterError: it led to nothing.
        """
        try:
            sign_in = self.env["inbox.sign.in"]._take(answer.get("state", ""), session_word, connection_type)
        except StateError:
            self._commit()  # used up by whoever it was
            raise
        # Of two requests with the same state one commits this; PostgreSQL has the other begin again and find it used.
        self._commit()
        account = self.browse(sign_in.account_id.id)
        account._check_may_sign_in(connection_type)
        provider = PROVIDERS[connection_type]
        client, flow = self.env["inbox.provider.client"]._client(connection_type), sign_in._flow()
        self.env.cr.commit()  # no transaction while the network is waited for
        found = provider.finish(client, flow, answer)
        try:
            is_own = in_transaction(self.env, lambda: account._take_sign_in(sign_in, found))
        except (StateError, UserError):
            # The account was changed or deleted while the provider was asked.
            grants.give_back(self.env, connection_type, found)
            raise
        if not is_own:
            raise WrongAddressError(sign_in, found)
        return account

    def _take_sign_in(self, sign_in, found: SignedIn) -> bool:
        """Store what a sign-in brought; return whether it was the account's address that signed in."""
        if not sign_in.exists():
            raise StateError("account_gone")
        self._check_may_sign_in(sign_in.connection_type)
        if self._is_own_address(found):
            self._signed_in(found)
            return True
        sign_in._hold(found)
        if self.state != "draft":
            sign_in._give_up()  # the mailbox of such an account is fixed
        return False

    def _commit(self):
        self.env.flush_all()
        self.env.cr.commit()

    @api.model
    def _use_address(self, sign_in_id: int, session_word: str):
        """Give the account the address that signed in, and have it signed in.

        :raises StateError: not the current user's to decide, or not any more.
        """
        sign_in, found = self.env["inbox.sign.in"]._release(sign_in_id, session_word)
        account = self.browse(sign_in.account_id.id)
        try:
            with self.env.cr.savepoint():
                account._check_may_sign_in(sign_in.connection_type)
                account.write({"email": found.address})
                account._signed_in(found)
        except (StateError, UserError):
            sign_in._hold(found)
            sign_in._give_up()
            raise
        return account

    @api.model
    def _begun_for(self, answer: dict):
        """The account for which the current user began the sign-in of this answer, if there is one."""
        return self.browse(self.env["inbox.sign.in"]._account_of(answer.get("state", "")))

    def _check_may_sign_in(self, connection_type):
        """Things may have changed while the user was at the provider."""
        if not self.exists() or not self.has_access("write"):
            raise StateError("account_gone")
        if not self.active or self.connection_type != connection_type:
            raise StateError("account_gone")

    def _is_own_address(self, found: SignedIn) -> bool:
        """Whether who signed in opened the account's mailbox. Of a shared one, it is seen when it is opened."""
        if self.is_shared_mailbox:
            return True
        # Whatever the rules for contacts are: a dot makes no other mailbox of one at Gmail, and a plus does elsewhere.
        rules = KeyRules(plus=False, gmail_dots=True)
        own = self.email_normalized
        return own in found.addresses or address_key(own, rules) in {
            address_key(address, rules) for address in found.addresses
        }

    def _signed_in(self, found: SignedIn):
        """Store what a sign-in brought."""
        account = self.sudo()
        self.env["inbox.account.token"]._keep(account, found.address, found.credentials)
        account.write({"signed_in_at": fields.Datetime.now(), "password_encrypted": False})
        self.invalidate_recordset(["is_signed_in", "signed_in_as"])

    # ------------------------------------------------------------ what the adapters need

    def _provider_settings(self) -> Settings:
        """As `_adapter_settings()`, of an account that signs in."""
        row = self.env["inbox.account.token"]._of(self)
        credentials = row and row._credentials()
        first = (credentials.access_token, credentials.expires_at) if credentials else ("", 0.0)
        return Settings(
            email=self.email_normalized,
            username=(row.address if self.is_shared_mailbox else "") or self.email_normalized,
            tokens=AccountTokens(self.env.cr.dbname, self.id, self.connection_type, first),
            api=self.env["inbox.provider.client"]._base(self.connection_type),
        )

    def _check_signed_in(self):
        if not self.is_signed_in:
            provider = PROVIDERS[self.connection_type].NAME
            raise UserError(self.env._("Sign in with %s first: the button is below the email address.", provider))

    # ------------------------------------------------------------ signing out

    def write(self, vals):
        # What lets into one mailbox must not stay with an account that is for another one now.
        changed = self.filtered(
            lambda account: any(name in vals and account[name] != vals[name] for name in MAILBOX_FIELDS)
        )
        granted = self.env["inbox.account.token"]._of(changed)._granted()
        result = super().write(vals)
        if granted:
            changed._forget(granted)
        return result

    def _forget_sign_in(self):
        """Forget the tokens of these accounts, and once that is committed have the provider forget them too."""
        self._forget(self.env["inbox.account.token"]._of(self)._granted())

    def _forget(self, granted: list):
        """:param granted: what `_granted()` says of their tokens."""
        tokens = self.env["inbox.account.token"]._of(self)
        sign_ins = self.env["inbox.sign.in"].sudo().search([("account_id", "in", self.ids)])
        needed = grants.needed(self.env, tokens, sign_ins)
        for kind, address, credentials in [*granted, *sign_ins._granted()]:
            if (kind, address.lower()) not in needed:
                self._revoke_after_commit(kind, credentials)
        tokens.unlink()
        sign_ins.unlink()
        self.invalidate_recordset(["is_signed_in", "signed_in_as"])

    def _revoke_after_commit(self, connection_type, credentials):
        if client := grants.client_of(self.env, connection_type):
            self.env.cr.postcommit.add(lambda: grants.revoke(client, connection_type, credentials))


def session_secret(env) -> str:
    """The word to which the sign-ins of this browser's session are bound.

    :raises AccessError: there is no session, since nobody asks with a browser.
    """
    if not request or not request.session.uid:
        raise AccessError(env._("A browser is needed to sign in at a provider."))
    if not request.session.get(SESSION_KEY):
        request.session[SESSION_KEY] = random_words.token_urlsafe(32)
    return request.session[SESSION_KEY]
