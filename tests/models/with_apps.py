"""Cases for a database with `sale`, `account` and `base_automation`; `test_with_apps.py` runs them there."""

from odoo import SUPERUSER_ID, Command, api
from odoo.addons.concord_inbox.sync import clock
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import InboxCase


@tagged("post_install", "-at_install")
class TestWithApps(InboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls.make_user("seller", "concord_inbox.group_shared_inbox")
        cls.seller.group_ids |= cls.env.ref("sales_team.group_sale_salesman")
        #: Reads the same account, and has no rights to sales.
        cls.reader = cls.users["shared_user"]
        cls.company = cls.env["res.partner"].create({"name": "Customer", "is_company": True})
        cls.customer.parent_id = cls.company
        cls.message = cls.records["shared linked message"]
        cls.message.conversation_id.partner_ids = cls.customer
        cls.product = cls.env["product.product"].create({"name": "Lamp", "list_price": 40, "taxes_id": False})
        cls.quotation = cls.order(cls.company)
        cls.invoice = cls.make_invoice(cls.customer)

    @classmethod
    def order(cls, partner, **values):
        lines = [Command.create({"product_id": cls.product.id, "product_uom_qty": 2})]
        return cls.env["sale.order"].create(
            {"partner_id": partner.id, "user_id": cls.seller.id, "order_line": lines, **values}
        )

    @classmethod
    def make_invoice(cls, partner):
        line = {"name": "Lamp", "price_unit": 99, "tax_ids": False}
        invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": "2026-01-05",
                "invoice_user_id": cls.seller.id,
                "invoice_line_ids": [Command.create(line)],
            }
        )
        invoice.action_post()
        return invoice

    def card(self, user):
        return self.message.with_user(user).inbox_card()

    def test_open_quotations_and_invoices(self):
        self.order(self.company).action_confirm()  # is no quotation any more
        self.order(self.env["res.partner"].create({"name": "Somebody else"}))
        self.order(self.company, user_id=self.users["manager"].id)  # is none of the seller's
        shown = {one["name"]: one["detail"] for one in self.card(self.seller)["business"]}
        self.assertEqual(set(shown), {self.quotation.name, self.invoice.name})
        self.assertIn("Quotation", shown[self.quotation.name])
        self.assertIn("80", shown[self.quotation.name])
        self.assertIn("Not Paid", shown[self.invoice.name])
        self.assertIn("99", shown[self.invoice.name])

    def test_without_rights_to_sales(self):
        self.message.subject = f"About {self.quotation.name} and {self.invoice.name}"
        card = self.card(self.reader)
        self.assertEqual([one["name"] for one in card["contacts"]], ["Ada Customer"])
        self.assertFalse(card["business"])
        self.assertFalse(card["suggestions"])
        kinds = {kind["model"] for kind in card["kinds"]}
        self.assertFalse(kinds & {"sale.order", "account.move", "account.journal"})
        conversations = self.env["inbox.conversation"]
        self.assertFalse(conversations.with_user(self.reader).find_documents(self.quotation.name))
        [found] = conversations.with_user(self.seller).find_documents(self.quotation.name)
        self.assertEqual((found["res_model"], found["res_id"]), ("sale.order", self.quotation.id))
        with self.assertRaises(AccessError):
            self.message.with_user(self.reader).inbox_link("sale.order", self.quotation.id)
        # Linked by somebody else it stays unseen, too.
        self.message.with_user(self.seller).inbox_link("sale.order", self.quotation.id)
        self.assertFalse(self.card(self.reader)["documents"])

    def test_the_number_in_the_subject_is_a_suggestion(self):
        for subject, document in (
            (f"Re: Your quotation {self.quotation.name}", self.quotation),
            (f"Payment for [{self.invoice.name}]", self.invoice),
            (f"{self.invoice.name}: a question", self.invoice),
        ):
            with self.subTest(subject=subject):
                self.message.subject = subject
                [found] = self.card(self.seller)["suggestions"]
                self.assertEqual((found["res_model"], found["res_id"]), (document._name, document.id))
                self.assertIn("number", found["why"])
        for subject in (f"x{self.quotation.name}", f"{self.quotation.name}9", "Room 12, at 10:30", ""):
            with self.subTest(subject=subject):
                self.message.subject = subject
                self.assertFalse(self.card(self.seller)["suggestions"])
        self.assertFalse(self.message.conversation_id.link_ids, "never by itself")

    def test_linked_by_hand(self):
        message = self.message.with_user(self.seller)
        usual = [kind["model"] for kind in self.card(self.seller)["kinds"] if kind["is_usual"]]
        self.assertEqual(usual, ["crm.lead", "res.partner", "sale.order", "account.move"])
        message.inbox_link("sale.order", self.quotation.id)
        [document] = self.card(self.seller)["documents"]
        self.assertEqual((document["name"], document["why"]), (self.quotation.name, "By hand"))
        self.message.subject = self.quotation.name
        self.assertFalse(self.card(self.seller)["suggestions"], "it is linked already")
        on_record = [("on_record", "=", f"sale.order,{self.quotation.id}")]
        self.assertEqual(message.search(on_record), message)
        self.assertFalse(message.with_user(self.reader).search(on_record))
        message.inbox_unlink("sale.order", self.quotation.id)
        self.assertFalse(message.search(on_record))
        self.assertFalse(self.card(self.seller)["suggestions"], "somebody said that it is not about this")

    def test_whoever_may_see_the_order_sees_what_is_linked_to_it(self):
        message = self.records["personal unlinked message"]
        owner = self.users["owner"]
        owner.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.assertFalse(message.with_user(self.seller).has_access("read"))
        message.with_user(owner).inbox_link("sale.order", self.quotation.id)
        self.env.invalidate_all()
        self.assertTrue(message.with_user(self.seller).has_access("read"))
        self.assertFalse(message.with_user(self.reader).has_access("read"))

    def test_files_are_saved_to_an_order(self):
        message = self.message.with_user(self.seller)
        message.inbox_link("sale.order", self.quotation.id)
        self.assertEqual(message.inbox_save_files("sale.order", self.quotation.id), len(self.message.file_ids))

    def test_the_pages_of_records(self):
        for name, kinds in (("res.partner", ("form",)), ("crm.lead", ("form", "kanban", "search"))):
            model = self.env[name].with_user(self.seller)
            for kind in kinds:
                with self.subTest(model=name, kind=kind):
                    arch = model.get_view(view_type=kind)["arch"]
                    self.assertIn("inbox_", arch)
        self.assertEqual(self.customer.with_user(self.seller).inbox_message_count, 2)
        self.assertEqual(self.customer.with_user(self.reader).inbox_message_count, 2)

    def test_an_automation_rule_upon_the_last_email_of_a_deal(self):
        self.enterContext(self.enter_registry_test_mode())
        env = api.Environment(self.enterContext(self.registry.cursor()), SUPERUSER_ID, {})
        deal = env["crm.lead"].create({"name": "Deal", "type": "opportunity", "partner_id": self.customer.id})
        for field, text in (("inbox_last_received_date", "It came."), ("inbox_last_sent_date", "It went.")):
            env["base.automation"].create(
                {
                    "name": field,
                    "model_id": env["ir.model"]._get_id("crm.lead"),
                    "trigger": "on_create_or_write",
                    "trigger_field_ids": env["ir.model.fields"]._get("crm.lead", field).ids,
                    "filter_pre_domain": f"[('{field}', '=', False)]",
                    "filter_domain": f"[('{field}', '!=', False)]",
                    "action_server_ids": [
                        Command.create(
                            {
                                "name": field,
                                "model_id": env["ir.model"]._get_id("crm.lead"),
                                "state": "code",
                                "code": f"record.message_post(body={text!r})",
                            }
                        )
                    ],
                }
            )
        message = env["inbox.message"].browse(self.message.id)
        message.conversation_id.link_document("crm.lead", deal.id)
        said = []
        for direction, state in (("in", "received"), ("out", "sent")):
            message.write({"direction": direction, "state": state})
            env.flush_all()
            clock.refresh(env, message.conversation_id.ids)
            env["crm.lead"]._cron_follow_emails()
            bodies = [str(one) for one in deal.message_ids.mapped("body")]
            said.append([any(text in body for body in bodies) for text in ("It came.", "It went.")])
        self.assertEqual(said, [[True, False], [True, True]])
