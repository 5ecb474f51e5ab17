"""Into the outbox and out of it again, by whoever may write with the account and by nobody else."""

from datetime import timedelta

from odoo import fields
from odoo.addons.concord_inbox.sync import outgoing
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import InboxCase


@tagged("post_install", "-at_install")
class TestOutbox(InboxCase):
    def draft(self, user="owner", account=None, **values):
        """A draft as the window leaves it behind."""
        model = self.env["inbox.message"].with_user(self.users[user])
        account = account or self.personal
        begun = {
            "account_id": account.id,
            "to": ["Ada <ada@customer.example>"],
            "subject": "Offer",
            "body": "<p>Hello</p>",
        }
        draft = model.browse(model.compose_begin({**begun, **values})["id"])
        self.assertEqual(draft.state, "draft")
        return draft

    def triggers(self, name="send_slot_1"):
        return self.env["ir.cron.trigger"].search([("cron_id", "=", self.env.ref(f"concord_inbox.ir_cron_{name}").id)])

    def test_sent_at_once(self):
        draft = self.draft(bcc=["boss@northlight.example"])
        before = self.triggers()
        draft.action_send()
        self.assertEqual(draft.state, "outgoing")
        self.assertLessEqual(draft.send_after, fields.Datetime.now())
        self.assertTrue(self.triggers() - before)
        source = outgoing.source_of(draft.sudo())
        self.assertIn(b"Bcc: boss@northlight.example", source)
        self.assertIn(draft.message_id.encode(), source)

    def test_the_row_says_what_the_bytes_say(self):
        at = fields.Datetime.now() + timedelta(days=1)
        draft = self.draft(cc=["Bob <bob@customer.example>"], bcc=["boss@northlight.example"], subject="Grüße")
        draft.sudo().write({"scheduled_date": at})
        draft.sudo()._queue(at)
        from odoo.addons.concord_inbox import mime

        parsed = mime.parse(outgoing.source_of(draft.sudo()))
        self.assertEqual(draft.state, "scheduled")
        self.assertEqual(draft.date, parsed.date)
        self.assertEqual(draft.date, at)
        self.assertEqual(draft.message_id, parsed.message_id)
        self.assertEqual(draft.subject, parsed.subject)
        self.assertEqual(draft.body_text, parsed.text)
        self.assertEqual(
            sorted((one.role, one.name or "", one.email) for one in draft.participant_ids),
            sorted((one.role, one.name, one.email) for one in parsed.addresses),
        )
        self.assertEqual(draft.partner_ids, self.customer)

    def test_taken_back(self):
        draft = self.draft()
        draft.sudo()._queue(fields.Datetime.now() + timedelta(seconds=10))
        self.assertEqual(draft.state, "outgoing")
        self.assertTrue(draft.sudo()._unqueue())
        self.assertEqual(draft.state, "draft")
        draft.action_send()
        draft.sudo().sending_since = fields.Datetime.now()
        self.assertFalse(draft.sudo()._unqueue())
        self.assertEqual(draft.state, "outgoing")
        for action in ("action_cancel_scheduled", "action_trash", "action_delete"):
            with self.assertRaisesRegex(UserError, "too late"):
                getattr(draft, action)()

    def test_scheduled(self):
        at = fields.Datetime.now() + timedelta(days=1)
        draft = self.draft()
        draft.sudo().scheduled_date = at
        draft.sudo()._queue(at)
        self.assertIn("It leaves", draft.send_notice)
        self.assertEqual(max(self.triggers().mapped("call_at")), at)
        draft.action_send_now()
        self.assertEqual(draft.state, "outgoing")
        self.assertLess(draft.date, at)
        draft.action_cancel_scheduled()
        self.assertEqual(draft.state, "draft")

    def test_thrown_away(self):
        draft = self.draft()
        draft.action_send()
        draft.action_delete()
        self.assertEqual(draft.state, "draft")
        self.assertTrue(draft.is_deleted)

    def test_what_cannot_be_sent(self):
        draft = self.draft(to=[])
        with self.assertRaisesRegex(UserError, "Nobody"):
            draft.action_send()
        draft = self.draft()
        self.personal.smtp_host = False
        with self.assertRaisesRegex(UserError, "SMTP"):
            draft.action_send()
        self.personal.write({"smtp_host": "127.0.0.1", "state": "paused"})
        with self.assertRaisesRegex(UserError, "not connected"):
            draft.action_send()
        self.assertEqual(draft.state, "draft")
        with self.assertRaises(UserError):
            self.records["personal linked message"].with_user(self.users["owner"]).action_send()

    def test_failed_again(self):
        draft = self.draft()
        draft.action_send()
        draft.sudo()._not_sent("No")
        self.assertEqual((draft.state, draft.send_notice), ("failed", "No"))
        with self.assertRaises(UserError):
            draft.action_mark_as_sent()
        action = draft.action_send_again()
        self.assertEqual(action["tag"], "concord_inbox.compose")
        self.assertEqual(draft.state, "draft")
        self.assertFalse(draft.send_error)

    def test_again_to_those_who_did_not_get_it(self):
        draft = self.draft(cc=["bob@customer.example"])
        draft.action_send()
        draft.sudo()._went_out()
        with self.assertRaises(UserError):
            draft.action_send_to_rejected()
        draft.sudo().participant_ids.filtered(lambda one: one.role == "cc").delivery = "rejected"
        action = draft.action_send_to_rejected()
        new = self.env["inbox.message"].browse(action["params"]["draft_id"])
        self.assertNotEqual(new, draft)
        people = new.participant_ids.filtered(lambda one: one.role in ("to", "cc", "bcc"))
        self.assertEqual(people.mapped("email"), ["bob@customer.example"])
        self.assertIn("Hello", str(new.draft_html))
        self.assertNotEqual(new.message_id, draft.message_id)

    def test_others_can_do_nothing(self):
        drafts = {"owner": self.draft(), "shared_user": self.draft("shared_user", self.shared)}
        intruders = {
            "owner": ("employee", "inbox_user", "shared_user", "manager", "system", "portal"),
            "shared_user": ("employee", "inbox_user", "owner", "portal"),
        }
        for whose, draft in drafts.items():
            for state, doubtful in (("draft", False), ("scheduled", False), ("outgoing", False), ("failed", True)):
                draft.sudo().write(
                    {"state": state, "is_doubtful": doubtful, "partner_ids": [(6, 0, self.customer.ids)]}
                )
                for name in intruders[whose]:
                    model = self.env["inbox.message"].with_user(self.users[name])
                    theirs = model.browse(draft.id)
                    for action in (
                        *("action_send", "action_send_now", "action_cancel_scheduled", "action_send_again"),
                        *("action_mark_as_sent", "action_send_to_rejected", "action_trash", "action_delete"),
                    ):
                        with self.subTest(whose=whose, name=name, state=state, action=action):
                            with self.assertRaises(AccessError):
                                getattr(theirs, action)()
                    with self.subTest(whose=whose, name=name, state=state):
                        with self.assertRaises(AccessError):
                            theirs.read(["send_notice", "rejected_ids"])
                        if name != "portal":
                            self.assertFalse(model.search([("id", "=", draft.id)]))
                            self.assertFalse(model.search_count([("send_error", "!=", False), ("id", "=", draft.id)]))
                self.assertEqual(draft.state, state)

    def test_linked_and_sent_is_read_and_not_resent(self):
        """Colleagues who see an email on a contact's page cannot send anything with its account."""
        message = self.records["shared linked message"]
        message.write({"state": "sent", "direction": "out"})
        self.records["shared linked participant"].write({"role": "to", "delivery": "rejected", "delivery_text": "No"})
        theirs = message.with_user(self.users["employee"])
        self.assertTrue(theirs.has_rejected)
        with self.assertRaises(AccessError):
            theirs.action_send_to_rejected()

    def test_nobody_writes_these_fields(self):
        draft = self.draft()
        for name in ("state", "send_after", "sending_since", "is_doubtful", "send_attempts", "send_again_at"):
            with self.assertRaises(AccessError):
                draft.write({name: False})
        with self.assertRaises(AccessError):
            self.personal.with_user(self.users["owner"]).saves_sent = "yes"

    def test_settings(self):
        settings = self.env["res.config.settings"].create({"inbox_undo_send_seconds": 0, "inbox_send_limit": 30})
        settings.execute()
        self.assertEqual(self.env["inbox.account"]._undo_seconds(), 0)
        self.assertEqual(self.env["inbox.account"]._default_send_limit(), 30)
        self.assertEqual(self.env["res.config.settings"].create({}).inbox_undo_send_seconds, 0)
        for values in ({"inbox_undo_send_seconds": 61}, {"inbox_undo_send_seconds": -1}, {"inbox_send_limit": -1}):
            with self.assertRaises(ValidationError):
                self.env["res.config.settings"].create(values)
        with self.assertRaises(ValidationError):
            self.personal.send_limit = -1

    def test_another_server_may_save_otherwise(self):
        self.personal.saves_sent = "yes"
        self.personal.with_user(self.users["owner"]).write({"smtp_host": "mail.example.com"})
        self.assertFalse(self.personal.saves_sent)
