"""What can be doubted: nothing, until the server has all of an email but its final dot."""

import contextlib

from odoo import fields
from odoo.addons.concord_inbox.adapters import ImapAdapter
from odoo.addons.concord_inbox.sync import outgoing
from odoo.tests import tagged

from tests.servers.submission import Incident, Submission

from .common import PASSWORD
from .sending import SendCase

SEND = ImapAdapter.send


class DiedError(BaseException):
    """The process ends here."""


@tagged("post_install", "-at_install")
class TestBegun(SendCase):
    def while_sending(self, work):
        """Have `work()` done when the server has all but the final dot, before the sender knows that it begins."""

        def send(adapter, envelope, begun):
            def interrupted():
                work()
                # As what other processes do, it is there when the sender looks.
                self.env.cr.commit()
                begun()

            return SEND(adapter, envelope, interrupted)

        self.patch(ImapAdapter, "send", send)

    def die(self):
        raise DiedError

    def send_and_die(self):
        # Odoo's assertRaises would want its savepoint back.
        with contextlib.suppress(DiedError):
            self.send()
            self.fail("it lived on")
        self.env.invalidate_all()

    def test_it_has_begun_when_the_server_has_all_but_the_dot(self):
        message = self.ready()
        seen = []

        def look():
            message.invalidate_recordset()
            seen.append((message.state, message.sending_since, message.send_attempts, len(self.received())))

        self.while_sending(look)
        self.send()
        self.assertEqual(seen, [("outgoing", False, 1, 0)])
        self.assertEqual(message.state, "sent")
        self.assertEqual(len(self.received()), 1)

    def test_a_process_that_dies_before_leaves_no_doubt(self):
        message = self.ready()
        self.while_sending(self.die)
        self.send_and_die()
        self.assertEqual((message.state, message.sending_since), ("outgoing", False))
        self.assertFalse(self.received())
        self.while_sending(lambda: None)
        self.assertEqual(self.send(), 1)
        self.assertEqual((message.state, message.is_doubtful), ("sent", False))
        self.assertEqual(len(self.received()), 1)

    def test_a_process_that_dies_again_and_again_gives_others_time(self):
        message = self.ready()
        self.while_sending(self.die)
        for _time in range(3):
            self.send_and_die()
        self.assertGreater(message.send_again_at, fields.Datetime.now())
        self.assertEqual(self.send(), 0)

    def test_taken_back_while_the_server_is_being_talked_to(self):
        message = self.ready()
        self.while_sending(lambda: self.assertTrue(message._unqueue()))
        self.send()
        self.assertEqual(message.state, "draft")
        self.assertFalse(self.received())
        self.assertFalse(message.sending_since or message.send_error or message.send_again_at)

    def test_taken_back_and_sent_again_meanwhile(self):
        """What is kept back is the old version."""
        message = self.ready("Old")
        source = outgoing.source_of(message)

        def edit():
            if message.state == "outgoing" and message.subject == "Old":
                message._unqueue()
                outgoing.store_source(message, source.replace(b"Subject: Old", b"Subject: New"))
                message.write({"state": "outgoing", "send_after": fields.Datetime.now()})
                self.env.flush_all()

        self.while_sending(edit)
        self.send()
        [(_people, content)] = self.received()
        self.assertIn(b"Subject: New", content)
        self.assertEqual(message.state, "sent")

    def test_what_goes_wrong_here_is_tried_later(self):
        def fail():
            raise LookupError("something odd")

        message = self.ready()
        self.while_sending(fail)
        with self.assertLogs("odoo.addons.concord_inbox.sync.send", "ERROR"):
            self.send()
        self.assertEqual((message.state, message.sending_since), ("outgoing", False))
        self.assertGreater(message.send_again_at, fields.Datetime.now())
        self.assertFalse(self.received())

    def test_a_slow_dialogue_can_be_taken_back(self):
        """Not as long as the whole dialogue takes: as long as there is no doubt."""
        self.submission.incidents = [Incident("DATA", "451 4.3.0 later")]
        message = self.ready()
        self.send()
        self.assertFalse(message.sending_since)
        self.assertTrue(message._unqueue())
        self.assertFalse(self.received())


@tagged("post_install", "-at_install")
class TestSizeLimit(SendCase):
    def test_remembered_when_something_is_sent(self):
        for limit in (40_000_000, 0, 3_000_000):
            with Submission({self.mail_user: PASSWORD}, size_limit=limit) as submission:
                self.account.smtp_port = submission.port
                self.ready(f"Limit {limit}")
                self.send()
                self.assertEqual(self.account.smtp_size_limit, limit)

    def test_remembered_when_it_is_too_large(self):
        self.account.smtp_size_limit = 0
        with Submission({self.mail_user: PASSWORD}, size_limit=100) as submission:
            self.account.smtp_port = submission.port
            message = self.ready()
            self.send()
        self.assertEqual(message.state, "failed")
        self.assertEqual(self.account.smtp_size_limit, 100)
