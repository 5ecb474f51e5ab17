"""What is wrong with an email before it is sent, or may be."""

from odoo import api, models
from odoo.tools import SQL, human_size

from .. import mime
from ..sync.matching import FREE_MAIL_DOMAINS
from .draft_words import speaks_of_attachment
from .inbox_message_draft_people import ROLES


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    @api.model
    def compose_check(self, draft_id):
        """What the user should look at before sending: list of ``{code, text, severity: block | warn}``."""
        return self._draft(draft_id)._warnings()

    def _warnings(self):
        self.ensure_one()
        _ = self.env._
        people = self._recipients_of(*ROLES)
        found = []

        def tell(code, text, severity="warn"):
            found.append({"code": code, "text": text, "severity": severity})

        if not people:
            tell("no_recipient", _("Nobody would get this email. Enter somebody in To, Cc or Bcc."), "block")
        if wrong := [one.email or one.name for one in people if not mime.is_address(one.email or "")]:
            tell("bad_address", _("Not an email address: %s. Correct or remove it.", ", ".join(wrong)), "block")
        if why_not := self.account_id._why_not_send() or self._why_not_from():
            tell("no_account", why_not, "block")
        size, limit = self._estimated_size(), self._size_limit()
        if limit and size > limit:
            tell(
                "too_large",
                _(
                    "The email has %(size)s, and the mail server takes no more than %(limit)s. Remove a file.",
                    size=human_size(size),
                    limit=human_size(limit),
                ),
                "block",
            )
        if not (self.subject or "").strip():
            tell("empty_subject", _("The email has no subject."))
        if not self._sent_files().filtered(lambda one: not one.inbox_content_id) and speaks_of_attachment(
            f"{self.subject or ''}\n{self._own_words()}"
        ):
            tell("forgotten_attachment", _("The text speaks of an attachment, and nothing is attached."))
        if strangers := self._strangers_in_internal(people):
            tell(
                "external_in_internal",
                _("Until now only colleagues talked here. Others would get this email, too: %s.", ", ".join(strangers)),
            )
        if answer := self._answered_meanwhile():
            tell(
                "answered_meanwhile",
                _(
                    "%(who)s wrote to this conversation meanwhile: “%(words)s”",
                    who=answer.author_id.name or answer.email_from or answer.account_id.name,
                    words=answer.content_snippet or answer.subject or "",
                ),
            )
        return found

    def _why_not_from(self):
        if not self.identity_id or not mime.is_address(self.identity_id.email or ""):
            return self.env._("The address that it is from does not exist any more. Choose another one in From.")
        return ""

    def _own_words(self):
        """The text without what is quoted and without the signature."""
        body, _quote = mime.split_quote(str(self.draft_html or ""))
        return mime.text_of(mime.replace_signature(body, ""))

    def _strangers_in_internal(self, people):
        """Recipients from outside of a conversation in which only colleagues talked; [] if it was none."""
        if not self.answers_id:
            return []
        others = self.env["inbox.participant"].search(
            [
                ("inbox_message_id.conversation_id", "=", self.conversation_id.id),
                ("inbox_message_id.state", "in", ("received", "sent", "bounced")),
                ("email_normalized", "!=", False),
            ]
        )
        before = set(others.mapped("email_normalized"))
        now = {mime.normalize_address(one.email or ""): one.email for one in people}
        inside = self._inside(before | set(now))
        if not before or before - inside:
            return []
        return [email for address, email in now.items() if address and address not in inside]

    def _inside(self, addresses):
        """Those of `addresses` that are of the own companies: colleagues, and whatever has their domains."""
        inside = self._colleagues(addresses)
        rows = self.env.execute_query(
            SQL(
                """SELECT lower(name) FROM mail_alias_domain
             UNION SELECT split_part(partner.email_normalized, '@', 2)
                     FROM res_company company JOIN res_partner partner ON partner.id = company.partner_id
                    WHERE partner.email_normalized IS NOT NULL"""
            )
        )
        domains = {domain for (domain,) in rows} - FREE_MAIL_DOMAINS
        own = self.account_id.email_normalized.rpartition("@")[2]
        if own not in FREE_MAIL_DOMAINS:
            domains.add(own)
        return inside | {address for address in addresses if address.rpartition("@")[2] in domains}

    def _answered_meanwhile(self):
        """An email of somebody else's that went out from this conversation since this one was begun."""
        return self.search(
            [
                ("conversation_id", "=", self.conversation_id.id),
                ("id", "!=", self.id),
                ("direction", "=", "out"),
                ("state", "in", ("outgoing", "sent", "bounced")),
                ("create_date", ">", self.create_date),
                ("author_id", "!=", self.author_id.id),
            ],
            order="date desc",
            limit=1,
        )
