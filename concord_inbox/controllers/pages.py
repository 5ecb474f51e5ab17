"""What the pages of emails have in common: who gets them, and with what around them."""

import base64
import re

from odoo.exceptions import AccessError, MissingError
from odoo.http import content_disposition, request

from .. import mime

#: An inline picture larger than this stays an attachment: the page that carries it would be too heavy.
LARGEST_INLINE = 10 * 1024 * 1024  # bytes
#: Nothing of an email is kept by a browser or guessed at, and nobody is told who reads it.
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}


def readable(message_ids):
    """Return emails of which the user may read what they say; the answer is 404 if there is one that he may not."""
    messages = request.env["inbox.message"].browse(message_ids)
    try:
        messages._check_content()
    except (AccessError, MissingError):
        raise request.not_found() from None
    return messages


def page(html, allow_remote, for_print=False):
    """Return a page of `mime` with the policy under which it can run nothing and, unless allowed, loads nothing."""
    return request.make_response(
        html,
        headers={
            **SAFE,
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": mime.content_security_policy(allow_remote, for_print),
        },
    )


def download(content, name, mimetype="application/octet-stream"):
    """Return a file that no browser opens by itself.

    :param content: bytes, or what yields them.
    """
    response = request.make_response(
        content,
        headers={
            **SAFE,
            "Content-Type": mimetype,
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )
    response.headers["Content-Disposition"] = content_disposition(name)
    return response


def inline_pictures(message):
    """Content-ID -> ``data:`` URI of the pictures within the text of an email."""
    return {
        attachment.inbox_content_id: data_uri(attachment.mimetype, attachment.raw)
        for attachment in message.attachment_ids
        if attachment.inbox_content_id and attachment.file_size <= LARGEST_INLINE
    }


def data_uri(mimetype, content):
    return f"data:{mimetype};base64,{base64.b64encode(content).decode()}"


def is_dark():
    """As the page around it, whatever the browser prefers: where Odoo has no dark mode, that is light."""
    return request.env["ir.http"].color_scheme() == "dark"


def labels(has_signature=True):
    """Words of the page, in the user's language.

    :param has_signature: a signature is folded away, too: not of what is still being written.
    """
    _ = request.env._
    return mime.Labels(
        quoted=_("Show quoted text"),
        signature=_("Show signature") if has_signature else "",
        leads_to=_("This link leads to %s", "%s"),
    )


def stem(subject):
    """The name of a file that is made of an email, without its extension; '' for an email without a subject."""
    return re.sub(r"[^\w.,()-]+", " ", subject or "").strip(" .")[:80]
