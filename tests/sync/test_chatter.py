"""What users write in documents goes out through their accounts, and the answers come back: real servers both ways."""

from datetime import timedelta
from unittest.mock import patch

from markupsafe import Markup
from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from tests.servers.provider import deliver
from tests.servers.submission import Incident

from .common import PASSWORD, email
from .sending import SendCase
from .test_reports import report

ADA, BOB, EVE = "ada@customer.example", "bob@customer.example", "eve@stranger.example"
WRITER = "writer@northlight.example"


class ChatterCase(SendCase):
    """`writer` has an account, sends from documents through it, and writes to Ada in the chatter of `deal`."""

    def setUp(self):
        super().setUp()
        self.writer = self.account.user_id
        self.writer.with_user(self.writer).inbox_sends_chatter = True
        self.ada = self.env["res.partner"].create({"name": "Ada Customer", "email": ADA})
        self.bob = self.env["res.partner"].create({"name": "Bob Customer", "email": BOB})
        self.deal = self.env["crm.lead"].create(
            {"name": "Chairs", "type": "opportunity", "partner_id": self.ada.id, "user_id": self.writer.id}
        )
        self.env.flush_all()

    def sending(self, port=None):
        owner = {"account_type": "personal", "user_id": self.make_user("writer").id, "email": WRITER}
        return {**super().sending(port), **owner}

    def make_user(self, name, groups=("concord_inbox.group_inbox_user", "sales_team.group_sale_salesman_all_leads")):
        return (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": name.title(),
                    "login": f"{name}_chatter_test",
                    "email": f"{name}@northlight.example",
                    "group_ids": [(6, 0, [self.env.ref(group).id for group in groups])],
                }
            )
        )

    def second_account(self, name="second", **values):
        """Another mailbox on the same server, connected and synchronised, of a colleague."""
        self.server.add_user(f"{name}.{self.mail_user}", PASSWORD)
        account = self.connect(
            username=f"{name}.{self.mail_user}",
            email=f"{name}@northlight.example",
            **{**super().sending(), **values},
        )
        self.sync(account)
        return account

    def write(self, text="Our offer", partners=None, user=None, **values):
        """Post in the chatter, as the window does."""
        message = self.deal.with_user(user or self.writer).message_post(
            body=Markup("<p>%s</p>") % text,
            message_type="comment",
            subtype_xmlid=values.pop("subtype_xmlid", "mail.mt_comment"),
            partner_ids=(self.ada if partners is None else partners).ids,
            **values,
        )
        self.env.flush_all()
        return message

    def rows(self, message):
        return self.env["inbox.message"].search([("chatter_message_id", "=", message.id)])

    def answer(self, to, *, sender=f"Ada Customer <{ADA}>", message_id="<answer@customer.example>", **values):
        headers = [f"In-Reply-To: {to}", f"References: {to}", *values.pop("headers", ())]
        return email("Re: Chairs", sender=sender, to=WRITER, message_id=message_id, headers=headers, **values)

    def comes(self, source, account=None, folder=None):
        account = account or self.account
        if folder:
            self.server.append(account.username, folder, [source])
        else:
            deliver(self.server, ADA, account.username, source)
        self.sync(account)

    def post_answers(self):
        self.env["inbox.message"]._cron_post_answers()
        self.env.invalidate_all()

    def posted(self):
        """What came to the document by email."""
        return self.env["mail.message"].search(
            [("model", "=", "crm.lead"), ("res_id", "=", self.deal.id), ("message_type", "=", "email")], order="id"
        )

    def status(self, message):
        return {
            one.res_partner_id or one.mail_email_address: (one.notification_status, one.failure_type or "")
            for one in message.notification_ids
        }


@tagged("post_install", "-at_install")
class TestChatterSends(ChatterCase):
    def test_through_the_account_and_into_sent(self):
        message = self.write(attachments=[("offer.txt", b"Ten chairs")])
        row = self.rows(message)
        self.assertEqual((row.state, row.account_id, row.author_id), ("outgoing", self.account, self.writer))
        self.assertEqual(self.status(message), {self.ada: ("ready", "")})
        self.send()
        [(recipients, source)] = self.received()
        self.assertEqual(recipients, [ADA])
        self.assertIn(f"From: Writer <{WRITER}>\r\n".encode(), source)
        self.assertIn(f"Message-ID: {message.message_id}\r\n".encode(), source)
        self.assertNotIn(b"\r\nReply-To:", source)
        self.assertNotIn(b"In-Reply-To:", source)  # people outside have seen nothing before
        self.assertNotIn(b"X-Msg-To-Add", source)
        self.assertNotIn(b"Return-Path", source)
        self.assertIn(b"filename=offer.txt", source)
        self.assertIn(b"Our offer", source)
        self.assertEqual(self.status(message), {self.ada: ("sent", "")})
        self.assertFalse(self.env["mail.mail"].search([("mail_message_id", "=", message.id)]))
        self.sync(self.account)
        [(copy, _flags)] = self.on_server("Sent")
        self.assertEqual(copy, source)
        self.assertEqual(self.messages(self.account, "Sent"), row)
        self.assertEqual(row.state, "sent")
        self.assertEqual(row.conversation_id.link_ids.mapped("res_id"), [self.deal.id])
        # Nothing is left that would send it again.
        self.env["mail.mail"].process_email_queue()
        self.assertEqual(self.send(), 0)
        self.assertEqual(len(self.received()), 1)

    def test_one_email_to_all(self):
        message = self.write(partners=self.ada | self.bob)
        self.send()
        sent = self.received()
        self.assertEqual({one for recipients, _source in sent for one in recipients}, {ADA, BOB})
        self.assertEqual(self.status(message), {self.ada: ("sent", ""), self.bob: ("sent", "")})
        # One, but where the texts hold a link for one person alone.
        ids = self.rows(message).mapped("message_id")
        self.assertEqual(len(ids), len(set(ids)))
        self.assertIn(message.message_id, ids)

    def test_links_for_one_person_are_told_to_nobody_else(self):
        """Several emails of one message have a Message-ID each, and name Odoo's."""
        message = self.write(partners=self.ada | self.bob)
        self.env["inbox.message"].search([("chatter_message_id", "=", message.id)]).unlink()
        mail = self.env["mail.mail"].create(
            {
                "mail_message_id": message.id,
                "body_html": "<p>x</p>",
                "recipient_ids": [(6, 0, (self.ada | self.bob).ids)],
            }
        )
        type_ = type(mail)
        prepare = type_._prepare_outgoing_list

        def personal(self, *args, **kwargs):
            return [
                {**one, "body": f"<p>For {number}</p>"} for number, one in enumerate(prepare(self, *args, **kwargs))
            ]

        with patch.object(type_, "_prepare_outgoing_list", personal):
            mail.send()
        rows = self.rows(message).sorted("id")
        self.assertEqual(len(rows), 2)
        self.assertEqual(rows[0].message_id, message.message_id)
        self.assertNotEqual(rows[1].message_id, message.message_id)
        self.assertIn(message.message_id, rows[1].header_references)
        self.send()
        self.assertEqual(len(self.received()), 2)
        self.assertEqual(mail.exists().state or "sent", "sent")

    def test_from_the_full_composer(self):
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.writer)
            .create(
                {
                    "model": "crm.lead",
                    "res_ids": repr(self.deal.ids),
                    "composition_mode": "comment",
                    "subject": "Ten chairs",
                    "body": "<p>As we said</p>",
                    "partner_ids": [(6, 0, self.ada.ids)],
                    "attachment_ids": [(0, 0, {"name": "list.txt", "raw": b"a,b"})],
                }
            )
        )
        composer.action_send_mail()
        self.send()
        [(recipients, source)] = self.received()
        self.assertEqual(recipients, [ADA])
        self.assertIn(b"Subject: Ten chairs\r\n", source)
        self.assertIn(b"As we said", source)
        self.assertIn(b"filename=list.txt", source)
        self.assertIn(f"From: Writer <{WRITER}>\r\n".encode(), source)

    def test_to_many_documents_at_once_it_goes_odoos_way(self):
        deals = self.deal | self.deal.copy()
        composer = self.env["mail.compose.message"].with_user(self.writer)
        composer.create(
            {
                "model": "crm.lead",
                "res_ids": repr(deals.ids),
                "composition_mode": "mass_mail",
                "subject": "News",
                "body": "<p>News</p>",
            }
        )._action_send_mail()
        self.assertEqual(self.send(), 0)

    def test_what_is_scheduled_in_the_composer(self):
        composer = self.env["mail.compose.message"].with_user(self.writer)
        composer.create(
            {
                "model": "crm.lead",
                "res_ids": repr(self.deal.ids),
                "composition_mode": "comment",
                "body": "<p>Later</p>",
                "scheduled_date": str(fields.Datetime.now() + timedelta(hours=1)),
                "partner_ids": [(6, 0, self.ada.ids)],
            }
        ).action_schedule_message()
        self.assertEqual(self.send(), 0)
        later = self.env["mail.scheduled.message"].search([("res_id", "=", self.deal.id)])
        later.with_user(self.writer).post_message()
        self.send()
        self.assertEqual([recipients for recipients, _source in self.received()], [[ADA]])

    def test_so_many_that_they_do_not_see_one_another(self):
        people = self.env["res.partner"].create(
            [{"name": f"C{number}", "email": f"c{number}@customer.example"} for number in range(50)]
        )
        rows = self.rows(self.write(partners=people))
        self.assertEqual(len(rows), 50)
        self.assertEqual({len(one.participant_ids.filtered(lambda person: person.role == "to")) for one in rows}, {1})
        self.assertEqual(len(set(rows.mapped("message_id"))), 50)

    def test_switched_off_it_goes_odoos_way(self):
        self.writer.with_user(self.writer).inbox_sends_chatter = False
        message = self.write()
        self.assertFalse(self.rows(message))
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        self.assertEqual(mail.state, "outgoing")

    def test_forbidden_it_goes_odoos_way(self):
        self.env["res.config.settings"].create({"inbox_allow_chatter": False}).execute()
        self.assertFalse(self.writer.with_user(self.writer).inbox_may_send_chatter)
        self.assertFalse(self.rows(self.write()))
        self.env["res.config.settings"].create({"inbox_allow_chatter": True}).execute()
        self.assertTrue(self.rows(self.write()))

    def test_without_a_connected_account_it_goes_odoos_way(self):
        self.account._pause("archived")
        self.assertFalse(self.rows(self.write()))

    def test_what_others_write_goes_odoos_way(self):
        other = self.make_user("other")
        self.assertFalse(self.rows(self.write(user=other)))
        # Nor does anybody write as somebody else.
        self.assertFalse(self.rows(self.write(user=other, author_id=self.writer.partner_id.id)))

    def test_notes_and_colleagues_are_odoos(self):
        colleague = self.make_user("colleague").partner_id
        self.assertFalse(self.rows(self.write(subtype_xmlid="mail.mt_note")))
        self.assertFalse(self.rows(self.write(partners=colleague)))
        self.assertEqual(self.rows(self.write(partners=colleague | self.ada)).participant_ids.mapped("email").count(
            "colleague@northlight.example"), 0)  # fmt: skip

    def test_a_failure_is_shown(self):
        self.submission.refused_text = "554 5.7.1 no chairs here"
        message = self.write()
        self.send()
        self.assertEqual(self.rows(message).state, "failed")
        self.assertEqual(self.status(message), {self.ada: ("exception", "unknown")})
        self.assertIn("no chairs here", message.notification_ids.failure_reason)
        # Sent again by its writer, it is not shown any more.
        self.submission.refused_text = ""
        row = self.rows(message).with_user(self.writer)
        row.action_send_again()
        row.action_send()
        self.send()
        self.assertEqual(self.status(message), {self.ada: ("sent", "")})

    def test_some_are_refused(self):
        self.submission.refused_recipients = {BOB: "550 5.1.1 no such user"}
        message = self.write(partners=self.ada | self.bob)
        self.send()
        self.assertEqual(self.status(message), {self.ada: ("sent", ""), self.bob: ("exception", "mail_email_invalid")})

    def test_an_address_that_is_none(self):
        self.ada.email = "nobody"
        message = self.write()
        self.assertFalse(self.rows(message))
        self.assertEqual(self.status(message)[self.ada][0], "exception")

    def test_thrown_away_it_is_cancelled(self):
        message = self.write()
        self.rows(message).with_user(self.writer).action_trash()
        self.assertEqual(self.status(message), {self.ada: ("canceled", "")})
        self.assertEqual(self.send(), 0)

    def test_deleted_it_is_cancelled(self):
        message = self.write()
        self.rows(message).unlink()
        self.assertEqual(self.status(message), {self.ada: ("canceled", "")})

    def test_perhaps_sent(self):
        """Nobody knows: that is shown, nothing is sent again by itself, and the writer's word settles it."""
        self.submission.incidents = [Incident("END", "cut")]
        message = self.write()
        self.send()
        row = self.rows(message)
        self.assertEqual((row.state, row.is_doubtful), ("failed", True))
        self.assertEqual(self.status(message), {self.ada: ("exception", "unknown")})
        self.env["mail.mail"].process_email_queue()
        self.assertEqual(self.send(), 0)
        row.with_user(self.writer).action_mark_as_sent()
        self.assertEqual(self.status(message), {self.ada: ("sent", "")})

    def test_it_comes_back(self):
        message = self.write(partners=self.ada | self.bob)
        self.send()
        self.sync(self.account)
        for source in [source for recipients, source in self.received() if ADA in recipients]:
            deliver(self.server, "", self.mail_user, report(source, ADA))
        self.sync(self.account)
        self.assertEqual(self.status(message), {self.ada: ("bounce", "mail_bounce"), self.bob: ("sent", "")})
        self.post_answers()
        self.assertFalse(self.posted())

    def test_what_it_belongs_to_is_not_for_reading(self):
        row = self.rows(self.write())
        for name in ("chatter_mail_id", "chatter_message_id", "answers_chatter_id"):
            for user in (self.writer, self.env.ref("base.user_admin")):
                with self.subTest(name=name, user=user.login), self.assertRaises(AccessError):
                    row.with_user(user).read([name])

    def test_a_personal_mail_server_does_not_matter(self):
        self.env["ir.mail_server"].create(
            {
                "name": "Own",
                "smtp_host": "127.0.0.1",
                "from_filter": self.writer.email,
                "smtp_user": self.writer.email,
                "owner_user_id": self.writer.id,
            }
        )
        message = self.write()
        self.assertTrue(self.rows(message))
        self.send()
        self.assertEqual(len(self.received()), 1)

    def test_the_identity_that_was_chosen(self):
        alias = self.env["inbox.identity"].create(
            {"account_id": self.account.id, "name": "Chairs", "email": "chairs@northlight.example"}
        )
        self.writer.with_user(self.writer).inbox_chatter_identity_id = alias.with_user(self.writer)
        self.write()
        self.send()
        self.assertIn(b"From: Chairs <chairs@northlight.example>\r\n", self.received()[0][1])

    def test_the_identity_that_was_chosen_cannot_be_used(self):
        """It is not replaced by another: nobody shall be written to from an address that was not meant."""
        other = self.second_account("second", account_type="personal", user_id=self.writer.id)
        self.writer.with_user(self.writer).inbox_chatter_identity_id = other._identity().id
        other._pause("archived")
        self.assertFalse(self.rows(self.write()))


@tagged("post_install", "-at_install")
class TestChatterChoice(ChatterCase):
    def test_everybody_decides_for_themselves(self):
        other = self.make_user("other")
        for user in (other, self.env.ref("base.user_admin")):
            mine = self.writer.with_user(user)
            self.assertFalse(mine.sudo().with_user(user).inbox_sends_chatter)
            with self.assertRaises(AccessError):
                mine.inbox_sends_chatter = False
                self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(self.writer.with_user(self.writer).inbox_sends_chatter)

    def test_no_identity_of_others(self):
        other = self.make_user("other")
        identity = self.account._identity()
        self.assertFalse(other.with_user(other).inbox_chatter_choice_ids)
        self.assertFalse(other.with_user(other).inbox_may_send_chatter)
        with self.assertRaises(AccessError):
            other.with_user(other).inbox_chatter_identity_id = identity.id
        # Not by the row of settings, either.
        settings = self.env["res.users.settings"]._find_or_create_for_user(other).with_user(other).sudo(False)
        with self.assertRaises(AccessError):
            settings.inbox_chatter_identity_id = identity.id
        settings.sudo().write({"inbox_sends_chatter": True, "inbox_chatter_identity_id": identity.id})
        self.assertFalse(other._inbox_chatter_identity())
        self.assertFalse(self.rows(self.write(user=other)))

    def test_offered_in_the_preferences(self):
        view = self.env.ref("base.view_users_form_simple_modif")
        identity = self.account._identity()
        with Form(self.writer.with_user(self.writer), view) as form:
            form.inbox_sends_chatter = False
            form.inbox_sends_chatter = True
            form.inbox_chatter_identity_id = identity.with_user(self.writer)
        self.env.invalidate_all()
        settings = self.writer.sudo().res_users_settings_id
        self.assertEqual((settings.inbox_sends_chatter, settings.inbox_chatter_identity_id), (True, identity))
        arch = self.env["res.users"].with_user(self.writer).get_view(view.id, "form")["arch"]
        self.assertIn("inbox_sends_chatter", arch)
        employee = self.make_user("employee", ("base.group_user",))
        arch = self.env["res.users"].with_user(employee).get_view(view.id, "form")["arch"]
        self.assertNotIn("inbox_sends_chatter", arch)
        self.assertTrue(employee.with_user(employee).res_users_settings_id._res_users_settings_format())
        self.assertTrue(self.writer.with_user(self.writer).res_users_settings_id._res_users_settings_format())


@tagged("post_install", "-at_install")
class TestChatterAnswers(ChatterCase):
    def setUp(self):
        super().setUp()
        self.message = self.write()
        self.send()
        self.sync(self.account)
        self.sent = len(self.received())

    def test_to_the_document_and_the_inbox(self):
        self.comes(self.answer(self.message.message_id, body="Ten, please"))
        row = self.messages(self.account, "INBOX")
        self.assertEqual(row.conversation_id, self.rows(self.message).conversation_id)
        self.post_answers()
        answer = self.posted()
        self.assertEqual((answer.author_id, answer.message_id), (self.ada, "<answer@customer.example>"))
        self.assertIn("Ten, please", answer.body)
        self.assertEqual(answer.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertEqual(answer.parent_id, self.message)
        self.assertFalse(answer.notification_ids.filtered(lambda one: one.res_partner_id.partner_share))
        # Nothing goes out because of it.
        self.assertFalse(self.env["mail.mail"].search([("mail_message_id", "=", answer.id)]))
        self.assertEqual(self.send(), 0)
        self.assertEqual(len(self.received()), self.sent)
        # And it is posted once, whatever happens to the email.
        self.post_answers()
        self.account.folder_ids.cursor = False
        self.sync(self.account)
        self.post_answers()
        self.assertEqual(len(self.posted()), 1)

    def test_with_files(self):
        boundary = (
            "--=b\r\nContent-Type: text/html\r\n\r\n<p>See <b>this</b></p>"
            '<blockquote type="cite">Our offer</blockquote>'
            "<script>alert(1)</script>\r\n"
            '--=b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename="list.csv"\r\n\r\n'
            "a,b\r\n--=b--"
        )
        kind = ["MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="=b"']
        self.comes(self.answer(self.message.message_id, body=boundary, headers=kind))
        self.post_answers()
        answer = self.posted()
        self.assertEqual(answer.attachment_ids.mapped("name"), ["list.csv"])
        self.assertEqual(answer.attachment_ids.raw.strip(), b"a,b")
        self.assertIn("<b>this</b>", answer.body)
        self.assertNotIn("script", answer.body)

    def test_in_another_account_and_in_both(self):
        other = self.second_account()
        source = self.answer(self.message.message_id)
        self.comes(source, other)
        self.post_answers()
        self.assertEqual(len(self.posted()), 1)
        self.comes(source)
        self.post_answers()
        self.assertEqual(len(self.posted()), 1)
        again = self.answer(self.message.message_id, message_id="<again@customer.example>")
        self.comes(again, other)
        self.comes(again)
        self.post_answers()
        self.assertEqual(len(self.posted()), 2)

    def test_beside_odoos_own_gateway(self):
        source = self.answer(self.message.message_id)
        self.env["mail.thread"].message_process("crm.lead", source)
        self.assertEqual(len(self.posted()), 1)
        self.comes(source)
        self.post_answers()
        self.assertEqual(len(self.posted()), 1)
        again = self.answer(self.message.message_id, message_id="<again@customer.example>")
        self.comes(again)
        self.post_answers()
        self.env["mail.thread"].message_process("crm.lead", again)
        self.assertEqual(len(self.posted()), 2)

    def test_an_answer_to_an_answer(self):
        self.comes(self.answer(self.message.message_id))
        self.post_answers()
        more = [f"References: {self.message.message_id} <mine@northlight.example>"]
        self.comes(
            email(
                "Re: Re: Chairs",
                to=WRITER,
                message_id="<third@customer.example>",
                headers=["In-Reply-To: <mine@northlight.example>", *more],
            )
        )
        self.post_answers()
        self.assertEqual(self.posted().mapped("message_id"), ["<answer@customer.example>", "<third@customer.example>"])

    def test_what_is_nobodys_answer(self):
        named = self.message.message_id
        self.comes(self.answer(named, message_id="<1@x.example>", headers=["Auto-Submitted: auto-replied"]))
        self.comes(self.answer(named, message_id="<2@x.example>", headers=["Precedence: bulk"]))
        self.comes(self.answer(named, message_id="<3@x.example>"), folder="Junk")
        self.comes(self.answer(named, message_id="<4@x.example>"), folder="Trash")
        self.comes(self.answer(named, message_id="<5@x.example>", sender=f"Writer <{WRITER}>"))
        self.comes(self.answer("<other@customer.example>", message_id="<6@x.example>"))
        self.comes(self.received()[0][1])  # our own email comes in, by a list for one
        self.post_answers()
        self.assertFalse(self.posted())
        self.assertFalse(self.env["inbox.message"].search([("answers_chatter_id", "!=", False)]))

    def test_a_stranger_who_knows_the_message_id(self):
        self.comes(self.answer(self.message.message_id, sender=f"Eve <{EVE}>"))
        self.post_answers()
        self.assertFalse(self.posted())
        self.assertIn(EVE, "".join(self.messages(self.account, "INBOX").mapped("email_from")))
        # One who has to do with the deal may.
        eve = self.env["res.partner"].create({"name": "Eve", "email": EVE})
        self.deal.message_subscribe(eve.ids)
        self.comes(self.answer(self.message.message_id, sender=f"Eve <{EVE}>", message_id="<eve@x.example>"))
        self.post_answers()
        self.assertEqual(self.posted().author_id, eve)

    def test_only_what_was_sent_through_an_account_is_answered(self):
        """A Message-ID of Odoo's, a note's for one, opens nothing."""
        note = self.write("Between us", subtype_xmlid="mail.mt_note", partners=self.env["res.partner"])
        self.writer.with_user(self.writer).inbox_sends_chatter = False
        plain = self.write("Odoo's way")
        for number, message in enumerate((note, plain)):
            self.comes(self.answer(message.message_id, message_id=f"<{number}@x.example>"))
        self.post_answers()
        self.assertFalse(self.posted())

    def test_a_private_conversation(self):
        self.rows(self.message).conversation_id.visibility = "private"
        self.comes(self.answer(self.message.message_id))
        self.post_answers()
        self.assertFalse(self.posted())

    def test_what_a_colleague_hides_stays_hidden(self):
        owner = self.make_user("owner")
        other = self.second_account("owner", account_type="personal", user_id=owner.id, record_visibility="nothing")
        self.comes(self.answer(self.message.message_id), other)
        self.post_answers()
        self.assertFalse(self.posted())

    def test_nobody_outside_is_told(self):
        self.deal.message_subscribe(self.bob.ids)
        follower = self.make_user("follower")
        self.deal.message_subscribe(follower.partner_id.ids)
        self.comes(self.answer(self.message.message_id))
        self.post_answers()
        self.assertEqual(self.posted().notification_ids.res_partner_id, follower.partner_id)

    def test_a_blocked_address(self):
        # The second one is blocked under any tag.
        for number, (name, sender) in enumerate((("customer.example", ADA), (ADA, ADA.replace("@", "+tag@")))):
            blocked = self.env["inbox.blocked.address"].create({"name": name, "user_id": False})
            self.ada.email = sender
            self.comes(self.answer(self.message.message_id, sender=sender, message_id=f"<{number}@blocked.example>"))
            self.post_answers()
            self.assertFalse(self.posted(), name)
            blocked.unlink()

    def test_a_document_that_is_gone(self):
        self.comes(self.answer(self.message.message_id))
        self.deal.unlink()
        self.post_answers()
        self.assertFalse(self.posted())
