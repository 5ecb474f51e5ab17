"""Drafts: begun, saved, thrown away, by whoever may send from the account and by nobody else."""

from io import BytesIO

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from werkzeug.datastructures import FileStorage

from .common import InboxCase


@tagged("post_install", "-at_install")
class TestDrafts(InboxCase):
    def setUp(self):
        super().setUp()
        self.owner = self.env["inbox.message"].with_user(self.users["owner"])
        self.colleague = self.env["inbox.message"].with_user(self.users["shared_user"])

    def test_begun_saved_and_thrown_away(self):
        draft = self.owner.compose_begin(
            {"to": ["Ada <ada@customer.example>"], "subject": "Hello", "body": "<p>Hi</p>"}
        )
        self.assertEqual(draft["state"], "draft")
        self.assertEqual(draft["to"][0]["email"], "ada@customer.example")
        self.assertTrue(draft["to"][0]["is_valid"])
        saved = self.owner.compose_save(draft["id"], {"subject": "Hello again", "cc": ["bob"]}, draft["version"])
        self.assertEqual(saved["version"], draft["version"] + 1)
        with self.assertRaises(UserError):
            self.owner.compose_save(draft["id"], {"subject": "Old"}, draft["version"])
        opened = self.owner.compose_open(draft["id"])
        self.assertEqual(opened["subject"], "Hello again")
        self.assertIn("Hi", opened["body"])
        self.assertFalse(opened["cc"][0]["is_valid"])
        self.owner.compose_discard(draft["id"])
        self.assertFalse(self.env["inbox.message"].browse(draft["id"]).exists())

    def test_reply(self):
        message = self.records["shared linked message"]
        draft = self.colleague.compose_reply(message.id, "reply")
        self.assertEqual(draft["subject"], "Re: Offer")
        self.assertEqual([one["email"] for one in draft["to"]], ["ada@customer.example"])
        self.assertTrue(draft["has_quote"])
        self.assertEqual(draft["conversation_id"], message.conversation_id.id)
        for kind in ("reply_all", "forward", "edit_as_new"):
            self.colleague.compose_reply(message.id, kind)

    def test_what_was_begun_and_left_is_thrown_away(self):
        """After a day, when nothing was written, nor a file attached, and nothing lies on the server."""
        kept = {name: self.owner.compose_begin({"subject": name})["id"] for name in ("written", "filed", "fresh")}
        left = [self.owner.compose_begin({})["id"], self.owner.compose_reply(self.received().id, "reply")["id"]]
        self.owner.compose_save(kept["written"], {"body": "<p>x</p>"}, 0)
        self.owner._attach_uploaded(kept["filed"], [FileStorage(BytesIO(b"x"), "x.txt")], False)
        old = [kept["written"], kept["filed"], *left]
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE inbox_message SET create_date = create_date - interval '2 days' WHERE id = ANY(%s)", [old]
        )
        self.env.invalidate_all()
        self.env["inbox.message"]._gc_untouched_drafts()
        self.assertFalse(self.env["inbox.message"].browse(left).exists())
        self.assertEqual(len(self.env["inbox.message"].browse(kept.values()).exists()), len(kept))

    def received(self):
        return self.records["personal linked message"]

    def test_an_answer_is_in_its_conversation_once_it_is_saved(self):
        message = self.received()
        draft = self.owner.compose_reply(message.id, "reply")
        shown = message.with_user(self.users["owner"]).with_context(inbox_conversations=True)
        self.assertEqual(shown.thread_ids, message)
        self.owner.compose_save(draft["id"], {"body": "<p>x</p>"}, 0)
        self.env.invalidate_all()
        self.assertIn(draft["id"], shown.thread_ids.ids)

    def test_canned_responses_by_their_shortcut(self):
        """Those of one's own and of one's groups, as HTML; what looks like markup is text."""
        texts = {"hours": "We are open\nfrom <9> to 5.", "thanks": "Thank you & goodbye"}
        for shortcut, text in texts.items():
            self.env["mail.canned.response"].with_user(self.users["owner"]).create(
                {"source": shortcut, "substitution": text}
            )
        [found] = self.owner.compose_canned("our")
        self.assertEqual(found["shortcut"], "hours")
        self.assertIn("&lt;9&gt; to 5.", found["html"])
        self.assertRegex(found["html"], r"open<br\s*/?>")
        self.assertEqual({one["shortcut"] for one in self.owner.compose_canned("")} & set(texts), set(texts))
        self.assertFalse(self.colleague.compose_canned("hours"))

    def test_the_wrong_user(self):
        draft = self.owner.compose_begin({})
        for name in ("shared_user", "manager", "system", "employee", "portal"):
            model = self.env["inbox.message"].with_user(self.users[name])
            for method, arguments in (
                ("compose_open", ()),
                ("compose_save", ({"subject": "x"}, 0)),
                ("compose_check", ()),
                ("compose_send", ({},)),
                ("compose_undo", ()),
                ("compose_leave", ()),
                ("compose_discard", ()),
                ("compose_templates", ()),
                ("compose_record_documents", ()),
                ("compose_detach", (1,)),
                ("compose_attach_from_record", ([],)),
            ):
                with self.subTest(user=name, method=method), self.assertRaises(AccessError):
                    getattr(model, method)(draft["id"], *arguments)

    def test_the_rest_answers(self):
        draft = self.owner.compose_begin(
            {"partner_ids": self.customer.ids, "res_model": "res.partner", "res_id": self.customer.id}
        )
        self.assertEqual(draft["record"]["id"], self.customer.id)
        self.owner.compose_check(draft["id"])
        self.owner.compose_identities()
        self.owner.compose_signature(draft["identity_id"])
        self.assertTrue(self.owner.compose_recipients("ada"))
        self.assertEqual(len(self.owner.compose_parse("a@b.example; Bob <bob@c.example>\nx")), 3)
        self.owner.compose_templates(draft["id"], "")
        self.owner.compose_canned("")
        self.owner.compose_schedule_presets()
        self.owner.compose_record_documents(draft["id"])
