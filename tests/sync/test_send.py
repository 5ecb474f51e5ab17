"""An email is sent once, its copy comes to lie in Sent, and what follows from it is done."""

import unittest.mock
from datetime import timedelta

from odoo import fields
from odoo.addons.concord_inbox.adapters import ImapAdapter
from odoo.addons.concord_inbox.adapters.base import Delivery
from odoo.addons.concord_inbox.adapters.errors import ChangeRefusedError
from odoo.addons.concord_inbox.sync import conversations, outgoing, saved
from odoo.tests import tagged

from dev.ports import free_port
from tests.servers.dovecot import Dovecot
from tests.servers.submission import Incident, Submission

from .common import PASSWORD, USER, email
from .sending import SendCase


@tagged("post_install", "-at_install")
class TestSend(SendCase):
    @staticmethod
    def compose_anew(message):
        source = email("An offer", sender=USER, to="ada@customer.example", message_id="<d2@here>")
        outgoing.store_source(message, source)

    def test_sent_once_and_kept(self):
        message = self.ready(
            to=("ada@customer.example", "Bob <bob@customer.example>"), bcc=("boss@northlight.example",)
        )
        self.assertEqual(self.send(), 1)
        self.assertEqual(self.send(), 0)
        [(recipients, content)] = self.received()
        self.assertEqual(recipients, ["ada@customer.example", "bob@customer.example", "boss@northlight.example"])
        self.assertNotIn(b"boss@", content)
        self.assertEqual(message.state, "sent")
        self.assertFalse(message.sending_since or message.send_error or message.is_doubtful)
        self.sync(self.account)
        [(source, flags)] = self.on_server()
        self.assertEqual(flags, {"\\Seen"})
        self.assertIn(b"Bcc: boss@northlight.example", source)
        self.assertEqual(
            content.replace(b"\r\n", b"\n"),
            source.replace(b"Bcc: boss@northlight.example\r\n", b"").replace(b"\r\n", b"\n"),
        )
        self.sync(self.account)
        self.assertFalse(message.source or message.is_uploaded or message.is_changed)
        self.assertEqual(self.messages(self.account), message)
        self.assertEqual(message.folder_ids.path, "Sent")
        self.assertEqual(message.state, "sent")
        self.assertTrue(message.is_read)
        self.assertEqual(len(self.received()), 1)

    def test_what_the_provider_calls_a_conversation(self):
        """An answer goes out in it, and what comes back in a new one belongs to the conversation, too."""
        conversation = self.env["inbox.conversation"].create({"account_id": self.account.id, "subject": "An offer"})
        message = self.ready(conversation_id=conversation.id)
        conversations.remember(self.env, self.account, f"{conversations.THREAD}old", conversation.id)
        envelopes = []

        def send(_adapter, envelope, begun):
            begun()
            envelopes.append(envelope)
            return Delivery(frozenset(envelope.recipients), email_id="e17", thread_id="new")

        with unittest.mock.patch.object(ImapAdapter, "send", send):
            self.send()
        self.assertEqual([envelope.thread_id for envelope in envelopes], ["old"])
        self.assertEqual((message.state, message.email_id), ("sent", "e17"))
        self.assertEqual(conversations.thread_of(self.env, conversation.id), "new")
        self.assertIsNone(conversations.thread_of(self.env, False))

    def test_contacts_are_made_of_people_one_wrote_to(self):
        self.account.write({"create_contact": True, "create_contact_written": True})
        people = ("Eva Neu <eva@new.example>", "colleague@northlight.example", "no-reply@new.example")
        message = self.ready(to=people)
        self.send()
        created = self.env["res.partner"].search([("email_normalized", "like", "%@new.example")])
        self.assertEqual((created.name, created.email, message.partner_ids), ("Eva Neu", "eva@new.example", created))
        self.assertFalse(self.env["res.partner"].search([("email_normalized", "=", "colleague@northlight.example")]))

    def test_the_server_saves_it_itself(self):
        self.account.saves_sent = False
        message = self.ready(message_id="<saved@northlight.example>")
        self.send()
        [(_recipients, content)] = self.received()
        self.append("Sent", content)
        self.sync(self.account)
        self.assertEqual(self.account.saves_sent, "yes")
        self.assertEqual(len(self.on_server()), 1)
        self.assertEqual(self.on_server()[0][1], {"\\Seen"})
        self.sync(self.account)
        self.assertEqual(self.messages(self.account), message)
        self.assertEqual(message.copy_ids.folder_id.path, "Sent")
        self.assertTrue(message.is_read)
        self.assertFalse(message.source or message.is_uploaded)

    def test_the_server_saves_it_before_it_answers(self):
        """The copy is looked at while nobody has recorded yet that the email went out."""
        message = self.ready(
            message_id="<early@northlight.example>", sending_since="2026-01-01 00:00:00", send_attempts=1
        )
        self.append("Sent", outgoing.source_of(message))
        self.sync(self.account)
        self.assertEqual(self.messages(self.account), message)
        self.assertEqual(message.state, "sent")
        self.sync(self.account)
        self.assertEqual(len(self.on_server()), 1)
        self.assertFalse(message.source)

    def test_who_saves_it_is_found_out_once(self):
        self.patch(saved, "LOOKS", (0, 0))
        self.account.saves_sent = False
        self.ready()
        self.send()
        self.sync(self.account)
        self.assertEqual(self.account.saves_sent, "no")
        self.assertEqual(len(self.on_server()), 1)

    def test_the_folder_is_not_followed(self):
        self.folder(self.account, "Sent").write({"is_active": False, "cursor": False})
        message = self.ready()
        self.send()
        for _time in range(2):
            self.sync(self.account)
            self.assertEqual(len(self.on_server()), 1)
            self.assertEqual(message.state, "sent")
            self.assertFalse(message.source)

    def test_the_draft_on_the_server_goes(self):
        message = self.ready(state="draft", folder_ids=[(6, 0, self.folder(self.account, "Drafts").ids)])
        message._push_soon()
        self.sync(self.account)
        self.assertEqual(len(self.on_server("Drafts")), 1)
        outgoing.store_source(
            message, email("An offer", sender=USER, to="ada@customer.example", message_id="<d2@here>")
        )
        message.state = "outgoing"
        self.sync(self.account)
        self.assertEqual(len(self.on_server("Drafts")), 1)
        self.assertTrue(message.source, "what is to be sent was taken for a draft")
        self.send()
        self.sync(self.account)
        self.assertFalse(self.on_server("Drafts"))
        self.assertEqual(len(self.on_server()), 1)
        self.sync(self.account)
        self.assertEqual(self.messages(self.account), message)

    def test_another_client_deletes_the_draft_meanwhile(self):
        message = self.ready(state="draft", folder_ids=[(6, 0, self.folder(self.account, "Drafts").ids)])
        message._push_soon()
        self.sync(self.account)
        outgoing.store_source(
            message, email("An offer", sender=USER, to="ada@customer.example", message_id="<d2@here>")
        )
        message.state = "scheduled"
        client = self.client()
        client.select_folder("Drafts")
        client.delete_messages(client.search())
        client.expunge()
        self.sync(self.account)
        self.assertTrue(message.exists())
        self.send()
        self.sync(self.account)
        self.assertEqual(message.state, "sent")
        self.assertEqual(len(self.on_server()), 1)

    def test_the_folder_takes_nothing(self):
        """Its copy is tried again, and it is not sent again."""
        message = self.ready(author_id=self.env.ref("base.user_admin").id)
        self.send()
        refused = ChangeRefusedError("no_permission", path="Sent", server_text="No")
        with unittest.mock.patch.object(ImapAdapter, "append", side_effect=refused):
            self.sync(self.account)
        self.assertEqual(message.state, "sent")
        self.assertGreater(message.send_again_at, fields.Datetime.now())
        self.assertTrue(message.source)
        self.assertFalse(message.is_changed)
        message.send_again_at = fields.Datetime.now()
        self.sync(self.account)
        self.assertEqual(len(self.on_server()), 1)
        self.assertFalse(message.source or message.send_error or message.send_again_at)
        self.assertEqual(len(self.received()), 1)

    def test_what_follows(self):
        self.append("INBOX", email("Question", message_id="<q@x>"), email("Forward me", message_id="<f@x>"))
        client = self.client()
        self.sync(self.account)
        question = self.messages(self.account).filtered(lambda one: one.subject == "Question")
        forwarded = self.messages(self.account).filtered(lambda one: one.subject == "Forward me")
        answer = self.ready(
            "Re: Question", conversation_id=question.conversation_id.id, answers_id=question.id, archive_after_send=True
        )
        self.ready("Fwd: Forward me", forwards_id=forwarded.id)
        self.send()
        self.assertTrue(question.is_answered)
        self.assertEqual(question.conversation_id.message_count, 2)
        self.sync(self.account)
        self.assertEqual(question.folder_ids.path, "Archive")
        self.assertEqual(answer.folder_ids.path, "Sent")
        flags = {}
        for path in ("INBOX", "Archive"):
            client.select_folder(path, readonly=True)
            for row in client.fetch(client.search(), ["FLAGS", "ENVELOPE"]).values():
                flags[row[b"ENVELOPE"].subject.decode()] = {flag.decode().lower() for flag in row[b"FLAGS"]}
        self.assertIn("\\answered", flags["Question"])
        self.assertIn("$forwarded", flags["Forward me"])
        # An answer to ours is found to belong to the conversation.
        self.append(
            "INBOX", email("Re: Re: Question", message_id="<a@x>", headers=[f"In-Reply-To: {answer.message_id}"])
        )
        self.sync(self.account)
        self.assertEqual(question.conversation_id.message_count, 3)


@tagged("post_install", "-at_install")
class TestNoSentFolder(SendCase):
    @classmethod
    def make_server(cls):
        return Dovecot(special_use=False)

    def test_the_folder_is_missing(self):
        message = self.ready()
        self.send()
        self.assertFalse(message.folder_ids)
        self.sync(self.account)
        self.assertEqual(message.folder_ids.mapped("path"), ["Sent"])
        self.assertEqual(len(self.on_server()), 1)
        self.sync(self.account)
        self.assertEqual(self.messages(self.account), message)


@tagged("post_install", "-at_install")
class TestRefusals(SendCase):
    def setUp(self):
        super().setUp()
        self.author = self.env.ref("base.user_admin")

    def ready(self, *args, **values):
        return super().ready(*args, author_id=self.author.id, **values)

    def people(self, message):
        return {one.email: (one.delivery, one.delivery_text) for one in message.participant_ids if one.role != "from"}

    def test_some_recipients(self):
        self.submission.refused_recipients["gone@customer.example"] = "550 5.1.1 No such user"
        message = self.ready(to=("ada@customer.example", "gone@customer.example"))
        self.send()
        self.assertEqual(message.state, "sent")
        people = self.people(message)
        self.assertEqual(people["ada@customer.example"], ("accepted", False))
        self.assertEqual(people["gone@customer.example"][0], "rejected")
        self.assertIn("No such user", people["gone@customer.example"][1])
        self.assertEqual(message.rejected_ids.email, "gone@customer.example")
        self.assertEqual(self.received()[0][0], ["ada@customer.example"])

    def test_all_recipients(self):
        self.submission.refused_recipients["gone@customer.example"] = "550 5.1.1 No such user"
        message = self.ready(to=("gone@customer.example",))
        before = self.env["mail.message"].search_count([("partner_ids", "in", self.author.partner_id.ids)])
        self.send()
        self.assertEqual(message.state, "failed")
        self.assertFalse(message.is_doubtful)
        self.assertIn("No such user", message.send_error)
        self.assertEqual(self.people(message)["gone@customer.example"][0], "rejected")
        after = self.env["mail.message"].search_count([("partner_ids", "in", self.author.partner_id.ids)])
        self.assertEqual(after - before, 1)
        self.assertEqual(self.send(), 0)

    def test_greylisting(self):
        self.submission.greylist = 1
        message = self.ready()
        other = self.ready("Another", to=("bob@customer.example",))
        self.send()
        self.assertEqual(message.state, "outgoing")
        self.assertFalse(message.sending_since)
        self.assertIn("Greylisted", message.send_error)
        self.assertGreater(message.send_again_at, fields.Datetime.now())
        self.assertEqual(self.people(message)["ada@customer.example"][0], "delayed")
        self.assertEqual(self.send(), 0)
        (message | other).send_again_at = fields.Datetime.now()
        self.send()
        self.assertEqual(message.state, "sent")
        self.assertEqual(other.state, "sent")
        self.assertEqual(self.people(message)["ada@customer.example"], ("accepted", False))
        self.assertEqual(len(self.received()), 2)

    def test_the_waits_grow_and_end(self):
        self.submission.incidents = [Incident("DATA", "451 4.3.0 Try again later") for _n in range(4)]
        message = self.ready()
        waits = []
        for _time in range(3):
            self.send()
            waits.append((message.send_again_at - fields.Datetime.now()).total_seconds())
            message.send_again_at = fields.Datetime.now()
        for wait, minute in zip(waits, (1, 2, 4), strict=True):
            self.assertTrue(0.75 * 60 * minute < wait < 1.25 * 60 * minute, waits)
        message.send_tried_since = fields.Datetime.now() - timedelta(days=1, hours=1)
        self.send()
        self.assertEqual(message.state, "failed")
        self.assertIn("Try again later", message.send_error)
        self.assertFalse(self.received())

    def test_the_server_is_gone(self):
        first, second = self.ready(), self.ready("Another")
        self.account.smtp_port = free_port()
        self.assertEqual(self.send(), 1)
        self.assertEqual({first.state, second.state}, {"outgoing"})
        self.assertGreater(second.send_again_at, fields.Datetime.now())
        self.assertEqual(sum((first | second).mapped("send_attempts")), 1)
        self.account.smtp_port = self.submission.port
        (first | second).send_again_at = False
        self.assertEqual(self.send(), 2)
        self.assertEqual({first.state, second.state}, {"sent"})

    def test_one_that_always_fails_does_not_keep_others(self):
        self.submission.incidents = [Incident("DATA", "451 4.3.0 Not this one")]
        bad = self.ready()
        self.send()
        good = self.ready("Good")
        bad.send_again_at = fields.Datetime.now()
        self.submission.incidents = [Incident("DATA", "451 4.3.0 Not this one", after=1)]
        self.send()
        self.assertEqual((good.state, bad.state), ("sent", "outgoing"))

    def test_the_login_is_refused(self):
        message = self.ready()
        self.account.password = "wrong"
        self.send()
        self.assertEqual(self.account.state, "auth_failed")
        self.assertEqual(message.state, "outgoing")
        self.assertFalse(message.sending_since)
        self.assertIn(self.account.name, message.send_notice)
        self.assertEqual(self.send(), 0)
        self.account.write({"password": PASSWORD, "state": "connected"})
        self.assertEqual(self.send(), 1)
        self.assertEqual(message.state, "sent")

    def test_a_paused_account_sends_nothing(self):
        message = self.ready()
        self.account.action_disconnect()
        self.assertEqual(self.send(), 0)
        self.env["inbox.account"]._cron_send_slot()
        self.assertEqual(message.state, "outgoing")
        self.assertIn("not connected", message.send_notice)
        self.assertFalse(self.received())

    def test_so_many_an_hour(self):
        self.account.send_limit = 2
        messages = [self.ready(str(number)) for number in range(4)]
        self.assertEqual(self.send(), 2)
        self.assertEqual(self.send(), 0)
        self.assertEqual([message.state for message in messages], ["sent", "sent", "outgoing", "outgoing"])
        self.assertIn("2 emails an hour", messages[2].send_notice)
        for message in messages[:2]:
            message.received_date -= timedelta(hours=2)
        for message in messages[2:]:
            message.send_again_at = fields.Datetime.now()
        self.assertEqual(self.send(), 2)
        self.account.send_limit = 0
        self.env["ir.config_parameter"].set_param("concord_inbox.send_limit", "1")
        last = self.ready("last")
        self.assertEqual(self.send(), 0)
        self.assertEqual(last.state, "outgoing")

    def test_too_large(self):
        with Submission({self.mail_user: PASSWORD}, size_limit=100) as small:
            self.account.smtp_port = small.port
            message = self.ready()
            self.send()
            self.assertEqual(message.state, "failed")
            self.assertFalse(small.envelopes)


@tagged("post_install", "-at_install")
class TestDoubts(SendCase):
    def test_no_answer_after_the_final_dot(self):
        for kind, kept in (("STORED", 1), ("END", 0)):
            with self.subTest(kind), Submission({self.mail_user: PASSWORD}) as submission:
                self.account.smtp_port = submission.port
                submission.incidents = [Incident(kind, "cut")]
                message = self.ready(kind)
                self.send()
                self.assertEqual(message.state, "failed")
                self.assertTrue(message.is_doubtful)
                self.assertFalse(message.sending_since)
                self.assertIn("Perhaps", message.send_notice)
                self.assertEqual(self.send(), 0)
                self.sync(self.account)
                self.assertEqual(message.state, "failed")
                self.assertEqual(len(submission.envelopes), kept)

    def test_cut_before_the_final_dot(self):
        self.submission.incidents = [Incident("TEXT", "cut", after=10)]
        # More than fits into the buffers on the way: of a small one the client knows no more than that it told it all.
        message = self.ready(body=("x" * 70 + "\r\n") * 2**17)
        self.send()
        self.assertEqual(message.state, "outgoing")
        self.assertFalse(message.sending_since)
        message.send_again_at = False
        self.send()
        self.assertEqual(message.state, "sent")
        self.assertEqual(len(self.received()), 1)

    def test_found_in_sent(self):
        self.account.saves_sent = "yes"
        self.submission.incidents = [Incident("STORED", "cut")]
        message = self.ready()
        self.append("Sent", outgoing.source_of(message))
        self.send()
        self.assertEqual(message.state, "sent")
        self.assertFalse(message.is_doubtful)
        self.sync(self.account)
        self.assertEqual(self.messages(self.account), message)
        self.assertEqual(len(message.copy_ids), 1)

    def test_a_server_that_saves_late_is_waited_for(self):
        self.account.saves_sent = "yes"
        self.submission.incidents = [Incident("STORED", "cut")]
        message = self.ready()
        self.send()
        self.assertEqual(message.state, "outgoing")
        self.assertGreater(message.send_again_at, fields.Datetime.now())
        self.append("Sent", outgoing.source_of(message))
        message.send_again_at = fields.Datetime.now()
        self.assertEqual(self.send(), 1)
        self.assertEqual(message.state, "sent")
        self.assertEqual(len(self.received()), 1)

    def test_imap_is_down_meanwhile(self):
        self.account.saves_sent = "yes"
        self.submission.incidents = [Incident("STORED", "cut")]
        message = self.ready()
        port, self.account.imap_port = self.account.imap_port, free_port()
        self.send()
        self.assertEqual(message.state, "outgoing")
        self.assertTrue(message.sending_since)
        self.account.imap_port = port
        message.write({"send_again_at": fields.Datetime.now(), "sending_since": "2026-01-01 00:00:00"})
        self.send()
        self.assertTrue(message.is_doubtful)
        self.assertEqual(len(self.received()), 1)

    def test_a_process_died(self):
        message = self.ready(sending_since="2026-01-01 00:00:00", send_attempts=1)
        self.assertEqual(self.send(), 1)
        self.assertTrue(message.is_doubtful)
        self.assertFalse(self.received())

    def test_the_user_says_that_it_went(self):
        message = self.ready(sending_since="2026-01-01 00:00:00", send_attempts=1)
        self.send()
        message.action_mark_as_sent()
        self.assertEqual(message.state, "sent")
        self.assertFalse(message.is_doubtful)
        self.sync(self.account)
        self.sync(self.account)
        self.assertEqual(message.copy_ids.folder_id.path, "Sent")
        self.assertFalse(self.received())

    def test_found_by_the_synchronisation_later(self):
        message = self.ready(sending_since="2026-01-01 00:00:00", send_attempts=1)
        self.send()
        self.assertTrue(message.is_doubtful)
        self.append("Sent", outgoing.source_of(message))
        self.sync(self.account)
        self.assertEqual(message.state, "sent")
        self.sync(self.account)
        self.assertEqual(self.messages(self.account), message)
        self.assertEqual(len(message.copy_ids), 1)
