"""Ways around the rules that were tried, each with whom it would serve."""

import base64

from odoo import Command
from odoo.addons.concord_inbox.sync import conversations
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import InboxCase

#: Those who read neither account of `InboxCase`.
OUTSIDERS = ("employee", "inbox_user", "system", "portal", "public")
REFUSED = (AccessError, MissingError, UserError, ValueError)

#: A question about what is hidden, and the same with another answer: an outsider must not be able to tell them apart.
GUESSES = [
    (("account_id.name", "ilike", "secret"), ("account_id.name", "ilike", "zzz")),
    (("account_id", "ilike", "secret"), ("account_id", "ilike", "zzz")),
    (("account_id.display_name", "ilike", "secret"), ("account_id.display_name", "ilike", "zzz")),
    (("account_id", "any", [("username", "=", "u")]), ("account_id", "any", [("username", "=", "z")])),
    (("account_id.password_encrypted", "!=", False), ("account_id.password_encrypted", "=", False)),
    (("account_id.user_id.login", "ilike", "owner"), ("account_id.user_id.login", "ilike", "zzz")),
    (("account_id.folder_ids.name", "ilike", "secret"), ("account_id.folder_ids.name", "ilike", "zzz")),
    (("conversation_id", "ilike", "secret"), ("conversation_id", "ilike", "zzz")),
    (("conversation_id.subject", "ilike", "secret"), ("conversation_id.subject", "ilike", "zzz")),
    (("conversation_id.note_ids.body", "ilike", "secret"), ("conversation_id.note_ids.body", "ilike", "zzz")),
    (("conversation_id.message_ids.subject", "ilike", "Other"), ("conversation_id.message_ids.subject", "ilike", "z")),
    (("folder_ids.name", "ilike", "secret"), ("folder_ids.name", "ilike", "zzz")),
    (("folder_ids", "!=", False), ("folder_ids", "in", [2**31 - 1])),
    (("copy_ids.uid", ">", 0), ("copy_ids.uid", "<", 0)),
    (("body_text", "ilike", "Hidden"), ("body_text", "ilike", "zzz")),
    (("body_text", "not ilike", "Dear"), ("body_text", "not ilike", "zzz")),
    (("body_text", "=", False), ("body_text", "=", "zzz")),
    (("snippet", "ilike", "Hidden"), ("snippet", "ilike", "zzz")),
    (("content_text", "ilike", "Hidden"), ("content_text", "ilike", "zzz")),
    (("participant_ids.inbox_message_id.content_text", "ilike", "D"), ("participant_ids.name", "=", "zzz")),
    (
        ("partner_ids.inbox_message_ids.body_text", "ilike", "Hidden"),
        ("partner_ids.inbox_message_ids.body_text", "=", "z"),
    ),
    (("attachment_ids.name", "ilike", "offer"), ("attachment_ids.name", "ilike", "zzz")),
    (("attachment_ids.index_content", "ilike", "offer"), ("attachment_ids.index_content", "ilike", "zzz")),
    (("attachment_ids.checksum", "!=", False), ("attachment_ids.checksum", "=", "zzz")),
    (("file_ids.name", "ilike", "offer"), ("file_ids.name", "ilike", "zzz")),
    (("search_query", "ilike", "hidden"), ("search_query", "ilike", "zzz")),
    (("search_query", "ilike", "-hidden"), ("search_query", "ilike", "-zzz")),
    (("search_query", "not ilike", "hidden"), ("search_query", "not ilike", "zzz")),
    (("search_query", "ilike", "offer filename:txt"), ("search_query", "ilike", "offer filename:zzz")),
    (("search_query", "ilike", "in:secret"), ("search_query", "ilike", "in:zzz")),
    (("search_query", "ilike", "account:secret"), ("search_query", "ilike", "account:zzz")),
    (
        ("partner_ids.inbox_message_ids.search_query", "ilike", "hidden"),
        ("partner_ids.inbox_message_ids.search_query", "ilike", "zzz"),
    ),
    (
        ("conversation_id.message_ids.search_query", "ilike", "hidden"),
        ("conversation_id.message_ids.search_query", "ilike", "zzz"),
    ),
    (("source", "!=", False), ("source", "=", False)),
    (("changed_by_id.login", "ilike", "owner"), ("changed_by_id.login", "ilike", "zzz")),
    (("moved_to_id", "!=", False), ("moved_to_id", "=", 0)),
]


@tagged("post_install", "-at_install")
class TestPrivacyAttacks(InboxCase):
    def setUp(self):
        super().setUp()
        self.personal.write({"name": "Secret name", "username": "u", "record_visibility": "subject"})
        self.message = self.records["personal linked message"]
        self.conversation = self.records["personal linked conversation"]
        self.folder = self.records["personal folder"]
        self.folder.write({"name": "Secret folder", "path": "Secret folder"})
        # Somebody else's email in the same conversation gave it its subject.
        self.conversation.subject = "Secret subject"
        self.message.write({"body_text": "Hidden", "snippet": "Hidden"})
        self.note = self.conversation.message_post(body="A secret note")
        self.message.write({"changed_by_id": self.users["owner"].id, "source": base64.b64encode(b"secret source")})
        self.message.write({"state": "sent", "moved_to_id": self.folder.id})
        self.env.flush_all()

    def outsiders(self, *more):
        for name in (*OUTSIDERS, *more):
            self.env.invalidate_all()
            yield name, self.env(user=self.users[name])

    @staticmethod
    def tried(work):
        with mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model", "odoo.models"):
            try:
                return work()
            except REFUSED:
                return None

    def test_questions_about_what_is_hidden(self):
        """By search, by count, by group, negated, from the contact's side, and however the context is bent."""
        for name, env in self.outsiders("shared_user", "manager"):
            for guess in GUESSES:
                told = []
                for condition in guess:
                    domain = [("id", "=", self.message.id), condition]
                    for context in ({}, {"active_test": False}, {"bin_size": True}, {"skip_res_field_check": True}):
                        model = env["inbox.message"].with_context(**context)
                        told.append(self.tried(lambda model=model, domain=domain: model.search(domain).ids) or [])
                        told.append(self.tried(lambda model=model, domain=domain: model.search_count(domain)) or 0)
                half = len(told) // 2
                with self.subTest(user=name, guess=guess):
                    self.assertEqual(told[:half], told[half:])

    def test_hidden_fields_neither_sort_nor_group(self):
        for name, env in self.outsiders("shared_user", "manager", "owner"):
            messages = env["inbox.message"]
            for field in ("content_text", "account_id.password_encrypted", "body_text", "source", "changed_by_id"):
                with self.subTest(user=name, field=field):
                    for work in (
                        lambda field=field, messages=messages: messages.search([], order=field).ids,
                        lambda field=field, messages=messages: messages.formatted_read_group([], [field], ["__count"]),
                        lambda field=field, messages=messages: messages.formatted_read_group([], [], [f"{field}:max"]),
                        lambda field=field, messages=messages: messages.browse(self.message.id).read([field]),
                        lambda field=field, messages=messages: messages.browse(self.message.id).export_data(
                            [field.replace(".", "/")]
                        ),
                    ):
                        if field == "body_text":
                            self.assertNotIn("Hidden", repr(self.tried(work)) if name != "owner" else "")
                        else:
                            self.assertFalse(self.tried(work))

    def test_which_contacts_have_hidden_emails(self):
        self.personal.record_visibility = "nothing"
        self.records["shared linked message"].partner_ids = False
        for name in ("employee", "inbox_user", "shared_user", "manager", "system"):
            partners = self.env["res.partner"].with_user(self.users[name])
            for condition, found in (
                (("inbox_message_ids", "in", self.message.ids), False),
                (("inbox_message_ids", "!=", False), False),
                (("inbox_message_ids", "=", False), True),
                (("inbox_message_ids", "not in", self.message.ids), True),
                (("inbox_message_ids", "in", [False, self.message.id]), True),
                (("inbox_message_ids", "any", []), False),
                (("inbox_message_ids", "child_of", self.message.ids), False),
            ):
                with self.subTest(user=name, condition=condition):
                    domain = [("id", "=", self.customer.id), condition]
                    self.assertEqual(bool(self.tried(lambda d=domain, p=partners: p.search(d))), found)
        owner = self.env["res.partner"].with_user(self.users["owner"])
        self.assertTrue(owner.search([("inbox_message_ids", "in", self.message.ids)]))

    def test_actions_on_what_is_others(self):
        own = self.make_account("mine@northlight.example", user_id=self.users["inbox_user"].id)
        folder = self.env["inbox.folder"].create({"account_id": own.id, "name": "A", "path": "A", "is_active": True})
        mine = self.make_message(own, folder, self.customer)["message"]
        env = self.env(user=self.users["inbox_user"])
        theirs, mine = self.message.with_env(env), mine.with_env(env)
        former = [{"folders": folder.ids, "messages": theirs.ids}]
        attempts = (
            lambda: mine.action_move(self.folder.id),
            lambda: theirs.action_move(folder.id),
            lambda: (mine | theirs).action_move(folder.id),
            (mine | theirs).action_choose_folder,
            lambda: theirs.action_undo_move(former),
            lambda: mine.action_undo_move([{"folders": self.folder.ids, "messages": mine.ids}]),
            theirs.action_delete,
            theirs.action_trash,
            self.folder.with_env(env).action_new_subfolder,
            self.folder.with_env(env).action_rename,
            self.folder.with_env(env).action_delete_folder,
            self.folder.with_env(env).action_empty,
            self.personal.with_env(env).action_new_folder,
            self.personal.with_env(env).action_test_connection,
            self.personal.with_env(env).action_reconnect,
            self.personal.with_env(env).action_sync_now,
            self.personal.with_env(env).action_check_now,
            lambda: self.personal.with_env(env).write({"is_primary": True}),
            self.records["personal linked quarantine"].with_env(env).action_retry,
            self.conversation.with_env(env).action_share,
            lambda: (
                env["inbox.move"]
                .create({"message_ids": theirs.ids, "account_id": own.id, "folder_id": folder.id})
                .action_move()
            ),
            lambda: env["inbox.folder.edit"].create({"account_id": self.personal.id, "name": "x"}),
            lambda: env["inbox.folder.empty"].create({"folder_id": self.folder.id}),
            lambda: own.with_env(env).write({"folder_ids": [Command.link(self.folder.id)]}),
            lambda: own.with_env(env).write({"folder_ids": [Command.update(self.folder.id, {"is_active": False})]}),
            lambda: mine.write({"participant_ids": [Command.create({"role": "to", "email": "x@y.example"})]}),
            lambda: mine.write({"folder_ids": [Command.link(self.folder.id)]}),
            lambda: mine.write({"partner_ids": [Command.link(env.user.partner_id.id)]}),
            lambda: env["inbox.participant"].create({"inbox_message_id": theirs.id, "role": "to"}),
            lambda: self.records["personal linked participant"].with_env(env).write({"email": "x@y.example"}),
            lambda: self.customer.with_env(env).write({"inbox_message_ids": [Command.unlink(theirs.id)]}),
            lambda: mine.copy({"account_id": self.personal.id}),
            lambda: theirs.onchange({}, ["subject"], {"body_text": {}}),
        )
        for number, work in enumerate(attempts, 1):
            self.env.invalidate_all()
            refused = False
            with mute_logger("odoo.addons.base.models.ir_rule"):
                try:
                    work()
                except REFUSED:
                    refused = True
            self.assertTrue(refused, f"attempt {number}: {work}")
        self.assertEqual((theirs.sudo().folder_ids, mine.sudo().folder_ids), (self.folder, folder))

    def test_the_chatter_of_others(self):
        for name, env in self.outsiders():
            conversation, partner = self.conversation.with_env(env), env.user.partner_id.id
            for work in (
                lambda c=conversation: c.message_post(body="x"),
                lambda c=conversation, p=partner: c.message_subscribe([p]),
                lambda c=conversation: c.activity_schedule("mail.mail_activity_data_todo"),
                lambda e=env: e["mail.message"].browse(self.note.id).read(["body"]),
                lambda e=env: e["mail.followers"].search_read([("res_model", "=", "inbox.conversation")]),
                lambda e=env: (
                    e["mail.compose.message"]
                    .create({"model": "inbox.conversation", "res_ids": repr(self.conversation.ids)})
                    .read(["subject", "body"])
                    and None
                ),
                lambda e=env: e["bus.bus"].search_read([]),
                lambda e=env: e["inbox.conversation.reference"].search_read([]),
                lambda e=env: e["inbox.unsent"].search_read([]),
            ):
                with self.subTest(user=name):
                    self.assertFalse(self.tried(work))

    def test_who_follows_without_the_right_to_read_gets_no_notes(self):
        shared = self.records["shared linked conversation"]
        outsider, reader = self.users["employee"], self.users["manager"]
        shared.message_subscribe((outsider | reader).partner_id.ids)
        note = shared.with_user(self.users["shared_user"]).message_post(body="Ours", subtype_xmlid="mail.mt_comment")
        self.assertEqual(note.notification_ids.res_partner_id, reader.partner_id)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            note.with_user(outsider).read(["body"])
        # Whom the author names he tells.
        note = shared.with_user(self.users["shared_user"]).message_post(
            body="Yours", partner_ids=outsider.partner_id.ids, subtype_xmlid="mail.mt_comment"
        )
        self.assertIn(outsider.partner_id, note.notification_ids.res_partner_id)

    def test_what_waits_for_the_server_is_nobodys_to_read(self):
        """The source of what is sent has the Bcc; administrators may read the files behind any field."""
        self.personal.record_visibility = "everything"
        found = self.env["ir.attachment"].search([("res_model", "=", "inbox.message"), ("res_field", "=", "source")])
        self.assertEqual(found.raw, b"secret source")
        for name, env in self.outsiders("owner", "manager"):
            files = env["ir.attachment"]
            for work in (
                lambda f=files: f.browse(found.id).read(["raw"]),
                lambda f=files: f.browse(found.id).write({"raw": b"x"}),
                lambda f=files: f.browse(found.id).unlink(),
                lambda f=files: f.search([("id", "=", found.id)]),
                lambda f=files: f.search([("res_model", "=", "inbox.message"), ("res_field", "=", "source")]),
                lambda f=files: f.search_count([("res_field", "=", "source"), ("checksum", "=", found.checksum)]),
            ):
                with self.subTest(user=name):
                    self.assertFalse(self.tried(work))

    def test_the_files_of_an_email_are_as_they_came(self):
        """Who reads a shared account must not be able to change what a customer sent."""
        message = self.records["shared linked message"]
        attachment = self.records["shared linked attachment"].with_user(self.users["manager"])
        for work in (
            lambda: attachment.write({"raw": b"forged"}),
            lambda: attachment.write({"name": "forged.txt"}),
            attachment.unlink,
            lambda: attachment.create({"name": "x", "raw": b"x", "res_model": message._name, "res_id": message.id}),
        ):
            with self.assertRaises(AccessError):
                work()
        self.assertEqual(attachment.raw, b"offer")
        message.state = "draft"
        attachment.write({"raw": b"mine"})
        self.assertEqual(attachment.raw, b"mine")

    def test_a_blocked_address_is_put_upon_nobody_else(self):
        user, other = self.users["inbox_user"], self.users["owner"]
        blocked = self.env["inbox.blocked.address"].with_user(user).create({"name": "customer.example"})
        for values in ({"user_id": other.id}, {"user_id": False}):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                blocked.write(values)
            self.env.invalidate_all()
        self.assertFalse(self.env["inbox.blocked.address"].with_user(other).search([("id", "=", blocked.id)]))

    def test_an_account_reaches_for_no_other_companys_contacts(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        accounts = self.env["inbox.account"].with_user(self.users["inbox_user"])
        with self.assertRaises(AccessError):
            accounts.create({"email": "me@northlight.example", "company_id": elsewhere.id})
        account = accounts.create({"email": "me@northlight.example"})
        with self.assertRaises(AccessError):
            account.write({"company_id": elsewhere.id})

    def test_conversations_that_become_one_show_no_more_than_before(self):
        """A stranger who names two conversations joins them; what nobody shared must not be shared by that."""
        for first, second, expected in (
            ("shared", False, False),
            (False, "shared", False),
            ("shared", "shared", "shared"),
            ("shared", "private", "private"),
            (False, "private", "private"),
        ):
            one, two = self.conversation.browse(), self.conversation.browse()
            for number, visibility in enumerate((first, second)):
                made = self.make_message(self.personal, self.folder, self.customer)
                made["conversation"].visibility = visibility
                self.env["inbox.conversation.reference"].create(
                    {
                        "account_id": self.personal.id,
                        "conversation_id": made["conversation"].id,
                        "reference": f"{number}{first}{second}@x",
                    }
                )
                one, two = two, made["conversation"]
            member = conversations.Member((f"0{first}{second}@x", f"1{first}{second}@x"), "Both")
            kept = conversations.assign(self.env, self.personal, [member])
            self.assertEqual(kept, min(one, two, key=lambda each: each.id).ids)
            self.assertEqual(self.conversation.browse(kept).visibility, expected, (first, second))
            self.assertEqual(
                set(self.conversation.browse(kept).message_ids.mapped("visibility")),
                {{"private": "nothing", "shared": "everything", False: "subject"}[expected]},
            )

    def test_templates_show_nothing_to_who_may_not_read(self):
        """Administrators, who may run any code, are out of scope; who may write templates runs code in them, too."""
        for name in ("employee", "inbox_user", "shared_user", "manager"):
            templates = self.env["mail.template"].with_user(self.users[name])
            values = {"name": "x", "model_id": self.env["ir.model"]._get_id("res.partner")}
            with self.subTest(user=name), self.assertRaises(AccessError):
                body = "<t t-out=\"object.env['inbox.message'].sudo().search([]).mapped('content_text')\"/>"
                templates.create({**values, "body_html": body})._render_field("body_html", self.customer.ids)
