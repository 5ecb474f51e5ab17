"""What was written in the window is what everybody reads: the recipient, whoever looks into Sent, and our own row."""

import email.policy
import imaplib
import os
import tempfile
import unittest.mock
from email.parser import BytesParser

import fast_mail_parser
from odoo.addons.concord_inbox import mime
from odoo.tests import tagged

from tests.servers.dovecot import Dovecot
from tests.servers.provider import delivers_to
from tests.servers.submission import Incident, Submission
from tests.servers.tcp import server_context
from tests.servers.tls import make_certificate

from .common import PASSWORD, USER
from .common import email as an_email
from .other_client import OtherClient
from .sending import SendCase

PICTURE = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
SUBJECT = "Предложение — 見積もり"
FILE = bytes(range(256)) * 40


class WrittenCase(SendCase):
    def setUp(self):
        super().setUp()
        self.model = self.env["inbox.message"]
        self.other = OtherClient(self.server, self.mail_user)

    def write(self, **values):
        draft = self.model.compose_begin(
            {
                "account_id": self.account.id,
                "to": ["Ada <ada@customer.example>"],
                "subject": "Offer",
                "body": "<p>Hello</p>",
                **values,
            }
        )
        # Saved once, as by the window.
        self.model.compose_save(draft["id"], {"subject": draft["subject"]}, draft["version"])
        return self.model.browse(draft["id"])

    def send_off(self, message):
        """Send, and let the time pass in which it can be taken back."""
        self.model.compose_send(message.id)
        self.model.compose_leave(message.id)
        return self.send()


@tagged("post_install", "-at_install")
class TestWritten(WrittenCase):
    def make_submission(self):
        return Submission({self.mail_user: PASSWORD}, keep=delivers_to(self.server))

    def received_by(self, user):
        """What Python's own IMAP client finds in the mailbox."""
        client = imaplib.IMAP4("127.0.0.1", self.server.ports["imap"])
        try:
            client.login(user, "simple")
            client.select("INBOX", readonly=True)
            _ok, [numbers] = client.search(None, "ALL")
            return [client.fetch(number.decode(), "(BODY.PEEK[])")[1][0][1] for number in numbers.split()]
        finally:
            client.logout()

    def test_everybody_reads_the_same(self):
        people = [f"{name}{self.mail_user[:40].lower()}@customer.example" for name in ("to", "cc", "bcc")]
        for person in people:
            self.server.add_user(person, "simple")
        to, cc, bcc = people
        message = self.write(
            to=[f"Ада Клиент <{to}>"],
            cc=[f"“Bob, Jr.” <{cc}>"],
            bcc=[bcc],
            subject=SUBJECT,
            body=f'<p>Grüße, см. <img src="{PICTURE}"> und <a href="https://shop.example/?a=1&amp;b=2">hier</a></p>',
        )
        message._attach([("Angebot für Ада.bin", "application/octet-stream", FILE)])
        self.send_off(message)
        self.assertEqual(message.state, "sent")
        self.sync(self.account)
        self.sync(self.account)
        copies = [self.received_by(person) for person in people]
        self.assertEqual([len(one) for one in copies], [1, 1, 1])
        [(kept, flags)] = self.on_server()
        self.assertIn("\\Seen", flags)
        wire = self.received()[0][1]
        self.assertEqual(wire, mime.without_bcc(kept))
        self.assertIn(b"\nBcc: ", kept)
        for [copy] in copies:
            # The recipient's server puts lines before it.
            self.assertTrue(copy.endswith(wire), "the recipient's server got something else")
            self.assertNotIn(bcc.encode(), wire)
        [[theirs], *_rest] = copies
        self.same_by_python(theirs, kept)
        self.same_by_rust(theirs, kept)
        self.same_by_the_row(message, theirs)

    def same_by_python(self, *sources):
        for source in sources:
            read = BytesParser(policy=email.policy.default).parsebytes(source)
            self.assertEqual(read["Subject"], SUBJECT)
            self.assertEqual(read["To"].addresses[0].display_name, "Ада Клиент")
            self.assertEqual(read["Cc"].addresses[0].display_name, "“Bob, Jr.”")
            self.assertEqual(read["From"].addresses[0].addr_spec, USER)
            self.assertFalse(read.defects)
            html = read.get_body(("related", "html"))
            html = html if html.get_content_type() == "text/html" else html.get_body(("html",))
            self.assertIn("Grüße, см.", html.get_content())
            self.assertIn("https://shop.example/?a=1&amp;b=2", html.get_content())
            text = read.get_body(("plain",))
            self.assertIn("Grüße, см.", text.get_content())
            self.assertEqual(text.get_param("format"), "flowed")
            [file] = read.iter_attachments()
            self.assertEqual((file.get_filename(), file.get_content()), ("Angebot für Ада.bin", FILE))
            [picture] = [part for part in read.walk() if part.get_content_type() == "image/gif"]
            self.assertIn(f"cid:{picture['Content-ID'].strip('<>')}", html.get_content())

    def same_by_rust(self, *sources):
        for source in sources:
            read = fast_mail_parser.parse_email(source)
            self.assertEqual(read.subject, SUBJECT)
            self.assertIn("Grüße, см.", read.text_html[0])
            self.assertIn("Grüße, см.", read.text_plain[0])
            self.assertIn(FILE, [bytes(one.content) for one in read.attachments])

    def same_by_the_row(self, message, source):
        read = mime.parse(source)
        self.assertEqual(self.messages(self.account), message)
        self.assertEqual(message.subject, read.subject)
        self.assertEqual(message.message_id, read.message_id)
        self.assertEqual(message.date, read.date)
        self.assertEqual(message.body_text, read.text)
        self.assertEqual(message.content_html, read.html)
        named = {(one.role, one.name, one.email) for one in read.addresses}
        row = {(one.role, one.name or "", one.email) for one in message.participant_ids}
        self.assertEqual({one for one in row if one[0] != "bcc"}, named)
        self.assertEqual(len([one for one in row if one[0] == "bcc"]), 1)
        files = {(one.name, one.raw) for one in message.attachment_ids if not one.inbox_content_id}
        self.assertEqual(files, {(one.name, bytes(one.content)) for one in read.attachments if not one.inline})


@tagged("post_install", "-at_install")
class TestWays(WrittenCase):
    """Each way into a server, once, from the outbox."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.certificate = make_certificate(folder)

    def test_encryption_and_login(self):
        context = server_context(self.certificate)
        self.enterContext(unittest.mock.patch.dict(os.environ, SSL_CERT_FILE=str(self.certificate.authority)))
        for encryption, options in (("ssl", {"context": context}), ("starttls", {"starttls": context})):
            for mechanism in ("PLAIN", "LOGIN"):
                with (
                    self.subTest(encryption=encryption, mechanism=mechanism),
                    Submission({self.mail_user: PASSWORD}, mechanisms=(mechanism,), **options) as server,
                ):
                    self.account.write({"smtp_port": server.port, "smtp_encryption": encryption})
                    message = self.write()
                    self.send_off(message)
                    self.assertEqual((message.state, message.send_error), ("sent", False))
                    self.assertEqual(server.logins, [self.mail_user])
                    self.assertEqual(len(server.envelopes), 1)

    def test_a_certificate_that_nobody_vouches_for(self):
        context = server_context(self.certificate)
        for encryption, options in (("ssl", {"context": context}), ("starttls", {"starttls": context})):
            with self.subTest(encryption=encryption), Submission({self.mail_user: PASSWORD}, **options) as server:
                self.account.write(
                    {"smtp_port": server.port, "smtp_encryption": encryption, "allow_insecure_certificate": False}
                )
                message = self.write()
                self.send_off(message)
                self.assertEqual(message.state, "outgoing")
                self.assertTrue(message.send_error)
                self.assertFalse(server.envelopes or server.logins)
                self.account.allow_insecure_certificate = True
                message.action_send_now()
                self.send()
                self.assertEqual(message.state, "sent")

    def test_an_address_that_the_server_does_not_know(self):
        with Submission({self.mail_user: PASSWORD}, utf8=False) as server:
            self.account.smtp_port = server.port
            message = self.write(to=["zoë@customer.example", "ada@customer.example"])
            self.send_off(message)
            self.assertEqual(message.state, "failed")
            self.assertFalse(message.is_doubtful)
            self.assertRegex(message.send_error, "(?i)address")
            self.assertFalse(server.envelopes)
        # Where it does, the same email goes.
        self.account.smtp_port = self.submission.port
        message.action_send_again()
        self.send_off(message)
        self.assertEqual(message.state, "sent")
        self.assertEqual(self.received()[0][0], ["ada@customer.example", "zoë@customer.example"])


@tagged("post_install", "-at_install")
class TestAgain(WrittenCase):
    def draft_elsewhere(self):
        return [key for key in self.other.content() if key[0] == "Drafts"]

    def on_the_server(self, message):
        self.model.compose_close(message.id)
        self.sync(self.account)
        self.assertEqual(len(self.draft_elsewhere()), 1)

    def test_what_failed(self):
        self.submission.refused_recipients["ada@customer.example"] = "550 5.1.1 No such user"
        message = self.write(cc=["Bob <bob@customer.example>"])
        self.on_the_server(message)
        self.submission.refused_recipients["bob@customer.example"] = "550 5.1.1 No such user"
        self.send_off(message)
        self.assertEqual(message.state, "failed")
        former = message.message_id
        message.action_send_again()
        self.assertEqual(message.state, "draft")
        self.assertNotEqual(message.message_id, former)
        self.submission.refused_recipients.clear()
        self.send_off(message)
        self.assertEqual(message.state, "sent")
        [(people, content)] = self.received()
        self.assertEqual(people, ["ada@customer.example", "bob@customer.example"])
        self.assertNotIn(former.encode(), content)
        self.assertEqual(
            set(message.participant_ids.filtered(lambda one: one.role != "from").mapped("delivery")), {"accepted"}
        )
        self.sync(self.account)
        self.sync(self.account)
        self.assertFalse(self.draft_elsewhere())
        self.assertEqual(len(self.on_server()), 1)
        self.assertEqual(self.messages(self.account), message)

    def test_what_perhaps_was_sent(self):
        self.submission.incidents = [Incident("STORED", "cut")]
        message = self.write()
        self.on_the_server(message)
        self.send_off(message)
        self.assertTrue(message.is_doubtful)
        former = message.message_id
        message.action_send_again()
        self.assertFalse(message.is_doubtful)
        self.assertNotEqual(message.message_id, former)
        # The draft on the server is replaced, not piled up.
        self.on_the_server(message)
        message.action_send()
        self.send()
        self.assertEqual(message.state, "sent")
        [first, second] = self.received()
        self.assertIn(former.encode(), first[1])
        self.assertNotIn(former.encode(), second[1])
        self.sync(self.account)
        self.sync(self.account)
        self.assertFalse(self.draft_elsewhere())
        self.assertEqual(self.messages(self.account), message)

    def test_what_perhaps_was_sent_and_turns_up(self):
        """It was sent after all: both are here, each as what it is."""
        self.submission.incidents = [Incident("STORED", "cut")]
        message = self.write()
        self.send_off(message)
        message.action_send_again()
        self.append("Sent", self.received()[0][1])
        self.sync(self.account)
        self.assertEqual(message.state, "draft")
        self.assertEqual((self.messages(self.account) - message).mapped("state"), ["sent"])

    def test_to_those_who_did_not_get_it(self):
        self.append("INBOX", an_email("Question", message_id="<question@there>"))
        self.sync(self.account)
        question = self.messages(self.account)
        draft = self.model.compose_reply(question.id, "reply")
        self.model.compose_save(draft["id"], {"cc": ["Bob <bob@customer.example>"]}, draft["version"])
        message = self.model.browse(draft["id"])
        self.submission.refused_recipients["bob@customer.example"] = "550 5.1.1 No such user"
        self.send_off(message)
        self.assertEqual((message.state, message.rejected_ids.email), ("sent", "bob@customer.example"))
        self.submission.refused_recipients.clear()
        action = message.action_send_to_rejected()
        once_more = self.model.browse(action["params"]["draft_id"])
        self.send_off(once_more)
        [first, second] = self.received()
        self.assertEqual((first[0], second[0]), (["ada@customer.example"], ["bob@customer.example"]))
        read = BytesParser(policy=email.policy.default).parsebytes(second[1])
        self.assertEqual(read["In-Reply-To"], "<question@there>")
        self.assertEqual(once_more.conversation_id, question.conversation_id)
        self.assertNotEqual(once_more.message_id, message.message_id)

    def test_scheduled_and_its_draft_deleted_elsewhere(self):
        """Who chose a time wants it sent; other programs delete drafts when they replace them, too."""
        message = self.write()
        self.on_the_server(message)
        self.model.compose_send(message.id, {"at": self.model.compose_schedule_presets()[-1]["at"]})
        self.assertEqual(message.state, "scheduled")
        [(path, uid)] = self.draft_elsewhere()
        self.other.delete(path, uid)
        self.sync(self.account)
        self.assertEqual(message.state, "scheduled")
        self.assertFalse(message.orphaned_at)
        self.assertIn(message, self.model.search(self.model._written_here_domain()))
        message.action_send_now()
        self.send()
        self.assertEqual(message.state, "sent")
        self.sync(self.account)
        self.assertEqual(len(self.on_server()), 1)


@tagged("post_install", "-at_install")
class TestNoDraftsFolder(WrittenCase):
    @classmethod
    def make_server(cls):
        return Dovecot(special_use=False)

    def test_it_is_made(self):
        self.assertFalse(self.folder(self.account, "Drafts"))
        message = self.write()
        self.model.compose_close(message.id)
        self.sync(self.account)
        self.assertEqual(message.folder_ids.mapped("path"), ["Drafts"])
        self.assertEqual(message.folder_ids.role, "drafts")
        self.assertEqual(len(self.on_server("Drafts")), 1)
        self.sync(self.account)
        self.assertEqual(self.messages(self.account), message)
        self.assertEqual(len(message.copy_ids), 1)
