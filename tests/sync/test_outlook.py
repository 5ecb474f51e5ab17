"""An Outlook account synchronised: what happens here reaches Graph, what happens there is known here, nothing twice."""

from contextlib import ExitStack
from datetime import timedelta

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from tests.servers.microsoft import Microsoft
from tests.servers.microsoft.web import drop

from .common import USER, email
from .sending import make_ready

ADA = "ada@customer.example"


@tagged("post_install", "-at_install")
class TestOutlook(TransactionCase):
    def setUp(self):
        super().setUp()
        from tests.adapters.outlook import NOW, Outlook

        self.enterContext(self.enter_registry_test_mode())
        self.env = api.Environment(self.enterContext(self.registry.cursor()), SUPERUSER_ID, {})
        self.service = self.enterContext(Microsoft())
        self.outlook = Outlook(self.service, self.enterContext(ExitStack()), USER)
        self.service.add_user(ADA)
        self.box = self.outlook.mailbox
        for number in range(6):
            self.box.add(
                email(f"N{number}", message_id=f"<{number}@x>"), received=NOW - timedelta(days=2, hours=number)
            )
        self.box.add(email("thrown away"), "deleteditems", received=NOW - timedelta(days=2))
        self.account = self.connect(NOW)
        self.sync()
        self.rows = {message.subject: message.id for message in self.messages()}

    def connect(self, now):
        """An account whose sign-in is the stand-in's token."""
        from odoo.addons.concord_inbox.adapters.base import Settings
        from odoo.addons.concord_inbox.sync import folders

        def settings(account):
            return Settings(USER, USER, tokens=self.outlook.tokens, api=self.service.url, timeout=5, last_patience=5)

        model = self.env["inbox.account"]
        self.patch(type(model), "_adapter_settings", settings)
        account = model.create({"email": USER, "account_type": "shared", "connection_type": "outlook"})
        adapter = self.outlook.adapter()
        folders.merge(account, adapter.folders(), adapter)
        now = now.replace(tzinfo=None)
        account.write({"state": "connected", "connected_at": now, "sync_since": now - timedelta(days=30)})
        account.folder_ids.is_active = True
        return account

    def sync(self, times=1):
        for _ in range(times):
            outcome = self.account._sync()[self.account.id]
            self.assertIsNone(outcome.error)
        self.env.invalidate_all()
        self.assertEqual(self.service.violations, [])

    def messages(self):
        return self.env["inbox.message"].search([("account_id", "=", self.account.id)])

    def assert_same(self):
        """The daily check finds no difference."""
        from odoo.addons.concord_inbox.sync import verify

        self.env.flush_all()
        report = verify.compare(self.account)
        self.assertTrue(report.is_same, report)

    def one(self, subject):
        return self.messages().filtered(lambda message: message.subject == subject)

    def here(self):
        """Subject -> paths of what the database holds."""
        return {message.subject: message.folder_ids.mapped("path") for message in self.messages()}

    def there(self, known):
        """Subjects of what a folder of the mailbox holds."""
        inside = self.box.inside(self.box.known(known).id)
        return sorted(message.values["subject"] for message in inside)

    def on_server(self, subject):
        return next(message for message in self.box.messages.values() if message.values["subject"] == subject)

    def test_the_original_can_be_looked_at(self):
        message = self.one("N1")
        self.assertIn("Message-ID: <1@x>", message.original_source()["text"])
        self.assertIn(["Subject", "N1"], message.original_headers())
        [there] = [one for one in self.box.inside(self.box.known("inbox").id) if b"<1@x>" in one.source]
        self.box.remove(there)
        with self.assertRaises(UserError):
            message.original_source()

    def test_the_first_look_leaves_out_what_was_thrown_away_and_the_next_finds_nothing(self):
        self.assertEqual(self.here(), {f"N{number}": ["Inbox"] for number in range(6)})
        self.service.requests.clear()
        self.sync()
        self.assertEqual(len(self.service.requests), 1 + len(self.account.folder_ids))

    def test_what_is_done_here_reaches_the_mailbox(self):
        self.one("N0").action_mark_read()
        self.one("N1").action_star()
        self.one("N2").action_archive_email()
        self.one("N3").action_trash()
        self.sync(2)
        self.assertTrue(self.on_server("N0").values["isRead"])
        self.assertEqual(self.on_server("N1").values["flag"]["flagStatus"], "flagged")
        self.assertEqual((self.there("archive"), self.there("deleteditems")), (["N2"], ["N3", "thrown away"]))
        self.one("N3").action_move(self.one("N0").folder_ids)
        self.sync(2)
        self.one("N4").action_delete()
        self.sync(2)
        self.assertEqual(self.there("inbox"), ["N0", "N1", "N3", "N5"])
        self.assertFalse(self.there("recoverableitemsdeletions"))
        self.assertEqual({message.subject: message.id for message in self.messages()} | self.rows, self.rows)
        self.assertFalse(any(self.messages().mapped("is_changed")))
        self.assert_same()

    def test_what_is_done_there_keeps_the_rows_of_the_emails(self):
        self.box.move(self.on_server("N0"), self.box.known("archive"))
        self.box.move(self.on_server("N1"), self.box.known("deleteditems"))
        self.box.remove(self.on_server("N2"))
        self.on_server("N3").values["isRead"] = True
        self.box.touch(self.on_server("N3"))
        self.sync(2)
        rows = {message.subject: message.id for message in self.messages()}
        self.assertEqual(rows, {subject: row for subject, row in self.rows.items() if subject != "N2"})
        self.assertEqual((self.here()["N0"], self.here()["N1"]), (["Archive"], ["Deleted Items"]))
        self.assertTrue(self.one("N3").is_read)
        self.assert_same()

    def test_what_the_database_lost_is_mended(self):
        from odoo.addons.concord_inbox.sync import repair

        self.one("N0").copy_ids.unlink()
        self.one("N1").copy_ids.seen = True
        self.env.flush_all()
        repaired = repair.run(self.account)
        self.env.invalidate_all()
        self.assertEqual((repaired.found.count, repaired.left.is_same), (2, True))
        self.assertEqual(self.here()["N0"], ["Inbox"])
        self.assertEqual({message.subject: message.id for message in self.messages()}, self.rows)
        self.assert_same()

    def test_what_was_thrown_away_when_the_links_expired_is_still_known(self):
        """It is older than what is followed of the deleted items from the start."""
        self.box.move(self.on_server("N0"), self.box.known("deleteditems"))
        self.outlook.delta.expire()
        self.sync(2)
        self.assertEqual(self.here()["N0"], ["Deleted Items"])
        self.assertEqual({message.subject: message.id for message in self.messages()}, self.rows)
        self.assert_same()

    def test_links_that_expired_cost_no_email_and_fetch_none(self):
        self.box.remove(self.on_server("N5"))
        self.outlook.delta.expire()
        self.service.requests.clear()
        self.sync(2)
        self.assertEqual(set(self.here()), {f"N{number}" for number in range(5)})
        self.assertFalse([request for request in self.service.requests if b"$value" in request.body])

    def test_an_email_that_shall_be_in_two_folders_is_copied_once_and_stays_one(self):
        archive = self.account.folder_ids.filtered(lambda folder: folder.role == "archive")
        self.one("N0").write({"folder_ids": [Command.link(archive.id)], "is_changed": True})
        self.sync(3)
        self.assertEqual((self.there("archive"), len(self.there("inbox"))), (["N0"], 6))
        self.assertEqual({message.subject: message.id for message in self.messages()}, self.rows)
        self.assertEqual(sorted(self.here()["N0"]), ["Archive", "Inbox"])

    def test_a_draft_is_one_on_both_sides_whoever_writes_on_it(self):
        model = self.env["inbox.message"]
        begun = model.compose_begin({"account_id": self.account.id, "to": [ADA], "subject": "Perhaps"})
        for words in ("One", "Two"):
            answer = model.compose_save(begun["id"], {"body": f"<p>{words}</p>"}, begun["version"])
            begun["version"] = answer["version"]
            model.compose_close(begun["id"])
            self.sync(2)
            self.assertEqual(self.there("drafts"), ["Perhaps"])
        draft = model.browse(begun["id"])
        self.assertEqual((self.one("Perhaps"), draft.draft_version), (draft, begun["version"]))
        there = self.on_server("Perhaps")
        self.assertIn(b"Two", there.source)
        # With Outlook, where it keeps its id.
        there.source = there.source.replace(b"Two", b"Three")
        there.values["body"] = {"contentType": "html", "content": "<p>Three</p>"}
        self.box.touch(there)
        self.sync(2)
        self.assertEqual(self.one("Perhaps"), draft)
        self.assertIn("Three", draft.body_html)
        self.assertEqual(draft.copy_ids.remote_id, there.id)

    def send(self):
        from odoo.addons.concord_inbox.sync import send

        message = make_ready(self.env, self.account, "An offer", (ADA,), ("eve@elsewhere.example",))
        send.run(self.account)
        self.env.invalidate_all()
        return message

    def test_what_is_sent_is_kept_once_on_both_sides(self):
        message = self.send()
        self.sync(2)
        self.assertEqual((message.state, message.folder_ids.mapped("path")), ("sent", ["Sent Items"]))
        self.assertEqual((self.there("sentitems"), self.there("drafts")), (["An offer"], []))
        self.assertEqual(self.one("An offer"), message)
        self.assertEqual(message.copy_ids.remote_id, self.on_server("An offer").id)
        self.assertEqual(len(self.service.mailbox(ADA).messages), 1)

    def test_a_draft_of_an_email_that_perhaps_went_out_is_not_left_behind(self):
        """Somebody might send it once more; and it would be here as a second email."""
        # The connection ends before Exchange hears that it shall send.
        self.service.fail("/send", drop)
        message = self.send()
        self.assertEqual((message.state, message.is_doubtful), ("failed", True))
        self.sync(2)
        self.assertEqual((self.there("drafts"), self.one("An offer")), ([], message))

    def test_another_attempt_leaves_no_draft_of_the_one_before(self):
        from odoo.addons.concord_inbox.sync import send

        # The draft is made, and the answer lost.
        self.service.fail("POST /v1.0/me/messages$", drop, after=True)
        message = self.send()
        self.assertEqual((message.state, self.there("drafts")), ("outgoing", ["An offer"]))
        message.send_again_at = False
        self.env.flush_all()
        send.run(self.account)
        self.sync(2)
        self.assertEqual((message.state, self.there("drafts"), self.there("sentitems")), ("sent", [], ["An offer"]))
        self.assertEqual(len(self.service.mailbox(ADA).messages), 1)

    def test_a_draft_of_an_attempt_that_was_taken_back_is_not_left_behind(self):
        """It is edited under another Message-ID, so that no attempt will ever look for the one before."""
        model = self.env["inbox.message"]
        for ending in ("edited", "thrown away", "failed"):
            with self.subTest(ending):
                self.service.fail("POST /v1.0/me/messages$", drop, after=True)
                message = self.send()
                self.assertEqual((message.state, self.there("drafts")), ("outgoing", ["An offer"]))
                self.sync()
                # It waits for another attempt, which may be at it at any time.
                self.assertEqual(self.there("drafts"), ["An offer"])
                if ending == "failed":
                    message._not_sent("It was tried for long enough.")
                else:
                    message.send_again_at = False
                    message.action_cancel_scheduled()
                    if ending == "edited":
                        model.compose_save(message.id, {"subject": "Another offer"}, message.draft_version)
                        message.put_after -= timedelta(hours=1)
                    else:
                        model.compose_discard(message.id)
                self.env.flush_all()
                self.sync(2)
                self.assertEqual(self.there("drafts"), ["Another offer"] if ending == "edited" else [])
                self.assertEqual(self.one("An offer"), message if ending == "failed" else model)
                self.assertFalse(self.env["inbox.unsent"].search([]))
                self.messages().filtered(lambda one: one.state in ("draft", "failed"))._throw_away()
                self.sync(2)
        self.assertEqual(self.service.mailbox(ADA).messages, {})

    def test_of_what_is_sent_nothing_is_remembered(self):
        self.send()
        self.assertFalse(self.env["inbox.unsent"].search([]))

    def test_an_answer_that_is_lost_is_found_among_what_was_sent(self):
        self.account.saves_sent = "yes"
        self.service.fail("/send", drop, after=True)
        message = self.send()
        self.sync(2)
        self.assertEqual((message.state, len(self.service.mailbox(ADA).messages)), ("sent", 1))
        self.assertEqual(self.one("An offer"), message)
