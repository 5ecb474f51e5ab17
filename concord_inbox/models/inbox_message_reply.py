"""Answers and forwards: whom they go to, from which address, what they quote."""

import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import format_date, format_time

from .. import mime
from ..sync import identities

KINDS = ("reply", "reply_all", "reply_list", "forward", "forward_attached", "edit_as_new")
#: What mail programs of many languages put before the subject of an answer, and of what they forward.
_PREFIXES = re.compile(
    r"^\s*(?:(?:re|aw|antw|antwort|sv|vs|odp|ynt|atb|res|r|rif|ref|bls|vá|回复|答复|回覆|返信|"
    r"fwd?|fw|wg|vl|vb|tr|rv|enc|i|pd|továbbítás|iltr|转发|轉寄|転送)\s*(?:\[\d{1,3}\]|\(\d{1,3}\))?\s*[:：]\s*)+",
    re.IGNORECASE,
)


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    @api.model
    def compose_reply(self, message_id, kind):
        """Begin an answer to an email that the user may read, or pass it on; return it as `compose_open()` does.

        :param kind: one of ``reply, reply_all, reply_list, forward, forward_attached, edit_as_new``.
        :raises UserError: there is no account to send from.
        """
        if kind not in KINDS:
            raise UserError(self.env._("An email can be answered, forwarded or edited as new, and nothing else."))
        original = self.browse(int(message_id)).exists()
        if not original:
            raise UserError(self.env._("This email is not here any more."))
        original.check_access("read")
        if not original.is_content_readable:
            raise AccessError(self.env._("Whoever this email belongs to shows you no more than its subject."))
        return getattr(self, f"_begin_{kind}")(original)

    def _begin_reply(self, original, kind="reply"):
        source = original.sudo()
        identity = self._identity_to_answer(original)
        references = source._references_of_answer()
        is_own = source.account_id == identity.account_id.sudo()
        draft = self._create_draft(
            identity,
            f"Re: {_bare(source.subject)}".strip(),
            # In-Reply-To is the last of them, unless it is known that what is answered has no Message-ID.
            references=references if source.message_id or is_own else (),
            joins=source.conversation_id if is_own else None,
            answers_id=source.id if is_own else False,
        )
        draft._set_recipients(source._recipients_of_answer(identity, kind))
        quote = draft._quotation(original)
        draft._take_over(source._inline_files(), content_ids=True)
        draft._store_body(mime.replace_signature("<p><br></p>" + quote, draft._signature()))
        return draft._for_window()

    def _begin_reply_all(self, original):
        return self._begin_reply(original, "reply_all")

    def _begin_reply_list(self, original):
        if not original.sudo().list_post:
            raise UserError(self.env._("This email did not come by a mailing list that one can write to."))
        return self._begin_reply(original, "reply_list")

    def _begin_forward(self, original):
        source = original.sudo()
        draft = self._create_forward(original)
        quote = mime.forwarded(draft._header_lines(source), str(source.content_html or ""), source.content_text or "")
        draft._take_over(source._sent_files(), content_ids=True)
        draft._store_body(mime.replace_signature("<p><br></p>" + quote, draft._signature()))
        draft.has_attachment = bool(draft.file_ids)
        return draft._for_window()

    def _begin_forward_attached(self, original):
        content = original._whole_source()
        draft = self._create_forward(original)
        draft._attach([(f"{_file_name(original.subject) or 'email'}.eml", "message/rfc822", content)])
        draft._store_body(mime.replace_signature("<p><br></p>", draft._signature()))
        draft.has_attachment = True
        return draft._for_window()

    def _create_forward(self, original):
        source = original.sudo()
        identity = self._identity_to_answer(original)
        is_own = source.account_id == identity.account_id.sudo()
        return self._create_draft(
            identity,
            f"Fwd: {_bare(source.subject)}".strip(),
            # It belongs to what is talked about with those who wrote it, but answers nobody.
            references=source._references_of_answer() if is_own else (),
            joins=source.conversation_id if is_own else None,
            forwards_id=source.id if is_own else False,
        )

    def _begin_edit_as_new(self, original, goes_on=False):
        """:param goes_on: it is the same once more for others, in the conversation and with what it answers."""
        source = original.sudo()
        identity = self._identity_to_answer(original)
        once_more = {}
        if goes_on and identity.account_id.sudo() == source.account_id:
            once_more = {
                "references": tuple((source.header_references or "").split()),
                "joins": source.conversation_id,
                "answers_id": source.answers_id.id,
                "forwards_id": source.forwards_id.id,
            }
        draft = self._create_draft(identity, source.subject, **once_more)
        draft._set_recipients(
            {
                role: [(one.name or "", one.email or "") for one in source._recipients_of(role)]
                for role in ("to", "cc", "bcc")
            }
        )
        draft._take_over(source._sent_files(), content_ids=True)
        source._complete_foreign() if source.state == "draft" else None
        body = str(source.draft_html or source.content_html or "")
        draft._store_body(body or mime.html_of(source.content_text or ""))
        draft.has_attachment = bool(draft.file_ids)
        return draft._for_window()

    # ------------------------------------------------------------ from whom, and to whom

    @api.model
    def _identity_to_answer(self, original):
        """The address that an email came to (or went out from), if it is the user's; else the usual one."""
        source = original.sudo()
        if not original.has_access("write") or source.account_id._why_not_send():
            return self._identity_for()
        known = source.account_id._identities()
        roles = ("from",) if source.direction == "out" else ("to", "cc", "bcc")
        for participant in source._recipients_of(*roles):
            found = known.filtered(lambda one, who=participant: one.email_normalized == who.email_normalized)
            if found:
                return found[:1].sudo(False)
        return source.account_id._identity().sudo(False)

    def _recipients_of_answer(self, identity, kind):
        """role -> people, for an answer to this email that `identity` writes."""
        if kind == "reply_list":
            return {"to": [(self._name_of_list(), self.list_post)], "cc": []}
        everybody = kind == "reply_all"
        own = set(identities.own_addresses(self.account_id)) | set(identities.own_addresses(identity.account_id.sudo()))
        own |= {
            address
            for account in self.env["inbox.account"].sudo().search([("user_id", "=", self.env.uid)])
            for address in identities.own_addresses(account)
        }
        people = {role: self._recipients_of(role) for role in ("from", "reply_to", "to", "cc")}
        if self.direction == "out":
            first, others = people["to"] or people["cc"], people["to"].browse()
        else:
            first, others = people["reply_to"] or people["from"], people["to"]
        to, cc, seen = [], [], set()

        def add(target, participants, also_own=False):
            for one in participants:
                address = one.email_normalized or one.email
                if address and address not in seen and (also_own or address not in own):
                    seen.add(address)
                    target.append((one.name or "", one.email or ""))

        add(to, first)
        if everybody:
            add(to, others)
            add(cc, people["cc"])
        if not to:
            # An email to oneself, or one of which nothing but oneself is left.
            add(to, first, also_own=True)
        return {"to": to, "cc": cc}

    def _name_of_list(self):
        """What the mailing list is called in the email that came by it."""
        address = mime.normalize_address(self.list_post)
        named = self.participant_ids.filtered(lambda one: one.email_normalized == address and one.name)
        return named[:1].name or ""

    def _references_of_answer(self):
        """The References header of an answer to this email (RFC 5322 section 3.6.4).

        Of one without a Message-ID what it names itself: nobody else knows our substitute for its own.
        """
        return mime.references_for(self.message_id or "", self.header_references or "")

    # ------------------------------------------------------------ what is quoted

    def _quotation(self, original):
        source = original.sudo()
        sender = source._recipients_of("from")[:1]
        name = sender.name or sender.email or source.email_from or ""
        day, time = self._when(source)
        attribution = self.env._("On %(date)s at %(time)s, %(name)s wrote:", date=day, time=time, name=name)
        return mime.quoted(str(source.content_html or ""), source.content_text or "", attribution)

    def _header_lines(self, source):
        """What a forwarded email tells of its header, in the user's language."""
        people = {role: ", ".join(source._recipients_of(role).mapped("display_name")) for role in ("from", "to", "cc")}
        lines = [
            "---------- " + self.env._("Forwarded message") + " ----------",
            (self.env._("From"), people["from"] or source.email_from or ""),
            (self.env._("Date"), ", ".join(self._when(source))),
            (self.env._("Subject"), source.subject or ""),
            (self.env._("To"), people["to"]),
        ]
        return lines + ([(self.env._("Cc"), people["cc"])] if people["cc"] else [])

    def _when(self, source):
        """Day and time of an email in words, in the zone and the language of whoever writes."""
        local = fields.Datetime.context_timestamp(self, source.date or source.create_date)
        return (
            format_date(self.env, local.date(), date_format="full"),
            # Not every mail program shows the narrow blank that stands before "AM".
            format_time(self.env, local.timetz(), time_format="short").replace("\u202f", " "),
        )

    def _whole_source(self):
        """This email as it is on the mail server, byte for byte; the server is asked while the user waits.

        Nothing is made up of what is stored here: what is attached to be looked into has to be the original.

        :raises UserError: it is not there (any more), or not within the user's reach.
        """
        message = self.sudo()
        copies = message.copy_ids.filtered(lambda copy: copy._remote_id() and copy.folder_id.cursor)
        if self.has_access("write") and copies:
            account = message.account_id
            with account._mail_server() as adapter:
                for copy in copies:
                    remote = account._listed(adapter, copy.folder_id)
                    found = adapter.describe(remote, copy.folder_id.cursor, [copy._remote_id()])
                    for group in adapter.fetch(remote, found) if found else ():
                        for raw in group:
                            return raw.source if isinstance(raw.source, bytes) else raw.source.read()
        raise UserError(
            self.env._(
                "The original of this email is not on the mail server any more, or not in a mailbox of yours. "
                "What is shown of it can still be read, printed, and forwarded with its text."
            )
        )

    # ------------------------------------------------------------ buttons

    def action_reply(self):
        """Open the window with an answer to the sender."""
        return self._open_answer("reply")

    def action_reply_all(self):
        """Open the window with an answer to everybody."""
        return self._open_answer("reply_all")

    def action_forward(self):
        """Open the window to pass this email on."""
        return self._open_answer("forward")

    def action_edit_draft(self):
        """Open the window with this draft."""
        self.ensure_one()
        return self._open_window(self._draft(self.id).id)

    def _open_answer(self, kind):
        self.ensure_one()
        return self._open_window(self.compose_reply(self.id, kind)["id"])

    def _open_window(self, draft_id):
        return {"type": "ir.actions.client", "tag": "concord_inbox.compose", "params": {"draft_id": draft_id}}


def _bare(subject):
    """`subject` without what answers and forwards put before it."""
    return _PREFIXES.sub("", subject or "").strip()


def _file_name(subject):
    return re.sub(r"[^\w .,()-]+", " ", subject or "").strip()[:80]
