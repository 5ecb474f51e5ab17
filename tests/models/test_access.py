"""Who may do what, and what changes who sees what. Who sees what itself: test_privacy_matrix.py."""

from lxml import etree
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import InboxCase

EVERYBODY = {"owner", "employee", "inbox_user", "shared_user", "manager", "system", "portal", "public"}
EMPLOYEES = EVERYBODY - {"portal", "public"}


@tagged("post_install", "-at_install")
class TestAccess(InboxCase):
    def assert_sees(self, user_name, record_name, expected):
        record = self.records[record_name].with_user(self.users[user_name])
        self.env.invalidate_all()
        with self.subTest(user=user_name, record=record_name, expected=expected), mute_logger("odoo.addons.base"):
            if expected:
                self.assertTrue(record.read(["id", "display_name"]))
            else:
                with self.assertRaises(AccessError):
                    record.read(["id", "display_name"])
            try:
                found = record.search([("id", "=", record.id)])
                counted = record.search_count([("id", "=", record.id)])
                grouped = record._read_group([("id", "=", record.id)], [], ["__count"])[0][0]
            except AccessError:
                found, counted, grouped = record.browse(), 0, 0
            self.assertEqual((bool(found), bool(counted), bool(grouped)), (expected,) * 3)

    def test_a_linked_email_follows_the_contacts_rules(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.customer.company_id = other
        for user_name in ("employee", "inbox_user", "system"):
            self.assert_sees(user_name, "personal linked message", False)
            self.assert_sees(user_name, "personal linked attachment", False)
            self.assert_sees(user_name, "personal linked participant", False)
        self.assert_sees("owner", "personal linked message", True)

    def test_an_employee_opens_the_email_on_a_contact(self):
        view = self.env["inbox.message"].with_user(self.users["employee"]).get_view(view_type="form")
        # Those of the email itself, not of the lists in it.
        names = set(etree.fromstring(view["arch"]).xpath("//field[not(ancestor::field)]/@name"))
        message = self.records["personal linked message"].with_user(self.users["employee"])
        self.assertEqual(message.web_read({name: {} for name in names})[0]["subject"], "Offer")
        self.assertNotIn("folder_ids", names)
        customer = self.customer.with_user(self.users["employee"])
        self.assertIn(message, customer.inbox_message_ids)

    def test_links_are_nobodys_to_set(self):
        other = self.env["res.partner"].create({"name": "Other"})
        message = self.records["personal linked message"]
        with self.assertRaises(AccessError):
            other.with_user(self.users["system"]).write({"inbox_message_ids": [(4, message.id)]})
        with self.assertRaises(AccessError):
            self.env["res.partner"].with_user(self.users["system"]).create(
                {"name": "New", "inbox_message_ids": [(4, message.id)]}
            )
        self.assertFalse(self.customer.copy().inbox_message_ids)

    def test_nothing_protected_comes_in_by_the_context(self):
        model = self.env["inbox.account"].with_user(self.users["inbox_user"])
        account = model.with_context(
            default_state="connected", default_next_sync="2020-01-01 00:00:00", default_sync_since="2020-01-01 00:00:00"
        ).create({"email": "me@northlight.example"})
        self.assertEqual((account.state, account.next_sync, account.sync_since), ("draft", False, False))

    def test_an_address_merely_claimed_unlinks_nothing(self):
        message = self.records["shared linked message"]
        self.env["inbox.account"].with_user(self.users["inbox_user"]).create({"email": "ada@customer.example"})
        self.assertEqual(message.partner_ids, self.customer)

    def test_whoever_becomes_a_colleague_is_linked_no_longer(self):
        message = self.records["shared linked message"]
        portal = self.env["res.users"].create(
            {
                "name": "Ada",
                "login": "ada_portal",
                "partner_id": self.customer.id,
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )
        self.assertEqual(message.partner_ids, self.customer)
        portal.group_ids = self.env.ref("base.group_user")
        self.assertFalse(message.partner_ids)

    def test_the_primary_account_is_told_to_nobody(self):
        self.personal.with_user(self.users["owner"]).is_primary = True
        with self.assertRaises(AccessError):
            self.users["owner"].with_user(self.users["employee"]).read(["inbox_primary_account_id"])

    def test_deleting_an_account_leaves_nothing(self):
        message = self.records["shared linked message"]
        attachment, conversation = self.records["shared linked attachment"], message.conversation_id
        conversation.message_post(body="A note")
        self.shared.with_user(self.users["manager"]).unlink()
        self.assertFalse(message.exists() or attachment.exists() or conversation.exists())
        notes = self.env["mail.message"].search(
            [("model", "=", "inbox.conversation"), ("res_id", "=", conversation.id)]
        )
        self.assertFalse(notes)
        self.assertTrue(self.records["personal linked message"].exists())

    def test_a_linked_email_is_not_the_readers_to_change(self):
        for user_name in ("employee", "inbox_user", "shared_user", "manager", "system"):
            message = self.records["personal linked message"].with_user(self.users[user_name])
            self.assertFalse(message.is_own)
            for action in ("action_mark_read", "action_star"):
                with self.assertRaises(AccessError):
                    getattr(message, action)()

    def content_of(self, user_name, record_name):
        """What the user learns of an email's content, by every way there is."""
        self.env.invalidate_all()
        message = self.records[record_name].with_user(self.users[user_name])
        names = ["body_text", "body_html", "snippet"]
        found = [value for value in message.read(names)[0].values() if value and value != message.id]
        for name, text in (("body_text", "Dear all"), ("snippet", "Dear")):
            found += message.search([("id", "=", message.id), (name, "ilike", text)]).ids
        exported = message.export_data(names)["datas"] if user_name == "system" else []
        found += [value for row in exported for value in row if value]
        attachments = self.env["ir.attachment"].with_user(self.users[user_name])
        found += attachments.search([("res_model", "=", "inbox.message"), ("res_id", "=", message.id)]).ids
        found += attachments.search([("name", "=", "offer.txt"), ("res_id", "=", message.id)]).ids
        found += message.attachment_ids.ids
        with mute_logger("odoo.addons.base.models.ir_rule"):
            try:
                attachment = self.records[record_name.replace("message", "attachment")]
                found.append(attachment.with_user(self.users[user_name]).read(["raw"]))
            except AccessError:
                pass
        return found

    def test_the_owner_chooses_what_colleagues_see(self):
        message = self.records["personal linked message"]
        message.snippet = "Dear all"
        colleagues = ("employee", "inbox_user", "shared_user", "manager", "system")
        for visibility, readable, content in (
            ("everything", True, True),
            ("subject", True, False),
            ("nothing", False, False),
            ("everything", True, True),
        ):
            self.personal.with_user(self.users["owner"]).record_visibility = visibility
            for user_name in colleagues:
                self.assert_sees(user_name, "personal linked message", readable)
                self.assert_sees(user_name, "personal linked participant", readable)
                self.assert_sees(user_name, "personal linked attachment", content)
                if readable:
                    self.assertEqual(bool(self.content_of(user_name, "personal linked message")), content, user_name)
            self.assert_sees("owner", "personal linked message", True)
            self.assert_sees("owner", "personal linked attachment", True)
            self.assertEqual(len(self.content_of("owner", "personal linked message")), 8)

    def test_colleagues_do_not_unsubscribe_the_reader(self):
        message = self.records["personal linked message"]
        message.write({"content_unsubscribe": "https://lists.example/out?reader=42", "protection": "pgp_signed"})
        self.personal.with_user(self.users["owner"]).record_visibility = "everything"
        for user_name, expected in (("owner", message.content_unsubscribe), ("employee", False), ("manager", False)):
            theirs = message.with_user(self.users[user_name])
            self.assertEqual(theirs.unsubscribe, expected, user_name)
            self.assertEqual(theirs.protection, "pgp_signed")
            with self.assertRaises(AccessError):
                theirs.read(["content_unsubscribe"])

    def test_single_conversations_differ(self):
        conversation = self.records["personal linked conversation"].with_user(self.users["owner"])
        conversation.action_make_private()
        self.assert_sees("employee", "personal linked message", False)
        self.personal.record_visibility = "nothing"
        conversation.action_share()
        self.assert_sees("employee", "personal linked message", True)
        self.assertTrue(self.content_of("employee", "personal linked message"))
        conversation.action_follow_account()
        self.assert_sees("employee", "personal linked message", False)
        for user_name in ("employee", "inbox_user", "manager", "system"):
            with self.assertRaises(AccessError):
                self.records["personal linked conversation"].with_user(self.users[user_name]).action_share()

    def test_what_is_kept_is_read_by_nobody_directly(self):
        for name in ("content_text", "content_html", "content_snippet"):
            with self.assertRaises(AccessError):
                self.records["personal linked message"].with_user(self.users["owner"]).read([name])
            with self.assertRaises(AccessError):
                self.env["inbox.message"].with_user(self.users["system"]).search([(name, "ilike", "a")])

    def test_a_draft_is_on_no_contacts_page(self):
        self.records["personal linked message"].state = "draft"
        self.assert_sees("employee", "personal linked message", False)
        self.assert_sees("owner", "personal linked message", True)

    def test_counts_on_the_contact_are_the_readers_own(self):
        self.records["personal linked message"].state = "draft"
        for user_name, expected in (("owner", 1), ("employee", 1)):
            customer = self.customer.with_user(self.users[user_name])
            self.assertEqual(customer.inbox_message_count, expected, user_name)

    def test_owners_and_the_shared_group_change_flags(self):
        for record_name, user_name in (
            ("personal unlinked message", "owner"),
            ("shared unlinked message", "shared_user"),
        ):
            message = self.records[record_name].with_user(self.users[user_name])
            message.action_mark_read()
            message.action_star()
            self.assertTrue(message.is_read and message.is_starred and message.is_own)
            message.action_mark_unread()
            message.action_unstar()
            self.assertFalse(message.is_read or message.is_starred)

    def test_nobody_forges_an_email(self):
        for user_name in EMPLOYEES:
            messages = self.env["inbox.message"].with_user(self.users[user_name])
            with self.assertRaises(AccessError):
                messages.create({"account_id": self.shared.id, "subject": "Forged"})
            with self.assertRaises(AccessError):
                self.records["shared unlinked message"].with_user(self.users[user_name]).write({"subject": "Forged"})
            with self.assertRaises(AccessError):
                self.records["shared unlinked message"].with_user(self.users[user_name]).unlink()

    def test_shared_accounts_are_managed_by_managers_alone(self):
        for user_name in EMPLOYEES - {"manager"}:
            with self.assertRaises(AccessError):
                self.shared.with_user(self.users[user_name]).write({"name": "Mine"})
            with self.assertRaises(AccessError):
                self.records["shared folder"].with_user(self.users[user_name]).write({"is_active": False})
            with self.assertRaises(AccessError):
                self.env["inbox.account"].with_user(self.users[user_name]).create(
                    {"email": "info@northlight.example", "account_type": "shared"}
                )
            with self.assertRaises(AccessError):
                self.shared.with_user(self.users[user_name]).action_connect()
        self.shared.with_user(self.users["manager"]).write({"name": "Sales"})
        self.records["shared folder"].with_user(self.users["manager"]).write({"is_active": False})

    def test_a_personal_account_is_made_for_oneself_alone(self):
        account = (
            self.env["inbox.account"].with_user(self.users["inbox_user"]).create({"email": "me@northlight.example"})
        )
        self.assertEqual((account.account_type, account.user_id), ("personal", self.users["inbox_user"]))
        with self.assertRaises(AccessError):
            self.env["inbox.account"].with_user(self.users["inbox_user"]).create(
                {"email": "you@northlight.example", "user_id": self.users["owner"].id}
            )
        with self.assertRaises(AccessError):
            account.write({"user_id": self.users["owner"].id})
        with self.assertRaises(AccessError):
            self.env["inbox.account"].with_user(self.users["employee"]).create({"email": "e@northlight.example"})

    def test_nobody_sets_what_the_program_sets(self):
        account = self.personal.with_user(self.users["owner"])
        for values in (
            {"state": "connected"},
            {"sync_since": "2020-01-01 00:00:00"},
            {"last_error": False},
            {"allow_any_address": True},
            {"password_encrypted": "x"},
            {"signed_in_at": "2026-01-01 00:00:00"},
            {"lease_token": "x"},
        ):
            with self.assertRaises(AccessError, msg=str(values)):
                account.write(values)
        with self.assertRaises(AccessError):
            self.records["personal folder"].with_user(self.users["owner"]).write({"cursor": {}})
        with self.assertRaises(UserError):
            account.write({"sync_from": "6_months"})

    def test_a_password_never_comes_back(self):
        saved = (
            self.env["inbox.account"]
            .with_user(self.users["owner"])
            .browse()
            .web_save({"email": "new@northlight.example", "password": "geheim"}, {"password": {}, "has_password": {}})
        )
        self.assertEqual((saved[0]["password"], saved[0]["has_password"]), (False, True))
        account = self.env["inbox.account"].browse(saved[0]["id"])
        for reader in (account.with_user(self.users["owner"]), account):
            reader.write({"password": "geheimer"})
            self.assertFalse(reader.read(["password"])[0]["password"])
        self.assertNotIn("geheim", account.password_encrypted)
        self.assertEqual(account._adapter_settings().password, "geheimer")
        self.assertNotIn("geheimer", repr(account._adapter_settings()))
        with self.assertRaises(AccessError):
            account.with_user(self.users["owner"]).read(["password_encrypted"])
        self.assertNotIn("password_encrypted", account.with_user(self.users["owner"]).fields_get())

    def test_only_an_administrators_hosts_may_be_anywhere(self):
        self.assertTrue(self.shared.allow_any_address)
        account = self.personal.with_user(self.users["owner"])
        account.write({"imap_host": "10.0.0.1"})
        self.assertFalse(self.personal.allow_any_address)

    def test_notes_stay_inside(self):
        conversation = self.records["shared linked conversation"]
        conversation.message_subscribe(self.customer.ids)
        mails = self.env["mail.mail"].search_count([])
        note = conversation.with_user(self.users["shared_user"]).message_post(
            body="Careful with this one",
            partner_ids=(self.customer | self.users["manager"].partner_id).ids,
            subtype_xmlid="mail.mt_comment",
        )
        self.assertNotIn(self.customer, note.notification_ids.res_partner_id)
        self.assertEqual(set(note.notification_ids.mapped("notification_type")), {"inbox"})
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertIn(note, conversation.note_ids)
        with self.assertRaises(AccessError):
            conversation.with_user(self.users["inbox_user"]).message_post(body="Me too")

    def test_primary_account_is_each_users_own(self):
        owner, manager = self.users["owner"], self.users["manager"]
        self.personal.with_user(owner).is_primary = True
        self.shared.with_user(self.users["shared_user"]).is_primary = True
        self.shared.with_user(manager).is_primary = True
        self.env.invalidate_all()
        self.assertTrue(self.personal.with_user(owner).is_primary)
        self.assertFalse(self.shared.with_user(owner).sudo().is_primary)
        self.assertTrue(self.shared.with_user(manager).is_primary)
        self.assertEqual(self.env["inbox.account"].with_user(manager).search([("is_primary", "=", True)]), self.shared)
