"""The text of a draft on its way between the editor and the database.

Stored is what is sent, with pictures by their Content-ID. The editor gets addresses from which a browser shows them,
and no picture of a stranger's quotation that the Internet would be told of.
"""

import base64
import binascii
import re
import uuid
from html import escape, unescape

from odoo import models
from odoo.tools import is_html_empty

from .. import mime
from ..mime.clean import one_line

_OWN_PICTURE = re.compile(r'\bsrc="(?:https?://[^"/]+)?/web/(?:image|content)/(\d+)[^"]*"')
_DATA_PICTURE = re.compile(r'\bsrc="data:(image/(?:png|jpeg|gif|webp));base64,([A-Za-z0-9+/=\s]+)"')
_REMOTE_PICTURE = re.compile(r'(<img\b[^>]*?\s)src="(https?://[^"]*)"', re.IGNORECASE)
_HELD_BACK = re.compile(r'\bsrc="data:image/gif;base64,[A-Za-z0-9+/=]+#([A-Za-z0-9_=-]+)"')
#: A transparent point. What stands behind the "#" is the address that is not asked until the email is read.
_POINT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
SNIPPET = 200


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    def _for_editor(self, source):
        """`source`, as stored, for the window: what was written, and the quotation."""
        pictures = {one.inbox_content_id: f"/web/image/{one.id}" for one in self.attachment_ids if one.inbox_content_id}
        body, quote = mime.split_quote(source)
        return mime.without_cids(body, pictures), mime.without_cids(_REMOTE_PICTURE.sub(_hold_back, quote), pictures)

    def _from_editor(self, source):
        """`source`, as the window sends it, to be stored; new pictures in it become attachments."""
        source = _HELD_BACK.sub(_give_back, source)
        source = _DATA_PICTURE.sub(self._data_picture, source)
        source = _OWN_PICTURE.sub(self._own_picture, source)
        return mime.sanitize(source)

    def _data_picture(self, match):
        try:
            content = base64.b64decode(match[2], validate=False)
        except binascii.Error:
            return 'src=""'
        extension = match[1].partition("/")[2]
        attachment = self._attach([(f"picture.{extension}", match[1], content)], inline=True)
        return f'src="cid:{escape(attachment.inbox_content_id)}"'

    def _own_picture(self, match):
        """A picture of this draft, or of elsewhere in Odoo (a signature, a template) that the user may see."""
        attachment = self.env["ir.attachment"].sudo(False).browse(int(match[1])).exists()
        if not attachment or not attachment.has_access("read"):
            return 'src=""'
        attachment = attachment.sudo()
        if (attachment.res_model, attachment.res_id) != ("inbox.message", self.id):
            attachment = self._take_over(attachment, inline=True)
        elif not attachment.inbox_content_id:
            attachment.inbox_content_id = _content_id()
        return f'src="cid:{escape(attachment.inbox_content_id)}"'

    def _store_body(self, source):
        """Store the whole text, as `_from_editor()` or `mime` made it, and what follows from it."""
        text = mime.text_of(source)
        body, _quote = mime.split_quote(source)
        self.write(
            {
                "draft_html": source,
                "content_html": source,
                "content_text": text,
                "content_snippet": one_line(mime.text_of(body))[:SNIPPET],
                "has_remote_images": mime.has_remote_images(source),
            }
        )

    def _complete_foreign(self):
        """Make what another program wrote a draft of ours: its text, who writes it as whom, and what it answers."""
        if self.draft_html is not False and self.identity_id:
            return
        source = str(self.content_html or "")
        if is_html_empty(source) and not self._inline_files():
            lines = (self.content_text or "").splitlines()
            source = "".join(f"<p>{escape(line) or '<br>'}</p>" for line in lines)
        values = {}
        if not self.draft_html:
            values["draft_html"] = source
        if not self.identity_id:
            values["identity_id"] = self._identity_of_sender().id
        if not self.answers_id and (references := (self.header_references or "").split()):
            values["answers_id"] = self._by_message_id(references[-1]).id
        self.write(values)

    def _identity_of_sender(self):
        """The account's identity that it is from; the default one if it is from none."""
        sender = self._recipients_of("from")[:1]
        known = self.account_id._identities().filtered(lambda one: one.email_normalized == sender.email_normalized)
        return (
            known.filtered(lambda one: (one.name or "") == (sender.name or ""))[:1]
            or known[:1]
            or (self.account_id._identity())
        )

    def _by_message_id(self, message_id):
        return self.search(
            [("account_id", "=", self.account_id.id), ("message_id", "=", message_id), ("id", "!=", self.id)], limit=1
        )


def _hold_back(match):
    address = base64.urlsafe_b64encode(unescape(match[2]).encode()).decode()
    return f'{match[1]}src="{_POINT}#{address}"'


def _give_back(match):
    try:
        address = base64.urlsafe_b64decode(match[1]).decode()
    except (binascii.Error, UnicodeDecodeError):
        return 'src=""'
    return f'src="{escape(address)}"'


def _content_id():
    return f"{uuid.uuid4().hex}@concord"
