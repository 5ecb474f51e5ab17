"""The pages of the sign-in that people see in their browser."""

from collections.abc import Iterable
from html import escape

#: What the consent page says of each permission, in Microsoft's words.
PERMISSIONS = {
    "openid": "Sign you in",
    "profile": "View your basic profile",
    "email": "View your email address",
    "offline_access": "Maintain access to data you have given it access to",
    "User.Read": "Sign you in and read your profile",
    "Mail.Read": "Read your mail",
    "Mail.ReadWrite": "Read and write access to your mail",
    "Mail.Send": "Send mail as you",
    "Mail.ReadWrite.Shared": "Read and write mail you can access",
    "Mail.Send.Shared": "Send mail on behalf of others or yourself",
    "MailboxSettings.Read": "Read your mailbox settings",
}


def page(title: str, body: str) -> str:
    """A whole page."""
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"><style>'
        "body{font:16px sans-serif;max-width:26em;margin:4em auto;padding:1em;border:1px solid #ccc}"
        "input,button{font:inherit;margin:.3em 0;padding:.4em}label{display:block}.error{color:#a00}"
        f"</style></head><body><h1>{escape(title)}</h1>{body}</body></html>"
    )


def choose(flow: str, accounts: Iterable[str]) -> str:
    """Which of the accounts that are signed in in this browser, or another one."""
    tiles = "".join(
        f'<p><button name="account" value="{escape(account)}">{escape(account)}</button></p>' for account in accounts
    )
    return page(
        "Pick an account", f'{_form(flow)}{tiles}<p><button name="account">Use another account</button></p></form>'
    )


def sign_in(flow: str, email: str = "", error: str = "") -> str:
    """Address and password."""
    alert = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    return page(
        "Sign in",
        f'{alert}{_form(flow)}<label>Email <input type="email" name="loginfmt" value="{escape(email)}"></label>'
        '<label>Password <input type="password" name="passwd"></label><button>Sign in</button></form>',
    )


def consent(flow: str, email: str, application: str, scopes: Iterable[str]) -> str:
    """What the application wants to be allowed."""
    wanted = "".join(f"<li>{escape(PERMISSIONS[scope])}</li>" for scope in scopes)
    return page(
        "Permissions requested",
        f"<p>{escape(email)}</p><p>{escape(application)} (unverified) would like to:</p><ul>{wanted}</ul>{_form(flow)}"
        '<button name="consent" value="accept">Accept</button> <button name="consent" value="cancel">Cancel</button>'
        "</form>",
    )


def approval(flow: str, application: str) -> str:
    """Only an administrator may allow it."""
    return page(
        "Need admin approval",
        f"<p>{escape(application)} needs permission to access resources in your organization that only an admin can "
        f'grant.</p>{_form(flow)}<button name="consent" value="back">Return to the application without granting consent'
        "</button></form>",
    )


def failure(text: str) -> str:
    """An error that is not told to the application."""
    return page(
        "Sign in",
        f'<p class="error" role="alert">Sorry, but we’re having trouble signing you in.</p><p>{escape(text)}</p>',
    )


def post(action: str, fields: dict[str, str]) -> str:
    """``response_mode=form_post``: the answer goes to the application as a form that sends itself."""
    inputs = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(text)}">' for name, text in fields.items()
    )
    return page(
        "Working...",
        f'<form method="post" action="{escape(action)}">{inputs}<button>Continue</button></form>'
        "<script>document.forms[0].submit()</script>",
    )


def _form(flow: str) -> str:
    return f'<form method="post" action="/signin"><input type="hidden" name="flow" value="{escape(flow)}">'
