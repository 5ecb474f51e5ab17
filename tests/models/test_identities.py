"""Identities and signatures: whose they are to change, and which signature an email gets."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from .common import InboxCase


@tagged("post_install", "-at_install")
class TestIdentities(InboxCase):
    def add(self, account, user_name, email="Info@Northlight.example", **values):
        identities = self.env["inbox.identity"].with_user(self.users[user_name])
        return identities.create({"account_id": account.id, "email": email, **values})

    def test_who_reads_and_who_writes(self):
        identities = {"shared": self.add(self.shared, "manager"), "personal": self.add(self.personal, "owner")}
        readers = {"shared": {"shared_user", "manager"}, "personal": {"owner"}}
        writers = {"shared": {"manager"}, "personal": {"owner"}}
        for kind, identity in identities.items():
            for user_name, user in self.users.items():
                self.env.invalidate_all()
                own = identity.with_user(user)
                ways = {
                    "read": lambda own=own: own.read(["email", "signature"]),
                    "write": lambda own=own: own.write({"name": "Info"}),
                    "default": lambda own=own: own.write({"is_default": True}),
                    "create": lambda own=own, name=user_name: own.create(
                        {"account_id": own.sudo().account_id.id, "email": f"{name}@alias.example"}
                    ),
                }
                for what, way in ways.items():
                    allowed = user_name in (readers if what == "read" else writers)[kind]
                    with self.subTest(kind=kind, user=user_name, what=what), mute_logger("odoo.addons.base"):
                        if allowed:
                            self.assertTrue(way())
                        else:
                            with self.assertRaises(AccessError):
                                way()
                if user_name not in readers[kind]:
                    try:
                        found = own.search([("email_normalized", "=", "info@northlight.example")])
                    except AccessError:
                        continue
                    self.assertNotIn(identity, found)
            for user_name in set(self.users) - writers[kind]:
                with self.assertRaises(AccessError):
                    identity.with_user(self.users[user_name]).unlink()

    def test_nobody_moves_one_into_anothers_account(self):
        identity = self.add(self.personal, "owner")
        with self.assertRaises(UserError):
            identity.account_id = self.shared
        self.add(self.shared, "manager")
        # Nor is one told whether the address is listed there already.
        for user_name in ("owner", "shared_user"):
            with self.assertRaises(AccessError):
                self.add(self.shared, user_name)

    def test_addresses(self):
        self.assertEqual(self.add(self.shared, "manager").email_normalized, "info@northlight.example")
        for email in ("nonsense", "a b@c.example", ""):
            with self.subTest(email=email), self.assertRaises(ValidationError):
                self.add(self.shared, "manager", email)
        with self.assertRaises(ValidationError):
            self.add(self.shared, "manager", "x@northlight.example", name="Info\nBcc: all@else.example")
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self.add(self.shared, "manager")

    def test_one_default_for_each_account(self):
        first = self.add(self.shared, "manager", is_default=True)
        second = self.add(self.shared, "manager", "second@northlight.example", is_default=True)
        other = self.add(self.personal, "owner", is_default=True)
        self.assertEqual((first.is_default, second.is_default, other.is_default), (False, True, True))
        first.is_default = True
        self.assertEqual((first.is_default, second.is_default), (True, False))
        self.assertEqual(self.shared._default_identity(), first)
        self.shared.with_user(self.users["manager"]).write(
            {"identity_ids": [(1, second.id, {"is_default": True}), (1, first.id, {"name": "First"})]}
        )
        self.assertEqual(self.shared._default_identity(), second)
        second.is_default = False
        self.assertFalse(self.shared._default_identity())

    def test_which_signature(self):
        owner, manager = self.users["owner"], self.users["manager"]
        owner.signature, manager.signature = "<p>Olga</p>", "<p>Max</p>"
        identity = self.add(self.shared, "manager")
        none = identity.browse()
        shared = self.shared
        # A shared account: whoever writes, unless the account or the identity has one.
        self.assertIn("Max", shared._signature_for(none, manager))
        self.assertIn("Olga", shared._signature_for(identity, owner))
        shared.signature = "<p><br></p>"
        self.assertIn("Max", shared._signature_for(identity, manager))
        shared.signature = "<p>The sales team</p>"
        self.assertIn("sales team", shared._signature_for(identity, manager))
        identity.signature = "<p>Information desk</p>"
        self.assertIn("desk", shared._signature_for(identity, manager))
        self.assertIn("sales team", shared._signature_for(none, manager))
        owner.signature = False
        self.assertEqual(self.personal._signature_for(none, owner), "")

    def test_the_preview_is_the_readers_own(self):
        self.users["shared_user"].signature, self.users["manager"].signature = "<p>Sam</p>", "<p>Max</p>"
        for user_name, signature in (("shared_user", "Sam"), ("manager", "Max")):
            self.assertIn(signature, self.shared.with_user(self.users[user_name]).signature_preview)
        identity = self.add(self.shared, "manager", signature="<p>Information desk</p>", is_default=True)
        self.env.invalidate_all()
        self.assertIn("desk", self.shared.with_user(self.users["shared_user"]).signature_preview)
        identity.unlink()
        self.env.invalidate_all()
        self.assertIn("Sam", self.shared.with_user(self.users["shared_user"]).signature_preview)

    def test_a_signature_runs_nothing(self):
        identity = self.add(self.shared, "manager", signature='<p onclick="x()">Me<script>alert(1)</script></p>')
        self.assertNotRegex(identity.signature, "script|onclick")

    def linked(self, kind):
        self.env.invalidate_all()
        return bool(self.records[f"{kind} linked message"].partner_ids)

    def test_an_own_address_is_no_contact(self):
        identity = self.add(self.shared, "manager", "Ada@Customer.example")
        self.assertFalse(self.linked("shared") or self.linked("personal"))
        identity.email = "info@northlight.example"
        self.assertTrue(self.linked("shared") and self.linked("personal"))

    def test_what_one_person_claims_holds_for_that_person(self):
        identity = self.add(self.personal, "owner", "ada@customer.example")
        self.assertTrue(self.linked("shared"))
        self.assertFalse(self.linked("personal"))
        identity.unlink()
        self.assertTrue(self.linked("personal"))

    def test_emails_from_it_were_sent(self):
        message = self.records["personal unlinked message"]
        message.write({"state": "received", "direction": "in", "correspondent": "Ada"})
        self.env["inbox.participant"].create(
            {"inbox_message_id": message.id, "role": "to", "name": "Bob", "email": "bob@else.example"}
        )
        identity = self.add(self.personal, "owner", "ada@customer.example")
        self.assertEqual((message.direction, message.state, message.correspondent), ("out", "sent", "Bob"))
        shared = self.records["shared unlinked message"]
        self.assertEqual(shared.direction, "in")
        identity.unlink()
        self.assertEqual(
            (message.direction, message.state, message.correspondent), ("in", "received", "ada@customer.example")
        )

    def test_deleting_the_account(self):
        identity = self.add(self.personal, "owner", "ada@customer.example")
        self.personal.with_user(self.users["owner"]).unlink()
        self.assertFalse(identity.exists())
