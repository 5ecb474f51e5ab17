"""The way back from a provider's sign-in page, and the guide for whoever sets that up."""

import logging

from odoo import http
from odoo.exceptions import AccessDenied, AccessError, UserError
from odoo.http import request

from ..adapters.errors import AdapterError, AppConfigurationError
from ..adapters.oauth import PROVIDERS
from ..models import sign_in_messages
from ..models.inbox_account_sign_in import WrongAddressError, session_secret
from ..models.inbox_provider_client import CALLBACKS
from ..models.inbox_sign_in import StateError

_logger = logging.getLogger(__name__)

#: What these pages may do: show themselves, and send their own form here.
POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)


class InboxOAuth(http.Controller):
    # Public, so that whoever is not signed in to Odoo (any more) is told that, instead of being led on with a state
    # that is no good in another session.
    @http.route(
        "/concord_inbox/sign_in/<any(google,microsoft):provider>",
        type="http",
        auth="public",
        methods=["GET"],
        readonly=False,
        sitemap=False,
    )
    def come_back(self, provider, **answer):
        """Finish a sign-in; lead to the account's form, or say in words why there is nothing to lead to."""
        if not request.session.uid:
            return _page(
                request.env._(
                    "You are not signed in to Odoo in this browser. Sign in, then begin again from the account."
                ),
                link="/odoo",
            )
        kind = next(kind for kind, name in CALLBACKS.items() if name == provider)
        accounts = request.env["inbox.account"]
        try:
            account = accounts._come_back(kind, answer, session_secret(request.env))
        except StateError as error:
            return _page(sign_in_messages.of_state(request.env, error.reason))
        except WrongAddressError as error:
            return _wrong_address(error)
        except AppConfigurationError as error:
            request.env["inbox.provider.client"]._tell_administrators(kind, error)
            return _page(accounts._explain(error), accounts._begun_for(answer))
        except (AdapterError, UserError) as error:
            return _page(accounts._explain(error), accounts._begun_for(answer))
        return _go_on(account)

    @http.route("/concord_inbox/sign_in/use_address", type="http", auth="user", methods=["POST"], sitemap=False)
    def use_address(self, sign_in=""):
        """Give the account the address that somebody signed in with."""
        try:
            number = int(sign_in) if sign_in.isdecimal() else 0
            account = request.env["inbox.account"]._use_address(number, session_secret(request.env))
        except StateError as error:
            return _page(sign_in_messages.of_state(request.env, error.reason))
        except UserError as error:
            return _page(error.args[0])
        return _go_on(account)

    @http.route("/concord_inbox/sign_in/guide", type="http", auth="user", methods=["GET"], readonly=True, sitemap=False)
    def guide(self):
        """How a system administrator registers this installation with the providers."""
        if not request.env.user.has_group("base.group_system"):
            raise AccessDenied
        clients = request.env["inbox.provider.client"]
        values = {f"{name}_redirect": clients._redirect_uri(kind) for kind, name in CALLBACKS.items()}
        values |= {f"{CALLBACKS[kind]}_scopes": module.scopes(True) for kind, module in PROVIDERS.items()}
        return _answer("concord_inbox.sign_in_guide", values, 200)


def _go_on(account):
    """To the account's form; one that was connected before goes on synchronising first."""
    link = f"/odoo/inbox-accounts/{account.id}"
    if account.state != "draft":
        try:
            account.action_connect()
        except (AccessError, UserError) as error:
            request.env.cr.rollback()
            sentence = request.env._("You are signed in, but the account could not be connected again.")
            return _page(f"{sentence} {error.args[0]}", account)
    return request.redirect(link)


def _wrong_address(error):
    account = error.sign_in.account_id.with_env(request.env)
    names = {"found": error.found.address, "wanted": account.email}
    sentence = request.env._("You signed in as %(found)s, but the account is for %(wanted)s.", **names)
    if account.state == "draft":
        more = request.env._("Use %(found)s for the account, or go back and sign in as %(wanted)s.", **names)
        if account.connection_type == "outlook":
            more += " " + request.env._(
                "If %(wanted)s is a shared mailbox that %(found)s may open, tick “Shared mailbox” in the account, "
                "then sign in again.",
                **names,
            )
    else:
        more = request.env._("Go back and sign in as %(wanted)s.", **names)
    offer = error.sign_in.id if account.state == "draft" else False
    return _page(f"{sentence} {more}", account, offer=offer, address=error.found.address)


def _page(sentence, account=None, link="", **values):
    link = link or ("/odoo/inbox-accounts" + (f"/{account.id}" if account else ""))
    return _answer("concord_inbox.sign_in_page", {"sentence": sentence, "link": link, "offer": False, **values}, 400)


def _answer(template, values, status):
    response = request.render(template, values)
    response.status_code = status
    response.headers.update(
        {
            "Content-Security-Policy": POLICY,
            "Referrer-Policy": "no-referrer",  # the address has the code in it
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        }
    )
    return response
