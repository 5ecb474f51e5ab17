"""A neutralised copy of a database fetches and sends nothing."""

from odoo.addons.concord_inbox.models import secrets
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged

from .common import InboxCase


@tagged("post_install", "-at_install")
class TestNeutralize(InboxCase):
    def test_accounts_stop_and_forget(self):
        accounts = self.shared | self.personal
        slots = self.env.ref("concord_inbox.ir_cron_sync_slot_1")
        self.assertTrue(slots.active and accounts[0].has_password)
        waiting = self.records["shared linked message"]
        waiting.write({"state": "scheduled", "send_after": "2026-01-01 00:00:00"})
        sending = self.env.ref("concord_inbox.ir_cron_send_slot_1")
        self.env.flush_all()
        for query in get_neutralization_queries(["concord_inbox"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertEqual(set(accounts.mapped("state")), {"paused"})
        for model, names in secrets.FIELDS.items():
            for name in names:
                self.assertFalse(self.env[model].search([(name, "!=", False)]), f"{model} keeps {name}")
        self.assertFalse(slots.active or sending.active)
        self.assertEqual(waiting.state, "failed")
        self.assertIn("copy", waiting.send_notice)
        self.assertFalse(accounts._sync())
        self.assertEqual(len(self.env["inbox.message"].search([("account_id", "in", accounts.ids)])), 4)
