"""Where providers tell that there is new email. Anybody may ask here, and learns nothing.

What is asked in the wrong form, or by who does not prove to be Google, is refused without a reason; all else is
answered in the same way whether it is about an account or not. Accounts are not looked for before the request is known
to be one of a provider's, in form at least, and nothing is ever rendered.

A wrong or unknown secret of Graph's is no error of its own: after a subscription has ended some notifications are still
on their way, and what is refused is sent again for hours.
"""

from odoo import SUPERUSER_ID, http
from odoo.http import request
from werkzeug.exceptions import HTTPException

from ..adapters.gmail import push
from ..adapters.outlook import notices
from ..models import notification_settings
from ..models.inbox_subscription import BusyError

#: Bytes of a request: Graph posts some hundred for each change, Pub/Sub some hundred in all.
LARGEST = 256 * 1024
LONGEST_VALIDATION = 2048  # characters

_ROUTE = {
    "type": "http",
    "auth": "none",
    "methods": ["POST"],
    "csrf": False,
    "readonly": False,
    "save_session": False,
    "sitemap": False,
    "max_content_length": LARGEST,
}


class InboxNotifications(http.Controller):
    @http.route("/concord_inbox/notify/microsoft", **_ROUTE)
    def microsoft(self, **_parameters):
        """Microsoft Graph, about messages and about subscriptions; and whether this address is ours at all."""
        if not notification_settings.is_on(_env(), "outlook"):
            return _answer(404)
        token = request.httprequest.args.get("validationToken")
        if token is not None:
            # Whoever asks gets back what they brought, as text, and no browser takes it for anything else.
            fits = 0 < len(token) <= LONGEST_VALIDATION and token.isprintable()
            return _answer(200, token) if fits else _answer(400)
        try:
            told = notices.read(_content())
        except HTTPException as error:
            return _answer(error.code)
        except ValueError:
            return _answer(400)
        return _act(202, lambda env: env["inbox.subscription"]._told_by_microsoft(told))

    @http.route("/concord_inbox/notify/google", **_ROUTE)
    def google(self, **_parameters):
        """Google Cloud Pub/Sub, for Gmail."""
        env = _env()
        if not notification_settings.is_on(env, "gmail"):
            return _answer(404)
        authorization = request.httprequest.headers.get("Authorization", "")
        audience = notification_settings.address(env, "gmail")
        sender = notification_settings.push_account(env)
        known = push.certificates(env["inbox.provider.client"]._base("gmail"))
        try:
            if not known.has(push.key_of(authorization)):
                env.cr.commit()  # no transaction while the network is waited for
            push.verify(authorization, audience, sender, known)
        except push.NotGoogleError:
            return _answer(401)
        except push.NotNowError:
            return _answer(503)
        try:
            told = push.read(_content())
        except HTTPException as error:
            return _answer(error.code)
        except ValueError:
            return _answer(400)
        return _act(204, lambda env: env["inbox.subscription"]._told_by_google(told))


def _env():
    return request.env(user=SUPERUSER_ID)


def _content() -> bytes:
    """The body; too large a one raises. Kept, for Odoo may have the whole request done again."""
    return request.httprequest.get_data()


def _act(status: int, work):
    env = _env()
    try:
        work(env)
        env.flush_all()
    except BusyError:
        request.env.cr.rollback()
        return _answer(503)
    return _answer(status)


def _answer(status: int, text: str = ""):
    headers = {
        "Content-Type": "text/plain; charset=utf-8",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "no-store",
    }
    return request.make_response(text, headers=headers, status=status)
