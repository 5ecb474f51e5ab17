"""What the user is told when an Outlook mailbox cannot be used: a sentence that says what to do."""

from contextlib import ExitStack

from odoo.tests import TransactionCase, tagged

from tests.servers.microsoft import Microsoft


@tagged("post_install", "-at_install")
class TestOutlookMessages(TransactionCase):
    def setUp(self):
        super().setUp()
        from tests.adapters.outlook import Outlook

        stack = self.enterContext(ExitStack())
        self.outlook = Outlook(self.enterContext(Microsoft()), stack)

    def told(self, action) -> str:
        from odoo.addons.concord_inbox.adapters.errors import AdapterError
        from odoo.addons.concord_inbox.models import error_messages

        with self.assertRaises(AdapterError) as caught:
            action()
        return error_messages.explain(self.env, caught.exception)

    def test_who_may_not_open_a_mailbox(self):
        self.outlook.service.add_shared("board@example.com")
        told = self.told(self.outlook.adapter("board@example.com").folders)
        self.assertIn("Whoever signed in may not open this mailbox", told)

    def test_where_there_is_none(self):
        told = self.told(self.outlook.adapter("nobody@example.com").folders)
        self.assertIn("There is no mailbox at this address", told)

    def test_who_may_not_send_as_another(self):
        from odoo.addons.concord_inbox.adapters.base import Envelope

        source = b"From: boss@example.com\r\nTo: ben@example.com\r\n\r\nHello\r\n"
        envelope = Envelope("boss@example.com", ("ben@example.com",), source)
        told = self.told(lambda: self.outlook.adapter().send(envelope))
        self.assertIn("Choose another sender in the field From", told)
        self.assertIn("ErrorSendAsDenied", told)
