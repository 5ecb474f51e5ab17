"""An account at Gmail, synchronised both ways with a stand-in for Google."""

import os
import random
import unittest.mock
from contextlib import ExitStack
from datetime import UTC, timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.addons.concord_inbox.adapters.base import DRAFT, FLAGGED, SEEN
from odoo.addons.concord_inbox.adapters.gmail import batching, changes, pacing, writing
from odoo.addons.concord_inbox.adapters.gmail.places import Place, keywords
from odoo.addons.concord_inbox.sync import preview, repair, saved, send, verify
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from tests.adapters.gmail import Account, Clock, email
from tests.servers.google import Google

from .sending import make_ready


def _words(copy):
    """The keywords of a copy that Gmail knows."""
    return frozenset(word for word, bears in ((SEEN, copy.seen), (FLAGGED, copy.flagged), (DRAFT, copy.draft)) if bears)


@tagged("post_install", "-at_install")
class TestGmail(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.google = cls.enterClassContext(Google())

    def setUp(self):
        super().setUp()
        clock = Clock(self.google)
        for module in (batching, changes, pacing):
            self.patch(module, "time", clock)
        self.gmail = Account(self.google, self.enterContext(ExitStack()))
        self.box = self.gmail.box
        self.addCleanup(lambda: self.assertFalse(self.google.violations))
        self.enterContext(self.enter_registry_test_mode())
        self.env = api.Environment(self.enterContext(self.registry.cursor()), SUPERUSER_ID, {})
        accounts = self.env["inbox.account"]
        # How tokens are had is not the matter here.
        self.patch(type(accounts), "_adapter_settings", lambda _account: self.gmail.settings(known=None))
        self.account = accounts.create(
            {
                "email": self.gmail.email,
                "account_type": "shared",
                "connection_type": "gmail",
                "sync_from": "1_month",
                "sync_since": fields.Datetime.now() - timedelta(days=30),
                "connected_at": fields.Datetime.now() - timedelta(days=30),
                "state": "connected",
            }
        )

    def sync(self):
        outcome = self.account._sync()[self.account.id]
        if outcome.error:
            raise outcome.error
        self.env.invalidate_all()

    def folder(self, path):
        return self.account.folder_ids.filtered(lambda folder: folder.path == path)

    def messages(self, path=None):
        domain = [("account_id", "=", self.account.id)]
        if path:
            domain.append(("folder_ids", "in", self.folder(path).ids))
        return self.env["inbox.message"].search(domain)

    def message(self, subject):
        [found] = self.messages().filtered(lambda message: message.subject == subject)
        return found

    def first_sync(self, count=3):
        label = self.box.make_label("Work")
        ids = [self.box.deliver(email(number)) for number in range(count)]
        self.box.change(self.box.messages[ids[0]], add=[label.id])
        self.sync()
        return label.id, ids

    def test_first_sync(self):
        label, ids = self.first_sync()
        self.assertEqual(len(self.messages()), 3)
        self.assertEqual(sorted(self.message("number 0").folder_ids.mapped("path")), ["INBOX", "Work"])
        self.assertFalse(self.message("number 0").is_read)
        self.assertEqual(self.message("number 0").email_id, ids[0])
        self.assertEqual(self.gmail.quota.calls["messages.get"], 3)
        self.google.requests.clear()
        self.sync()
        self.assertEqual(self.google.requests, ["POST /batch/gmail/v1"])
        self.assertTrue(label)

    def test_the_original_can_be_looked_at(self):
        _label, ids = self.first_sync(1)
        message = self.message("number 0")
        self.assertEqual(message.original_source()["text"], email(0).decode().replace("\r\n", "\n"))
        self.assertIn(["Subject", "number 0"], message.original_headers())
        self.box.remove(self.box.messages[ids[0]])
        with self.assertRaises(UserError):
            message.original_source()

    def test_what_others_do(self):
        label, ids = self.first_sync()
        box = self.box
        kept = self.message("number 1")
        box.change(box.messages[ids[1]], add=[label, "STARRED"], remove=["INBOX", "UNREAD"])
        box.change(box.messages[ids[2]], remove=["INBOX"])
        new = box.deliver(email(7, extra="In-Reply-To: <1@example.com>\r\n", subject="Re: number 1"))
        self.google.calls.clear()
        self.sync()
        self.assertEqual(self.message("number 1"), kept)
        self.assertEqual((kept.folder_ids.path, kept.is_read, kept.is_starred), ("Work", True, True))
        self.assertFalse(self.message("number 0").is_read)
        self.assertEqual(self.message("Re: number 1").conversation_id, kept.conversation_id)
        # One that is nowhere but in All Mail is not followed.
        self.assertEqual(len(self.messages()), 3)
        self.assertEqual(self.google.calls.count("messages.get"), 1)
        self.assertTrue(new)

    def test_what_users_do(self):
        label, ids = self.first_sync(6)
        self.message("number 0").action_mark_read()
        self.message("number 1").action_star()
        self.message("number 2").action_archive_email()
        self.message("number 3").action_trash()
        self.message("number 4").action_move(self.folder("Work"))
        self.message("number 5").action_delete()
        self.sync()
        labels = {number: self.gmail.labels(ids[number]) for number in range(5)}
        self.assertEqual(
            labels,
            {
                0: {"INBOX", label},
                1: {"INBOX", "UNREAD", "STARRED"},
                2: {"UNREAD"},
                3: {"UNREAD", "TRASH"},
                4: {"UNREAD", label},
            },
        )
        self.assertNotIn(ids[5], self.box.messages)
        self.google.calls.clear()
        self.sync()
        self.assertNotIn("messages.get", self.google.calls)
        self.assertEqual(len(self.messages("Work")), 2)

    def test_archived_with_a_label(self):
        """It has two copies, and neither is deleted for good."""
        label, ids = self.first_sync()
        self.message("number 0").action_archive_email()
        self.sync()
        self.sync()
        self.assertIn(ids[0], self.box.messages)
        self.assertNotIn("INBOX", self.gmail.labels(ids[0]))
        self.assertTrue(label)

    def test_archived_and_taken_back_while_gmail_is_told(self):
        """All Mail is followed, and shows the email all the time."""
        label, ids = self.first_sync()
        self.folder("All Mail").is_active = True
        self.box.change(self.box.messages[ids[0]], remove=["INBOX"])
        self.sync()
        message = self.message("number 0")
        message.action_move(self.folder("All Mail"))

        move, clicks = writing.Writer.move, [lambda: message.action_move(self.folder("Work"))]

        def take_back(*arguments):
            moved = move(*arguments)
            if clicks:
                clicks.pop()()
            return moved

        self.patch(writing.Writer, "move", take_back)
        self.sync()
        self.sync()
        self.assertEqual((clicks, self.gmail.labels(ids[0])), ([], {"UNREAD", label}))

    def test_what_was_sent_stays_in_sent_wherever_it_is_moved(self):
        self.first_sync()
        for is_followed in (False, True):
            self.folder("All Mail").is_active = is_followed
            message = make_ready(self.env, self.account, f"An offer {is_followed}", ("ada@customer.example",))
            send.run(self.account)
            self.sync()
            message.action_archive_email()
            self.sync()
            self.env.flush_all()
            self.assertTrue(verify.compare(self.account).is_same)
            self.assertIn("Sent", message.folder_ids.mapped("path"))
            message.action_move(self.folder("INBOX"))
            self.sync()
            self.assertLessEqual({"Sent", "INBOX"}, set(message.folder_ids.mapped("path")))
            self.assertFalse(message.is_changed or message.copy_ids.moving_to_id)

    def test_history_is_forgotten(self):
        _label, ids = self.first_sync(10)
        before = self.messages()
        self.box.change(self.box.messages[ids[3]], remove=["UNREAD"])
        self.box.remove(self.box.messages[ids[4]])
        self.box.forget_history()
        self.google.calls.clear()
        self.sync()
        self.assertEqual(len(self.messages()), 9)
        self.assertLess(self.messages(), before)
        self.assertTrue(self.message("number 3").is_read)
        self.assertNotIn("messages.get", self.google.calls)

    def test_sent(self):
        for keeps in (True, False):
            with self.subTest(keeps=keeps):
                self._check_sent(keeps)

    def _check_sent(self, keeps):
        if not self.account.folder_ids:
            self.first_sync()
        self.box.keeps_message_ids = keeps
        message = make_ready(self.env, self.account, f"An offer {keeps}", ("ada@customer.example",))
        send.run(self.account)
        self.env.invalidate_all()
        self.assertEqual(message.state, "sent")
        count = len(self.messages())
        for _time in range(3):
            self.sync()
        # Gmail's own copy is the email's, and nothing was put there a second time.
        self.assertEqual(len(self.messages()), count)
        self.assertEqual(message.copy_ids.remote_id, self.box.sent[-1].id)
        self.assertEqual(message.folder_ids.path, "Sent")
        self.assertFalse(message.source or message.is_changed)
        self.assertNotIn("messages.insert", self.gmail.quota.calls)

    def test_sent_and_thrown_away_at_gmail(self):
        self.first_sync()
        self.patch(saved, "LOOKS", (0,))
        self.account.saves_sent = "no"
        message = make_ready(self.env, self.account, "An offer", ("ada@customer.example",))
        send.run(self.account)
        self.box.change(self.box.sent[-1], add=["TRASH"])
        for _time in range(2):
            self.sync()
        self.assertFalse(message.copy_ids or message.source or message.is_changed or message.is_uploaded)
        self.assertEqual(len(self.messages()), 4)
        self.assertNotIn("messages.insert", self.gmail.quota.calls)

    def test_sent_and_deleted_at_gmail_before_it_was_looked_for(self):
        self.first_sync()
        self.patch(saved, "LOOKS", (0,))
        message = make_ready(self.env, self.account, "An offer", ("ada@customer.example",))
        send.run(self.account)
        self.box.remove(self.box.messages[self.box.sent[-1].id])
        for _time in range(2):
            self.sync()
        # Gmail may merely be late: it is shown until everything is compared, and not put there from here.
        self.assertEqual(message.folder_ids.path, "Sent")
        self.assertFalse(message.copy_ids or message.source or message.is_changed)
        self.assertEqual(repair.run(self.account).found.inner.orphans, message.ids)
        self.sync()
        self.assertFalse(message.exists())
        self.assertEqual(len(self.box.sent), 1)
        self.assertNotIn("messages.insert", self.gmail.quota.calls)
        self.assertFalse(verify.compare(self.account).count)

    def test_sent_and_found_in_sent_and_all_mail_by_the_look_at_them(self):
        self.first_sync()
        self.folder("All Mail").is_active = True
        self.sync()
        message = make_ready(self.env, self.account, "An offer", ("ada@customer.example",))
        # Whoever sent it died before the answer.
        message.sending_since = fields.Datetime.now()
        self.box.send(message._source_to_send())
        for _time in range(2):
            self.sync()
            self.assertEqual(message.state, "sent")
            self.assertEqual(sorted(message.copy_ids.folder_id.mapped("path")), ["All Mail", "Sent"])
        self.assertEqual(sorted(message.folder_ids.mapped("path")), ["All Mail", "Sent"])
        self.assertFalse(message.source or message.is_changed)
        self.assertFalse(verify.compare(self.account).count)

    def test_drafts(self):
        self.first_sync()
        model = self.env["inbox.message"]
        draft = model.compose_begin({"account_id": self.account.id, "to": ["ada@customer.example"], "subject": "Soon"})
        for words in ("One", "Two"):
            answer = model.compose_save(draft["id"], {"body": f"<p>{words}</p>"}, draft["version"])
            draft["version"] = answer["version"]
            model.compose_close(draft["id"])
            self.sync()
            [identity] = self.box.drafts.values()
            self.assertIn(words.encode(), self.box.messages[identity].source)
            self.sync()
            message = model.browse(draft["id"])
            self.assertEqual(self.messages("Drafts"), message)
            self.assertEqual(message.copy_ids.remote_id, identity)
            self.assertFalse(message.put_after or message.is_changed or message.source)
        # Finished at Gmail.
        self.box.replace_draft(next(iter(self.box.drafts)), email(9, subject="Sooner"))
        self.sync()
        self.assertEqual(self.messages("Drafts").mapped("subject"), ["Sooner"])

    def test_a_draft_that_is_edited_lies_where_its_version_before_does(self):
        """Also should it be sent, and come to nothing: then no other version follows."""
        self.first_sync()
        self.folder("All Mail").is_active = True
        model = self.env["inbox.message"]
        draft = model.compose_begin({"account_id": self.account.id, "to": ["ada@customer.example"], "subject": "Soon"})
        message = model.browse(draft["id"])
        for words in ("One", "Two"):
            draft |= model.compose_save(draft["id"], {"body": f"<p>{words}</p>"}, draft["version"])
            self.env.flush_all()
            self.assertFalse(verify.compare_inside(self.account).count)
            model.compose_close(draft["id"])
            for _time in range(2):
                self.sync()
            self.assertEqual(sorted(message.folder_ids.mapped("path")), ["All Mail", "Drafts"])
        self.assertEqual(len(self.box.drafts), 1)

    def test_compared(self):
        """What the daily check finds, and mends, costs little."""
        self.first_sync(30)
        self.google.calls.clear()
        self.env.flush_all()
        self.assertTrue(verify.compare(self.account).is_same)
        self.assertNotIn("messages.get", self.google.calls)
        lost = self.message("number 3")
        lost.copy_ids.unlink()
        self.env.flush_all()
        self.assertEqual(verify.compare(self.account).folders[0].count, 1)
        self.assertTrue(repair.run(self.account).left.is_same)
        self.env.invalidate_all()
        self.assertEqual(lost.copy_ids.folder_id.path, "INBOX")
        self.assertEqual(len(self.messages()), 30)

    def test_a_copy_that_hangs_on_another_email(self):
        """Gmail's own identity says whom to ask for the Message-ID."""
        self.first_sync(4)
        wrong, right = self.message("number 1"), self.message("number 2")
        right.copy_ids.inbox_message_id = wrong
        self.env.flush_all()
        self.assertEqual(verify.compare(self.account).folders[0].counts["different"], 1)
        self.assertTrue(repair.run(self.account).left.is_same)
        self.env.invalidate_all()
        self.assertEqual((len(wrong.copy_ids), len(right.copy_ids)), (1, 1))
        self.assertEqual(right.copy_ids.remote_id, right.email_id)

    def test_message_ids_take_turns(self):
        self.first_sync(30)
        right = self.message("number 3").message_id
        self.message("number 3").message_id = "<wrong@x>"
        self.patch(verify, "ASKED_A_DAY", 3)
        self.env.flush_all()
        self.google.calls.clear()
        found, asked = [], []
        for turn in range(10):
            before = len(self.google.calls)
            found.append(repair.run(self.account, turn=turn).found.count)
            asked.append(self.google.calls[before:].count("messages.get"))
        self.assertEqual(sum(found), 1, "one turn in a round finds it")
        # A tenth of them each day, and what is wrong twice more: fetched anew it is the same email.
        self.assertLess(sum(asked), 45)
        self.env.invalidate_all()
        self.assertEqual(self.message("number 3").message_id, right)

    def test_folders(self):
        label, ids = self.first_sync()
        self.box.change(self.box.messages[ids[1]], add=[label], remove=["INBOX"])
        self.sync()
        folder = self.folder("Work")
        folder._rename("Arbeit")
        self.assertEqual(self.box.labels[label].name, "Arbeit")
        # Whoever chooses a colour at Gmail sees it here, within the hour.
        self.assertFalse(folder.color)
        self.box.labels[label].color = {"backgroundColor": "#FB4C2F", "textColor": "#ffffff"}
        self.account.colors_asked_at -= timedelta(hours=2)
        self.google.calls.clear()
        self.sync()
        self.assertEqual((folder.path, folder.color), ("Arbeit", "#fb4c2f"))
        nodes = self.env["inbox.message"].search_panel_select_range("folder_id")["values"]
        self.assertEqual({node["id"]: node.get("color") for node in nodes}[folder.id], "#fb4c2f")
        self.assertEqual(len(self.messages("Arbeit")), 2)
        self.assertNotIn("messages.get", self.google.calls)
        self.google.calls.clear()
        self.sync()
        self.assertNotIn("labels.get", self.google.calls)
        folder._delete(to_trash=False)
        self.sync()
        # One of them lies in the INBOX as well.
        self.assertEqual(set(self.box.messages), {ids[0], ids[2]})
        self.assertEqual(set(self.messages().mapped("subject")), {"number 0", "number 2"})

    def test_both_ways_at_random(self):
        """Whatever users do here and there, both sides are the same in the end."""
        for seed in range(60 if os.environ["CONCORD_THOROUGH"] else 2):
            with self.subTest(seed=seed):
                self._both_ways(random.Random(seed))

    def _both_ways(self, dice):
        for message in list(self.box.messages.values()):
            self.box.remove(message)
        if not self.account.folder_ids:
            self.box.make_label("Work")
            self.box.make_label("Work/Deep")
        self.sync()
        self.account.folder_ids.filtered("is_selectable").is_active = True
        self.folder("All Mail").is_active = dice.random() < 0.5
        for number in range(10):
            self.box.deliver(email(number, subject=f"{number} {dice.random()}"))
        self.google.calls.clear()
        for number in range(10, 30):
            for _time in range(dice.randint(0, 3)):
                self._happens_there(dice, number)
            for _time in range(dice.randint(0, 3)):
                self._happens_here(dice)
            if dice.random() < 0.7:
                self.sync()
        for _time in range(3):
            self.sync()
        for folder in self.account.folder_ids.filtered("is_active"):
            place = Place(folder.cursor["label"])
            there = {one.id: keywords(one.labels) for one in self.box.messages.values() if place.holds(one.labels)}
            here = {
                copy.remote_id: _words(copy)
                for copy in self.env["inbox.message.copy"].search([("folder_id", "=", folder.id)])
            }
            self.assertEqual(here, there, folder.path)
        # What was archived where nobody looks is remembered for a while, to be taken back.
        for message in self.messages().filtered(lambda message: not message.moved_to_id):
            words = keywords(self.gmail.labels(message.email_id))
            self.assertEqual((message.is_read, message.is_starred), (SEEN in words, FLAGGED in words))
            self.assertEqual(message.folder_ids, message.copy_ids.folder_id)
            self.assertFalse(message.is_changed)

    def _happens_there(self, dice, number):
        box, kind = self.box, dice.random()
        messages = list(box.messages.values())
        if kind < 0.3 or not messages:
            box.deliver(email(number, subject=f"{number} {dice.random()}"))
        elif kind < 0.35:
            box.remove(dice.choice(messages))
        elif kind < 0.4:
            box.forget_history()
        else:
            labels = dice.sample(("INBOX", "Label_1", "Label_2", "TRASH", "UNREAD", "STARRED"), dice.randint(1, 3))
            split = dice.randint(0, len(labels))
            box.change(dice.choice(messages), labels[:split], labels[split:])

    def _happens_here(self, dice):
        messages = self.messages()
        if not messages:
            return
        message = messages.browse(dice.choice(messages.ids))
        targets = self.folder("INBOX") | self.folder("Work") | self.folder("Work/Deep")
        dice.choice(
            (
                message.action_mark_read,
                message.action_mark_unread,
                message.action_star,
                message.action_unstar,
                message.action_archive_email,
                message.action_trash,
                lambda: message.action_move(targets.browse(dice.choice(targets.ids))),
                message.action_delete,
            )
        )()

    def test_preview(self):
        """It counts everything, and looks at a few."""
        for number in range(80):
            self.box.deliver(email(number))
        since = fields.Datetime.now().replace(tzinfo=UTC) - timedelta(days=30)

        def choose(listed):
            return [(one, since) for one in listed if one.selectable]

        ahead = preview.look("gmail", self.gmail.settings(known=None), choose)
        counts = {one.folder.path: (one.emails, one.counted, one.read) for one in ahead.folders}
        self.assertEqual(counts["INBOX"], (80, True, 50))
        self.assertEqual(counts["All Mail"], (80, True, 0))
        self.assertEqual(set(ahead.senders), {"anna@example.com"})
        self.assertEqual(self.gmail.quota.calls["messages.get"], 50)

    def test_a_token_that_is_refused(self):
        self.first_sync()
        with unittest.mock.patch.object(type(self.gmail.tokens), "token", return_value="nonsense"):
            outcome = self.account._sync()[self.account.id]
        self.assertTrue(outcome.error)
        self.assertEqual(self.account.state, "auth_failed")
