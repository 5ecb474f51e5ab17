"""Addresses that are linked to no record."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import InboxCase


@tagged("post_install", "-at_install")
class TestBlocked(InboxCase):
    def block(self, user_name, name, **values):
        return self.env["inbox.blocked.address"].with_user(self.users[user_name]).create({"name": name, **values})

    def linked(self, kind):
        self.env.invalidate_all()
        return bool(self.records[f"{kind} linked message"].partner_ids)

    def test_the_companys(self):
        for name in ("Ada@Customer.example", "customer.example", "@customer.example"):
            blocked = self.block("manager", name)
            self.assertFalse(blocked.user_id)
            self.assertFalse(self.linked("shared") or self.linked("personal"))
            blocked.unlink()
            self.assertTrue(self.linked("shared") and self.linked("personal"))

    def test_at_gmail_in_all_spellings(self):
        """As the setting says, and when it is changed."""
        ada = self.env["res.partner"].create({"name": "Ada", "email": "ada.b@gmail.com"})
        message = self.records["shared unlinked message"]
        message.participant_ids.write({"email_normalized": "ada.b@gmail.com"})
        self.env.flush_all()
        ada._relink_inbox()
        self.assertEqual(message.partner_ids, ada)
        blocked = self.block("manager", "a.dab@googlemail.com")
        self.assertFalse(message.partner_ids)
        for dots, linked in ((False, ada), (True, self.env["res.partner"])):
            self.env["res.config.settings"].create({"inbox_gmail_dots": dots}).execute()
            with self.enter_registry_test_mode():
                self.env.ref("concord_inbox.ir_cron_relink").method_direct_trigger()
            self.env.invalidate_all()
            self.assertEqual(message.partner_ids, linked, dots)
        blocked.unlink()
        self.assertEqual(message.partner_ids, ada)

    def test_ones_own(self):
        blocked = self.block("owner", "customer.example")
        self.assertEqual(blocked.user_id, self.users["owner"])
        self.assertTrue(self.linked("shared"))
        self.assertFalse(self.linked("personal"))
        blocked.name = "elsewhere.example"
        self.assertTrue(self.linked("personal"))

    def test_nobody_blocks_for_others(self):
        with self.assertRaises(AccessError):
            self.block("owner", "customer.example", user_id=False)
        with self.assertRaises(AccessError):
            self.block("owner", "customer.example", user_id=self.users["manager"].id)
        with self.assertRaises(AccessError):
            self.block("employee", "customer.example")
        own = self.block("owner", "customer.example")
        for user_name in ("inbox_user", "manager"):
            with self.assertRaises(AccessError):
                own.with_user(self.users[user_name]).read(["name"])
        companys = self.block("manager", "customer.example")
        self.assertEqual(companys.with_user(self.users["owner"]).name, "customer.example")
        with self.assertRaises(AccessError):
            companys.with_user(self.users["owner"]).unlink()

    def test_what_is_neither_address_nor_domain(self):
        for name in ("nonsense", "a b@c.example", "@", "x@"):
            with self.assertRaises(ValidationError, msg=name):
                self.block("manager", name)

    def test_the_own_companys_domain(self):
        self.env.company.partner_id.email = "info@northlight.example"
        colleague = self.env["res.partner"].create({"name": "No user", "email": "intern@northlight.example"})
        message = self.records["shared unlinked message"]
        message.participant_ids.write({"email_normalized": "intern@northlight.example"})
        self.env.flush_all()
        colleague._relink_inbox()
        self.assertFalse(message.partner_ids)
        colleague.email = "intern@elsewhere.example"
        message.participant_ids.write({"email_normalized": "intern@elsewhere.example"})
        self.env.flush_all()
        colleague._relink_inbox()
        self.assertEqual(message.partner_ids, colleague)
