"""Answers and forwards: from which address, to whom, with which subject and references; what is said before sending."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import InboxCase


@tagged("post_install", "-at_install")
class AnswerCase(InboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner = cls.env["inbox.message"].with_user(cls.users["owner"])
        cls.colleague = cls.env["inbox.message"].with_user(cls.users["shared_user"])
        cls.alias = cls.env["inbox.identity"].create(
            {"account_id": cls.shared.id, "name": "Offers", "email": "offers@northlight.example"}
        )
        cls.shared._identities()

    def email(self, people, account=None, **values):
        """An email with these people: role -> addresses."""
        account = account or self.shared
        kind = "shared" if account == self.shared else "personal"
        found = self.make_message(account, self.records[f"{kind} folder"], self.env["res.partner"], **values)
        found["participant"].unlink()
        for role, addresses in people.items():
            for address in addresses:
                self.env["inbox.participant"].create(
                    {
                        "inbox_message_id": found["message"].id,
                        "role": role,
                        "email": address,
                        "email_normalized": address,
                    }
                )
        return found["message"]

    def addresses(self, draft, role):
        return [one["email"] for one in draft[role]]


@tagged("post_install", "-at_install")
class TestAnswers(AnswerCase):
    def test_to_all_without_own_addresses(self):
        message = self.email(
            {
                "from": ["ada@customer.example"],
                "to": ["offers@northlight.example", "bob@customer.example"],
                "cc": ["sales@northlight.example", "eve@customer.example"],
            },
            message_id="<two@there>",
            header_references="<one@there>",
        )
        draft = self.colleague.compose_reply(message.id, "reply_all")
        self.assertEqual(self.addresses(draft, "to"), ["ada@customer.example", "bob@customer.example"])
        self.assertEqual(self.addresses(draft, "cc"), ["eve@customer.example"])
        self.assertEqual(draft["identity_id"], self.alias.id)
        row = self.env["inbox.message"].browse(draft["id"])
        composed = row._outgoing()
        self.assertEqual(composed.in_reply_to, "<two@there>")
        self.assertEqual(composed.references, ("<one@there>", "<two@there>"))
        self.assertEqual(row.conversation_id, message.conversation_id)

    def test_an_answer_to_what_has_no_message_id(self):
        """It names what the answered email named, as its parent, and stays in the conversation."""
        message = self.email({"from": ["ada@customer.example"]}, header_references="<one@there> <two@there>")
        message.message_id = False
        draft = self.colleague.compose_reply(message.id, "reply")
        row = self.env["inbox.message"].browse(draft["id"])
        composed = row._outgoing()
        self.assertEqual((composed.in_reply_to, composed.references), ("", ("<one@there>", "<two@there>")))
        self.assertEqual(row.conversation_id, message.conversation_id)

    def test_to_where_the_sender_wants_answers(self):
        message = self.email({"from": ["ada@customer.example"], "reply_to": ["list@lists.example"]})
        draft = self.colleague.compose_reply(message.id, "reply")
        self.assertEqual(self.addresses(draft, "to"), ["list@lists.example"])

    def test_to_the_mailing_list(self):
        people = {"from": ["ada@customer.example"], "to": ["talk@lists.example"], "cc": ["bob@customer.example"]}
        message = self.email(people, list_post="Talk@lists.example")
        message.participant_ids.filtered(lambda one: one.role == "to").name = "The talk"
        draft = self.colleague.compose_reply(message.id, "reply_list")
        self.assertEqual([(one["name"], one["email"]) for one in draft["to"]], [("The talk", "Talk@lists.example")])
        self.assertFalse(draft["cc"])
        self.assertEqual(draft["answers_id"], message.id)
        # Whoever answers the sender alone does not write to all.
        self.assertEqual(
            self.addresses(self.colleague.compose_reply(message.id, "reply"), "to"), ["ada@customer.example"]
        )
        with self.assertRaises(UserError):
            self.colleague.compose_reply(self.email(people).id, "reply_list")

    def test_the_attribution_is_in_the_writers_words(self):
        """Day and time in the language and the zone of whoever answers, without seconds and without the zone's name."""
        message = self.email({"from": ["ada@customer.example"]}, date="2026-07-01 23:30:07")
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["res.lang"]._activate_lang("ja_JP")
        for lang, zone, words in (
            ("en_US", "America/New_York", ("On Wednesday, July 1, 2026 at 7:30 PM, ada@customer.example wrote:",)),
            ("en_US", False, ("On Wednesday, July 1, 2026 at 11:30 PM, ada@customer.example wrote:",)),
            ("de_DE", "Europe/Berlin", ("Donnerstag, 2. Juli 2026", "01:30")),
            ("ja_JP", "Asia/Tokyo", ("2026年7月2日木曜日", "8:30")),
        ):
            user = self.users["shared_user"]
            user.write({"lang": lang, "tz": zone})
            model = self.colleague.with_context(lang=lang, tz=zone)
            for kind in ("reply", "forward"):
                quote = model.compose_reply(message.id, kind)["quote"]
                with self.subTest(lang=lang, kind=kind):
                    self.assertNotIn(":07", quote)
                    self.assertNotIn("UTC", quote)
                    for part in words if kind == "reply" or lang != "en_US" else ():
                        self.assertIn(part, quote)

    def test_an_answer_to_what_one_sent_oneself(self):
        message = self.email(
            {"from": ["sales@northlight.example"], "to": ["ada@customer.example"]}, direction="out", state="sent"
        )
        draft = self.colleague.compose_reply(message.id, "reply")
        self.assertEqual(self.addresses(draft, "to"), ["ada@customer.example"])

    def test_prefixes_are_not_piled_up(self):
        for subject in ("Offer", "Re: Offer", "RE: AW: Offer", "SV: Re[2]: Offer", "回复：Offer", "WG: Offer"):
            message = self.email({"from": ["ada@customer.example"]}, subject=subject)
            for kind, wanted in (("reply", "Re: Offer"), ("forward", "Fwd: Offer")):
                with self.subTest(subject=subject, kind=kind):
                    self.assertEqual(self.colleague.compose_reply(message.id, kind)["subject"], wanted)

    def test_a_forward_takes_the_files_along(self):
        message = self.records["shared linked message"]
        draft = self.colleague.compose_reply(message.id, "forward")
        self.assertEqual([one["name"] for one in draft["attachments"]], ["offer.txt"])
        self.assertIn("Dear all", draft["quote"])
        with self.assertRaises(UserError):  # nobody can tell what the original was: there is no such server
            self.colleague.compose_reply(message.id, "forward_attached")

    def test_pictures_of_a_quotation_wait(self):
        message = self.email({"from": ["ada@customer.example"]})
        message.content_html = '<p>Hi <img src="https://tracker.example/x.gif"></p>'
        draft = self.colleague.compose_reply(message.id, "reply")
        self.assertNotIn("tracker.example", draft["quote"])
        self.colleague.compose_save(draft["id"], {"quote": draft["quote"]}, draft["version"])
        self.assertIn("tracker.example", self.env["inbox.message"].browse(draft["id"]).draft_html)

    def test_the_wrong_user(self):
        message = self.records["personal unlinked message"]
        for name in ("shared_user", "manager", "system", "employee"):
            with self.subTest(user=name), self.assertRaises(AccessError):
                self.env["inbox.message"].with_user(self.users[name]).compose_reply(message.id, "reply")
        # Linked to a contact it may be read; the answer is the reader's own, and belongs to no account of the owner's.
        draft = self.colleague.compose_reply(self.records["personal linked message"].id, "reply")
        self.assertEqual(draft["account_id"], self.shared.id)
        self.assertFalse(draft["answers_id"])


@tagged("post_install", "-at_install")
class TestBeforeSending(AnswerCase):
    def codes(self, draft):
        return {one["code"] for one in self.colleague.compose_check(draft["id"])}

    def begin(self, **values):
        return self.colleague.compose_begin({"account_id": self.shared.id, **values})

    def test_what_is_wrong(self):
        draft = self.begin(body="<p>Please find attached our offer.</p>", to=["bob"])
        self.assertEqual(self.codes(draft), {"bad_address", "empty_subject", "forgotten_attachment"})
        draft = self.begin(subject="Hi", body="<p>Siehe Anhang</p>")
        self.assertEqual(self.codes(draft), {"no_recipient", "forgotten_attachment"})
        with self.assertRaises(UserError):
            self.colleague.compose_send(draft["id"], {})
        self.shared.smtp_size_limit = 1000
        self.assertIn("too_large", self.codes(draft))
        with self.assertRaises(UserError):
            self.env["inbox.message"].browse(draft["id"])._attach([("x", "text/plain", b"x" * 2000)])

    def test_what_is_quoted_is_nobodys_promise(self):
        message = self.email({"from": ["ada@customer.example"]}, body_text="I attached it")
        self.assertEqual(self.codes(self.colleague.compose_reply(message.id, "reply")), set())

    def test_a_stranger_among_colleagues(self):
        message = self.email({"from": ["owner@northlight.example"], "to": ["sales@northlight.example"]})
        draft = self.colleague.compose_reply(message.id, "reply")
        self.assertEqual(self.codes(draft), set())
        self.colleague.compose_save(draft["id"], {"cc": ["ada@customer.example"]}, draft["version"])
        self.assertEqual(self.codes(draft), {"external_in_internal"})

    def test_a_colleague_answered_meanwhile(self):
        message = self.email({"from": ["ada@customer.example"]})
        draft = self.colleague.compose_reply(message.id, "reply")
        self.env.cr.execute(
            "UPDATE inbox_message SET create_date = create_date - interval '1 minute' WHERE id = %s", [draft["id"]]
        )
        self.env.invalidate_all()
        answer = self.email(
            {"from": ["sales@northlight.example"]}, direction="out", state="sent", author_id=self.users["manager"].id
        )
        answer.conversation_id = message.conversation_id
        self.assertEqual(self.codes(draft), {"answered_meanwhile"})

    def test_sent_taken_back_and_sent_later(self):
        draft = self.begin(to=["ada@customer.example"], subject="Hello", body="<p>Hi</p>")
        sent = self.colleague.compose_send(draft["id"], {})
        self.assertEqual((sent["state"], sent["undo_seconds"]), ("outgoing", 10))
        self.assertEqual(self.colleague.compose_undo(draft["id"])["state"], "draft")
        at = self.colleague.compose_schedule_presets()[-1]["at"]
        self.assertEqual(self.colleague.compose_send(draft["id"], {"at": at})["state"], "scheduled")
        opened = self.colleague.compose_open(draft["id"])
        self.assertEqual((opened["state"], opened["scheduled_date"]), ("scheduled", at))
        self.colleague.compose_save(draft["id"], {"subject": "Hello again"}, opened["version"])
        self.assertEqual(self.colleague.compose_open(draft["id"])["state"], "draft")
        with self.assertRaises(UserError):
            self.colleague.compose_send(draft["id"], {"at": "2001-01-01 00:00:00"})

    def test_a_template_for_the_contact(self):
        template = self.env["mail.template"].create(
            {
                "name": "Greeting",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "For {{ object.name }}",
                "body_html": "<p>Dear <t t-out='object.name'/></p>",
            }
        )
        draft = self.begin(partner_ids=self.customer.ids)
        self.assertIn(template.id, [one["id"] for one in self.colleague.compose_templates(draft["id"], "greet")])
        filled = self.colleague.compose_apply_template(draft["id"], template.id, draft["version"])
        self.assertEqual(filled["subject"], "For Ada Customer")
        self.assertIn("Dear", filled["body"])

    def test_recipients_of_ones_own_accounts_alone(self):
        self.email({"from": ["zacharias@private.example"]}, account=self.personal)
        self.email({"from": ["zoe@shop.example"]})
        found = [one["email"] for one in self.colleague.compose_recipients("z")]
        self.assertIn("zoe@shop.example", found)
        self.assertNotIn("zacharias@private.example", found)
        self.assertIn("zacharias@private.example", [one["email"] for one in self.owner.compose_recipients("zach")])
        with self.assertRaises(AccessError):
            self.env["inbox.message"].with_user(self.users["employee"]).compose_recipients("z")

    def test_from_a_deal(self):
        lead = self.env["crm.lead"].create({"name": "Deal", "partner_id": self.customer.id, "type": "opportunity"})
        self.users["shared_user"].group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        begin = lead.with_user(self.users["shared_user"]).action_compose()["params"]["begin"]
        draft = self.begin(**begin)
        self.assertEqual(self.addresses(draft, "to"), ["ada@customer.example"])
        self.assertEqual(draft["record"]["name"], "Deal")
        links = self.env["inbox.conversation.link"].search([("res_model", "=", "crm.lead")])
        self.assertEqual(links.conversation_id.id, draft["conversation_id"])
        self.assertFalse(links.with_user(self.users["owner"])._filtered_access("read"))
        with self.assertRaises(AccessError):
            self.owner.compose_begin({"res_model": "crm.lead", "res_id": lead.id})
