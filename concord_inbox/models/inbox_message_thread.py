"""What the list of conversations shows of each: the newest email stands for it, with a summary of the others.

The list is a list of emails. In the context `inbox_conversations`, `web_search_read()` leaves of each conversation the
newest email that matches, so that folders, searches and filters mean the same whether or not emails are put together.
Whoever does not read the account, but one of its emails on a contact's page, gets that email alone.
"""

from collections import defaultdict
from dataclasses import dataclass

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, Query

#: Folders whose emails count as thrown away: they are no part of a conversation that goes on elsewhere.
THROWN_ROLES = ("trash", "junk")

#: Names that a line has room for.
NAMED = 4


@dataclass(slots=True)
class _Member:
    """An email of a conversation, as its summary needs it."""

    id: int
    is_read: bool
    is_starred: bool
    has_attachment: bool
    state: str
    direction: str
    correspondent: str
    author: int | None
    is_thrown: bool


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    thread_ids = fields.Many2many("inbox.message", string="Emails of the conversation", compute="_compute_thread_ids")
    thread_count = fields.Integer("Emails", compute="_compute_thread")
    thread_unread_count = fields.Integer("Unread emails", compute="_compute_thread")
    thread_people = fields.Json("People", compute="_compute_thread", help="List of {name, is_unread}, oldest first.")
    thread_is_starred = fields.Boolean("Something is starred", compute="_compute_thread")
    thread_has_attachment = fields.Boolean("Something is attached", compute="_compute_thread")
    thread_has_draft = fields.Boolean("An answer is begun", compute="_compute_thread")
    thread_deals = fields.Json(
        "Deals", compute="_compute_thread_deals", help="List of {id, name}: what it is about, as far as one may see it."
    )
    sender_id = fields.Many2one("res.partner", "Contact of the correspondent", compute="_compute_sender_id")

    _account_starred_idx = models.Index("(account_id, date DESC, id DESC) WHERE is_starred")
    _account_unsent_idx = models.Index(
        "(account_id, state) WHERE state IN ('draft', 'scheduled', 'outgoing', 'failed')"
    )

    # ------------------------------------------------------------ the list

    @api.model
    @api.readonly
    def web_search_read(self, domain, specification, offset=0, limit=None, order=None, count_limit=None):
        if self.env.context.get("inbox_conversations"):
            domain = Domain(domain) & self._newest_of_conversations(domain)
        return super().web_search_read(domain, specification, offset, limit, order, count_limit)

    @api.model
    def _newest_of_conversations(self, domain):
        """A domain that leaves of each conversation the newest of the user's own emails that match `domain`."""
        folder, rest = self._one_folder(Domain(domain))
        matching = rest & (Domain("account_id", "=", folder.account_id.id) if folder else self._own_domain())

        def to_sql(model, alias, _query):
            newer = Query(model.env, "newer", SQL.identifier(model._table))
            condition = matching.optimize_full(model)._to_sql(model, "newer", newer)
            newer.add_where(condition)
            if folder:
                newer.add_where(
                    SQL(
                        """EXISTS (SELECT FROM inbox_message_folder_rel
                                    WHERE message_id = newer.id AND folder_id = %s)""",
                        folder.id,
                    )
                )
            newer.add_where(
                SQL(
                    "newer.conversation_id = %(conversation)s AND (newer.date, newer.id) > (%(date)s, %(id)s)",
                    conversation=SQL.identifier(alias, "conversation_id"),
                    date=SQL.identifier(alias, "date"),
                    id=SQL.identifier(alias, "id"),
                )
            )
            return SQL("NOT EXISTS (%s)", newer.select(SQL("1")))

        return Domain.custom(to_sql=to_sql)

    # ------------------------------------------------------------ the summary

    @api.depends_context("uid", "inbox_conversations")
    @api.depends("state", "conversation_id", "folder_ids")
    def _compute_thread_ids(self):
        _own, threads = self._threads()
        # The rules are asked of one conversation after the other: what they look at is fetched once for all.
        emails = self.browse({member.id for thread in threads.values() for member in thread})
        emails.sudo().fetch(["account_id", "state", "visibility"])
        for message in self:
            message.thread_ids = self.browse(member.id for member in threads[message.id])

    @api.depends_context("uid", "lang", "inbox_conversations")
    @api.depends("is_read", "is_starred", "has_attachment", "state", "conversation_id", "folder_ids")
    def _compute_thread(self):
        own, threads = self._threads()
        own_ids = set(own._ids)
        for message in self:
            thread = threads[message.id]
            message.thread_count = len(thread)
            unread = [member for member in thread if not member.is_read and member.state != "draft"]
            message.thread_unread_count = len(unread) if message.id in own_ids else 0
            message.thread_people = message._people_of(thread)
            message.thread_is_starred = any(member.is_starred for member in thread)
            message.thread_has_attachment = any(member.has_attachment for member in thread)
            message.thread_has_draft = any(member.state == "draft" for member in thread)

    @api.depends_context("uid", "lang")
    @api.depends("conversation_id.link_ids.is_undone")
    def _compute_thread_deals(self):
        leads = self.env["crm.lead"]
        own = self._filtered_access("write") if leads.has_access("read") else self.browse()
        conversations = {message.id: message.conversation_id.id for message in own.sudo()}
        self.env["inbox.conversation.link"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT conversation_id, res_id FROM inbox_conversation_link
                    WHERE conversation_id = ANY(%s) AND res_model = %s AND is_undone IS NOT TRUE ORDER BY id""",
                sorted({conversation for conversation in conversations.values() if conversation}),
                leads._name,
            )
        )
        readable = leads.browse({lead for _conversation, lead in rows}).exists()._filtered_access("read")
        names = {lead.id: lead.name for lead in readable}
        linked = defaultdict(list)
        for conversation, lead in rows:
            if lead in names:
                linked[conversation].append({"id": lead, "name": names[lead]})
        for message in self:
            # A Json field keeps no empty list.
            message.thread_deals = linked[conversations.get(message.id)] or False

    def _threads(self):
        """Those of these emails that are the user's own, and for each email the emails that it stands for."""
        own = self._filtered_access("write")
        together = own if self.env.context.get("inbox_conversations") else self.browse()
        members = together._members_of_conversations()
        together_ids = set(together._ids)
        threads = {}
        for message in self:
            conversation = message.sudo().conversation_id.id if message.id in together_ids else False
            thread = members.get(conversation, []) if conversation else []
            here = next((member for member in thread if member.id == message.id), None)
            if not here:
                thread = [message._as_member()]
            elif here.is_thrown:
                # Looked at in the trash, a conversation is what was thrown away of it.
                thread = [member for member in thread if member.is_thrown]
            else:
                thread = [member for member in thread if not member.is_thrown]
            threads[message.id] = thread
        return own, threads

    def _members_of_conversations(self) -> dict[int, list[_Member]]:
        """Conversation id -> its emails, oldest first; of the accounts of these emails alone."""
        if not self.ids:
            return {}
        self.env["inbox.message"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT message.conversation_id, message.id, message.is_read, message.is_starred,
                          message.has_attachment, message.state, message.direction, message.correspondent,
                          message.author_id,
                          (SELECT bool_and(coalesce(folder.role, '') = ANY(%(thrown)s))
                             FROM inbox_message_folder_rel rel JOIN inbox_folder folder ON folder.id = rel.folder_id
                            WHERE rel.message_id = message.id)
                     FROM inbox_message message
                    WHERE message.is_deleted IS NOT TRUE AND message.is_gone IS NOT TRUE
                      -- An answer that was begun and not saved yet is none.
                      AND (message.state <> 'draft' OR message.draft_version > 0
                           OR EXISTS (SELECT FROM inbox_message_folder_rel WHERE message_id = message.id))
                      AND (message.conversation_id, message.account_id) IN (
                          SELECT conversation_id, account_id FROM inbox_message WHERE id = ANY(%(messages)s))
                 ORDER BY message.date, message.id""",
                thrown=list(THROWN_ROLES),
                messages=self.ids,
            )
        )
        members = defaultdict(list)
        for conversation, *values in rows:
            members[conversation].append(_Member(*values))
        return members

    def _as_member(self) -> _Member:
        self.ensure_one()
        message = self.sudo()
        return _Member(
            self.id,
            message.is_read,
            message.is_starred,
            message.has_attachment,
            message.state,
            message.direction,
            message.correspondent,
            message.author_id.id,
            False,
        )

    def _people_of(self, thread: list[_Member]) -> list[dict]:
        """Who wrote in a conversation, each once, in the order in which they first did; the last ones if they are many.

        Of what was only ever written from here, to whom it went.
        """
        self.ensure_one()
        if all(member.direction == "out" for member in thread):
            return [
                {"name": self.env._("To: %s", thread[-1].correspondent or self.env._("nobody yet")), "is_unread": False}
            ]
        unread = {}
        for member in thread:
            name = member.correspondent or self.env._("Unknown") if member.direction == "in" else self._writer(member)
            unread[name] = unread.get(name, False) or (member.direction == "in" and not member.is_read)
        people = [{"name": name, "is_unread": is_unread} for name, is_unread in unread.items()]
        return people if len(people) <= NAMED else [people[0], *people[1 - NAMED :]]

    def _writer(self, member: _Member) -> str:
        """Who of the readers of this account wrote an email that left it."""
        author = self.env["res.users"].sudo().browse(member.author or ())
        if author == self.env.user or (not author and self.sudo().account_id.account_type == "personal"):
            return self.env._("me")
        return author.name or self.sudo().account_id.name

    @api.depends_context("uid")
    @api.depends("participant_ids.partner_id", "direction")
    def _compute_sender_id(self):
        self.env["inbox.participant"].flush_model()
        found = {}
        if self.ids:
            found = dict(
                self.env.execute_query(
                    SQL(
                        """SELECT DISTINCT ON (message.id) message.id, participant.partner_id
                             FROM inbox_message message
                             JOIN inbox_participant participant ON participant.inbox_message_id = message.id
                            WHERE message.id = ANY(%s) AND participant.partner_id IS NOT NULL
                              AND participant.role = CASE message.direction WHEN 'out' THEN 'to' ELSE 'from' END
                         ORDER BY message.id, participant.id""",
                        self.ids,
                    )
                )
            )
        # A contact that the user may not see lends its picture to nobody.
        readable = set(self.env["res.partner"].browse(set(found.values())).exists()._filtered_access("read")._ids)
        for message in self:
            partner = found.get(message.id)
            message.sender_id = partner if partner in readable else False
