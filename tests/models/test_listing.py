"""A folder's emails in the order of the list."""

import contextlib
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import InboxCase

ORDER = "date desc, id desc"


@tagged("post_install", "-at_install")
class TestListing(InboxCase):
    def setUp(self):
        super().setUp()
        self.folder = self.records["shared folder"]
        self.other = self.folder.copy({"name": "Other", "path": "Other", "role": False, "is_active": True})
        begin = fields.Datetime.to_datetime("2026-02-01 00:00:00")
        self.made = self.env["inbox.message"].create(
            [
                {
                    "account_id": self.shared.id,
                    "subject": f"Number {number}",
                    "date": begin + timedelta(hours=number * 7 % 11),
                    "folder_ids": [Command.set((self.folder | self.other).ids)],
                }
                for number in range(11)
            ]
        )
        self.messages = self.env["inbox.message"].with_user(self.users["shared_user"])
        self.domain = [("is_in_inbox", "=", True), ("folder_id", "in", self.folder.ids)]

    def listed(self, domain=None, **options):
        return self.messages.search(domain or self.domain, order=ORDER, **options).sudo()

    def expected(self, folder=None):
        """As the database has it, without any index of ours."""
        folder = folder or self.folder
        emails = self.env["inbox.message"].search([]).filtered(lambda one: folder in one.folder_ids)
        return emails.sorted(lambda one: (one.date, one.id), reverse=True)

    def test_order_and_pages(self):
        expected = self.expected()
        self.assertGreater(len(expected), 11)
        self.assertEqual(list(self.listed()), list(expected))
        self.assertEqual(list(self.listed(offset=3, limit=4)), list(expected[3:7]))
        self.assertEqual(self.messages.search_count(self.domain), len(expected))
        unread = self.listed([*self.domain, ("is_read", "=", False), ("subject", "ilike", "Number 3")])
        self.assertEqual(unread, self.made[3])
        by_subject = self.messages.search(self.domain, order="subject, id").sudo()
        self.assertEqual(list(by_subject), list(expected.sorted(lambda one: (one.subject, one.id))))

    def test_what_changes_is_listed_as_it_is_now(self):
        self.made[0].date = "2027-01-01 00:00:00"
        self.assertEqual(self.listed(limit=1), self.made[0])
        self.made[0].folder_ids = self.other
        self.assertNotIn(self.made[0], self.listed())
        self.assertEqual(list(self.listed()), list(self.expected()))
        elsewhere = [("is_in_inbox", "=", True), ("folder_id", "=", self.other.id)]
        self.assertEqual(list(self.listed(elsewhere)), list(self.expected(self.other)))
        self.other.is_active = False
        # The others lie in a folder that is followed as well.
        self.assertEqual(self.expected(self.other) - self.listed(elsewhere), self.made[0])
        self.assertEqual(list(self.listed([("folder_id", "=", self.other.id)])), list(self.expected(self.other)))

    def test_beside_other_conditions(self):
        either = ["|", ("folder_id", "in", self.other.ids), ("subject", "=", "Offer")]
        found = self.messages.search([("account_id", "=", self.shared.id), *either], order=ORDER).sudo()
        offers = self.messages.search([("account_id", "=", self.shared.id), ("subject", "=", "Offer")]).sudo()
        self.assertEqual(found, (self.made | offers).sorted(lambda one: (one.date, one.id), reverse=True))
        self.assertFalse(self.listed([*self.domain, ("folder_id", "in", [self.records["personal folder"].id])]))
        both = self.listed([*self.domain, ("folder_id", "in", self.other.ids)])
        self.assertEqual(list(both), list(self.made.sorted(lambda one: (one.date, one.id), reverse=True)))

    def test_a_folder_of_somebody_else(self):
        theirs = self.records["personal folder"]
        for user in ("shared_user", "manager", "system", "employee"):
            messages = self.env["inbox.message"].with_user(self.users[user])
            with self.subTest(user), contextlib.suppress(AccessError):
                self.assertFalse(messages.search([("folder_id", "in", theirs.ids)], order=ORDER))
            with self.subTest(user), contextlib.suppress(AccessError):
                self.assertFalse(messages.search_count([("folder_id", "=", theirs.id)]))

    def test_a_rule_that_an_administrator_adds_holds_here_too(self):
        self.env["ir.rule"].create(
            {
                "name": "Nothing that is starred",
                "model_id": self.env.ref("concord_inbox.model_inbox_message").id,
                "domain_force": [("is_starred", "=", False)],
            }
        )
        self.made[4].is_starred = True
        self.assertEqual(list(self.listed()), [one for one in self.expected() if one != self.made[4]])
        self.assertNotIn(self.made[4], self.messages.search([("search_query", "ilike", "number")]).sudo())
