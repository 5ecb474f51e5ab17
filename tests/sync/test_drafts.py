"""Drafts written here and in another mail program, both ways, on a real server."""

import email.policy
from email.parser import BytesParser

from odoo.tests import tagged

from .common import SyncCase
from .common import email as an_email
from .other_client import OtherClient


@tagged("post_install", "-at_install")
class DraftCase(SyncCase):
    def setUp(self):
        super().setUp()
        self.account = self.connect()
        self.sync(self.account)
        self.model = self.env["inbox.message"]
        self.other = OtherClient(self.server, self.mail_user)

    def begin(self, **values):
        return self.model.compose_begin({"account_id": self.account.id, **values})

    def save(self, draft, **values):
        """Save in the window; the time without a change passes."""
        answer = self.model.compose_save(draft["id"], values, draft["version"])
        draft["version"] = answer["version"]
        self.model.compose_close(draft["id"])
        return self.model.browse(draft["id"])

    def drafts_there(self):
        """What another program finds in the folder for drafts: parsed, with its flags."""
        client = self.client()
        client.select_folder("Drafts", readonly=True)
        rows = client.fetch(client.search("UNDELETED"), ["BODY.PEEK[]", "FLAGS"])
        parser = BytesParser(policy=email.policy.default)
        return [
            (parser.parsebytes(row[b"BODY[]"]), {flag.decode() for flag in row[b"FLAGS"]} - {"\\Recent"})
            for _uid, row in sorted(rows.items())
        ]

    def drafts_here(self):
        return self.messages(self.account, "Drafts").sorted("id")

    def replace_elsewhere(self, **values):
        """What mail programs do when a draft is changed there: the new one is added, then the old one deleted."""
        [(path, uid)] = [key for key in self.other.content() if key[0] == "Drafts"]
        self.append("Drafts", an_email(**values), flags=("\\Draft", "\\Seen"))
        self.other.delete(path, uid)


@tagged("post_install", "-at_install")
class TestWrittenHere(DraftCase):
    def test_one_draft_on_the_server_replaced_and_not_piled_up(self):
        draft = self.begin(to=["Ada <ada@customer.example>", "bob"], subject="Offer", body="<p>One</p>")
        for words in ("One", "Two", "Three"):
            message = self.save(draft, body=f"<p>{words}</p>", bcc=["secret@x.example"])
            self.sync(self.account)
            [(there, flags)] = self.drafts_there()
            self.assertEqual(flags, {"\\Draft", "\\Seen"})
            self.assertEqual(there["Subject"], "Offer")
            self.assertEqual(there["To"], "Ada <ada@customer.example>")
            self.assertEqual(there["Bcc"], "secret@x.example")
            self.assertIn(words, there.get_body(("html",)).get_content())
            self.assertEqual(self.drafts_here(), message)
            self.assertEqual(len(message.copy_ids), 1)
            self.assertFalse(message.put_after or message.is_changed or message.source)
        # What is no address yet is kept here.
        self.assertEqual([one["email"] for one in self.model.compose_open(draft["id"])["to"]][1:], ["bob"])
        before = self.snapshot(self.account)
        self.sync(self.account)
        self.assertEqual(self.snapshot(self.account), before)

    def test_not_at_every_keystroke(self):
        draft = self.begin(subject="Offer")
        self.model.compose_save(draft["id"], {"body": "<p>One</p>"}, draft["version"])
        self.assertEqual(self.drafts_here().ids, [draft["id"]])
        self.sync(self.account)
        self.assertFalse(self.drafts_there())
        self.assertTrue(self.model.browse(draft["id"]).put_after)

    def test_thrown_away(self):
        draft = self.begin(subject="Offer")
        self.save(draft, body="<p>One</p>")
        self.sync(self.account)
        self.assertEqual(len(self.drafts_there()), 1)
        self.model.compose_discard(draft["id"])
        self.sync(self.account)
        self.assertFalse(self.drafts_there())
        self.assertFalse(self.model.browse(draft["id"]).exists())
        self.assertFalse(self.drafts_here())

    def test_a_folder_that_is_not_followed(self):
        folder = self.folder(self.account, "Drafts")
        folder.write({"is_active": False, "cursor": False})
        draft = self.begin(subject="Offer")
        message = self.save(draft, body="<p>One</p>")
        self.sync(self.account)
        self.assertFalse(self.drafts_there())
        self.assertTrue(message.exists())
        self.assertFalse(message.put_after)
        self.assertTrue(message.is_in_inbox)

    def test_files_and_pictures(self):
        draft = self.begin(subject="Offer")
        picture = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
        message = self.model.browse(draft["id"])
        message._attach([("offer.txt", "text/plain", b"An offer")])
        self.save(draft, body=f'<p>See <img src="{picture}"></p>')
        self.sync(self.account)
        [(there, _flags)] = self.drafts_there()
        self.assertEqual([part.get_filename() for part in there.iter_attachments()], ["offer.txt"])
        [related] = [part for part in there.walk() if part.get_content_type() == "multipart/related"]
        text, image = related.iter_parts()
        html = text.get_body(("html",)).get_content()
        self.assertIn(f"cid:{image['Content-ID'].strip('<>')}", html)
        self.assertIn("/web/image/", self.model.compose_open(draft["id"])["body"])

    def test_to_another_account(self):
        self.server.add_user("second@northlight.example", "pässword")
        second = self.connect(email="second@northlight.example", username="second@northlight.example")
        self.sync(second)
        draft = self.begin(subject="Offer")
        self.save(draft, body="<p>One</p>")
        self.sync(self.account)
        self.assertEqual(len(self.drafts_there()), 1)
        message = self.save(draft, identity_id=second._identity().id)
        self.assertEqual(message.account_id, second)
        self.sync(self.account)
        self.sync(second)
        self.assertFalse(self.drafts_there())
        self.assertEqual(message.copy_ids.folder_id.account_id, second)
        self.assertEqual(self.messages(second, "Drafts"), message)
        self.assertFalse(self.messages(self.account))


@tagged("post_install", "-at_install")
class TestWrittenElsewhere(DraftCase):
    def test_opened_from_another_program(self):
        self.append("INBOX", an_email("Question", message_id="<question@there>"))
        source = an_email(
            "Re: Question",
            sender="Sales <sales@northlight.example>",
            to="Ada <ada@customer.example>",
            message_id="<theirs@there>",
            body="First line\r\nSecond line",
            headers=("In-Reply-To: <question@there>", "References: <older@there> <question@there>"),
        )
        self.append("Drafts", source, flags=("\\Draft",))
        self.sync(self.account)
        message = self.drafts_here()
        opened = self.model.compose_open(message.id)
        self.assertEqual([one["email"] for one in opened["to"]], ["ada@customer.example"])
        self.assertIn("Second line", opened["body"])
        self.assertEqual(opened["answers_id"], self.messages(self.account, "INBOX").id)
        self.save(opened, body=opened["body"] + "<p>Third line</p>")
        self.sync(self.account)
        [(there, _flags)] = self.drafts_there()
        self.assertIn("Third line", there.get_body(("html",)).get_content())
        self.assertEqual(there["In-Reply-To"], "<question@there>")
        self.assertEqual(there["References"].split(), ["<older@there>", "<question@there>"])
        self.assertEqual(self.drafts_here(), message)

    def test_deleted_there(self):
        draft = self.begin(subject="Offer")
        message = self.save(draft, body="<p>One</p>")
        self.sync(self.account)
        [(path, uid)] = self.other.content()
        self.other.delete(path, uid)
        self.sync(self.account)
        self.assertFalse(message.exists())

    def test_deleted_there_but_changed_here_since(self):
        draft = self.begin(subject="Offer")
        message = self.save(draft, body="<p>One</p>")
        self.sync(self.account)
        self.model.compose_save(draft["id"], {"body": "<p>Two</p>"}, draft["version"])
        [(path, uid)] = self.other.content()
        self.other.delete(path, uid)
        self.sync(self.account)
        self.assertTrue(message.exists())
        self.assertEqual(self.drafts_here(), message)
        self.model.compose_close(message.id)
        self.sync(self.account)
        [(there, _flags)] = self.drafts_there()
        self.assertIn("Two", there.get_body(("html",)).get_content())

    def test_changed_there_under_the_same_message_id(self):
        draft = self.begin(to=["ada@customer.example"], subject="Offer")
        message = self.save(draft, body="<p>One</p>")
        self.sync(self.account)
        self.replace_elsewhere(subject="Better offer", message_id=message.message_id, body="Theirs")
        self.sync(self.account)
        self.assertEqual(self.drafts_here(), message)
        opened = self.model.compose_open(message.id)
        self.assertEqual(opened["subject"], "Better offer")
        self.assertIn("Theirs", opened["body"])
        self.assertEqual(len(self.drafts_there()), 1)
        # Whoever has it open is told.
        with self.assertRaises(Exception) as refused:
            self.model.compose_save(draft["id"], {"subject": "Mine"}, draft["version"])
        self.assertEqual(refused.exception.context, {"conflict": "changed"})
        self.save(opened, subject="Best offer")
        self.sync(self.account)
        [(there, _flags)] = self.drafts_there()
        self.assertEqual(there["Subject"], "Best offer")

    def test_changed_there_under_another_message_id(self):
        draft = self.begin(subject="Offer")
        self.save(draft, body="<p>One</p>")
        self.sync(self.account)
        self.replace_elsewhere(subject="Better offer", message_id="<theirs@there>", body="Theirs")
        self.sync(self.account)
        self.assertEqual(self.drafts_here().mapped("subject"), ["Better offer"])

    def test_changed_on_both_sides(self):
        for message_id in ("the same", "<theirs@there>"):
            with self.subTest(message_id=message_id):
                draft = self.begin(subject="Offer")
                message = self.save(draft, body="<p>One</p>")
                self.sync(self.account)
                self.model.compose_save(draft["id"], {"body": "<p>Mine</p>"}, draft["version"])
                kept = message.message_id if message_id == "the same" else message_id
                self.replace_elsewhere(subject="Theirs", message_id=kept, body="Theirs")
                self.sync(self.account)
                self.model.compose_close(message.id)
                self.sync(self.account)
                # Neither is lost, here or there.
                self.assertEqual(sorted(self.drafts_here().mapped("subject")), ["Offer", "Theirs"])
                self.assertEqual(sorted(there["Subject"] for there, _flags in self.drafts_there()), ["Offer", "Theirs"])
                for one in self.drafts_here():
                    self.model.compose_discard(one.id)
                self.sync(self.account)
                self.assertFalse(self.drafts_there())
