"""Who sees which emails, and how much of them.

Readers of an account see all of its emails. Others see, on the pages of contacts that they may read, what the account's
owner lets them see: everything, the subject and the people, or nothing; single conversations may differ.
"""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .inbox_account import VISIBILITIES


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    visibility = fields.Selection(
        VISIBILITIES,
        "Shown to colleagues",
        compute="_compute_visibility",
        store=True,
        precompute=True,
        required=True,
        help="What those see on a contact's page who do not read the account.",
    )
    # Sanitised by mime/ before it is stored, and shown in a sandboxed frame only.
    body_html = fields.Html(compute="_compute_body_html", inverse="_inverse_body_html", sanitize=False)
    body_text = fields.Text(compute="_compute_body_text", inverse="_inverse_body_text", search="_search_body_text")
    snippet = fields.Char(compute="_compute_snippet", inverse="_inverse_snippet", search="_search_snippet")
    unsubscribe = fields.Char(
        compute="_compute_unsubscribe", help="Where the reader of the account may unsubscribe from its mailing list."
    )
    is_own = fields.Boolean(compute="_compute_is_own", search="_search_is_own")
    is_in_inbox = fields.Boolean(
        compute="_compute_is_in_inbox", search="_search_is_in_inbox", groups="concord_inbox.group_inbox_user"
    )
    is_content_readable = fields.Boolean(compute="_compute_is_content_readable", search="_search_is_content_readable")
    is_on_readable_record = fields.Boolean(
        compute="_compute_is_on_readable_record", search="_search_is_on_readable_record", compute_sudo=False
    )

    _hidden_idx = models.Index("(account_id) WHERE visibility <> 'everything'")

    # ------------------------------------------------------------ whose it is

    @api.depends_context("uid")
    def _compute_is_own(self):
        own = self._filtered_access("write")
        for message in self:
            message.is_own = message in own

    @api.model
    def _search_is_own(self, operator, value):
        """Emails of the accounts that the user sees, without those that are only on a contact's page."""
        if operator != "in":
            return NotImplemented
        own = self._own_domain()
        return own if True in value else ~own

    @api.model
    def _own_domain(self):
        return Domain("account_id", "in", self._readable_accounts().ids)

    @api.model
    def _readable_accounts(self):
        """The accounts that the user sees, with those that were deleted and of which some emails were kept."""
        return self.with_context(active_test=False)._own_accounts()

    @api.depends_context("uid")
    @api.depends("folder_ids.is_active", "state", "draft_version", "is_deleted")
    def _compute_is_in_inbox(self):
        for message in self:
            message.is_in_inbox = message.is_own and (
                any(message.folder_ids.mapped("is_active")) or message._is_written_here()
            )

    @api.model
    def _search_is_in_inbox(self, operator, value):
        """What the inbox lists: the user's own emails that lie in a folder that is followed, and what is being written
        where the account has no such folder for it."""
        if operator != "in":
            return NotImplemented
        accounts = self._own_accounts()
        folders = accounts.folder_ids.filtered("is_active")
        # The folders are known to be the user's, and need not be asked for again. LIMIT keeps the database from reading
        # all emails of all folders first: it looks at those that it comes by, until it has a page of them.
        in_folder = Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                """COALESCE((SELECT true FROM inbox_message_folder_rel
                              WHERE message_id = %s AND folder_id = ANY(%s) LIMIT 1), false)""",
                SQL.identifier(alias, "id"),
                folders.ids,
            )
        )
        listed = Domain("account_id", "in", accounts.ids) & (in_folder | self._written_here_domain())
        return listed if True in value else ~listed

    # ------------------------------------------------------------ how much of it

    @api.depends("account_id", "conversation_id.visibility")
    def _compute_visibility(self):
        # When the account's own choice changes, `_follow_account()` tells its emails, which may be too many for this.
        for message in self:
            message.visibility = {"private": "nothing", "shared": "everything"}.get(
                message.conversation_id.visibility, message.account_id.record_visibility
            )

    @api.model
    def _follow_account(self, accounts):
        """Have the emails of `accounts` as visible as these say now."""
        self.env["inbox.account"].flush_model(["record_visibility"])
        self.flush_model(["visibility", "conversation_id"])
        self.env.cr.execute(
            SQL(
                """UPDATE inbox_message message SET visibility = account.record_visibility
                     FROM inbox_account account
                    WHERE account.id = message.account_id AND account.id = ANY(%s)
                      AND message.visibility IS DISTINCT FROM account.record_visibility
                      AND NOT EXISTS (SELECT FROM inbox_conversation
                                       WHERE id = message.conversation_id AND visibility IS NOT NULL)""",
                accounts.ids,
            )
        )
        self.invalidate_model(["visibility"])

    @api.depends_context("uid")
    @api.depends("visibility")
    def _compute_is_content_readable(self):
        own = self if self.env.su else self._filtered_access("write")
        for message in self:
            message.is_content_readable = message in own or message.visibility == "everything"

    @api.model
    def _search_is_content_readable(self, operator, value):
        if operator != "in":
            return NotImplemented
        readable = Domain("visibility", "=", "everything") | self._own_domain()
        return readable if True in value else ~readable

    @api.depends_context("uid")
    @api.depends("is_content_readable", "content_html")
    def _compute_body_html(self):
        self._read_content("body_html", "content_html")

    def _inverse_body_html(self):
        for message in self:
            message.sudo().content_html = message.body_html

    @api.depends_context("uid")
    @api.depends("is_content_readable", "content_text")
    def _compute_body_text(self):
        self._read_content("body_text", "content_text")

    def _inverse_body_text(self):
        for message in self:
            message.sudo().content_text = message.body_text

    @api.depends_context("uid")
    @api.depends("is_content_readable", "content_snippet")
    def _compute_snippet(self):
        self._read_content("snippet", "content_snippet")

    def _inverse_snippet(self):
        for message in self:
            message.sudo().content_snippet = message.snippet

    @api.depends_context("uid")
    @api.depends("is_own", "content_unsubscribe")
    def _compute_unsubscribe(self):
        # Not for all who may read it: whoever has the address can unsubscribe the reader.
        for message in self:
            message.unsubscribe = message.sudo().content_unsubscribe if message.is_own else False

    def _read_content(self, name, kept):
        for message in self:
            message[name] = message.sudo()[kept] if message.is_content_readable else False

    @api.model
    def _search_body_text(self, operator, value):
        return self._search_content("content_text", operator, value)

    @api.model
    def _search_snippet(self, operator, value):
        return self._search_content("content_snippet", operator, value)

    @api.model
    def _search_content(self, name, operator, value):
        """Nobody finds out by searching what he may not read."""
        kept = Domain(name, operator, value).optimize_full(self.sudo())
        # A condition on the very rows that are searched, and no search of its own among the emails of everybody: the
        # database looks first for those of the account.
        found = Domain.custom(
            to_sql=lambda model, alias, query: kept._to_sql(model.sudo(), alias, query),
            predicate=lambda message: bool(message.sudo().filtered_domain(kept)),
        )
        return found if self.env.su else found & self._search_is_content_readable("in", {True})

    # ------------------------------------------------------------ who may see it on a record

    @api.depends_context("uid")
    @api.depends("partner_ids")
    def _compute_is_on_readable_record(self):
        # Called by the record rules as superuser; the question is what the user himself may read.
        partners = self.sudo().partner_ids.sudo(False)
        readable = set(partners._filtered_access("read")._ids)
        on_documents = self.env["inbox.conversation.link"].sudo(False)._readable_emails()
        linked = set()
        if not on_documents.is_false():
            linked = set(self.sudo().search(Domain("id", "in", self.ids) & on_documents)._ids)
        for message in self:
            message.is_on_readable_record = (
                not readable.isdisjoint(message.sudo().partner_ids._ids) or message.id in linked
            )

    @api.model
    def _search_is_on_readable_record(self, operator, value):
        if operator != "in":
            return NotImplemented
        readable = Domain("partner_ids", "in", self.env["res.partner"].sudo(False)._search([]))
        readable |= self.env["inbox.conversation.link"].sudo(False)._readable_emails()
        return readable if True in value else ~readable
