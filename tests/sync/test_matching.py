"""Whose an address is: a table of addresses, settings and cases; and links that follow what is changed."""

from odoo.addons.concord_inbox.sync import address_keys, links, matching
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.common import InboxCase

ADA, GMAIL = "ada@table.example", "ada.b@gmail.com"
OFF = {"plus": "0", "dots": "0"}

#: (what it is about, the contact's address, its further ones, settings, the address on the email, whether it is linked)
CASES = [
    ("the very address", ADA, [], {}, ADA, True),
    ("another one", ADA, [], {}, "bob@table.example", False),
    ("a further one", ADA, ["ada@home.example"], {}, "ada@home.example", True),
    ("only a further one", None, ["ada@home.example"], {}, "ada@home.example", True),
    ("a tag", ADA, [], {}, "ada+news@table.example", True),
    ("a tag, switched off", ADA, [], OFF, "ada+news@table.example", False),
    ("a tag of a further one", ADA, ["ada@home.example"], {}, "ada+x@home.example", True),
    ("a contact with a tag", "ada+crm@table.example", [], {}, ADA, True),
    ("a contact with a tag, switched off", "ada+crm@table.example", [], OFF, "ada+crm@table.example", True),
    ("dots at Gmail", GMAIL, [], {}, "a.dab@gmail.com", True),
    ("dots at Gmail, switched off", GMAIL, [], {"dots": "0"}, "a.dab@gmail.com", False),
    ("googlemail.com", GMAIL, [], {}, "adab@googlemail.com", True),
    ("googlemail.com, switched off", GMAIL, [], {"dots": "0"}, "ada.b@googlemail.com", False),
    ("dots elsewhere", "ada.b@table.example", [], {}, "adab@table.example", False),
    ("no-reply", "no-reply@table.example", [], {}, "no-reply@table.example", False),
    ("no-reply as a further one", ADA, ["noreply@table.example"], {}, "noreply@table.example", False),
    ("a mailbox of ours", "sales@northlight.example", [], {}, "sales@northlight.example", False),
    ("a mailbox of ours with a tag", "sales@northlight.example", [], {}, "sales+x@northlight.example", False),
    ("a mailbox of ours as a further one", ADA, ["sales@northlight.example"], {}, "sales@northlight.example", False),
    ("an own company's domain", "x@ours.example", [], {}, "x@ours.example", False),
    ("an own company's domain as a further one", ADA, ["x@ours.example"], {}, "x@ours.example", False),
    ("blocked", "ada@blocked.example", [], {}, "ada@blocked.example", False),
    ("blocked with a tag", "bob@table.example", [], {}, "bob+x@table.example", False),
    ("blocked at Gmail, other dots", "eve@gmail.com", [], {}, "eve@gmail.com", False),
    ("blocked at Gmail, other dots and a tag", "eve@gmail.com", [], {}, "ev.e+x@googlemail.com", False),
    ("blocked at Gmail, other dots, switched off", "ev.e@gmail.com", [], {"dots": "0"}, "ev.e@gmail.com", True),
    ("blocked at Gmail, switched off", "e.ve@gmail.com", [], {"dots": "0"}, "e.ve@gmail.com", False),
    ("a tag blocked at Gmail, other dots", "mo@gmail.com", [], {}, "m.o+ads@gmail.com", False),
    ("a tag blocked at Gmail, no tag", "mo@gmail.com", [], {}, "m.o@gmail.com", True),
    ("a tag blocked at Gmail, switched off", "m.o@gmail.com", [], {"dots": "0"}, "m.o+ads@gmail.com", True),
    ("a colleague's further one", "colleague", ["col@home.example"], {}, "col@home.example", False),
    ("archived", "archived", ["gone@home.example"], {}, "gone@home.example", False),
    ("of another company", "foreign", ["far@home.example"], {}, "far@home.example", False),
]


@tagged("post_install", "-at_install")
class TestMatching(InboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.partner_id.email = "info@ours.example"
        cls.env["inbox.blocked.address"].create(
            [
                {"name": name, "user_id": False}
                for name in ("blocked.example", "bob@table.example", "e.ve@gmail.com", "mo+ads@gmail.com")
            ]
        )

    def contact(self, email, further=(), **values):
        kinds = {
            "colleague": lambda: self.users["employee"].partner_id,
            "archived": lambda: self.env["res.partner"].create({"name": "Gone", "active": False}),
            "foreign": lambda: self.env["res.partner"].create(
                {"name": "Far", "company_id": self.env["res.company"].create({"name": "Other"}).id}
            ),
        }
        make = kinds.get(email) or (lambda: self.env["res.partner"].create({"name": "X", "email": email, **values}))
        contact = make()
        self.env["inbox.partner.address"].create([{"partner_id": contact.id, "email": one} for one in further])
        return contact

    def set_rules(self, plus="1", dots="1"):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param(address_keys.PLUS, plus)
        parameters.set_param(address_keys.GMAIL_DOTS, dots)

    def email_from(self, address, account=None, **values):
        """An email from there that was stored as sync/store.py does."""
        account = account or self.shared
        message = self.make_message(account, self.records["shared folder"], self.env["res.partner"], **values)[
            "message"
        ]
        message.participant_ids.email_normalized = address
        self.env.flush_all()
        links.relink_emails(self.env, message.ids)
        return message

    def linked(self, message, *more):
        """The contacts that these emails are linked to, archived ones too; their conversations agree."""
        messages = (message.union(*more) if more else message).with_context(active_test=False)
        for one in messages:
            self.assertEqual(one.conversation_id.partner_ids, one.partner_ids)
            self.assertEqual(one.participant_ids.partner_id, one.partner_ids)
        return messages.partner_ids

    def match(self, address, account=None):
        return matching.match(self.env, account or self.shared, address_keys.of(self.env, [address])).get(address)

    def work(self):
        """What the scheduled job does."""
        with self.enter_registry_test_mode():
            self.env.ref("concord_inbox.ir_cron_relink").method_direct_trigger()
        self.env.invalidate_all()

    def test_table(self):
        for what, email, further, settings, address, linked in CASES:
            with self.subTest(what), self.env.cr.savepoint() as savepoint:
                self.set_rules(**settings)
                contact = self.contact(email, further)
                expected = contact if linked else self.env["res.partner"]
                self.assertEqual(self.match(address), expected.id or None)
                # The same when the email is there first, and when the contact is.
                message = self.email_from(address)
                self.assertEqual(self.linked(message), expected)
                links.relink(self.env, [address])
                self.assertEqual(self.linked(message), expected)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_of_several_it_is_the_one_with_the_very_address(self):
        tagged_one = self.contact("ada+crm@table.example")
        plain = self.contact(ADA)
        further = self.contact(None, [ADA, "ada+home@table.example"])
        self.assertEqual(self.match("ada+crm@table.example"), tagged_one.id)
        self.assertEqual(self.match("ada+home@table.example"), further.id)
        self.assertEqual(self.match(ADA), plain.id)
        plain.active = False
        self.assertEqual(self.match(ADA), further.id)

    # ------------------------------------------------------------ links follow, both ways

    def test_a_further_address_comes_changes_and_goes(self):
        message, other = self.email_from("ada@home.example"), self.email_from("ada@work.example")
        ada = self.contact(ADA)
        ada.inbox_address_ids = [(0, 0, {"email": "Ada@Home.example"})]
        self.assertEqual((self.linked(message), self.linked(other)), (ada, self.env["res.partner"]))
        ada.inbox_address_ids.email = "ada@work.example"
        self.assertEqual((self.linked(message), self.linked(other)), (self.env["res.partner"], ada))
        ada.active = False
        self.assertFalse(self.linked(other))
        ada.active = True
        self.assertEqual(self.linked(other), ada)
        ada.inbox_address_ids.unlink()
        self.assertFalse(self.linked(other))

    def test_a_contact_is_deleted_and_another_has_the_address(self):
        first, second = self.contact(ADA), self.contact(None, [ADA])
        message = self.email_from(ADA)
        self.assertEqual(self.linked(message), first)
        first.unlink()
        self.assertEqual(self.linked(message), second)

    def test_many_follow_in_the_background(self):
        addresses = [f"p{number}@many.example" for number in range(links.FEW_ADDRESSES + 5)]
        messages = [self.email_from(address) for address in addresses]
        # As Odoo imports a file of them.
        imported = self.env["res.partner"].load(["name", "email"], [[one, one] for one in addresses])
        contacts = self.env["res.partner"].browse(imported["ids"])
        self.assertFalse(self.linked(messages[0]))
        self.patch(links, "KEYS", 7)
        self.patch(links, "FOUND", 5)
        self.patch(links, "LINKS", 3)
        self.work()
        self.assertEqual([self.linked(message) for message in messages], list(contacts))
        self.assertFalse(self.env["inbox.relink"].search([]))
        contacts.active = False
        self.assertEqual(self.linked(messages[0]), contacts[0])
        self.work()
        self.assertFalse(self.linked(*messages))

    def test_the_emails_of_one_contact_are_many(self):
        self.patch(links, "FEW_EMAILS", 1)
        messages = self.email_from(ADA) | self.email_from(ADA)
        ada = self.contact(ADA)
        self.assertFalse(self.linked(messages))
        self.work()
        self.assertEqual([self.linked(message) for message in messages], [ada, ada])

    def test_two_addresses_of_a_contact_on_one_email(self):
        ada = self.contact(ADA, ["ada@home.example"])
        message = self.email_from(ADA)
        second = {"role": "cc", "email": "ada@home.example", "email_normalized": "ada@home.example"}
        message.participant_ids.copy({**second, "partner_id": False})
        self.env.flush_all()
        links.relink_emails(self.env, message.ids)
        ada.inbox_address_ids.unlink()
        self.assertEqual(message.partner_ids, ada)
        self.assertEqual(message.conversation_id.partner_ids, ada)
        self.assertEqual(len(message.participant_ids.filtered("partner_id")), 1)
        ada.email = "ada@club.example"
        self.assertFalse(self.linked(message))

    def test_a_contact_that_is_gone_meanwhile_is_nobody(self):
        self.patch(links, "FEW_EMAILS", 0)
        message, ada = self.email_from(ADA), self.contact(ADA)
        changes = links.differing(self.env, [ADA])
        self.assertEqual([change.partner for change in changes], ada.ids)
        ada.unlink()
        links.apply(self.env, changes)
        self.assertFalse(self.linked(message))

    def test_a_list_address_is_linked_to_nobody(self):
        team = self.contact("team@lists.example")
        message = self.email_from("team@lists.example")
        self.assertEqual(self.linked(message), team)
        message.participant_ids.address_key = ""
        self.env.flush_all()
        self.assertEqual(links.differing(self.env, ["team@lists.example"]), [])

    # ------------------------------------------------------------ settings

    def test_a_changed_setting_is_followed_both_ways(self):
        self.work()
        ada, gmail = self.contact(ADA), self.contact(GMAIL)
        tagged_email, dotted = self.email_from("ada+news@table.example"), self.email_from("a.d.a.b@googlemail.com")
        for on in (False, True):
            settings = self.env["res.config.settings"].create({"inbox_plus_addressing": on, "inbox_gmail_dots": on})
            settings.execute()
            self.assertEqual(
                (settings.get_values()["inbox_plus_addressing"], settings.get_values()["inbox_gmail_dots"]), (on, on)
            )
            self.patch(address_keys, "BATCH", 10_000)
            self.work()
            expected = (ada, gmail) if on else (self.env["res.partner"],) * 2
            self.assertEqual((self.linked(tagged_email), self.linked(dotted)), expected, on)

    def test_keys_that_are_missing_are_made(self):
        ada = self.contact(ADA)
        message = self.email_from("ada+x@table.example")
        message.participant_ids.write({"partner_id": False})
        message.partner_ids = False
        self.env.flush_all()
        for table, column in address_keys.COLUMNS.items():
            self.env.cr.execute(f"UPDATE {table} SET {column} = NULL")
        self.env["ir.config_parameter"].search([("key", "=", address_keys.DONE)]).unlink()
        self.work()
        self.assertEqual(self.linked(message), ada)
        self.env.cr.execute("SELECT count(*) FROM inbox_participant WHERE address_key IS NULL AND email <> ''")
        self.assertEqual(self.env.cr.fetchone(), (0,))

    # ------------------------------------------------------------ merging

    def merge(self, *contacts, into):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([contact.id for contact in contacts], into)
        self.env.invalidate_all()

    def test_who_remains_has_the_addresses_of_all(self):
        ada = self.contact(ADA, ["ada@home.example"])
        double = self.contact("Ada <ada@work.example>", ["ada@home.example", "ada@club.example"])
        third = self.contact("ADA@table.example")
        emails = [self.email_from(f"ada@{domain}.example") for domain in ("table", "home", "work", "club")]
        self.merge(ada, double, third, into=ada)
        self.assertEqual(ada.email, ADA)
        self.assertEqual(
            set(ada.inbox_address_ids.mapped("email_normalized")),
            {"ada@home.example", "ada@work.example", "ada@club.example"},
        )
        self.work()
        self.assertEqual([self.linked(email) for email in emails], [ada] * 4)

    def test_who_had_no_address_takes_one_as_its_own(self):
        ada, double = self.contact(None), self.contact(ADA)
        email = self.email_from(ADA)
        self.merge(ada, double, into=ada)
        self.assertEqual((ada.email, ada.inbox_address_ids.ids), (ADA, []))
        self.work()
        self.assertEqual(self.linked(email), ada)

    def test_who_remains_has_the_links_by_hand(self):
        ada, double, third = self.contact(ADA), self.contact("ada@work.example"), self.contact("ada@club.example")
        emails = [self.email_from(f"x{number}@elsewhere.example") for number in range(5)]
        linked, undone, both, again, other = (email.conversation_id for email in emails)
        for conversation, contacts, undo in (
            (linked, double, ()),
            (undone, double, double),
            (both, ada | double, ()),
            (again, ada | third, ada),
            (other, double | third, double),
        ):
            for contact in contacts:
                conversation.link_document("res.partner", contact.id)
            for contact in undo:
                conversation.unlink_document("res.partner", contact.id)
        self.merge(ada, double, third, into=ada)
        found = [
            [(link.res_id, link.reason, bool(link.is_undone)) for link in one.link_ids]
            for one in (linked, undone, both, again, other)
        ]
        there = [(ada.id, "by_hand", False)]
        self.assertEqual(found, [there, [(ada.id, "by_hand", True)], there, there, there])
        listed = self.env["inbox.message"].search([("on_record", "=", f"res.partner,{ada.id}")])
        self.assertEqual(listed, self.env["inbox.message"].concat(*emails) - emails[1])

    # ------------------------------------------------------------ who may

    def test_who_may_write_the_contact_may_write_its_addresses(self):
        foreign = self.env["res.company"].create({"name": "Other"})
        own, far = self.contact(ADA, ["ada@home.example"]), self.contact("far@x.example", ["far@home.example"])
        far.company_id = foreign
        addresses = self.env["inbox.partner.address"]
        writer = self.users["employee"].copy({"login": "writer"})
        writer.group_ids += self.env.ref("base.group_partner_manager")
        reader = self.users["employee"]

        mine = own.inbox_address_ids.with_user(writer)
        mine.email = "ada@flat.example"
        addresses.with_user(writer).create({"partner_id": own.id, "email": "ada@club.example"}).unlink()
        self.assertEqual(own.inbox_address_ids.with_user(reader).email, "ada@flat.example")
        self.assertEqual(addresses.with_user(writer).search([("partner_id", "in", (own | far).ids)]), mine)

        refused = [
            lambda: own.inbox_address_ids.with_user(reader).write({"email": "x@x.example"}),
            lambda: own.inbox_address_ids.with_user(reader).unlink(),
            lambda: addresses.with_user(reader).create({"partner_id": own.id, "email": "x@x.example"}),
            lambda: addresses.with_user(reader).create({"partner_id": own.id, "email": "ada@flat.example"}),
            lambda: far.inbox_address_ids.with_user(writer).read(["email"]),
            lambda: far.inbox_address_ids.with_user(writer).write({"email": "x@x.example"}),
            lambda: far.inbox_address_ids.with_user(writer).unlink(),
            lambda: addresses.with_user(writer).create({"partner_id": far.id, "email": "x@x.example"}),
            lambda: mine.write({"partner_id": far.id}),
            lambda: own.inbox_address_ids.with_user(self.users["portal"]).read(["email"]),
            lambda: self.env["inbox.relink"].with_user(self.users["system"]).search([]),
        ]
        for number, attempt in enumerate(refused):
            with self.subTest(number), self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                self.env.invalidate_all()
                attempt()

    def test_what_is_no_address_is_refused(self):
        for email in ("nonsense", "a@b.example, c@d.example", " "):
            with self.subTest(email), self.assertRaises(ValidationError):
                self.contact(ADA, [email])
