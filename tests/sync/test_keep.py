"""Emails that are linked to a contact or a document may outlive their deletion on the server."""

from odoo.tests import tagged

from .common import SyncCase, email


@tagged("post_install", "-at_install")
class TestKeep(SyncCase):
    def setUp(self):
        super().setUp()
        self.ada = self.env["res.partner"].create({"name": "Ada", "email": "ada@customer.example"})
        self.append("INBOX", email("From Ada", message_id="<1@x>"))
        self.append("INBOX", email("From a stranger", sender="who@strange.example", message_id="<2@x>"))

    def message(self, subject="From Ada"):
        return self.messages(self.account).filtered(lambda message: message.subject == subject)

    def empty_the_server(self):
        client = self.client()
        client.select_folder("INBOX")
        client.delete_messages(client.search())
        client.expunge()

    def connected(self, **values):
        self.account = self.connect(**values)
        self.sync(self.account)
        return self.account

    def listed(self):
        return self.env["inbox.message"].with_user(self.env.ref("base.user_admin")).search([("is_in_inbox", "=", True)])

    def test_defaults(self):
        self.assertTrue(self.make_account(account_type="shared").keep_linked)
        personal = self.make_account(account_type="personal", user_id=self.env.ref("base.user_admin").id)
        self.assertFalse(personal.keep_linked)

    def test_kept_on_the_page_of_its_contact(self):
        self.connected()
        message = self.message()
        self.assertIn(message, self.listed())
        conversation = message.conversation_id
        conversation.message_post(body="A note")
        self.empty_the_server()
        self.sync(self.account)
        self.assertEqual(self.messages(self.account), message, "the stranger's is gone")
        self.assertTrue(message.is_gone)
        self.assertIn(message, self.ada.inbox_message_ids)
        self.assertNotIn(message, self.listed())
        self.assertFalse(message.folder_ids or message.copy_ids or message.orphaned_at)
        self.assertEqual(message.conversation_id, conversation)
        self.sync(self.account)
        self.assertTrue(message.exists())

    def test_kept_on_the_page_of_its_document(self):
        """Linked to a deal, and to any other document; not where that was undone."""
        for number in (3, 4):
            self.append("INBOX", email(f"Stranger {number}", sender="who@strange.example", message_id=f"<{number}@x>"))
        self.connected()
        deal = self.env["crm.lead"].create({"name": "Deal"})
        company = self.env["res.partner"].create({"name": "Elsewhere"})
        kept = self.message("From a stranger") | self.message("Stranger 3")
        undone = self.message("Stranger 4")
        kept[0].conversation_id.link_document("crm.lead", deal.id)
        kept[1].conversation_id.link_document("res.partner", company.id)
        undone.conversation_id.link_document("crm.lead", deal.id)
        undone.conversation_id.unlink_document("crm.lead", deal.id)
        self.assertEqual(
            self.env["inbox.message"].search(self.account._linked_domain()),
            kept | self.message(),
            "of an account's end",
        )
        self.empty_the_server()
        self.sync(self.account)
        self.assertEqual(self.messages(self.account), kept | self.message())
        self.assertTrue(all(kept.mapped("is_gone")))
        self.assertIn(kept[0], self.env["inbox.message"].search([("on_record", "=", f"crm.lead,{deal.id}")]))

    def test_deleted_for_good_from_here(self):
        self.connected()
        message = self.message()
        message.action_delete()
        self.assertNotIn(message, self.listed())
        self.sync(self.account)
        self.assertTrue(message.is_gone)
        client = self.client()
        client.select_folder("INBOX", readonly=True)
        self.assertEqual(len(client.search()), 1)
        # Whoever wants it gone from the contact's page, too, deletes it there.
        message.action_delete()
        self.assertFalse(message.exists())

    def test_not_kept_unless_wanted(self):
        self.connected(keep_linked=False)
        self.empty_the_server()
        self.sync(self.account)
        self.assertFalse(self.messages(self.account))

    def test_back_on_the_server(self):
        source = email("Again", message_id="<3@x>")
        self.append("INBOX", source)
        self.connected()
        message = self.message("Again")
        self.empty_the_server()
        self.sync(self.account)
        self.assertTrue(message.is_gone)
        self.append("INBOX", source)
        self.sync(self.account)
        self.assertEqual(self.message("Again"), message)
        self.assertFalse(message.is_gone)
        self.assertEqual(message.folder_ids.path, "INBOX")
        self.assertIn(message, self.listed())
