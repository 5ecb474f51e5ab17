"""Delivery reports that come back: written down at the email and recipients that they speak of, and nowhere else."""

import json
from unittest.mock import patch

from odoo.tests import tagged

from tests.servers.provider import deliver

from .common import USER, ago, email
from .sending import SendCase

ADA, BOB = "ada@customer.example", "bob@customer.example"


def report(
    on: bytes | None,
    *recipients: str,
    action="failed",
    status="5.1.1",
    words="550 5.1.1 no such user",
    original="",
    message_id="<report@mx.example>",
) -> bytes:
    """A report as mail servers write it (RFC 3464).

    :param on: the email that it is about, whose header it brings along.
    :param original: who the recipients were before they were redirected.
    """
    groups = ["Reporting-MTA: dns; mx.example"]
    for recipient in recipients:
        lines = [f"Original-Recipient: rfc822; {original}"] if original else []
        lines += [f"Final-Recipient: rfc822; {recipient}", f"Action: {action}", f"Status: {status}"]
        groups.append("\n".join([*lines, f"Diagnostic-Code: smtp; {words}"]))
    parts = [
        "Content-Type: text/plain\n\nI'm sorry to have to inform you that your message could not be delivered.",
        "Content-Type: message/delivery-status\n\n" + "\n\n".join(groups) + "\n",
    ]
    if on is not None:
        parts.append("Content-Type: text/rfc822-headers\n\n" + on.decode().replace("\r\n", "\n").partition("\n\n")[0])
    header = f"""From: Mail Delivery System <MAILER-DAEMON@mx.example>
To: {USER}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: {message_id}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=b"

"""
    body = "".join(f"--=b\n{part}\n" for part in parts) + "--=b--\n"
    return (header + body).replace("\n", "\r\n").encode()


@tagged("post_install", "-at_install")
class TestReports(SendCase):
    def setUp(self):
        super().setUp()
        self.ada = self.env["res.partner"].create({"name": "Ada", "email": ADA})

    def sent(self, *to, **values):
        """An email that was sent, and what the recipients' servers got of it."""
        message = self.ready(to=to or (ADA, BOB), author_id=self.env.ref("base.user_admin").id, **values)
        self.send()
        self.sync(self.account)
        return message, self.submission.envelopes[-1].original_content

    def comes(self, source, folder="INBOX"):
        self.append(folder, source)
        self.sync(self.account)

    def people(self, message):
        return {one.email: (one.delivery, one.delivery_text or "") for one in message.participant_ids if one.delivery}

    def test_a_report_by_a_mail_server(self):
        message, source = self.sent()
        self.assertEqual(self.people(message), {ADA: ("accepted", ""), BOB: ("accepted", "")})
        with patch.object(type(self.env["bus.bus"]), "_sendone", autospec=True) as told:
            # By the very way that reports come: from nobody, into the mailbox.
            deliver(self.server, "", self.mail_user, report(source, ADA))
            self.sync(self.account)
            self.env.cr.commit()
        self.assertEqual(self.people(message), {ADA: ("bounced", "550 5.1.1 no such user"), BOB: ("accepted", "")})
        self.assertEqual(message.state, "bounced")
        self.assertIn("ada@customer.example (“550 5.1.1 no such user”)", message.send_error)
        self.assertEqual(message.send_notice, message.send_error)
        self.assertEqual(message.rejected_ids.mapped("email"), [ADA])
        came = self.messages(self.account, "INBOX")
        self.assertEqual(came.conversation_id, message.conversation_id)
        self.assertEqual((came.state, came.direction), ("received", "in"))
        self.assertEqual(message.conversation_id.message_count, 2)
        self.assertEqual(self.ada.message_bounce, 1)
        self.assertFalse(self.ada.message_ids.filtered(lambda note: "bounce" in (note.body or "").lower()))
        kinds = json.dumps([call.args[2:] for call in told.call_args_list], default=str)
        self.assertIn("concord_inbox.changed", kinds)
        self.assertIn("Not delivered", kinds)
        # Its copy stays in the Sent folder, and nothing of this is told to the mail server.
        self.assertEqual(message.folder_ids.mapped("role"), ["sent"])
        self.assertFalse(message.is_changed)

    def test_in_whatever_order_they_are_found(self):
        """The first synchronisation goes from new to old, and the Sent folder comes after the inbox."""
        offer = email("An offer", sender=USER, to=f"{ADA}, {BOB}", message_id="<old@northlight.example>")
        self.append("INBOX", report(offer, ADA, message_id="<r2@mx.example>"), date=ago(days=1))
        self.append(
            "INBOX",
            report(offer, ADA, action="delayed", status="4.4.1", words="no answer", message_id="<r1@mx.example>"),
            date=ago(days=2),
        )
        self.sync(self.account)
        self.append("Sent", offer, date=ago(days=3))
        self.sync(self.account)
        message = self.messages(self.account, "Sent")
        self.assertEqual(
            (message.state, self.people(message)), ("bounced", {ADA: ("bounced", "550 5.1.1 no such user")})
        )
        self.assertEqual(message.conversation_id.message_count, 3)
        # That was before the account was connected, and says nothing of today.
        self.assertEqual(self.ada.message_bounce, 0)

    def test_delayed_then_delivered(self):
        message, source = self.sent(ADA)
        self.comes(report(source, ADA, action="delayed", status="4.4.1", words="connection timed out"))
        self.assertEqual(
            (message.state, self.people(message)), ("sent", {ADA: ("delayed", "4.4.1 connection timed out")})
        )
        self.assertEqual(self.ada.message_bounce, 0)
        self.comes(report(source, ADA, action="relayed", status="2.0.0", words="ok", message_id="<r2@mx.example>"))
        self.assertEqual((message.state, self.people(message)), ("sent", {ADA: ("accepted", "2.0.0 ok")}))
        self.comes(report(source, ADA, message_id="<r3@mx.example>"))
        self.comes(report(source, ADA, action="delayed", status="4.4.1", message_id="<r4@mx.example>"))
        self.assertEqual(
            (message.state, self.people(message)), ("bounced", {ADA: ("bounced", "550 5.1.1 no such user")})
        )
        self.assertEqual(self.ada.message_bounce, 1)

    def test_two_of_them(self):
        message, source = self.sent()
        self.comes(report(source, ADA))
        self.comes(report(source, BOB, words="552 5.2.2 mailbox full", status="5.2.2", message_id="<r2@mx.example>"))
        self.assertEqual(
            self.people(message),
            {ADA: ("bounced", "550 5.1.1 no such user"), BOB: ("bounced", "552 5.2.2 mailbox full")},
        )
        self.assertIn(ADA, message.send_error)
        self.assertIn(BOB, message.send_error)
        self.assertEqual(self.ada.message_bounce, 1)

    def test_the_same_report_in_two_folders_counts_once(self):
        _message, source = self.sent(ADA)
        self.append("INBOX", report(source, ADA))
        self.append("Archive", report(source, ADA))
        self.sync(self.account)
        self.assertEqual(self.ada.message_bounce, 1)

    def test_a_redirected_address(self):
        message, source = self.sent(ADA)
        self.comes(report(source, "ada.private@elsewhere.example", original=ADA))
        self.assertEqual(message.state, "bounced")
        other, source = self.sent(BOB)
        self.comes(report(source, "bob.private@elsewhere.example", message_id="<r2@mx.example>"))
        # It went to Bob alone, so it can be about nobody else.
        self.assertEqual(other.state, "bounced")

    def test_what_may_have_been_sent_was(self):
        message, source = self.sent(ADA)
        message.write({"state": "failed", "is_doubtful": True})
        self.comes(report(source, ADA))
        self.assertEqual((message.state, message.is_doubtful), ("bounced", False))

    # ------------------------------------------------------------ what must not count

    def assert_untouched(self, message):
        self.assertEqual((message.state, message.send_error), ("sent", False))
        self.assertEqual({kind for kind, _text in self.people(message).values()}, {"accepted"})
        self.assertEqual(self.ada.message_bounce, 0)

    def test_forged(self):
        message, source = self.sent(BOB, "carl@customer.example")
        unknown = email("An offer", to=BOB, message_id="<guessed@northlight.example>")
        for number, forged in enumerate(
            [
                # Ada did not get this email; somebody else's was never sent; no email is named.
                report(source, ADA),
                report(unknown, BOB),
                report(None, BOB),
                report(email("x", to=BOB, message_id=""), BOB),
            ]
        ):
            self.comes(forged.replace(b"<report@mx.example>", b"<forged%d@mx.example>" % number))
            self.assert_untouched(message)

    def test_who_quotes_a_report_has_sent_none(self):
        message, source = self.sent(ADA)
        text = report(source, ADA).decode().partition("\r\n\r\n")[2]
        self.comes(email("Fwd: Undelivered Mail", sender="Eve <eve@customer.example>", body=text))
        self.assert_untouched(message)

    def test_spam_is_not_believed(self):
        message, source = self.sent(ADA)
        self.comes(report(source, ADA), folder="Junk")
        self.assert_untouched(message)

    def test_another_accounts_email(self):
        message, source = self.sent(ADA)
        self.account.write({"state": "paused"})
        user = "another@northlight.example"
        self.server.add_user(user, "x")
        other = self.connect(email="other@northlight.example", username=user, password="x")
        self.server.append(user, "INBOX", [report(source, ADA)])
        self.sync(other)
        self.assertEqual(len(self.messages(other)), 1)
        self.assert_untouched(message)

    def test_a_draft_of_the_same_message_id(self):
        draft = email("Not yet", sender=USER, to=ADA, message_id="<draft@northlight.example>")
        self.append("Drafts", draft, flags=("\\Draft",))
        self.comes(report(draft, ADA))
        self.assertEqual(self.messages(self.account, "Drafts").state, "draft")
        self.assertEqual(self.ada.message_bounce, 0)

    # ------------------------------------------------------------ the contact

    def test_who_writes_can_be_reached_again(self):
        _message, source = self.sent(ADA)
        self.comes(report(source, ADA))
        self.assertEqual(self.ada.message_bounce, 1)
        self.comes(email("Away", headers=["Auto-Submitted: auto-replied"], message_id="<away@x>"))
        self.assertEqual(self.ada.message_bounce, 1)
        self.comes(email("Here I am", message_id="<here@x>"))
        self.assertEqual(self.ada.message_bounce, 0)

    def test_a_corrected_address_is_a_new_one(self):
        _message, source = self.sent(ADA)
        self.comes(report(source, ADA))
        self.ada.write({"email": f"Ada <{ADA}>"})
        self.assertEqual(self.ada.message_bounce, 1)
        self.ada.write({"email": "ada@elsewhere.example"})
        self.assertEqual(self.ada.message_bounce, 0)

    def test_it_stays_on_the_contacts_page(self):
        message, source = self.sent(ADA)
        self.comes(report(source, ADA))
        employee = self.env["res.users"].create(
            {"name": "e", "login": "reports_employee", "group_ids": [(6, 0, self.env.ref("base.group_user").ids)]}
        )
        seen = self.ada.with_user(employee).inbox_message_ids.filtered(lambda one: one.id == message.id)
        self.assertEqual(seen.state, "bounced")
        self.assertFalse(seen.with_user(employee).has_access("write"))
        with self.assertRaisesRegex(Exception, "reported|access|field"):
            seen.read(["reported"])
