"""Whom the window proposes as a recipient: who is likely, quickly, and nobody of whom the user must not know."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .test_draft_answers import AnswerCase


@tagged("post_install", "-at_install")
class TestRecipients(AnswerCase):
    def correspond(self, address, direction="in", days=1, account=None, **values):
        role = "to" if direction == "out" else "from"
        state = "sent" if direction == "out" else "received"
        date = fields.Datetime.now() - timedelta(days=days)
        values = {"direction": direction, "state": state, "date": date, **values}
        return self.email({role: [address]}, account=account, **values)

    def propose(self, term, **options):
        return [one["email"] for one in self.colleague.compose_recipients(term, **options)]

    def test_ranking(self):
        self.correspond("zora@often.example", "out", days=1)
        self.correspond("zora@often.example", "out", days=2)
        self.correspond("zoe@wrote.example", "in", days=1)
        self.correspond("zack@longago.example", "out", days=900)
        self.correspond("hazel@within.example", "out", days=1)
        self.env["res.partner"].create({"name": "Zita Stranger", "email": "zita@nobody.example"})
        self.assertEqual(
            self.propose("z", limit=20),
            # Whom one writes to; who wrote; long ago; never; and last those in whom it does not begin a word.
            [
                *("zora@often.example", "zoe@wrote.example", "zack@longago.example", "zita@nobody.example"),
                "hazel@within.example",
            ],
        )
        self.assertEqual(self.propose("z", limit=2), ["zora@often.example", "zoe@wrote.example"])
        self.assertNotIn("zora@often.example", self.propose("z", exclude=["Zora@Often.example"]))

    def test_by_name_company_and_address(self):
        company = self.env["res.partner"].create({"name": "Quokka Works", "is_company": True})
        self.env["res.partner"].create({"name": "Nina Berg", "email": "nb@quokka.example", "parent_id": company.id})
        for term in ("nina", "berg", "nina berg", "berg nina", "nb@quokka", "quokka works", "nina quokka"):
            with self.subTest(term=term):
                self.assertEqual(self.propose(term), ["nb@quokka.example"])
        for term in ("", "   ", "%", "nina%berg", "nina_berg", "\\"):
            with self.subTest(term=term):
                self.assertEqual(self.propose(term), [])

    def test_by_a_further_address(self):
        nina = self.env["res.partner"].create({"name": "Nina Berg", "email": "nb@quokka.example"})
        nina.inbox_address_ids = [(0, 0, {"email": one}) for one in ("nina@home.example", "other@club.example")]
        only = self.env["res.partner"].create(
            {"name": "Olaf", "inbox_address_ids": [(0, 0, {"email": "o@only.example"})]}
        )
        self.assertEqual(set(self.propose("nina")), {"nb@quokka.example", "nina@home.example"})
        self.assertEqual(set(self.propose("club")), {"nb@quokka.example", "other@club.example"})
        self.assertEqual(self.propose("olaf"), ["o@only.example"])
        # Whom one wrote with at a further address is that contact.
        self.correspond("other@club.example")
        found = {one["email"]: one["partner_id"] for one in self.colleague.compose_recipients("other")}
        self.assertEqual(found["other@club.example"], nina.id)
        hidden = self.env["res.company"].create({"name": "Elsewhere"})
        only.company_id = hidden
        self.assertEqual(self.propose("o@only"), [])

    def test_nobody_proposes_newsletters_drafts_and_oneself(self):
        self.correspond("news@letter.example", is_bulk=True)
        self.correspond("news@draft.example", "out", state="draft")
        self.assertEqual(self.propose("news"), [])
        self.correspond("sales@northlight.example")
        self.assertNotIn("sales@northlight.example", self.propose("sales@north"))

    def test_nobody_of_others(self):
        """Neither whom others write with nor contacts that are hidden from the user."""
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        hidden = {"name": "Wanda Hidden", "email": "wanda@hidden.example", "company_id": elsewhere.id}
        self.env["res.partner"].create(hidden)
        self.correspond("walter@private.example", account=self.personal)
        self.correspond("willy@ours.example")
        for term in ("w", "wa", "hidden", "private", "wanda", "walter@"):
            with self.subTest(term=term):
                found = self.propose(term, limit=50)
                self.assertFalse({"wanda@hidden.example", "walter@private.example"} & set(found))
        # One corresponded with a contact that is hidden: the address is known, the contact is not.
        self.correspond("wanda@hidden.example")
        [found] = self.colleague.compose_recipients("wanda")
        self.assertEqual((found["kind"], found["partner_id"], found["name"]), ("correspondent", False, ""))

    def test_three_queries(self):
        self.correspond("zora@often.example", "out")
        self.propose("zor")
        self.env.flush_all()
        self.env.invalidate_all()
        statements = []
        execute = type(self.env.cr).execute

        def listen(cr, query, *args, **options):
            statements.append(getattr(query, "code", query))
            return execute(cr, query, *args, **options)

        self.patch(type(self.env.cr), "execute", listen)
        self.propose("zor")
        ours = [one for one in statements if "inbox_participant" in one or "SELECT partner_id FROM res_users" in one]
        contacts = [one for one in statements if 'FROM "res_partner"' in one]
        self.assertEqual((len(ours), len(contacts)), (2, 1), "\n".join(statements))
        self.assertLessEqual(len(statements), 8, "\n".join(statements))
