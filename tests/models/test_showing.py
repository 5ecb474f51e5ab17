# ruff: noqa: E501 (emails and pages stand as they are written)
"""What is shown of an email besides its text, and to whom it is not."""

import io
import unittest.mock
import zipfile

from odoo import Command
from odoo.addons.concord_inbox.controllers import files
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from .common import InboxCase

SOURCE = b"From: Ada <ada@customer.example>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Odd: a\r\n b\r\n\r\nDear all, qsourceq\r\n"
ATTACHED = (
    b"From: Ben <ben@x.example>\r\nTo: c@x.example\r\nSubject: Inner\r\nDate: Mon, 4 Mar 2024 09:30:00 +0000\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
    b"<p>qinnerq<script>alert(1)</script></p><img src='https://x.example/a.png'>\r\n--b\r\n"
    b"Content-Type: text/html\r\nContent-Disposition: attachment; filename=evil.html\r\n\r\n<script>1</script>\r\n--b\r\n"
    b"Content-Type: message/rfc822\r\n\r\nFrom: Cleo <c@x.example>\r\nSubject: Innermost\r\n\r\nqdeepq\r\n--b--\r\n"
)
INVITATION = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Visit\r\n"
    b"DTSTART:20240704T073000Z\r\nDTEND:20240704T090000Z\r\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TH;UNTIL=20241231\r\n"
    b"LOCATION:Room 1\r\nORGANIZER;CN=Ada:mailto:ada@x.example\r\n"
    b"ATTENDEE;PARTSTAT=ACCEPTED;CN=Ben:mailto:b@x.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada Customer\r\nEMAIL:ada@x.example\r\nTEL:123\r\nEND:VCARD\r\n"
#: Those who see neither account, nor the contact.
OUTSIDERS = ("portal", "public", "inbox_user")


@tagged("post_install", "-at_install")
class TestShowing(InboxCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.message = cls.records["personal unlinked message"]
        cls.message.write({"body_text": "Dear all, qbodyq\n\nOn Monday, Ben wrote:\n> old", "subject": "Grüße / all"})
        cls.owner = cls.users["owner"]
        cls.owner.write({"tz": "Europe/Berlin", "password": "owner_inbox_test"})
        cls.other = cls.users["inbox_user"]
        cls.other.password = "inbox_user_inbox_test"
        cls.files = {
            name: cls.env["ir.attachment"].create(
                {"name": name, "raw": raw, "mimetype": mimetype, "res_model": "inbox.message", "res_id": cls.message.id}
            )
            for name, mimetype, raw in (
                ("evil.html", "text/html", b"<script>alert(1)</script> qfileq"),
                ("evil.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
                ("plan.pdf", "application/pdf", b"%PDF-1.4"),
                ("inner.eml", "message/rfc822", ATTACHED),
                ("invite.ics", "text/calendar", INVITATION),
                ("ada.vcf", "text/vcard", CARD),
                ("broken.ics", "text/calendar", b"BEGIN:VCALENDAR\r\nnothing"),
            )
        }

    def as_owner(self, model="inbox.message"):
        return self.env(user=self.owner, su=False)[model]

    def get(self, url, login="owner"):
        self.authenticate(f"{login}_inbox_test", f"{login}_inbox_test")
        return self.url_open(url)

    def on_server(self, source=SOURCE):
        def fetched(_message):
            if source is None:
                raise UserError("It is gone.")
            return source

        return unittest.mock.patch.object(type(self.env["inbox.message"]), "_whole_source", fetched)

    # ------------------------------------------------------------ nobody else

    def test_what_is_shown_is_its_readers_alone(self):
        urls = {
            f"/concord_inbox/message/{self.message.id}/body": b"qbodyq",
            f"/concord_inbox/message/{self.message.id}/files.zip": b"qfileq",
            f"/concord_inbox/message/{self.message.id}/original.eml": b"qsourceq",
            f"/concord_inbox/print?ids={self.message.id}": b"qbodyq",
            f"/concord_inbox/attached/{self.files['inner.eml'].id}/body": b"qinnerq",
            f"/concord_inbox/attached/{self.files['inner.eml'].id}/body?at=1": b"qdeepq",
            f"/concord_inbox/attached/{self.files['inner.eml'].id}/file/0": b"<script>",
        }
        with self.on_server():
            for url, secret in urls.items():
                with self.subTest(url):
                    answer = self.get(url)
                    self.assertEqual(answer.status_code, 200)
                    self.assertIn(secret, answer.content)
                    self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
                    self.assertIn("no-store", answer.headers["Cache-Control"])
            for url, secret in urls.items():
                with self.subTest(url):
                    answer = self.get(url, "inbox_user")
                    self.assertEqual(answer.status_code, 404)
                    self.assertNotIn(secret, answer.content)
            self.authenticate(None, None)
            for url, secret in urls.items():
                self.assertNotIn(secret, self.url_open(url).content)

    def test_methods_are_for_readers_alone(self):
        inner = self.files["inner.eml"].id
        with self.on_server():
            for name in OUTSIDERS:
                model = self.env(user=self.users[name], su=False)["inbox.message"]
                message = model.browse(self.message.id)
                for call in (
                    message.original_source,
                    message.original_headers,
                    message.file_cards,
                    message.trust_sender,
                    message.distrust_sender,
                    lambda model=model: model.attached_email(inner),
                    lambda model=model: model.attached_email(inner, [1]),
                ):
                    with self.assertRaises(AccessError):
                        call()
        self.assertFalse(self.env["inbox.trusted.sender"].search([]))

    def test_no_more_than_the_subject_is_shown_to_some(self):
        """Colleagues who see that there is an email, and not what it says."""
        message = self.records["personal linked message"]
        message.sudo().account_id.record_visibility = "subject"
        self.env["inbox.message"]._follow_account(message.account_id)
        message.attachment_ids.write({"name": "inner.eml", "raw": ATTACHED, "mimetype": "message/rfc822"})
        colleague = message.with_user(self.users["employee"])
        self.assertEqual(colleague.subject, "Offer")
        for call in (colleague.file_cards, colleague.original_source, colleague.trust_sender):
            with self.assertRaises(AccessError):
                call()
        with self.assertRaises(AccessError):
            colleague.attached_email(message.attachment_ids.id)
        self.users["employee"].password = "employee_inbox_test"
        for url in (f"print?ids={message.id}", f"message/{message.id}/files.zip", f"message/{message.id}/body"):
            self.assertEqual(self.get(f"/concord_inbox/{url}", "employee").status_code, 404)

    def test_the_original_is_for_those_who_read_the_account(self):
        """Who sees an email on a contact's page may read it, and not reach into somebody's mailbox."""
        message = self.records["personal linked message"].with_user(self.users["employee"])
        self.assertTrue(message.is_content_readable)
        with self.assertRaises(UserError):
            message.original_source()

    # ------------------------------------------------------------ the original

    def test_original(self):
        message = self.as_owner().browse(self.message.id)
        with self.on_server():
            self.assertEqual(
                message.original_headers(),
                [["From", "Ada <ada@customer.example>"], ["Subject", "Grüße"], ["X-Odd", "a b"]],
            )
            found = message.original_source()
            self.assertEqual((found["size"], found["is_cut"]), (len(SOURCE), False))
            self.assertIn("Subject: =?utf-8?q?", found["text"])
            answer = self.get(f"/concord_inbox/message/{self.message.id}/original.eml")
        self.assertEqual(answer.content, SOURCE)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"))
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertIn(".eml", answer.headers["Content-Disposition"])
        self.assertNotIn("/", answer.headers["Content-Disposition"])
        self.assertIn("sandbox", answer.headers["Content-Security-Policy"])
        with self.on_server(None):
            answer = self.get(f"/concord_inbox/message/{self.message.id}/original.eml")
        self.assertEqual((answer.status_code, answer.text), (404, "It is gone."))

    # ------------------------------------------------------------ files

    def test_files_are_never_opened_by_the_browser_unless_harmless(self):
        for name, mimetype in {
            "evil.html": "application/octet-stream",
            "evil.svg": "application/octet-stream",
            "inner.eml": "application/octet-stream",
            "plan.pdf": "application/pdf",
        }.items():
            file = self.files[name]
            for url in (
                f"/web/content/{file.id}",
                f"/web/content/{file.id}?mimetype=text/html",
                f"/web/image/{file.id}",
            ):
                answer = self.get(url)
                shown = answer.headers["Content-Type"].partition(";")[0]
                if "mimetype" in url or "image" in url:
                    self.assertNotIn(shown, ("text/html", "image/svg+xml"), url)
                else:
                    self.assertEqual(shown, mimetype)
                self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")

    def test_all_files_at_once(self):
        self.files["evil.svg"].name = "Evil.html"
        answer = self.get(f"/concord_inbox/message/{self.message.id}/files.zip")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            self.assertIsNone(archive.testzip())
            self.assertEqual(archive.read("inner.eml"), ATTACHED)
            names = archive.namelist()
        self.assertEqual(len(names), len(self.files) + 1)
        self.assertEqual(len({name.lower() for name in names}), len(names))

    def test_an_archive_is_not_in_memory_whole(self):
        piece = b"x" * files.STEP
        made = files.zipped([(f"{number}.bin", lambda: iter([piece] * 40)) for number in range(3)])
        sizes = [len(one) for one in made]
        self.assertGreater(sum(sizes), 120 * files.STEP)
        self.assertLess(max(sizes), 2 * files.STEP)

    # ------------------------------------------------------------ senders

    def test_trusting_a_sender(self):
        self.message.write({"body_html": "<img src='https://x.example/a.png'>", "body_text": ""})
        url = f"/concord_inbox/message/{self.message.id}/body"
        self.assertNotIn("https:", self.get(url).headers["Content-Security-Policy"])
        message = self.as_owner().browse(self.message.id)
        message.trust_sender()
        message.trust_sender()
        self.assertTrue(message.is_sender_trusted)
        answer = self.get(url)
        self.assertIn("https:", answer.headers["Content-Security-Policy"])
        self.assertIn("x.example/a.png", answer.text)
        # Nobody else trusts whom he trusts, or sees whom.
        other = self.env(user=self.users["shared_user"], su=False)
        self.assertFalse(other["inbox.message"].browse(self.records["shared linked message"].id).is_sender_trusted)
        self.assertFalse(other["inbox.trusted.sender"].search([]))
        settings = self.owner.sudo().res_users_settings_ids
        self.assertEqual(settings.inbox_trusted_ids.mapped("email"), ["ada@customer.example"])
        with self.assertRaises(AccessError):
            other["inbox.trusted.sender"].create({"settings_id": settings.id, "email": "x@x.example"})
        # Taken back in one's settings, and given again.
        mine = settings.with_user(self.owner)
        mine.write({"inbox_trusted_ids": [Command.delete(mine.inbox_trusted_ids.id)]})
        self.assertFalse(message.is_sender_trusted)
        message.trust_sender()
        self.assertTrue(message.is_sender_trusted)
        # Whoever pretends to be the sender is in there.
        self.message.folder_ids.role = "junk"
        self.assertFalse(message.is_sender_trusted)
        self.message.folder_ids.role = "inbox"
        message.distrust_sender()
        self.assertFalse(message.is_sender_trusted)
        self.assertNotIn("https:", self.get(url).headers["Content-Security-Policy"])

    # ------------------------------------------------------------ cards, attached emails, paper

    def test_cards(self):
        cards = self.as_owner().browse(self.message.id).file_cards()
        self.assertEqual([card["kind"] for card in cards], ["event", "contact"])
        event, contact = cards
        self.assertEqual((event["title"], event["badge"], event["where"]), ("Visit", "Invitation", "Room 1"))
        self.assertIn("July 4, 2024, 9:30 AM – 11:00 AM (Europe/Berlin)", event["when"])
        self.assertTrue(event["recurrence"].startswith("Every 2 weeks on Thursday until "), event["recurrence"])
        self.assertEqual((event["organizer"], event["guests"][0]["said"]), ("Ada", "accepted"))
        self.assertEqual((contact["name"], contact["emails"]), ("Ada Customer", ["ada@x.example"]))
        self.assertIn("plan.pdf", self.message.file_ids.mapped("name"))

    def test_an_invitation_that_comes_twice_is_listed_once(self):
        again = self.files["invite.ics"].copy(
            {"name": "Invitation.ics", "mimetype": "application/ics", "raw": INVITATION.replace(b"\r\n", b"\n")[:-1]}
        )
        other = again.copy({"raw": INVITATION.replace(b"Room 1", b"Room 2")})
        text = again.copy({"name": "copy.txt", "mimetype": "text/plain", "raw": INVITATION})
        # As a form asks for them.
        files = self.as_owner("ir.attachment").with_context(bin_size=True).search([("res_id", "=", self.message.id)])
        self.assertLessEqual(again | other | text, files.sudo())
        self.assertEqual(files.filtered("inbox_is_repeated").ids, again.ids)
        shown = self.get(f"/concord_inbox/print?ids={self.message.id}").text
        self.assertIn("invite.ics", shown)
        self.assertEqual(shown.count("Invitation.ics"), 1)  # the one that says something else
        answer = self.get(f"/concord_inbox/message/{self.message.id}/files.zip")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            self.assertLessEqual({"invite.ics", "Invitation.ics", "Invitation (2).ics"}, set(archive.namelist()))
        # Within an attached email.
        parts = [
            b"Content-Type: %s\r\n\r\n%s" % (kind, INVITATION)
            for kind in (b"text/plain", b"text/calendar; method=REQUEST", b"application/ics; name=visit.ics")
        ]
        head = b"From: a@x.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        self.files["inner.eml"].raw = head + b"".join(b"--b\r\n%s\r\n" % part for part in parts) + b"--b--\r\n"
        inner = self.as_owner().attached_email(self.files["inner.eml"].id)
        self.assertEqual([one["name"] for one in inner["files"]], ["invite.ics"])

    def test_emails_of_earlier_versions_show_nothing_wrong(self):
        """What was not known then is NULL until the email is read again."""
        self.env.cr.execute(
            "UPDATE inbox_message SET protection = NULL, content_unsubscribe = NULL, is_one_click = NULL, list_post = NULL"
            " WHERE id = %s", [self.message.id]
        )  # fmt: skip
        self.env.invalidate_all()
        form = self.as_owner().with_context(inbox_conversations=True).browse(self.message.id)
        fields = ("protection", "unsubscribe", "list_post", "has_remote_images", "is_sender_trusted")
        specification = {"thread_ids": {"fields": {name: {} for name in fields}}}
        [shown] = form.web_read(specification)[0]["thread_ids"]
        self.assertEqual({shown[name] for name in fields}, {False})
        self.assertEqual(self.get(f"/concord_inbox/message/{self.message.id}/body").status_code, 200)

    # ------------------------------------------------------------ what is quoted

    def test_what_was_written_into_a_quote_is_not_folded_away(self):
        asked = self.make_message(
            self.personal, self.records["personal folder"], self.env["res.partner"],
            conversation_id=self.message.conversation_id.id, date="2026-01-01 00:00:00", message_id="<asked@x>",
            body_text="Dear Ben,\nwill you come?\nHow many lamps?\n",
        )["message"]  # fmt: skip
        self.message.message_id = "<answered@x>"
        head = "Hello\n\n-----Original Message-----\nFrom: Anna\nSent: Monday\nSubject: Lamps\n\n"
        url = f"/concord_inbox/message/{self.message.id}/body"
        for quoted, is_folded in (
            ("Dear Ben,\nwill you come?\nHow many lamps?\n", True),
            ("Dear Ben,\nwill you come?\nYes.\nHow many lamps?\n", False),
        ):
            self.message.body_text = head + quoted
            self.assertEqual("<details" in self.get(url).text, is_folded)
        # Those that came later, or answer it though their clocks are wrong, have its words from it.
        for values in (
            {"date": "2026-01-03 00:00:00"},
            {"date": "2026-01-01 01:00:00", "header_references": "<asked@x> <answered@x>"},
            {"date": "2026-01-02 03:04:05", "message_id": "<answered@x>"},
        ):
            self.make_message(
                self.personal, self.records["personal folder"], self.env["res.partner"],
                conversation_id=self.message.conversation_id.id, body_text=head + quoted, **values,
            )  # fmt: skip
        self.assertNotIn("<details", self.get(url).text)
        # A draft is shown as any other, but for its signature.
        self.message.write({"state": "draft", "body_text": "Hello\n-- \nBen\n"})
        self.assertNotIn("<details", self.get(url).text)
        self.message.write({"body_text": head + asked.body_text})
        self.assertIn("<details", self.get(url).text)

    def test_only_what_one_may_read_tells_what_is_quoted(self):
        """Whoever sees an email on a contact's page does not learn from it what another one says."""
        message = self.records["personal linked message"]
        earlier = self.make_message(
            self.personal, self.records["personal folder"], self.env["res.partner"],
            conversation_id=message.conversation_id.id, date="2026-01-01 00:00:00", body_text="qsecretq",
        )["message"]  # fmt: skip
        self.assertEqual(list(message.with_user(self.owner)._quotable()), [("", "qsecretq")])
        self.assertEqual(list(message.with_user(self.users["employee"])._quotable()), [])
        earlier.partner_ids = self.customer
        self.assertEqual(list(message.with_user(self.users["employee"])._quotable()), [("", "qsecretq")])
        self.personal.record_visibility = "subject"
        self.env["inbox.message"]._follow_account(self.personal)
        self.env.invalidate_all()
        self.assertEqual(list(message.with_user(self.users["employee"])._quotable()), [])

    def test_answers_to_invitations(self):
        reply = INVITATION.replace(b"REQUEST", b"REPLY")
        self.files["invite.ics"].raw = reply
        self.assertEqual(self.as_owner().browse(self.message.id).file_cards()[0]["badge"], "Ben accepts")
        self.files["invite.ics"].raw = INVITATION.replace(b"REQUEST", b"CANCEL")
        self.assertEqual(self.as_owner().browse(self.message.id).file_cards()[0]["badge"], "Cancelled")

    def test_an_invitation_is_answered_by_whom_it_is_for(self):
        invited = INVITATION.replace(b"mailto:b@x.example", b"mailto:Owner@northlight.example")
        file = self.files["invite.ics"]
        mine = self.as_owner().browse(self.message.id)
        self.assertFalse(mine.file_cards()[0]["can_answer"])  # somebody else is invited
        with self.assertRaises(UserError):
            mine.action_answer_invitation(file.id, "1", "accepted")
        file.raw = invited
        card = mine.file_cards()[0]
        self.assertTrue(card["can_answer"])
        action = mine.action_answer_invitation(card["attachment_id"], card["uid"], "declined")
        draft = self.env["inbox.message"].browse(action["params"]["draft_id"])
        self.assertEqual((draft.state, draft.answers_id), ("draft", self.message))
        self.assertEqual(draft.conversation_id, self.message.conversation_id)
        self.assertEqual(draft.to_display, "Ada <ada@x.example>")
        self.assertEqual(draft.identity_id.email_normalized, "owner@northlight.example")
        self.assertEqual(draft.subject, "Declined: Visit")
        self.assertIn(b"ATTENDEE;PARTSTAT=DECLINED;CN=Ben:mailto:Owner@northlight.example", draft.file_ids.raw)
        self.assertIn(b"METHOD:REPLY", draft.file_ids.raw)
        self.assertFalse(mine.file_cards()[0]["answered"])
        draft.state = "sent"
        self.assertEqual(mine.file_cards()[0]["answered"], "You answered: declined")
        for wrong in (
            (file.id, "2", "accepted"),
            (file.id, "1", "maybe"),
            (self.files["plan.pdf"].id, "1", "accepted"),
        ):
            with self.assertRaises(UserError):
                mine.action_answer_invitation(*wrong)
        file.raw = invited.replace(b"REQUEST", b"CANCEL")
        self.assertFalse(mine.file_cards()[0]["can_answer"])

    def test_nobody_answers_for_somebody_else(self):
        """Those neither who may not see the email, nor those who see it on a contact's page."""
        linked = self.records["personal linked message"]
        invited = INVITATION.replace(b"mailto:b@x.example", b"mailto:owner@northlight.example")
        file = self.files["invite.ics"].copy({"raw": invited, "res_id": linked.id})
        colleague = linked.with_user(self.users["employee"])
        self.assertFalse(colleague.file_cards()[0]["can_answer"])
        before = self.env["inbox.message"].search_count([])
        for name in ("employee", "manager", *OUTSIDERS):
            with self.assertRaises(AccessError):
                linked.with_user(self.users[name]).action_answer_invitation(file.id, "1", "accepted")
        self.assertEqual(self.env["inbox.message"].search_count([]), before)
        # Nor by a file of another email.
        self.files["invite.ics"].raw = invited
        with self.assertRaises(UserError):
            linked.with_user(self.owner).action_answer_invitation(self.files["invite.ics"].id, "1", "accepted")

    def test_attached_emails(self):
        inner = self.files["inner.eml"].id
        found = self.as_owner().attached_email(inner)
        self.assertEqual((found["subject"], found["from"]), ("Inner", "Ben <ben@x.example>"))
        self.assertEqual((found["files"][0]["name"], found["files"][0]["is_email"]), ("evil.html", False))
        number = next(one["number"] for one in found["files"] if one["is_email"])
        self.assertEqual(self.as_owner().attached_email(inner, [number])["subject"], "Innermost")
        answer = self.get(f"/concord_inbox/attached/{inner}/body")
        self.assertNotIn("<script", answer.text)
        self.assertNotIn("x.example/a.png", answer.text)
        self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
        self.assertIn("x.example/a.png", self.get(f"/concord_inbox/attached/{inner}/body?images=1").text)
        file = self.get(f"/concord_inbox/attached/{inner}/file/0")
        self.assertEqual(file.headers["Content-Type"], "application/octet-stream")
        self.assertIn("attachment", file.headers["Content-Disposition"])
        for wrong in ("body?at=9", "body?at=0", "body?at=x", "file/99"):
            self.assertEqual(self.get(f"/concord_inbox/attached/{inner}/{wrong}").status_code, 404)
        with self.assertRaises(UserError):
            self.as_owner().attached_email(self.files["plan.pdf"].id)

    def test_only_files_of_emails_are_opened_as_emails(self):
        elsewhere = self.env["ir.attachment"].create({"name": "x.eml", "raw": ATTACHED, "mimetype": "message/rfc822"})
        with self.assertRaises(AccessError):
            self.as_owner().attached_email(elsewhere.id)

    def test_printing(self):
        shown = self.get(f"/concord_inbox/print?ids={self.message.id}")
        self.assertIn("Grüße / all", shown.text)
        self.assertIn("evil.html", shown.text)
        self.assertIn("&gt; old", shown.text)
        self.assertNotIn("<details", shown.text)
        policy = shown.headers["Content-Security-Policy"]
        self.assertIn("allow-modals", policy)
        self.assertNotIn("allow-scripts", policy)
        self.assertNotIn("script-src", policy)
        # One that is not the user's own spoils the whole page.
        foreign = self.records["shared unlinked message"].id
        self.assertEqual(self.get(f"/concord_inbox/print?ids={self.message.id},{foreign}").status_code, 404)
        for wrong in ("", "?ids=x", "?ids=1,,2", f"?ids={2**31 - 1}"):
            self.assertEqual(self.get(f"/concord_inbox/print{wrong}").status_code, 404)
