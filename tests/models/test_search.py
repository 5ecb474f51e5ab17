"""Finding emails by what is in them."""

from unittest.mock import patch

from odoo import Command
from odoo.addons.concord_inbox.models import inbox_message_top_matches
from odoo.addons.concord_inbox.sync import search_text
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import InboxCase


@tagged("post_install", "-at_install")
class TestSearch(InboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = cls.records["shared folder"]
        cls.sent = cls.env["inbox.folder"].create(
            {"account_id": cls.shared.id, "name": "Gesendet", "path": "Gesendet", "role": "sent", "is_active": True}
        )
        cls.partner = cls.env["res.partner"]
        cls.first = cls.write(
            "Überweisung für Müller",
            "Bitte prüfen Sie die Rechnung 2026/17 vom Café.",
            people=[
                ("from", "Anna Smith", "anna@supplier.example"),
                ("to", "Sales", "sales@northlight.example"),
                ("cc", "Boris", "boris@elsewhere.example"),
            ],
            files=["Angebot_final.pdf"],
            has_attachment=True,
            date="2026-01-10 12:00:00",
        )
        cls.second = cls.write(
            "Meeting notes",
            "我是中国人. Nothing of note, the invoice is paid.",
            people=[("from", "Sales", "sales@northlight.example"), ("to", "Anna Smith", "anna@supplier.example")],
            direction="out",
            is_read=True,
            folder_ids=[Command.set(cls.sent.ids)],
            date="2026-02-10 23:30:00",
        )
        cls.both = cls.first | cls.second

    @classmethod
    def write(cls, subject, text, people=(), files=(), **values):
        message = cls.env["inbox.message"].create(
            {
                "account_id": cls.shared.id,
                "conversation_id": cls.env["inbox.conversation"].create({"account_id": cls.shared.id}).id,
                "subject": subject,
                "body_text": text,
                "folder_ids": [Command.set(cls.folder.ids)],
                **values,
            }
        )
        cls.env["inbox.participant"].create(
            [
                {"inbox_message_id": message.id, "role": role, "name": name, "email": email, "email_normalized": email}
                for role, name, email in people
            ]
        )
        cls.env["ir.attachment"].create(
            [{"name": name, "raw": b"x", "res_model": "inbox.message", "res_id": message.id} for name in files]
        )
        return message

    def found(self, text, user="shared_user"):
        messages = self.env["inbox.message"].with_user(self.users[user])
        return messages.search([("id", "in", self.both.ids), ("search_query", "ilike", text)]).sudo()

    def test_what_is_found(self):
        first, second, none = self.first, self.second, self.env["inbox.message"]
        for text, expected in {
            "uberweisung": first,
            "ÜBERWEIS": first,
            "berweisung": none,
            "muller cafe": first,
            "rechnung 2026/17": first,
            "anna": self.both,
            "supplier": self.both,
            "anna@supplier.example": self.both,
            "anna@supp": self.both,
            "boris@elsewhere.example": first,
            "from:anna": first,
            "from:anna@supplier.example": first,
            "to:anna": second,
            "cc:boris": first,
            "to:boris": first,
            "from:boris": none,
            "subject:muller": first,
            "subject:rechnung": none,
            "angebot": first,
            "filename:final.pdf": first,
            "filename:rechnung": none,
            "has:attachment": first,
            "-has:attachment": second,
            "is:unread": first,
            "is:read": second,
            "is:sent": second,
            "中国": second,
            "国人": second,
            "人": second,
            "国": second,
            "人国": none,
            '"the invoice is"': second,
            '"invoice the"': none,
            '"the invo"': none,
            "invo": second,
            "meeting -invoice": none,
            "anna -invoice": first,
            "-invoice": first,
            "invoice OR rechnung": self.both,
            "invoice OR rechnung anna cc:boris": first,
            "is:unread OR meeting": self.both,
            "before:2026-02-01": first,
            "after:2026-02-01": second,
            "before:2026-02-01 anna": first,
            "in:sent": second,
            "in:gesendet": second,
            "in:inbox": first,
            "-in:inbox": second,
            "in:nowhere": none,
            "account:sales": self.both,
            "account:nobody": none,
            "re:meeting": none,
            "": self.both,
            "!!": self.both,
            "from:": self.both,
            "' : * ! & | ( ) <-> \\": self.both,
        }.items():
            with self.subTest(text):
                self.assertEqual(self.found(text), expected)

    def test_dates_are_the_users_own(self):
        messages = self.env["inbox.message"].with_user(self.users["shared_user"])
        # In the east it was the 11th already; at the beginning of the calendar there is no earlier day.
        for zone, expected in (("Asia/Tokyo", self.second), ("Europe/Berlin", self.second), ("UTC", messages)):
            there = messages.with_context(tz=zone)
            found = there.search([("id", "in", self.both.ids), ("search_query", "ilike", "after:2026-02-11")])
            self.assertEqual(found, expected, zone)
            self.assertFalse(
                there.search([("id", "in", self.both.ids), ("search_query", "ilike", "before:0001-01-01")])
            )

    def test_what_changes_is_found_anew(self):
        self.first.write({"subject": "Changed", "body_text": "altered"})
        self.assertFalse(self.found("uberweisung"))
        self.assertEqual(self.found("changed altered"), self.first)
        self.first.participant_ids[0].email = "carla@supplier.example"
        self.assertEqual(self.found("from:carla"), self.first)
        self.first.participant_ids[0].unlink()
        self.assertFalse(self.found("from:carla"))
        self.first.attachment_ids.name = "other.txt"
        self.assertEqual(self.found("filename:other"), self.first)
        self.first.attachment_ids.unlink()
        self.assertFalse(self.found("filename:other"))

    def test_older_emails_are_filled_in(self):
        self.env.cr.execute("DELETE FROM inbox_message_search")
        self.assertFalse(self.found("anna"))
        below, steps = None, 0
        while (below := search_text.fill(self.env, below, 2)) is not None:
            steps += 1
        self.assertGreater(steps, 1)
        self.assertEqual(self.found("anna"), self.both)
        self.assertIsNone(search_text.fill(self.env, None, 2))

    def test_by_the_cron(self):
        self.env.cr.execute("DELETE FROM inbox_message_search")
        with self.enter_registry_test_mode():
            self.env.ref("concord_inbox.ir_cron_fill_search").method_direct_trigger()
        self.assertEqual(self.found("anna"), self.both)

    def test_no_email_is_too_much(self):
        unlike = " ".join(f"word{number}" for number in range(60_000))
        for text in (unlike, "same " * 60_000, "中文字" * 60_000, "x" * 600_000, "\u0378'\\ \n" * 9, "ﷺ" * 200_000):
            with self.subTest(text[:10]):
                self.first.body_text = text
                self.assertEqual(self.found("uberweisung"), self.first)
        self.first.body_text = unlike
        self.assertEqual(self.found("word10000"), self.first)

    def test_what_was_found_is_marked(self):
        message = self.first.with_context(inbox_search=["rechnung", "uberw -foo from:anna"])
        self.assertEqual(
            message.search_snippet,
            {
                "subject": [["Überweisung", True], [" für Müller", False]],
                "text": [["Bitte prüfen Sie die ", False], ["Rechnung", True], [" 2026/17 vom Café.", False]],
            },
        )
        self.assertFalse(self.first.search_snippet)

    # ------------------------------------------------------------ privacy

    def seen(self, text, user, message):
        messages = self.env["inbox.message"].with_user(self.users[user])
        with mute_logger("odoo.models", "odoo.addons.base.models.ir_rule"):
            try:
                return bool(messages.search([("id", "=", message.id), ("search_query", "ilike", text)]))
            except AccessError:
                return False

    def test_nobody_finds_out_what_is_hidden(self):
        """Asked in any way, an email of which only the subject and people are shown gives the same answer."""
        self.personal.record_visibility = "subject"
        message = self.records["personal linked message"]
        message.write({"body_text": "Hidden words, dear", "subject": "Offer"})
        questions = [
            "{}", "-{}", '"{}"', "offer {}", "offer -{}", "offer OR {}", "offer -zzz OR -{}", "-offer OR {}",
            "from:ada {}", "subject:{}", "-subject:{}", "filename:{}", "-filename:{}", "-{} -filename:{}",
            "is:read OR {}", "is:unread -{}", "has:attachment OR -{}", '"{} words"', "in:{}", "-in:{}",
            "account:{}", "-account:{}",
        ]  # fmt: skip
        for user in ("employee", "inbox_user", "shared_user", "manager", "system"):
            self.assertTrue(self.seen("offer", user, message))
            self.assertTrue(self.seen("from:ada", user, message))
            for hidden in ("hidden", "offer.txt", "txt", "owner", "inbox"):
                for question in questions:
                    right = question.replace("{}", hidden)
                    wrong = question.replace("{}", "zzz")
                    if hidden == "offer.txt" and "filename" not in question:
                        continue  # the subject is "Offer"
                    with self.subTest(user=user, question=right):
                        self.assertEqual(self.seen(right, user, message), self.seen(wrong, user, message))
            shown = message.with_user(self.users[user]).with_context(inbox_search="hidden")
            self.env.invalidate_all()
            self.assertNotIn("idden", repr(shown.search_snippet))
        self.assertTrue(self.seen("hidden", "owner", message))
        self.assertFalse(self.seen("-hidden", "owner", message))
        self.assertTrue(self.seen("filename:offer.txt", "owner", message))
        self.personal.record_visibility = "everything"
        self.env.flush_all()
        self.assertTrue(self.seen("hidden", "employee", message))

    # ------------------------------------------------------------ the first page of many that match

    def page(self, text, *domain, user="shared_user", limit=3, **context):
        """What the list asks for: the emails of the first page, and the count for the pager."""
        messages = self.env["inbox.message"].with_user(self.users[user]).with_context(**context)
        words = [("search_query", "ilike", part) for part in text.split(" + ")]
        self.env.flush_all()
        self.env.invalidate_all()
        found = messages.web_search_read(
            [("is_in_inbox", "=", True), *words, *domain], {}, limit=limit, order="date desc, id desc", count_limit=5
        )
        return [record["id"] for record in found["records"]], found["length"]

    def test_the_newest_are_found_first(self):
        """Whatever is asked beside words, and however few emails are looked at first, the page is the same."""
        self.personal.user_id = self.users["shared_user"]
        for number in range(12):
            self.write(
                f"Oak {number}", "oak and birch" if number % 3 else "oak", date=f"2026-03-{1 + number % 4:02} 10:00:00",
                is_read=number % 2 == 0, account_id=(self.shared | self.personal)[number % 2].id,
                folder_ids=[Command.set((self.folder if number % 2 == 0 else self.records["personal folder"]).ids)],
            )  # fmt: skip
        everything = self.env["inbox.message"].search([("subject", "like", "Oak")], order="date desc, id desc")
        # One that moves in time, one that is thrown away, one that answers another.
        everything[5].date = "2026-04-01 10:00:00"
        everything[1].folder_ids = False
        everything[3].conversation_id = everything[0].conversation_id
        asked = [
            ("oak",), ("oa",), ("oak + birch",), ("oak -birch",), ("-birch",), ("oak OR birch",), ('"oak and"',),
            ("oak is:unread",), ("subject:oak is:unread",), ("oak after:2026-03-03",), ("zzz",), ("is:unread",),
            ("oak", ("is_read", "=", True)), ("oak", ("folder_id", "in", self.folder.ids)),
            ("oak", ("account_id", "=", self.personal.id)), ("oak account:owner",),
        ]  # fmt: skip
        for user in ("shared_user", "manager", "inbox_user"):
            for context in ({}, {"inbox_conversations": True}):
                for question in asked:
                    pages = []
                    # None at all; few that are enough or not, or of which the word is rare; more than there are.
                    for windows, rare in (((), 0), ((8, 13), 0), ((8, 13), 20), ((1000,), 0)):
                        with (
                            patch.object(inbox_message_top_matches, "WINDOWS", windows),
                            patch.object(inbox_message_top_matches, "RARE", rare),
                        ):
                            pages.append(self.page(*question, user=user, **context))
                    with self.subTest(user=user, question=question, **context):
                        self.assertTrue(all(page == pages[0] for page in pages), pages)
        with patch.object(inbox_message_top_matches, "WINDOWS", (8,)):
            # Of the eight newest enough have the word: nothing older is looked at.
            with patch.object(type(self.env["inbox.message"]), "_vector_domain", side_effect=AssertionError):
                ids, length = self.page("oak")
        self.assertEqual((ids[0], length), (everything[5].id, 5))

    def test_a_page_of_many_asks_as_little_as_one_of_few(self):
        def count():
            self.page("oak")  # what is looked up once and for all
            before = self.env.cr.sql_log_count
            self.page("oak")
            return self.env.cr.sql_log_count - before

        for _number in range(2):
            self.write("Oak", "oak")
        few = count()
        for _number in range(20):
            self.write("Oak", "oak")
        self.assertLessEqual(count(), few)

    def test_the_words_are_nobodys_to_read(self):
        for name, user in self.users.items():
            words = self.env["inbox.message.search"].with_user(user)
            with self.subTest(name), self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
                words.search([])
