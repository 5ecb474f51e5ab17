"""What the user is told of an email that could not be sent: a sentence that says what to do."""

from odoo.tests import TransactionCase, tagged

from tests.servers.scripted import ScriptedSmtp
from tests.servers.submission import Incident, Submission

ANNA, BEN, CARL = "anna@example.com", "ben@example.com", "carl@example.com"
SOURCE = b"Subject: Hi\r\n\r\n" + b"good morning\r\n" * 200


@tagged("post_install", "-at_install")
class TestSendingMessages(TransactionCase):
    def told(self, server=None, sender=ANNA, recipients=(BEN, CARL)) -> str:
        """What is said when `server` does not take an email."""
        from odoo.addons.concord_inbox.adapters import open_adapter
        from odoo.addons.concord_inbox.adapters.base import Endpoint, Envelope, Settings
        from odoo.addons.concord_inbox.adapters.errors import AdapterError
        from odoo.addons.concord_inbox.models import error_messages

        settings = Settings(
            email=ANNA,
            username="anna",
            password="secret",
            incoming=Endpoint("127.0.0.1", 1, "none"),
            outgoing=Endpoint("127.0.0.1", server.port, "none") if server else None,
            allow_any_address=True,
        )
        with open_adapter("imap", settings) as adapter, self.assertRaises(AdapterError) as caught:
            adapter.send(Envelope(sender, recipients, SOURCE))
        return error_messages.explain(self.env, caught.exception)

    def server(self, **options) -> Submission:
        return self.enterContext(Submission({"anna": "secret"}, **options))

    def test_the_sender(self):
        server = self.server()
        server.refused_senders[ANNA] = "553 5.7.1 not yours"
        told = self.told(server)
        self.assertIn("Choose another sender in the field From", told)
        self.assertIn("5.7.1 not yours", told)

    def test_the_recipients(self):
        server = self.server()
        server.refused_recipients = {BEN: "550 5.1.1 no such user", CARL: "550 5.1.1 nor this"}
        self.assertIn("ben@example.com (“5.1.1 no such user”), carl@example.com (“5.1.1 nor this”)", self.told(server))
        many = tuple(f"user{number}@example.com" for number in range(9))
        server.refused_recipients = dict.fromkeys(many, "550 no")
        self.assertIn("and 4 more. Correct their addresses", self.told(server, recipients=many))

    def test_the_recipients_for_now(self):
        server = self.server()
        server.greylist = 1
        told = self.told(server)
        self.assertIn("It is tried again by itself", told)
        self.assertIn("Greylisted", told)

    def test_too_large(self):
        self.assertIn(
            "With 2.75 Kb the email is too large: the mail server takes", self.told(self.server(size_limit=1000))
        )
        server = self.server(size_limit=0)
        server.refused_text = "552 5.3.4 too big"
        self.assertIn("too large for the mail server. Remove attachments", self.told(server))

    def test_the_content(self):
        server = self.server()
        server.refused_text = "554 5.7.1 spam"
        told = self.told(server)
        self.assertIn("Change its text or its attachments", told)
        self.assertIn("5.7.1 spam", told)

    def test_letters(self):
        self.assertIn("letters other than a to z", self.told(self.server(utf8=False), recipients=("zoë@example.com",)))

    def test_nobody(self):
        self.assertIn("no recipient", self.told(self.server(), recipients=()))

    def test_no_server(self):
        self.assertIn("SMTP Server", self.told())

    def test_no_address(self):
        told = self.told(self.server(), recipients=("b> <c@example.com",))
        self.assertEqual(told, "“b> <c@example.com” is no email address. Correct it, then send again.")

    def test_unknown(self):
        server = self.server()
        server.incidents.append(Incident("END", "cut"))
        self.assertIn("nobody knows whether it was sent", self.told(server))

    def test_for_now(self):
        server = self.enterContext(
            ScriptedSmtp({"EHLO": "250-x\r\n250 AUTH PLAIN", "AUTH": "235 ok", "MAIL": "451 busy"})
        )
        self.assertIn("is not available now. It is tried again by itself. The server said: “busy”", self.told(server))
