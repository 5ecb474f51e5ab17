"""Emails find their deal by themselves, where there is no doubt; who waits for whom."""

from datetime import timedelta

from odoo.addons.concord_inbox.sync import links, spam
from odoo.tests import tagged

from .common import USER, SyncCase, ago, email

ADA, BEN = "ada@customer.example", "ben@customer.example"


@tagged("post_install", "-at_install")
class TestDeals(SyncCase):
    def setUp(self):
        super().setUp()
        self.ada = self.env["res.partner"].create({"name": "Ada", "email": ADA})

    def deal(self, name="Deal", **values):
        return self.env["crm.lead"].create({"name": name, "type": "opportunity", "partner_id": self.ada.id, **values})

    def links(self, conversation):
        return {(link.res_id, link.reason, link.is_undone) for link in conversation.link_ids}

    def receive(self, account, *sources, folder="INBOX"):
        before = self.messages(account)
        self.append(folder, *sources)
        self.sync(account)
        return (self.messages(account) - before).sorted("id")

    def test_the_only_open_deal(self):
        account = self.connect()
        deal = self.deal()
        self.deal("Lost").action_set_lost()
        won = self.deal("Won")
        won.action_set_won()
        message = self.receive(account, email("Question", message_id="<q@x>"))
        self.assertEqual(self.links(message.conversation_id), {(deal.id, "address", False)})
        # A link stays when the deal is won, also for what is answered later, and another deal changes nothing.
        deal.action_set_won()
        self.deal("Next")
        answer = self.receive(account, email("Re: Question", message_id="<a@x>", headers=["References: <q@x>"]))
        self.assertEqual(answer.conversation_id, message.conversation_id)
        self.assertEqual(self.links(message.conversation_id), {(deal.id, "address", False)})

    def test_what_is_in_doubt_is_offered(self):
        account = self.connect()
        first, second = self.deal("One"), self.deal("Two")
        message = self.receive(account, email("Question", message_id="<q@x>"))
        self.assertFalse(message.conversation_id.link_ids)
        card = message.inbox_card()
        self.assertEqual({one["res_id"] for one in card["suggestions"]}, {first.id, second.id})
        message.inbox_link("crm.lead", second.id)
        self.assertEqual(self.links(message.conversation_id), {(second.id, "by_hand", False)})
        card = message.inbox_card()
        self.assertEqual([one["res_id"] for one in card["documents"]], [second.id])
        self.assertEqual([one["res_id"] for one in card["suggestions"]], [first.id])

    def test_an_undone_link_does_not_come_back(self):
        account = self.connect()
        deal = self.deal()
        message = self.receive(account, email("Question", message_id="<q@x>"))
        message.inbox_unlink("crm.lead", deal.id)
        self.receive(account, email("Again", message_id="<a@x>", headers=["References: <q@x>"]))
        self.assertEqual(self.links(message.conversation_id), {(deal.id, "address", True)})
        self.assertFalse(message.inbox_card()["documents"])
        self.assertFalse(message.inbox_card()["suggestions"])
        message.inbox_link("crm.lead", deal.id)
        self.assertEqual(self.links(message.conversation_id), {(deal.id, "by_hand", False)})

    def test_the_address_that_the_deal_carries(self):
        account = self.connect()
        deal = self.deal(partner_id=False, email_from="Ben <Ben@customer.example>")
        message = self.receive(account, email(sender=BEN))
        self.assertEqual(self.links(message.conversation_id), {(deal.id, "address", False)})
        # That of ours says nothing, whoever writes.
        self.deal("Ours", partner_id=False, email_from=account.email)
        other = self.receive(account, email(sender="carl@elsewhere.example"))
        self.assertFalse(other.conversation_id.link_ids)

    def test_who_speaks_of_no_deal(self):
        account = self.connect()
        self.deal()
        blocked = self.deal("Blocked", partner_id=False, email_from=BEN)
        self.env["inbox.blocked.address"].create({"name": BEN})
        for source in (
            email("Newsletter", headers=["List-Id: <news.customer.example>"]),
            email("Out of office", headers=["Auto-Submitted: auto-replied"]),
            email("Blocked", sender=BEN),
        ):
            message = self.receive(account, source)
            self.assertFalse(message.conversation_id.link_ids, message.subject)
        spam = self.receive(account, email("Spam"), folder="Junk")
        self.assertFalse(spam.conversation_id.link_ids)
        self.assertTrue(blocked)

    def test_a_customer_writes_to_a_group_address_of_ours(self):
        account = self.connect()
        self.env.company.partner_id.email = "office@ours.example"
        deal = self.deal()
        for domain, expected in (("lists.example", set()), ("ours.example", {(deal.id, "address", False)})):
            headers = [f"List-Id: <team.{domain}>", f"List-Post: <mailto:team@{domain}>", "Precedence: list"]
            message = self.receive(account, email(domain, to=f"team@{domain}", headers=headers))
            self.assertEqual(self.links(message.conversation_id), expected)
            self.assertEqual(message.conversation_id.waiting_for, "us" if expected else False)

    def test_spam_is_linked_to_nobody_until_it_is_taken_out(self):
        account = self.connect()
        deal, junk = self.deal(), self.folder(account, "Junk")
        other, nobody = self.client(), self.env["res.partner"]
        message = self.receive(account, email("Offer", message_id="<o@x>"), folder="Junk")

        def is_linked():
            self.env.invalidate_all()
            conversation = message.conversation_id
            contacts = {message.partner_ids, conversation.partner_ids, message.participant_ids.partner_id}
            self.assertEqual(contacts, {nobody if message.is_spam else self.ada})
            self.assertEqual(conversation.waiting_for, False if message.is_spam else "us")
            emails = self.env["inbox.message"].search([("on_record", "=", f"crm.lead,{deal.id}")])
            self.assertEqual(emails, message.browse() if message.is_spam else message)
            self.assertEqual(spam.wrong(self.env, account.id), [])
            return not message.is_spam

        self.assertFalse(is_linked())
        self.assertFalse(message.conversation_id.link_ids)
        # Contacts that change do not change that.
        self.ada.email = "ada@elsewhere.example"
        self.ada.email = ADA
        self.assertFalse(is_linked())
        # Another program takes it out, and puts it there again.
        for path, back in (("Junk", "INBOX"), ("INBOX", "Junk")):
            other.select_folder(path)
            other.move(other.search(), back)
            self.sync(account)
            self.assertEqual(is_linked(), back == "INBOX")
        self.assertEqual(self.links(message.conversation_id), {(deal.id, "address", False)})
        # So does a user, and takes it back; in the trash it stays what it was.
        message.action_move(self.folder(account, "INBOX"))
        self.assertTrue(is_linked())
        undo = message.action_spam()["params"]["former"]
        self.assertFalse(is_linked())
        message.action_trash()
        self.assertFalse(is_linked())
        message.action_undo_move(undo)
        self.assertTrue(is_linked())
        self.sync(account)
        self.assertTrue(is_linked())
        # It turns out that the folder is for something else.
        message.action_spam()
        self.sync(account)
        self.assertFalse(is_linked())
        junk.role = False
        self.assertTrue(is_linked())
        # The links of very many follow in the background.
        self.patch(links, "FEW_EMAILS", 0)
        junk.role = "junk"
        self.assertTrue(message.is_spam and message.partner_ids)
        self.env["inbox.relink"]._cron_relink()
        self.assertFalse(is_linked())

    def test_the_same_conversation_in_another_mailbox(self):
        sales = self.connect()
        one, two = self.deal("One"), self.deal("Two")
        message = self.receive(sales, email("Question", message_id="<q@x>"))
        message.inbox_link("crm.lead", two.id)
        other_user = self.mail_user + "2"
        self.server.add_user(other_user, "pässword")
        info = self.connect(email="info@northlight.example", username=other_user)
        self.server.append(
            other_user, "INBOX", [email("Re: Question", message_id="<a@x>", headers=["In-Reply-To: <q@x>"])]
        )
        self.sync(info)
        answer = self.messages(info)
        self.assertEqual(self.links(answer.conversation_id), {(two.id, "conversation", False)})
        self.assertTrue(one)

    def test_conversations_that_turn_out_to_be_one(self):
        account = self.connect()
        left = self.receive(account, email("Left", message_id="<l@x>", headers=["References: <unknown-1@x>"]))
        right = self.receive(account, email("Right", message_id="<r@x>", headers=["References: <unknown-2@x>"]))
        one, two = self.deal("One"), self.deal("Two")
        right.inbox_link("crm.lead", one.id)
        right.inbox_link("crm.lead", two.id)
        right.inbox_unlink("crm.lead", two.id)
        bridge = email("Bridge", message_id="<b@x>", headers=["References: <unknown-1@x> <unknown-2@x>"])
        self.receive(account, bridge)
        self.assertEqual(left.conversation_id, right.conversation_id)
        self.assertEqual(self.links(left.conversation_id), {(one.id, "by_hand", False), (two.id, "by_hand", True)})

    def test_deals_that_are_merged(self):
        account = self.connect()
        one, two = self.deal("One"), self.deal("Two")
        message = self.receive(account, email())
        message.inbox_link("crm.lead", one.id)
        message.inbox_link("crm.lead", two.id)
        merged = (one | two).merge_opportunity()
        self.assertEqual(self.links(message.conversation_id), {(merged.id, "by_hand", False)})

    def test_whose_turn_it_is(self):
        account = self.connect()
        deal = self.deal()
        first, second = ago(hours=5).replace(microsecond=0), ago(hours=4).replace(microsecond=0)
        message = self.receive(account, email(message_id="<1@x>", date=first))
        self.receive(account, email(message_id="<2@x>", date=second, headers=["References: <1@x>"]))
        conversation = message.conversation_id
        self.assertEqual((conversation.waiting_for, conversation.waiting_since), ("us", first.replace(tzinfo=None)))
        self.env["crm.lead"]._cron_follow_emails()
        self.assertEqual((deal.inbox_waiting_for, deal.inbox_waiting_since), ("us", first.replace(tzinfo=None)))
        self.assertEqual(deal.inbox_last_received_date, second.replace(tzinfo=None))
        self.assertFalse(deal.inbox_last_sent_date)
        found = self.env["inbox.message"].search([("conversation_id.waiting_for", "=", "us")])
        self.assertIn(message, found)

        sent = ago(hours=3).replace(microsecond=0)
        mine = email(sender=USER, to=ADA, message_id="<3@x>", date=sent, headers=["References: <1@x>"])
        self.receive(account, mine, folder="Sent")
        self.assertEqual((conversation.waiting_for, conversation.waiting_since), ("them", sent.replace(tzinfo=None)))
        self.env["crm.lead"]._cron_follow_emails()
        self.assertEqual((deal.inbox_waiting_for, deal.inbox_last_sent_date), ("them", sent.replace(tzinfo=None)))

        self.receive(account, email(message_id="<4@x>", date=ago(hours=2), headers=["References: <1@x>"]))
        self.assertEqual(conversation.waiting_for, "us")
        message.inbox_settle()
        self.assertFalse(conversation.waiting_for)
        self.assertTrue(message.inbox_card()["turn"]["is_settled"])
        message.inbox_settle(False)
        self.assertEqual(conversation.waiting_for, "us")
        self.assertFalse(message.inbox_card()["turn"]["is_settled"])
        message.inbox_settle()
        later = email(message_id="<5@x>", date=ago(hours=0) + timedelta(seconds=0), headers=["References: <1@x>"])
        message.conversation_id.settled_date -= timedelta(minutes=1)
        self.receive(account, later)
        self.assertEqual(conversation.waiting_for, "us")
        self.assertFalse(message.inbox_card()["turn"]["is_settled"], "what came later needs an answer")

    def test_nobody_waits_for_strangers_and_machines(self):
        account = self.connect()
        stranger = self.receive(account, email(sender="carl@elsewhere.example"))
        self.assertFalse(stranger.conversation_id.waiting_for)
        machine = self.receive(account, email(headers=["Auto-Submitted: auto-replied"]))
        self.assertFalse(machine.conversation_id.waiting_for)

    def test_a_deal_that_refuses_holds_up_no_other(self):
        account = self.connect()
        deal = self.deal()
        message = self.receive(account, email())
        other = self.deal("Other", partner_id=False)
        message.inbox_link("crm.lead", other.id)
        refused = type(deal).write

        def write(leads, vals):
            if deal in leads:
                raise ValueError("a rule of somebody's own")
            return refused(leads, vals)

        self.patch(type(deal), "write", write)
        with self.assertLogs("odoo.addons.concord_inbox.models.crm_lead", "WARNING"):
            self.env["crm.lead"]._cron_follow_emails()
        self.assertEqual(other.inbox_waiting_for, "us")
