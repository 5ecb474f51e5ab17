"""The emails on the page of a contact, a company, a deal: all that one may see there, each once, and nothing else."""

from lxml import etree
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import InboxCase


@tagged("post_install", "-at_install")
class TestRecordEmails(InboxCase):
    def setUp(self):
        super().setUp()
        self.owner = self.users["owner"]
        self.sales = self.make_user("seller", "concord_inbox.group_shared_inbox")
        self.sales.group_ids |= self.env.ref("sales_team.group_sale_salesman")
        self.employee = self.users["employee"]
        self.deal = self.env["crm.lead"].create(
            {"name": "Deal", "type": "opportunity", "user_id": self.sales.id, "email_from": "x@deal.example"}
        )

    def on(self, record, user):
        return self.env["inbox.message"].with_user(user).search([("on_record", "=", f"{record._name},{record.id}")])

    def message(self, name):
        return self.records[f"{name} message"]

    def conversation(self, message):
        if not message.conversation_id:
            message.conversation_id = self.env["inbox.conversation"].create({"account_id": message.account_id.id})
        return message.conversation_id

    def test_of_a_contact_and_of_its_company(self):
        linked = self.message("shared linked") | self.message("personal linked")
        for user in (self.owner, self.sales, self.employee):
            self.assertEqual(self.on(self.customer, user), linked, user.name)
        company = self.env["res.partner"].create({"name": "Customer", "is_company": True})
        self.assertFalse(self.on(company, self.sales))
        self.customer.parent_id = company
        self.assertEqual(self.on(company, self.sales), linked)
        self.assertEqual(company.with_user(self.sales).inbox_message_count, 2)
        with self.assertRaises(AccessError):
            self.on(self.customer, self.users["portal"])

    def test_the_same_email_in_two_mailboxes_once(self):
        linked = self.message("shared linked") | self.message("personal linked")
        linked.message_id = "<same@x>"
        self.assertEqual(self.on(self.customer, self.owner), self.message("personal linked"), "the own one")
        self.assertEqual(self.on(self.customer, self.sales), self.message("shared linked"), "the own one")
        self.assertEqual(len(self.on(self.customer, self.employee)), 1)
        # What its owner hides hides nothing else.
        self.message("shared linked").visibility = "nothing"
        self.assertEqual(self.on(self.customer, self.employee), self.message("personal linked"))

    def test_of_a_deal_that_it_was_linked_to_by_hand(self):
        message = self.message("personal unlinked")
        conversation = self.conversation(message)
        self.assertFalse(message.with_user(self.sales).has_access("read"))
        with self.assertRaises(AccessError):
            conversation.with_user(self.sales).link_document("crm.lead", self.deal.id)
        with self.assertRaises(AccessError):  # who may not see the deal shows it nothing
            conversation.with_user(self.owner).link_document("crm.lead", self.deal.id)
        self.owner.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        conversation.with_user(self.owner).link_document("crm.lead", self.deal.id)
        self.assertEqual(self.on(self.deal, self.sales), message, "whoever may see the deal sees it")
        self.assertTrue(message.with_user(self.sales).has_access("read"))
        self.assertFalse(message.with_user(self.sales).has_access("write"))
        self.assertFalse(message.with_user(self.employee).has_access("read"))
        self.assertFalse(self.on(self.deal, self.employee))
        self.deal.user_id = self.users["manager"]
        self.env.invalidate_all()
        self.assertFalse(message.with_user(self.sales).has_access("read"), "he may not see the deal any more")
        self.deal.user_id = self.sales
        conversation.with_user(self.owner).action_make_private()
        self.env.invalidate_all()
        self.assertFalse(message.with_user(self.sales).has_access("read"))
        conversation.with_user(self.owner).action_follow_account()
        conversation.with_user(self.owner).unlink_document("crm.lead", self.deal.id)
        self.env.invalidate_all()
        self.assertFalse(message.with_user(self.sales).has_access("read"))
        self.assertFalse(self.on(self.deal, self.owner))

    def test_a_link_that_was_made_by_itself_shows_what_contacts_wrote(self):
        message, own = self.message("personal linked"), self.message("personal unlinked")
        conversation = self.conversation(message)
        own.conversation_id = conversation
        self.env["inbox.conversation.link"].create(
            {"conversation_id": conversation.id, "res_model": "crm.lead", "res_id": self.deal.id, "reason": "address"}
        )
        self.assertEqual(self.on(self.deal, self.sales), message)
        self.assertFalse(own.with_user(self.sales).has_access("read"))
        self.assertEqual(self.on(self.deal, self.owner), self.env["inbox.message"], "he may not see the deal")

    def test_contacts_are_found_by_a_further_address(self):
        self.customer.inbox_address_ids = [(0, 0, {"email": "Ada@Home.example"})]
        for user in (self.sales, self.employee):
            contacts = self.env["res.partner"].with_user(user)
            self.assertEqual([found for found, _name in contacts.name_search("ada@home")], self.customer.ids)
            self.assertFalse(contacts.name_search("ada@nowhere"))
            self.assertNotIn(self.customer, contacts.search([("display_name", "not ilike", "ada@customer")]))
            arch = etree.fromstring(contacts.get_view(view_type="search")["arch"])
            for field in ("name", "email"):
                domain = arch.find(f".//field[@name='{field}']").get("filter_domain")
                self.assertEqual(contacts.search(safe_eval(domain, {"self": "ada@home"})), self.customer, user.name)
        hidden = self.env["res.company"].create({"name": "Elsewhere"})
        self.customer.company_id = hidden
        self.assertFalse(self.env["res.partner"].with_user(self.sales).name_search("ada@home"))
        # Who may not know of such addresses searches as before.
        self.assertFalse(self.env["res.partner"].with_user(self.users["portal"]).name_search("ada@home"))

    def test_a_page_costs_the_same_however_much_is_there(self):
        company = self.env["res.partner"].create({"name": "Customer", "is_company": True})
        self.customer.parent_id = company
        self.conversation(self.message("shared linked")).link_document("crm.lead", self.deal.id)
        columns = {
            "subject": {},
            "snippet": {},
            "correspondent": {},
            "is_read": {},
            "thread_count": {},
            "direction": {},
        }
        together = self.env["inbox.message"].with_context(inbox_conversations=True)

        def count(record, user):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            domain = [("on_record", "=", f"{record._name},{record.id}")]
            page = together.with_user(user).web_search_read(domain, columns, limit=40, count_limit=201)
            return self.env.cr.sql_log_count - before, page["length"]

        cases = [(self.customer, self.sales), (self.customer, self.employee), (company, self.sales)]
        cases += [(company, self.employee), (self.deal, self.sales)]
        for case in cases:
            count(*case)  # what is remembered for all is
        before = [count(*case) for case in cases]
        for number in range(15):
            person = self.env["res.partner"].create({"name": f"Person {number}", "parent_id": company.id})
            for contact in (self.customer, person):
                made = self.make_message(self.shared, self.records["shared folder"], contact)["message"]
                self.conversation(made).link_document("crm.lead", self.deal.id)
        after = [count(*case) for case in cases]
        self.assertEqual([queries for queries, _length in after], [queries for queries, _length in before])
        self.assertTrue(all(now > then + 10 for (_q, now), (_p, then) in zip(after, before, strict=True)), after)

    def test_a_closed_tab_costs_the_form_nothing(self):
        """Neither the emails nor their number are among what a form asks for; it asks for the number afterwards."""
        for model in ("res.partner", "crm.lead"):
            views = self.env[model].with_user(self.sales).get_views([(False, "form")])
            fields = views["models"][model]["fields"]
            self.assertFalse({"inbox_message_ids", "inbox_message_count"} & fields.keys(), model)
            self.assertIn("inbox_record_count", views["views"]["form"]["arch"], model)

    def test_what_is_no_document(self):
        conversation = self.conversation(self.message("shared linked")).with_user(self.sales)
        for model, number in (("res.users", 1), ("no.such.model", 1), ("inbox.conversation", 1), ("crm.lead", 10**8)):
            with self.assertRaises(UserError):
                conversation.link_document(model, number)
        for value in ("crm.lead", "x,y", "", "no.such,1", False, "crm.lead,1;DROP"):
            self.assertFalse(self.env["inbox.message"].search([("on_record", "=", value)]))

    def test_every_kind_of_document_that_one_may_read(self):
        conversations = self.env["inbox.conversation"].with_user(self.sales)
        kinds = conversations._readable_kinds()
        self.assertEqual([kind["model"] for kind in kinds if kind["is_usual"]][:2], ["crm.lead", "res.partner"])
        names = [kind["name"] for kind in kinds if not kind["is_usual"]]
        self.assertEqual(names, sorted(names, key=str.casefold))
        models = {kind["model"] for kind in kinds}
        self.assertIn("crm.team", models)
        self.assertFalse(models & {"inbox.conversation", "inbox.account", "discuss.channel", "mail.blacklist"})
        others = conversations.with_user(self.owner)
        self.assertNotIn("crm.lead", [kind["model"] for kind in others._readable_kinds()])
        # Found by name, whatever it is; nobody finds what he may not read.
        team = self.env["crm.team"].create({"name": "Lamps in spring"})
        self.deal.name = "Lamps in summer"

        def found_by(user):
            found = conversations.with_user(user).find_documents("lamps in")
            return [(one["res_model"], one["res_id"]) for one in found]

        self.assertEqual(found_by(self.sales), [("crm.lead", self.deal.id), ("crm.team", team.id)])
        self.assertEqual(found_by(self.owner), [("crm.team", team.id)], "he may not see deals")
        self.assertFalse(conversations.find_documents("  "))
        # And what was linked is on its page.
        message = self.message("shared linked")
        self.conversation(message).with_user(self.sales).link_document("crm.team", team.id)
        self.assertEqual(self.on(team, self.sales), message)

    def test_the_card_is_for_those_who_read_the_account(self):
        message = self.message("personal linked")
        self.conversation(message)
        card = message.with_user(self.owner).inbox_card()
        self.assertEqual([one["name"] for one in card["contacts"]], [])
        for user in (self.sales, self.employee, self.users["manager"], self.users["portal"]):
            email = message.with_user(user)
            for call in (
                lambda email=email: email.inbox_card(),
                lambda email=email: email.inbox_link("crm.lead", self.deal.id),
                lambda email=email: email.inbox_unlink("crm.lead", self.deal.id),
                lambda email=email: email.inbox_create_contact("ada@customer.example"),
                lambda email=email: email.inbox_add_address("ada@customer.example", self.customer.id),
                lambda email=email: email.inbox_deal_defaults(),
                lambda email=email: email.inbox_save_files("crm.lead", self.deal.id),
                lambda email=email: email.inbox_note("Hello"),
                lambda email=email: email.inbox_settle(),
            ):
                with self.assertRaises(AccessError):
                    call()

    def test_the_card_shows_no_document_that_one_may_not_see(self):
        message = self.message("personal linked")
        conversation = self.conversation(message)
        conversation.partner_ids = self.customer
        self.deal.partner_id = self.customer
        self.deal.user_id = self.sales
        card = message.with_user(self.owner).inbox_card()
        self.assertEqual([one["name"] for one in card["contacts"]], ["Ada Customer"])
        self.assertFalse(card["suggestions"])
        self.env["inbox.conversation.link"].create(
            {"conversation_id": conversation.id, "res_model": "crm.lead", "res_id": self.deal.id}
        )
        self.assertFalse(message.with_user(self.owner).inbox_card()["documents"])
        self.owner.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        [document] = message.with_user(self.owner).inbox_card()["documents"]
        self.assertEqual((document["name"], document["why"]), ("Deal", "By hand"))

    def test_open_deals_of_the_company_are_offered(self):
        message = self.message("shared linked")
        self.conversation(message).partner_ids = self.customer
        company = self.env["res.partner"].create({"name": "Customer", "is_company": True})
        fellow = self.env["res.partner"].create({"name": "Fellow", "parent_id": company.id})
        self.customer.parent_id = company
        values = {"name": "Of the company", "type": "opportunity", "partner_id": company.id, "user_id": self.sales.id}
        of_company = self.env["crm.lead"].create(values)
        of_fellow = of_company.copy({"partner_id": fellow.id})
        of_company.copy({"partner_id": fellow.id}).action_set_won()
        of_company.copy({"user_id": self.users["manager"].id})  # which the seller may not see
        suggested = message.with_user(self.sales).inbox_card()["suggestions"]
        self.assertEqual({one["res_id"] for one in suggested}, {of_company.id, of_fellow.id})

    def test_the_next_and_the_last_activity(self):
        message = self.message("shared linked")
        self.conversation(message).partner_ids = self.customer
        seller = message.with_user(self.sales)
        seller.inbox_link("crm.lead", self.deal.id)
        for record in (self.customer, self.deal):
            for summary, date in (("Later", "2026-02-02"), ("Sooner", "2026-02-01")):
                record.activity_schedule("mail.mail_activity_data_todo", date, summary)
        card = seller.inbox_card()
        for shown in (card["contacts"][0], card["documents"][0]):
            self.assertEqual((shown["next"], shown["last"]), ({"name": "Sooner", "date": "2026-02-01"}, False))
        self.deal.activity_ids.action_feedback()
        [document] = seller.inbox_card()["documents"]
        self.assertEqual((document["next"], document["last"]["name"]), (False, "To-Do"))

    def test_from_the_card(self):
        message = self.message("shared unlinked")
        self.conversation(message)
        seller = message.with_user(self.sales)
        participant = message.participant_ids[:1]
        participant.write({"role": "from", "name": "Nora New", "email": "nora@new.example",
                           "email_normalized": "nora@new.example"})  # fmt: skip
        self.assertEqual(seller.inbox_card()["strangers"], [{"name": "Nora New", "email": "nora@new.example"}])
        self.assertEqual(seller.inbox_deal_defaults()["email_from"], "nora@new.example")
        self.sales.group_ids |= self.env.ref("base.group_partner_manager")
        company = self.env["res.partner"].create({"name": "New", "is_company": True, "email": "office@new.example"})
        contact = self.env["res.partner"].browse(seller.inbox_create_contact("nora@new.example"))
        self.assertEqual((contact.name, contact.parent_id), ("Nora New", company))
        self.assertEqual(seller.inbox_create_contact("nora@new.example"), contact.id)
        with self.assertRaises(AccessError):
            seller.inbox_create_contact("somebody@else.example")
        self.assertFalse(seller.inbox_card()["strangers"])
        self.assertEqual(seller.inbox_deal_defaults()["partner_id"], contact.id)
        values = {"role": "reply_to", "email": "n@home.example", "email_normalized": "n@home.example"}
        second = participant.copy({**values, "partner_id": False})
        self.assertEqual(len(seller.inbox_card()["strangers"]), 1)
        seller.inbox_add_address(second.email, contact.id)
        self.assertEqual(contact.inbox_address_ids.mapped("email"), ["n@home.example"])
        self.assertFalse(seller.inbox_card()["strangers"])
        files = self.env["ir.attachment"].create(
            {"name": "plan.txt", "raw": b"plan", "res_model": "inbox.message", "res_id": message.id}
        )
        seller.inbox_link("crm.lead", self.deal.id)
        message.invalidate_recordset()
        count = len(message.file_ids)
        self.assertIn(files, message.file_ids)
        self.assertEqual(seller.inbox_save_files("crm.lead", self.deal.id), count)
        self.assertEqual(seller.inbox_save_files("crm.lead", self.deal.id), 0)
        on_deal = self.env["ir.attachment"].search([("res_model", "=", "crm.lead"), ("res_id", "=", self.deal.id)])
        self.assertIn("plan.txt", on_deal.mapped("name"))
        seller.inbox_note("Call her <b>")
        self.assertIn("Call her &lt;b&gt;", message.conversation_id.note_ids[:1].body)
