"""Disconnecting, deleting and handing over accounts, and accounts of other companies."""

import unittest.mock

from odoo.addons.concord_inbox.sync import engine
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from tests.sync.common import PASSWORD, SyncCase, email

from .common import InboxCase

MANAGERS = {"manager"}
EVERYBODY = {"owner", "employee", "inbox_user", "shared_user", "manager", "system", "portal", "public"}


class EndingCase(InboxCase):
    def as_user(self, name, record):
        self.env.invalidate_all()
        return record.with_user(self.users[name])

    def reads(self, name, record):
        """Whether the user reads the record, and finds it."""
        record = self.as_user(name, record)
        with mute_logger("odoo.addons.base.models.ir_rule"):
            try:
                record.read(["display_name"])
            except AccessError:
                read = False
            else:
                read = True
            try:
                found = bool(record.search([("id", "=", record.id)]))
            except AccessError:
                found = False
        self.assertEqual(read, found, (name, record))
        return read


@tagged("post_install", "-at_install")
class TestEnding(EndingCase):
    def delete(self, user_name, account, what=None):
        """Delete by the dialog; return what it showed."""
        action = self.as_user(user_name, account).action_delete()
        window = self.env[action["res_model"]].with_user(self.users[user_name]).browse(action["res_id"])
        shown = (window.email, window.email_count, window.linked_count, window.what)
        if what:
            window.what = what
        window.action_delete()
        self.env.invalidate_all()
        return shown

    def orphan(self):
        self.users["owner"].active = False
        return self.env["inbox.orphaned.account"].browse(self.personal.id)

    # ------------------------------------------------------------ disconnect

    def test_disconnecting_keeps_everything(self):
        self.as_user("owner", self.personal).action_disconnect()
        self.assertEqual((self.personal.state, self.personal.pause_reason), ("paused", False))
        self.assertTrue(self.personal.has_password and self.reads("owner", self.records["personal unlinked message"]))
        self.assertFalse(self.as_user("owner", self.env["inbox.account"]).get_attention(), "the user wanted it")
        self.assertFalse(self.personal._sync())
        for name in EVERYBODY - {"owner"}:
            with self.assertRaises(AccessError):
                self.as_user(name, self.personal).action_disconnect()

    # ------------------------------------------------------------ delete

    def test_deleting_with_everything(self):
        message = self.records["personal linked message"]
        shown = self.delete("owner", self.personal, "all")
        self.assertEqual(shown, ("owner@northlight.example", 2, 1, "keep"))
        self.assertFalse(self.personal.exists() or message.exists())
        self.assertFalse(self.env["inbox.account.log"].search([]), "an own account is nobody else's business")

    def test_nobody_deletes_what_is_not_theirs(self):
        for name in EVERYBODY - {"owner"}:
            with self.assertRaises(AccessError):
                self.as_user(name, self.personal).action_delete()
            with self.assertRaises(AccessError):
                self.as_user(name, self.env["inbox.account.delete"]).create({"account_id": self.personal.id})
            if name not in MANAGERS:
                with self.assertRaises(AccessError):
                    self.as_user(name, self.shared).action_delete()
        with self.assertRaises(AccessError):
            self.as_user("owner", self.env["inbox.account.delete"]).create({})
        with self.assertRaises(AccessError):
            self.as_user("owner", self.env["inbox.account.delete"]).create({"orphan_id": self.shared.id})

    def test_keeping_what_is_linked(self):
        linked, unlinked = (self.records[f"personal {name} message"] for name in ("linked", "unlinked"))
        attachment, conversation = (self.records[f"personal linked {name}"] for name in ("attachment", "conversation"))
        note = conversation.message_post(body="A note")
        self.users["owner"].inbox_primary_account_id = self.personal
        before = {name: (self.reads(name, linked), self.reads(name, attachment)) for name in EVERYBODY}
        self.assertEqual(self.delete("owner", self.personal)[3], "keep")
        self.assertTrue(linked.exists() and linked.is_gone and attachment.exists() and conversation.exists())
        self.assertTrue(note.exists())
        self.assertFalse(unlinked.exists() or self.records["personal folder"].exists())
        self.assertFalse(self.records["personal linked quarantine"].exists())
        self.assertFalse(self.records["personal unlinked conversation"].exists())
        self.assertEqual({name: (self.reads(name, linked), self.reads(name, attachment)) for name in EVERYBODY}, before)
        self.assertEqual(self.personal.name, "owner@northlight.example")
        self.assertFalse(self.personal.active or self.personal.has_password or self.personal.username)
        # It is in no list any more, also not in the inbox, and its mailbox can be connected anew.
        for name in ("owner", "manager"):
            self.assertNotIn(self.personal, self.as_user(name, self.env["inbox.account"]).search([]))
        messages = self.as_user("owner", self.env["inbox.message"])
        self.assertFalse(messages.search([("is_in_inbox", "=", True)]))
        self.assertFalse(messages.search_panel_select_range("folder_id")["values"])
        self.assertFalse(self.users["owner"].inbox_primary_account_id)
        anew = self.as_user("owner", self.env["inbox.account"]).create({"email": self.personal.email})
        self.assertEqual(anew.state, "draft")
        with self.assertRaises(UserError):
            self.as_user("owner", self.personal).action_connect()
        # It still says that nothing waits for a server that is no more.
        mine = self.as_user("owner", linked)
        mine.action_star()
        self.assertTrue(mine.is_starred and mine.is_own and not mine.is_changed)
        mine.action_delete()
        self.assertFalse(linked.exists())

    def test_what_colleagues_see_of_the_kept_stays_as_the_owner_chose(self):
        linked = self.records["personal linked message"]
        linked.snippet = "Dear all"
        for visibility, readable in (("subject", True), ("nothing", False)):
            with self.subTest(visibility), self.env.cr.savepoint() as savepoint:
                self.personal.with_user(self.users["owner"]).record_visibility = visibility
                self.delete("owner", self.personal, "keep")
                for name in ("employee", "inbox_user", "manager", "system"):
                    self.assertEqual(self.reads(name, linked), readable, name)
                    self.assertFalse(self.reads(name, self.records["personal linked attachment"]), name)
                self.assertTrue(self.reads("owner", linked))
                self.assertTrue(self.reads("owner", self.records["personal linked attachment"]))
                mine = self.as_user("owner", linked)
                self.assertEqual(mine.body_text, "Dear all")
                self.assertTrue(mine.search([("id", "=", mine.id), ("body_text", "ilike", "Dear")]))
                savepoint.rollback()
            self.env.invalidate_all()

    def test_what_was_deleted_for_good_is_not_kept(self):
        linked = self.records["personal linked message"]
        self.as_user("owner", linked).action_delete()
        self.assertEqual(self.delete("owner", self.personal)[1:3], (2, 0))
        self.assertFalse(linked.exists() or self.personal.exists())

    def test_a_shared_account_that_is_deleted_is_in_the_log(self):
        linked = self.records["shared linked message"]
        self.delete("manager", self.shared, "keep")
        self.assertTrue(linked.exists() and self.reads("shared_user", linked) and self.reads("employee", linked))
        entry = self.env["inbox.account.log"].search([])
        self.assertEqual(
            (entry.action, entry.email, entry.done_by),
            ("deleted_but_linked", self.shared.email, "manager (manager_inbox_test)"),
        )
        for name in EVERYBODY:
            self.assertEqual(self.reads(name, entry), name in MANAGERS, name)
        entry = entry.with_user(self.users["manager"])
        for name, arguments in (("write", [{"email": "x"}]), ("unlink", []), ("create", [{"action": "deleted"}])):
            with self.assertRaises(AccessError):
                getattr(entry, name)(*arguments)

    # ------------------------------------------------------------ a user leaves

    def test_who_leaves_receives_no_more(self):
        shared_user = self.users["shared_user"]
        own = self.make_account("shared_user@northlight.example", user_id=shared_user.id)
        shared_user.action_archive()
        self.assertEqual((own.state, own.pause_reason), ("paused", "archived"))
        self.assertTrue(own.has_password)
        self.assertEqual((self.shared.state, self.personal.state), ("connected", "connected"))
        shared_user.action_unarchive()
        self.assertEqual(own.state, "paused")
        [banner] = self.as_user("shared_user", self.env["inbox.account"]).get_attention()
        self.assertEqual((banner["id"], banner["kind"], banner["is_off"]), (own.id, "archived", True))

    def test_a_user_with_an_account_is_not_deleted(self):
        for _kept in range(2):
            with self.assertRaisesRegex(UserError, "Archive the user instead"):
                self.users["owner"].unlink()
            if self.personal.active:
                self.personal._delete_but_linked()
        self.delete("manager", self.orphan())
        self.assertFalse(self.personal.exists())
        self.users["owner"].unlink()

    def test_who_sees_orphaned_accounts(self):
        orphans = self.env["inbox.orphaned.account"]
        self.assertFalse(orphans.search([("id", "in", (self.personal | self.shared).ids)]))
        orphan = self.orphan()
        self.assertEqual(orphans.search([("id", "in", (self.personal | self.shared).ids)]), orphan)
        for name in EVERYBODY - {"owner"}:
            self.assertEqual(self.reads(name, orphan), name in MANAGERS, name)
        self.assertEqual(
            self.as_user("manager", orphan).read(["name", "email", "state"]),
            [{"id": orphan.id, "name": self.personal.name, "email": self.personal.email, "state": "paused"}],
        )
        for record in (name for name in self.records if name.startswith("personal") and "linked" not in name):
            self.assertFalse(self.reads("manager", self.records[record]), record)
        self.assertFalse(self.reads("manager", self.records["personal unlinked message"]))
        for name in ("folder_ids", "password_encrypted", "imap_host", "last_error"):
            self.assertNotIn(name, orphans._fields)

    def test_managers_of_another_company_see_no_orphans(self):
        orphan = self.orphan()
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.users["manager"].write({"company_id": elsewhere.id, "company_ids": [(6, 0, elsewhere.ids)]})
        self.assertFalse(self.reads("manager", orphan))
        with self.assertRaises(AccessError):
            self.as_user("manager", orphan).action_hand_over()

    # ------------------------------------------------------------ hand over

    def hand_over(self, orphan, user, by="manager"):
        action = self.as_user(by, orphan).action_hand_over()
        window = self.env[action["res_model"]].with_user(self.users[by]).browse(action["res_id"])
        self.assertEqual((window.former_owner, window.email_count), ("owner", 2))
        window.user_id = user
        window.action_hand_over()
        self.env.invalidate_all()

    def test_handing_over(self):
        orphan, heir = self.orphan(), self.users["inbox_user"]
        self.users["owner"].inbox_primary_account_id = self.personal
        self.hand_over(orphan, heir)
        self.assertEqual(
            (self.personal.user_id, self.personal.state, self.personal.pause_reason, self.personal.has_password),
            (heir, "paused", "handed_over", False),
        )
        for record in ("account", "folder", "unlinked message", "unlinked conversation", "linked message"):
            self.assertTrue(self.reads("inbox_user", self.records[f"personal {record}"]), record)
            self.assertEqual(self.reads("manager", self.records[f"personal {record}"]), record == "linked message")
        self.assertFalse(self.env["inbox.orphaned.account"].search([("id", "=", orphan.id)]))
        self.assertFalse(self.users["owner"].inbox_primary_account_id)
        entry = self.env["inbox.account.log"].search([])
        self.assertEqual(
            (entry.action, entry.email, entry.done_by, entry.former_owner, entry.new_owner),
            (
                "handed_over",
                self.personal.email,
                "manager (manager_inbox_test)",
                "owner (owner_inbox_test)",
                "inbox_user (inbox_user_inbox_test)",
            ),
        )
        self.assertTrue(entry.create_date)
        notices = self.env["mail.message"].search([("notified_partner_ids", "in", heir.partner_id.ids)])
        self.assertIn("is yours now", notices[0].subject)
        [banner] = self.as_user("inbox_user", self.env["inbox.account"]).get_attention()
        self.assertEqual((banner["id"], banner["is_editable"]), (self.personal.id, True))
        self.assertIn("handed over", banner["sentence"])

    def test_who_may_hand_over_what_to_whom(self):
        with self.assertRaises(MissingError):
            self.as_user("manager", self.env["inbox.orphaned.account"].browse(self.personal.id)).action_hand_over()
        orphan = self.orphan()
        for name in EVERYBODY - MANAGERS - {"owner"}:
            with self.assertRaises(AccessError):
                self.as_user(name, orphan).action_hand_over()
            with self.assertRaises(AccessError):
                self.as_user(name, self.env["inbox.account.hand.over"]).create(
                    {"orphan_id": orphan.id, "user_id": self.users["inbox_user"].id}
                )
        window = self.as_user("manager", self.env["inbox.account.hand.over"]).create({"orphan_id": orphan.id} | {
            "user_id": self.users["employee"].id})  # fmt: skip
        for unfit in ("employee", "portal", "owner"):
            window.user_id = self.users[unfit]
            with self.assertRaises(UserError):
                window.action_hand_over()
        # The owner comes back while the window is open.
        window.user_id = self.users["inbox_user"]
        self.users["owner"].active = True
        self.env.flush_all()
        with self.assertRaises(UserError):
            window.action_hand_over()
        for name in ("manager", "system", "inbox_user"):
            with self.assertRaises(AccessError):
                self.as_user(name, self.personal).write({"user_id": self.users[name].id})
        with self.assertRaises(UserError):
            self.as_user("owner", self.personal).write({"user_id": self.users["inbox_user"].id})

    def test_a_manager_deletes_an_orphaned_account(self):
        orphan = self.orphan()
        shown = self.delete("manager", orphan, "keep")
        self.assertEqual(shown[1:3], (2, 1))
        self.assertTrue(self.records["personal linked message"].exists())
        self.assertEqual(orphan.state, "deleted")
        with self.assertRaises(UserError):
            self.as_user("manager", orphan).action_hand_over()
        self.assertEqual(self.delete("manager", orphan)[3], "all", "what was kept goes the second time")
        self.assertFalse(self.personal.exists())
        self.assertEqual(self.env["inbox.account.log"].search([]).mapped("action"), ["deleted", "deleted_but_linked"])


@tagged("post_install", "-at_install")
class TestCompanies(EndingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        for name, group in (("far_user", "group_shared_inbox"), ("far_manager", "group_inbox_manager")):
            cls.users[name] = cls.make_user(name, f"concord_inbox.{group}")
            cls.users[name].write({"company_id": cls.elsewhere.id, "company_ids": [(6, 0, cls.elsewhere.ids)]})

    def shared_records(self):
        return {
            name: record
            for name, record in self.records.items()
            if name in ("shared account", "shared folder") or name.startswith("shared unlinked")
        }

    def told(self, account, work):
        """The channels that `work()` has told of `account`."""
        sent = []
        self.env.cr.precommit.run()
        bus = type(self.env["bus.bus"])
        with unittest.mock.patch.object(
            bus, "_sendone", lambda _bus, target, kind, message: sent.append((target, kind, message))
        ):
            work()
            self.env.flush_all()
            self.env.cr.precommit.run()
        return {
            target[-1] if isinstance(target, tuple) else target
            for target, kind, message in sent
            if kind == "concord_inbox.changed" and message["account_id"] == account.id
        }

    def test_another_companys_accounts_are_not_there(self):
        for name, record in self.shared_records().items():
            self.assertTrue(self.reads("shared_user", record), name)
            for user in ("far_user", "far_manager"):
                self.assertFalse(self.reads(user, record), (user, name))
        for user in ("far_user", "far_manager"):
            messages = self.as_user(user, self.env["inbox.message"])
            self.assertFalse(messages.search_panel_select_range("folder_id")["values"])
            self.assertFalse(messages.search([("account_id", "=", self.shared.id), ("partner_ids", "=", False)]))

    def test_an_account_moves_to_another_company(self):
        with self.assertRaises(AccessError):
            self.as_user("manager", self.shared).company_id = self.elsewhere
        self.users["manager"].company_ids += self.elsewhere
        manager = self.as_user("manager", self.shared).with_context(
            allowed_company_ids=(self.env.company | self.elsewhere).ids
        )
        self.customer.email = False  # what is on a contact's page is read by whoever reads the contact
        home = self.shared.company_id
        told = self.told(self.shared, lambda: manager.write({"company_id": self.elsewhere.id}))
        self.assertEqual(told, {f"company-{home.id}", f"company-{self.elsewhere.id}"})
        for name, record in self.shared_records().items():
            self.assertFalse(self.reads("shared_user", record), name)
            self.assertTrue(self.reads("far_user", record), name)

    def test_contacts_are_those_of_the_accounts_company(self):
        message = self.records["shared linked message"]
        here, far = self.shared.company_id, self.elsewhere
        self.customer.company_id = here
        theirs = self.env["res.partner"].create(
            {"name": "Ada over there", "email": self.customer.email, "company_id": far.id}
        )
        self.assertEqual(message.partner_ids, self.customer)
        self.shared.company_id = far
        self.assertEqual(message.partner_ids, theirs)
        self.assertEqual(message.conversation_id.partner_ids, theirs)
        theirs.company_id = here
        self.assertFalse(message.partner_ids - self.customer)
        self.assertNotIn(self.customer, message.partner_ids)

    def test_a_personal_account_is_given_to_an_own_company_alone(self):
        with self.assertRaises(AccessError):
            self.as_user("owner", self.personal).company_id = self.elsewhere
        self.users["owner"].company_ids += self.elsewhere
        self.as_user("owner", self.personal).company_id = self.elsewhere
        self.assertTrue(self.reads("owner", self.records["personal unlinked message"]))


@tagged("post_install", "-at_install")
class TestDuringARun(SyncCase):
    """The account ends while a run is at it."""

    def setUp(self):
        super().setUp()
        self.append("INBOX", *(email(f"N{n}") for n in range(5)))
        self.account = self.connect()

    def run_and(self, work):
        """Begin a run; after it stored something, another's `work()` is committed."""
        done = []

        def progress(*_numbers):
            if not done:
                done.append(work())
                self.env.cr.commit()
            return 100

        outcome = engine.run(self.account, progress)
        self.env.invalidate_all()
        self.assertTrue(done)
        self.assertFalse(outcome.finished)
        return outcome

    def test_disconnected(self):
        self.run_and(self.account.action_disconnect)
        self.assertEqual((self.account.state, self.account.last_error), ("paused", False))
        self.account.action_connect()
        self.sync(self.account)
        self.assertEqual(len(self.messages(self.account)), 5)

    def test_deleted(self):
        self.run_and(self.account.unlink)
        self.assertFalse(self.account.exists())

    def test_deleted_but_linked_emails(self):
        self.env["res.partner"].create({"name": "Ada", "email": "ada@customer.example"})
        self.run_and(self.account._delete_but_linked)
        self.assertFalse(self.account.active or self.account.folder_ids)
        kept = self.env["inbox.message"].search([("account_id", "=", self.account.id)])
        self.assertEqual(len(kept), 5)
        self.assertEqual(set(kept.mapped("is_gone")), {True})
        # The same mailbox anew: its emails come once more, and those that were kept are not touched.
        anew = self.make_account(password=PASSWORD)
        anew.action_connect()
        self.sync(anew)
        self.assertEqual(len(self.messages(anew)), 5)
        self.assertEqual(self.env["inbox.message"].search([("account_id", "=", self.account.id)]), kept)
