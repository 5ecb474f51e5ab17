"""What the three panes ask of the models: conversations, the panel's nodes, and what is done to many emails at once."""

import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import InboxCase


@tagged("post_install", "-at_install")
class TestPanes(InboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner = cls.users["owner"]
        cls.inbox = cls.records["personal folder"]
        cls.folders = {"inbox": cls.inbox}
        for role in ("sent", "trash", "archive"):
            cls.folders[role] = cls.env["inbox.folder"].create(
                {"account_id": cls.personal.id, "name": role, "path": role, "role": role, "is_active": True}
            )
        cls.env["inbox.message"].search([("account_id", "=", cls.personal.id)]).unlink()
        cls.conversation = cls.env["inbox.conversation"].create({"account_id": cls.personal.id, "subject": "Stairs"})
        cls.first = cls.make_email("Stairs", 1, correspondent="Ada", is_read=True)
        cls.reply = cls.make_email(
            "Re: Stairs", 2, "sent", direction="out", state="sent", correspondent="Ada", is_read=True
        )
        cls.last = cls.make_email("Re: Stairs", 3, correspondent="Bob", has_attachment=True)

    @classmethod
    def make_email(cls, subject, day, role="inbox", conversation=None, **values):
        return cls.env["inbox.message"].create(
            {
                "account_id": cls.personal.id,
                "conversation_id": (conversation or cls.conversation).id,
                "subject": subject,
                "date": f"2026-02-{day:02} 10:00:00",
                "folder_ids": [(6, 0, cls.folders[role].ids)],
                "body_text": subject,
                **values,
            }
        )

    @classmethod
    def lone(cls, subject, day, role="inbox", **values):
        conversation = cls.env["inbox.conversation"].create({"account_id": cls.personal.id, "subject": subject})
        return cls.make_email(subject, day, role, conversation, **values)

    def emails(self, **context):
        return self.env["inbox.message"].with_user(self.owner).with_context(inbox_conversations=True, **context)

    def listed(self, *domain):
        found = self.emails().web_search_read(list(domain), {"subject": {}}, limit=40, order="date desc, id desc")
        return [record["id"] for record in found["records"]]

    # ------------------------------------------------------------ conversations

    def test_the_newest_of_the_folder_stands_for_its_conversation(self):
        other = self.lone("Windows", 2)
        self.assertEqual(self.listed(("folder_id", "=", self.inbox.id)), [self.last.id, other.id])
        self.assertEqual(self.listed(("folder_id", "=", self.folders["sent"].id)), [self.reply.id])
        # What matches stands for it, even where something newer does not.
        self.assertEqual(
            self.listed(("account_id", "=", self.personal.id), ("has_attachment", "=", False)),
            [other.id, self.reply.id],
        )

    def test_single_emails(self):
        model = self.env["inbox.message"].with_user(self.owner)
        found = model.web_search_read([("folder_id", "=", self.inbox.id)], {"thread_count": {}})
        self.assertEqual([record["thread_count"] for record in found["records"]], [1, 1])

    def test_the_count_of_the_pager(self):
        for day in range(4, 9):
            self.lone(f"E{day}", day)
        found = self.emails().web_search_read([("folder_id", "=", self.inbox.id)], {}, limit=2, count_limit=100)
        self.assertEqual(found["length"], 6)

    def test_the_summary(self):
        last = self.last.with_user(self.owner).with_context(inbox_conversations=True)
        self.assertEqual(last.thread_ids.ids, (self.first | self.reply | self.last).ids)
        self.assertEqual((last.thread_count, last.thread_unread_count), (3, 1))
        self.assertEqual(
            last.thread_people,
            [
                {"name": "Ada", "is_unread": False},
                {"name": "me", "is_unread": False},
                {"name": "Bob", "is_unread": True},
            ],
        )
        self.assertTrue(last.thread_has_attachment)
        self.assertFalse(last.thread_is_starred or last.thread_has_draft)

    def test_the_deals_that_one_may_see(self):
        seller = self.make_user("seller", "concord_inbox.group_inbox_user")
        deals = self.env["crm.lead"].create([{"name": name, "type": "opportunity"} for name in ("Stairs", "Roof")])
        for deal in deals:
            self.conversation.link_document("crm.lead", deal.id)
        self.conversation.unlink_document("crm.lead", deals[1].id)

        def shown(user):
            self.env.invalidate_all()
            return self.last.with_user(user).thread_deals

        self.assertFalse(shown(self.owner), "he may not see deals")
        self.owner.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.assertEqual(shown(self.owner), [{"id": deals[0].id, "name": "Stairs"}])
        # Whoever sees the email on a contact's page alone learns nothing of what else it is about.
        self.last.partner_ids = self.customer
        seller.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.assertTrue(self.last.with_user(seller).has_access("read"))
        self.assertFalse(shown(seller))
        deals.unlink()
        self.assertFalse(shown(self.owner))

    def test_what_was_thrown_away_is_no_part_of_it(self):
        self.first.folder_ids = self.folders["trash"]
        last = self.last.with_user(self.owner).with_context(inbox_conversations=True)
        self.assertEqual(last.thread_ids.ids, (self.reply | self.last).ids)
        first = self.first.with_user(self.owner).with_context(inbox_conversations=True)
        self.assertEqual(first.thread_ids, self.first)

    def test_what_was_only_sent_tells_to_whom(self):
        sent = self.lone("Offer", 4, "sent", direction="out", state="sent", correspondent="Cleo")
        self.assertEqual(sent.with_user(self.owner).thread_people, [{"name": "To: Cleo", "is_unread": False}])

    def test_a_reader_by_the_contact_gets_that_email_alone(self):
        self.last.partner_ids = self.customer
        message = self.last.with_user(self.users["employee"]).with_context(inbox_conversations=True)
        values = message.read(["thread_count", "thread_ids", "thread_people", "thread_unread_count"])[0]
        self.assertEqual((values["thread_count"], values["thread_ids"]), (1, self.last.ids))
        self.assertEqual([person["name"] for person in values["thread_people"]], ["Bob"])

    def test_hidden_emails_do_not_show_by_what_stands_for_a_conversation(self):
        self.first.partner_ids = self.customer
        model = self.env["inbox.message"].with_user(self.users["employee"]).with_context(inbox_conversations=True)
        found = model.web_search_read([("conversation_id", "=", self.conversation.id)], {})
        self.assertEqual([record["id"] for record in found["records"]], self.first.ids)

    def test_the_number_of_queries_is_constant(self):
        names = ("subject", "snippet", "thread_people", "thread_count", "thread_deals", "sender_id", "is_starred")
        spec = {name: {} for name in names}
        self.owner.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        deal = self.env["crm.lead"].create({"name": "Stairs", "type": "opportunity"})
        self.conversation.link_document("crm.lead", deal.id)

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.emails().web_search_read([("folder_id", "=", self.inbox.id)], spec, limit=40)
            return self.env.cr.sql_log_count - before

        count()  # what is looked up once and for all
        few = count()
        for day in range(4, 24):
            more = self.env["crm.lead"].create({"name": f"Deal {day}", "type": "opportunity"})
            self.lone(f"E{day}", day).conversation_id.link_document("crm.lead", more.id)
        self.assertEqual(count(), few)

    # ------------------------------------------------------------ many at once

    def apply(self, action, target, **values):
        return self.env["inbox.message"].with_user(self.owner).bulk_apply(action, target, **values)

    def undo(self, done):
        return self.env["inbox.message"].with_user(self.owner).bulk_undo(done["undo"])

    def test_reading_concerns_the_whole_conversation(self):
        (self.first | self.reply).is_read = False
        done = self.apply("read", {"ids": self.last.ids}, conversations=True)
        self.assertEqual(done["count"], 3)
        self.assertTrue(all((self.first | self.reply | self.last).mapped("is_read")))
        self.undo(done)
        self.assertFalse(any((self.first | self.reply | self.last).mapped("is_read")))

    def test_a_star_is_for_one_email_and_taken_from_all(self):
        self.apply("star", {"ids": self.last.ids}, conversations=True)
        self.assertFalse(self.first.is_starred)
        self.first.is_starred = True
        done = self.apply("unstar", {"ids": self.last.ids}, conversations=True)
        self.assertEqual(done["count"], 2)

    def test_a_move_takes_what_is_in_the_folder_and_leaves_the_answers(self):
        within = [("folder_ids", "in", self.inbox.ids)]
        done = self.apply("archive", {"ids": self.last.ids}, within=within, conversations=True)
        self.assertEqual(done["count"], 2)
        self.assertEqual((self.first | self.last).folder_ids, self.folders["archive"])
        self.assertEqual(self.reply.folder_ids, self.folders["sent"])
        self.assertFalse(self.undo(done))
        self.assertEqual((self.first | self.last).folder_ids, self.inbox)
        # Where no folder is looked at, one's own answers stay all the same.
        self.apply("trash", {"ids": self.last.ids}, conversations=True)
        self.assertEqual(self.first.folder_ids, self.folders["trash"])
        self.assertEqual(self.reply.folder_ids, self.folders["sent"])

    def test_thousands_by_their_domain(self):
        """All that match are moved, put back, and marked by one request each, of as many statements as for a few."""
        conversation = self.env["inbox.conversation"].create({"account_id": self.personal.id, "subject": "Bulk"})
        values = {"account_id": self.personal.id, "folder_ids": [(6, 0, self.inbox.ids)], "date": "2026-02-01 10:00:00"}
        domain = [("folder_id", "=", self.inbox.id)]

        def more(count):
            self.env["inbox.message"].create([{**values, "conversation_id": conversation.id} for _one in range(count)])

        def counted(work):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            result = work()
            self.env.flush_all()
            return result, self.env.cr.sql_log_count - before

        def all_of_it():
            statements = []
            for action, options in (
                ("archive", {}),
                ("move", {"folder_id": self.folders["trash"].id}),
                ("read", {}),
                ("star", {}),
            ):
                done, used = counted(
                    lambda action=action, options=options: self.apply(
                        action, {"domain": domain}, within=domain, conversations=True, **options
                    )
                )
                statements.append(used)
                counts.append(done["count"])
                # As the browser gives it back.
                done = json.loads(json.dumps(done))
                answer, used = counted(lambda done=done: self.undo(done))
                self.assertFalse(answer)
                statements.append(used)
                self.assertEqual(self.inbox._shown_count(), counts[0])
            return statements

        counts = []
        all_of_it()  # what is looked up once and for all
        counts = []
        few = all_of_it()
        self.assertEqual(counts[:2], [2, 2])
        more(1200)
        counts = []
        many = all_of_it()
        self.assertEqual(counts[:2], [1202, 1202])
        # The ORM reads records and writes them in batches of a thousand or so.
        for name, at_few, at_many in zip("archive undo move undo read undo star undo".split(), few, many, strict=True):
            self.assertLessEqual(at_many, at_few + 25, name)

    def test_others_emails_are_refused(self):
        theirs = self.records["shared linked message"]
        with self.assertRaises(AccessError):
            self.apply("read", {"ids": theirs.ids})
        everything = {"domain": [("id", "in", (theirs | self.first).ids)]}
        self.first.is_read = False
        self.assertEqual(self.apply("read", everything)["count"], 1)
        self.assertEqual(self.apply("move", everything, folder_id=self.folders["trash"].id)["count"], 1)
        self.assertEqual(self.first.folder_ids, self.folders["trash"])
        self.assertEqual(theirs.folder_ids, self.records["shared folder"])
        # Nor into somebody else's folder, nor by the way back.
        with self.assertRaises(AccessError):
            self.apply("move", {"domain": [("id", "=", self.last.id)]}, folder_id=self.records["shared folder"].id)
        with self.assertRaises(AccessError):
            self.undo({"undo": {"former": [{"folders": self.inbox.ids, "messages": theirs.ids}]}})
        with self.assertRaises(AccessError):
            self.env["inbox.message"].with_user(self.owner).bulk_undo(
                {"field": "is_read", "value": True, "ids": theirs.ids}
            )
        self.assertFalse(theirs.is_read)

    def test_only_what_is_known_can_be_done_or_undone(self):
        with self.assertRaises(UserError):
            self.apply("unlink", {"ids": self.last.ids})
        with self.assertRaises(UserError):
            self.undo({"undo": {"field": "subject", "value": True, "ids": self.last.ids}})
        with self.assertRaises(UserError):
            self.undo({"undo": None})

    # ------------------------------------------------------------ the panel

    def nodes(self, user):
        model = self.env["inbox.message"].with_user(user)
        return {node["id"]: node for node in model.search_panel_select_range("folder_id")["values"]}

    def test_nodes_that_hold_something(self):
        self.env["inbox.quarantine"].search([]).unlink()
        self.assertEqual([name for name in self.nodes(self.owner) if isinstance(name, str)], ["starred"])
        kept = self.env["inbox.quarantine"].create({"account_id": self.personal.id, "reason": "odd"})
        self.assertEqual(self.nodes(self.owner)["quarantine"]["__count"], 1)
        kept.unlink()
        self.lone("Later", 4, state="scheduled", folder_ids=False)
        self.lone("Never", 4, state="failed", folder_ids=False)
        written = {"draft_version": 1, "author_id": self.owner.id}
        draft = self.lone("Draft", 4, state="draft", folder_ids=False, **written)
        # One that was begun, and nothing was written.
        self.lone("Begun", 4, state="draft", folder_ids=False)
        nodes = self.nodes(self.owner)
        self.assertEqual(
            [(name, node["__count"]) for name, node in nodes.items() if isinstance(name, str)],
            [("starred", 0), ("drafts", 1), ("scheduled", 1), ("failed", 1)],
        )
        domain = [("is_in_inbox", "=", True), *nodes["drafts"]["domain"]]
        self.assertEqual(self.env["inbox.message"].with_user(self.owner).search(domain), draft)
        self.assertTrue(draft.with_user(self.owner).is_in_inbox)
        # They are nobody else's.
        self.assertEqual([name for name in self.nodes(self.users["shared_user"]) if isinstance(name, str)], ["starred"])

    def test_how_an_account_is(self):
        def health():
            return self.nodes(self.owner)[-self.personal.id]["health"]

        self.assertFalse(health())
        self.personal.failure_count = 1
        self.assertEqual(health()["kind"], "offline")
        self.personal.state = "paused"
        self.assertEqual(health()["kind"], "paused")
        self.personal.state = "auth_failed"
        self.assertEqual(health()["kind"], "reconnect")

    def test_the_panel_is_of_ones_own_accounts(self):
        mine = {
            "owner": {-self.personal.id, self.inbox.id, *[folder.id for folder in self.folders.values()]},
            "shared_user": {-self.shared.id, self.records["shared folder"].id},
        }
        for name in ("owner", "shared_user", "manager", "system", "inbox_user", "employee"):
            shown = {node for node in self.nodes(self.users[name]) if not isinstance(node, str)}
            with self.subTest(name):
                self.assertEqual(shown, mine["shared_user"] if name == "manager" else mine.get(name, set()))

    def test_another_companys_accounts(self):
        """The panel, the news and the places of emails are of the companies at which the user looks."""
        user = self.users["shared_user"]
        email = self.records["shared linked message"]
        email.partner_ids = False
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        asked = self.env["inbox.message"].with_user(user)

        def told(model):
            self.env.flush_all()
            self.env.invalidate_all()
            return (
                -self.shared.id in {node["id"] for node in model.search_panel_select_range("folder_id")["values"]},
                email.id in {one["id"] for one in model.get_news()["latest"]},
                model.get_news()["unread"],
                model.locate(email.id),
            )

        seen = (True, True, 2, {"folder_id": self.records["shared folder"].id})
        self.assertEqual(told(asked), seen)
        user.company_ids += elsewhere
        # Works for both, and looks at the other one alone.
        self.assertEqual(told(asked.with_context(allowed_company_ids=elsewhere.ids)), (False, False, 0, False))
        self.assertEqual(told(asked.with_context(allowed_company_ids=(elsewhere + self.env.company).ids)), seen)
        user.write({"company_id": elsewhere.id, "company_ids": [(6, 0, elsewhere.ids)]})
        # What was chosen while one worked there tells nothing any more.
        settings = self.env["res.users.settings"]._find_or_create_for_user(user)
        settings.inbox_news_account_ids = self.shared
        self.assertEqual(told(self.env["inbox.message"].with_user(user)), (False, False, 0, False))

    # ------------------------------------------------------------ settings

    def test_settings_are_the_users_own(self):
        settings = self.env["res.users.settings"]
        action = settings.with_user(self.owner).action_inbox_settings()
        own = settings.browse(action["res_id"])
        self.assertEqual(own.user_id, self.owner)
        own.with_user(self.owner).set_res_users_settings({"inbox_layout": "below", "inbox_folded": [-1, 5]})
        self.assertEqual((own.inbox_layout, own.inbox_folded), ("below", [-1, 5]))
        with self.assertRaises(AccessError):
            own.with_user(self.users["employee"]).write({"inbox_layout": "none"})

    # ------------------------------------------------------------ what the rest of Odoo is told

    def news(self, user=None, since=False):
        # Each request begins without what another one knew.
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["inbox.message"].with_user(user or self.owner).get_news(since)

    def test_news_of_the_inbox(self):
        self.personal.last_sync = "2026-02-01 00:00:00"
        news = self.news()
        self.assertEqual(news["unread"], 1)
        self.assertEqual([email["id"] for email in news["latest"]], (self.last | self.first).ids)
        self.assertEqual((news["latest"][0]["correspondent"], news["latest"][0]["account"]), ("Bob", False))
        # Nobody has looked before, so nothing is new; then it is what came, was not read, and lies in the inbox.
        self.assertFalse(news["arrived"])
        self.assertEqual(self.news(since=news["moment"])["arrived"], self.last.ids)
        self.last.folder_ids = self.folders["archive"]
        self.assertEqual((self.news(since=news["moment"])["arrived"], self.news()["unread"]), ([], 0))

    def test_a_first_synchronisation_is_no_news(self):
        self.personal.last_sync = False
        self.assertFalse(self.news(since="2026-01-01 00:00:00")["arrived"])

    def test_news_only_of_the_accounts_that_were_chosen_and_are_ones_own(self):
        user = self.users["shared_user"]
        mine = self.make_account("mine@northlight.example", user_id=user.id)
        unread = self.news(user)["unread"]
        self.assertEqual(unread, 2)
        settings = self.env["res.users.settings"]._find_or_create_for_user(user)
        settings.with_user(user).write({"inbox_news_account_ids": [(6, 0, mine.ids)]})
        self.assertEqual(self.news(user), {**self.news(user), "unread": 0, "latest": [], "arrived": []})
        # An account of somebody else is not told of, whatever was written there.
        settings.inbox_news_account_ids = self.personal
        self.assertEqual(self.news(user)["unread"], unread)
        self.assertNotIn(self.last.id, [email["id"] for email in self.news(user)["latest"]])

    def test_no_inbox_no_news(self):
        nothing = {"unread": 0, "latest": [], "arrived": [], "moment": False}
        self.assertEqual(self.news(self.users["employee"]), nothing)
        # The settings are part of every page, and of those of colleagues without an inbox as well.
        settings = self.env["res.users.settings"]._find_or_create_for_user(self.users["employee"])
        self.assertNotIn(
            "inbox_news_account_ids", settings.with_user(self.users["employee"])._res_users_settings_format()
        )

    def test_the_number_of_queries_for_news_is_constant(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.news()
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        for day in range(4, 24):
            self.lone(f"E{day}", day)
        self.assertLessEqual(count(), few)

    def test_the_folder_that_the_inbox_opens_with(self):
        opening = self.env["inbox.message"].with_user(self.owner)
        self.assertEqual(opening._action_open_inbox()["context"]["searchpanel_default_folder_id"], self.inbox.id)
        asked = opening.with_context(searchpanel_default_folder_id=-self.personal.id)._action_open_inbox()
        self.assertEqual(asked["context"]["searchpanel_default_folder_id"], -self.personal.id)

    def test_where_an_email_lies(self):
        def locate(email, user):
            return self.env["inbox.message"].with_user(user).locate(email.id)

        self.assertEqual(locate(self.last, self.owner), {"folder_id": self.inbox.id})
        self.assertEqual(locate(self.reply, self.owner), {"folder_id": self.folders["sent"].id})
        for name in ("shared_user", "manager", "system", "employee"):
            self.assertFalse(locate(self.last, self.users[name]))
        # On a contact's page it is read, but its folder is nobody else's business.
        self.last.partner_ids = self.customer
        self.assertEqual(locate(self.last, self.users["employee"]), {"folder_id": False})
        self.assertFalse(self.env["inbox.message"].with_user(self.owner).locate(10**9))
