"""Conversations and contacts."""

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import USER, SyncCase, email


@tagged("post_install", "-at_install")
class TestConversations(SyncCase):
    def test_answers_join_by_reference_in_any_order(self):
        parent = email("Offer", message_id="<1@x>")
        answer = email("Re: Offer", message_id="<2@x>", headers=["In-Reply-To: <1@x>", "References: <1@x>"])
        third = email("Something else", message_id="<3@x>", headers=["References: <1@x> <2@x>"])
        unrelated = email("Offer", message_id="<4@x>")
        for order in ((parent, answer, third), (third, answer, parent), (answer, third, parent)):
            self.env["inbox.account"].search([("username", "=", self.mail_user)]).unlink()
            client = self.client()
            client.select_folder("INBOX")
            client.delete_messages(client.search())
            client.expunge()
            account = self.connect()
            self.append("INBOX", unrelated)
            for source in order:
                self.append("INBOX", source)
                self.sync(account)
            conversations = self.messages(account).conversation_id
            self.assertEqual(sorted(conversations.mapped("message_count")), [1, 3])
            thread = conversations.filtered(lambda conversation: conversation.message_count == 3)
            self.assertEqual(len(thread.message_ids), 3)
            self.assertEqual(thread.unread_count, 3)

    def test_two_conversations_turn_out_to_be_one(self):
        account = self.connect()
        left = email("Left", message_id="<left@x>", headers=["References: <unknown-1@x>"])
        right = email("Right", message_id="<right@x>", headers=["References: <unknown-2@x>"])
        self.append("INBOX", left, right)
        self.sync(account)
        conversations = self.messages(account).conversation_id
        self.assertEqual(len(conversations), 2)
        user = self.env.ref("base.user_admin")
        for conversation in conversations:
            conversation.message_post(body=f"Note on {conversation.subject}")
            conversation.message_subscribe(user.partner_id.ids)
            self.assertTrue(conversation.message_follower_ids.subtype_ids)
            conversation.activity_schedule("mail.mail_activity_data_todo", user_id=user.id)
        bridge = email("Bridge", message_id="<b@x>", headers=["References: <unknown-1@x> <unknown-2@x>"])
        self.append("INBOX", bridge)
        self.sync(account)
        conversation = self.messages(account).conversation_id
        self.assertEqual((len(conversation), conversation.message_count), (1, 3))
        self.assertEqual(len(conversation.note_ids.filtered(lambda note: "Note on" in (note.body or ""))), 2)
        self.assertEqual(len(conversation.activity_ids), 2)
        self.assertEqual(conversation.message_partner_ids, user.partner_id)
        self.assertTrue(conversation.message_follower_ids.subtype_ids, "who followed goes on to be told")

    def test_emails_without_message_id_stay_apart(self):
        self.append("INBOX", email("One"), email("Two"))
        account = self.connect()
        self.sync(account)
        self.assertEqual(len(self.messages(account).conversation_id), 2)


@tagged("post_install", "-at_install")
class TestContacts(SyncCase):
    def partner(self, address):
        return self.env["res.partner"].search([("email_normalized", "=", address)])

    def test_known_addresses_are_linked(self):
        ada = self.env["res.partner"].create({"name": "Ada", "email": "Ada@Customer.example"})
        bob = self.env["res.partner"].create({"name": "Bob", "email": "bob@customer.example"})
        self.append("INBOX", email(to=f"{USER}, Bob <bob@customer.example>, carl@customer.example"))
        account = self.connect()
        self.sync(account)
        message = self.messages(account)
        self.assertEqual(message.partner_ids, ada | bob)
        self.assertEqual(message.conversation_id.partner_ids, ada | bob)
        self.assertEqual(
            {participant.email: participant.partner_id for participant in message.participant_ids},
            {
                "ada@customer.example": ada,
                USER: self.env["res.partner"],
                "bob@customer.example": bob,
                "carl@customer.example": self.env["res.partner"],
            },
        )
        self.assertFalse(self.partner("carl@customer.example"))

    def test_links_follow_the_contact(self):
        self.append("INBOX", email())
        account = self.connect()
        self.sync(account)
        message = self.messages(account)
        self.assertFalse(message.partner_ids)
        ada = self.env["res.partner"].create({"name": "Ada", "email": "ada@customer.example"})
        self.assertEqual(message.partner_ids, ada)
        self.assertEqual(message.conversation_id.partner_ids, ada)
        self.assertEqual(ada.inbox_message_count, 1)
        ada.email = "else@customer.example"
        self.assertFalse(message.partner_ids or message.conversation_id.partner_ids)
        ada.email = "ada@customer.example"
        self.assertEqual(message.partner_ids, ada)
        ada.active = False
        self.assertFalse(message.partner_ids)

    def test_colleagues_and_own_addresses_are_never_linked(self):
        colleague = self.env["res.users"].create({"name": "Col", "login": "col", "email": "col@northlight.example"})
        self.env["res.partner"].create({"name": "Our sales", "email": USER})
        self.append("INBOX", email(sender="col@northlight.example", to=USER))
        account = self.connect(create_contact=True)
        self.sync(account)
        self.assertFalse(self.messages(account).partner_ids)
        self.assertEqual(self.partner("col@northlight.example"), colleague.partner_id)

    def test_contacts_are_created_for_people_who_wrote(self):
        bounce = ["Content-Type: multipart/report; report-type=delivery-status; boundary=b"]
        archived = self.env["res.partner"].create({"name": "Gone", "email": "gone@customer.example", "active": False})
        self.append(
            "INBOX",
            email(sender="Eva Neu <eva@new.example>", to=f"{USER}, other@new.example"),
            email(sender="EVA@new.example"),
            email(sender="shop@new.example", headers=["List-Id: <news.new.example>"]),
            email(sender="no-reply@new.example"),
            email(sender="MAILER-DAEMON@new.example", headers=bounce),
            email(sender="away@new.example", headers=["Auto-Submitted: auto-replied"]),
            email(sender=USER, to="recipient@new.example"),
            email(sender="gone@customer.example"),
            email(sender="colleague@northlight.example"),
        )
        self.append("Junk", email(sender="spam@new.example"))
        self.append("Sent", email(sender=USER, to="written@new.example"))
        account = self.connect(create_contact=True)
        self.append("Junk", email(sender="spam2@new.example"))
        self.sync(account)
        created = self.env["res.partner"].search([("email_normalized", "like", "%@new.example")])
        self.assertEqual(created.mapped("name"), ["Eva Neu"])
        self.assertEqual(created.inbox_message_count, 2)
        self.assertFalse(archived.active)
        self.assertFalse(self.partner("colleague@northlight.example"))

    def test_people_one_wrote_to_become_contacts(self):
        self.append(
            "Sent",
            email(sender=USER, to="Eva Neu <eva@new.example>, team@lists.example, no-reply@new.example"),
            email(sender=USER, to="EVA+tag@new.example", headers=["Cc: Carl <carl@new.example>"]),
        )
        self.append("Drafts", email(sender=USER, to="never@new.example"), flags=["\\Draft"])
        self.append("INBOX", email(to="team@lists.example", headers=["List-Post: <mailto:team@lists.example>"]))
        account = self.connect(create_contact=True, create_contact_written=True)
        self.sync(account)
        created = self.env["res.partner"].search([("email_normalized", "like", "%new.example")])
        self.assertEqual(sorted(created.mapped("name")), ["Carl", "Eva Neu"])
        eva = created.filtered(lambda one: one.name == "Eva Neu")
        self.assertEqual((eva.email, eva.inbox_message_count), ("eva@new.example", 2))

    def test_the_post_of_a_list_is_not_linked_to_the_list(self):
        team = self.env["res.partner"].create({"name": "Team", "email": "team@lists.example"})
        ada = self.env["res.partner"].create({"name": "Ada", "email": "ada@customer.example"})
        post = email(to="team@lists.example", headers=["List-Post: <mailto:team@lists.example>"])
        self.append("INBOX", post, email("By hand", to=f"team@lists.example, {USER}"))
        account = self.connect()
        self.sync(account)
        posted, by_hand = self.messages(account).sorted("subject", reverse=True)
        self.assertEqual((posted.partner_ids, by_hand.partner_ids), (ada, ada | team))
        team.active = False
        team.active = True
        self.assertEqual((posted.partner_ids, by_hand.partner_ids), (ada, ada | team))

    def test_a_newsletter_is_nobodys(self):
        ada = self.env["res.partner"].create({"name": "Ada", "email": "ada@customer.example"})
        unsubscribe = "List-Unsubscribe: <mailto:x@x.example>"
        self.append(
            "INBOX",
            email("Newsletter", headers=[unsubscribe, "List-Id: <news.customer.example>"]),
            email("By a sales program", headers=[unsubscribe]),
            email("What we sent", sender=USER, to="ada@customer.example", headers=[unsubscribe, "Precedence: bulk"]),
        )
        account = self.connect()
        self.sync(account)
        # As well when the contact comes later.
        for _ in range(2):
            linked = self.messages(account).filtered("partner_ids")
            self.assertEqual(sorted(linked.mapped("subject")), ["By a sales program", "What we sent"])
            ada.active = False
            self.assertFalse(self.messages(account).partner_ids)
            ada.active = True
        newsletter = self.messages(account) - linked
        self.assertFalse(newsletter.inbox_card()["strangers"], "somebody has the address")

    def test_the_company_of_a_new_contact(self):
        companies = self.env["res.partner"].create(
            [
                {"name": "One", "is_company": True, "email": "info@one.example"},
                {"name": "Two", "is_company": True, "website": "https://www.two.example/en"},
                {"name": "Two sites", "is_company": True, "website": "http://both.example"},
                {"name": "Two sites", "is_company": True, "email": "office@both.example"},
                {"name": "Free", "is_company": True, "email": "shop@gmail.com"},
                {"name": "Gone", "is_company": True, "email": "info@gone.example", "active": False},
                {"name": "Person", "email": "some@person.example"},
            ]
        )
        domains = ("one.example", "two.example", "both.example", "gmail.com", "gone.example", "person.example")
        self.append("INBOX", *(email(sender=f"Eva <eva@{domain}>") for domain in domains))
        self.sync(self.connect(create_contact=True))
        parents = {domain: self.partner(f"eva@{domain}").parent_id for domain in domains}
        none = self.env["res.partner"]
        self.assertEqual(list(parents.values()), [companies[0], companies[1], none, none, none, none])
        self.assertTrue(self.partner("eva@both.example"))

    def test_nobody_is_made_of_own_and_blocked_domains(self):
        self.env.company.partner_id.email = "info@ours.example"
        self.env["inbox.blocked.address"].create({"name": "blocked.example", "user_id": False})
        addresses = ["x@ours.example", "x@blocked.example", "x@fine.example"]
        self.append("INBOX", *(email(sender=address) for address in addresses))
        self.sync(self.connect(create_contact=True))
        self.assertEqual([bool(self.partner(address)) for address in addresses], [False, False, True])

    def test_a_contact_that_cannot_be_created_costs_no_email(self):
        def refuse(records, vals_list):
            raise ValidationError("a contact needs a shoe size")

        account = self.connect(create_contact=True)
        self.append("INBOX", email(sender="Eva Neu <eva@new.example>"))
        self.patch(type(self.env["res.partner"]), "create", refuse)
        self.sync(account)
        self.assertEqual(len(self.messages(account)), 1)
        self.assertFalse(self.env["inbox.quarantine"].search([("account_id", "=", account.id)]))

    def test_no_contacts_unless_wanted(self):
        self.append("INBOX", email(sender="Eva Neu <eva@new.example>"))
        account = self.connect()
        self.sync(account)
        self.assertFalse(self.partner("eva@new.example"))
