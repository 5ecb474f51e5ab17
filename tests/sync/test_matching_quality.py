"""How many labelled emails find their contact and their deal: a share of what `./dev/benchmark matching` measures."""

from datetime import UTC, datetime

from odoo.tests import tagged

from dev.bench import matching, matching_mail

from .common import SyncCase

#: Kinds of which the text alone tells, or somebody who knows the people; docs/matching.md says why they stay.
HARD = {
    "an address that is nowhere yet; name and subject tell",
    "an address that two persons have",
    "a contact writes with a sales program",
    "a new person at a customer's domain",
    "two open deals, and the subject says which",
    "a colleague forwards what a customer wrote",
    "a copy to somebody who has a deal, too",
    "the deal is the company's",
    "the deal is somebody else's of the same company",
}


@tagged("post_install", "-at_install")
class TestMatchingQuality(SyncCase):
    def test_precision_and_recall(self):
        account = self.connect()
        world = matching_mail.make(250, seed=7, now=datetime.now(UTC))

        def append(folder, sources):
            self.append(folder, *sources)

        rows = matching.run(self.env, account, world, append, lambda: self.sync(account))
        shown = matching.table(rows)
        self.assertEqual({row.kind for row in rows}, {kind for kind, *_rest in matching_mail.SCENES})
        self.assertLessEqual({*HARD}, {row.kind for row in rows})
        every = matching.total(rows)
        self.assertEqual(every.emails, len(world.emails))
        self.assertGreaterEqual(every.contacts.precision, 0.97, shown)
        self.assertGreaterEqual(every.contacts.recall, 0.9, shown)
        self.assertGreaterEqual(every.deals.precision, 0.99, shown)
        self.assertGreaterEqual(every.deals.recall, 0.83, shown)
        # Where a deal is missed that the people on the email tell of, it is offered.
        by_kind = {row.kind: row.deals for row in rows}
        for kind in ("two open deals, and the subject says which", "the deal is the company's"):
            self.assertEqual(by_kind[kind].offered, by_kind[kind].missed, shown)
        for row in rows:
            if row.kind not in HARD:
                with self.subTest(row.kind):
                    self.assertFalse(row.contacts.missed or row.contacts.wrong, f"contacts: {row}\n{shown}")
                    self.assertFalse(row.deals.missed or row.deals.wrong, f"deals: {row}\n{shown}")

    def test_the_same_seed_makes_the_same_emails(self):
        now = datetime(2026, 1, 1, tzinfo=UTC)
        first, second, other = (matching_mail.make(100, seed, now).emails for seed in (1, 1, 2))
        self.assertEqual(first, second)
        self.assertNotEqual(first, other)
        self.assertEqual(len({email.message_id for email in first}), len(first))
